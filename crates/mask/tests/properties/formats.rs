//! Text and binary, every type, and what cannot be bound.

use std::sync::Arc;

use mask::{Column, Origin, Own, PartPlan, Plan, PlannedColumn, Treatment, Unmaskable};
use model::{Class, Format};

use crate::{bind, keys, shown};

/// A cell of a type in both formats.
fn binary(oid: u32, value: &str) -> Vec<u8> {
    match oid {
        20 => value.parse::<i64>().unwrap().to_be_bytes().to_vec(),
        23 => value.parse::<i32>().unwrap().to_be_bytes().to_vec(),
        701 => value.parse::<f64>().unwrap().to_be_bytes().to_vec(),
        1082 => vec![0xff, 0xff, 0xe4, 0x0a],
        869 => [&[2, 32, 0, 4], &[93, 184, 216, 34][..]].concat(),
        829 => vec![0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e],
        3802 => [&[1], value.as_bytes()].concat(),
        _ => value.as_bytes().to_vec(),
    }
}

#[test]
fn text_and_binary_agree() {
    for (class, oid, value) in [
        (Class::Phone, 20, "15551234567"),
        (Class::NationalId, 23, "123456789"),
        (Class::Geo, 701, "52.520008"),
        (Class::BirthDate, 1082, "1980-05-17"),
        (Class::IpAddress, 869, "93.184.216.34"),
        (Class::MacAddress, 829, "00:1a:2b:3c:4d:5e"),
        (Class::Json, 3802, r#"{"email":"a@b.org"}"#),
        (Class::Email, 25, "a@b.org"),
    ] {
        let wanted = shown(class, oid, -1, value);
        let mut out = Vec::new();
        bind(Treatment::Mask(class), oid, Format::Binary, -1).apply(
            0,
            &binary(oid, value),
            &mut out,
        );
        match oid {
            1082 => {
                let day = i64::from(i32::from_be_bytes(out.try_into().unwrap()));
                // 1980-01-01 is 7305 days before 2000-01-01.
                assert!((0..366).contains(&(day + 7305)) && wanted.starts_with("1980-"));
            }
            869 => assert_eq!(
                out[4..]
                    .iter()
                    .map(u8::to_string)
                    .collect::<Vec<_>>()
                    .join("."),
                wanted
            ),
            829 => assert_eq!(
                out.iter()
                    .map(|b| format!("{b:02x}"))
                    .collect::<Vec<_>>()
                    .join(":"),
                wanted
            ),
            _ => assert_eq!(out, binary(oid, &wanted), "{class}"),
        }
    }
}

const OIDS: &[(u32, &str)] = &[
    (16, "t"),
    (17, "\\x0102"),
    (18, "a"),
    (19, "alice"),
    (20, "123"),
    (21, "7"),
    (23, "42"),
    (25, "alice"),
    (26, "9"),
    (114, "{\"a\":1}"),
    (142, "<a/>"),
    (600, "(1.5,2)"),
    (650, "10.0.0.0/8"),
    (700, "1.5"),
    (701, "2.5"),
    (790, "$1.00"),
    (829, "00:1a:2b:3c:4d:5e"),
    (869, "8.8.8.8"),
    (1042, "ab  "),
    (1043, "ab"),
    (1082, "1980-05-17"),
    (1083, "08:30:00"),
    (1114, "1980-05-17 08:30:00"),
    (1184, "1980-05-17 08:30:00+02"),
    (1186, "1 day"),
    (1266, "08:30:00+02"),
    (1700, "12.50"),
    (2950, "6f1c1f7e-0000-4000-8000-0123456789ab"),
    (3802, "{\"a\": 1}"),
    (1009, "{a,b}"),
    (1007, "{1,2}"),
    (2951, "{}"),
    (1231, "{1.5,NULL}"),
];

#[test]
fn every_class_in_every_type_says_something() {
    for (oid, value) in OIDS {
        for class in Class::ALL {
            let stand_in = shown(*class, *oid, -1, value);
            assert!(!stand_in.is_empty(), "{class} {oid}");
        }
        let mut blank = Vec::new();
        bind(Treatment::Blank, *oid, Format::Text, -1).apply(0, value.as_bytes(), &mut blank);
        assert!(!blank.is_empty(), "{oid}");
    }
}

#[test]
fn a_blank_is_one_constant_and_hides_null() {
    for (oid, value) in OIDS {
        for format in [Format::Binary, Format::Text] {
            let plan = bind(Treatment::Blank, *oid, format, -1);
            assert!(plan.blanks(0) && plan.touches(0), "{oid}");
            let blank = |cell: &[u8]| {
                let mut out = Vec::new();
                plan.apply(0, cell, &mut out);
                out
            };
            let wanted = blank(b"");
            for cell in [value.as_bytes(), b"NULL", b"\0\0\0\x01", &[0xff; 64]] {
                assert_eq!(blank(cell), wanted, "{oid} {format:?}");
            }
        }
    }
    for treatment in [
        Treatment::Mask(Class::Email),
        Treatment::Pass,
        Treatment::Scan,
    ] {
        assert!(
            !bind(treatment, 25, Format::Text, -1).blanks(0),
            "{treatment:?}"
        );
    }
}

#[test]
fn binding_fails_closed() {
    let part = |treatment| PartPlan {
        columns: Some(vec![PlannedColumn {
            origin: None,
            treatment,
            type_oid: Some(25),
        }]),
        ..PartPlan::default()
    };
    let column = |type_oid, format| Column {
        format,
        modifier: -1,
        type_oid,
    };
    let plan = Plan::new(
        keys(),
        vec![part(Treatment::Mask(Class::Email)), part(Treatment::Pass)],
    );
    let text = Format::Text;
    assert_eq!(plan.bind(0, &[]).err(), Some(Unmaskable::Changed));
    assert_eq!(
        plan.bind(0, &[column(23, text)]).err(),
        Some(Unmaskable::Changed)
    );
    assert_eq!(
        plan.bind(2, &[column(25, text)]).err(),
        Some(Unmaskable::Changed)
    );
    assert!(plan.bind(1, &[column(23, text)]).unwrap().is_clean());
    assert!(
        plan.bind(0, &[column(0, text)]).unwrap().touches(0),
        "COPY: the type foreseen"
    );
    let unknown = PartPlan {
        columns: Some(vec![PlannedColumn {
            origin: None,
            treatment: Treatment::Blank,
            type_oid: None,
        }]),
        ..PartPlan::default()
    };
    let plan = Plan::new(keys(), vec![unknown]);
    for (oid, format) in [
        (99_999, Format::Binary),
        (99_999, text),
        (2249, Format::Binary),
        (3615, text),
    ] {
        let rows = plan.bind(0, &[column(oid, format)]).unwrap();
        assert!(rows.nulls(0) && rows.touches(0), "{oid} {format:?}");
        let mut shown = Vec::new();
        rows.apply(0, b"a@example.com", &mut shown);
        assert!(shown.is_empty(), "{oid} {format:?}");
    }
    assert!(
        Plan::clean(keys())
            .bind(7, &[column(25, text)])
            .unwrap()
            .is_clean()
    );
}

/// A value in text and in binary, of a type that is not the server's own.
fn both(own: &Own, class: Class, text: &[u8], binary: &[u8]) -> (String, Vec<u8>) {
    let shown = |format, cell: &[u8]| {
        let origin = Origin::new("customers", "extra", Some(own.clone()));
        let planned = PlannedColumn {
            origin: Some(Arc::new(origin)),
            treatment: Treatment::Mask(class),
            type_oid: Some(90_000),
        };
        let part = PartPlan {
            columns: Some(vec![planned]),
            ..PartPlan::default()
        };
        let column = Column {
            format,
            modifier: -1,
            type_oid: 90_000,
        };
        let rows = Plan::new(keys(), vec![part]).bind(0, &[column]).unwrap();
        assert!(!rows.nulls(0));
        let mut out = Vec::new();
        rows.apply(0, cell, &mut out);
        out
    };
    let text = shown(Format::Text, text);
    (
        String::from_utf8(text).unwrap(),
        shown(Format::Binary, binary),
    )
}

/// Lengths before what they are the lengths of.
fn counted(head: &[i32], items: &[(&[i32], Option<&str>)]) -> Vec<u8> {
    let mut bytes: Vec<u8> = head.iter().flat_map(|n| n.to_be_bytes()).collect();
    for (before, item) in items {
        bytes.extend(before.iter().flat_map(|n| n.to_be_bytes()));
        let length = item.map_or(-1, |item| i32::try_from(item.len()).unwrap());
        bytes.extend(length.to_be_bytes());
        bytes.extend(item.unwrap_or_default().as_bytes());
    }
    bytes
}

#[test]
fn stores_and_strings_of_an_extension_keep_their_form() {
    let (text, binary) = both(
        &Own::Store,
        Class::FreeText,
        br#""name"=>"Zofia Nowak", "tier"=>"gold", "x"=>NULL"#,
        &counted(
            &[3],
            &[
                (&[], Some("name")),
                (&[], Some("Zofia Nowak")),
                (&[], Some("tier")),
                (&[], Some("gold")),
                (&[], Some("x")),
                (&[], None),
            ],
        ),
    );
    assert!(text.ends_with(r#""tier"=>"gold", "x"=>NULL"#), "{text}");
    let name = text.split('"').nth(3).unwrap();
    assert!(name != "Zofia Nowak" && name.contains(' '), "{text}");
    let wanted = [
        (&[][..], Some("name")),
        (&[], Some(name)),
        (&[], Some("tier")),
        (&[], Some("gold")),
        (&[], Some("x")),
        (&[], None),
    ];
    assert_eq!(binary, counted(&[3], &wanted));
    let (text, binary) = both(&Own::Text, Class::Email, b"a@b.org", b"a@b.org");
    assert_eq!(text.as_bytes(), binary);
}

#[test]
fn rows_as_values_are_shown_field_by_field() {
    let field = |treatment, oid| {
        let planned = PlannedColumn {
            origin: None,
            treatment,
            type_oid: Some(oid),
        };
        (planned, -1)
    };
    let fields = [
        field(Treatment::Mask(Class::Email), 25),
        field(Treatment::Pass, 23),
        field(Treatment::Mask(Class::Phone), 25),
        field(Treatment::Mask(Class::FullName), 90_001),
    ];
    let (text, binary) = both(
        &Own::Record(fields.into()),
        Class::Email,
        br#"(a@b.org,7,,"x ""y"" z")"#,
        &counted(
            &[4],
            &[
                (&[25], Some("a@b.org")),
                (&[23], Some("1234")),
                (&[25], None),
                (&[90_001], Some("x")),
            ],
        ),
    );
    let mail = text.trim_matches(['(', ')']).split(',').next().unwrap();
    // A string to whoever planned it in text, and of no form that we know in binary.
    assert!(
        text.contains(".example,7,,\"") && !text.contains("x \"\"y"),
        "{text}"
    );
    let wanted: [(&[i32], _); 4] = [
        (&[25], Some(mail)),
        (&[23], Some("1234")),
        (&[25], None),
        (&[90_001], None),
    ];
    assert_eq!(binary, counted(&[4], &wanted));
}
