//! Functions that run without being named: a trigger's, a default's, a domain's check's.
//!
//! Why: they do what any call does. Each is noted with the road by which it is reached.
//! Where they hang is found in `beside`; what their bodies do is read elsewhere.

use catalog::Function;
use catalog::roads::{Expression, Place};
use model::{Action, Call, ObjectKind, Reach};

use crate::notes::named;
use crate::reach;
use crate::reader::Reader;

impl Reader<'_> {
    pub(crate) fn computes(&mut self, expression: &Expression) {
        let word = match expression.place {
            Place::Check => "check",
            Place::Default => "default",
            Place::Generated => "generated",
            Place::Index => "index",
            Place::Partition => "partition key",
            Place::Policy => "policy",
            Place::Statistics => "statistics",
            Place::Trigger => "trigger",
        };
        let via = format!("{word} {}", expression.name);
        self.runs(expression.function, None, &via);
    }

    /// A trigger's function is run for a relation.
    pub(crate) fn fires(&mut self, oid: u32, relation: Option<u32>, word: &str) {
        let via = match self.world.catalog.function(oid) {
            Some(function) => format!("{word} {}.{}", function.schema, function.name),
            None => word.to_owned(),
        };
        self.runs(oid, relation, &via);
    }

    /// A function is run that the statement does not name.
    pub(crate) fn runs(&mut self, oid: u32, relation: Option<u32>, via: &str) {
        let Some(function) = self.world.catalog.function(oid) else {
            self.notes.gap(
                "function",
                format!("the function of {via} is not in the catalog"),
            );
            return;
        };
        let reach = match reach::of(function) {
            // A sequence behind a default is part of the insert, and what only computes is nothing.
            Reach::Pure | Reach::Catalog | Reach::Settings | Reach::Sequence => return,
            // A system trigger function has no reach of its own beyond its table.
            Reach::Administers if relation.is_some() => return,
            reach => reach,
        };
        let mut object = named(ObjectKind::Function, &function.schema, &function.name);
        object.oid = oid;
        let by_table = matches!(reach, Reach::UserDefined | Reach::Native | Reach::Unknown);
        if !by_table {
            self.reaches(reach, &object);
        }
        self.notes.act_by(Action::Call, object.clone(), via);
        let body = self.ran(function, relation, via);
        self.notes.call(Call {
            body,
            digest: digest_of(function),
            is_security_definer: function.is_security_definer,
            function: object,
            reach,
            via: Some(via.to_owned()),
            volatility: Some(function.volatility),
        });
    }
}

/// The digest of a user's function.
pub(crate) fn digest_of(function: &Function) -> Option<String> {
    let source = function.source.as_ref()?;
    Some(source.digest.to_string())
}
