//! Secrets: never a working one, and of those worth telling apart a mark to compare by.

use std::sync::LazyLock;

use model::Class;
use regex::{Captures, Regex};

use crate::formats;
use crate::keys::{Domain, Keys, Subkey};
use crate::stand::{cut, email};

/// Every password is shown as this: a fingerprint of one could be searched in a dictionary.
pub(crate) const PASSWORD: &str = "********";
const MARK: &str = "MASKED";
const FINGERPRINT: usize = 8;

/// Prefixes vendors give their keys: they say whose, not which.
pub(crate) const PREFIXES: &[&str] = &[
    "AKIA",
    "ASIA",
    "AIza",
    "EAAA",
    "GOCSPX-",
    "SG.",
    "SK",
    "dckr_pat_",
    "dop_v1_",
    "doo_v1_",
    "eyJ",
    "figd_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glptt-",
    "hf_",
    "key-",
    "lin_api_",
    "npm_",
    "ntn_",
    "pat-",
    "pk_live_",
    "pk_test_",
    "pypi-",
    "rk_live_",
    "rk_test_",
    "rubygems_",
    "sbp_",
    "shpat_",
    "shpss_",
    "sk-ant-",
    "sk-proj-",
    "sk-",
    "sk_live_",
    "sk_test_",
    "sntrys_",
    "sq0atp-",
    "sq0csp-",
    "tfp_",
    "whsec_",
    "xapp-",
    "xoxa-",
    "xoxb-",
    "xoxp-",
    "xoxr-",
    "ya29.",
];

/// A key or token: prefix, mark and fingerprint, as long as the original.
pub(crate) fn token(keys: &Keys, text: &str, limit: usize) -> String {
    let prefix = PREFIXES
        .iter()
        .filter(|prefix| text.starts_with(**prefix))
        .max_by_key(|p| p.len());
    let prefix = prefix.copied().unwrap_or("");
    let print = keys.of(Domain::Secret).prf("print", text.as_bytes());
    let print: String = email::base32(&print, FINGERPRINT).collect();
    let length = text
        .chars()
        .count()
        .max(MARK.len() + FINGERPRINT)
        .min(limit);
    // Where prefix and fingerprint do not both fit, the fingerprint tells more.
    let room = length.saturating_sub(MARK.len() + FINGERPRINT);
    let prefix = if prefix.len() <= room { prefix } else { "" };
    let shown = format!("{prefix}{MARK}{print}");
    let shown = format!("{shown:x<length$}");
    if length < MARK.len() + FINGERPRINT {
        cut(print, length)
    } else {
        shown
    }
}

/// An address of a crypto currency: of the same kind and length, its checksum made anew. Nobody
/// holds its key. One whose checksum is wrong becomes letters and digits.
pub(crate) fn wallet(keys: &Keys, text: &str) -> String {
    const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const HEX: &[u8] = b"0123456789abcdef";
    /// Draws until one is an address: each is with odds of one in ten or better.
    const MOST_DRAWS: u16 = 1000;
    let mut kinds = formats::found_in(text).filter(|kind| kind.class == Class::CryptoWallet);
    let kind = kinds.next();
    let (kept, alphabet) = match kind.map(|kind| kind.name) {
        Some("crypto.ethereum") => (2, HEX),
        // What says which currency, and the version of what follows.
        Some("crypto.bech32") => (text.rfind('1').unwrap_or(0) + 2, BECH32),
        _ => (1, BASE58),
    };
    let head = text.get(..kept).unwrap_or("");
    let body = text.get(kept..).unwrap_or(text);
    let is_upper = !text.chars().any(char::is_lowercase);
    let is_mixed = !is_upper && body.chars().any(char::is_uppercase);
    let key = keys.of(Domain::Wallet);
    let mut drawn = String::new();
    for draw in 0..MOST_DRAWS {
        let blocks = (0..5_u8).flat_map(|block| {
            key.prf_of("wallet", [&draw.to_be_bytes(), &[block], text.as_bytes()])
        });
        let place = |byte: u8| usize::from(byte) % alphabet.len();
        let signs = blocks.map(|byte| alphabet.get(place(byte)).copied().unwrap_or(b'2'));
        let signs = signs
            .take(body.chars().count())
            .enumerate()
            .map(|(at, sign)| {
                let is_raised = is_upper || is_mixed && alphabet == HEX && at % 2 == 0;
                char::from(if is_raised {
                    sign.to_ascii_uppercase()
                } else {
                    sign
                })
            });
        drawn = head.chars().chain(signs).collect();
        let mended = kind.and_then(|kind| formats::mend(kind, &drawn));
        if let Some(mended) = mended.filter(|one| one.len() == text.len() && one != text) {
            return mended;
        }
        if kind.is_none() {
            break;
        }
    }
    drawn
}

/// A code of few digits: a constant, since any keyed stand-in of it would be a codebook.
pub(crate) fn code(text: &str) -> String {
    let hide = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_lowercase() => 'x',
        c if c.is_alphabetic() => 'X',
        c => c,
    };
    text.chars().map(hide).collect()
}

/// What follows the first `$` of a crypt string.
const CRYPTS: &[&str] = &[
    "1",
    "2",
    "2a",
    "2b",
    "2x",
    "2y",
    "5",
    "6",
    "7",
    "y",
    "gy",
    "apr1",
    "md5",
    "sha1",
    "argon2i",
    "argon2d",
    "argon2id",
    "scrypt",
    "pbkdf2",
    "pbkdf2-sha256",
    "pbkdf2-sha512",
];
/// What a hash of another framework opens with, before its first `$`.
const SCHEMES: &[&str] = &[
    "argon2",
    "argon2i",
    "argon2id",
    "bcrypt",
    "bcrypt_sha256",
    "md5",
    "pbkdf2_sha1",
    "pbkdf2_sha256",
    "pbkdf2_sha512",
    "scram-sha-256",
    "scrypt",
    "sha1",
    "sha256",
    "sha512",
];

/// A password hash: scheme and cost stay, salt and digest are keyed characters of the same kind.
/// A value of no known scheme may be a password: none of it stays.
pub(crate) fn hash(keys: &Keys, text: &str) -> String {
    let key = keys.of(Domain::Secret);
    let parts: Vec<&str> = text.split('$').collect();
    let scheme = parts.first().map_or("", |part| part).to_lowercase();
    let crypt = parts.get(1).copied().unwrap_or("");
    let is_crypt = scheme.is_empty() && CRYPTS.contains(&crypt) && parts.len() > 2;
    let is_known = is_crypt || parts.len() > 1 && SCHEMES.contains(&scheme.as_str());
    if !is_known {
        let end = text
            .find('}')
            .filter(|end| text.starts_with('{') && *end < 20);
        let (head, body) = text.split_at(end.map_or(0, |end| end + 1));
        return format!("{head}{}", body_like(key, text, body));
    }
    let last = parts.len() - 1;
    let shown = parts.iter().enumerate().map(|(index, part)| {
        let is_scheme = index == 0 || index == 1 && is_crypt || index == 1 && CRYPTS.contains(part);
        if index != last && (is_scheme || is_cost(part)) {
            (*part).to_owned()
        } else {
            body_like(key, text, part)
        }
    });
    shown.collect::<Vec<_>>().join("$")
}

/// Whether a field says how a hash was made: a small number, or a list as `m=65536,t=3`.
fn is_cost(part: &str) -> bool {
    let is_number = part.len() <= 7 && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_setting = |one: &str| {
        one.split_once('=').is_some_and(|(name, value)| {
            let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
            name.len() <= 8 && value.len() <= 7 && !value.is_empty() && is_number
        })
    };
    is_number || part.split(',').all(is_setting)
}

/// Keyed characters where the body has letters or digits: hexadecimal for hexadecimal.
fn body_like(key: &Subkey, whole: &str, body: &str) -> String {
    const HEX: &[u8] = b"0123456789abcdef";
    const ALL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./";
    let alphabet = if body.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        HEX
    } else {
        ALL
    };
    let mut bytes = Vec::with_capacity(body.len());
    let mut block = 0_u32;
    while bytes.len() < body.len() {
        let label = format!("hash/{block}/{body}");
        bytes.extend(key.prf(&label, whole.as_bytes()));
        block += 1;
    }
    let put = |(c, byte): (char, u8)| match c {
        '=' | '$' | ':' => c,
        _ => alphabet
            .get(usize::from(byte) % alphabet.len())
            .map_or('0', |c| char::from(*c)),
    };
    body.chars().zip(bytes).map(put).collect()
}

static IN_AUTHORITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?P<head>[A-Za-z][A-Za-z0-9+.\-]*://[^\s:/@]*:)(?P<secret>\S+)(?P<tail>@)").ok()
});
static IN_FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "password|passwd|pwd|pass|secret|token|api_?key|access_?key|accountkey|\
                 sharedaccesskey|client_?secret|sig|signature";
    let head = format!(r"(?i)(?P<head>(?:^|[^A-Za-z])(?:[A-Za-z_]*_)?(?:{words})\s*=\s*)");
    let secret = r#"(?P<secret>'[^']*'|"[^"]*"|[^\s;&'"]+)"#;
    Regex::new(&(head + secret)).ok()
});

/// A connection string: only what proves who connects is replaced.
pub(crate) fn connection(keys: &Keys, text: &str) -> String {
    let (Some(authority), Some(field)) = (IN_AUTHORITY.as_ref(), IN_FIELD.as_ref()) else {
        return token(keys, text, usize::MAX);
    };
    if !text.contains("://") && !text.contains('=') {
        // No form we know: it may be the secret itself.
        return token(keys, text, usize::MAX);
    }
    let hide = |found: &Captures<'_>| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        format!("{}{MARK}{}", part("head"), part("tail"))
    };
    let shown = authority.replace_all(text, hide);
    field.replace_all(&shown, hide).into_owned()
}
