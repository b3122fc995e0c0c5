//! The shapes a scan knows, strongest first.
// tidy: table — one row a shape: what hints at it, its pattern, its class, its check.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use model::Class;
use regex::Regex;

use crate::stand::{digits, ids, secret};

/// What must be in a text before a shape is tried.
#[derive(Clone, Copy)]
enum Hint {
    /// One of these, in any case.
    Any(&'static [&'static str]),
    /// Four digits or more in all.
    Digits,
    /// A vendor's prefix.
    Prefix,
}

/// One shape: the span is the group `s`, or the whole match.
struct Shape {
    check: fn(&str) -> bool,
    class: Class,
    hint: Hint,
    pattern: &'static str,
}

const NAME: &str = r"(?P<s>\p{Lu}[\p{L}'’\-]+(?: \p{Lu}\.)?(?: (?:(?:van|von|de|der|di|da|la|le|del) )*\p{Lu}[\p{L}'’\-]+){0,2})";

#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    Shape { class: Class::PrivateKey, hint: Hint::Any(&["-----begin"]), check: any,
        pattern: r"-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|\z)" },
    Shape { class: Class::Jwt, hint: Hint::Any(&["eyj"]), check: any,
        pattern: r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*" },
    Shape { class: Class::ConnectionString, hint: Hint::Any(&["://"]), check: any,
        pattern: r"\b[A-Za-z][A-Za-z0-9+.\-]*://[^\s:/@]*:[^\s/@]+@[^\s'\x22<>]+" },
    Shape { class: Class::PasswordHash, hint: Hint::Any(&["$", "pbkdf2", "{ssha", "scram-sha"]), check: any,
        pattern: r"(?:\$(?:2[abxy]?|argon2(?:id|i|d)|1|5|6|y|7|scrypt|pbkdf2[a-z0-9\-]*)\$[A-Za-z0-9./$=,+\-]{16,}|pbkdf2_sha\d+\$\d+\$\S{10,}|\{S?SHA\d*\}[A-Za-z0-9+/=]{20,}|SCRAM-SHA-256\$\S{40,})" },
    Shape { class: Class::ApiKey, hint: Hint::Prefix, check: is_key,
        pattern: r"\b(?:AKIA|ASIA|AIza|EAAA|GOCSPX-|SG\.|SK|dckr_pat_|do[op]_v1_|figd_|gh[pousr]_|github_pat_|glp?[at]+[t]?-|hf_|key-|lin_api_|npm_|ntn_|pat-|[prs]k_(?:live|test)_|pypi-|rubygems_|sbp_|shp(?:at|ss)_|sk-(?:ant-|proj-)?|sntrys_|sq0[ac]sp-|sq0atp-|tfp_|whsec_|xox[abpr]-|xapp-|ya29\.)[A-Za-z0-9_\-.]{12,}" },
    Shape { class: Class::Password, hint: Hint::Any(&["passw", "pwd", "passphrase", "kennwort", "contrase", "mot de passe", "senha"]), check: any,
        pattern: r#"(?i)(?:password|passwd|passwort|pwd|passphrase|kennwort|contraseña|mot de passe|senha)(?: (?:is|ist|est|es))?\s*(?:[=:]\s*|\bis\s+|\bto\s+|\s)['"]?(?P<s>[^\s'",;]*[0-9!@#$%^&*][^\s'",;]*)"# },
    Shape { class: Class::SessionToken, hint: Hint::Any(&["token", "secret", "api_key", "apikey", "api-key", "bearer", "session"]), check: is_key,
        pattern: r#"(?i)(?:token|secret|api[_\- ]?key|bearer|session(?:_?id)?)['"]?\s*(?:[=:]\s*|\s)['"]?(?P<s>[A-Za-z0-9_\-.+/=]{16,})"# },
    Shape { class: Class::Email, hint: Hint::Any(&["@"]), check: any,
        pattern: r"[\p{L}0-9._%+'\-]*[\p{L}0-9_%+]@[\p{L}0-9](?:[\p{L}0-9\-]*[\p{L}0-9])?(?:\.[\p{L}0-9](?:[\p{L}0-9\-]*[\p{L}0-9])?)+" },
    Shape { class: Class::Iban, hint: Hint::Digits, check: is_iban,
        pattern: r"\b[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]{4}){2,7}(?:[ \-]?[A-Za-z0-9]{1,3})?\b" },
    Shape { class: Class::CardNumber, hint: Hint::Digits, check: is_card,
        pattern: r"\b[2-6]\d{3}(?:[ \-]?\d{2,6}){2,4}\b" },
    Shape { class: Class::MacAddress, hint: Hint::Any(&[":", "-"]), check: any,
        pattern: r"\b[0-9A-Fa-f]{2}(?:[:\-][0-9A-Fa-f]{2}){5}\b" },
    Shape { class: Class::IpAddress, hint: Hint::Any(&["."]), check: is_ip,
        pattern: r"\b\d{1,3}(?:\.\d{1,3}){3}\b" },
    Shape { class: Class::IpAddress, hint: Hint::Any(&[":"]), check: is_ip,
        pattern: r"\b[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}" },
    Shape { class: Class::NationalId, hint: Hint::Digits, check: is_ssn,
        pattern: r"\b\d{3}-\d{2}-\d{4}\b" },
    Shape { class: Class::NationalId, hint: Hint::Digits, check: any,
        pattern: r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b" },
    Shape { class: Class::NationalId, hint: Hint::Any(&["ssn", "social security", "national id", "tax id", "cpf", "dni", "nie", "bsn", "nin", "steuer"]), check: has_digits,
        pattern: r"(?i)\b(?:ssn|social security(?: number)?|national id|tax id|cpf|dni|nie|bsn|nino?|steuer-?id)(?: (?:is|no\.?|number|nr\.?))?[\s:#]*(?P<s>[A-Za-z0-9][A-Za-z0-9.\-]{6,17}[A-Za-z0-9])" },
    Shape { class: Class::Passport, hint: Hint::Any(&["passport", "reisepass", "passeport", "pasaporte", "licence", "license"]), check: has_digits,
        pattern: r"(?i)\b(?:passport|reisepass|passeport|pasaporte|driv\w+ licen[cs]e)(?: (?:is|no\.?|number|nr\.?))?[\s:#]*(?P<s>[A-Za-z0-9]{6,16})\b" },
    Shape { class: Class::BirthDate, hint: Hint::Any(&["born", "dob", "birth", "geboren", "geburt", "né le", "née le", "nacimiento", "nascita"]), check: any,
        pattern: r"(?i)\b(?:born(?: on)?|d\.?o\.?b\.?|(?:date of )?birth(?:day|date)?|geboren(?: am)?|geburtsdatum|née? le|nacimiento|nascita)(?: (?:is|was))?[\s:]*(?P<s>\d{1,4}[\-/.]\d{1,2}[\-/.]\d{1,4})" },
    Shape { class: Class::OneTimeCode, hint: Hint::Any(&["code", "otp", "pin"]), check: any,
        pattern: r"(?i)\b(?:verification code|security code|login code|recovery code|one[- ]time code|otp|pin|2fa code|code)(?: is| was)?[\s:#]*(?P<s>\d{4,8})\b" },
    Shape { class: Class::Cvv, hint: Hint::Any(&["cvv", "cvc", "csc"]), check: any,
        pattern: r"(?i)\b(?:cvv2?|cvc2?|csc)(?: is)?[\s:#]*(?P<s>\d{3,4})\b" },
    Shape { class: Class::Phone, hint: Hint::Digits, check: is_phone,
        pattern: r"(?:\+|\b00)\d[\d \-().]{6,18}\d\b" },
    Shape { class: Class::Phone, hint: Hint::Digits, check: is_phone,
        pattern: r"(?:\(\d{3}\) ?|\b\d{3}[ .\-])\d{3}[ .\-]\d{4}\b" },
    Shape { class: Class::Phone, hint: Hint::Any(&["phone", "call", "tel", "mobile", "cell", "whatsapp", "fax"]), check: is_phone,
        pattern: r"(?i)\b(?:phone|call(?: \w+)?(?: at| on)?|tel(?:efon|éfono)?|mobile|cell|whatsapp|fax)(?: (?:is|number|no\.?))*[\s.:#]*(?P<s>\(?\d[\d \-()./]{5,16}\d)\b" },
    Shape { class: Class::Address, hint: Hint::Any(&["street", " st", " av", " road", " rd", " lane", " ln", " drive", " dr", " boul", " blvd", " court", " ct", " way", " pl", " terrace", " square"]), check: any,
        pattern: r"\b\d{1,5} (?:\p{Lu}[\p{L}'.\-]* ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Terrace|Square)\b\.?(?:,? (?:Apt|Suite|Unit|#)\.? ?\w+)?" },
    Shape { class: Class::Address, hint: Hint::Any(&["stra", "str.", "weg ", "platz "]), check: any,
        pattern: r"\b\p{Lu}[\p{L}\-]*(?:straße|strasse|str\.|weg|platz|gasse|straat) \d{1,4}[a-z]?\b" },
    Shape { class: Class::FullName, hint: Hint::Any(&["mr", "ms", "mrs", "miss", "dr.", "herr", "frau", "dear ", "hi ", "hello ", "name", "regards", "sincerely", "customer ", "patient ", "spoke ", "from ", "by "]), check: any,
        pattern: NAME },
];

/// What stands before a name.
const BEFORE_NAME: &str = r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Herrn|Frau|Mme|M|Sr|Sra|Señora?)\.? |\b(?:Dear|Hi|Hello|Hallo|Liebe|Lieber|Cher|Chère|Estimad[oa]|Hola),? |(?i:\b(?:my name is|name is|name:|named|spoke (?:to|with)|contact person|customer|patient|client|signed(?: by)?|regards,|sincerely,|thanks,))\s+)";

fn any(_: &str) -> bool {
    true
}

fn has_digits(text: &str) -> bool {
    digits::of(text).len() >= 4
}

fn is_key(text: &str) -> bool {
    let has = |test: fn(&u8) -> bool| text.bytes().any(|byte| test(&byte));
    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn is_iban(text: &str) -> bool {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    ids::passes_iban(&compact)
}

/// Whether digits are a card's: length, a brand's first digit, Luhn.
pub(crate) fn is_card(text: &str) -> bool {
    let all = digits::of(text);
    (13..=19).contains(&all.len())
        && digits::passes_luhn(&all)
        && matches!(all.first(), Some(2..=6))
}

pub(crate) fn is_ip(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or(text);
    host.parse::<std::net::IpAddr>().is_ok() && (host.contains('.') || host.len() > 4)
}

fn is_ssn(text: &str) -> bool {
    ids::is_ssn(&digits::of(text))
}

fn is_phone(text: &str) -> bool {
    (7..=15).contains(&digits::of(text).len()) && crate::types::date::read_iso(text).is_none()
}

/// Whether a single name follows a title: it is the family's.
fn is_titled(found: &regex::Captures<'_>, name: &str) -> bool {
    const TITLES: &[&str] = &[
        "Mr", "Mrs", "Ms", "Dr", "Prof", "Herr", "Herrn", "Frau", "Mme",
    ];
    let opening = found
        .get(0)
        .and_then(|whole| whole.as_str().split(['.', ' ']).next());
    !name.contains(' ') && opening.is_some_and(|opening| TITLES.contains(&opening))
}

/// The patterns compiled, and the first look that says which to try.
struct Compiled {
    hints: AhoCorasick,
    /// Which shape each hint belongs to, in the order of the hints.
    owners: Vec<usize>,
    patterns: Vec<Regex>,
}

static COMPILED: LazyLock<Option<Compiled>> = LazyLock::new(|| {
    let mut words: Vec<&str> = Vec::new();
    let mut owners = Vec::new();
    let mut patterns = Vec::new();
    for (index, shape) in SHAPES.iter().enumerate() {
        let hints: &[&str] = match shape.hint {
            Hint::Any(words) => words,
            Hint::Digits => &[],
            Hint::Prefix => secret::PREFIXES,
        };
        words.extend(hints);
        owners.extend(hints.iter().map(|_| index));
        let is_name = shape.pattern == NAME;
        let pattern = if is_name {
            format!("{BEFORE_NAME}{NAME}")
        } else {
            shape.pattern.to_owned()
        };
        patterns.push(Regex::new(&pattern).ok()?);
    }
    let hints = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .build(words)
        .ok()?;
    Some(Compiled {
        hints,
        owners,
        patterns,
    })
});

/// Reports every shape in a text, strongest first; spans may overlap.
pub(super) fn find(text: &str, mut report: impl FnMut(Range<usize>, Class)) {
    let Some(compiled) = COMPILED.as_ref() else {
        // The patterns are constants and a test compiles them; without them nothing is safe.
        return report(0..text.len(), Class::FreeText);
    };
    let is_numeric = text.bytes().filter(u8::is_ascii_digit).nth(3).is_some();
    let mut tried = [false; SHAPES.len()];
    for found in compiled.hints.find_overlapping_iter(text) {
        let owner = compiled.owners.get(found.pattern().as_usize());
        if let Some(tried) = owner.and_then(|owner| tried.get_mut(*owner)) {
            *tried = true;
        }
    }
    for ((shape, pattern), is_hinted) in SHAPES.iter().zip(&compiled.patterns).zip(tried) {
        if !(is_hinted || is_numeric && matches!(shape.hint, Hint::Digits)) {
            continue;
        }
        for found in pattern.captures_iter(text) {
            let Some(span) = found.name("s").or_else(|| found.get(0)) else {
                continue;
            };
            if (shape.check)(span.as_str()) {
                let is_family = shape.class == Class::FullName && is_titled(&found, span.as_str());
                report(
                    span.range(),
                    if is_family {
                        Class::LastName
                    } else {
                        shape.class
                    },
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        assert!(super::COMPILED.is_some());
    }
}
