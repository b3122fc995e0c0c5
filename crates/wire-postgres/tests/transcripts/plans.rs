//! The mask plans and bounds of a transcript's `admit`.

use std::sync::Arc;

use mask::{Keys, PartPlan, Plan, PlannedColumn, Treatment};
use model::{Bounds, CopyForm, CopyShape};

/// Takes a word such as `rows=3`, `changes=5`, `read-only`, `ends` or `moves`.
fn bound(word: &str, bounds: &mut Bounds) -> bool {
    let (name, number) = word.split_once('=').unwrap_or((word, ""));
    match (name, number.parse()) {
        ("changes", Ok(most)) => (bounds.changes, bounds.is_undone) = (Some(most), true),
        ("ends", _) => bounds.ends_transaction = true,
        ("moves", _) => bounds.moves_savepoints = true,
        ("read-only", _) => bounds.is_read_only = true,
        ("rows", Ok(most)) => bounds.rows = Some(most),
        ("seconds", _) => bounds.seconds = Some(5),
        _ => return false,
    }
    true
}

/// `b25 p23 | scrub copy=text b25 rows=3`: parts of columns, each a treatment and a type.
pub(crate) fn plan(words: &[&str]) -> Plan {
    let keys = Arc::new(Keys::from_root(&[1; 32]));
    let mut bounds = Bounds::default();
    let is_part = |word: &&&str| !bound(word, &mut bounds);
    let words: Vec<&str> = words.iter().filter(is_part).copied().collect();
    if words.is_empty() {
        return Plan::clean(keys).within(bounds);
    }
    let parts = words.split(|word| *word == "|").map(|words| {
        let mut part = PartPlan::default();
        for word in words {
            let (kind, oid) = word.split_at(1);
            let treatment = match (*word, kind) {
                ("scrub", _) => {
                    part.scrubs_messages = true;
                    continue;
                }
                ("any", _) => continue,
                ("copy=binary", _) => {
                    part.copy = Some(shape(CopyForm::Binary, "\\N"));
                    continue;
                }
                ("copy=csv", _) => {
                    part.copy = Some(shape(CopyForm::Csv, ""));
                    continue;
                }
                ("copy=text", _) => {
                    part.copy = Some(shape(CopyForm::Text, "\\N"));
                    continue;
                }
                ("copy=open", _) => {
                    part.copy = Some(shape(CopyForm::Text, "x\\"));
                    continue;
                }
                (_, "b") => Treatment::Blank,
                (_, "m") => Treatment::Mask(model::Class::Email),
                _ => Treatment::Pass,
            };
            let column = PlannedColumn {
                origin: None,
                treatment,
                type_oid: oid.parse().ok(),
            };
            part.columns.get_or_insert_default().push(column);
        }
        part
    });
    Plan::new(keys, parts.collect()).within(bounds)
}

fn shape(form: CopyForm, null: &str) -> CopyShape {
    CopyShape {
        delimiter: if form == CopyForm::Csv { b',' } else { b'\t' },
        escape: b'"',
        form,
        has_header: false,
        null: null.into(),
        quote: b'"',
    }
}
