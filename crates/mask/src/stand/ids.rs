//! Identifiers of money: cards, IBANs, accounts.
//!
//! A value that passes its checksum gets a stand-in that passes it; one that fails is permuted in
//! a domain of its own and keeps failing, so the two never collide.

use model::Class;

use crate::keys::{Domain, Turn};
use crate::stand::{digits, structured};

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
    let key = turn.of(Domain::Account);
    let step = |text: &String| structured::identifier(key, Class::BankAccount, text);
    let fails = |text: &String| {
        let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        !is_canonical(&compact.to_ascii_uppercase())
    };
    digits::walk(&text.to_owned(), step, fails)
}
