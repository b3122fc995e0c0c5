//! What constraints, domains, comments and labels say of a column.

use model::Class;

use super::ColumnEvidence;
use super::naming::{self, Named};

/// What a domain's name says: as much as a column's.
pub(super) fn of_domain(
    column: &ColumnEvidence<'_>,
    holds: &impl Fn(Class) -> bool,
) -> Option<Named> {
    let named = naming::named(column.domain?, &[], holds)
        .into_iter()
        .next()?;
    (named.class != Class::FreeText).then_some(named)
}

/// What a comment says: it is prose about the column, so only strong words count, and only where
/// they open it ("Date of birth of the insured").
pub(super) fn of_comment(comment: Option<&str>, holds: &impl Fn(Class) -> bool) -> Option<Named> {
    let sentence = comment?
        .split(['.', ';', ',', '(', ':', '\n', '–'])
        .next()?;
    // "E-mail of the customer", "Customer's email", "hashed password": the whole clause if short,
    // else what opens it.
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let opening = words.get(..words.len().min(5))?.join(" ");
    let shorter = words.get(..words.len().min(2))?.join(" ");
    let mut best = [opening, shorter]
        .iter()
        .flat_map(|text| naming::named(text, &[], holds))
        .filter(|named| named.points >= 7.0 && named.class != Class::FreeText)
        .max_by(|a, b| a.points.total_cmp(&b.points))?;
    best.points = 7.0;
    Some(best)
}

/// What a constraint shows the values must look like.
pub(super) fn of_checks(checks: &[&str]) -> Option<(Class, f64, &'static str)> {
    let squeezed = |check: &&str| {
        let text: String = check.chars().filter(|c| !c.is_whitespace()).collect();
        text.to_lowercase()
    };
    let texts: Vec<String> = checks.iter().map(squeezed).collect();
    let has = |part: &str| texts.iter().any(|text| text.contains(part));
    if has("@") && (has("~") || has("like") || has("position(") || has("strpos")) {
        return Some((Class::Email, 8.0, "a constraint asks for an @"));
    }
    if has("^\\+") && (has("[0-9]") || has("\\d")) {
        return Some((Class::Phone, 7.0, "a constraint asks for + and digits"));
    }
    if has("^[a-z]{2}[0-9]{2}") || has("^[a-z]{2}\\d{2}") {
        return Some((Class::Iban, 5.0, "a constraint asks for an IBAN's form"));
    }
    if has("-90") && has("90") && !has("180") || has("-180") && has("180") {
        return Some((Class::Geo, 5.0, "a constraint bounds it as degrees"));
    }
    if has("{3}-\\d{2}-\\d{4}") || has("{3}-[0-9]{2}-[0-9]{4}") {
        return Some((
            Class::NationalId,
            7.0,
            "a constraint asks for an SSN's form",
        ));
    }
    if has("^\\$2") || has("$argon2") {
        return Some((
            Class::PasswordHash,
            8.0,
            "a constraint asks for a password hash",
        ));
    }
    None
}
