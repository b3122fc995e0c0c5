//! What is computed from a masked column and tells no more than its stand-in does.
//!
//! Why: the stand-in of a date of birth is another day of the same year, so its year may be shown,
//! grouped by and compared like any other number. The list is closed, and each entry holds for the
//! class's own stand-in alone: under another transform `govern` refuses the form.
//! What a stand-in keeps is `mask`'s to say.

use model::{Class, FilterForm};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::reader::{Reader, child, has_token};
use crate::value::{MIXED, Value};

/// Parts of a day that are those of its year.
const YEARS: [&str; 4] = ["century", "decade", "millennium", "year"];

/// Types whose values are days of no time zone: `date`, `timestamp`.
const DAYS: [u32; 2] = [1082, 1114];

impl Reader<'_> {
    /// Whether a value is a date of birth as it is stored, of a type whose year is its own.
    fn is_day_of_birth(&self, value: &Value) -> bool {
        let class = value.bare().and_then(|col| self.class_at(col));
        class == Some(Class::BirthDate) && DAYS.contains(&self.base_of(value.type_oid))
    }

    /// The value of a part that the stand-in shows.
    fn as_shown(&mut self, value: &Value, type_oid: u32) -> Value {
        self.seen(value);
        self.chooses(value, FilterForm::Shown);
        Value {
            from: MIXED,
            ..Value::clean(type_oid)
        }
    }

    /// `extract(year FROM birth_date)`.
    pub(crate) fn extracted(&mut self, function: &SyntaxNode, values: &[Value]) -> Option<Value> {
        let [day] = values else { return None };
        let field = child(function, SyntaxKind::EXTRACT_FIELD_NAME)?;
        let field = field.text().to_string().trim().to_ascii_lowercase();
        let is_year = YEARS.contains(&field.as_str()) && self.is_day_of_birth(day);
        is_year.then(|| self.as_shown(day, 1700))
    }

    /// `date_part('year', birth_date)`, `date_trunc('year', birth_date)`,
    /// `to_char(birth_date, 'YYYY')`.
    pub(crate) fn year_of(
        &mut self,
        (schema, name): (Option<&str>, &str),
        values: &[Value],
        list: &SyntaxNode,
    ) -> Option<Value> {
        let (at, type_oid) = match name {
            "date_part" => (1, 701),
            "date_trunc" => (1, 0),
            "to_char" => (0, 25),
            _ => return None,
        };
        let (day, [_, _]) = (values.get(at)?, values) else {
            return None;
        };
        if !self.is_day_of_birth(day) {
            return None;
        }
        let found = self.world.functions(schema, name, Some(2));
        if !found
            .iter()
            .all(|function| &*function.schema == "pg_catalog")
        {
            return None;
        }
        let arguments: Vec<SyntaxNode> = list.children().collect();
        let field = operands(arguments.get(1 - at)?).into_iter().next()?;
        let field = self.string(&field)?;
        let is_year = if name == "to_char" {
            field == "YYYY"
        } else {
            YEARS.contains(&field.to_ascii_lowercase().as_str())
        };
        is_year.then(|| self.as_shown(day, type_oid))
    }

    /// Whether a comparison tells the years before from those after: `birth_date < '1970-01-01'`.
    pub(crate) fn is_year_end(
        &mut self,
        value: &Value,
        (left, right): (&SyntaxNode, &SyntaxNode),
    ) -> bool {
        let Some(comparison) = left.parent().filter(|_| self.is_day_of_birth(value)) else {
            return false;
        };
        let has = |kind| has_token(&comparison, kind);
        let is_below = has(SyntaxKind::L_ANGLE) || has(SyntaxKind::LTEQ);
        let is_with = has(SyntaxKind::LTEQ) || has(SyntaxKind::GTEQ);
        let (end, is_left) = match (self.string(right), self.string(left)) {
            (Some(end), None) => (end, false),
            (None, Some(end)) => (end, true),
            _ => return false,
        };
        // `x < first day` and `x >= first day` part years; `x <= last day`, `x > last day` too.
        let is_first = is_below != is_with;
        self.parts_years(value, &end, if is_left { !is_first } else { is_first })
    }

    /// The same of BETWEEN's two ends.
    pub(crate) fn is_between_years(&mut self, value: &Value, ends: &[SyntaxNode]) -> bool {
        let [low, high] = ends else { return false };
        if !self.is_day_of_birth(value) {
            return false;
        }
        match (self.string(low), self.string(high)) {
            (Some(low), Some(high)) => {
                self.parts_years(value, &low, true) && self.parts_years(value, &high, false)
            }
            _ => false,
        }
    }

    /// Whether a day is the first of its year, or the last; instants lie behind the last.
    fn parts_years(&self, value: &Value, day: &str, is_first: bool) -> bool {
        let is_year = |year: &str| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        let Some((year, rest)) = day.split_at_checked(4) else {
            return false;
        };
        let is_date = self.base_of(value.type_oid) == 1082;
        let is_end = if is_first {
            rest == "-01-01"
        } else {
            rest == "-12-31" && is_date
        };
        is_year(year) && is_end
    }
}
