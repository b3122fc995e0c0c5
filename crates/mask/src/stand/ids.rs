//! Identifiers with a structure: cards, IBANs, accounts, national and health numbers.
//!
//! A value that passes its checksum gets a stand-in that passes it; one that fails is permuted in
//! a domain of its own and keeps failing, so the two never collide.

use crate::keys::{Domain, Key, Turn};
use crate::stand::digits;

/// A payment card: brand prefix, length and separators stay, the check digit is made anew.
pub(crate) fn card(turn: Turn<'_>, text: &str) -> String {
    let key = turn.of(Domain::Card);
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
    let mut tweak = digits::written(prefix).into_bytes();
    let mut shown = prefix.to_vec();
    if digits::passes_luhn(&all) {
        let mut middle = rest.to_vec();
        middle.pop();
        key.permute(&tweak, &mut middle, 10);
        shown.extend(middle);
        shown.push(digits::luhn(&shown));
    } else {
        tweak.extend(b"/invalid");
        let step = |rest: &Vec<u8>| {
            let mut rest = rest.clone();
            key.permute(&tweak, &mut rest, 10);
            rest
        };
        let fails = |rest: &Vec<u8>| !digits::passes_luhn(&[prefix, rest].concat());
        shown.extend(digits::walk(&rest.to_vec(), step, fails));
    }
    digits::put(text, &shown)
}

/// An IBAN: country, length and grouping stay, the check digits are made anew.
pub(crate) fn iban(turn: Turn<'_>, text: &str) -> String {
    let key = turn.of(Domain::Iban);
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let upper = compact.to_ascii_uppercase();
    if !is_canonical(&upper) {
        // Letters and digits keep their places, and it goes on failing.
        let step = |text: &String| digits::identifier(key, "invalid", text);
        let fails = |text: &String| {
            let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
            !is_canonical(&compact.to_ascii_uppercase())
        };
        return digits::walk(&text.to_owned(), step, fails);
    }
    let (country, account) = (upper.get(..2).unwrap_or(""), upper.get(4..).unwrap_or(""));
    let account = digits::identifier(key, country, account);
    let check = 98 - iban_remainder(&format!("{account}{country}00"));
    digits::fill(text, &format!("{country}{check:02}{account}"))
}

/// Whether that is an IBAN whose check digits are those a bank would give it: of the numbers that
/// pass, 00, 01 and 99 are never given.
fn is_canonical(upper: &str) -> bool {
    let check = upper.get(2..4).unwrap_or("00");
    passes_iban(upper) && !matches!(check, "00" | "01" | "99")
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
pub(crate) fn account(turn: Turn<'_>, text: &str) -> String {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if is_canonical(&compact.to_ascii_uppercase()) {
        return iban(turn, text);
    }
    let step = |text: &String| digits::identifier(turn.of(Domain::Account), "", text);
    let fails = |text: &String| {
        let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        !is_canonical(&compact.to_ascii_uppercase())
    };
    digits::walk(&text.to_owned(), step, fails)
}

/// The check of a scheme of national numbers: its digits from the body's, if the body has any.
type Check = fn(&[u8]) -> Option<Vec<u8>>;

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
pub(crate) fn national(key: Key<'_>, text: &str) -> String {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_foreign = text.chars().any(|c| c.is_alphanumeric() && !c.is_ascii());
    let all = digits::of(&compact);
    if all.len() == compact.len() && !all.is_empty() && !is_foreign {
        return digits::put(text, &number(key, &all));
    }
    if !is_foreign && let Some(shown) = dni(key, &compact) {
        return digits::fill(text, &shown);
    }
    let is_dni = |text: &String| {
        let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        dni_letter(&compact).is_some()
    };
    let step = |text: &String| digits::identifier(key, "", text);
    digits::walk(&text.to_owned(), step, |text| is_foreign || !is_dni(text))
}

/// What a number is: its scheme, whether it could be an SSN, whether it leads with a zero.
/// Stand-ins keep all three, so each kind is permuted within itself.
fn nature(all: &[u8]) -> (Option<usize>, bool, bool) {
    let scheme = SCHEMES.iter().position(|(length, checks, check)| {
        let (body, tail) = all.split_at_checked(length - checks).unwrap_or((&[], &[]));
        all.len() == *length && check(body).as_deref() == Some(tail)
    });
    (scheme, is_ssn(all), all.first() == Some(&0))
}

fn number(key: Key<'_>, all: &[u8]) -> Vec<u8> {
    let wanted = nature(all);
    let scheme = wanted.0.and_then(|index| SCHEMES.get(index));
    let Some((length, checks, check)) = scheme else {
        let step = |all: &Vec<u8>| digits::permute(key, b"number", all);
        return digits::walk(&all.to_vec(), step, |all| nature(all) == wanted);
    };
    let tweak = format!("scheme/{:?}", wanted.0);
    let whole = |body: &[u8]| Some([body, &check(body)?].concat());
    let step = |body: &Vec<u8>| digits::permute(key, tweak.as_bytes(), body);
    let accepts = |body: &Vec<u8>| whole(body).is_some_and(|all| nature(&all) == wanted);
    let body = all.get(..length - checks).unwrap_or(all);
    whole(&digits::walk(&body.to_vec(), step, accepts)).unwrap_or_else(|| vec![0; *length])
}

/// The shape the US Social Security Administration gives out.
pub(crate) fn is_ssn(all: &[u8]) -> bool {
    let part = |from: usize, to: usize| {
        all.get(from..to)
            .map_or(0, |part| digits::remainder(part, 10_000))
    };
    let (area, group, serial) = (part(0, 3), part(3, 5), part(5, 9));
    all.len() == 9 && area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}

fn weighted(body: &[u8], weights: &[u32]) -> u32 {
    body.iter()
        .zip(weights)
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum()
}

/// Brazil, CPF.
fn cpf(body: &[u8]) -> Option<Vec<u8>> {
    let digit = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = u8::try_from(digit(weighted(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]))).ok()?;
    let longer = [body, &[first]].concat();
    let second = digit(weighted(&longer, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    Some(vec![first, u8::try_from(second).ok()?])
}

/// Poland, PESEL.
fn pesel(body: &[u8]) -> Option<Vec<u8>> {
    let check = (10 - weighted(body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
    Some(vec![u8::try_from(check).ok()?])
}

/// France, NIR (without the letters of Corsica). Kept to people's first digit.
fn nir(body: &[u8]) -> Option<Vec<u8>> {
    let key = u8::try_from(97 - digits::remainder(body, 97)).ok()?;
    matches!(body.first(), Some(1 | 2)).then(|| vec![key / 10, key % 10])
}

/// England and Wales, NHS number.
fn nhs(body: &[u8]) -> Option<Vec<u8>> {
    match 11 - weighted(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        10 => None,
        check => Some(vec![u8::try_from(check % 11).ok()?]),
    }
}

/// The Netherlands, BSN.
fn bsn(body: &[u8]) -> Option<Vec<u8>> {
    let check = u8::try_from(weighted(body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11).ok()?;
    (check < 10).then(|| vec![check])
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for the table")]
fn luhn(body: &[u8]) -> Option<Vec<u8>> {
    Some(vec![digits::luhn(body)])
}

/// Spain, DNI: eight digits and the letter of their remainder by 23.
fn dni(key: Key<'_>, compact: &str) -> Option<String> {
    let number = dni_letter(compact)?;
    let shown = digits::written(&digits::permute(key, b"dni", &number));
    let letter = letter_of(&digits::of(&shown))?;
    Some(format!("{shown}{letter}"))
}

/// The number of a DNI whose letter is right.
fn dni_letter(compact: &str) -> Option<Vec<u8>> {
    let (number, check) = compact.split_at_checked(8)?;
    let number = digits::of(number);
    let wanted = check.to_ascii_uppercase().parse().ok()?;
    (number.len() == 8 && letter_of(&number)? == wanted).then_some(number)
}

fn letter_of(number: &[u8]) -> Option<char> {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let rest = usize::try_from(digits::remainder(number, 23)).ok()?;
    LETTERS.get(rest).map(|letter| char::from(*letter))
}
