//! What stands for what: every stand-in of an invertible class leads back, and no two meet.
// tidy: table — values of every class, dirty ones among them.

use std::collections::HashMap;

use mask::{TransformKind, Treatment};
use model::{Class, Format};

use crate::{Dice, bind, found, stored, text};

/// Values as people and programs leave them in columns, valid or not.
#[rustfmt::skip]
const VALUES: &[(Class, &[&str])] = &[
    (Class::Email, &[
        "alice.smith@corp.org", "Alice.Smith@corp.org", "alice.smith@CORP.org", "a@b.org", "ab@c.de",
        "first+tag@sub.domain.co.uk", "x_y-z.1@t.io", "very.long.mailbox.name.of.somebody@gmail.com",
        "a.mailbox.longer.than.one.number.can.hold.ok.ok@an.even-longer.host.name.of.some.company.com",
        "müller@köln.de", "用户@例子.公司", "no address", "@corp.org", "alice@", "@", "a@b@c.org", "\"quoted name\"@x.org",
        "Alice Smith <alice@corp.org>", "mailto:a@b.org", "O'Brien@x.ie", " padded@x.org ", "aaaa@b.org", "aaaaa@b.org",
        "1@2.3", "0@0", "a@localhost", "a@[10.0.0.1]", "é@x.org", "ALICE@CORP.ORG",
    ]),
    (Class::Phone, &[
        "+49 151 2345-6789", "0151 23456789", "(415) 555-2671", "4155552671", "+1 415 555 2671", "14155552671",
        "0049 151 23456789", "+44 (0)20 7946 0958", "020 7946 0958", "911", "12", "ext. 12", "555-0199 ext 4", "+39 06 1234567",
        "+1 415 555 2671 x123", "unknown", "1", "0", "+86 138 1234 5678", "2025550123", "5550123", "٠١٢٣٤٥٦٧٨٩", "0000000",
    ]),
    (Class::CardNumber, &[
        "4111 1111 1111 1111", "4111111111111112", "378282246310005", "5555-5555-5555-4444", "6011000990139424",
        "4222222222222", "6304000000000000000", "4111", "none", "41111111111111111111",
    ]),
    (Class::Iban, &[
        "DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "NL91ABNA0417164300", "nl91abna0417164300",
        "DE00 3704 0044 0532 0130 00", "MT84MALT011000012345MTLCAST001S", "XX", "0532013000", "FR7630006000011234567890189",
    ]),
    (Class::BankAccount, &["0532013000", "12-34-56 12345678", "DE89370400440532013000", "2147483647", "2147483648", "7", "", "00012"]),
    (Class::NationalId, &[
        "123-45-6789", "123456789", "111.444.777-35", "12345678Z", "12345678A", "X1234567L", "AB123456C", "44051401359",
        "180126955222380", "9434765919", "111222333", "046-454-286", "00000000", "abc", "7", "ÄÖ123", "012345678",
    ]),
    (Class::MedicalId, &["MRN-00123456", "943 476 5919", "1EG4-TE5-MK73", "A123456780", "42"]),
    (Class::Passport, &["X1234567", "123456789", "C01X00T47", "L898902C<", "b1"]),
    (Class::PostalCode, &["SW1A 1AA", "94110", "94110-1234", "01067", "1010", "K1A 0B1", "100-0001", "N/A"]),
    (Class::Username, &[
        "alice_smith42", "Alice", "@alice", "al", "a", "7", "алиса", "Алиса_7", "山田太郎", "김철수", "Łukasz.Żak", "αλέξης",
        "user@corp.org", "x-", "straße", "İpek", "ﬁnn", "a-very-long-user-name-that-goes-on-1234567890-and-on", "---", "𝒶lice",
    ]),
    (Class::IpAddress, &[
        "93.184.216.34", "10.0.0.1", "2001:db8::1", "::ffff:93.184.216.34", "93.184.216.34/24", "8.8.8.8:53", "[2606:4700::1111]:443",
        "not an address", "300.1.1.1", "127.0.0.1",
    ]),
    (Class::MacAddress, &["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e", "02:42:ac:11:00:02", "zz:zz", "001a2b3c4d5e"]),
    (Class::BirthDate, &[
        "1980-05-17", "1980-05-05", "1980-02-29", "05/17/1980", "17/05/1980", "05/06/1980", "17.05.80", "1980/05/17",
        "1980-05-17 08:30:00", "1980-05-17T23:30:00+02:00", "1980-05-17T00:00:00.123Z", "19800517", "1980", "327369600", "-327369600",
        "327369600000", "29358", "3789", "-12", "17/05/1980 08:30", "17 September 1980", "Nov 3, 1980", "03-NOV-80", "17. August 1980",
    ]),
];

#[test]
fn every_stand_in_leads_back_and_none_is_its_own() {
    for (class, values) in VALUES {
        assert_eq!(
            TransformKind::of(*class),
            TransformKind::Invertible,
            "{class}"
        );
        let mut seen: HashMap<String, &str> = HashMap::new();
        for value in *values {
            let stand_in = text(*class, value);
            let found = found(*class, &stand_in);
            assert_eq!(found.as_deref(), Some(*value), "{class} {stand_in}");
            if let Some(other) = seen.insert(stand_in.clone(), value) {
                panic!("{class}: {other} and {value} share {stand_in}");
            }
        }
    }
    let keyed = [
        Class::Email,
        Class::Phone,
        Class::CardNumber,
        Class::Iban,
        Class::PostalCode,
    ];
    for (class, values) in VALUES.iter().filter(|(class, _)| keyed.contains(class)) {
        for value in values
            .iter()
            .filter(|value| value.chars().any(char::is_alphanumeric))
        {
            let is_zeros = value.chars().all(|c| c == '0' || !c.is_alphanumeric());
            assert!(
                is_zeros || text(*class, value) != **value,
                "{class} {value}"
            );
        }
    }
}

#[test]
fn real_values_and_nonsense_find_nothing() {
    for nothing in [
        "alice@corp.org",
        "alice",
        "",
        "@.example",
        "a@.example",
        "abc@zzz.example",
        "0@b.example",
        "1a@invalid.example",
    ] {
        let found = found(Class::Email, nothing).unwrap_or_default();
        assert!(!found.contains('@'), "{nothing} {found}");
    }
    for class in Class::ALL {
        let is_lossy = TransformKind::of(*class) == TransformKind::Lossy;
        let real = found(*class, "4111111111111111");
        assert!(!is_lossy || real.is_none(), "{class}");
        for nonsense in [
            "",
            " ",
            "\u{0}",
            "💥",
            "-",
            "@",
            ".example",
            "18446744073709551616",
        ] {
            let _ = found(*class, nonsense);
            let _ = text(*class, nonsense);
        }
    }
}

#[test]
fn random_values_of_every_shape_lead_back() {
    let mut dice = Dice(5);
    let alphabet: Vec<char> = "abcXYZ0129 .-_@+/:éßЖ字".chars().collect();
    for (class, _) in VALUES
        .iter()
        .filter(|(class, _)| *class != Class::BirthDate)
    {
        for _ in 0..300 {
            let length = dice.roll(24) + 1;
            let mut value: String = (0..length)
                .map(|_| alphabet[usize::try_from(dice.roll(alphabet.len() as u64)).unwrap()])
                .collect();
            if dice.roll(2) == 0 {
                let count = usize::try_from(dice.roll(20) + 1).unwrap();
                value = dice.digits(count);
            }
            // An address has more than one spelling; it leads back to the canonical one.
            if *class == Class::IpAddress && value.contains(':') {
                continue;
            }
            // Any twelve digits are a MAC address; those of groups are not undone.
            if *class == Class::MacAddress && value.len() == 12 {
                continue;
            }
            let stand_in = text(*class, &value);
            let found = found(*class, &stand_in);
            assert_eq!(found.as_deref(), Some(&*value), "{class} {stand_in}");
        }
    }
}

/// Class, type, modifier, text and, in hexadecimal, what the target writes in binary; nothing where
/// it is the text.
#[rustfmt::skip]
const CELLS: &[(Class, u32, i32, &str, &str)] = &[
    (Class::Phone, 20, -1, "15551234567", "000000039eed0207"),
    (Class::NationalId, 23, -1, "123456789", "075bcd15"),
    (Class::BankAccount, 23, -1, "2147483646", "7ffffffe"),
    (Class::PostalCode, 21, -1, "32000", "7d00"),
    (Class::PostalCode, 23, -1, "-94110", "fffe9062"),
    (Class::CardNumber, 1700, -1, "4111111111111111", "0004000300000000100f045704570457"),
    (Class::BirthDate, 1082, -1, "1980-05-17", "ffffe400"),
    (Class::BirthDate, 1114, -1, "1980-05-17 08:30:00", "fffdccc39166f200"),
    (Class::BirthDate, 1184, -1, "1980-05-17 08:30:00+00", "fffdccc39166f200"),
    (Class::BirthDate, 23, -1, "327369600", "13834380"),
    (Class::BirthDate, 20, -1, "327369600123", "0000004c38bfac7b"),
    (Class::IpAddress, 869, -1, "93.184.216.34", "022000045db8d822"),
    (Class::IpAddress, 650, -1, "93.184.216.0/24", "021801045db8d800"),
    (Class::MacAddress, 829, -1, "00:1a:2b:3c:4d:5e", "001a2b3c4d5e"),
    (Class::Username, 2950, -1, "6f1c1f7e-1234-4abc-8def-0123456789ab", "6f1c1f7e12344abc8def0123456789ab"),
    (Class::Email, 25, -1, "alice@corp.org", ""),
    (Class::Email, 1043, 44, "alice@corp.org", ""),
    (Class::Passport, 1042, 14, "X1234567  ", ""),
    (Class::Username, 19, -1, "alice", ""),
];

#[test]
fn cells_of_every_type_lead_back_in_both_formats() {
    for (class, type_oid, modifier, value, hex) in CELLS {
        let bytes = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
        let binary: Vec<u8> = bytes.map(Result::unwrap).collect();
        let binary = if binary.is_empty() {
            value.as_bytes()
        } else {
            &binary
        };
        for (format, cell) in [(Format::Text, value.as_bytes()), (Format::Binary, binary)] {
            let mut shown = Vec::new();
            bind(Treatment::Mask(*class), *type_oid, format, *modifier).apply(0, cell, &mut shown);
            assert_ne!(shown, cell, "{class} {type_oid} {format:?}");
            let found = stored(*class, (*type_oid, *modifier), format, &shown);
            let found = found.as_deref().map(<[u8]>::trim_ascii_end);
            assert_eq!(
                found,
                Some(cell.trim_ascii_end()),
                "{class} {type_oid} {format:?}"
            );
        }
    }
}
