//! How a statement's text stands in the record: sensitive literals masked, the exact text committed
//! to by a key (law 4).
//!
//! The rule errs towards hiding: where a statement touches a classified column, was not read
//! whole, or is of a kind that carries a secret by nature, every literal is masked; elsewhere the
//! literals in which a detector finds something are.

use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use model::event::RecordedText;
use model::{Effects, Format, Parameter};
use sha2::Sha256;

/// What stands for a masked literal.
const MASK: &str = "'***'";

/// A number of so many digits is nobody's card, account or telephone.
const SHORT_NUMBER: usize = 6;

/// Parameters longer than this are cut in the record, bytes.
const PARAMETER_BYTES: usize = 1_024;

/// Statement kinds whose literals may be a password, whatever they touch.
const SECRET_KINDS: &[&str] = &[
    "ALTER ROLE",
    "ALTER SERVER",
    "ALTER SUBSCRIPTION",
    "ALTER USER MAPPING",
    "CREATE ROLE",
    "CREATE SERVER",
    "CREATE SUBSCRIPTION",
    "CREATE USER MAPPING",
];

/// A statement as it came: its text, where its literals stand, its parameters.
pub(crate) struct Said<'a> {
    pub(crate) literals: &'a [Range<usize>],
    pub(crate) parameters: &'a [Parameter],
    pub(crate) text: &'a str,
}

/// The text as the record keeps it.
pub(crate) fn recorded(
    said: &Said<'_>,
    parts: &[Effects],
    key: &CommitmentKey,
    most: usize,
) -> RecordedText {
    let hides_all = parts.iter().any(|part| {
        part.touches_classified()
            || !part.gaps.is_empty()
            || SECRET_KINDS.contains(&part.kind.as_str())
    });
    let hidden = if hides_all {
        said.literals.to_vec()
    } else if may_hold_something(said) {
        telling(said)
    } else {
        Vec::new()
    };
    // Where the server would find no tokens, nobody knows where a literal ends.
    let is_unread = hides_all && said.literals.is_empty() && said.text.contains(['\'', '$']);
    let shown = if is_unread {
        analysis::shape::plain(said.text)
    } else {
        replaced(said.text, &hidden)
    };
    let cut = cut_at(&shown, most);
    RecordedText {
        bytes: said.text.len(),
        commitment: commitment(said, key),
        is_partial: is_unread || !hidden.is_empty() || cut < shown.len(),
        parameters: said
            .parameters
            .iter()
            .map(|p| parameter(p, hides_all))
            .collect(),
        text: shown.get(..cut).unwrap_or_default().into(),
    }
}

/// The literals in which a detector finds something by themselves, whole, and what it finds
/// between them: a column's name beside a literal (`name = 'x'`) is no label of it, or the record
/// would lose what policy let pass as nobody's.
fn telling(said: &Said<'_>) -> Vec<Range<usize>> {
    let holds = |span: &&Range<usize>| {
        let literal = said.text.get((*span).clone()).unwrap_or_default();
        !mask::scan::sensitive_spans(literal).is_empty()
    };
    let mut spans: Vec<Range<usize>> = said.literals.iter().filter(holds).cloned().collect();
    let apart = |(found, _): &(Range<usize>, _)| {
        let mut literals = said.literals.iter();
        !literals.any(|literal| literal.start < found.end && found.start < literal.end)
    };
    let between = mask::scan::sensitive_spans(said.text);
    spans.extend(between.into_iter().filter(apart).map(|(found, _)| found));
    spans.sort_by_key(|span| span.start);
    spans
}

/// Whether a text can hold anything a detector would find: a string, a long number, or a comment.
/// Most statements of a program hold none, and are not searched.
fn may_hold_something(said: &Said<'_>) -> bool {
    let is_long = |span: &Range<usize>| {
        let literal = said.text.get(span.clone()).unwrap_or_default();
        literal.len() > SHORT_NUMBER || !literal.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_unread = said.literals.is_empty() && said.text.contains(['\'', '$']);
    let has_comment = said.text.contains("--") || said.text.contains("/*");
    is_unread || has_comment || said.literals.iter().any(is_long)
}

fn replaced(text: &str, spans: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        out.push_str(text.get(at..span.start).unwrap_or_default());
        out.push_str(MASK);
        at = span.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

fn cut_at(text: &str, most: usize) -> usize {
    let most = most.min(text.len());
    (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// A parameter as the record keeps it: text as text, binary as `\x` and hex, masked if it may be
/// sensitive.
fn parameter(parameter: &Parameter, hides: bool) -> Option<String> {
    let value = parameter.value.as_deref()?;
    if hides {
        return Some("***".to_owned());
    }
    let head = value
        .get(..PARAMETER_BYTES.min(value.len()))
        .unwrap_or_default();
    let shown = match (parameter.format, std::str::from_utf8(head)) {
        (Format::Text, Ok(text)) => text.to_owned(),
        (Format::Text, Err(_)) | (Format::Binary, _) => hex(head),
    };
    let spans = mask::scan::sensitive_spans(&shown);
    Some(if spans.is_empty() {
        shown
    } else {
        "***".to_owned()
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let mut out = String::with_capacity(2 + 2 * bytes.len());
    out.push_str("\\x");
    out.extend(
        bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]),
    );
    out
}

/// The key of commitments, set up once: half of what one costs is the key.
pub(crate) struct CommitmentKey(Hmac<Sha256>);

impl CommitmentKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        // HMAC pads a short key with zeros to the hash's block (RFC 2104 §2): the same, without a
        // fallible constructor.
        let mut block = [0; 64];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Self(Hmac::new(&block.into()))
    }
}

/// A commitment to a statement's exact text and parameters.
pub(crate) fn commitment(said: &Said<'_>, key: &CommitmentKey) -> String {
    let mut mac = key.0.clone();
    mac.update(said.text.as_bytes());
    for parameter in said.parameters {
        absorb_parameter(&mut mac, parameter);
    }
    let digest = mac.finalize().into_bytes();
    hex(&digest).split_off(2)
}

fn absorb_parameter(mac: &mut Hmac<Sha256>, parameter: &Parameter) {
    let bytes = parameter.value.as_deref();
    let length = bytes.map_or(u64::MAX, |b| u64::try_from(b.len()).unwrap_or(u64::MAX));
    mac.update(&[0, u8::from(parameter.format == Format::Binary)]);
    mac.update(&parameter.type_oid.to_be_bytes());
    mac.update(&length.to_be_bytes());
    mac.update(bytes.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str, literals: &[Range<usize>], kind: &str) -> RecordedText {
        let part = Effects {
            kind: kind.into(),
            ..Effects::default()
        };
        recorded(
            &Said {
                literals,
                parameters: &[],
                text,
            },
            &[part],
            &CommitmentKey::new(&[7; 32]),
            40,
        )
    }

    #[test]
    fn passwords_are_masked_and_long_texts_cut() {
        let role = "CREATE ROLE x PASSWORD 'hunter2'";
        let entry = record(role, std::slice::from_ref(&(23..32)), "CREATE ROLE");
        assert_eq!(&*entry.text, "CREATE ROLE x PASSWORD '***'");
        assert!(entry.is_partial);
        // Without its end, the password is no literal: nothing of it is kept all the same.
        let open = "CREATE ROLE x PASSWORD 'hunter2";
        let entry = record(open, &[], "CREATE ROLE");
        assert!(
            !entry.text.contains("hunter2") && entry.is_partial,
            "{}",
            entry.text
        );
        let long = format!("SELECT {}", "é".repeat(40));
        let entry = record(&long, &[], "SELECT");
        assert_eq!(
            (entry.text.len(), entry.bytes, entry.is_partial),
            (39, 87, true)
        );
    }

    #[test]
    fn the_commitment_binds_text_and_parameters_apart() {
        let parameter = |value: &[u8]| Parameter {
            format: Format::Text,
            type_oid: 25,
            value: Some(value.to_vec()),
        };
        let commit = |text: &str, parameters: &[Parameter]| {
            commitment(
                &Said {
                    literals: &[],
                    parameters,
                    text,
                },
                &CommitmentKey::new(&[1; 32]),
            )
        };
        let one = commit("SELECT $1", &[parameter(b"a"), parameter(b"b")]);
        assert_ne!(
            one,
            commit("SELECT $1", &[parameter(b"ab"), parameter(b"")])
        );
        assert_eq!(
            one,
            commit("SELECT $1", &[parameter(b"a"), parameter(b"b")])
        );
        assert_eq!(one.len(), 64);
    }
}
