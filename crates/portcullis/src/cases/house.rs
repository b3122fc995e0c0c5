//! A governor for questions: rules and a catalog, without a target, a record or reviewers.
//!
//! Why the real governor: what a test says must be what a gateway does. Nothing happens here, so
//! nothing is recorded: its ledger keeps nothing, and whoever is held finds nobody to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::bail;
use catalog::Catalog;
use futures_util::FutureExt as _;
use govern::{Admitted, Governor, OpenSession, Parts, Reviews, Waiting, Why};
use ledger::{Durable, Ledger, Receipt, Unrecorded};
use model::{
    Clock, Effects, Event, Identity, Limits, Method, Mode, Outcome, OutcomeKind, PrincipalName,
    Rehearsal, Review, ReviewId, ReviewState, Route, Session, SessionId, Statement, StatementId,
    StoreFault, Subject, TargetFacts, TargetName, Timestamp, TransactionControl,
};
use policy::{Access, History, Judgement, Rules};
use uuid::Uuid;

use super::file::File;

/// 2026-11-20, a Friday, 10:00 UTC.
const NOW: Timestamp = Timestamp(1_795_168_800_000_000);

/// Time as the case has it.
struct At(AtomicI64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// Keeps nothing: nothing happens.
struct Nowhere;

impl Ledger for Nowhere {
    fn append(&self, _events: &[Event], _at: Timestamp) -> Result<Receipt, Unrecorded> {
        Ok(Receipt(0))
    }

    fn is_durable(&self, _receipt: Receipt) -> Result<bool, Unrecorded> {
        Ok(true)
    }

    fn durable(&self, _receipt: Receipt) -> Durable {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Nobody to answer.
struct Nobody;

impl Reviews for Nobody {
    fn claim(
        &self,
        _principal: &PrincipalName,
        _target: &TargetName,
        _binding: &str,
        _now: Timestamp,
    ) -> Result<Option<Review>, StoreFault> {
        Ok(None)
    }

    fn open(&self, _review: &Review, _wait_s: u32) -> Result<Waiting, StoreFault> {
        Err(StoreFault::Storage("nobody reviews a question".to_owned()))
    }

    fn rehearsed(&self, _: ReviewId, _: &Rehearsal) -> Result<(), StoreFault> {
        Ok(())
    }

    fn shift(
        &self,
        _id: ReviewId,
        _from: ReviewState,
        _to: ReviewState,
    ) -> Result<bool, StoreFault> {
        Ok(false)
    }
}

/// Who and where there is, and the governor of it.
pub(crate) struct House<'f> {
    clock: Arc<At>,
    file: &'f File,
    governor: Governor,
    targets: Vec<TargetFacts>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) at: Option<Timestamp>,
    pub(crate) before: &'a [String],
    pub(crate) intent: Option<&'a str>,
    pub(crate) principal: &'a PrincipalName,
    pub(crate) statement: &'a str,
    pub(crate) target: Option<&'a str>,
}

/// The targets a file names.
pub(crate) fn targets(file: &File) -> anyhow::Result<Vec<TargetFacts>> {
    let facts = |(name, target): (&String, &super::file::Target)| {
        let labels = target.labels.iter();
        Ok(TargetFacts {
            database: name.clone(),
            environment: target.environment.clone(),
            groups: target.groups.clone(),
            labels: labels.map(|(k, v)| (k.clone(), v.clone())).collect(),
            mode: Mode::Enforce,
            name: name.parse()?,
        })
    };
    file.targets.iter().map(facts).collect()
}

impl<'f> House<'f> {
    pub(crate) fn of(file: &'f File, rules: Rules, catalog: Catalog) -> anyhow::Result<Self> {
        let clock = Arc::new(At(AtomicI64::new(NOW.0)));
        let governor = Governor::new(Parts {
            clock: clock.clone(),
            ids: Arc::new(Uuid::nil),
            keys: Arc::new(mask::Keys::from_root(&[0; 32])),
            ledger: Arc::new(Nowhere),
            limits: Arc::new(Limits::default()),
            reviews: Arc::new(Nobody),
            rules,
            scopes: mask::Scopes::default(),
            secret: [0; 32],
        });
        let (targets, catalog) = (targets(file)?, Arc::new(catalog));
        for target in &targets {
            governor.learn(&target.name, catalog.clone())?;
        }
        Ok(Self {
            clock,
            file,
            governor,
            targets,
        })
    }

    /// Whether the session would be let in.
    pub(crate) fn connects(&self, asked: Question<'_>) -> anyhow::Result<Judgement> {
        let session = self.session(asked)?;
        Ok(self.governor.rules().judge(&Access {
            effects: &[],
            estimated_rows: -1,
            fingerprint: "",
            grants: &[],
            history: &History::default(),
            intent: &model::Intent::default(),
            now: self.clock.now(),
            session: &session,
            startup: &[],
        }))
    }

    /// What would be said to a statement, after what ran before it in its session.
    pub(crate) fn why(&self, asked: Question<'_>) -> anyhow::Result<Why> {
        let session = self.session(asked)?;
        let open = self.governor.open(session, &[]).now_or_never();
        let open = match open {
            Some(Ok(open)) => open,
            Some(Err(refusal)) => bail!("the session is not let in: {}", refusal.message),
            None => bail!("a session waits for something"),
        };
        let mut status = 'I';
        for (text, id) in asked.before.iter().zip(1..) {
            self.run(&open, StatementId(id), text, &mut status)?;
        }
        Ok(self.governor.why_in(&open, asked.statement))
    }

    /// Lets a statement have run, as if its target had said yes to it.
    fn run(
        &self,
        open: &Arc<OpenSession>,
        id: StatementId,
        text: &str,
        status: &mut char,
    ) -> anyhow::Result<()> {
        let parts = self.governor.why_in(open, text).parts;
        let statement = Statement {
            id,
            parameters: Vec::new(),
            route: Route::Simple,
            text: text.as_bytes().into(),
        };
        let permit = match self.governor.admit(open, statement).now_or_never() {
            Some(Ok(Admitted::Permit(permit))) => permit,
            Some(Ok(Admitted::Reply(_))) => return Ok(()),
            Some(Err(refusal)) => bail!("`{text}` in `before` is refused: {}", refusal.message),
            None => bail!("`{text}` in `before` is held"),
        };
        for part in &parts {
            *status = after(*status, part);
        }
        let outcome = Outcome {
            completed: u32::try_from(parts.len())?,
            transaction: Some(*status),
            ..Outcome::of(OutcomeKind::Success)
        };
        let settled = self.governor.settle(open, *permit, outcome);
        settled.map_err(|refusal| anyhow::anyhow!(refusal.message))
    }

    fn session(&self, asked: Question<'_>) -> anyhow::Result<Session> {
        let now = asked.at.unwrap_or(NOW);
        self.clock.0.store(now.0, Ordering::Relaxed);
        let known: Vec<_> = self
            .targets
            .iter()
            .map(|target| target.name.as_str())
            .collect();
        let named = match (asked.target, known.as_slice()) {
            (Some(name), _) => name,
            (None, [only]) => only,
            (None, _) => bail!("which target? there are {}", known.join(", ")),
        };
        let target = self
            .targets
            .iter()
            .find(|target| target.name.as_str() == named);
        let Some(target) = target else {
            bail!(
                "there is no target {named:?}; there are {}",
                known.join(", ")
            );
        };
        let subject = self.subject(asked.principal)?;
        let principal = self.file.principals.get(asked.principal);
        let acts_for = principal.and_then(|principal| principal.acts_for.as_ref());
        let identity = Identity {
            acts_for: acts_for.map(|name| self.subject(name)).transpose()?,
            at: now,
            delegation: None,
            expires: None,
            method: Method::Token,
            subject,
            token: None,
        };
        Ok(Session {
            address: None,
            application_name: None,
            id: SessionId(Uuid::nil()),
            identity: Arc::new(identity),
            intent: asked.intent.map(str::to_owned),
            is_encrypted: true,
            opened: now,
            target: Arc::new(target.clone()),
        })
    }

    fn subject(&self, name: &PrincipalName) -> anyhow::Result<Subject> {
        let Some(principal) = self.file.principals.get(name) else {
            let known: Vec<_> = self
                .file
                .principals
                .keys()
                .map(PrincipalName::as_str)
                .collect();
            bail!(
                "there is no principal {name}; there are {}",
                known.join(", ")
            );
        };
        Ok(Subject {
            groups: principal.groups.clone(),
            kind: principal.kind,
            name: name.clone(),
        })
    }
}

/// The transaction's status after a part that succeeded.
fn after(status: char, part: &Effects) -> char {
    use TransactionControl::{Begin, Commit, Prepared, Rollback};
    match part.transaction {
        Some(Begin) => 'T',
        Some(Commit | Prepared | Rollback) => 'I',
        _ => status,
    }
}
