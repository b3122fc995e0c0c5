//! COPY rows come out as row-wise masking would show them, however the stream is cut.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use mask::{Column, CopyMasker, Keys, PartPlan, Plan, PlannedColumn, RowPlan, Treatment};
use model::{Class, CopyForm, CopyShape, Format};

/// Bytes a row may have before its end comes.
const MOST: usize = 1 << 10;

fn plan(format: Format) -> RowPlan {
    let planned = |treatment| PlannedColumn {
        origin: None,
        treatment,
        type_oid: Some(25),
    };
    let treatments = [
        Treatment::Pass,
        Treatment::Mask(Class::Email),
        Treatment::Blank,
    ];
    let columns = Some(treatments.map(planned).to_vec());
    let part = PartPlan {
        columns,
        ..PartPlan::default()
    };
    let column = Column {
        format,
        modifier: -1,
        type_oid: 0,
    };
    let keys = Arc::new(Keys::from_root(&[42; 32]));
    Plan::new(keys, vec![part]).bind(0, &[column; 3]).unwrap()
}

fn shape(form: CopyForm) -> CopyShape {
    let (delimiter, null) = if form == CopyForm::Csv {
        (b',', "")
    } else {
        (b'\t', "\\N")
    };
    CopyShape {
        delimiter,
        escape: b'"',
        form,
        has_header: false,
        null: null.to_owned(),
        quote: b'"',
    }
}

fn email(value: &str) -> String {
    let mut out = Vec::new();
    plan(Format::Text).apply(1, value.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

/// Feeds the stream cut at pseudo-random places: what came out, whether the stream was broken, and
/// how many cells were masked.
fn run(form: CopyForm, stream: &[u8], seed: usize) -> (Vec<u8>, bool, u64) {
    run_as(&shape(form), stream, seed)
}

fn run_as(shape: &CopyShape, stream: &[u8], seed: usize) -> (Vec<u8>, bool, u64) {
    let format = if shape.form == CopyForm::Binary {
        Format::Binary
    } else {
        Format::Text
    };
    let mut masker = CopyMasker::new(plan(format), shape, MOST);
    let (mut out, mut rest, mut step, mut cells) = (Vec::new(), stream, seed, 0);
    while !rest.is_empty() {
        step = (step * 31 + 7) % 101;
        let (chunk, tail) = rest.split_at(rest.len().min(1 + step % (seed + 1)));
        cells += masker.feed(chunk, &mut out);
        rest = tail;
    }
    cells += masker.finish(&mut out);
    (out, masker.is_broken(), cells)
}

#[test]
fn text_and_csv_rows() {
    let (a, odd) = (email("a@b.org"), email("we\tird\\x@b.org"));
    let text = "1\ta@b.org\tx\n2\\tz\t\\N\t\\N\n3\twe\\tird\\\\x@b.org\ty\n";
    let text_shown = format!("1\t{a}\t****\n2\\tz\t\\N\t****\n3\t{odd}\t****\n");
    let csv = "1,a@b.org,x\n\"2\n,\"\"z\",,\n3,\"a@b.org\",\"li\nne\"\n";
    let csv_shown = format!("1,{a},****\n\"2\n,\"\"z\",,****\n3,\"{a}\",****\n");
    for seed in 0..40 {
        assert_eq!(
            run(CopyForm::Text, text.as_bytes(), seed),
            (text_shown.clone().into_bytes(), false, 5)
        );
        assert_eq!(
            run(CopyForm::Csv, csv.as_bytes(), seed),
            (csv_shown.clone().into_bytes(), false, 5)
        );
    }
}

#[test]
fn binary_rows() {
    let field = |value: Option<&str>| match value {
        Some(value) => [
            &i32::try_from(value.len()).unwrap().to_be_bytes(),
            value.as_bytes(),
        ]
        .concat(),
        None => (-1_i32).to_be_bytes().to_vec(),
    };
    let stream = |email: &str, blank: &str, null: Option<&str>| {
        let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
        for row in [
            [Some("1"), Some(email), Some(blank)],
            [Some("2"), None, null],
        ] {
            bytes.extend([0, 3]);
            bytes.extend(row.iter().flat_map(|value| field(*value)));
        }
        bytes.extend([0xff, 0xff]);
        bytes
    };
    let wanted = stream(&email("a@b.org"), "****", Some("****"));
    for seed in 0..40 {
        assert_eq!(
            run(CopyForm::Binary, &stream("a@b.org", "x", None), seed),
            (wanted.clone(), false, 3)
        );
    }
}

#[test]
fn what_is_no_row_is_not_shown() {
    // A row of that length would be whole only beyond the bound.
    let endless = format!("1\ta@b.org\t{}\n", "x".repeat(2 * MOST)).replace('\n', "");
    for (form, stream) in [
        (CopyForm::Text, "1\ta@b.org\n"),
        (CopyForm::Text, "1\ta@b.org\tx\tsurplus\n"),
        (CopyForm::Csv, "1,\"a@b.org,x\n"),
        (CopyForm::Binary, "NOTACOPYSTREAM AT ALL"),
        (CopyForm::Text, "\\.\n"),
        (CopyForm::Text, endless.as_str()),
        (CopyForm::Csv, endless.as_str()),
    ] {
        let (out, is_broken, _) = run(form, stream.as_bytes(), 5);
        assert_eq!(
            (String::from_utf8(out).unwrap(), is_broken),
            (String::new(), true),
            "{stream}"
        );
    }
}

#[test]
fn a_header_row_passes() {
    let shape = CopyShape {
        has_header: true,
        ..shape(CopyForm::Csv)
    };
    let mut masker = CopyMasker::new(plan(Format::Text), &shape, MOST);
    let mut out = Vec::new();
    masker.feed(b"id,email,note\n1,a@b.org,x\n", &mut out);
    let wanted = format!("id,email,note\n1,{},****\n", email("a@b.org"));
    assert_eq!(String::from_utf8(out).unwrap(), wanted);
}

#[test]
fn a_blanked_column_says_nothing_of_its_cells() {
    let nulls = ["\\N", "", "nil", "****", "\\.", "\\\\"];
    let values = ["x", "", "****", "a,b", "\"", "NULL", "a\tb", "\r\n", "\\."];
    for form in [CopyForm::Binary, CopyForm::Csv, CopyForm::Text] {
        for null in nulls {
            let shape = CopyShape {
                null: null.to_owned(),
                ..shape(form)
            };
            let wanted = run_as(&shape, &written(&shape, None), 3);
            assert!(!wanted.0.is_empty() && !wanted.1, "{form:?} {null}");
            for value in values {
                let came = run_as(&shape, &written(&shape, Some(value)), 3);
                assert_eq!(came, wanted, "{form:?} {null} {value:?}");
            }
        }
    }
}

/// One row as PostgreSQL writes it, its last cell as given.
fn written(shape: &CopyShape, cell: Option<&str>) -> Vec<u8> {
    let special =
        |cell: &str| cell == shape.null || cell == "\\." || cell.contains([',', '"', '\n', '\r']);
    match (shape.form, cell) {
        (CopyForm::Binary, _) => {
            let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\x03".to_vec();
            bytes.extend(b"\0\0\0\x011\0\0\0\x07a@b.org");
            let length = cell.map_or(-1, |cell| i32::try_from(cell.len()).unwrap());
            bytes.extend(length.to_be_bytes());
            bytes.extend(cell.unwrap_or_default().bytes());
            bytes.extend([0xff, 0xff]);
            bytes
        }
        (CopyForm::Csv, Some(cell)) if special(cell) => {
            format!("1,a@b.org,\"{}\"\n", cell.replace('"', "\"\"")).into_bytes()
        }
        (CopyForm::Csv, cell) => {
            format!("1,a@b.org,{}\n", cell.unwrap_or(&shape.null)).into_bytes()
        }
        (CopyForm::Text, cell) => {
            let escaped = |cell: &str| {
                let cell = cell.replace('\\', "\\\\").replace('\t', "\\t");
                cell.replace('\n', "\\n").replace('\r', "\\r")
            };
            let cell = cell.map_or(shape.null.clone(), escaped);
            format!("1\ta@b.org\t{cell}\n").into_bytes()
        }
    }
}

#[test]
fn a_null_that_swallows_its_delimiter_is_no_shape() {
    for (null, is_broken) in [
        ("x\\", true),
        ("\\\\\\", true),
        ("x\\\\", false),
        ("\\N", false),
    ] {
        let shape = CopyShape {
            null: null.to_owned(),
            ..shape(CopyForm::Text)
        };
        let masker = CopyMasker::new(plan(Format::Text), &shape, MOST);
        assert_eq!(masker.is_broken(), is_broken, "{null}");
    }
}

/// Values of every kind that a COPY has been seen to write, and none that it escapes.
const CELLS: &[(Class, &str)] = &[
    (Class::BankAccount, "DE89 3704 0044 0532 0130 00"),
    (Class::BirthDate, "1980-05-17"),
    (Class::CardNumber, "4111-1111-1111-1111"),
    (Class::Email, "alice.smith@corp.org"),
    (Class::FullName, "Ada Lovelace"),
    (Class::Iban, "DE89370400440532013000"),
    (Class::Iban, "GB82 WEST 1234 5698 7654 32"),
    (Class::Iban, "FR1420041010050500013M02606"),
    (Class::NationalId, "111.444.777-35"),
    (Class::Phone, "+49 151 2345-6789"),
    (Class::PostalCode, "SW1A 1AA"),
];

#[test]
fn every_form_shows_the_stand_in_that_a_result_shows() {
    let one = |class, type_oid, format, modifier| {
        let planned = PlannedColumn {
            origin: None,
            treatment: Treatment::Mask(class),
            type_oid: Some(type_oid),
        };
        let part = PartPlan {
            columns: Some(vec![planned]),
            ..PartPlan::default()
        };
        let column = Column {
            format,
            modifier,
            type_oid: if modifier == 0 { 0 } else { type_oid },
        };
        let keys = Arc::new(Keys::from_root(&[42; 32]));
        Plan::new(keys, vec![part]).bind(0, &[column]).unwrap()
    };
    for (class, value) in CELLS {
        for type_oid in [25, 1042, 1043] {
            for format in [Format::Text, Format::Binary] {
                let mut wanted = Vec::new();
                one(*class, type_oid, format, 68).apply(0, value.as_bytes(), &mut wanted);
                for form in [CopyForm::Text, CopyForm::Csv] {
                    let copied = one(*class, type_oid, Format::Text, 0);
                    let mut masker = CopyMasker::new(copied, &shape(form), MOST);
                    let mut out = Vec::new();
                    masker.feed(format!("{value}\n").as_bytes(), &mut out);
                    assert_eq!(out, [&wanted[..], b"\n"].concat(), "{class} {value}");
                }
            }
        }
    }
}
