//! Secrets by their form: vendors' keys, tokens, hashes, key blocks, addresses with passwords.

use std::sync::LazyLock;

use model::Class;
use regex::Regex;

use super::found::Found;
use super::tokens::{Kind, Scene};
// tidy: table — patterns are of a piece.
use super::vendors::{Body, FORMS, INFIXES, SECRET_HALF, VENDORS};

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// Reports every match, or its group `s`; nothing can be shown of a text whose pattern is broken.
fn report(found: &mut Found<'_>, pattern: Option<&Regex>, class: Class) {
    let Some(pattern) = pattern else {
        return found.add(0..found.text().len(), class);
    };
    let text = found.text();
    for captures in pattern.captures_iter(text) {
        if let Some(span) = captures.name("s").or_else(|| captures.get(0)) {
            found.add(span.range(), class);
        }
    }
}

/// PEM and other armoured blocks.
pub(super) fn block(_: &Scene<'_>, found: &mut Found<'_>) {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|\z)|PuTTY-User-Key-File-\d[\s\S]*\z",
        )
    });
    if found.text().contains("-----BEGIN") || found.text().contains("PuTTY-User-Key-File-") {
        report(found, PATTERN.as_ref(), Class::PrivateKey);
    }
}

/// JSON Web Tokens, signed or encrypted.
pub(super) fn jwt(_: &Scene<'_>, found: &mut Found<'_>) {
    static PATTERN: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r"\beyJ[\w\-]{6,}={0,2}\.[\w\-]{6,}(?:\.[\w\-+/=]*){1,3}"));
    if found.text().contains("eyJ") {
        report(found, PATTERN.as_ref(), Class::Jwt);
    }
}

/// Addresses that carry a password, and the secrets that stand in a query or a path.
pub(super) fn address(_: &Scene<'_>, found: &mut Found<'_>) {
    static PASSWORD: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r"\b[A-Za-z][A-Za-z0-9+.\-]*://[^\s:/@]*:[^\s@]+@[^\s'\x22<>]+"));
    static QUERY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"(?i)[?&;](?:[\w\-.]*(?:token|secret|passw(?:or)?d|passwd|api_?-?key|access_?-?key|auth|signature|session(?:_?id)?|code|jwt|pwd|credential)|sig|key|sid|otp)=(?P<s>[^\s&#'\x22<>]{4,})",
        )
    });
    static HOOK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"hooks\.slack\.com/(?:services|workflows)/(?P<s>[\w/]{20,})|discord(?:app)?\.com/api/webhooks/(?P<t>\d+/[\w\-]{30,})",
        )
    });
    static DSN: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r"https?://(?P<s>[0-9a-f]{32})(?::[0-9a-f]{32})?@[\w.\-]+/\d+"));
    let text = found.text();
    if !text.contains("://") {
        return;
    }
    if text.contains('@') {
        report(found, PASSWORD.as_ref(), Class::ConnectionString);
        report(found, DSN.as_ref(), Class::ApiKey);
    }
    if text.contains('=') {
        report(found, QUERY.as_ref(), Class::SessionToken);
    }
    if text.contains("hooks.slack") || text.contains("/api/webhooks/") {
        report(found, HOOK.as_ref(), Class::ApiKey);
    }
    // A reset or invitation link: its last part is the token.
    for (at, _) in text.match_indices("://") {
        let end = text.get(at..).and_then(|rest| {
            rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>'))
        });
        let url = text
            .get(at..end.map_or(text.len(), |end| at + end))
            .unwrap_or("");
        let Some((head, last)) = url.trim_end_matches(['.', ',', ')', '/']).rsplit_once('/') else {
            continue;
        };
        let lower = head.to_ascii_lowercase();
        let is_secret = [
            "reset",
            "verify",
            "confirm",
            "invite",
            "activate",
            "magic",
            "unsubscribe",
            "token",
            "auth",
            "signin",
            "login",
        ];
        if last.len() >= 16 && is_random(last) && is_secret.iter().any(|word| lower.contains(word))
        {
            let start = at + head.len() + 1;
            found.add(start..start + last.len(), Class::SessionToken);
        }
    }
}

/// Password hashes of the usual schemes.
pub(super) fn hash(_: &Scene<'_>, found: &mut Found<'_>) {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"(?x)\$(?:2[abxy]?|argon2(?:id|i|d)|1|5|6|y|gy|7|apr1|md5|sha1|scrypt|P|H|S|pbkdf2[a-z0-9\-]*)\$[A-Za-z0-9./$=,+\-]{16,}
            |\b(?:pbkdf2_sha\d+|bcrypt_sha256|argon2|scrypt|sha1|sha256|sha512|md5)\$\S{10,}
            |\{(?:S?SHA\d*|SMD5|CRYPT|PBKDF2[\w\-]*|ARGON2|BCRYPT|MD5)\}[A-Za-z0-9+/=$.,]{16,}
            |SCRAM-SHA-(?:1|256|512)\$\S{40,}|\bmd5[0-9a-f]{32}\b|\$P\$[./0-9A-Za-z]{31}
            |\b(?:scrypt|pbkdf2):[\w:]+\$\S{10,}|\*[0-9A-F]{40}\b",
        )
    });
    let text = found.text();
    if text.contains(['$', '{', '*']) || text.contains("md5") {
        report(found, PATTERN.as_ref(), Class::PasswordHash);
    }
}

/// `Authorization: Bearer …`, `Basic …`, cookies.
pub(super) fn authorization(_: &Scene<'_>, found: &mut Found<'_>) {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:bearer|basic|negotiate|digest|token)\s+(?P<s>[A-Za-z0-9_\-.~+/]{12,}={0,2})",
        )
    });
    static COOKIE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:[\w\-.]*sess(?:ion)?(?:[_\-]?id)?|sid|connect\.sid|jsessionid|phpsessid|[\w\-]*auth[\w\-]*|[\w\-]*token|remember[\w\-]*|csrf[\w\-]*)=(?P<s>[^\s;,&'\x22]{8,})",
        )
    });
    let text = found.text();
    for captures in PATTERN
        .iter()
        .flat_map(|pattern| pattern.captures_iter(text))
    {
        if let Some(span) = captures.name("s").filter(|span| is_random(span.as_str())) {
            found.add(span.range(), Class::SessionToken);
        }
    }
    if text.contains('=') {
        report(found, COOKIE.as_ref(), Class::SessionToken);
    }
}

/// Keys by their whole form.
pub(super) fn formed(_: &Scene<'_>, found: &mut Found<'_>) {
    static FORMED: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(FORMS));
    static HALF: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(SECRET_HALF));
    let text = found.text();
    if text.len() < 32 {
        return;
    }
    if text.contains(['.', '-']) {
        report(found, FORMED.as_ref(), Class::ApiKey);
    }
    // Alone in its cell it is anybody's: its column's name says whose.
    let half = HALF.as_ref().filter(|_| text.len() > 48);
    let matches = half.into_iter().flat_map(|half| half.captures_iter(text));
    for span in matches.filter_map(|captures| captures.name("s")) {
        let count = |test: fn(&u8) -> bool| span.as_str().bytes().filter(test).count();
        let kinds = [
            count(u8::is_ascii_digit),
            count(u8::is_ascii_uppercase),
            count(u8::is_ascii_lowercase),
        ];
        if kinds.iter().all(|count| *count >= 3) {
            found.add(span.range(), Class::ApiKey);
        }
    }
}

/// The lines of a passport or identity card that machines read.
pub(super) fn machine_read(_: &Scene<'_>, found: &mut Found<'_>) {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(r"\b[PIACV][A-Z0-9<][A-Z<]{3}[A-Z0-9<]{25,41}(?:(?:\s|\\n)+[A-Z0-9<]{28,44}){0,2}")
    });
    if found.text().contains("<<") {
        report(found, PATTERN.as_ref(), Class::Passport);
    }
}

/// A row of [`VENDORS`].
type Row = (&'static str, usize, Body);

/// Keys by the prefix of their vendor.
pub(super) fn vendor(scene: &Scene<'_>, found: &mut Found<'_>) {
    static BY_FIRST: LazyLock<Vec<Vec<Row>>> = LazyLock::new(|| {
        let of = |first: u8| {
            let rows = VENDORS
                .iter()
                .filter(|(prefix, ..)| prefix.as_bytes().first() == Some(&first));
            let mut rows: Vec<_> = rows.copied().collect();
            rows.sort_by_key(|(prefix, ..)| std::cmp::Reverse(prefix.len()));
            rows
        };
        (0..128).map(of).collect()
    });
    let mut done = 0;
    for token in &scene.tokens {
        if token.start < done || !matches!(token.kind, Kind::Mixed | Kind::Word | Kind::Digits) {
            continue;
        }
        let rest = scene.str(token.start, scene.text.len());
        let Some(rows) = rest
            .bytes()
            .next()
            .and_then(|first| BY_FIRST.get(usize::from(first)))
        else {
            continue;
        };
        for (prefix, least, body) in rows {
            let Some(tail) = rest.strip_prefix(prefix) else {
                continue;
            };
            let length = body.run(tail);
            // Words behind a short prefix are words: "sk-learn-based-classification".
            let key = scene.str(token.start, token.start + prefix.len() + length);
            let is_drawn = is_mixed(key) || key.len() >= 30 && is_random(key);
            if length >= *least && (tail.len() == length || !is_wordy(key)) && is_drawn {
                done = token.start + key.len();
                found.add(token.start..done, Class::ApiKey);
                break;
            }
        }
    }
    for (sign, before, after) in INFIXES {
        for (at, _) in scene.text.match_indices(sign) {
            let head = scene
                .str(0, at)
                .bytes()
                .rev()
                .take_while(|byte| is_url(*byte))
                .count();
            let tail = scene.str(at + sign.len(), scene.text.len()).bytes();
            let tail = tail
                .take_while(|byte| is_url(*byte) || matches!(byte, b'~' | b'.'))
                .count();
            if head >= *before && tail >= *after {
                found.add(at - head..at + sign.len() + tail, Class::ApiKey);
            }
        }
    }
}

fn is_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

impl Body {
    /// How much of a text is of the alphabet; dots and dashes that end it are the sentence's.
    fn run(self, text: &str) -> usize {
        let is_one = |byte: &u8| match self {
            Self::Any => {
                is_url(*byte)
                    || matches!(byte, b'.' | b'+' | b'/' | b'=' | b'~' | b':' | b'$' | b'!')
            }
            Self::Hex => byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'_'),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Url => is_url(*byte),
        };
        let length = text.bytes().take_while(is_one).count();
        text.get(..length)
            .unwrap_or("")
            .trim_end_matches(['.', ':', '-', '!', '/'])
            .len()
    }
}

/// Letters and digits both.
fn is_mixed(text: &str) -> bool {
    let has = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// Lower-case words joined by dashes.
fn is_wordy(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits * 8 < text.len()
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.contains('-')
}

/// Whether a text looks drawn at random: letters and digits mixed, or both cases, or long hex.
pub(super) fn is_random(text: &str) -> bool {
    let count = |test: fn(&u8) -> bool| text.bytes().filter(test).count();
    let (digits, uppers, lowers) = (
        count(u8::is_ascii_digit),
        count(u8::is_ascii_uppercase),
        count(u8::is_ascii_lowercase),
    );
    let letters = uppers + lowers;
    let is_one_word = !text.bytes().any(|byte| byte.is_ascii_whitespace());
    let is_mixed = digits >= 2 && letters >= 2;
    let is_cased = uppers >= 3 && lowers >= 3 && text.len() >= 20;
    is_one_word && text.len() >= 8 && (is_mixed || is_cased)
}
