//! Identifiers of every kind we know: a stand-in is one of the same kind, and leads back.

use std::collections::BTreeMap;

use mask::formats::{self, named};
use model::Class;

use crate::{found, shown, text};

const VECTORS: &str = include_str!("../../src/formats/vectors.txt");

/// The valid examples, by their kind's name.
fn examples() -> impl Iterator<Item = (formats::Kind, String)> {
    VECTORS.lines().filter_map(|line| {
        let (name, value) = line.split_once(" +")?;
        // Hardly any number begins so: its zeros are no part of it.
        let is_low = value.starts_with("000");
        (!is_low).then_some((named(name)?, value.replace("\\n", "\n")))
    })
}

#[test]
fn stand_ins_are_of_the_same_kind_and_lead_back() {
    let mut failed: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (kind, value) in examples() {
        let stand_in = text(kind.class, &value);
        assert_ne!(stand_in, value, "{}", kind.name);
        assert_eq!(
            stand_in.chars().count(),
            value.chars().count(),
            "{}",
            kind.name
        );
        let count = failed.entry(kind.name).or_default();
        count.0 += 1;
        if kind.name == "mrz" {
            continue;
        }
        count.1 += u32::from(!formats::holds(kind, &stand_in));
        if kind.class != Class::CryptoWallet {
            let found = found(kind.class, &stand_in);
            assert_eq!(found.as_deref(), Some(&*value), "{} {stand_in}", kind.name);
        }
    }
    // A number that proves more than two kinds by accident keeps the two surest.
    let all: u32 = failed.values().map(|(count, _)| count).sum();
    let missed: u32 = failed.values().map(|(_, missed)| missed).sum();
    assert!(missed * 20 < all, "{missed} of {all}: {failed:?}");
    for (name, (_, missed)) in &failed {
        let is_sure = named(name).unwrap().odds >= 100;
        assert!(!is_sure || *missed == 0, "{name}");
    }
    assert!(examples().count() > 100);
}

/// A number column loses leading zeros and separators.
#[test]
fn numbers_agree_with_texts() {
    for (class, written, number) in [
        (Class::NationalId, "012-34-5678", "12345678"),
        (Class::NationalId, "001-23-4567", "1234567"),
        (Class::NationalId, "123-45-6789", "123456789"),
        (Class::Phone, "+49 151 2345-6789", "4915123456789"),
        (Class::CardNumber, "4111-1111 1111 1111", "4111111111111111"),
        (Class::DeviceId, "49-015420-323751-8", "490154203237518"),
    ] {
        let bare = |text: &str| -> String {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.trim_start_matches('0').to_owned()
        };
        for oid in [20, 1700, 25] {
            let wanted = bare(&shown(class, oid, -1, number));
            assert_eq!(
                bare(&text(class, written)),
                wanted,
                "{class} {written} {oid}"
            );
        }
    }
}
