//! The pairs `key=value`, `key: value`, `"key": "value"`: the key's class is the value's.

use std::ops::Range;

use model::Class;

use super::found::Found;
use super::keyed;
use super::secret::is_random;
use super::tokens::{Kind, Scene};
use super::value::NO_VALUES;
use crate::detect::About;

/// `key=value`, `key: value`, `"key": "value"`: the key's class is the value's.
pub(super) fn pairs(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (index, token) in scene.tokens.iter().enumerate() {
        if !matches!(token.kind, Kind::Word | Kind::Mixed) || token.end - token.start < 2 {
            continue;
        }
        let mut at = index + 1;
        if scene
            .get(at)
            .is_some_and(|t| matches!(t.kind, Kind::Sign('"' | '\'')))
        {
            at += 1;
        }
        let Some(mark) = scene.get(at) else { continue };
        let is_equals = mark.is_sign('=') && !scene.get(at + 1).is_some_and(|t| t.is_sign('='));
        let is_colon = mark.is_sign(':') && scene.get(at + 1).is_some_and(|t| !t.is_sign('/'));
        if !(is_equals || is_colon) {
            continue;
        }
        let key = key_of(scene, index);
        if let Some(class) = keyed::class(About::Person, "", key)
            && let Some(range) = pair_value(scene, at, class, is_equals)
        {
            found.add(range, class);
        }
    }
}

/// The key that ends at a token: words joined by dashes, dots and spaces before it.
fn key_of<'t>(scene: &Scene<'t>, index: usize) -> &'t str {
    let mut first = index;
    for _ in 0..3 {
        let Some(before) = scene.before(first) else {
            break;
        };
        let is_joined = matches!(before.kind, Kind::Sign('-'))
            && first >= 2
            && scene.touches(first - 1)
            && scene.touches(first - 2);
        let is_word = before.is_word() && scene.gap(first - 1) == " ";
        match (is_joined, is_word) {
            (true, _) => first -= 2,
            (_, true) => first -= 1,
            _ => break,
        }
    }
    match (scene.get(first), scene.get(index)) {
        (Some(from), Some(to)) => scene.str(from.start, to.end),
        _ => "",
    }
}

fn pair_value(
    scene: &Scene<'_>,
    mark: usize,
    class: Class,
    is_equals: bool,
) -> Option<Range<usize>> {
    let start = scene.get(mark)?.end;
    let rest = scene.str(start, scene.text.len());
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let (start, rest) = (start + blank, rest.get(blank..)?);
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (start, value) = match quote {
        Some(quote) => {
            let body = rest.get(1..)?;
            (start + 1, body.get(..body.find(quote)?)?)
        }
        None => {
            let is_long = matches!(class, Class::Address | Class::FullName | Class::City);
            let ends = |c: char| match c {
                '\n' | ';' | '|' | '&' | '<' | '"' | '\t' => true,
                ' ' | ')' | ']' | '}' => is_equals || !is_long,
                ',' => class != Class::Address,
                _ => false,
            };
            (
                start,
                rest.get(..rest.find(ends).unwrap_or(rest.len()))?
                    .trim_end(),
            )
        }
    };
    let value = value.trim_end_matches(['.', ',']);
    let count = value.bytes().filter(u8::is_ascii_digit).count();
    let fits = match class {
        Class::BankAccount
        | Class::NationalId
        | Class::Passport
        | Class::MedicalId
        | Class::Phone
        | Class::CardNumber
        | Class::DeviceId => count >= 4,
        Class::BirthDate | Class::PostalCode | Class::Salary | Class::Geo | Class::Cvv => {
            count >= 2
        }
        Class::SessionToken | Class::ApiKey => value.len() >= 8 && is_random(value),
        Class::Email => value.contains('@') || value.contains("%40"),
        Class::FreeText | Class::Json => false,
        Class::FullName | Class::FirstName | Class::LastName | Class::City => {
            count == 0
                && value.chars().next().is_some_and(char::is_alphabetic)
                && value.len() <= 60
                && (is_equals
                    || quote.is_some()
                    || value.chars().next().is_some_and(|c| !c.is_lowercase()))
        }
        _ => value.len() >= 2,
    };
    let is_none = NO_VALUES.contains(&value.to_lowercase().as_str());
    (fits && !is_none && value.len() <= 200).then(|| start..start + value.len())
}
