//! Columns in which anything may stand: prose and documents, searched cell by cell.
//!
//! A class here costs little where nothing is found, but a text column that has one may no longer
//! be searched or sorted by: so it takes a sign, or the lack of a sample.

use model::Class;

use super::documents;
use super::family::Family;
use super::naming::{self, About};
use super::sample::Sample;
use super::setting::{self, Setting};
use super::weigh::{self, Weighed};
use super::{ColumnEvidence, Found};
use crate::scan::{self, Within};

/// Whether a column is to be searched cell by cell.
pub(super) fn prose(
    column: &ColumnEvidence<'_>,
    sample: &Sample<'_>,
    setting: &Setting,
) -> Option<Found> {
    if column.is_enum {
        return None;
    }
    match Family::of(column.type_name) {
        Family::Json => json(column, sample, setting),
        Family::Document => document(column, sample, setting),
        Family::Bytes => {
            let holds = sample.rate(holds_text) >= 0.05;
            holds.then(|| {
                found(
                    Class::FreeText,
                    4.0,
                    "some of its bytes spell something sensitive",
                )
            })?
        }
        Family::Text => text(column, sample, setting),
        _ => None,
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what every arm of its callers gives back"
)]
fn found(class: Class, points: f64, why: &str) -> Option<Found> {
    Some(Weighed::new(class, points + 5.5, why.to_owned()).told())
}

/// Markup and stores: everything in them is read as in JSON, and shown as prose is.
fn document(column: &ColumnEvidence<'_>, sample: &Sample<'_>, setting: &Setting) -> Option<Found> {
    if !sample.is_telling() {
        let why = "its type holds anything, and no sample shows it clean";
        return found(Class::FreeText, 1.0, why);
    }
    let rate = sample.rate(|value| documents::holds_any(within(column, setting), value));
    let why = "some of its documents hold something sensitive";
    (rate >= LEAST_OF_DOCUMENTS).then(|| found(Class::FreeText, 5.0, why))?
}

/// More of a column's numbers pass no check by chance, of all that there are.
const MOST_BY_CHANCE: f64 = 0.4;

/// From how many documents on that hold something a column of them is hidden.
const LEAST_OF_DOCUMENTS: f64 = 0.015;

fn within<'a>(column: &ColumnEvidence<'a>, setting: &Setting) -> Within<'a> {
    Within {
        about: super::about_of(&setting.name, column.name),
        name: column.name,
    }
}

fn text(column: &ColumnEvidence<'_>, sample: &Sample<'_>, setting: &Setting) -> Option<Found> {
    if sample.is_telling() && sample.rate(documents::is_json) >= 0.5 {
        return document(column, sample, setting);
    }
    let named = naming::named(column.name, &[], |class| class == Class::FreeText);
    let is_named = !named.is_empty();
    // Order numbers and bar codes look like anything's number.
    let is_counted = setting.about == About::Thing && naming::says_number(column.name);
    let says_otherwise = is_counted || naming::says_otherwise(column.name);
    let is_other = says_otherwise && !sample.is_prose() && !is_named;
    // A name in a short value is a brand or a town as well: the column as a whole was weighed.
    let is_short = !sample.is_prose() && !is_named;
    let is_about_things = setting.about == About::Thing;
    let counts = |class: Class| {
        !(is_other && weigh::is_numbered(class) || is_short && weigh::is_worded(class))
    };
    // Of bare numbers some pass some check: as many as that say something.
    let is_bare = |value: &str, class: Class| {
        let is_plain = !value.contains(|c: char| c.is_alphabetic() || c == '+');
        weigh::is_numbered(class) && is_plain
    };
    let told = sample.sensitive(|value, class| counts(class) && !is_bare(value, class));
    let bare = sample.sensitive(|value, class| counts(class) && is_bare(value, class));
    let sensitive = if bare >= MOST_BY_CHANCE {
        told + bare
    } else {
        told
    };
    let least = if is_about_things { 0.03 } else { 0.0 };
    let is_theirs_to_show = !is_named && setting::is_of_a_thing(column, setting);
    let is_prose = (sample.is_prose() || is_named) && !is_theirs_to_show;
    if sample.is_telling() && sensitive > least && is_prose {
        let why = "some of its prose holds something sensitive";
        return found(Class::FreeText, 4.0, why);
    }
    if is_named && !sample.is_telling() {
        let why = "its name says prose, and no sample shows it clean";
        return found(Class::FreeText, 1.0, why);
    }
    // Values that are no prose but now and then hold something.
    if sample.is_telling() && sensitive >= 0.05 && !is_theirs_to_show {
        return found(
            Class::FreeText,
            3.0,
            "some of its values hold something sensitive",
        );
    }
    // Prose of people: what was not met in a sample comes all the same.
    let is_theirs = setting.about == About::Person || setting.companions >= 1;
    if is_named && is_theirs && sample.is_prose() && !sample.is_enumerated() {
        return found(
            Class::FreeText,
            1.0,
            "its name says prose, and the table is about people",
        );
    }
    None
}

/// Whether bytes, in hexadecimal after `\\x`, are text that holds something sensitive.
fn holds_text(value: &str) -> bool {
    let digits = value.strip_prefix("\\x").unwrap_or_default().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = digits.chunks_exact(2).map_while(byte).collect();
    !scan::sensitive_spans(&String::from_utf8_lossy(&bytes)).is_empty()
}

fn json(column: &ColumnEvidence<'_>, sample: &Sample<'_>, setting: &Setting) -> Option<Found> {
    if !sample.is_telling() {
        let why = "its type holds anything, and no sample shows it clean";
        return found(Class::Json, 1.0, why);
    }
    let every_leaf =
        |class: &Class| matches!(class, Class::ApiKey | Class::OneTimeCode | Class::Password);
    let named = naming::named(column.name, &[], |class| every_leaf(&class));
    if let Some(named) = named.first().filter(|named| named.points >= 8.0) {
        return found(named.class, 5.0, "its name says so, and every leaf is one");
    }
    let rate = sample.rate(|value| documents::holds(within(column, setting), value));
    (rate >= LEAST_OF_DOCUMENTS).then(|| {
        found(
            Class::Json,
            5.0,
            "some of its documents hold something sensitive",
        )
    })?
}
