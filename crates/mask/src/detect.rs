//! What a column holds: from its name, type, neighbours and a sample.
//!
//! Values that prove themselves (a checksum, a prefix) count whatever the name; a name counts
//! unless the sample contradicts it. It leans to clean: what is left unfound in prose is found
//! cell by cell, and what is masked in vain is a nuisance.

mod family;
mod name;
mod shape;
mod words;

use model::Class;

use family::Family;
use name::{Named, match_words, tokens};
use shape::{Sample, looks};
use words::Weight;

use crate::scan;

/// What is known of a column.
#[derive(Debug, Clone, Copy)]
pub struct ColumnEvidence<'a> {
    /// Its name.
    pub column: &'a str,
    /// Its comment, if any.
    pub comment: Option<&'a str>,
    /// Values that are not NULL, as text.
    pub sample: &'a [&'a str],
    /// Its schema.
    pub schema: &'a str,
    /// Names of the other columns of its table.
    pub siblings: &'a [&'a str],
    /// Its table.
    pub table: &'a str,
    /// Its type's name.
    pub type_name: &'a str,
}

/// A class and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The class.
    pub class: Class,
    /// Why, in words for a person; quotes no value.
    pub why: String,
}

/// The class of a column, if it has one.
pub fn classify(evidence: &ColumnEvidence<'_>) -> Option<Found> {
    let family = Family::of(evidence.type_name);
    let sample = Sample::new(evidence.sample);
    match family {
        Family::Nothing => return None,
        Family::Address => return found(Class::IpAddress, "its type holds network addresses"),
        Family::Mac => return found(Class::MacAddress, "its type holds hardware addresses"),
        Family::Json => return json(evidence, &sample),
        _ => {}
    }
    if matches!(family, Family::Text | Family::Integer) {
        let proved = sample.proves().filter(|class| family.holds(*class));
        if let Some(class) = proved {
            let named = by_name(evidence).map(|(class, ..)| class);
            let finer = named.filter(|named| refines(*named, class));
            return found(finer.unwrap_or(class), "its values have that shape");
        }
    }
    let named = by_name(evidence).or_else(|| by_comment(evidence));
    if let Some((class, weight, phrase)) = named
        && class != Class::FreeText
        && family.holds(class)
        && weighs(class, weight, evidence, &sample)
    {
        let class = if class == Class::Password && hashes(&sample) {
            Class::PasswordHash
        } else {
            class
        };
        return found(class, &format!("its name says {phrase:?}"));
    }
    let is_named_prose = named.is_some_and(|(class, ..)| class == Class::FreeText);
    prose(family, is_named_prose, &sample)
}

/// The class that a key of a JSON object names; `parent` is the key above it.
pub(crate) fn class_of_key(parent: &str, name: &str) -> Option<Class> {
    let tokens = tokens(name);
    let (class, weight, _) = match_words(&tokens)?;
    let counts = match weight {
        Weight::Strong => true,
        Weight::Personal => is_about(parent, words::PEOPLE) || parent.contains("address"),
        Weight::Weak => false,
    };
    (counts && class != Class::FreeText).then_some(class)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what every arm of `classify` gives back"
)]
fn found(class: Class, why: &str) -> Option<Found> {
    Some(Found {
        class,
        why: why.to_owned(),
    })
}

/// Whether a name says more than a shape: a login that is an address, a token that is a key.
fn refines(named: Class, shape: Class) -> bool {
    matches!(
        (named, shape),
        (Class::Username, Class::Email)
            | (Class::SessionToken, Class::ApiKey | Class::Jwt)
            | (Class::BankAccount, Class::Iban)
    ) && named != Class::BankAccount
}

fn hashes(sample: &Sample<'_>) -> bool {
    sample.is_telling() && sample.rate(|value| looks(Class::PasswordHash, value)) >= 0.5
}

/// Whether name, neighbours and sample together suffice.
fn weighs(
    class: Class,
    weight: Weight,
    evidence: &ColumnEvidence<'_>,
    sample: &Sample<'_>,
) -> bool {
    let agrees = sample.rate(|value| looks(class, value));
    let contradicts = sample.is_telling() && agrees < 0.5;
    let is_thing =
        is_about(evidence.table, words::THINGS) && !is_about(evidence.table, words::PEOPLE);
    if is_thing && matches!(class, Class::Geo) {
        return false;
    }
    // Keys and secrets count by name; only what is plainly none (short words) does not.
    if matches!(
        class,
        Class::ApiKey | Class::SessionToken | Class::PrivateKey | Class::Jwt
    ) {
        let random = sample.rate(shape::is_random);
        let short = sample.rate(|value| value.len() < 8 || value.contains(' '));
        return match weight {
            Weight::Strong => !(sample.is_telling() && short > 0.8),
            Weight::Personal | Weight::Weak => sample.is_telling() && random > 0.8,
        };
    }
    if matches!(class, Class::ConnectionString | Class::PasswordHash) {
        return true;
    }
    match weight {
        Weight::Strong => !contradicts,
        Weight::Personal => is_personal(evidence) && !contradicts,
        Weight::Weak => sample.is_telling() && agrees >= 0.8,
    }
}

/// Whether a table is about people: by its name, or by two columns that are.
fn is_personal(evidence: &ColumnEvidence<'_>) -> bool {
    if is_about(evidence.table, words::PEOPLE) {
        return true;
    }
    if is_about(evidence.table, words::THINGS) {
        return false;
    }
    let is_companion = |name: &&&str| {
        let named = match_words(&tokens(name));
        named.is_some_and(|(class, weight, _)| {
            weight == Weight::Strong && words::COMPANIONS.contains(&class)
        })
    };
    evidence.siblings.iter().filter(is_companion).count() >= 1
}

fn is_about(name: &str, list: &[&str]) -> bool {
    let is_listed = |token: &String| {
        let singular = token.strip_suffix('s').unwrap_or(token);
        let of_ies = token.strip_suffix("ies").map(|stem| format!("{stem}y"));
        let stem = token.strip_suffix("es").unwrap_or(token);
        let is = |word: &str| list.contains(&word);
        is(token) || is(singular) || is(stem) || of_ies.is_some_and(|word| is(&word))
    };
    tokens(name).iter().any(is_listed)
}

fn prose(family: Family, is_named: bool, sample: &Sample<'_>) -> Option<Found> {
    if family == Family::Bytes && sample.rate(holds_text) >= 0.05 {
        return found(
            Class::FreeText,
            "some of its bytes spell something sensitive",
        );
    }
    if family != Family::Text {
        return None;
    }
    let sensitive = sample.sensitive();
    if sample.is_telling() && sensitive > 0.0 && (sample.is_prose() || is_named) {
        return found(
            Class::FreeText,
            "some of its prose holds something sensitive",
        );
    }
    if is_named && !sample.is_telling() {
        return found(
            Class::FreeText,
            "its name says prose, and no sample shows it clean",
        );
    }
    // Values that are no prose but now and then hold something: scanned cell by cell.
    if sample.is_telling() && sensitive >= 0.05 {
        return found(
            Class::FreeText,
            "some of its values hold something sensitive",
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

fn json(evidence: &ColumnEvidence<'_>, sample: &Sample<'_>) -> Option<Found> {
    if !sample.is_telling() {
        return found(
            Class::Json,
            "its type holds anything, and no sample shows it clean",
        );
    }
    if let Some((class, weight, _)) = by_name(evidence)
        && matches!(class, Class::ApiKey | Class::OneTimeCode | Class::Password)
        && weight == Weight::Strong
    {
        return found(class, "its name says so, and every leaf is one");
    }
    let holds = |value: &str| {
        let keys = value.split('"').skip(1).step_by(2);
        let is_named = keys
            .clone()
            .any(|key| class_of_key("", key).is_some() || class_of_key("user", key).is_some());
        is_named || !scan::sensitive_spans(value).is_empty()
    };
    let rate = sample.rate(holds);
    if rate > 0.0 {
        found(
            Class::Json,
            "some of its documents hold something sensitive",
        )
    } else {
        None
    }
}

fn by_name(evidence: &ColumnEvidence<'_>) -> Option<Named> {
    match_words(&tokens(evidence.column))
}

/// A comment is prose about the column: only its strongest words count, and only where they open
/// it ("Date of birth of the insured").
fn by_comment(evidence: &ColumnEvidence<'_>) -> Option<Named> {
    let opening: Vec<String> = tokens(evidence.comment?).into_iter().take(4).collect();
    match_words(&opening).filter(|(_, weight, _)| *weight == Weight::Strong)
}

#[cfg(test)]
mod tests;
