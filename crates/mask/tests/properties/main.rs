//! What masking promises, over every class, type and format, through the one door a wire uses.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod checks;
mod formats;
mod inverse;
mod kinds;

use std::sync::Arc;

use mask::{Column, Keys, PartPlan, Plan, PlannedColumn, RowPlan, Treatment};
use model::{Class, Format};

fn keys() -> Arc<Keys> {
    Arc::new(Keys::from_root(&[42; 32]))
}

fn bind(treatment: Treatment, type_oid: u32, format: Format, modifier: i32) -> RowPlan {
    let planned = PlannedColumn {
        origin: None,
        treatment,
        type_oid: Some(type_oid),
    };
    let part = PartPlan {
        columns: Some(vec![planned]),
        ..PartPlan::default()
    };
    Plan::new(keys(), vec![part])
        .bind(
            0,
            &[Column {
                format,
                modifier,
                type_oid,
            }],
        )
        .unwrap()
}

fn shown(class: Class, type_oid: u32, modifier: i32, text: &str) -> String {
    let mut out = Vec::new();
    bind(Treatment::Mask(class), type_oid, Format::Text, modifier).apply(
        0,
        text.as_bytes(),
        &mut out,
    );
    String::from_utf8(out).unwrap()
}

fn text(class: Class, value: &str) -> String {
    shown(class, 25, -1, value)
}

/// What a column of that type stores where a reader sees this.
fn stored(class: Class, of: (u32, i32), format: Format, shown: &[u8]) -> Option<Vec<u8>> {
    let (type_oid, column_modifier) = of;
    let held = mask::find::Held {
        class,
        column_modifier,
        column_oid: type_oid,
        format,
        is_array: false,
        type_oid,
    };
    held.stored(&keys(), shown).ok()
}

/// The same of a text column.
fn found(class: Class, shown: &str) -> Option<String> {
    let found = stored(class, (25, -1), Format::Text, shown.as_bytes())?;
    String::from_utf8(found).ok()
}

/// A small generator: tests must say the same every day.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.roll(10)).unwrap()))
            .collect()
    }
}

const SAMPLES: &[(Class, &str)] = &[
    (Class::Address, "12 Main Street, Apt 4, Springfield"),
    (Class::ApiKey, "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
    (Class::BankAccount, "0532013000"),
    (Class::BirthDate, "1980-05-17"),
    (Class::CardNumber, "4111 1111 1111 1111"),
    (Class::City, "Springfield"),
    (
        Class::ConnectionString,
        "postgres://app:hunter2@db.internal/app",
    ),
    (
        Class::CryptoWallet,
        "0xde709f2102306220921060314715629080e2fb77",
    ),
    (Class::Cvv, "123"),
    (Class::DeviceId, "490154203237518"),
    (Class::Email, "alice.smith@corp.example.org"),
    (Class::FirstName, "Alice"),
    (
        Class::FreeText,
        "Call Mr. Smith at +1 415 555 2671 or a@b.org",
    ),
    (Class::FullName, "Dr. Alice B. Smith"),
    (Class::Geo, "52.520008"),
    (Class::Iban, "DE89 3704 0044 0532 0130 00"),
    (Class::IpAddress, "93.184.216.34"),
    (Class::Json, r#"{"email": "a@b.org", "n": 3}"#),
    (
        Class::Jwt,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsIm4iOjN9.c2lnbmF0dXJl",
    ),
    (Class::LastName, "Smith"),
    (Class::MacAddress, "00:1a:2b:3c:4d:5e"),
    (Class::MedicalId, "MRN-00123456"),
    (Class::NationalId, "123-45-6789"),
    (Class::OneTimeCode, "492817"),
    (Class::Passport, "X1234567"),
    (Class::Password, "hunter2"),
    (
        Class::PasswordHash,
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    ),
    (Class::Phone, "+49 151 2345-6789"),
    (Class::PostalCode, "SW1A 1AA"),
    (
        Class::PrivateKey,
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n",
    ),
    (Class::Salary, "85000.50"),
    (Class::SessionToken, "d41d8cd98f00b204e9800998ecf8427e"),
    (Class::Unsampled, "a value of a new column"),
    (Class::Username, "alice_smith42"),
    (Class::VehicleId, "1M8GDM9AXKP042788"),
];

fn sample(class: Class) -> &'static str {
    SAMPLES.iter().find(|(of, _)| *of == class).unwrap().1
}

#[test]
fn every_class_hides_deterministically_and_within_the_limit() {
    assert_eq!(SAMPLES.len(), Class::ALL.len());
    for (class, value) in SAMPLES {
        let stand_in = text(*class, value);
        assert_ne!(stand_in, *value, "{class}");
        assert_eq!(stand_in, text(*class, value), "{class}");
        for limit in [1, 3, 5, 8, 12, 20, 40] {
            for (oid, modifier) in [(1043, limit + 4), (1042, limit + 4)] {
                let value: String = value
                    .chars()
                    .take(usize::try_from(limit).unwrap())
                    .collect();
                let short = shown(*class, oid, modifier, &value);
                assert!(
                    short.chars().count() <= usize::try_from(limit).unwrap(),
                    "{class} {short}"
                );
            }
        }
        assert_eq!(text(*class, ""), "");
    }
}

#[test]
fn stand_ins_look_like_their_class() {
    let email = text(Class::Email, "alice.smith@corp.org");
    assert!(email.ends_with(".example") && email.matches('@').count() == 1);
    let loud = text(Class::Email, "alice.smith@CORP.org");
    assert_eq!(email, loud.to_lowercase());
    assert_eq!(
        email.split('@').nth(1),
        text(Class::Email, "bob@corp.org").split('@').nth(1)
    );
    let phone = text(Class::Phone, "+49 151 2345-6789");
    assert!(phone.starts_with("+49 ") && phone.len() == 17 && phone.as_bytes()[12] == b'-');
    assert!(text(Class::ApiKey, sample(Class::ApiKey)).starts_with("sk_live_MASKED"));
    assert_eq!(
        text(Class::ApiKey, sample(Class::ApiKey)).len(),
        sample(Class::ApiKey).len()
    );
    assert_eq!(text(Class::Cvv, "123"), "000");
    let url = text(
        Class::ConnectionString,
        "postgres://app:hunter2@db.internal/app",
    );
    assert_eq!(url, "postgres://app:MASKED@db.internal/app");
    let hash = text(Class::PasswordHash, sample(Class::PasswordHash));
    assert!(hash.starts_with("$2b$12$") && hash.len() == 60 && !hash.contains("R9h"));
    let pem = text(Class::PrivateKey, sample(Class::PrivateKey));
    assert!(
        pem.starts_with("-----BEGIN PRIVATE KEY-----\nMASKEDMASKED"),
        "{pem}"
    );
    let jwt = text(Class::Jwt, sample(Class::Jwt));
    assert!(jwt.starts_with("eyJhbGciOiJIUzI1NiJ9.") && jwt.ends_with("AAAA"));
    let name = text(Class::FullName, "Dr. Alice B. Smith");
    assert!(name.starts_with("Dr. ") && name.split(' ').count() == 4);
    assert_eq!(
        name.split(' ').nth(1),
        Some(text(Class::FirstName, "Alice").as_str())
    );
    assert_eq!(
        name.split(' ').next_back(),
        Some(text(Class::LastName, "Smith").as_str())
    );
    assert!(!text(Class::FreeText, sample(Class::FreeText)).contains("Smith"));
}

fn luhn(text: &str) -> bool {
    let digits = text
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|b| u32::from(b - b'0'));
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(i, d)| {
            if i % 2 == 0 {
                d
            } else if d > 4 {
                d * 2 - 9
            } else {
                d * 2
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn mod97(text: &str) -> bool {
    let compact: String = text.chars().filter(|c| *c != ' ').collect();
    let (head, tail) = compact.split_at(4);
    let value = |rest: u64, c: char| {
        let digit = u64::from(c.to_digit(36).unwrap());
        (rest * if digit > 9 { 100 } else { 10 } + digit) % 97
    };
    format!("{tail}{head}").chars().fold(0, value) == 1
}

#[test]
fn check_digits_hold() {
    let mut dice = Dice(1);
    for _ in 0..200 {
        let body = format!("4{}", dice.digits(14));
        let card = (0..10)
            .map(|check| format!("{body}{check}"))
            .find(|card| luhn(card))
            .unwrap();
        let stand_in = text(Class::CardNumber, &card);
        assert!(luhn(&stand_in) && stand_in.starts_with('4') && stand_in.len() == 16);
        assert_eq!(stand_in, shown(Class::CardNumber, 20, -1, &card));
        let broken = (0..10)
            .map(|check| format!("{body}{check}"))
            .find(|card| !luhn(card))
            .unwrap();
        assert!(!luhn(&text(Class::CardNumber, &broken)));
    }
    for iban in [
        "DE89 3704 0044 0532 0130 00",
        "GB82 WEST 1234 5698 7654 32",
        "NL91ABNA0417164300",
    ] {
        let stand_in = text(Class::Iban, iban);
        assert!(mod97(&stand_in) && stand_in.len() == iban.len() && stand_in[..2] == iban[..2]);
    }
    for (id, is_kept) in [
        ("123-45-6789", "-"),
        ("111.444.777-35", "."),
        ("12345678Z", ""),
    ] {
        let stand_in = text(Class::NationalId, id);
        assert_eq!(stand_in.len(), id.len());
        assert!(stand_in.contains(is_kept));
    }
}

#[test]
fn same_value_same_stand_in_across_types() {
    for (class, value) in [
        (Class::Phone, "15551234567"),
        (Class::NationalId, "123456789"),
        (Class::CardNumber, "4111111111111111"),
        (Class::BankAccount, "9876543210"),
        (Class::PostalCode, "94110"),
        (Class::Salary, "85000"),
    ] {
        let wanted = text(class, value);
        for oid in [20, 1700, 1043, 1042, 19, 99_999] {
            assert_eq!(shown(class, oid, -1, value), wanted, "{class} {oid}");
        }
    }
    assert_eq!(
        text(Class::NationalId, "123-45-6789").replace('-', ""),
        text(Class::NationalId, "123456789")
    );
    assert_eq!(
        text(Class::CardNumber, "4111 1111 1111 1111").replace(' ', ""),
        text(Class::CardNumber, "4111111111111111")
    );
    assert_eq!(
        text(Class::Phone, "+1 (555) 123-4567").replace(['+', ' ', '(', ')', '-'], ""),
        text(Class::Phone, "15551234567")
    );
    let born = text(Class::BirthDate, "1980-05-17");
    assert_eq!(shown(Class::BirthDate, 1082, -1, "1980-05-17"), born);
    assert_eq!(
        shown(Class::BirthDate, 1114, -1, "1980-05-17 08:30:00"),
        format!("{born} 08:30:00")
    );
    assert!(born.starts_with("1980-"));
    let array = shown(Class::Email, 1009, -1, "{a@b.org,NULL,c@d.org}");
    assert_eq!(
        array,
        format!(
            "{{{},NULL,{}}}",
            text(Class::Email, "a@b.org"),
            text(Class::Email, "c@d.org")
        )
    );
    let json = shown(Class::Json, 3802, -1, r#"{"email": "a@b.org", "n": 3}"#);
    assert_eq!(
        json,
        format!(
            r#"{{"email": "{}", "n": 3}}"#,
            text(Class::Email, "a@b.org")
        )
    );
    let prose = text(Class::FreeText, "mail a@b.org now");
    assert_eq!(prose, format!("mail {} now", text(Class::Email, "a@b.org")));
}

#[test]
fn permutations_never_collide() {
    let mut dice = Dice(7);
    for (class, length) in [
        (Class::Phone, 10),
        (Class::NationalId, 9),
        (Class::CardNumber, 16),
        (Class::BankAccount, 8),
        (Class::PostalCode, 5),
        (Class::Passport, 7),
        (Class::MedicalId, 10),
    ] {
        assert_eq!(
            mask::TransformKind::of(class),
            mask::TransformKind::Invertible
        );
        let mut values: Vec<String> = (0..300).map(|_| dice.digits(length)).collect();
        values.sort_unstable();
        values.dedup();
        let mut shown: Vec<String> = values.iter().map(|value| text(class, value)).collect();
        shown.sort_unstable();
        shown.dedup();
        assert_eq!(shown.len(), values.len(), "{class}");
    }
    let mut days: Vec<String> = (1..=28)
        .map(|day| text(Class::BirthDate, &format!("1980-02-{day:02}")))
        .collect();
    days.sort_unstable();
    days.dedup();
    assert_eq!(days.len(), 28);
}
