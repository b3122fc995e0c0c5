//! The road itself: [`Governor::admit`].

use std::sync::Arc;

use analysis::Addressed;
use catalog::{Overlay, TEMPORARY};
use ledger::Receipt;
use model::{
    Action, Effects, Event, Hold, Refusal, RefusalKind, Reply, Route, Statement,
    TransactionControl, Verb,
};
use policy::{Obligations, Verdict};

use crate::case::Case;
use crate::governor::unrecorded;
use crate::hold::Held;
use crate::instead::notice;
use crate::make::{Made, sent};
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
        let denies = |case: &Case<'_>| case.decision(reading.judged(), (Verb::Deny, None), None);
        let parts = &reading.known.parts;
        let objection = || session.assigned.objection(parts, &session.catalog());
        if let Some(refusal) = ours::misplaced(parts).or_else(objection) {
            case.write(&[intent, denies(&case)])?;
            return Err(refusal);
        }
        let verdict = &reading.known.judgement.verdict;
        match verdict {
            verdict if !binds(session) => {
                let would = verb_of(verdict);
                let would = (would != Verb::Allow).then_some(would);
                self.allow(case, reading, statement, (intent, would, None))
                    .await
            }
            // A reviewer would see oids and bytes, not what is called with what.
            verdict
                if needs_people(verdict) && matches!(statement.route, Route::Function { .. }) =>
            {
                let events = [intent, denies(&case)];
                case.write_with_others(&events).await?;
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
                self.allow(case, reading, statement, (intent, None, None))
                    .await
            }
            // A text may be prepared while it may not yet run: the hold is where it would.
            Verdict::Hold { obligations, .. } if !runs => {
                let (would, obligations) = (Some(Verb::Hold), Some(obligations.clone()));
                self.allow(case, reading, statement, (intent, would, obligations))
                    .await
            }
            Verdict::Deny { advice, message } => {
                let events = [intent, denies(&case)];
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

    /// Records the intent and an Allow, with what goes in place of what came, and gives the permit.
    async fn allow(
        &self,
        mut case: Case<'_>,
        reading: Reading,
        statement: Statement,
        (intent, would, obligations): (Event, Option<Verb>, Option<Obligations>),
    ) -> Result<Permit, Refusal> {
        let made = self.make(&case, &reading, &statement, obligations);
        let decision = case.decision(reading.judged(), (Verb::Allow, would), sent(&made));
        let receipt = case.write_with_others(&[intent, decision]).await?;
        self.permit(case, reading, statement, receipt, made).await
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
            intent: self.intent_of(&case.session, &reading.text, parts),
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
        if let Some(refusal) = refusal {
            case.write(&[case.decision(reading.judged(), (verb, None), None)])?;
            return Err(refusal);
        }
        let made = self.make(&case, &reading, &statement, obligations);
        let decision = case.decision(reading.judged(), (verb, None), sent(&made));
        let receipt = self.made_durable(case.write(&[decision])?).await?;
        self.permit(case, reading, statement, receipt, made).await
    }

    /// Turns a recorded Allow into a permit: waits for the disk where the statement does more than
    /// read.
    pub(crate) async fn permit(
        &self,
        case: Case<'_>,
        reading: Reading,
        statement: Statement,
        receipt: Receipt,
        made: Result<Made, Refusal>,
    ) -> Result<Permit, Refusal> {
        let known = &reading.known;
        let Made {
            mask,
            obligations,
            sent: _,
            sights,
        } = made?;
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
        let rests_on = &known.judgement.grants;
        case.session.resting.begin(statement.id, rests_on);
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

pub(crate) fn denied(message: &str, advice: Option<&str>, rules: &[String]) -> Refusal {
    let mut refusal = Refusal::new(RefusalKind::Denied, message);
    refusal.hint = advice.map(str::to_owned);
    refusal.rules = rules.to_vec();
    refusal
}
