//! Addresses of machines and places on the map.

use std::net::IpAddr;

use model::Class;

use super::found::Found;
use super::lexicon::THING;
use super::tokens::{Kind, Scene};

/// MAC, IPv4 and IPv6 addresses: runs of hexadecimal digits between dots, colons or dashes.
pub(super) fn address(scene: &Scene<'_>, found: &mut Found<'_>) {
    let text = scene.text;
    let bytes = text.as_bytes();
    let is_part =
        |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'-' | b'%' | b'/');
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes.get(at..).map_or(0, |rest| {
            rest.iter().take_while(|byte| is_part(byte)).count()
        });
        if length < 6 {
            at += length + 1;
            continue;
        }
        let run = text.get(at..at + length).unwrap_or("");
        let is_bounded = |index: Option<usize>| {
            index
                .and_then(|index| bytes.get(index))
                .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        };
        let is_signed = run.bytes().any(|byte| matches!(byte, b':' | b'.' | b'-'));
        if is_signed && is_bounded(at.checked_sub(1)) && is_bounded(Some(at + length)) {
            one(scene, found, at, run);
        }
        at += length + 1;
    }
}

fn one(scene: &Scene<'_>, found: &mut Found<'_>, at: usize, run: &str) {
    let core = run.trim_end_matches(['.', '-', '/', '%']);
    let core = if core.ends_with("::") {
        core
    } else {
        core.trim_end_matches(':')
    };
    let core = core.trim_start_matches(['.', '-', '/', '%']);
    let skipped = run.find(core).unwrap_or(0);
    let start = at + skipped;
    if is_mac(core) {
        return found.add(start..start + core.len(), Class::MacAddress);
    }
    // An address with a port: 10.0.0.1:5432.
    let host = match core.split_once(':') {
        Some((host, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && host.contains('.') =>
        {
            host
        }
        _ => core,
    };
    if is_ip(host) && !is_version(scene, start, host) {
        found.add(start..start + host.len(), Class::IpAddress);
    }
}

/// `00:1a:2b:3c:4d:5e`, `00-1A-…`, `001a.2b3c.4d5e`.
pub(super) fn is_mac(text: &str) -> bool {
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let of = |sign: char, count: usize, length: usize| {
        text.split(sign).count() == count && text.split(sign).all(|part| is_hex(part, length))
    };
    of(':', 6, 2) || of('-', 6, 2) || of('.', 3, 4) || of(':', 8, 2) || of('-', 8, 2)
}

pub(super) fn is_ip(text: &str) -> bool {
    let (host, bits) = text.split_once('/').unwrap_or((text, ""));
    let host = host.split('%').next().unwrap_or(host);
    let is_mask = bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit());
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => is_mask,
        Ok(IpAddr::V6(_)) => is_mask && host.len() > 4,
        Err(_) => false,
    }
}

/// Four numbers behind a word such as "version" are no address.
fn is_version(scene: &Scene<'_>, start: usize, host: &str) -> bool {
    let index = scene.tokens.partition_point(|token| token.start < start);
    let before = scene.before(index);
    let is_thing = before.is_some_and(|token| {
        token.is(THING) || token.end == start && token.kind == Kind::Word && host.contains('.')
    });
    is_thing && !host.contains(':')
}

/// A pair of coordinates with three decimals or more.
pub(super) fn place(scene: &Scene<'_>, found: &mut Found<'_>) {
    let text = scene.text;
    let mut numbers: Vec<(usize, usize, f64)> = Vec::new();
    let mut at = 0;
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
    while let Some(offset) = text.get(at..).and_then(|rest| rest.find(is_part)) {
        let start = at + offset;
        let rest = text.get(start..).unwrap_or("");
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let number = rest
            .get(..length)
            .unwrap_or("")
            .trim_end_matches(['.', '-', '+']);
        let decimals = number
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len());
        if (3..=16).contains(&decimals)
            && let Ok(value) = number.parse::<f64>()
        {
            numbers.push((start, start + number.len(), value));
        }
        at = start + length;
    }
    let mut pairs = numbers.windows(2);
    while let Some([(start, end, first), (from, to, second)]) = pairs.next() {
        let gap = text.get(*end..*from).unwrap_or("x");
        let is_gap = gap.len() <= 12
            && gap
                .chars()
                .all(|c| matches!(c, ',' | ' ' | ';' | '/' | '°' | 'N' | 'S' | 'E' | 'W'));
        let is_place = first.abs() <= 180.0
            && second.abs() <= 180.0
            && (first.abs() <= 90.0 || second.abs() <= 90.0);
        let is_exact = text
            .get(*start..*to)
            .is_some_and(|pair| pair.matches('.').count() == 2);
        if is_gap && is_place && is_exact && !gap.is_empty() {
            found.add(*start..*to, Class::Geo);
        }
    }
}
