//! Texts and the spans in them.
// tidy: table — one row a text.

use super::*;

fn found(text: &str) -> Vec<(&str, Class)> {
    let spans = sensitive_spans(text).into_iter();
    spans
        .map(|(range, class)| (text.get(range).unwrap(), class))
        .collect()
}

#[rustfmt::skip]
const TEXTS: &[(&str, &[(&str, Class)])] = &[
    ("", &[]),
    ("Order 1234 shipped on 2024-05-01 at 10:30, total 99.50 EUR", &[]),
    ("version 1.2.3, build 20240501", &[]),
    ("SELECT * FROM t WHERE id = 4711 AND status = 'open'", &[]),
    ("write to a.b@c.org.", &[("a.b@c.org", Class::Email)]),
    ("card 4111 1111 1111 1111 declined", &[("4111 1111 1111 1111", Class::CardNumber)]),
    ("card 4111 1111 1111 1112 declined", &[]),
    ("DE89 3704 0044 0532 0130 00 ok", &[("DE89 3704 0044 0532 0130 00", Class::Iban)]),
    ("ssn 123-45-6789", &[("123-45-6789", Class::NationalId)]),
    ("from 93.184.216.34 and 2001:db8::1", &[("93.184.216.34", Class::IpAddress), ("2001:db8::1", Class::IpAddress)]),
    ("call +1 415 555 2671 or (415) 555-2671", &[("+1 415 555 2671", Class::Phone), ("(415) 555-2671", Class::Phone)]),
    ("Dear Alice Smith, hello", &[("Alice Smith", Class::FullName)]),
    ("Mr. Smith came", &[("Smith", Class::LastName)]),
    ("password: hunter2!", &[("hunter2!", Class::Password)]),
    ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", &[("sk_live_4eC39HqLyjWDarjtT1zdp7dc", Class::ApiKey)]),
    ("born on 1980-05-17", &[("1980-05-17", Class::BirthDate)]),
    ("your code is 492817", &[("492817", Class::OneTimeCode)]),
    ("lives at 12 Main Street, Apt 4", &[("12 Main Street, Apt 4", Class::Address)]),
    ("mac 00:1a:2b:3c:4d:5e", &[("00:1a:2b:3c:4d:5e", Class::MacAddress)]),
    ("postgres://app:x9@db/app", &[("postgres://app:x9@db/app", Class::ConnectionString)]),
];

#[test]
fn spans() {
    for (text, wanted) in TEXTS {
        assert_eq!(found(text), *wanted, "{text}");
    }
}

#[test]
fn json_keeps_its_shape() {
    let keys = Keys::from_root(&[1; 32]);
    let text = r#"{ "a": [1, 2.50, true, null], "note": "x\ny", "phone": 15551234567,
        "user": {"name": "Alice", "a@b.org": {}}, "inner": "{\"ssn\":\"123-45-6789\"}" }"#;
    let shown = json::scrub(&keys, None, text).unwrap();
    assert!(
        shown.starts_with(r#"{ "a": [1, 2.50, true, null], "note": "x\ny", "phone": "#),
        "{shown}"
    );
    for secret in ["15551234567", "Alice", "a@b.org", "123-45-6789"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    serde_json::from_str::<serde_json::Value>(&shown).unwrap();
    assert_eq!(json::scrub(&keys, None, "{oops"), None);
}
