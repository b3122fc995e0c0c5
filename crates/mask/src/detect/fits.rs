//! What a sample says for or against a class, in log-odds.
//!
//! Proof (a checksum that passes far beyond chance, a vendor's prefix) counts whatever the name
//! is; a shape alone only contradicts: a column called `email` that holds "yes" and "no" is none.

use model::Class;

use super::dictionary;
use super::sample::{Sample, is_ideograph};
use super::shape;

/// Points and the reason.
pub(super) struct Fit {
    pub(super) points: f64,
    pub(super) why: String,
}

/// What the sample says of a class; `None` where it says nothing.
pub(super) fn fit(class: Class, sample: &Sample<'_>) -> Option<Fit> {
    if !sample.is_telling() {
        return None;
    }
    let fitted = match class {
        Class::Email | Class::Jwt | Class::PrivateKey | Class::PasswordHash | Class::Iban => {
            proved(sample, class, 10.0)
        }
        Class::ApiKey => secret(sample),
        Class::SessionToken => token(sample),
        Class::MacAddress => proved(sample, class, 9.0),
        Class::ConnectionString => connection(sample),
        Class::CardNumber => card(sample),
        Class::IpAddress => ip(sample),
        Class::Phone => phone(sample),
        Class::FirstName | Class::LastName | Class::FullName => names(class, sample),
        Class::Address => address(sample),
        Class::BirthDate => birth(sample),
        Class::City => shaped(sample, "words", shape::is_name),
        Class::Username => username(sample),
        Class::PostalCode => shaped(sample, "short codes", shape::is_postal),
        Class::Cvv => shaped(sample, "three or four digits", |value| {
            (3..=4).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit())
        }),
        Class::OneTimeCode => shaped(sample, "short codes", |value| {
            let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
            value.len() <= 80
                && (has_digit || value.len() >= 6 && !value.contains(char::is_lowercase))
        }),
        Class::Geo => geo(sample),
        Class::Salary => shaped(sample, "amounts", shape::is_amount),
        Class::Password => password(sample),
        Class::FreeText | Class::Json => None,
        // Numbers of a person, an account, a thing.
        _ => number(class, sample),
    }?;
    // A handful of values contradicts and proves less.
    let trust = match sample.len() {
        0..=4 => 0.8,
        5..=9 => 0.9,
        _ => 1.0,
    };
    let points = fitted.points * trust;
    (points.abs() > 0.01).then_some(Fit { points, ..fitted })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what every arm of its callers gives back"
)]
fn says(points: f64, sample: &Sample<'_>, rate: f64, what: &str) -> Option<Fit> {
    let of = sample.len();
    let why = format!("{:.0} % of {of} values are {what}", rate * 100.0);
    Some(Fit { points, why })
}

/// A shape nothing else has.
fn proved(sample: &Sample<'_>, class: Class, points: f64) -> Option<Fit> {
    let rate = sample.whole(class);
    let what = format!("{class} by their form");
    if class == Class::PrivateKey && sample.rate(is_seed) >= 0.8 {
        return says(
            points,
            sample,
            sample.rate(is_seed),
            "seeds of wallets, in words",
        );
    }
    let points = match rate {
        rate if rate >= 0.8 => points,
        rate if rate >= 0.5 => points / 2.0,
        rate if rate >= 0.2 => 0.0,
        // A digest or the material of a key without the signs of one.
        _ if is_keyed(class) && sample.rate(shape::is_random) >= 0.8 => 0.5,
        _ => -9.0,
    };
    says(points, sample, rate, &what)
}

/// Twelve words and more, as the seeds of wallets are written.
fn is_seed(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    let is_word = |word: &&str| {
        (3..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    matches!(words.len(), 12 | 15 | 18 | 21 | 24) && words.iter().all(is_word)
}

fn is_keyed(class: Class) -> bool {
    matches!(class, Class::Jwt | Class::PasswordHash | Class::PrivateKey)
}

/// A shape other things have too: it contradicts, and supports a little.
fn shaped(sample: &Sample<'_>, what: &str, test: impl Fn(&str) -> bool) -> Option<Fit> {
    let rate = sample.rate(test);
    let points = match rate {
        rate if rate >= 0.8 => 1.0,
        rate if rate >= 0.5 => 0.0,
        _ => -9.0,
    };
    says(points, sample, rate, what)
}

fn secret(sample: &Sample<'_>) -> Option<Fit> {
    let known = sample.whole(Class::ApiKey);
    if known >= 0.5 {
        return says(10.0, sample, known, "keys of known vendors");
    }
    let random = sample.rate(shape::is_random);
    let plain = sample.rate(|value| value.len() < 8 || value.contains(' '));
    if plain > 0.8 {
        return says(-10.0, sample, plain, "too short or of several words");
    }
    // Sequences and hashes of files are random too: of itself that is little.
    let points = if random >= 0.8 { 3.0 } else { 0.0 };
    says(points, sample, random, "random")
}

fn token(sample: &Sample<'_>) -> Option<Fit> {
    let random = sample.rate(shape::is_random);
    let words = sample.rate(|value| value.contains(' ') || shape::is_word(value));
    if words > 0.5 {
        return says(-10.0, sample, words, "words");
    }
    let numbered = sample.rate(shape::is_uuid);
    if numbered > 0.8 {
        return says(-3.0, sample, numbered, "UUIDs");
    }
    let points = match random {
        rate if rate >= 0.8 => 3.0,
        rate if rate >= 0.3 => 0.0,
        _ => -5.0,
    };
    says(points, sample, random, "random")
}

fn connection(sample: &Sample<'_>) -> Option<Fit> {
    let known = sample.whole(Class::ConnectionString);
    if known >= 0.3 {
        return says(10.0, sample, known, "addresses with a password");
    }
    let like = sample.rate(|value| value.contains("://") || value.contains('='));
    let points = if like < 0.5 { -9.0 } else { 0.0 };
    says(points, sample, like, "addresses of a service")
}

fn password(sample: &Sample<'_>) -> Option<Fit> {
    if sample.is_enumerated() {
        return says(-12.0, sample, sample.distinct(), "different");
    }
    let words = sample.rate(|value| value.split_whitespace().count() > 6);
    (words > 0.5)
        .then(|| says(-10.0, sample, words, "sentences"))
        .flatten()
}

fn card(sample: &Sample<'_>) -> Option<Fit> {
    let passes = sample.rate(crate::scan::is_card_number);
    // One number in ten passes Luhn by chance: nine of ten do not.
    if sample.len() >= 5 && passes >= 0.9 {
        return says(
            10.0,
            sample,
            passes,
            "card numbers with a right check digit",
        );
    }
    let like = sample.rate(shape::is_card_like);
    let points = match like {
        rate if rate >= 0.5 && sample.rate(crate::scan::is_card_number) >= 0.5 => 2.0,
        rate if rate >= 0.5 && sample.len() >= 10 && passes < 0.2 => -4.0,
        rate if rate >= 0.5 => 0.0,
        _ => -9.0,
    };
    says(points, sample, like, "of a card number's length")
}

fn ip(sample: &Sample<'_>) -> Option<Fit> {
    let rate = sample.rate(crate::scan::is_ip);
    if rate < 0.5 {
        return says(-9.0, sample, rate, "network addresses");
    }
    // "1.2.3.4" is a version too: addresses have large numbers.
    let large =
        sample.rate(|value| value.contains(':') || value.split('.').any(|part| part.len() == 3));
    let points = if rate >= 0.9 && large >= 0.3 {
        10.0
    } else {
        1.0
    };
    says(points, sample, rate, "network addresses")
}

fn phone(sample: &Sample<'_>) -> Option<Fit> {
    let international = sample.rate(shape::is_international_phone);
    if international >= 0.6 {
        return says(
            9.5,
            sample,
            international,
            "international telephone numbers",
        );
    }
    let like = sample.rate(shape::is_phone);
    let written = sample.rate(shape::is_written_phone);
    let points = match like {
        rate if rate >= 0.8 && written >= 0.7 => 4.5,
        rate if rate >= 0.5 => 1.0,
        _ => -9.0,
    };
    says(points, sample, like, "like telephone numbers")
}

fn names(class: Class, sample: &Sample<'_>) -> Option<Fit> {
    let like = sample.rate(shape::is_name);
    if like < 0.5 {
        return says(-10.0, sample, like, "like names");
    }
    let known = dictionary::rate(class, sample);
    if sample.is_enumerated() {
        return says(-3.0, sample, sample.distinct(), "different");
    }
    let points = match known {
        known if known >= 0.7 => 9.5,
        known if known >= 0.5 => 7.5,
        known if known >= 0.3 => 4.0,
        known if known >= 0.15 || sample.len() < 20 => 0.5,
        // Dictionaries know few names of some languages.
        _ if !sample.is_latin() => 0.5,
        _ => -2.0,
    };
    says(points, sample, known, "names of people by the dictionaries")
}

fn username(sample: &Sample<'_>) -> Option<Fit> {
    let single =
        sample.rate(|value| !value.contains(char::is_whitespace) && value.chars().count() <= 64);
    if single < 0.5 {
        return says(-9.0, sample, single, "single words");
    }
    if sample.is_enumerated() {
        return says(-3.0, sample, sample.distinct(), "different");
    }
    let made = sample.rate(dictionary::is_handle);
    if made >= 0.5 && single >= 0.9 && sample.distinct() >= 0.5 {
        return says(7.5, sample, made, "handles made of names");
    }
    says(1.0, sample, single, "single words")
}

fn address(sample: &Sample<'_>) -> Option<Fit> {
    let street = sample.rate(shape::is_street);
    if street >= 0.4 {
        return says(9.0, sample, street, "streets with a number");
    }
    let scanned = sample.whole(Class::Address);
    if scanned >= 0.3 {
        return says(8.0, sample, scanned, "addresses");
    }
    let numbered = sample.rate(shape::is_numbered_place);
    if numbered >= 0.7 && sample.distinct() >= 0.5 {
        let long = sample.rate(|value| value.contains(',')) >= 0.5;
        let points = if long { 7.0 } else { 5.0 };
        return says(points, sample, numbered, "words with a house number");
    }
    let letters = sample.rate(|value| value.chars().filter(|c| c.is_alphabetic()).count() >= 2);
    if letters < 0.5 {
        // A house number of its own.
        let short =
            sample.rate(|value| value.len() <= 8 && value.contains(|c: char| c.is_ascii_digit()));
        let points = if short >= 0.8 { 0.0 } else { -9.0 };
        return says(points, sample, letters, "words");
    }
    let random = sample.rate(|value| shape::is_random(value) || shape::is_of_memory(value));
    let points = match () {
        () if random > 0.5 => -9.0,
        () if sample.is_enumerated() => -6.0,
        () => 0.5,
    };
    says(points, sample, letters, "words")
}

fn geo(sample: &Sample<'_>) -> Option<Fit> {
    let pairs = sample.rate(shape::is_coordinates);
    if pairs >= 0.9 {
        return says(7.0, sample, pairs, "pairs of coordinates");
    }
    let hashed = sample.rate(shape::is_geohash);
    if hashed >= 0.9 && sample.distinct() >= 0.5 {
        return says(1.0, sample, hashed, "codes of places");
    }
    shaped(sample, "degrees", shape::is_geo)
}

fn birth(sample: &Sample<'_>) -> Option<Fit> {
    let years: Vec<i32> = sample
        .values()
        .iter()
        .filter_map(|v| shape::year_of(v))
        .collect();
    let rate = sample.rate(|value| shape::year_of(value).is_some());
    if rate < 0.5 {
        let digits = sample.rate(|value| value.bytes().filter(u8::is_ascii_digit).count() >= 4);
        let points = if digits < 0.5 { -9.0 } else { 0.0 };
        return says(points, sample, rate, "dates");
    }
    let (least, most) = (
        years.iter().min().copied().unwrap_or(0),
        years.iter().max().copied().unwrap_or(0),
    );
    let points = match () {
        // Years of life spread, and lie behind.
        () if least < 1965 && most - least >= 35 && years.len() >= 20 && most < 2015 => 6.0,
        () if least < 1985 && most - least >= 25 && years.len() >= 10 && most < 2024 => 4.0,
        () if least >= 2012 && years.len() >= 10 => -2.0,
        () => 0.5,
    };
    says(points, sample, rate, "dates, over years as lives are")
}

fn number(class: Class, sample: &Sample<'_>) -> Option<Fit> {
    // A hundred kinds are tried: chance has a hundred turns.
    if let Some((kind, points, rate)) = sample.proof(class)
        && points >= 8.0
    {
        let what = format!("{} with a right check", kind.name);
        return says((points - 4.0).min(10.0), sample, rate, &what);
    }
    let grouped = sample.rate(shape::is_grouped_ssn);
    if class == Class::NationalId && grouped >= 0.8 {
        return says(9.0, sample, grouped, "us.ssn as it is written");
    }
    let chassis = sample.rate(shape::is_chassis);
    if class == Class::VehicleId && chassis >= 0.9 && sample.distinct() >= 0.5 {
        return says(7.0, sample, chassis, "numbers of chassis by their form");
    }
    let least = if class == Class::BankAccount { 5 } else { 3 };
    let like = sample.rate(|value| {
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        let letters = value.chars().filter(|c| c.is_alphabetic()).count();
        let is_foreign = value.chars().any(is_ideograph);
        (digits >= least
            || letters >= 8 && !value.contains(' ') && class == Class::CryptoWallet
            || digits >= 1 && is_foreign)
            && value.len() <= 100
            && value.split_whitespace().count() <= 7
    });
    let points = if like < 0.5 { -9.0 } else { 0.5 };
    says(points, sample, like, "like numbers of this kind")
}
