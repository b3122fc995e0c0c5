//! What a call gives: of what its arguments hold, and of what its body reads.
//!
//! Why: a function over masked columns hides what it gives, and nothing more; each column of its
//! rows by itself.
//! What the body does is in `routine`.

use std::rc::Rc;
use std::sync::Arc;

use catalog::Function;
use model::{CallBody, FilterForm, Volatility};

use super::Reading;
use crate::reader::Reader;
use crate::value::{Field, Origin, Touch, Value};
use crate::world::is_text_like;

/// `pg_type.oid` of names, which are cut.
const NAME: u32 = 19;
/// `pg_type.oid` of what holds nothing.
const VOID: u32 = 2278;

impl Reader<'_> {
    /// What a function's body does is done; and if it may put its arguments anywhere, into a
    /// notification, a setting, a table, they are carried there.
    pub(crate) fn keeps(
        &mut self,
        function: &Function,
        reading: Option<&Reading>,
        values: &[Value],
    ) {
        if let Some(reading) = reading {
            let via = format!("function {}.{}", function.schema, function.name);
            // Given one column after another, it is a dictionary of what it compares them with.
            let is_loose = values.iter().any(|value| !value.is_constant);
            self.notes.absorb(&reading.notes, Some(&via), is_loose);
        }
        let keeps = match reading.filter(|r| r.body != CallBody::None) {
            Some(reading) => reading.is_loud,
            None => function.volatility == Volatility::Volatile,
        };
        if keeps {
            self.is_loud = true;
            for value in values {
                self.carries(value, None);
            }
        }
    }

    /// What a call gives: what its arguments hold, and what its functions' bodies read.
    pub(crate) fn given(
        &mut self,
        arguments: &Value,
        found: &[&Function],
        readings: &[Option<Rc<Reading>>],
        is_trusted: bool,
    ) -> Value {
        let is_known = is_trusted || readings.iter().all(|r| is_whole(r.as_deref()));
        let is_steady = found.iter().all(|f| f.volatility != Volatility::Volatile);
        let mut value = arguments.clone();
        for reading in readings.iter().flatten() {
            value = self.given_by(&value, reading);
        }
        if !is_known && value.origin == Origin::Clean {
            value.origin = Origin::Opaque;
        }
        if value.type_oid == VOID {
            value.origin = Origin::Clean;
        }
        if !(is_trusted || is_known && is_steady) {
            // What a stranger's function gives may be every row: it narrows nothing.
            value.touch = Touch::Mentions;
        }
        let fields = match readings {
            [Some(reading)] if is_known => reading.fields.as_slice(),
            _ => &[],
        };
        value.row = self.row_of(found, &value, (arguments, fields));
        value
    }

    /// Counting a column tells how many values are there; counting a computation may tell more.
    pub(crate) fn counted(&mut self, values: &[Value], type_oid: u32) -> Value {
        let is_plain = |value: &Value| {
            let is_bare = matches!(value.origin, Origin::Bare(_) | Origin::OneOf(_));
            is_bare || value.origin == Origin::Clean || value.row.is_some()
        };
        if values.iter().all(is_plain) {
            for value in values.iter().filter(|value| value.row.is_none()) {
                self.chooses(value, FilterForm::Nullness);
            }
            return Value::clean(type_oid);
        }
        for value in values {
            self.chooses(value, FilterForm::Other);
        }
        self.computed(values, type_oid)
    }

    /// What a call of a read function gives, beside its arguments.
    fn given_by(&self, arguments: &Value, reading: &Reading) -> Value {
        let sum = self.own_value(arguments, &reading.value, arguments.type_oid);
        Value {
            is_telling: sum.is_telling || arguments.is_telling,
            touch: arguments.touch,
            ..sum
        }
    }

    /// A value that a body gives as that type: a column that it gives as it is stays one, where
    /// nothing was handed in that hides something.
    fn own_value(&self, arguments: &Value, own: &Value, type_oid: u32) -> Value {
        let is_text = |oid| is_text_like(oid) && oid != NAME;
        let is_same = own.type_oid == type_oid || is_text(own.type_oid) && is_text(type_oid);
        let is_column = matches!(own.origin, Origin::Bare(_)) && arguments.origin == Origin::Clean;
        if is_column && is_same {
            return Value {
                type_oid,
                ..own.clone()
            };
        }
        self.computed(&[arguments.clone(), own.clone()], type_oid)
    }

    /// The columns of a function's rows, where it has named ones; each holds what its body gives
    /// there, where that is known, beside what the arguments hold.
    fn row_of(
        &self,
        found: &[&Function],
        value: &Value,
        (arguments, given): (&Value, &[Value]),
    ) -> Option<Rc<Vec<Field>>> {
        let (function, others) = found.split_first()?;
        let is_alike = |f: &&Function| f.outputs == function.outputs && f.result == function.result;
        if !others.iter().all(is_alike) {
            return None;
        }
        let names: Vec<(Arc<str>, u32)> = if function.outputs.len() > 1 {
            function.outputs.clone()
        } else {
            let composite = self.world.catalog.type_of(function.result)?.relation;
            let relation = self.world.catalog.relation(composite)?;
            let columns = relation.columns.iter();
            columns.map(|c| (c.name.clone(), c.type_oid)).collect()
        };
        let is_by_column = given.len() == names.len();
        let field = |(at, (name, type_oid)): (usize, (Arc<str>, u32))| {
            let own = given.get(at).filter(|_| is_by_column);
            let of = own.map_or(value.clone(), |own| {
                self.own_value(arguments, own, type_oid)
            });
            Field {
                name,
                value: Value {
                    from: value.from,
                    is_telling: of.is_telling,
                    origin: of.origin,
                    type_oid,
                    ..Value::default()
                },
            }
        };
        Some(Rc::new(names.into_iter().enumerate().map(field).collect()))
    }
}

/// Whether all of a body was read.
pub(crate) fn is_whole(reading: Option<&Reading>) -> bool {
    reading.is_some_and(|reading| reading.body == CallBody::Whole)
}
