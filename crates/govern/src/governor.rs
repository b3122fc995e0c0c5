//! The governor: what it holds, and the acts that are not a statement's.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use catalog::Catalog;
use catalog::postgres::settings;
use ledger::{Ledger, Receipt, Unrecorded};
use mask::{Keys, Lens, Scopes};
use model::{
    Clock, Event, Limits, Outcome, OutcomeKind, Refusal, RefusalKind, Session, SessionId,
    TargetName,
};
use parking_lot::RwLock;
use policy::{Access, Judgement, Rules, Verdict};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::assigned::Assigned;
use crate::cache::Cache;
use crate::granted::Resting;
use crate::intent;
use crate::ours;
use crate::past::{Hours, Past};
use crate::record::CommitmentKey;
use crate::{OpenSession, Permit, Rehearsals, Reviews, Why};

/// What a governor is made of.
pub struct Parts {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Random ids for reviews.
    pub ids: Arc<dyn Fn() -> Uuid + Send + Sync>,
    /// Keys of the masks.
    pub keys: Arc<Keys>,
    /// The record.
    pub ledger: Arc<dyn Ledger>,
    /// The bounds.
    pub limits: Arc<Limits>,
    /// Those who carry a hold to people.
    pub reviews: Arc<dyn Reviews>,
    /// The policy to start with.
    pub rules: Rules,
    /// Among whom stand-ins agree.
    pub scopes: Scopes,
    /// 32 secret bytes: commitments to statement texts and the keys of the shape cache.
    pub secret: [u8; 32],
}

/// Something in force, with a number that grows whenever it is replaced.
pub(crate) struct InForce<T> {
    pub(crate) generation: u64,
    pub(crate) value: Arc<T>,
}

/// Where a target's newest catalog is found; sessions keep the place, not the catalog.
pub(crate) type CatalogCell = Arc<ArcSwap<InForce<Catalog>>>;

/// The one place where a statement becomes a permit, and where everything is written down.
pub struct Governor {
    pub(crate) cache: Cache,
    catalogs: RwLock<FxHashMap<TargetName, CatalogCell>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) commitment: CommitmentKey,
    generation: AtomicU64,
    pub(crate) hasher: std::hash::RandomState,
    hours: Hours,
    pub(crate) ids: Arc<dyn Fn() -> Uuid + Send + Sync>,
    pub(crate) keys: Arc<Keys>,
    ledger: Arc<dyn Ledger>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) rehearsals: OnceLock<Arc<dyn Rehearsals>>,
    pub(crate) reviews: Arc<dyn Reviews>,
    pub(crate) rules: ArcSwap<InForce<Rules>>,
    scopes: Scopes,
    pub(crate) shaper: analysis::Shaper,
}

impl Governor {
    /// A governor.
    pub fn new(parts: Parts) -> Self {
        Self {
            cache: Cache::new(parts.limits.cached_verdicts),
            catalogs: RwLock::default(),
            clock: parts.clock,
            generation: AtomicU64::new(1),
            hasher: std::hash::RandomState::new(),
            hours: Hours::default(),
            ids: parts.ids,
            keys: parts.keys,
            ledger: parts.ledger,
            limits: parts.limits,
            rehearsals: OnceLock::new(),
            reviews: parts.reviews,
            rules: ArcSwap::from_pointee(InForce {
                generation: 0,
                value: Arc::new(parts.rules),
            }),
            scopes: parts.scopes,
            commitment: CommitmentKey::new(&parts.secret),
            shaper: analysis::Shaper::new(shape_key(&parts.secret)),
        }
    }

    /// The only call to the ledger in the house. Handed to the kernel when it returns; durable
    /// once `ledger().durable(receipt)` resolves.
    pub fn write(&self, events: &[Event]) -> Result<Receipt, Unrecorded> {
        self.ledger.append(events, self.clock.now())
    }

    /// The same call, into the batch that fills: not yet handed to the kernel. Whoever depends on
    /// it waits for [`Ledger::hand_over`]; an outcome rides with what is handed over next.
    pub(crate) fn fill(&self, events: &[Event]) -> Result<Receipt, Unrecorded> {
        self.ledger.fill(events, self.clock.now())
    }

    /// Judges `connect` and the start-up settings (ours among them are kept here), records
    /// `session.open`, and gives the session its memory. A refusal here ends the connection.
    pub async fn open_as(
        &self,
        mut session: Session,
        startup: &[(String, String)],
        assigned: Assigned,
    ) -> Result<Arc<OpenSession>, Refusal> {
        let mut startup = startup.to_vec();
        let voice = ours::begin(&mut session, &mut startup, self.limits.intent_chars)?;
        let session = Arc::new(session);
        let Some(catalog) = self.cell(&session.target.name) else {
            return Err(unread(&session.target.name));
        };
        let rules = self.rules.load().value.clone();
        let startup: Vec<_> = startup.iter().map(as_set).collect();
        let judgement = self.judge_connect(&rules, &session, &startup);
        let misfit = || assigned.misfit(&startup, &catalog.load().value);
        let refusal = not_let_in(&judgement).or_else(misfit);
        let resting = Resting::on(judgement.grants.clone());
        let event = Event::SessionOpened {
            grants: judgement.grants,
            is_allowed: refusal.is_none(),
            policy_version: rules.version().clone(),
            rules: judgement.rules,
            session: session.clone(),
        };
        let receipt = self.write(&[event]).map_err(|reason| unrecorded(&reason))?;
        self.ledger
            .durable(receipt)
            .await
            .map_err(|reason| unrecorded(&reason))?;
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let identity = &session.identity;
        let who = (&identity.subject, &identity.acts_for, &identity.delegation);
        let key = (who, &identity.method);
        let key = self
            .hasher
            .hash_one((key, &session.target.name, session.is_encrypted));
        let hour = self.hours.of(identity.name());
        let lens = self.lens(&session);
        let mut open = OpenSession::new(session, (key, lens), (catalog, assigned), &startup);
        open.past = Past::new(hour);
        open.resting = resting;
        *open.voice.lock() = voice;
        Ok(Arc::new(open))
    }

    /// The keys of a session's stand-ins.
    fn lens(&self, session: &Session) -> Lens {
        let identity = &session.identity;
        let name = format!("{}/{:?}", identity.name(), identity.acts_for);
        let id = session.id.to_string();
        self.scopes.lens(&self.keys, name.as_bytes(), id.as_bytes())
    }

    fn judge_connect(
        &self,
        rules: &Rules,
        session: &Session,
        startup: &[(String, String)],
    ) -> Judgement {
        let now = self.clock.now();
        rules.judge(&Access {
            effects: &[],
            estimated_rows: -1,
            fingerprint: "",
            grants: &self.reviews.grants(),
            history: &policy::History::default(),
            intent: &intent::at_connect(session, self.limits.intent_chars),
            now,
            session,
            startup,
        })
    }

    /// Ends a permit: records the outcome, and remembers what the statement made of the session.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used up")]
    pub fn settle(
        &self,
        session: &OpenSession,
        permit: Permit,
        outcome: Outcome,
    ) -> Result<(), Refusal> {
        let catalog = &session.catalog.load().value;
        let mut memory = session.memory.lock();
        memory.settled(permit.statement, &outcome, catalog);
        drop(memory);
        session.past.end(&outcome, self.clock.now());
        session.resting.end(permit.statement);
        if outcome.kind == OutcomeKind::Success {
            session.forget_settings(&permit.parts);
        }
        let version = session.lens.keys.version();
        let outcome = Outcome {
            mask_version: (outcome.masked_cells > 0).then_some(version),
            ..outcome
        };
        let event = Event::Outcome {
            outcome,
            session: model::event::SessionRef::Whole(session.facts()),
            statement: permit.statement,
        };
        self.fill(&[event]).map_err(|reason| unrecorded(&reason))?;
        Ok(())
    }

    /// Records `session.close`. A ledger that fails here has failed for the next statement too,
    /// which is where it is said.
    pub fn close(&self, session: &OpenSession, reason: &'static str) {
        let event = Event::SessionClosed {
            reason,
            session: session.facts(),
        };
        if let Err(failure) = self.write(&[event]) {
            let session = session.facts().id;
            tracing::error!(%session, %failure, "a session's end is unrecorded");
        }
    }

    /// Whether the identity behind a session is still let in by the rules of now (re-judges
    /// `connect`); the driver asks when rules changed.
    pub fn still_allows(&self, session: &OpenSession) -> bool {
        let rules = self.rules.load().value.clone();
        not_let_in(&self.judge_connect(&rules, &session.facts(), &[])).is_none()
    }

    /// Puts new rules in force, recorded as `policy.published`.
    pub fn publish(&self, rules: Rules, by: String) -> Result<(), Unrecorded> {
        let facts = vec![("policy_version", rules.version().to_string())];
        self.write(&[Event::Admin {
            act: "policy.published",
            by,
            facts,
        }])?;
        let generation = self.next_generation();
        self.rules.store(Arc::new(InForce {
            generation,
            value: Arc::new(rules),
        }));
        Ok(())
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.load().value.clone()
    }

    /// Puts a target's new catalog in force; recorded as `catalog.changed` if its version differs.
    pub fn learn(&self, target: &TargetName, catalog: Arc<Catalog>) -> Result<(), Unrecorded> {
        if self
            .catalog(target)
            .is_some_and(|known| known.version == catalog.version)
        {
            return Ok(());
        }
        let facts = vec![
            ("target", target.to_string()),
            ("catalog_version", catalog.version.to_string()),
        ];
        let by = "gateway".to_owned();
        self.write(&[Event::Admin {
            act: "catalog.changed",
            by,
            facts,
        }])?;
        let next = InForce {
            generation: self.next_generation(),
            value: catalog,
        };
        let mut catalogs = self.catalogs.write();
        if let Some(cell) = catalogs.get(target) {
            cell.store(Arc::new(next));
        } else {
            catalogs.insert(target.clone(), Arc::new(ArcSwap::from_pointee(next)));
        }
        Ok(())
    }

    /// The catalog in force for a target, if one was learnt.
    pub fn catalog(&self, target: &TargetName) -> Option<Arc<Catalog>> {
        self.cell(target).map(|cell| cell.load().value.clone())
    }

    /// The ledger, for waiting on a receipt.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.ledger
    }

    /// What would be said to that text in a fresh session, rule by rule; nothing runs, nothing is
    /// recorded. `Err` where the target's catalog has not been read.
    pub fn why(&self, session: &Session, text: &str) -> Result<Why, Refusal> {
        let cell = self
            .cell(&session.target.name)
            .ok_or_else(|| unread(&session.target.name))?;
        let lens = self.lens(session);
        let session = OpenSession::new(
            Arc::new(session.clone()),
            (0, lens),
            (cell, Assigned::default()),
            &[],
        );
        Ok(self.why_in(&session, text))
    }

    /// The same in a session as it stands.
    pub fn why_in(&self, session: &OpenSession, text: &str) -> Why {
        let parts = self.parts(session, text);
        self.explain(session, text, parts)
    }

    /// The hex form of a text's shape, for rules and people; empty where it has none.
    pub(crate) fn fingerprint(&self, text: &str) -> String {
        self.shaper
            .shape(text)
            .map_or_else(String::new, |shape| format!("{:032x}", shape.hash))
    }

    fn cell(&self, target: &TargetName) -> Option<CatalogCell> {
        self.catalogs.read().get(target).cloned()
    }

    fn next_generation(&self) -> u64 {
        self.generation.fetch_add(1, Ordering::Relaxed)
    }

    /// A session's id, for doors that make sessions.
    pub fn session_id(&self) -> SessionId {
        SessionId((self.ids)())
    }
}

/// The shape cache's key: the first sixteen secret bytes.
fn shape_key(secret: &[u8; 32]) -> [u64; 2] {
    let word = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte))
    };
    let (head, _) = secret.split_at(16);
    let (first, second) = head.split_at(8);
    [word(first), word(second)]
}

/// A start-up setting as SET would have it.
fn as_set((name, value): &(String, String)) -> (String, String) {
    let name = settings::name(name);
    let value = settings::value(&name, value);
    (name, value)
}

/// Why a session is not let in, if it is not. A hold on `connect` is answered ahead of time
/// (by a grant), never by keeping a client waiting at the door.
fn not_let_in(judgement: &Judgement) -> Option<Refusal> {
    let (message, hint) = match &judgement.verdict {
        Verdict::Allow(_) => return None,
        Verdict::Deny { advice, message } => (message.clone(), advice.clone()),
        Verdict::Hold { message, .. } => (message.clone(), None),
    };
    let mut refusal = Refusal::new(RefusalKind::Denied, message);
    refusal.hint = hint;
    refusal.rules.clone_from(&judgement.rules);
    Some(refusal)
}

fn unread(target: &TargetName) -> Refusal {
    let message =
        format!("the catalog of {target} has not been read yet, so nothing can be judged");
    Refusal::new(RefusalKind::Unreadable, message)
        .hint("the target may be unreachable: `portcullis doctor` says why")
}

/// The refusal for what could not be recorded.
pub(crate) fn unrecorded(reason: &Unrecorded) -> Refusal {
    let message = "this could not be recorded, so it was not done";
    let mut refusal = Refusal::new(RefusalKind::Unrecorded, message)
        .hint("the gateway's ledger needs its operator: nothing runs until it can write again");
    refusal.operator = Some(reason.to_string());
    refusal
}
