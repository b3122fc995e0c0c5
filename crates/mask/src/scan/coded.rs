//! Texts inside texts: Base64 and hexadecimal that decode to something sensitive.
//!
//! Decoded once, scrubbed, and encoded again as it was; what does not decode to readable text is
//! left alone, since keys and hashes are their own classes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use model::Class;

use super::found::Found;
use super::tokens::Scene;
use crate::keys::Keys;

/// Shorter ones are words.
const LEAST: usize = 12;

/// How bytes were written.
type Encode = fn(&[u8]) -> String;

/// The readable text behind an encoded one, and how to encode another.
fn decoded(text: &str) -> Option<(String, Encode)> {
    if text.len() < LEAST || text.len() > 100_000 {
        return None;
    }
    let readable = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).ok()?;
        let is_text = text.chars().all(|c| !c.is_control() || c.is_whitespace());
        (is_text && text.len() >= 6).then_some(text)
    };
    let hex = text.strip_prefix("\\x").unwrap_or(text);
    if hex.len().is_multiple_of(2) && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(byte).collect();
        let encode: fn(&[u8]) -> String = match (
            text.starts_with("\\x"),
            text.bytes().any(|b| b.is_ascii_uppercase()),
        ) {
            (true, _) => |bytes| format!("\\x{}", to_hex(bytes)),
            (false, true) => |bytes| to_hex(bytes).to_ascii_uppercase(),
            (false, false) => to_hex,
        };
        return Some((readable(bytes?)?, encode));
    }
    let is_url = text.contains(['-', '_']);
    let is_padded = text.ends_with('=') || text.len().is_multiple_of(4);
    let (bytes, encode): (_, fn(&[u8]) -> String) = match (is_url, is_padded) {
        (false, true) => (STANDARD.decode(text), |bytes| STANDARD.encode(bytes)),
        (false, false) => (STANDARD_NO_PAD.decode(text), |bytes| {
            STANDARD_NO_PAD.encode(bytes)
        }),
        (true, true) => (URL_SAFE.decode(text), |bytes| URL_SAFE.encode(bytes)),
        (true, false) => (URL_SAFE_NO_PAD.decode(text), |bytes| {
            URL_SAFE_NO_PAD.encode(bytes)
        }),
    };
    Some((readable(bytes.ok()?)?, encode))
}

fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(digit).collect()
}

/// A text that is encoded whole, scrubbed inside; `None` if it is not or holds nothing.
pub(super) fn scrub(keys: &Keys, text: &str) -> Option<String> {
    let (inner, encode) = decoded(text)?;
    let shown = super::scrub_any(keys, &inner);
    (shown != inner).then(|| encode(shown.as_bytes()))
}

/// Encoded words among others.
pub(super) fn words(scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_sign =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let bytes = scene.text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes.get(at..).map_or(0, |rest| {
            rest.iter().take_while(|byte| is_sign(**byte)).count()
        });
        if length >= LEAST {
            // "key=aGVsbG8=" is a pair.
            let run = scene.str(at, at + length);
            let lead = run
                .trim_end_matches('=')
                .find('=')
                .map_or(0, |sign| sign + 1);
            let word = run.get(lead..).unwrap_or("");
            let range = at + lead..at + length;
            let is_mixed = word
                .bytes()
                .any(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
            if is_mixed
                && found.is_free(&range)
                && let Some((inner, _)) = decoded(word)
                && !super::sensitive_spans(&inner).is_empty()
            {
                found.add(range, Class::FreeText);
            }
        }
        at += length + 1;
    }
}
