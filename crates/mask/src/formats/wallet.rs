//! Addresses of crypto currencies: `Base58Check`, Bech32 and Bech32m, EIP-55.

use sha2::{Digest, Sha256};

use super::keccak;

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Version byte, payload and checksum of an address.
const ADDRESS: usize = 25;

fn is_base58(text: &str) -> bool {
    text.bytes().all(|byte| BASE58.contains(&byte))
}

/// A `Base58Check` address with its checksum made anew: Bitcoin (1, 3), Litecoin (L, M), Dogecoin
/// (D), Dash (X), Zcash (t), Tron (T).
pub(super) fn base58(text: &str) -> Option<String> {
    let is_led = text.starts_with(['1', '3', 'L', 'M', 'D', 'X', 'T', 'm', 'n', '2', 'A', '9']);
    if !(26..=35).contains(&text.len()) || !is_led || !is_base58(text) {
        return None;
    }
    let mut bytes = decode58(text)?;
    let (body, check) = bytes.split_at_mut_checked(ADDRESS - 4)?;
    // The versions of the currencies above, main and test nets.
    if !matches!(
        body.first()?,
        0 | 5 | 22 | 23 | 30 | 48 | 50 | 65 | 76 | 111 | 196
    ) {
        return None;
    }
    check.copy_from_slice(Sha256::digest(Sha256::digest(&body)).get(..4)?);
    encode58(&bytes)
}

/// A text may be a body with a broken checksum; its length can then change by a digit.
fn decode58(text: &str) -> Option<[u8; ADDRESS]> {
    let mut bytes = [0_u8; ADDRESS];
    for sign in text.bytes() {
        let mut carry = BASE58.iter().position(|one| *one == sign)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).ok()?;
            carry /= 256;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(bytes)
}

fn encode58(bytes: &[u8]) -> Option<String> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut signs: Vec<u8> = Vec::with_capacity(36);
    let mut rest = bytes.to_vec();
    while rest.iter().any(|byte| *byte != 0) {
        let mut remainder = 0_u32;
        for byte in &mut rest {
            let all = remainder * 256 + u32::from(*byte);
            *byte = u8::try_from(all / 58).ok()?;
            remainder = all % 58;
        }
        signs.push(*BASE58.get(usize::try_from(remainder).ok()?)?);
    }
    signs.extend(std::iter::repeat_n(b'1', zeros));
    signs.reverse();
    String::from_utf8(signs).ok()
}

const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const BECH32M: u32 = 0x2bc8_30a3;
/// What stands before the separator, for the currencies we know.
const PARTS: &[&str] = &[
    "bc", "tb", "bcrt", "ltc", "tltc", "addr", "cosmos", "osmo", "lnbc", "bnb",
];

/// A Bech32 address with its checksum made anew; Bech32m from witness version 1 on (BIP 350).
pub(super) fn bech32(text: &str) -> Option<String> {
    let is_led = PARTS.iter().any(|part| {
        let head = text.get(..part.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(part))
    });
    if text.len() > 120 || !is_led {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let is_upper = text == text.to_ascii_uppercase();
    let (part, data) = lower.rsplit_once('1')?;
    if !PARTS.contains(&part) || data.len() < 14 || !(is_upper || text == lower) {
        return None;
    }
    let body = data.get(..data.len() - 6)?;
    let symbol = |byte: u8| {
        let place = BECH32.iter().position(|one| *one == byte)?;
        u32::try_from(place).ok()
    };
    if !data.bytes().all(|byte| BECH32.contains(&byte)) {
        return None;
    }
    let body_symbols: Vec<u32> = body.bytes().filter_map(symbol).collect();
    let is_segwit = matches!(part, "bc" | "tb" | "bcrt" | "ltc" | "tltc");
    let is_new = is_segwit && body_symbols.first() != Some(&0);
    let high = part.bytes().map(|byte| u32::from(byte >> 5));
    let low = part.bytes().map(|byte| u32::from(byte & 31));
    let all = high
        .chain([0])
        .chain(low)
        .chain(body_symbols.iter().copied())
        .chain([0; 6]);
    let sum = polymod(all) ^ if is_new { BECH32M } else { 1 };
    let check = (0..6).map(|place| {
        let symbol = usize::try_from(sum >> (5 * (5 - place)) & 31).unwrap_or(0);
        BECH32.get(symbol).map_or('q', |byte| char::from(*byte))
    });
    let mended: String = part
        .chars()
        .chain(['1'])
        .chain(body.chars())
        .chain(check)
        .collect();
    Some(if text == lower {
        mended
    } else {
        mended.to_ascii_uppercase()
    })
}

fn polymod(symbols: impl Iterator<Item = u32>) -> u32 {
    const GENERATORS: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    symbols.fold(1, |sum, symbol| {
        let top = sum >> 25;
        let mixed = (sum & 0x01ff_ffff) << 5 ^ symbol;
        let picked = GENERATORS
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1);
        picked.fold(mixed, |sum, (_, generator)| sum ^ generator)
    })
}

/// An Ethereum address: in one case as it is, in mixed case with the case of EIP-55.
pub(super) fn ethereum(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x")?;
    if digits.len() != 40 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let has = |test: fn(&u8) -> bool| digits.bytes().any(|byte| test(&byte));
    if !(has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)) {
        return Some(text.to_owned());
    }
    let lower = digits.to_ascii_lowercase();
    let hash = keccak::hash(lower.as_bytes())?;
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let cased = lower.chars().zip(nibbles).map(|(c, nibble)| match nibble {
        8.. => c.to_ascii_uppercase(),
        _ => c,
    });
    Some("0x".chars().chain(cased).collect())
}
