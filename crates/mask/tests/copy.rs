//! COPY rows come out as row-wise masking would show them, however the stream is cut.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use mask::{Column, CopyMasker, Keys, PartPlan, Plan, PlannedColumn, RowPlan, Treatment};
use model::{Class, CopyForm, CopyShape, Format};

fn plan(format: Format) -> RowPlan {
    let planned = |treatment| PlannedColumn {
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

/// Feeds the stream cut at pseudo-random places.
fn run(form: CopyForm, stream: &[u8], seed: usize) -> (Vec<u8>, bool) {
    let format = if form == CopyForm::Binary {
        Format::Binary
    } else {
        Format::Text
    };
    let mut masker = CopyMasker::new(plan(format), &shape(form));
    let (mut out, mut rest, mut step) = (Vec::new(), stream, seed);
    while !rest.is_empty() {
        step = (step * 31 + 7) % 101;
        let (chunk, tail) = rest.split_at(rest.len().min(1 + step % (seed + 1)));
        masker.feed(chunk, &mut out);
        rest = tail;
    }
    masker.finish(&mut out);
    (out, masker.is_broken())
}

#[test]
fn text_and_csv_rows() {
    let (a, odd) = (email("a@b.org"), email("we\tird\\x@b.org"));
    let text = "1\ta@b.org\tx\n2\\tz\t\\N\t\\N\n3\twe\\tird\\\\x@b.org\ty\n";
    let text_shown = format!("1\t{a}\t****\n2\\tz\t\\N\t\\N\n3\t{odd}\t****\n");
    let csv = "1,a@b.org,x\n\"2\n,\"\"z\",,\n3,\"a@b.org\",\"li\nne\"\n";
    let csv_shown = format!("1,{a},****\n\"2\n,\"\"z\",,\n3,\"{a}\",\"****\"\n");
    for seed in 0..40 {
        assert_eq!(
            run(CopyForm::Text, text.as_bytes(), seed),
            (text_shown.clone().into_bytes(), false)
        );
        assert_eq!(
            run(CopyForm::Csv, csv.as_bytes(), seed),
            (csv_shown.clone().into_bytes(), false)
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
    let stream = |email: &str, blank: &str| {
        let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
        for row in [
            [Some("1"), Some(email), Some(blank)],
            [Some("2"), None, None],
        ] {
            bytes.extend([0, 3]);
            bytes.extend(row.iter().flat_map(|value| field(*value)));
        }
        bytes.extend([0xff, 0xff]);
        bytes
    };
    let wanted = stream(&email("a@b.org"), "****");
    for seed in 0..40 {
        assert_eq!(
            run(CopyForm::Binary, &stream("a@b.org", "x"), seed),
            (wanted.clone(), false)
        );
    }
}

#[test]
fn what_is_no_row_is_not_shown() {
    for (form, stream) in [
        (CopyForm::Text, "1\ta@b.org\n"),
        (CopyForm::Text, "1\ta@b.org\tx\tsurplus\n"),
        (CopyForm::Csv, "1,\"a@b.org,x\n"),
        (CopyForm::Binary, "NOTACOPYSTREAM AT ALL"),
    ] {
        let (out, is_broken) = run(form, stream.as_bytes(), 5);
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
    let mut masker = CopyMasker::new(plan(Format::Text), &shape);
    let mut out = Vec::new();
    masker.feed(b"id,email,note\n1,a@b.org,x\n", &mut out);
    let wanted = format!("id,email,note\n1,{},****\n", email("a@b.org"));
    assert_eq!(String::from_utf8(out).unwrap(), wanted);
}
