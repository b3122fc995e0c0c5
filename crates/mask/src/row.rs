//! A plan bound to the columns of one result: what a wire asks, cell by cell.
//!
//! [`RowPlan::apply`] never fails: a cell that cannot be given a valid stand-in becomes the blank
//! of its type, and NULL where the type has no blank that we know.

use std::sync::Arc;

use model::{Class, Format};

use crate::keys::{Domain, Keys, Way};
use crate::plan::{Column, Origin, Own, PartPlan, PlannedColumn, Treatment, Unmaskable};
use crate::scan::{self, Within};
use crate::stand;
use crate::stand::typed;
use crate::types::{Kind, Type, array, blank, cell, record};

/// A plan bound to the columns of one result. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RowPlan {
    columns: Arc<[Bound]>,
    is_clean: bool,
    keys: Arc<Keys>,
    /// For cells that are searched, whose origin nobody knows.
    stray: Arc<Keys>,
}

/// One column, with all that its cells need.
#[derive(Debug, Clone)]
struct Bound {
    format: Format,
    /// Whether every cell becomes NULL: no other constant is certain to be valid in its type.
    is_nulled: bool,
    limit: usize,
    of: Type,
    origin: Option<Arc<Origin>>,
    /// Of a row as a value, its fields.
    record: Option<Arc<[Bound]>>,
    treatment: Treatment,
}

impl RowPlan {
    /// Binds a part of a plan. Both the number of columns and each treated column's type must be
    /// those foreseen.
    pub(crate) fn bind(
        (keys, stray): (Arc<Keys>, Arc<Keys>),
        plan: &PartPlan,
        came: &[Column],
    ) -> Result<Self, Unmaskable> {
        let Some(foreseen) = &plan.columns else {
            return Ok(Self {
                columns: Arc::new([]),
                is_clean: true,
                keys,
                stray,
            });
        };
        if foreseen.len() != came.len() {
            return Err(Unmaskable::Changed);
        }
        let pairs = foreseen.iter().zip(came);
        let columns: Arc<[Bound]> = pairs
            .map(|(planned, column)| Bound::new(planned, *column))
            .collect::<Result<_, _>>()?;
        let is_clean = columns
            .iter()
            .all(|bound| bound.treatment == Treatment::Pass);
        Ok(Self {
            columns,
            is_clean,
            keys,
            stray,
        })
    }

    /// Whether every row may pass as it lies.
    pub fn is_clean(&self) -> bool {
        self.is_clean
    }

    /// Whether cells of that column, from 0, must go through [`Self::apply`].
    pub fn touches(&self, column: usize) -> bool {
        let touched = |bound: &Bound| bound.treatment != Treatment::Pass;
        self.columns.get(column).map_or(!self.is_clean, touched)
    }

    /// Whether that column, from 0, shows one constant for every cell, NULL among them: that a
    /// computed value is NULL is a bit of what it was computed from.
    pub fn blanks(&self, column: usize) -> bool {
        let blanked = |bound: &Bound| bound.treatment == Treatment::Blank;
        self.columns.get(column).map_or(!self.is_clean, blanked)
    }

    /// Whether every cell of that column, from 0, is to be written as NULL.
    pub fn nulls(&self, column: usize) -> bool {
        self.columns
            .get(column)
            .is_some_and(|bound| bound.is_nulled)
    }

    /// Appends what the reader may see of a cell, nothing where [`Self::nulls`]. NULL is not a
    /// cell: it stays NULL, but in a column that [`Self::blanks`], where it is given as any bytes.
    /// A column that was not foreseen shows nothing.
    pub fn apply(&self, column: usize, cell: &[u8], out: &mut Vec<u8>) {
        match self.columns.get(column) {
            Some(bound) => bound.apply(self.keys_of(bound), cell, out),
            None if self.is_clean => out.extend_from_slice(cell),
            None => {}
        }
    }

    fn keys_of(&self, bound: &Bound) -> &Keys {
        match bound.treatment {
            Treatment::Scan => &self.stray,
            _ => &self.keys,
        }
    }

    /// How many columns were foreseen; `None` where any number may pass.
    pub(crate) fn width(&self) -> Option<usize> {
        (!self.is_clean).then_some(self.columns.len())
    }
}

impl Bound {
    fn new(planned: &PlannedColumn, column: Column) -> Result<Self, Unmaskable> {
        let treatment = planned.treatment;
        let is_treated = treatment != Treatment::Pass;
        let is_told = column.type_oid != 0;
        let differs = planned
            .type_oid
            .is_some_and(|oid| is_told && oid != column.type_oid);
        if is_treated && differs {
            return Err(Unmaskable::Changed);
        }
        let oid = if is_told {
            column.type_oid
        } else {
            planned.type_oid.unwrap_or(0)
        };
        let record = fields(planned, column.format);
        let known = Type::of(oid).or_else(|| own(planned));
        let is_nulled = is_treated
            && match known {
                Some(of) => !of.is_array && !blank::exists(of.kind, column.format),
                None => is_strange(oid, treatment, column.format),
            };
        let is_nulled = is_nulled && record.is_none();
        let treatment = if is_nulled {
            Treatment::Blank
        } else {
            treatment
        };
        let of = known.unwrap_or(Type::TEXT);
        let limit = of.kind.limit(column.modifier);
        Ok(Self {
            format: column.format,
            is_nulled,
            limit,
            of,
            origin: planned.origin.clone(),
            record,
            treatment,
        })
    }

    fn apply(&self, keys: &Keys, cell: &[u8], out: &mut Vec<u8>) {
        if self.treatment == Treatment::Pass {
            return out.extend_from_slice(cell);
        }
        if self.is_nulled {
            return;
        }
        if let Some(fields) = &self.record {
            return self.record(fields, keys, cell, out);
        }
        if self.treatment == Treatment::Blank || self.is_of_records() {
            return blank::append(self.of, self.format, self.limit, out);
        }
        if !self.of.is_array {
            return self.scalar(keys, cell, out);
        }
        let element = |cell: &[u8], out: &mut Vec<u8>| self.scalar(keys, cell, out);
        let done = match self.format {
            Format::Binary => array::binary(cell, element, out),
            Format::Text => array::text(cell, element, out),
        };
        if done.is_err() {
            blank::append(self.of, self.format, self.limit, out);
        }
    }

    /// A row as a value, each of its fields as its own plan says.
    fn record(&self, fields: &[Self], keys: &Keys, cell: &[u8], out: &mut Vec<u8>) {
        let field = |at: usize, cell: &[u8], out: &mut Vec<u8>| match fields.get(at) {
            Some(bound) if !bound.is_nulled => {
                bound.apply(keys, cell, out);
                true
            }
            _ => false,
        };
        if record::each(self.format, cell, field, out).is_err() && self.format == Format::Text {
            record::nothing(fields.len(), out);
        }
    }

    fn is_of_records(&self) -> bool {
        let own = self.origin.as_ref().and_then(|origin| origin.own());
        self.treatment != Treatment::Pass && matches!(own, Some(Own::Records(_)))
    }

    /// A document or prose, read in the light of where it stands; `None` for anything else.
    fn document(&self, keys: &Keys, bytes: &[u8]) -> Option<String> {
        let is_document = matches!(
            self.treatment,
            Treatment::Mask(Class::FreeText | Class::Json)
        );
        let origin = self.origin.as_ref().filter(|_| is_document)?;
        let text = cell::decode(self.of.kind, self.format, bytes)?;
        let within = origin.within();
        match self.of.kind {
            Kind::Json | Kind::Jsonb => scan::json::scrub(keys, within, None, &text),
            Kind::Text | Kind::Varchar => Some(stand::cut(
                scan::scrub_within(keys, within, &text),
                self.limit,
            )),
            Kind::Xml => Some(scan::markup::scrub(keys, within, &text)),
            _ if self.is_store() => {
                scan::store::scrub(keys, within, &text).or(text.is_empty().then(String::new))
            }
            _ => None,
        }
    }

    fn is_store(&self) -> bool {
        self.origin.as_ref().and_then(|origin| origin.own()) == Some(&Own::Store)
    }

    fn scalar(&self, keys: &Keys, bytes: &[u8], out: &mut Vec<u8>) {
        let kind = self.of.kind;
        if self.is_store() && self.format == Format::Binary {
            let within = self
                .origin
                .as_ref()
                .map_or_else(Within::strict, |origin| origin.within());
            let shown = scan::store::scrub_binary(keys, within, bytes);
            // No pairs at all.
            return out.extend_from_slice(shown.as_deref().unwrap_or(&[0; 4]));
        }
        if let Some(shown) = self.document(keys, bytes) {
            // A store in text format is a string to us.
            let kind = if self.is_store() { Kind::Text } else { kind };
            if cell::encode(kind, self.format, &shown, out) {
                return;
            }
        }
        if self.treatment == Treatment::Scan && says_nothing(kind) {
            return out.extend_from_slice(bytes);
        }
        let shown = cell::decode(kind, self.format, bytes).and_then(|text| match self.treatment {
            Treatment::Hash => fingerprint(keys, kind, &text, self.limit),
            Treatment::Mask(class) => {
                typed::cell(keys.turned(Way::Hide), class, kind, &text, self.limit)
            }
            _ => scanned(keys, kind, &text, self.limit),
        });
        let is_written = shown.is_some_and(|text| cell::encode(kind, self.format, &text, out));
        if !is_written {
            let of = Type {
                is_array: false,
                ..self.of
            };
            blank::append(of, self.format, self.limit, out);
        }
    }
}

/// The fields of a row as a value, where they are shown one by one.
fn fields(planned: &PlannedColumn, format: Format) -> Option<Arc<[Bound]>> {
    let is_shown = matches!(planned.treatment, Treatment::Mask(_));
    let Own::Record(fields) = planned.origin.as_ref().filter(|_| is_shown)?.own()? else {
        return None;
    };
    let bound = fields.iter().map(|(planned, modifier)| {
        let column = Column {
            format,
            modifier: *modifier,
            type_oid: planned.type_oid.unwrap_or(0),
        };
        Bound::new(planned, column).ok()
    });
    bound.collect()
}

/// A type that is not the server's own, as what it holds. A store without pairs is written as a
/// list of words without words is.
fn own(planned: &PlannedColumn) -> Option<Type> {
    let is_shown = matches!(
        planned.treatment,
        Treatment::Mask(_) | Treatment::Hash | Treatment::Blank
    );
    let own = planned.origin.as_ref().filter(|_| is_shown)?.own()?;
    Some(match own {
        Own::Record(_) => return None,
        Own::Records(element_oid) => Type {
            element_oid: *element_oid,
            is_array: true,
            kind: Kind::Record,
        },
        Own::Store => Type {
            element_oid: 0,
            is_array: false,
            kind: Kind::Words,
        },
        Own::Text => Type::TEXT,
        Own::Texts => Type {
            is_array: true,
            ..Type::TEXT
        },
    })
}

/// The first oid of a type that is not the server's own.
const FIRST_OF_USERS: u32 = 16_384;

/// Whether nothing but NULL is valid in a type we do not know. A stand-in is asked for where the
/// type is a string to whoever planned it, and a string is one in text format alone.
fn is_strange(oid: u32, treatment: Treatment, format: Format) -> bool {
    let is_string = match treatment {
        Treatment::Blank => oid == 0,
        Treatment::Scan => true,
        _ => oid == 0 || oid >= FIRST_OF_USERS,
    };
    !is_string || format == Format::Binary
}

/// Types whose values a scan would not recognise as anything.
fn says_nothing(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool | Kind::Interval | Kind::Time | Kind::TimeTz | Kind::Uuid | Kind::Oid
    ) || kind.is_date()
}

fn scanned(keys: &Keys, kind: Kind, text: &str, limit: usize) -> Option<String> {
    let hide = keys.turned(Way::Hide);
    match kind {
        Kind::Json | Kind::Jsonb => scan::json::scrub(keys, Within::default(), None, text),
        Kind::Inet | Kind::Cidr => typed::cell(hide, Class::IpAddress, kind, text, limit),
        Kind::Mac => typed::cell(hide, Class::MacAddress, kind, text, limit),
        kind if kind.is_number() && !scan::sensitive_spans(text).is_empty() => {
            let (_, class) = scan::sensitive_spans(text).into_iter().next()?;
            stand::number::of(hide, class, kind, text)
        }
        kind if kind.is_number() => Some(text.to_owned()),
        kind if kind.is_text() || kind == Kind::Xml => {
            Some(stand::cut(scan::scrub_any(keys, text), limit))
        }
        // Binary strings, points and records: nothing can be said of what they hold.
        _ => None,
    }
}

/// Sixteen hexadecimal digits that tell nothing but whether two values are equal.
fn fingerprint(keys: &Keys, kind: Kind, text: &str, limit: usize) -> Option<String> {
    const DIGITS: usize = 16;
    if !kind.is_text() || limit < DIGITS {
        return None;
    }
    let width = text.chars().count();
    let text = text.trim_end_matches(' ');
    let bytes = keys.of(Domain::Secret).prf("hash", text.as_bytes());
    let digits = bytes
        .iter()
        .take(DIGITS / 2)
        .map(|byte| format!("{byte:02x}"));
    let shown: String = digits.collect();
    Some(match kind {
        Kind::Padded => format!("{shown:width$}"),
        _ => shown,
    })
}
