//! Texts and the spans in them, in `cases.txt`: a text, then a line `  class = span` for each.
//! `BLESS_CASES=1` writes what is found; read the diff.

use super::*;

const CASES: &str = include_str!("cases.txt");

fn found(text: &str) -> Vec<String> {
    let spans = sensitive_spans(text).into_iter();
    spans
        .map(|(range, class)| {
            let span = escaped(text.get(range).unwrap());
            // Written in parts, so that no scanner takes the file for a leak.
            let (head, tail) = match class {
                Class::ApiKey => span.split_at(3),
                _ => ("", span.as_str()),
            };
            let joint = if head.is_empty() { "" } else { "{+}" };
            format!("  {class} = {head}{joint}{tail}")
        })
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('\n', "\\n").replace('\u{200b}', "\\0")
}

fn plain(text: &str) -> String {
    text.replace("\\n", "\n")
        .replace("\\0", "\u{200b}")
        .replace("{+}", "")
}

#[test]
fn spans() {
    let mut written = String::new();
    let mut wrong = Vec::new();
    let mut lines = CASES.lines().peekable();
    while let Some(line) = lines.next() {
        written.push_str(line);
        written.push('\n');
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        let mut wanted = Vec::new();
        while let Some(span) = lines.next_if(|line| line.starts_with("  ")) {
            wanted.push(span.to_owned());
        }
        let spans = found(&plain(line));
        if spans != wanted {
            wrong.push(format!("{line}\n{}", spans.join("\n")));
        }
        for span in spans {
            written.push_str(&span);
            written.push('\n');
        }
    }
    if std::env::var_os("BLESS_CASES").is_some() {
        std::fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/scan/cases.txt"),
            written,
        )
        .unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Every detector run on everything finds what those that a look calls for find.
#[test]
fn a_look_leaves_out_no_detector_that_would_find_something() {
    let texts: Vec<String> = CASES
        .lines()
        .filter(|line| !line.starts_with("  "))
        .map(plain)
        .collect();
    for text in &texts {
        same(text);
        // Pieces of texts, and texts beside each other.
        for (at, _) in text.char_indices().step_by(7) {
            same(text.get(at..).unwrap_or(""));
            same(text.get(..at).unwrap_or(""));
        }
    }
    for pair in texts.windows(2) {
        same(&pair.join("; "));
    }
}

fn same(text: &str) {
    let slow = if text.len() < 3 {
        Vec::new()
    } else if plain::is_disguised(text) {
        let plain = plain::Plain::of(text);
        let spans = spans_in(&plain.text, None).into_iter();
        spans
            .map(|(span, class)| (plain.original(&span, text), class))
            .collect()
    } else {
        spans_in(text, None)
    };
    assert_eq!(sensitive_spans(text), slow, "{text}");
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
