//! Values that only look like their class: nothing of them may stay.

use super::*;

fn shown(class: Class, value: &str) -> String {
    text(&Keys::from_root(&[1; 32]), class, value, usize::MAX).unwrap_or_default()
}

#[test]
fn impostors_hide_whole() {
    for (class, value, secret) in [
        (Class::PasswordHash, "$ecret$pass$", "ecret"),
        (Class::PasswordHash, "hunter2$abc", "hunter2"),
        (Class::PasswordHash, "hunter2:abc", "hunter2"),
        (
            Class::PrivateKey,
            "-----BEGIN RSA PRIVATE KEY-----\\nMIIEvQIB\\n-----END RSA PRIVATE KEY-----",
            "MIIE",
        ),
        (Class::PrivateKey, "MIIEvQIBADANBg", "MIIE"),
        (
            Class::ConnectionString,
            "postgres://app:p/w@x@db/app",
            "p/w",
        ),
        (
            Class::ConnectionString,
            "host=db password='a b' user=x",
            "a b",
        ),
        (Class::ConnectionString, "hunter2", "hunter2"),
        (Class::Phone, "555 1234567 belongs to Alice", "Alice"),
        (Class::Geo, "52.5 at the house of Alice", "Alice"),
        (Class::Jwt, "eyJub3BlIjox.body.sig", "body"),
        (Class::BirthDate, "17th of May 1980", "May"),
        (Class::IpAddress, "alice.example", "alice"),
        (Class::Iban, "DE00 1234", "1234"),
        (Class::Email, "Alice Smith <a@b.org>", "Alice"),
    ] {
        let stand_in = shown(class, value);
        assert!(!stand_in.contains(secret), "{class} {stand_in}");
    }
}

#[test]
fn hashes_keep_scheme_and_cost() {
    for (value, kept) in [
        (
            "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub",
            "$argon2id$v=19$m=65536,t=3,p=4$",
        ),
        (
            "pbkdf2_sha256$260000$abcDEF123$xyz/abcdefghijk=",
            "pbkdf2_sha256$260000$",
        ),
        ("{SSHA}abcdefghijklmnopqrstuvwx", "{SSHA}"),
    ] {
        let stand_in = shown(Class::PasswordHash, value);
        assert!(
            stand_in.starts_with(kept) && stand_in.len() == value.len(),
            "{stand_in}"
        );
        assert_ne!(stand_in, value);
    }
}
