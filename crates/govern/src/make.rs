//! What a permit is made of, before it is recorded: the mask plan with what is sent in place of
//! what came, and the obligations that bind.
//!
//! Why apart: the decision commits to what will be sent, so that is made before the decision is
//! written. It writes nothing and lets nothing through: only [`Governor::permit`] does.

use std::sync::Arc;

use mask::Lens;
use model::{Manner, Refusal, RefusalKind, Statement};
use policy::{Obligations, Verdict};

use crate::Governor;
use crate::admit::denied;
use crate::bounds::bounds;
use crate::case::Case;
use crate::read::{Reading, binds};
use crate::record::{Said, commitment};
use crate::said;

/// What a permit will be made of.
pub(crate) struct Made {
    pub(crate) mask: mask::Plan,
    pub(crate) obligations: Option<Obligations>,
    /// A commitment to what is sent, where that is not what came.
    pub(crate) sent: Option<String>,
    pub(crate) sights: Arc<[u64]>,
}

/// What a decision commits to. What could not be made is not sent.
pub(crate) fn sent(made: &Result<Made, Refusal>) -> Option<String> {
    made.as_ref().ok()?.sent.clone()
}

impl Governor {
    /// Binds the obligations, the verdict's own where none are given, and the mask plan.
    pub(crate) fn make(
        &self,
        case: &Case<'_>,
        reading: &Reading,
        statement: &Statement,
        obligations: Option<Obligations>,
    ) -> Result<Made, Refusal> {
        let known = &reading.known;
        let obligations = obligations.or_else(|| match &known.judgement.verdict {
            Verdict::Allow(obligations) => Some(obligations.clone()),
            Verdict::Deny { .. } | Verdict::Hold { .. } => None,
        });
        let (plan, sights) = match &obligations {
            _ if !binds(&case.session) => (mask::Plan::clean(self.keys.clone()), Arc::default()),
            Some(obligations) => self.bound(case, (reading, statement), obligations)?,
            None => {
                let message = "policy gave no Allow to build a permit on";
                return Err(denied(message, None, &[]));
            }
        };
        let plan = function_results_are_clean(plan, statement)?;
        let says_json = case.session.voice.lock().is_json;
        let mask = plan.told(says_json.then(|| {
            Arc::new(Manner {
                rules: known.judgement.rules.clone(),
                statement_id: said::id(&case.session.facts(), statement.id),
            })
        }));
        Ok(Made {
            sent: self.sent(mask.edits(), reading, statement),
            mask,
            obligations,
            sights,
        })
    }

    /// The mask plan within the obligations, with the edits this reader's sight asks for.
    fn bound(
        &self,
        case: &Case<'_>,
        (reading, statement): (&Reading, &Statement),
        obligations: &Obligations,
    ) -> Result<(mask::Plan, Arc<[u64]>), Refusal> {
        let known = &reading.known;
        let in_transaction = case.session.memory.lock().is_in_transaction();
        let bounds = bounds(obligations, &known.parts, statement, in_transaction)?;
        let made = known.plan.clone().map_or_else(
            || {
                let fingerprint = self.fingerprint(&reading.text);
                let what = (&*known.parts, known.places.as_slice());
                self.plan(&case.session, what, &fingerprint, obligations)
            },
            Ok,
        )?;
        let sights = made.translation.sights.clone();
        let edits = self.edits(&case.session, &made, reading, statement)?;
        let Lens { keys, stray } = case.session.lens.clone();
        let plan = made.mask.within(bounds).edited(edits).seen_by(keys, stray);
        Ok((plan, sights))
    }

    /// Committed to as an intent commits to what came.
    fn sent(
        &self,
        edits: &mask::Edits,
        reading: &Reading,
        statement: &Statement,
    ) -> Option<String> {
        if edits.is_empty() {
            return None;
        }
        let text = edits.text(reading.text.as_bytes());
        let said = Said {
            literals: &[],
            parameters: &edits.parameters_of(&statement.parameters),
            text: &String::from_utf8_lossy(&text),
        };
        Some(commitment(&said, &self.commitment))
    }
}

/// A function call's single result has no description to bind a mask to.
fn function_results_are_clean(
    plan: mask::Plan,
    statement: &Statement,
) -> Result<mask::Plan, Refusal> {
    let is_call = matches!(statement.route, model::Route::Function { .. });
    if is_call && !plan.passes_rows() {
        let message = "the result of a function-call message cannot be masked";
        let hint = "call the function in a SELECT";
        return Err(Refusal::new(RefusalKind::Unmaskable, message).hint(hint));
    }
    Ok(plan)
}
