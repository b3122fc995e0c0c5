//! The road itself: [`Governor::admit`].

use std::sync::Arc;

use analysis::Addressed;
use catalog::{Overlay, TEMPORARY};
use ledger::Receipt;
use mask::Lens;
use model::{
    Action, Effects, Event, Hold, Manner, Refusal, RefusalKind, Reply, Route, Statement,
    TransactionControl, Verb,
};
use policy::{Obligations, Verdict};

use crate::bounds::bounds;
use crate::case::Case;
use crate::governor::unrecorded;
use crate::hold::Held;
use crate::instead::notice;
use crate::memory::Lesson;
use crate::read::{Reading, binds};
use crate::record::{Said, recorded};
use crate::{Governor, OpenSession, Permit};
use crate::{ours, said};

/// What came of a statement that was not refused.
#[derive(Debug)]
pub enum Admitted {
    /// It may go to the target.
    Permit(Box<Permit>),
    /// It was addressed to us: this is the answer, and the target never hears of it.
    Reply(Reply),
}

impl Governor {
    /// The road: analyse, record the intent, judge, record the decision, wait for a person where a
    /// rule says so. There is no third answer. While it waits, what the client must be told stands
    /// in [`OpenSession::told`]: look there after every poll that was pending. Dropping the future
    /// withdraws a held statement.
    ///
    /// A permit for a write, a definition or anything held is given only once its entries are
    /// durable; for a read, once they are with the kernel ([`Permit::receipt`] is for the rest).
    pub async fn admit(
        &self,
        session: &Arc<OpenSession>,
        statement: Statement,
    ) -> Result<Admitted, Refusal> {
        let id = statement.id;
        let text = std::str::from_utf8(&statement.text).ok();
        let ours = text.and_then(|text| Some((text, Addressed::of(text)?)));
        let admitted = match ours {
            Some((text, addressed)) => {
                let replied = self.answer(session, &statement, text, addressed).await;
                replied.map(Admitted::Reply)
            }
            None => self
                .judged(session, statement)
                .await
                .map(|permit| Admitted::Permit(Box::new(permit))),
        };
        admitted.map_err(|refusal| {
            let is_json = session.voice.lock().is_json;
            said::refusal(refusal, &session.facts(), id, is_json)
        })
    }

    /// The same for a statement that is a target's.
    async fn judged(
        &self,
        session: &Arc<OpenSession>,
        statement: Statement,
    ) -> Result<Permit, Refusal> {
        let mut case = Case::new(self, session.clone(), statement.id);
        let reading = self.read(session, &statement);
        let intent = self.intent(&case, &reading, &statement);
        let runs = statement.route.runs();
        let rules = reading.known.judgement.rules.as_slice();
        let decision = |verb, would| case.decision(&reading.policy_version, rules, verb, would);
        if let Some(refusal) = ours::misplaced(&reading.known.parts) {
            case.write(&[intent, decision(Verb::Deny, None)])?;
            return Err(refusal);
        }
        let verdict = &reading.known.judgement.verdict;
        match verdict {
            verdict if !binds(session) => {
                let would = verb_of(verdict);
                let would = (would != Verb::Allow).then_some(would);
                let events = [intent, decision(Verb::Allow, would)];
                let receipt = case.write_with_others(&events).await?;
                self.permit(case, reading, statement, receipt, None).await
            }
            // A reviewer would see oids and bytes, not what is called with what.
            verdict
                if needs_people(verdict) && matches!(statement.route, Route::Function { .. }) =>
            {
                case.write_with_others(&[intent, decision(Verb::Deny, None)])
                    .await?;
                let message = "a function-call message that needs a review is refused";
                let advice = Some("call the function in a SELECT");
                Err(denied(message, advice, rules))
            }
            Verdict::Allow(obligations) if runs && !obligations.review_after.is_empty() => {
                let asked = obligations.review_after.clone();
                self.break_glass(case, reading, statement, (intent, asked))
                    .await
            }
            Verdict::Allow(_) => {
                let events = [intent, decision(Verb::Allow, None)];
                let receipt = case.write_with_others(&events).await?;
                self.permit(case, reading, statement, receipt, None).await
            }
            // A text may be prepared while it may not yet run: the hold is where it would.
            Verdict::Hold { obligations, .. } if !runs => {
                let events = [intent, decision(Verb::Allow, Some(Verb::Hold))];
                let receipt = case.write_with_others(&events).await?;
                let obligations = Some(obligations.clone());
                self.permit(case, reading, statement, receipt, obligations)
                    .await
            }
            Verdict::Deny { advice, message } => {
                let events = [intent, decision(Verb::Deny, None)];
                case.write_with_others(&events).await?;
                let mut refusal = denied(message, advice.as_deref(), rules);
                refusal.allowed = self.allowed(session, verdict, &reading.known.parts);
                Err(with_gaps(refusal, &reading.known.parts))
            }
            Verdict::Hold { holds, message, .. } => {
                let held = Held {
                    allowed: self.allowed(session, verdict, &reading.known.parts),
                    holds: holds.clone(),
                    message: message.clone(),
                };
                self.hold(case, reading, statement, (intent, held)).await
            }
        }
    }

    fn intent(&self, case: &Case<'_>, reading: &Reading, statement: &Statement) -> Event {
        let said = Said {
            literals: &reading.literals,
            parameters: &statement.parameters,
            text: &reading.text,
        };
        let parts = &reading.known.parts;
        Event::Intent {
            effects: parts.clone(),
            route: statement.route.as_str(),
            session: case.facts().clone(),
            statement: statement.id,
            text: recorded(&said, parts, &self.commitment, self.limits.entry_text_bytes),
        }
    }

    /// Decides anew by the rules, the catalog and the session of now, after a person said yes to
    /// `approved`: what is asked now must not need anybody else.
    pub(crate) async fn release(
        &self,
        mut case: Case<'_>,
        statement: Statement,
        approved: &[Hold],
    ) -> Result<Permit, Refusal> {
        let session = case.session.clone();
        let reading = self.read(&session, &statement);
        let rules = reading.known.judgement.rules.clone();
        let version = reading.policy_version.clone();
        let (verb, obligations, refusal) = match &reading.known.judgement.verdict {
            Verdict::Allow(_) => (Verb::Allow, None, None),
            Verdict::Hold {
                holds, obligations, ..
            } if is_covered(holds, approved) => (Verb::Allow, Some(obligations.clone()), None),
            Verdict::Hold { message, .. } => {
                let advice = "the rules changed while it waited: run it again to ask anew";
                (
                    Verb::Deny,
                    None,
                    Some(denied(message, Some(advice), &rules)),
                )
            }
            Verdict::Deny { advice, message } => (
                Verb::Deny,
                None,
                Some(denied(message, advice.as_deref(), &rules)),
            ),
        };
        let receipt = case.write(&[case.decision(&version, &rules, verb, None)])?;
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let receipt = self.made_durable(receipt).await?;
        self.permit(case, reading, statement, receipt, obligations)
            .await
    }

    /// Turns an Allow into a permit: binds the mask plan and the obligations, waits for the disk
    /// where the statement does more than read.
    pub(crate) async fn permit(
        &self,
        case: Case<'_>,
        reading: Reading,
        statement: Statement,
        receipt: Receipt,
        obligations: Option<Obligations>,
    ) -> Result<Permit, Refusal> {
        let known = &reading.known;
        let obligations = obligations.or_else(|| match &known.judgement.verdict {
            Verdict::Allow(obligations) => Some(obligations.clone()),
            Verdict::Deny { .. } | Verdict::Hold { .. } => None,
        });
        let mut sights = Arc::default();
        let planned = match (&obligations, &known.plan) {
            _ if !binds(&case.session) => Ok(mask::Plan::clean(self.keys.clone())),
            (Some(obligations), plan_made) => {
                let in_transaction = case.session.memory.lock().is_in_transaction();
                let bounds = bounds(obligations, &known.parts, &statement, in_transaction);
                bounds.and_then(|bounds| {
                    let made = plan_made.clone().map(Ok);
                    let made = made.unwrap_or_else(|| {
                        let fingerprint = self.fingerprint(&reading.text);
                        let what = (&*known.parts, known.places.as_slice());
                        self.plan(&case.session, what, &fingerprint, obligations)
                    })?;
                    sights = made.translation.sights.clone();
                    let edits = self.edits(&case.session, &made, &reading, &statement)?;
                    let Lens { keys, stray } = case.session.lens.clone();
                    Ok(made.mask.within(bounds).edited(edits).seen_by(keys, stray))
                })
            }
            (None, _) => Err(denied(
                "policy gave no Allow to build a permit on",
                None,
                &[],
            )),
        };
        let mask = planned.and_then(|plan| function_results_are_clean(plan, &statement))?;
        let says_json = case.session.voice.lock().is_json;
        let mask = mask.told(says_json.then(|| {
            Arc::new(Manner {
                rules: known.judgement.rules.clone(),
                statement_id: said::id(&case.session.facts(), statement.id),
            })
        }));
        if !known.parts.iter().all(Effects::only_reads) {
            self.made_durable(receipt).await?;
        }
        if statement.route.runs() {
            let binding = obligations.as_ref().filter(|_| binds(&case.session));
            case.session.past.begin(&known.parts, binding);
        }
        let parts = known.parts.iter().zip(known.overlays.iter());
        let mut parts = parts.map(|(part, overlay)| (part, overlay.as_deref()));
        let changes_catalog = parts.any(|(part, overlay)| changes_catalog(part, overlay));
        teach(&case.session, &reading, &statement, sights);
        let notice = notice(&reading, &statement, &case.session);
        case.hand_over();
        Ok(Permit {
            breaks_glass: false,
            changes_catalog,
            mask,
            notice,
            parts: known.parts.clone(),
            receipt,
            statement: statement.id,
            timeout_s: obligations.and_then(|obligations| obligations.timeout_s),
        })
    }

    pub(crate) async fn made_durable(&self, receipt: Receipt) -> Result<Receipt, Refusal> {
        self.ledger()
            .durable(receipt)
            .await
            .map_err(|reason| unrecorded(&reason))?;
        Ok(receipt)
    }
}

fn verb_of(verdict: &Verdict) -> Verb {
    match verdict {
        Verdict::Allow(_) => Verb::Allow,
        Verdict::Deny { .. } => Verb::Deny,
        Verdict::Hold { .. } => Verb::Hold,
    }
}

/// Whether somebody is asked, before or afterwards.
fn needs_people(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Allow(obligations) => !obligations.review_after.is_empty(),
        Verdict::Deny { .. } => false,
        Verdict::Hold { .. } => true,
    }
}

/// Whether every hold asked now was answered then, by at least as many people.
fn is_covered(asked: &[Hold], approved: &[Hold]) -> bool {
    let covers = |a: &Hold, b: &Hold| a.group == b.group && b.quorum >= a.quorum;
    asked.iter().all(|a| approved.iter().any(|b| covers(a, b)))
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

/// What the statement will have made of its session is known to those judged behind it.
fn teach(session: &OpenSession, reading: &Reading, statement: &Statement, sights: Arc<[u64]>) {
    let catalog = &session.catalog.load().value;
    let mut memory = session.memory.lock();
    let lesson = Lesson {
        from: memory.overlay().cloned(),
        overlays: reading.known.overlays.clone(),
        parts: reading.known.parts.clone(),
        route: statement.route.clone(),
        sights,
        text: reading.text.clone(),
    };
    memory.admitted(statement.id, lesson, catalog);
}

/// Whether the target's catalog may be another once the part is done. Of a session's temporary
/// things no reading of the catalog would tell.
fn changes_catalog(part: &Effects, overlay: Option<&Overlay>) -> bool {
    use Action::{Alter, AnonymousBlock, Create, Drop, ManageRole, Unresolved};
    let is_temporary = overlay.is_some_and(Overlay::is_temporary);
    let is_own = |act: &model::effects::Act| is_temporary && act.object.schema == TEMPORARY;
    let defines = |act: &model::effects::Act| {
        matches!(
            act.action,
            Alter | AnonymousBlock | Create | Drop | ManageRole | Unresolved
        ) && !is_own(act)
    };
    let is_prepared = part.transaction == Some(TransactionControl::Prepared);
    is_prepared || !part.gaps.is_empty() || part.acts.iter().any(defines)
}

/// What could not be found out, in words, and the SQLSTATE of the server's own error for it.
fn with_gaps(mut refusal: Refusal, parts: &[Effects]) -> Refusal {
    let gaps = || parts.iter().flat_map(|part| &part.gaps);
    let Some(first) = gaps().next() else {
        return refusal;
    };
    refusal.code = match first.kind.as_str() {
        "column" => Some("42703"),
        "function" => Some("42883"),
        "relation" => Some("42P01"),
        "syntax" => Some("42601"),
        _ => None,
    };
    refusal.gaps = gaps().cloned().collect();
    refusal
}

fn denied(message: &str, advice: Option<&str>, rules: &[String]) -> Refusal {
    let mut refusal = Refusal::new(RefusalKind::Denied, message);
    refusal.hint = advice.map(str::to_owned);
    refusal.rules = rules.to_vec();
    refusal
}
