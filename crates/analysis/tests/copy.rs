//! How the rows of a COPY to the client are written, by its options.
//!
//! Why: masking reads those rows. One taken for the header passes as it is, so a row is a header
//! only where PostgreSQL says so, in any spelling; what is not known is a gap and no header.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod fixture;

use analysis::Scene;
use model::{CopyForm, CopyShape, Limits};

/// The shape, and whether there was a gap.
fn shape(options: &str) -> (CopyShape, bool) {
    let catalog = std::sync::Arc::new(fixture::catalog());
    let limits = Limits::default();
    let none = |_: &str| None;
    let scene = Scene {
        catalog: &catalog,
        cursors: &none,
        declared: &[],
        limits: &limits,
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    let text = format!("COPY customers TO STDOUT {options}");
    let analysis = analysis::analyse(&text, &scene);
    let part = analysis.parts.first().unwrap();
    let has_gap = !part.effects.gaps.is_empty();
    (part.effects.copy.clone().unwrap(), has_gap)
}

#[test]
fn a_header_is_one_only_where_postgres_says_so() {
    for (options, has_header, has_gap) in [
        ("", false, false),
        ("CSV", false, false),
        ("CSV HEADER", true, false),
        ("(FORMAT csv, HEADER)", true, false),
        ("(HEADER true)", true, false),
        ("(HEADER 'True')", true, false),
        ("(HEADER ON)", true, false),
        ("(HEADER 1)", true, false),
        ("(HEADER false)", false, false),
        ("(HEADER 'FALSE')", false, false),
        ("(HEADER Off)", false, false),
        ("(HEADER 'OFF')", false, false),
        ("(HEADER \"OFF\")", false, false),
        ("(HEADER 0)", false, false),
        // PostgreSQL reads these as false, or not at all.
        ("(HEADER 00)", false, true),
        ("(HEADER +0)", false, true),
        ("(HEADER match)", false, true),
        ("(HEADER 'no')", false, true),
        ("(HEADER '')", false, true),
    ] {
        let (shape, gap) = shape(options);
        assert_eq!((shape.has_header, gap), (has_header, has_gap), "{options}");
    }
}

#[test]
fn forms_and_their_marks() {
    for (options, form, marks, null) in [
        ("", CopyForm::Text, "\t\"\"", "\\N"),
        ("CSV", CopyForm::Csv, ",\"\"", ""),
        ("BINARY", CopyForm::Binary, "\t\"\"", "\\N"),
        ("(NULL E'x\\\\')", CopyForm::Text, "\t\"\"", "x\\"),
        ("(FORMAT csv, QUOTE '''')", CopyForm::Csv, ",''", ""),
        (
            "(FORMAT csv, ESCAPE '\\', DELIMITER ';')",
            CopyForm::Csv,
            ";\"\\",
            "",
        ),
        (
            "CSV DELIMITER AS ';' NULL AS 'nil'",
            CopyForm::Csv,
            ";\"\"",
            "nil",
        ),
    ] {
        let (shape, has_gap) = shape(options);
        let came: String = [shape.delimiter, shape.quote, shape.escape]
            .map(char::from)
            .iter()
            .collect();
        let wanted = (form, marks, null, false);
        assert_eq!(
            (shape.form, came.as_str(), shape.null.as_str(), has_gap),
            wanted,
            "{options}"
        );
    }
}
