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
    assert_eq!(
        sensitive_spans(text),
        sensitive_spans_slowly(text),
        "{text}"
    );
}

#[test]
fn json_keeps_its_shape() {
    let keys = Keys::from_root(&[1; 32]);
    let text = r#"{ "a": [1, 2.50, true, null], "note": "x\ny", "phone": 15551234567,
        "user": {"name": "Alice", "a@b.org": {}}, "inner": "{\"ssn\":\"123-45-6789\"}" }"#;
    let shown = json::scrub(&keys, Within::default(), None, text).unwrap();
    assert!(
        shown.starts_with(r#"{ "a": [1, 2.50, true, null], "note": "x\ny", "phone": "#),
        "{shown}"
    );
    for secret in ["15551234567", "Alice", "a@b.org", "123-45-6789"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    serde_json::from_str::<serde_json::Value>(&shown).unwrap();
    assert_eq!(json::scrub(&keys, Within::default(), None, "{oops"), None);
}

/// A document, what must not be left of it, what must be.
#[rustfmt::skip]
const DOCUMENTS: &[(&str, &[&str], &[&str])] = &[
    (r#"{"card": {"number": "4111111111111111", "cvc": "123", "holder": "Yassin Julien"}, "amount": {"value": 12.5, "currency": "EUR"}, "country": "FR"}"#,
        &["4111111111111111", "123", "Yassin", "Julien"], &["12.5", "EUR", "\"FR\"", "\"holder\""]),
    (r#"[{"mail": "a@b.org", "seat": "1A", "guest": "Danielle Moss"}, {"seat": "2B", "guest": "Kyle Chavez"}]"#,
        &["a@b.org", "Danielle", "Moss", "Kyle"], &["1A", "2B"]),
    (r#"{"op": "update", "field": "email", "old": "x@y.org", "new": "z@y.org", "changed": ["address_line1", "full_name"]}"#,
        &["x@y.org", "z@y.org"], &["update", "\"field\": \"email\"", "address_line1", "full_name"]),
    (r#"{"name": "Anna desk lamp", "colour": "white", "dims": [63, 40, 12], "ean": "4475364364760", "firmware": "10.4.2.1", "made": "2023-04-01"}"#,
        &[], &["Anna desk lamp", "white", "4475364364760", "10.4.2.1", "2023-04-01"]),
    (r#"{"event": "user.updated", "payload": "{\"email\": \"a@b.org\", \"name\": \"Lucia Baudry\", \"plan\": \"pro\"}"}"#,
        &["a@b.org", "Lucia", "Baudry"], &["user.updated", "pro"]),
    (r#"{"name": "Lucia Baudry", "phone": 33612345678, "plan": "pro", "logins": 605, "ok": true, "none": null}"#,
        &["Lucia", "33612345678"], &["\"pro\"", "605", "true", "null"]),
    (r#"{"alice@b.org": 3, "Maria Gonzalez": {"x": 1}}"#, &["alice@b.org", "Maria"], &["3", "\"x\": 1"]),
    ("{\"email\": \"a@b.org\"}\n{\"email\": \"c@d.org\"}\n", &["a@b.org", "c@d.org"], &["}\n{"]),
    (r#"<customer id="0"><name>Yassin Julien</name><mail>a@b.org</mail><tier>gold</tier><note>call &amp; ask Maria Gonzalez</note></customer>"#,
        &["Yassin", "a@b.org", "Maria"], &["<customer id=\"0\">", "<tier>gold</tier>", "&amp;"]),
    (r#"<user email="a@b.org" role='admin'><!-- a@b.org --><![CDATA[a@b.org]]></user>"#, &["a@b.org"], &["role='admin'"]),
    (r#""tier"=>"gold", "email"=>"a@b.org", "phone"=>"+33621718809", "x"=>NULL"#,
        &["a@b.org", "+33621718809"], &["\"tier\"=>\"gold\"", "\"x\"=>NULL"]),
    ("bWFpbCBhbGljZUBleGFtcGxlLm9yZyBub3c=", &["bWFpbCBhbGljZUBleGFtcGxlLm9yZyBub3c="], &[]),
    ("6d61696c20616c696365406578616d706c652e6f7267", &["6d61696c20616c696365406578616d706c652e6f7267"], &[]),
    ("blob bWFpbCBhbGljZUBleGFtcGxlLm9yZyBub3c= end", &["bWFpbCBhbGljZUBleGFtcGxlLm9yZyBub3c="], &["blob ", " end"]),
    ("/search?email=a%40b.org&page=2&token=abcdef123456", &["a%40b.org", "abcdef123456"], &["page=2"]),
    ("id,name,mail\n7,\"Gonzalez, Maria\",a@b.org", &["Gonzalez", "a@b.org"], &["id,name,mail\n7,"]),
];

#[test]
fn documents_are_walked() {
    let keys = Keys::from_root(&[1; 32]);
    for (text, gone, kept) in DOCUMENTS {
        let shown = scrub_any(&keys, text);
        for gone in *gone {
            assert!(!shown.contains(gone), "{gone} in {shown}");
        }
        for kept in *kept {
            assert!(shown.contains(kept), "{kept} not in {shown}");
        }
    }
}
