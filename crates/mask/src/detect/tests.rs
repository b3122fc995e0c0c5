//! Columns with the very values they hold, traps included: what shapes prove and contradict.
// tidy: table — one row a column.

use super::*;
use Class::{
    ApiKey, CardNumber, Email, FreeText, Iban, IpAddress, Json, MacAddress, NationalId,
    PasswordHash, Phone,
};

fn class(table: &str, column: &str, type_name: &str, sample: &[&str]) -> Option<Class> {
    let evidence = ColumnEvidence {
        name: column,
        sample,
        type_name,
        ..ColumnEvidence::default()
    };
    let table = TableEvidence {
        columns: &[evidence],
        comment: None,
        name: table,
        schema: "public",
    };
    classify(&table).pop().flatten().map(|found| found.class)
}

/// Table, column, type, sample, class.
type Sampled = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<Class>,
);

#[rustfmt::skip]
const BY_SAMPLE: &[Sampled] = &[
    ("t", "col_7", "text", &["a@b.org", "c.d@e.co", "x+y@mail.test"], Some(Email)),
    ("t", "v", "text", &["4111111111111111", "5555555555554444", "4012888888881881", "378282246310005", "4222222222222222222222"], Some(FreeText)),
    ("t", "v", "text", &["4111111111111111", "5555555555554444", "4012888888881881", "378282246310005", "6011111111111117"], Some(CardNumber)),
    ("t", "v", "bigint", &["4111111111111111", "5555555555554444", "4012888888881881", "378282246310005", "6011111111111117"], Some(CardNumber)),
    ("t", "v", "text", &["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NL91ABNA0417164300"], Some(Iban)),
    ("t", "v", "text", &["+49 151 23456789", "+1 415 555 2671", "+33 1 23 45 67 89"], Some(Phone)),
    ("t", "v", "text", &["123-45-6789", "234-56-7890", "345-67-8901"], Some(NationalId)),
    ("t", "v", "text", &["00:1a:2b:3c:4d:5e", "aa:bb:cc:dd:ee:ff", "12:34:56:78:9a:bc"], Some(MacAddress)),
    ("t", "v", "text", &["8.8.8.8", "93.184.216.34", "2001:db8::1"], Some(IpAddress)),
    ("t", "v", "text", &["sk_live_4eC39HqLyjWDarjtT1zdp7dc", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLE"], Some(ApiKey)),
    ("users", "password", "text", &["$2b$12$abcdefghijklmnopqrstuuWXYZ", "$2b$12$bbcdefghijklmnopqrstuuWXYZ", "$2b$12$cbcdefghijklmnopqrstuuWXYZ"], Some(PasswordHash)),
    ("t", "v", "citext", &["a@b.org", "c.d@e.co", "x+y@mail.test"], Some(Email)),
    ("t", "v", "hstore", &["\"k\"=>\"a@b.org\"", "\"k\"=>\"c@d.org\"", "\"k\"=>\"e@f.org\""], Some(FreeText)),
    ("t", "v", "tsvector", &["'a@b.org':1", "'c@d.org':1 'the':2", "'e@f.org':1"], Some(FreeText)),
    ("t", "v", "span", &["[a@b.org,c@d.org)", "[e@f.org,g@h.org)", "[i@j.org,k@l.org)"], Some(FreeText)),
    ("t", "v", "mailrange", &["[a@b.org,c@d.org)", "[e@f.org,g@h.org)", "[i@j.org,k@l.org)"], Some(FreeText)),
    ("t", "v", "bytea", &["\\x6140622e6f7267", "\\x6340642e6f7267", "\\x6540662e6f7267"], Some(FreeText)),
    ("t", "v", "bytea", &["\\x89504e47", "\\xffd8ffe0", "\\x0001fe"], None),
    ("t", "v", "tsvector", &["'chair':1", "'lamp':1 'oak':2", "'towel':1"], None),
    ("t", "v", "int8range", &["[4111111111111111,4111111111111112)", "[1,2)", "[3,4)"], None),
    // The sample contradicts the name.
    ("t", "email", "text", &["yes", "no", "yes", "no"], None),
    ("t", "phone", "text", &["iphone", "android", "pixel"], None),
    ("t", "token", "text", &["the", "cat", "sat"], None),
    ("products", "description", "text", &["A sturdy chair of solid oak.", "A lamp for reading at night.", "Soft towel, blue, 70 cm"], None),
    ("orders", "order_number", "text", &["1000000012", "1000000013", "1000000014"], None),
    ("t", "version", "text", &["1.2.3", "1.2.4", "2.0.0"], None),
    ("tickets", "note", "text", &["Call Mr. Jones at +1 415 555 2671 please", "Nothing to report here today", "Wrote to a@b.org twice"], Some(FreeText)),
    ("events", "payload", "jsonb", &["{\"n\": 1}", "{\"n\": 2}", "{\"n\": 3}"], None),
    ("events", "payload", "jsonb", &["{\"email\": \"a@b.org\"}", "{\"n\": 2}", "{\"n\": 3}"], Some(Json)),
];

#[test]
fn samples_prove_and_contradict() {
    let wrong: Vec<_> = BY_SAMPLE
        .iter()
        .filter_map(|(table, column, type_name, sample, wanted)| {
            let got = class(table, column, type_name, sample);
            (got != *wanted).then(|| format!("{table}.{column} {sample:?}: {got:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
