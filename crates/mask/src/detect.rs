//! What a column holds: from its name, type, neighbours and a sample.
//!
//! Values that prove themselves (a checksum, a prefix) count whatever the name; a name counts
//! unless the sample contradicts it. It leans to clean: what is left unfound in prose is found
//! cell by cell, and what is masked in vain is a nuisance.

mod shape;
mod words;

use model::Class;

use shape::{Sample, looks};
use words::Weight;

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

/// What a type can hold at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Address,
    Bytes,
    Date,
    Integer,
    Json,
    Mac,
    Nothing,
    Number,
    Point,
    Text,
    Uuid,
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
        is_named || !crate::scan::sensitive_spans(value).is_empty()
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

type Named = (Class, Weight, &'static str);

fn by_name(evidence: &ColumnEvidence<'_>) -> Option<Named> {
    match_words(&tokens(evidence.column))
}

/// A comment is prose about the column: only its strongest words count, and only where they open
/// it ("Date of birth of the insured").
fn by_comment(evidence: &ColumnEvidence<'_>) -> Option<Named> {
    let opening: Vec<String> = tokens(evidence.comment?).into_iter().take(4).collect();
    match_words(&opening).filter(|(_, weight, _)| *weight == Weight::Strong)
}

/// The longest phrase among the tokens, unless what follows says it is only about it.
fn match_words(tokens: &[String]) -> Option<Named> {
    let first = tokens.first()?;
    let joined = tokens.concat();
    let mut best: Option<(usize, Named)> = None;
    for row in words::ROWS {
        for phrase in row.phrases {
            let Some(end) = phrase_end(tokens, &joined, phrase) else {
                continue;
            };
            let last = tokens.last().map_or("", String::as_str);
            let is_only_about = end < tokens.len() && words::ABOUT.contains(&last);
            let is_claim = words::CLAIMS.contains(&first.as_str()) && *phrase != joined;
            let is_longest = best.is_none_or(|(length, _)| phrase.len() > length);
            // A bare word inside a longer name says little: "product name", "primary key".
            let is_bare = row.weight == Weight::Strong
                || phrase.contains(' ')
                || tokens.len() == 1
                || row.class == Class::FreeText
                || (end == tokens.len() && is_qualified(first, row.class));
            if !is_only_about && !is_claim && is_longest && is_bare {
                best = Some((phrase.len(), (row.class, row.weight, phrase)));
            }
        }
    }
    best.map(|(_, named)| named)
}

/// Words before a bare one that keep its sense.
fn is_qualified(first: &str, class: Class) -> bool {
    let is_place = matches!(class, Class::City | Class::PostalCode | Class::Geo);
    let place = [
        "home", "billing", "shipping", "mailing", "work", "birth", "current", "delivery",
    ];
    is_place && place.contains(&first) || words::PEOPLE.contains(&first)
}

/// Where a phrase ends among the tokens: as a run of them, or written together as one.
fn phrase_end(tokens: &[String], joined: &str, phrase: &str) -> Option<usize> {
    let parts: Vec<&str> = phrase.split(' ').collect();
    let run = tokens
        .windows(parts.len())
        .position(|run| run.iter().zip(&parts).all(|(a, b)| a == b));
    if let Some(start) = run {
        return Some(start + parts.len());
    }
    let compact = phrase.replace(' ', "");
    if compact.len() < 5 {
        return None;
    }
    if joined == compact {
        return Some(tokens.len());
    }
    tokens
        .iter()
        .position(|token| *token == compact)
        .map(|at| at + 1)
}

/// A name cut into lower-case words without accents: at separators, at capitals, at digits that
/// begin or end no word we know.
fn tokens(name: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|at| chars.get(at));
        let next = chars.get(index + 1);
        let after_lower = previous.is_some_and(|p| p.is_lowercase() || p.is_ascii_digit());
        let ends_capitals =
            previous.is_some_and(|p| p.is_uppercase()) && next.is_some_and(|n| n.is_lowercase());
        if c.is_uppercase() && (after_lower || ends_capitals) && !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            fold(*c, &mut word);
        } else if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    // "phone2" is a phone; "ipv4", "2fa" and "line1" are words.
    let keeps = |token: &str| {
        let words = words::ROWS.iter().flat_map(|row| row.phrases);
        words
            .flat_map(|phrase| phrase.split(' '))
            .any(|word| word == token)
    };
    let trim = |token: String| {
        let bare = token.trim_end_matches(|c: char| c.is_ascii_digit());
        if bare.is_empty() || keeps(&token) {
            token
        } else {
            bare.to_owned()
        }
    };
    tokens.into_iter().map(trim).collect()
}

/// Lower case, accents off.
fn fold(c: char, word: &mut String) {
    for c in c.to_lowercase() {
        match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => word.push('a'),
            'é' | 'è' | 'ê' | 'ë' => word.push('e'),
            'í' | 'ì' | 'î' | 'ï' => word.push('i'),
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => word.push('o'),
            'ú' | 'ù' | 'û' | 'ü' => word.push('u'),
            'ç' => word.push('c'),
            'ñ' => word.push('n'),
            'ß' => word.push_str("ss"),
            c => word.push(c),
        }
    }
}

impl Family {
    fn of(type_name: &str) -> Self {
        let lower = type_name.to_lowercase();
        let name = lower.rsplit('.').next().unwrap_or(&lower);
        let name = name.trim_end_matches("[]").trim_start_matches('_');
        let name = name.split('(').next().unwrap_or(name).trim();
        match name {
            "text" | "varchar" | "character varying" | "bpchar" | "character" | "char"
            | "citext" | "name" | "string" | "xml" | "hstore" => Self::Text,
            "int2" | "int4" | "int8" | "smallint" | "integer" | "bigint" | "int" => Self::Integer,
            "numeric" | "decimal" | "float4" | "float8" | "real" | "double precision" | "money" => {
                Self::Number
            }
            "json" | "jsonb" => Self::Json,
            "bytea" => Self::Bytes,
            "uuid" => Self::Uuid,
            "inet" => Self::Address,
            "macaddr" | "macaddr8" => Self::Mac,
            "point" => Self::Point,
            "cidr" | "bool" | "boolean" | "interval" | "oid" | "tsvector" | "bit" => Self::Nothing,
            "date" => Self::Date,
            // The clock alone, time zones cut off with the length: "timestamp(3) with time zone".
            name if name.starts_with("timestamp") => Self::Date,
            name if name.starts_with("time") || name.ends_with("range") => Self::Nothing,
            // A domain or an enum of the target's own: its values are text to us.
            _ => Self::Text,
        }
    }

    fn holds(self, class: Class) -> bool {
        let is_number = matches!(
            class,
            Class::BankAccount
                | Class::CardNumber
                | Class::Cvv
                | Class::MedicalId
                | Class::NationalId
                | Class::OneTimeCode
                | Class::Passport
                | Class::Phone
                | Class::PostalCode
        );
        match self {
            Self::Address | Self::Json | Self::Mac | Self::Nothing => false,
            Self::Bytes => class.as_str().starts_with("secret."),
            Self::Date => class == Class::BirthDate,
            Self::Integer => is_number || matches!(class, Class::BirthDate | Class::Salary),
            Self::Number => is_number || matches!(class, Class::Geo | Class::Salary),
            Self::Point => class == Class::Geo,
            Self::Text => true,
            Self::Uuid => matches!(class, Class::ApiKey | Class::SessionToken),
        }
    }
}

#[cfg(test)]
mod tests;
