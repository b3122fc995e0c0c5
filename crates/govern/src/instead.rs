//! The text that goes in place of a client's, so that a statement is answered without what it
//! would tell of masked columns.
//!
//! Why here: `analysis` says what could be written instead, and policy who sees what. The text that
//! goes is analysed again like any other, and judged with whatever the client's own text chooses by
//! that no edit answers for: an edit too few is a refusal.
//! What is edited, and why, is `analysis::instead`'s; literals within are `translate`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use analysis::{Analysis, Edit, Instead};
use model::{
    ColumnRef, Effects, Filter, HoldNotice, Lineage, OutputColumn, Refusal, RefusalKind, Statement,
};
use policy::{Rules, Verdict};

use crate::plan::{Planned, Sight};
use crate::read::{Reading, binds};
use crate::translate::{Came, KeptSight};
use crate::{Governor, OpenSession};

/// An edit may bring forth another: one column never computed, and then rows shuffled.
const ROUNDS: usize = 3;

/// A text as it goes, and what its parts do.
pub(crate) struct Sent {
    pub(crate) analysis: Analysis,
    /// What was done to it; empty: nothing.
    pub(crate) done: BTreeSet<Instead>,
    /// The text that goes, where it is not the client's own.
    pub(crate) text: Option<Arc<str>>,
}

impl Governor {
    /// The text that goes to the target for this reader in place of `text`.
    pub(crate) fn instead(
        &self,
        session: &OpenSession,
        (rules, declared): (&Rules, &[u32]),
        (text, fingerprint): (&str, &str),
        analysis: Analysis,
    ) -> Sent {
        let mut sent = Sent {
            analysis,
            done: BTreeSet::new(),
            text: None,
        };
        let mut unanswered: Vec<Vec<Filter>> = vec![Vec::new(); sent.analysis.parts.len()];
        for _ in 0..ROUNDS {
            let hidden = self.hidden(session, rules, &sent.analysis, fingerprint);
            let is_made = |edit: &&Edit| {
                let is_one = |column: &&ColumnRef| match edit.instead {
                    Instead::Unfound => hidden.get(column) == Some(&false),
                    _ => hidden.contains_key(column),
                };
                edit.columns.iter().any(|column| is_one(&column))
            };
            let edits = || sent.analysis.parts.iter().flat_map(|part| &part.edits);
            if !edits().any(|edit| is_made(&edit)) {
                break;
            }
            let now = sent.text.as_deref().unwrap_or(text);
            let Some(next) = analysis::edited(now, edits().filter(is_made)) else {
                break;
            };
            let next_analysis = self.analyse(session, &next, declared);
            if !is_the_same(&sent.analysis, &next_analysis) {
                break;
            }
            for (kept, part) in unanswered.iter_mut().zip(&sent.analysis.parts) {
                // What it runs was sent before, or is edited where it stands in this very text.
                if matches!(part.effects.kind.as_str(), "EXECUTE" | "FETCH" | "MOVE") {
                    continue;
                }
                kept.extend(part.unanswered.iter().cloned());
                let left = part.edits.iter().filter(|edit| !is_made(edit));
                kept.extend(left.flat_map(|edit| &edit.filters).cloned());
            }
            let done = edits().filter(is_made).map(|edit| edit.instead).collect();
            sent = Sent {
                analysis: next_analysis,
                done: sent.done.union(&done).copied().collect(),
                text: Some(next.into()),
            };
        }
        for (part, kept) in sent.analysis.parts.iter_mut().zip(unanswered) {
            part.effects.filters.extend(kept);
            part.effects.filters.sort_unstable();
            part.effects.filters.dedup();
        }
        sent
    }

    /// The columns among those of an analysis' edits that are masked to this reader, and whether
    /// stand-ins of each can be turned back.
    fn hidden(
        &self,
        session: &OpenSession,
        rules: &Rules,
        analysis: &Analysis,
        fingerprint: &str,
    ) -> BTreeMap<ColumnRef, bool> {
        let edits = analysis.parts.iter().flat_map(|part| &part.edits);
        let columns: BTreeSet<ColumnRef> = edits.flat_map(|edit| &edit.columns).cloned().collect();
        if columns.is_empty() {
            return BTreeMap::new();
        }
        let shown = |column: &ColumnRef| OutputColumn {
            lineage: Lineage::Bare(column.clone()),
            name: None,
            type_oid: None,
        };
        // Each part as it is, but for what it does: whether a column is revealed is asked of all.
        let bare = |(at, part): (usize, &analysis::Part)| Effects {
            kind: part.effects.kind.clone(),
            outputs: (at == 0).then(|| columns.iter().map(shown).collect()),
            predicate: part.effects.predicate,
            ..Effects::default()
        };
        let parts: Vec<Effects> = analysis.parts.iter().enumerate().map(bare).collect();
        let judgement = self.judge(session, rules, &parts, fingerprint);
        let catalog = session.catalog();
        let (revealed, transforms) = match &judgement.verdict {
            Verdict::Allow(obligations) | Verdict::Hold { obligations, .. } => {
                (&*obligations.revealed, &*obligations.transforms)
            }
            Verdict::Deny { .. } => (&[][..], &[][..]),
        };
        let sight = Sight {
            catalog: &catalog,
            revealed,
            sees_all: false,
            transforms,
        };
        let masked = columns.into_iter().filter(|column| sight.hides(column));
        masked
            .map(|column| {
                let is_turned = sight.turnable(&column).is_some();
                (column, is_turned)
            })
            .collect()
    }

    /// What is sent in place of what came, under the sight of now.
    pub(crate) fn edits(
        &self,
        session: &OpenSession,
        planned: &Planned,
        reading: &Reading,
        statement: &Statement,
    ) -> Result<mask::Edits, Refusal> {
        let translation = &planned.translation;
        if translation.is_empty() && reading.known.instead.is_none() {
            return Ok(mask::Edits::default());
        }
        let memory = session.memory.lock();
        let is_same = |kept: &KeptSight| {
            let sent = memory.sight(&kept.name, kept.is_cursor);
            sent.is_none_or(|sent| sent == kept.sight)
        };
        if !translation.kept.iter().all(is_same) {
            let message = "what may be seen has changed since this was prepared or declared";
            let refusal = Refusal::new(RefusalKind::Denied, message);
            return Err(refusal.hint("DEALLOCATE or CLOSE it, and prepare or declare it again"));
        }
        drop(memory);
        let next = reading.known.instead.as_ref().map(|(_, text)| &**text);
        let literals = next.and_then(|next| Some(self.shaper.shape(next)?.literals));
        let literals = literals.unwrap_or_default();
        let came = Came {
            literals: next.map_or(&reading.literals, |_| &literals),
            parameters: &statement.parameters,
            text: next.unwrap_or(&reading.text),
        };
        let with = (&*session.lens.keys, &*session.catalog());
        let edits = translation.edits(&came, with, self.limits.turned_bytes)?;
        Ok(match next {
            Some(next) => edits.over(&reading.text, next),
            None => edits,
        })
    }
}

/// Whether a text has the parts the other has, and is understood as well.
fn is_the_same(one: &Analysis, other: &Analysis) -> bool {
    let gaps = |analysis: &Analysis| -> usize {
        analysis.parts.iter().map(|p| p.effects.gaps.len()).sum()
    };
    let pairs = || one.parts.iter().zip(&other.parts);
    one.parts.len() == other.parts.len()
        && pairs().all(|(one, other)| one.effects.kind == other.effects.kind)
        && gaps(other) <= gaps(one)
}

fn told(done: &BTreeSet<Instead>) -> Option<String> {
    let words: BTreeSet<&str> = done
        .iter()
        .map(|instead| match instead {
            Instead::Blank => "what is computed from a masked column is NULL in every row",
            Instead::Shuffled => "rows grouped or joined by a masked column come in no order",
            Instead::Unfound | Instead::Unknown => {
                "a condition on a masked column is unknown, and so holds in no row"
            }
            Instead::Unsorted => "rows are not sorted by masked columns",
        })
        .collect();
    let words: Vec<&str> = words.into_iter().collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// What the client is told of a text that went in place of its own.
pub(crate) fn notice(
    reading: &Reading,
    statement: &Statement,
    session: &OpenSession,
) -> Option<HoldNotice> {
    let (done, _) = reading.known.instead.as_ref()?;
    let message = told(done).filter(|_| statement.route.runs() && binds(session))?;
    Some(HoldNotice {
        detail: "masked columns are their stand-ins, in every expression".to_owned(),
        hint: "A permit for reveal on the column answers the statement as it is written."
            .to_owned(),
        message,
    })
}
