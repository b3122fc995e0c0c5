//! From what a reader holds against a column he sees the stand-ins of to what is stored there.
//!
//! ```text
//! places (analysis) × sight ─▶ Translation, kept with the verdict ─▶ Edits, for one text
//! ```
//! Why: for such a reader the column *is* its stand-ins. A stand-in he writes finds the row it was
//! shown for, by the column's own index; a real value finds nothing, however he spells it. What
//! cannot be turned back is refused: compared as it stands, it would say whether it is there.
//! The way back is `mask`'s; what is sent is the wire's.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use analysis::{Place, Source, Spelled, Usage};
use catalog::Catalog;
use mask::find::{Held, Lost, is_found};
use mask::{Edits, Keys, Treatment};
use model::{Class, ColumnRef, Format, Parameter, Refusal, RefusalKind};

use crate::plan::Sight;

/// What is done with the constants of a text under one sight.
#[derive(Debug, Default)]
pub(crate) struct Translation {
    /// Texts the session keeps that were run, and the sight they must have been sent under.
    pub(crate) kept: Vec<KeptSight>,
    /// Of each part, the sight its own constants are sent under.
    pub(crate) sights: Arc<[u64]>,
    turned: Vec<Turned>,
}

/// A text the session keeps, and the sight it must have been sent under.
#[derive(Debug)]
pub(crate) struct KeptSight {
    pub(crate) is_cursor: bool,
    pub(crate) name: Arc<str>,
    pub(crate) sight: u64,
}

/// A constant that is turned back.
#[derive(Debug)]
struct Turned {
    column: ColumnRef,
    held: Held,
    source: Source,
    usage: Usage,
}

/// A text as it came.
pub(crate) struct Came<'a> {
    pub(crate) literals: &'a [Range<usize>],
    pub(crate) parameters: &'a [Parameter],
    pub(crate) text: &'a str,
}

impl Sight<'_> {
    /// What is done with these constants; a refusal where one cannot be turned back.
    pub(crate) fn translation(&self, parts: &[Vec<Place>]) -> Result<Translation, Refusal> {
        let mut translation = Translation {
            sights: parts.iter().map(|part| self.own_sight(part)).collect(),
            ..Translation::default()
        };
        let all = || parts.iter().flatten();
        for place in all() {
            let column = &place.column;
            if !self.hides(column) {
                continue;
            }
            let is_used_otherwise = all().any(|other| {
                let is_same = matches!(place.source, Source::Literal(_) | Source::Parameter(_))
                    && other.source == place.source;
                is_same && !self.hides(&other.column)
            });
            if place.is_shared || is_used_otherwise {
                return Err(shared(column));
            }
            let class = match place.usage {
                Usage::Compared => self.turnable(column).ok_or_else(|| one_way(column))?,
                Usage::Written => self.writable(column).ok_or_else(|| own_value(column))?,
            };
            match place.source {
                Source::Kept { .. } => continue,
                Source::Other => return Err(own_value(column)),
                Source::Literal(_) | Source::Parameter(_) => {}
            }
            let (column_oid, column_modifier) = self.read_by(column);
            translation.turned.push(Turned {
                column: column.clone(),
                held: Held {
                    class,
                    column_oid,
                    column_modifier,
                    format: Format::Text,
                    is_array: place.is_array,
                    type_oid: place.type_oid,
                },
                source: place.source.clone(),
                usage: place.usage,
            });
        }
        translation.kept = self.kept_sights(parts);
        Ok(translation)
    }

    /// The class of a hidden column whose stand-ins can be turned back.
    pub(crate) fn turnable(&self, column: &ColumnRef) -> Option<Class> {
        match self.shown(column) {
            // A row as a value has no constant that could be turned back as one.
            Treatment::Mask(_) if self.is_of_rows(column) => None,
            Treatment::Mask(class) if is_found(class) => Some(class),
            _ => None,
        }
    }

    /// The class of a hidden column whose own stand-ins are shown, so that one may be written back.
    fn writable(&self, column: &ColumnRef) -> Option<Class> {
        match self.shown(column) {
            Treatment::Mask(_) if self.is_of_rows(column) => None,
            Treatment::Mask(class) => Some(class),
            _ => None,
        }
    }

    /// The type a column's values are read by, a domain's base, an array's elements; and its
    /// modifier.
    fn read_by(&self, column: &ColumnRef) -> (u32, i32) {
        let relation = self.catalog.relation(column.relation_oid);
        let mut columns = relation.iter().flat_map(|relation| &relation.columns);
        let own = columns.find(|known| known.number == column.number);
        own.map_or((0, -1), |own| {
            (read_by(self.catalog, own.type_oid).0, own.modifier)
        })
    }

    fn own_sight(&self, part: &[Place]) -> u64 {
        let is_own = |source: &Source| matches!(source, Source::Literal(_) | Source::Parameter(_));
        self.sight_of(part.iter().filter(|place| is_own(&place.source)))
    }

    fn kept_sights(&self, parts: &[Vec<Place>]) -> Vec<KeptSight> {
        let mut by_name: BTreeMap<(Arc<str>, bool), Vec<&Place>> = BTreeMap::new();
        for place in parts.iter().flatten() {
            if let Source::Kept { is_cursor, name } = &place.source {
                let key = (name.clone(), *is_cursor);
                by_name.entry(key).or_default().push(place);
            }
        }
        let kept = |((name, is_cursor), places): (_, Vec<&Place>)| KeptSight {
            is_cursor,
            name,
            sight: self.sight_of(places.into_iter()),
        };
        by_name.into_iter().map(kept).collect()
    }

    /// A number for which of these columns are hidden, and how.
    fn sight_of<'p>(&self, places: impl Iterator<Item = &'p Place>) -> u64 {
        let fact = |place: &'p Place| {
            let column = &place.column;
            let shown = self.hides(column).then(|| self.shown(column));
            (column.relation_oid, column.number, format!("{shown:?}"))
        };
        let mut facts: Vec<_> = places.map(fact).collect();
        facts.sort();
        facts.dedup();
        let mut sum = rustc_hash::FxHasher::default();
        facts.hash(&mut sum);
        sum.finish()
    }
}

impl Translation {
    /// Whether everything is sent as it comes: of most statements, without another look.
    pub(crate) fn is_empty(&self) -> bool {
        self.turned.is_empty() && self.kept.is_empty()
    }

    /// What is sent in place of what came; at most so many bytes of it are turned back.
    pub(crate) fn edits(
        &self,
        came: &Came<'_>,
        (keys, catalog): (&Keys, &Catalog),
        most: usize,
    ) -> Result<Edits, Refusal> {
        if self.turned.is_empty() {
            return Ok(Edits::default());
        }
        let mut left = most;
        let mut stretches: BTreeMap<usize, (Range<usize>, String)> = BTreeMap::new();
        let mut parameters: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for turned in &self.turned {
            match turned.source {
                Source::Literal(number) => {
                    let Some(span) = came.literals.get(number) else {
                        return Err(unread(&turned.column));
                    };
                    let literal = came.text.get(span.clone()).unwrap_or_default();
                    left = spend(left, literal.len())?;
                    let text = turned.literal(keys, literal)?;
                    let made = stretches.insert(number, (span.clone(), text.clone()));
                    if made.is_some_and(|(_, other)| other != text) {
                        return Err(shared(&turned.column));
                    }
                }
                Source::Parameter(number) => {
                    let Some(parameter) = came.parameters.get(number) else {
                        continue;
                    };
                    let Some(value) = &parameter.value else {
                        continue;
                    };
                    left = spend(left, value.len())?;
                    let value = turned.parameter((keys, catalog), parameter, value)?;
                    let made = parameters.insert(number, value.clone());
                    if made.is_some_and(|other| other != value) {
                        return Err(shared(&turned.column));
                    }
                }
                Source::Kept { .. } | Source::Other => {}
            }
        }
        let stretches = stretches.into_values().collect();
        Ok(Edits::new(
            came.text,
            stretches,
            parameters.into_iter().collect(),
        ))
    }
}

impl Turned {
    /// A literal as it is sent.
    fn literal(&self, keys: &Keys, literal: &str) -> Result<String, Refusal> {
        let spelled = Spelled::of(literal).ok_or_else(|| unread(&self.column))?;
        let shown = match &spelled {
            Spelled::Number(number) => number,
            Spelled::Text(text) => text.as_ref(),
        };
        let stored = self.stored(&self.held, keys, shown.as_bytes())?;
        if stored == shown.as_bytes() {
            return Ok(literal.to_owned());
        }
        let stored = String::from_utf8(stored).map_err(|_| unread(&self.column))?;
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        Ok(match spelled {
            Spelled::Number(_) if is_number(&stored) => stored,
            _ => quoted(&stored),
        })
    }

    /// A parameter as it is sent.
    fn parameter(
        &self,
        (keys, catalog): (&Keys, &Catalog),
        parameter: &Parameter,
        value: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        let mut held = Held {
            format: parameter.format,
            ..self.held
        };
        // What the client leaves open the server takes from what it is held against.
        if !matches!(parameter.type_oid, 0 | UNKNOWN) {
            let (type_oid, is_array) = read_by(catalog, parameter.type_oid);
            if is_array != held.is_array {
                return Err(unread(&self.column));
            }
            held.type_oid = type_oid;
        }
        self.stored(&held, keys, value)
    }

    fn stored(&self, held: &Held, keys: &Keys, shown: &[u8]) -> Result<Vec<u8>, Refusal> {
        match self.usage {
            Usage::Compared => held.stored(keys, shown).map_err(|lost| self.lost(lost)),
            Usage::Written => {
                let written = held.written(keys, shown);
                written.ok_or_else(|| own_value(&self.column))
            }
        }
    }

    fn lost(&self, lost: Lost) -> Refusal {
        match lost {
            Lost::Class => one_way(&self.column),
            Lost::Value => unread(&self.column),
        }
    }
}

/// `pg_type.oid` of a literal without a type.
const UNKNOWN: u32 = 705;

/// What values of a type are read by, and whether they are an array's elements.
fn read_by(catalog: &Catalog, type_oid: u32) -> (u32, bool) {
    let (mut oid, mut is_array) = (type_oid, false);
    // Domains of domains end; a catalog that says otherwise is not followed for ever.
    for _ in 0..32 {
        match catalog.type_of(oid) {
            Some(found) if found.base != 0 => oid = found.base,
            Some(found) if found.category == 'A' && found.element != 0 && !is_array => {
                (oid, is_array) = (found.element, true);
            }
            _ => break,
        }
    }
    (oid, is_array)
}

/// A string as the server reads it, whatever it takes a backslash for.
fn quoted(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') {
        format!(" E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

fn spend(left: usize, bytes: usize) -> Result<usize, Refusal> {
    left.checked_sub(bytes).ok_or_else(|| {
        let message = "a statement holds more against masked columns than is turned back at once";
        Refusal::new(RefusalKind::Limit, message).hint("look the values up in several statements")
    })
}

fn name_of(column: &ColumnRef) -> String {
    let class = column.class.map_or("no class", Class::as_str);
    format!("{}.{} ({class})", column.table, column.column)
}

fn one_way(column: &ColumnRef) -> Refusal {
    let name = name_of(column);
    let message = format!("{name} is masked, and its stand-ins cannot be turned back");
    Refusal::new(RefusalKind::Unmaskable, message).hint(
        "It may be shown, counted, or tested with IS NULL; choose rows by a column that is not \
         masked, or by one whose stand-ins can be turned back.",
    )
}

fn own_value(column: &ColumnRef) -> Refusal {
    let name = name_of(column);
    let message = format!(
        "{name} is masked: a value of your own would come back to you as its stand-in, and a \
         stand-in is not stored"
    );
    Refusal::new(RefusalKind::Unmaskable, message).hint(
        "Leave the column out; an e-mail address as it was shown may be written back. New values \
         are written by those who may see the column.",
    )
}

fn shared(column: &ColumnRef) -> Refusal {
    let name = name_of(column);
    let message = format!("a parameter held against {name} is used for something else too");
    Refusal::new(RefusalKind::Unmaskable, message)
        .hint("Give the masked column a parameter of its own.")
}

fn unread(column: &ColumnRef) -> Refusal {
    let name = name_of(column);
    let message = format!("what is held against {name} cannot be read as one of its stand-ins");
    Refusal::new(RefusalKind::Unmaskable, message)
        .hint("Write it as a plain string or number, of the column's type.")
}
