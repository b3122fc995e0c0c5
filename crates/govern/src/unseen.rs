//! An explanation without what its reader may not know: it must be no oracle.
//!
//! Relations alone are hidden, with their columns: a view, a trigger or a cascade leads to ones the
//! statement does not name. What a reader named and may not read keeps its name and loses its
//! columns.

use model::ObjectKind;
use policy::{Finding, Verdict};

use crate::Why;

/// What stands for a name its reader may not know.
const UNSEEN: &str = "(not yours to read)";

impl Why {
    /// The same for a reader to whom `is_closed` says which relations are not theirs to read:
    /// without the columns of those, and without the names of those that `text` does not name.
    pub(crate) fn seen(mut self, text: &str, is_closed: &dyn Fn(&str, &str) -> bool) -> Self {
        let text = text.to_lowercase();
        let is_named = |name: &str| text.contains(&name.to_lowercase());
        self.judgement.verdict =
            unnamed(self.judgement.verdict, &self.findings, &|schema, name| {
                !is_named(name) && is_closed(schema, name)
            });
        for part in &mut self.parts {
            let mut has_closed = false;
            for act in &mut part.acts {
                let object = &mut act.object;
                if object.kind != ObjectKind::Table || !is_closed(&object.schema, &object.name) {
                    continue;
                }
                has_closed = true;
                act.columns.clear();
                act.via = None;
                object.oid = 0;
                if !is_named(&object.name) {
                    object.schema.clear();
                    UNSEEN.clone_into(&mut object.name);
                }
            }
            if has_closed {
                part.outputs = None;
            }
            let filters = &mut part.filters;
            filters.retain(|filter| !is_closed(&filter.column.schema, &filter.column.table));
        }
        for finding in &mut self.findings {
            let Some((schema, name)) = finding.relation.take() else {
                continue;
            };
            if is_closed(&schema, &name) {
                let shown = if is_named(&name) { &name } else { UNSEEN };
                finding.question = format!("{} {shown}", finding.asked);
            }
        }
        self.findings.dedup();
        self
    }
}

/// A no whose sentence names a relation that its reader may not know, without the name.
fn unnamed(
    verdict: Verdict,
    findings: &[Finding],
    is_hidden: &dyn Fn(&str, &str) -> bool,
) -> Verdict {
    let Verdict::Deny {
        advice,
        mut message,
    } = verdict
    else {
        return verdict;
    };
    for (schema, name) in findings
        .iter()
        .filter_map(|finding| finding.relation.as_ref())
    {
        if message.contains(&**name) && is_hidden(schema, name) {
            "nothing permits this, by a relation it does not name".clone_into(&mut message);
        }
    }
    Verdict::Deny { advice, message }
}
