//! E-mail addresses, telephone numbers, user names.

use std::borrow::Cow;

use crate::keys::{Domain, Keys};
use crate::stand::digits;

/// Base32 digits of a mailbox: 65 bits, so that two mailboxes never meet.
const MAILBOX: usize = 13;
/// Base32 digits of a mail domain.
const HOST: usize = 8;
/// The shortest address we would write: `a@b.example`.
const LEAST_EMAIL: usize = 11;
const UNDELIVERABLE: &str = ".example";

/// An address that cannot be delivered: mailbox and domain each have a stand-in of their own.
pub(crate) fn email(keys: &Keys, text: &str, limit: usize) -> Option<String> {
    let room = limit.checked_sub(UNDELIVERABLE.len() + 1)?;
    if limit < LEAST_EMAIL {
        return None;
    }
    let (mailbox, host) = text.rsplit_once('@').unwrap_or((text, ""));
    let host = lower(host.trim_end_matches('.'));
    let of_mailbox = [mailbox.as_bytes(), b"@", host.as_bytes()];
    let of_mailbox = keys.of(Domain::Email).prf_of("mailbox", of_mailbox);
    let of_host = keys.of(Domain::Host).prf("mail", host.as_bytes());
    // Too little room: the domain gives way first, since the mailbox tells values apart.
    let host_room = room.saturating_sub(MAILBOX).clamp(1, HOST);
    let mut shown = String::with_capacity(MAILBOX + 1 + HOST + UNDELIVERABLE.len());
    shown.extend(base32(&of_mailbox, MAILBOX.min(room - host_room)));
    shown.push('@');
    shown.extend(base32(&of_host, host_room));
    shown.push_str(UNDELIVERABLE);
    Some(shown)
}

/// In lower case; most mail domains are already.
fn lower(host: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if host.bytes().all(is_lower) {
        host.into()
    } else {
        host.to_lowercase().into()
    }
}

/// Pseudo-random bytes in lower-case base32, the first always a letter.
pub(crate) fn base32(bytes: &[u8], length: usize) -> impl Iterator<Item = char> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = bytes.iter();
    let (mut held, mut bits) = (0_u32, 0_u32);
    (0..length).map(move |index| {
        if bits < 5 {
            held = held << 8 | bytes.next().copied().map_or(0, u32::from);
            bits += 8;
        }
        bits -= 5;
        let value = usize::try_from(held >> bits & 31).unwrap_or(0);
        let value = if index == 0 { value % 26 } else { value };
        ALPHABET.get(value).map_or('a', |digit| char::from(*digit))
    })
}

/// Country calling codes of one and two digits (E.164); every other has three.
const SHORT_CODES: &[u16] = &[
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54,
    55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];
/// From so many digits on, a number without `+` is read as an international one.
const INTERNATIONAL: usize = 11;

/// A telephone number: country code, separators and length stay.
pub(crate) fn phone(keys: &Keys, text: &str) -> String {
    let key = keys.of(Domain::Phone);
    let end = text
        .find(|c: char| c.is_alphabetic() || c == '#' || c == ';')
        .unwrap_or(text.len());
    let (number, extension) = text.split_at(end);
    let all = digits::of(number);
    let letters = extension.chars().filter(|c| c.is_alphabetic()).count();
    if all.len() < 3 || letters > "extension".len() {
        return digits::identifier(key, "other", text);
    }
    let kept = match all.as_slice() {
        [0, 0, rest @ ..] if rest.len() > 6 => 2 + code_length(rest),
        [0, ..] => 0,
        _ if number.trim_start().starts_with('+') || all.len() >= INTERNATIONAL => {
            code_length(&all)
        }
        _ => 0,
    };
    let (prefix, national) = all.split_at_checked(kept).unwrap_or((&[], &all));
    let code = prefix.strip_prefix(&[0, 0]).unwrap_or(prefix);
    let tweak: String = code
        .iter()
        .map(|digit| digits::character(Some(digit), 10))
        .collect();
    let wanted = shape(code, national);
    let step = |national: &[u16]| key.permute(tweak.as_bytes(), national, 10);
    let shown = digits::walk(national, step, |national| shape(code, national) == wanted);
    let shown = digits::put(number, &[prefix, &shown].concat());
    shown + &digits::identifier_keeping_letters(key, extension)
}

fn code_length(all: &[u16]) -> usize {
    let leads = |length: usize| {
        all.get(..length).is_some_and(|code| {
            SHORT_CODES.contains(&code.iter().fold(0, |number, digit| number * 10 + digit))
        })
    };
    if leads(1) {
        1
    } else if leads(2) {
        2
    } else {
        3.min(all.len())
    }
}

/// What a stand-in keeps: a leading zero or none; in North America area and exchange of 2 to 9.
fn shape(code: &[u16], national: &[u16]) -> (bool, bool) {
    let is_high = |index: usize| national.get(index).is_some_and(|digit| *digit > 1);
    let is_american = code == [1] && national.len() == 10 && is_high(0) && is_high(3);
    (national.first() == Some(&0), is_american)
}

/// A user name: letters for letters, digits for digits; one that is an address stays one.
pub(crate) fn username(keys: &Keys, text: &str, limit: usize) -> String {
    if text.contains('@')
        && !text.starts_with('@')
        && let Some(shown) = email(keys, text, limit)
    {
        return shown;
    }
    digits::identifier(keys.of(Domain::Username), "", text)
}
