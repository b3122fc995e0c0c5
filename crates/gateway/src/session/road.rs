//! A session's statements on the one road: submitted, admitted in order, settled.
//!
//! Permits are kept here while they live; a target's bytes are cleared by them alone. It decides
//! nothing: the governor does.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use govern::{Admitted, Cleared, Governor, OpenSession, Permit};
use ledger::Receipt;
use mask::Plan;
use model::{
    HoldNotice, Outcome, OutcomeKind, Refusal, RefusalKind, Reply, Statement, StatementId,
};
use rustc_hash::FxHashMap;
use tokio::time::{Duration, Instant};

use crate::keeper::{Keeper, Refreshed};
use crate::meters::Meters;

/// Between two cancels of a statement whose time is over.
const CANCELS_EVERY: Duration = Duration::from_secs(1);

type Answer = Result<Admitted, Refusal>;
type Admission = Pin<Box<dyn Future<Output = Answer>>>;

/// A permitted statement.
struct Live {
    permit: Permit,
    since: Instant,
    until: Option<Instant>,
}

/// What came of the road just now.
pub(super) enum Step {
    /// A statement has its permit.
    Admitted(StatementId, Plan, Option<HoldNotice>),
    /// A statement was addressed to us, and this is the answer.
    Answered(StatementId, Reply),
    /// Statements have come to be held.
    Held(Vec<(StatementId, HoldNotice)>),
    /// A statement does not pass.
    Refused(StatementId, Refusal),
}

/// A session's statements.
pub(super) struct Road {
    current: Option<(StatementId, Instant, Admission)>,
    governor: Arc<Governor>,
    highest: Option<Receipt>,
    /// A definition succeeded inside a transaction that has not ended.
    is_dirty: bool,
    keeper: Arc<Keeper>,
    meters: Arc<Meters>,
    pub(super) open: Arc<OpenSession>,
    permits: FxHashMap<StatementId, Live>,
    refresh: Option<Refreshed>,
    timed: usize,
    waiting: VecDeque<(Statement, Instant)>,
}

impl Road {
    pub(super) fn new(
        governor: Arc<Governor>,
        open: Arc<OpenSession>,
        keeper: Arc<Keeper>,
        meters: Arc<Meters>,
    ) -> Self {
        Self {
            current: None,
            governor,
            highest: None,
            is_dirty: false,
            keeper,
            meters,
            open,
            permits: FxHashMap::default(),
            refresh: None,
            timed: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Takes a statement; those of a flight are admitted one after the other.
    pub(super) fn submit(&mut self, statement: Statement) {
        self.waiting.push_back((statement, Instant::now()));
    }

    /// Drops a statement that has no answer yet.
    pub(super) fn withdraw(&mut self, id: StatementId) {
        if self
            .current
            .take_if(|(current, ..)| *current == id)
            .is_none()
        {
            self.waiting.retain(|(statement, _)| statement.id != id);
        }
        self.meters.judged(Some(RefusalKind::Withdrawn));
    }

    /// Goes on with the statement whose turn it is.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if self.current.is_none() {
            let Some((statement, since)) = self.waiting.pop_front() else {
                return Poll::Pending;
            };
            let id = statement.id;
            self.current = Some((id, since, self.admission(statement)));
        }
        let Some((id, since, admission)) = &mut self.current else {
            return Poll::Pending;
        };
        let (id, since) = (*id, *since);
        match admission.as_mut().poll(cx) {
            Poll::Ready(answer) => {
                self.current = None;
                Poll::Ready(self.answered(id, since, answer))
            }
            Poll::Pending => {
                let told = self.open.told();
                if told.is_empty() {
                    return Poll::Pending;
                }
                for _ in &told {
                    self.meters.held();
                }
                Poll::Ready(Step::Held(told))
            }
        }
    }

    fn admission(&mut self, statement: Statement) -> Admission {
        let (governor, open) = (self.governor.clone(), self.open.clone());
        let refresh = self.refresh.take();
        let is_refreshed = refresh.is_some();
        Box::pin(async move {
            // A definition of ours succeeded: what follows is judged by the catalog it left behind.
            if let Some(refresh) = refresh
                && let Err(reason) = refresh.wait_patiently().await
            {
                let target = open.facts().target.name.clone();
                let message = format!("the catalog of target {target} changed and {reason}");
                return Err(Refusal::new(RefusalKind::Unreadable, message)
                    .hint("run the statement again once the target's catalog can be read"));
            }
            if is_refreshed {
                open.refreshed();
            }
            governor.admit(&open, statement).await
        })
    }

    fn answered(&mut self, id: StatementId, since: Instant, answer: Answer) -> Step {
        let permit = match answer {
            Ok(Admitted::Permit(permit)) => *permit,
            Ok(Admitted::Reply(reply)) => {
                self.meters.judged(None);
                return Step::Answered(id, reply);
            }
            Err(refusal) => {
                self.meters.judged(Some(refusal.kind));
                return Step::Refused(id, refusal);
            }
        };
        self.meters.judged(None);
        self.highest = self.highest.max(Some(permit.receipt()));
        let after = |seconds| Instant::now() + Duration::from_secs(u64::from(seconds));
        let until = permit.timeout_s().map(after);
        self.timed += usize::from(until.is_some());
        let plan = permit.mask().clone();
        let notice = permit.notice().cloned();
        if permit.breaks_glass() {
            self.meters.glass_broken();
        }
        self.permits.insert(
            id,
            Live {
                permit,
                since,
                until,
            },
        );
        Step::Admitted(id, plan, notice)
    }

    /// The receipt whose durability releases a result: its own permit's, or, for a statement that
    /// is settled already, the highest of this session, which is later and so says at least as
    /// much. `None`: there was never a permit at all.
    pub(super) fn receipt(&self, id: StatementId) -> Option<Receipt> {
        self.permits
            .get(&id)
            .map(|live| live.permit.receipt())
            .or(self.highest)
    }

    /// Whether bytes may be sent on this account.
    pub(super) fn has_permit(&self, id: StatementId) -> bool {
        self.permits.contains_key(&id)
    }

    /// Lets bytes through by their permit.
    pub(super) fn clear<'a>(&self, id: StatementId, bytes: &'a [u8]) -> Option<Cleared<'a>> {
        self.permits.get(&id).map(|live| live.permit.clear(bytes))
    }

    /// When the first statement with a time limit must be cancelled. One whose limit has passed is
    /// cancelled again and again until it ends: a cancel may come between two of its messages.
    pub(super) fn deadline(&mut self, now: Instant) -> Option<Instant> {
        if self.timed == 0 {
            return None;
        }
        for live in self.permits.values_mut() {
            if let Some(until) = live.until.as_mut().filter(|until| **until <= now) {
                *until = now + CANCELS_EVERY;
            }
        }
        self.permits.values().filter_map(|live| live.until).min()
    }

    /// Ends a permit.
    pub(super) fn settle(&mut self, id: StatementId, outcome: Outcome) -> Result<(), String> {
        let Some(live) = self.permits.remove(&id) else {
            return Ok(());
        };
        self.timed -= usize::from(live.until.is_some());
        self.meters.settled(&outcome, live.since.elapsed());
        let has_done = outcome.kind == OutcomeKind::Success || outcome.completed > 0;
        let changed = live.permit.changes_catalog() && has_done;
        self.is_dirty |= changed;
        let settled = self.governor.settle(&self.open, live.permit, outcome);
        settled.map_err(|refusal| refusal.message)
    }

    /// The target told its transaction's state, and whether anything failed since it last did.
    pub(super) fn status(&mut self, status: char, has_failed: bool) {
        self.open.status(status, has_failed);
        // Inside a transaction others, and so our reader, see nothing of what it defines; worse,
        // the reader could wait for its locks while the session waits for the reader.
        if status == 'I' && std::mem::take(&mut self.is_dirty) {
            self.refresh = Some(self.keeper.refresh());
        }
    }

    /// Ends every permit whose outcome nobody heard.
    pub(super) fn abandon(&mut self) {
        self.current = None;
        self.waiting.clear();
        let ids: Vec<_> = self.permits.keys().copied().collect();
        for id in ids {
            if let Err(reason) = self.settle(id, Outcome::unknown()) {
                tracing::error!(session = %self.open.facts().id, reason, "not settled");
            }
        }
    }
}
