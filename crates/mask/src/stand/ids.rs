//! Identifiers with a structure: cards, IBANs, accounts, national and health numbers.
//!
//! A value that passes its checksum gets a stand-in that passes it; one that fails is permuted in
//! a domain of its own and keeps failing, so the two never collide.

use crate::keys::{Domain, Keys, Subkey};
use crate::stand::digits;

/// A payment card: brand prefix, length and separators stay, the check digit is made anew.
pub(crate) fn card(keys: &Keys, text: &str) -> String {
    let key = keys.of(Domain::Card);
    let all = digits::of(text);
    let is_card = (12..=19).contains(&all.len()) && !text.chars().any(char::is_alphabetic);
    if !is_card {
        return digits::identifier(key, "other", text);
    }
    let kept = match all.first() {
        Some(4) => 1,
        Some(3 | 5) => 2,
        _ => 4,
    };
    let (prefix, rest) = all.split_at(kept);
    let tweak: String = prefix
        .iter()
        .map(|digit| digits::character(Some(digit), 10))
        .collect();
    let mut shown = prefix.to_vec();
    if digits::passes_luhn(&all) {
        let middle = rest.split_last().map_or(rest, |(_, middle)| middle);
        shown.extend(key.permute(tweak.as_bytes(), middle, 10));
        shown.push(digits::luhn(&shown));
    } else {
        let tweak = format!("{tweak}/invalid");
        let step = |rest: &[u16]| key.permute(tweak.as_bytes(), rest, 10);
        let fails = |rest: &[u16]| !digits::passes_luhn(&[prefix, rest].concat());
        shown.extend(digits::walk(rest, step, fails));
    }
    digits::put(text, &shown)
}

/// An IBAN: country, length and grouping stay, the check digits are made anew.
pub(crate) fn iban(keys: &Keys, text: &str) -> String {
    let key = keys.of(Domain::Iban);
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if !passes_iban(&compact) {
        // Letters and digits keep their places: that it fails stays all but certain (1 in 97).
        return digits::identifier(key, "invalid", text);
    }
    let upper = compact.to_ascii_uppercase();
    let (Some(country), Some(account)) = (upper.get(..2), upper.get(4..)) else {
        return digits::identifier(key, "invalid", text);
    };
    let account = digits::identifier(key, country, account);
    let check = 98 - iban_remainder(&format!("{account}{country}00"));
    let mut shown = format!("{country}{check:02}{account}")
        .into_bytes()
        .into_iter();
    let put = |c: char| match (c.is_ascii_alphanumeric(), c.is_ascii_lowercase()) {
        (false, _) => c,
        (true, true) => shown.next().map_or('0', char::from).to_ascii_lowercase(),
        (true, false) => shown.next().map_or('0', char::from),
    };
    text.chars().map(put).collect()
}

/// Whether that is a valid IBAN without separators (ISO 13616, mod 97).
pub(crate) fn passes_iban(compact: &str) -> bool {
    let is_shaped = (15..=34).contains(&compact.len())
        && compact
            .bytes()
            .take(2)
            .all(|byte| byte.is_ascii_alphabetic())
        && compact
            .bytes()
            .skip(2)
            .take(2)
            .all(|byte| byte.is_ascii_digit())
        && compact.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (head, tail) = compact.split_at_checked(4).unwrap_or(("", ""));
    is_shaped && iban_remainder(&format!("{tail}{head}")) == 1
}

fn iban_remainder(text: &str) -> u64 {
    text.chars()
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, value| {
            let shift = if value > 9 { 100 } else { 10 };
            (rest * shift + u64::from(value)) % 97
        })
}

/// A bank account or other account number; an IBAN is treated as one.
pub(crate) fn account(keys: &Keys, text: &str) -> String {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if passes_iban(&compact) {
        return iban(keys, text);
    }
    digits::identifier(keys.of(Domain::Account), "", text)
}

/// The check of a scheme of national numbers: its digits from the body's, if the body has any.
type Check = fn(&[u16]) -> Option<Vec<u16>>;

/// Length of the whole number, how many check digits end it, and how they come about.
/// The first that a number passes is its scheme.
const SCHEMES: &[(usize, usize, Check)] = &[
    (11, 2, cpf),
    (11, 1, pesel),
    (15, 2, nir),
    (10, 1, nhs),
    (9, 1, bsn),
    (9, 1, luhn),
    (10, 1, luhn),
    (12, 1, luhn),
];

/// A national, tax or health number.
pub(crate) fn national(key: &Subkey, text: &str) -> String {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let all = digits::of(&compact);
    if all.len() == compact.len() && !all.is_empty() {
        return digits::put(text, &number(key, &all));
    }
    if let Some(shown) = dni(key, &compact) {
        let mut shown = shown.chars();
        let put = |c: char| {
            if c.is_ascii_alphanumeric() {
                shown.next().unwrap_or('0')
            } else {
                c
            }
        };
        return text.chars().map(put).collect();
    }
    digits::identifier(key, "", text)
}

/// What a number is: its scheme, whether it could be an SSN, whether it leads with a zero.
/// Stand-ins keep all three, so each kind is permuted within itself.
fn nature(all: &[u16]) -> (Option<usize>, bool, bool) {
    let scheme = SCHEMES.iter().position(|(length, checks, check)| {
        let (body, tail) = all.split_at_checked(length - checks).unwrap_or((&[], &[]));
        all.len() == *length && check(body).as_deref() == Some(tail)
    });
    (scheme, is_ssn(all), all.first() == Some(&0))
}

fn number(key: &Subkey, all: &[u16]) -> Vec<u16> {
    let wanted = nature(all);
    let scheme = wanted.0.and_then(|index| SCHEMES.get(index));
    let Some((length, checks, check)) = scheme else {
        let step = |all: &[u16]| key.permute(b"number", all, 10);
        return digits::walk(all, step, |all| nature(all) == wanted);
    };
    let tweak = format!("scheme/{:?}", wanted.0);
    let whole = |body: &[u16]| Some([body, &check(body)?].concat());
    let step = |body: &[u16]| key.permute(tweak.as_bytes(), body, 10);
    let accepts = |body: &[u16]| whole(body).is_some_and(|all| nature(&all) == wanted);
    let body = all.get(..length - checks).unwrap_or(all);
    whole(&digits::walk(body, step, accepts)).unwrap_or_else(|| vec![0; *length])
}

/// The shape the US Social Security Administration gives out.
pub(crate) fn is_ssn(all: &[u16]) -> bool {
    let part = |from: usize, to: usize| {
        all.get(from..to)
            .map_or(0, |part| digits::remainder(part, 10_000))
    };
    let (area, group, serial) = (part(0, 3), part(3, 5), part(5, 9));
    all.len() == 9 && area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}

fn weighted(body: &[u16], weights: &[u16]) -> u16 {
    body.iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum()
}

/// Brazil, CPF.
#[expect(clippy::unnecessary_wraps, reason = "one signature for the table")]
fn cpf(body: &[u16]) -> Option<Vec<u16>> {
    let digit = |sum: u16| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = digit(weighted(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let longer = [body, &[first]].concat();
    let second = digit(weighted(&longer, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    Some(vec![first, second])
}

/// Poland, PESEL.
#[expect(clippy::unnecessary_wraps, reason = "one signature for the table")]
fn pesel(body: &[u16]) -> Option<Vec<u16>> {
    Some(vec![
        (10 - weighted(body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10,
    ])
}

/// France, NIR (without the letters of Corsica). Kept to people's first digit.
fn nir(body: &[u16]) -> Option<Vec<u16>> {
    let key = u16::try_from(97 - digits::remainder(body, 97)).ok()?;
    matches!(body.first(), Some(1 | 2)).then(|| vec![key / 10, key % 10])
}

/// England and Wales, NHS number.
fn nhs(body: &[u16]) -> Option<Vec<u16>> {
    match 11 - weighted(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        10 => None,
        check => Some(vec![check % 11]),
    }
}

/// The Netherlands, BSN.
fn bsn(body: &[u16]) -> Option<Vec<u16>> {
    let check = weighted(body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    (check < 10).then(|| vec![check])
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for the table")]
fn luhn(body: &[u16]) -> Option<Vec<u16>> {
    Some(vec![digits::luhn(body)])
}

/// Spain, DNI: eight digits and the letter of their remainder by 23.
fn dni(key: &Subkey, compact: &str) -> Option<String> {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let letter = |number: &[u16]| {
        let rest = usize::try_from(digits::remainder(number, 23)).ok()?;
        LETTERS.get(rest).map(|letter| char::from(*letter))
    };
    let (number, check) = compact.split_at_checked(8)?;
    let number = digits::of(number);
    let passes = number.len() == 8 && letter(&number) == check.to_ascii_uppercase().parse().ok();
    if !passes {
        return None;
    }
    let shown = digits::permute(key, "dni", &number);
    let check = if check == check.to_ascii_lowercase() {
        letter(&shown)?.to_ascii_lowercase()
    } else {
        letter(&shown)?
    };
    Some(digits::put("00000000", &shown) + &check.to_string())
}
