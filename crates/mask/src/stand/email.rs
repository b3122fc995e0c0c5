//! E-mail addresses: others that cannot be delivered, and can be undone with the keys.
//!
//! Mailbox and host are each written anew in letters, under `.example` (RFC 2606). The host's
//! stand-in is its own, so that grouping by host stays right; the mailbox is permuted under it.
//! Letters are as many as the original's characters or more, so the case of each stays where it
//! was: addresses that differ by case have stand-ins that differ by case.
//!
//! An address that a column has no room for gets a shorter stand-in that cannot be undone.

use std::borrow::Cow;

use super::cut;
use crate::keys::{Domain, Key, Shape, Turn, Way};

const UNDELIVERABLE: &str = ".example";
/// The host of what is no address.
const NO_HOST: &str = "invalid";
/// What addresses are mostly made of.
const PLAIN: &[u8; 40] = b"abcdefghijklmnopqrstuvwxyz0123456789._+-";
/// Letters that write so many plain characters; up to four share one width.
const WIDTHS: [u8; 24] = [
    0, 5, 5, 5, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 27,
];
/// The most plain characters, and letters, that are one number.
const CHUNK: (usize, usize) = (23, 27);
/// Letters that write so many bytes.
const BYTE_WIDTHS: [u8; 9] = [0, 2, 4, 6, 7, 9, 11, 12, 14];
/// Before what is written byte by byte, and before what is no address.
const MARKS: (char, char) = ('0', '1');
/// Pads what is shorter than FF1 takes; no byte of UTF-8.
const PAD: u8 = 0xff;
/// The shortest address we would write: `a@b.example`.
const LEAST: usize = 11;

/// An address, one way or the other.
pub(crate) fn email(turn: Turn<'_>, text: &str, limit: usize) -> Option<String> {
    match turn.way {
        Way::Find => found(turn, text),
        Way::Hide => hidden(turn, text, limit),
    }
}

fn hidden(turn: Turn<'_>, text: &str, limit: usize) -> Option<String> {
    let (mailbox, host) = match text.rsplit_once('@') {
        Some((mailbox, host)) if !mailbox.is_empty() && !host.is_empty() => (mailbox, host),
        _ => return bounded(turn, text, whole(turn, text), limit),
    };
    let folded = lower(host);
    let key = turn.of(Domain::Email);
    let mut shown = part(key, folded.as_bytes(), mailbox);
    shown.push('@');
    shown.push_str(&part(turn.of(Domain::Host), b"host", host));
    shown.push_str(UNDELIVERABLE);
    bounded(turn, text, shown, limit)
}

/// What is no address, in a domain of its own.
fn whole(turn: Turn<'_>, text: &str) -> String {
    let letters = bytes_hidden(turn.of(Domain::Email), b"invalid", text.as_bytes());
    format!("{}{letters}@{NO_HOST}{UNDELIVERABLE}", MARKS.1)
}

/// The stand-in if there is room for it, or a shorter one that cannot be undone.
fn bounded(turn: Turn<'_>, text: &str, shown: String, limit: usize) -> Option<String> {
    if shown.len() <= limit {
        return Some(shown);
    }
    let room = limit.checked_sub(UNDELIVERABLE.len() + 1)?;
    if limit < LEAST {
        return None;
    }
    let (mailbox, host) = text.rsplit_once('@').unwrap_or((text, ""));
    let host = lower(host);
    let of_mailbox = [mailbox.as_bytes(), b"@", host.as_bytes()];
    let of_mailbox = turn.keys.of(Domain::Email).prf_of("short", of_mailbox);
    let of_host = turn.keys.of(Domain::Host).prf("short", host.as_bytes());
    // The host gives way first, since the mailbox tells values apart.
    let host_room = room.saturating_sub(13).clamp(1, 8);
    let mailbox: String = base32(&of_mailbox, (room - host_room).min(13)).collect();
    let host: String = base32(&of_host, host_room).collect();
    Some(cut(format!("{mailbox}@{host}{UNDELIVERABLE}"), limit))
}

fn found(turn: Turn<'_>, text: &str) -> Option<String> {
    let (mailbox, host) = text.rsplit_once('@')?;
    let at = host.len().checked_sub(UNDELIVERABLE.len())?;
    let (host, tail) = host.split_at_checked(at)?;
    if !tail.eq_ignore_ascii_case(UNDELIVERABLE) {
        return None;
    }
    let key = turn.of(Domain::Email);
    if let Some(letters) = mailbox.strip_prefix(MARKS.1) {
        let real = bytes_found(key, b"invalid", letters)?;
        return (host == NO_HOST).then_some(real);
    }
    let host = part_found(turn.of(Domain::Host), b"host", host)?;
    let mailbox = part_found(key, lower(&host).as_bytes(), mailbox)?;
    Some(format!("{mailbox}@{host}"))
}

/// In lower case; most hosts are already.
fn lower(host: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if host.bytes().all(is_lower) {
        host.into()
    } else {
        host.to_lowercase().into()
    }
}

/// A mailbox or host in letters.
fn part(key: Key<'_>, tweak: &[u8], text: &str) -> String {
    match plain(text) {
        Some(symbols) => cased(&plain_hidden(key, tweak, &symbols), text),
        None => format!("{}{}", MARKS.0, bytes_hidden(key, tweak, text.as_bytes())),
    }
}

fn part_found(key: Key<'_>, tweak: &[u8], text: &str) -> Option<String> {
    match text.strip_prefix(MARKS.0) {
        Some(letters) => bytes_found(key, tweak, letters),
        None => {
            let real = plain_found(key, tweak, &letters_of(text)?)?;
            let is_upper = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
            let put = |(at, c): (usize, char)| {
                if is_upper(at) {
                    c.to_ascii_uppercase()
                } else {
                    c
                }
            };
            Some(real.chars().enumerate().map(put).collect())
        }
    }
}

/// The plain characters of a text, if it is made of nothing else and not too long.
fn plain(text: &str) -> Option<Vec<u8>> {
    let symbol = |byte: u8| match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => Some(letter - b'a'),
        digit @ b'0'..=b'9' => Some(digit - b'0' + 26),
        b'.' => Some(36),
        b'_' => Some(37),
        b'+' => Some(38),
        b'-' => Some(39),
        _ => None,
    };
    if text.len() > 2 * CHUNK.0 {
        return None;
    }
    text.bytes().map(symbol).collect()
}

/// Every length up to four has its own numbers below the next.
const SHORT: [u128; 5] = [0, 1, 41, 1641, 65_641];

fn read(symbols: &[u8]) -> u128 {
    let number = symbols
        .iter()
        .fold(0, |number, symbol| number * 40 + u128::from(*symbol));
    number + SHORT.get(symbols.len()).copied().unwrap_or(0)
}

fn plain_hidden(key: Key<'_>, tweak: &[u8], symbols: &[u8]) -> Vec<u8> {
    let (first, second) = symbols.split_at(symbols.len().min(CHUNK.0));
    let width = |length: usize| usize::from(WIDTHS.get(length).copied().unwrap_or(0));
    let length = width(first.len());
    let mut letters = vec![0; length + width(second.len())];
    let (head, tail) = letters.split_at_mut(length);
    if second.is_empty()
        && let Some(number) = key.string(tweak, read(first), shape(length))
    {
        write(number, head);
        return letters;
    }
    write(read(first), head);
    write(read(second), tail);
    key.permute(tweak, &mut letters, 26);
    letters
}

fn plain_found(key: Key<'_>, tweak: &[u8], letters: &[u8]) -> Option<String> {
    let (first, second) = letters.split_at(letters.len().min(CHUNK.1));
    if second.is_empty()
        && let Some(number) = key.string(tweak, number(first), shape(first.len()))
    {
        return spelled(number, first.len());
    }
    let mut letters = letters.to_vec();
    key.permute(tweak, &mut letters, 26);
    let (first, second) = letters.split_at_checked(CHUNK.1.min(letters.len()))?;
    let mut real = spelled(number(first), first.len())?;
    if !second.is_empty() {
        real.push_str(&spelled(number(second), second.len())?);
    }
    Some(real)
}

/// The plain characters of a number written in so many letters.
fn spelled(number: u128, width: usize) -> Option<String> {
    let fits = |length: &usize| usize::from(WIDTHS.get(*length).copied().unwrap_or(0)) == width;
    let mut lengths = (1..WIDTHS.len()).rev().filter(fits);
    let length = lengths
        .find(|length| *length > 4 || SHORT.get(*length).is_some_and(|least| number >= *least))?;
    let mut number = number - SHORT.get(length).copied().unwrap_or(0);
    let mut spelled = vec![0; length];
    for byte in spelled.iter_mut().rev() {
        let symbol = usize::try_from(number % 40).unwrap_or(0);
        *byte = PLAIN.get(symbol).copied().unwrap_or(b'a');
        number /= 40;
    }
    // What no address was hidden as leaves something over.
    let is_whole = number == 0;
    String::from_utf8(spelled).ok().filter(|_| is_whole)
}

fn shape(length: usize) -> Shape {
    Shape {
        length: u32::try_from(length).unwrap_or(u32::MAX),
        radix: 26,
    }
}

fn number(letters: &[u8]) -> u128 {
    letters.iter().fold(0_u128, |number, letter| {
        number.wrapping_mul(26).wrapping_add(u128::from(*letter))
    })
}

fn write(mut number: u128, letters: &mut [u8]) {
    for letter in letters.iter_mut().rev() {
        *letter = u8::try_from(number % 26).unwrap_or(0);
        number /= 26;
    }
}

/// Letters in the case of the characters that stood in their places.
fn cased(letters: &[u8], like: &str) -> String {
    let like = like.as_bytes();
    let put = |(at, letter): (usize, &u8)| {
        let is_upper = like.get(at).is_some_and(u8::is_ascii_uppercase);
        char::from(letter + if is_upper { b'A' } else { b'a' })
    };
    letters.iter().enumerate().map(put).collect()
}

fn letters_of(text: &str) -> Option<Vec<u8>> {
    let letter = |byte: u8| {
        byte.is_ascii_alphabetic()
            .then(|| byte.to_ascii_lowercase() - b'a')
    };
    text.bytes().map(letter).collect()
}

/// Any bytes as letters.
fn bytes_hidden(key: Key<'_>, tweak: &[u8], bytes: &[u8]) -> String {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().max(3), PAD);
    let mut letters = Vec::with_capacity(bytes.len() * 2);
    for chunk in bytes.chunks(8) {
        let start = letters.len();
        letters.resize(start + byte_width(chunk.len()), 0);
        let number = chunk
            .iter()
            .fold(0, |number, byte| number << 8 | u128::from(*byte));
        write(number, letters.get_mut(start..).unwrap_or(&mut []));
    }
    key.permute(&[tweak, b"/bytes"].concat(), &mut letters, 26);
    cased(&letters, "")
}

fn byte_width(length: usize) -> usize {
    usize::from(BYTE_WIDTHS.get(length).copied().unwrap_or(0))
}

fn bytes_found(key: Key<'_>, tweak: &[u8], letters: &str) -> Option<String> {
    let mut letters = letters_of(letters)?;
    key.permute(&[tweak, b"/bytes"].concat(), &mut letters, 26);
    let mut bytes = Vec::with_capacity(letters.len());
    for chunk in letters.chunks(byte_width(8)) {
        let length = (1..=8).find(|length| byte_width(*length) == chunk.len())?;
        let number = number(chunk);
        if number >> (length * 8) != 0 {
            return None;
        }
        bytes.extend(number.to_be_bytes().get(16 - length..)?);
    }
    while bytes.last() == Some(&PAD) {
        bytes.pop();
    }
    String::from_utf8(bytes).ok()
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
