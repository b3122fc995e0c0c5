//! What a sample of values looks like: how many pass each test.
//!
//! A rate is of the values that are not blank; below three values it says nothing.

use model::Class;

use crate::scan;
use crate::stand::{digits, ids, secret};
use crate::types::date;

/// The values of a sample that hold something.
pub(super) struct Sample<'a> {
    values: Vec<&'a str>,
}

impl<'a> Sample<'a> {
    pub(super) fn new(values: &[&'a str]) -> Self {
        let values = values
            .iter()
            .map(|value| value.trim())
            .filter(|value| !value.is_empty());
        Self {
            values: values.collect(),
        }
    }

    /// Whether there is enough to judge by.
    pub(super) fn is_telling(&self) -> bool {
        self.values.len() >= 3
    }

    /// How much of it passes, in 0 to 1.
    pub(super) fn rate(&self, test: impl Fn(&str) -> bool) -> f64 {
        let passed = self.values.iter().filter(|value| test(value)).count();
        let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        if self.values.is_empty() {
            0.0
        } else {
            count(passed) / count(self.values.len())
        }
    }

    /// Whether values are prose: long, and of several words.
    pub(super) fn is_prose(&self) -> bool {
        self.rate(|value| value.split_whitespace().count() >= 4) >= 0.4
    }

    /// How much of it carries a sensitive span.
    pub(super) fn sensitive(&self) -> f64 {
        self.rate(|value| !scan::sensitive_spans(value).is_empty())
    }

    /// The class the values themselves prove, whatever the column is called.
    pub(super) fn proves(&self) -> Option<Class> {
        if !self.is_telling() {
            return None;
        }
        let proofs: &[(Class, f64)] = &[
            (Class::Email, 0.8),
            (Class::Jwt, 0.8),
            (Class::PrivateKey, 0.8),
            (Class::PasswordHash, 0.8),
            (Class::ConnectionString, 0.5),
            (Class::ApiKey, 0.8),
            (Class::Iban, 0.8),
            (Class::MacAddress, 0.9),
            (Class::IpAddress, 0.9),
        ];
        let found = proofs
            .iter()
            .find(|(class, least)| self.rate(|v| looks(*class, v)) >= *least);
        // One number in ten passes Luhn by chance: five of five is no chance.
        let is_card = self.values.len() >= 5 && self.rate(scan::is_card_number) >= 0.9;
        found
            .map(|(class, _)| *class)
            .or(is_card.then_some(Class::CardNumber))
            .or_else(|| {
                let is_phone = self.rate(|v| v.starts_with('+') && looks(Class::Phone, v)) >= 0.8;
                let is_ssn = self.rate(|v| v.len() == 11 && v.contains('-') && is_ssn(v)) >= 0.8;
                is_phone
                    .then_some(Class::Phone)
                    .or(is_ssn.then_some(Class::NationalId))
            })
    }
}

fn is_ssn(value: &str) -> bool {
    let mut parts = value.split('-').map(str::len);
    let is_grouped = (parts.next(), parts.next(), parts.next()) == (Some(3), Some(2), Some(4));
    is_grouped && ids::is_ssn(&digits::of(value))
}

/// Whether a value could be one of the class. Classes without a shape accept anything that is
/// not plainly something else.
pub(super) fn looks(class: Class, value: &str) -> bool {
    let count = digits::of(value).len();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let is_word = !value.contains(char::is_whitespace);
    let is_whole = |wanted: Class| {
        scan::sensitive_spans(value)
            .iter()
            .any(|(range, class)| *class == wanted && range.len() + 2 >= value.len())
    };
    match class {
        Class::Email => is_word && value.len() > 5 && is_whole(Class::Email),
        Class::Jwt | Class::PrivateKey | Class::PasswordHash | Class::ApiKey => is_whole(class),
        Class::ConnectionString => value.contains("://") && is_whole(class),
        Class::Iban => is_whole(Class::Iban),
        Class::MacAddress => is_whole(Class::MacAddress),
        Class::IpAddress => scan::is_ip(value),
        Class::CardNumber => (12..=19).contains(&count) && letters == 0,
        Class::Phone => {
            (6..=20).contains(&count) && letters <= 6 && date::read_iso(value).is_none()
        }
        Class::NationalId | Class::Passport | Class::MedicalId | Class::BankAccount => {
            count >= 3 && value.len() <= 40 && value.split_whitespace().count() <= 7
        }
        Class::BirthDate => {
            date::read_iso(value).is_some() || (4..=14).contains(&count) && value.len() <= 24
        }
        Class::FirstName | Class::LastName | Class::FullName | Class::City => {
            letters >= 1
                && count == 0
                && !value.contains(['_', '/', '@', '{', '='])
                && value.chars().count() <= 80
        }
        Class::PostalCode => (2..=12).contains(&value.len()),
        Class::CryptoWallet => is_word && (14..=120).contains(&value.len()),
        Class::DeviceId => is_word && count >= 3 && value.len() <= 64,
        Class::VehicleId => count >= 1 && (3..=20).contains(&value.len()),
        Class::Cvv => (3..=4).contains(&count) && letters == 0,
        Class::OneTimeCode => value.len() <= 80,
        Class::Geo => {
            let numbers = value
                .split([',', ' ', '(', ')'])
                .filter(|part| !part.is_empty());
            count > 0
                && letters <= 5
                && numbers.clone().all(|part| {
                    part.parse::<f64>()
                        .map_or(part.starts_with("POINT"), |degrees| degrees.abs() <= 180.0)
                })
        }
        Class::Salary => count >= 2 && letters <= 3,
        Class::Username => is_word && value.chars().count() <= 64,
        Class::SessionToken => is_random(value),
        Class::Address => letters >= 2,
        Class::FreeText | Class::Json | Class::Password => true,
    }
}

/// Whether a value looks drawn at random: long, one word, mixed.
pub(super) fn is_random(value: &str) -> bool {
    let has = |test: fn(char) -> bool| value.chars().any(test);
    let mixed = has(|c| c.is_ascii_digit()) && has(char::is_alphabetic);
    let known = secret::PREFIXES
        .iter()
        .any(|prefix| prefix.len() > 3 && value.starts_with(prefix));
    !has(char::is_whitespace) && (known || value.len() >= 16 && mixed)
}
