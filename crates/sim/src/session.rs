//! The driver: what `gateway::session` does with sockets, done with queues and a die, in the same
//! order and by the same rules.
//!
//! A driver may have a [`Flaw`]: the wiretap must find it, or it finds nothing.

mod act;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use govern::{Admitted, OpenSession, Permit};
use ledger::Receipt;
use model::{Outcome, Refusal, SessionId, Statement, StatementId};
use wire::{Cause, Fault, Input, Side, TargetLogin};
use wire_postgres::{Config, Postgres};

use crate::client::Client;
use crate::dice::Dice;
use crate::house::{Flaw, House};
use crate::lanes::Lane;
use crate::target::Target;

type Job<T> = Pin<Box<dyn Future<Output = Result<T, Refusal>>>>;

/// One session, both its peers included.
pub(crate) struct Session {
    pub(crate) client: Client,
    current: Option<(StatementId, Job<Admitted>)>,
    highest: Option<Receipt>,
    pub(crate) id: SessionId,
    is_ending: bool,
    pub(crate) is_over: bool,
    job: Option<Job<Arc<OpenSession>>>,
    open: Option<Arc<OpenSession>>,
    permits: BTreeMap<StatementId, Permit>,
    settling: Vec<(StatementId, Outcome)>,
    target: Option<Target>,
    ticked: i64,
    to_client: Lane<Option<Receipt>>,
    to_target: Lane<Cause>,
    waiting: VecDeque<Statement>,
    wake: Option<i64>,
    who: &'static str,
    wire: Postgres,
}

fn poll<T>(job: &mut Job<T>) -> Poll<Result<T, Refusal>> {
    job.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

impl Session {
    pub(crate) fn new(number: u64, who: &'static str, is_hostile: bool) -> Self {
        let config = Config {
            allows_clear_text: true,
            limits: model::Limits::default(),
            offers_tls: false,
        };
        Self {
            client: Client::new(who, number, is_hostile),
            current: None,
            highest: None,
            id: SessionId(uuid::Uuid::from_u128(u128::from(number))),
            is_ending: false,
            is_over: false,
            job: None,
            open: None,
            permits: BTreeMap::new(),
            settling: Vec::new(),
            target: None,
            ticked: 0,
            to_client: Lane::new(),
            to_target: Lane::new(),
            waiting: VecDeque::new(),
            wake: None,
            who,
            wire: Postgres::new(config),
        }
    }

    /// One turn: the first thing that can go on, as the gateway looks for it.
    pub(crate) fn turn(&mut self, house: &mut House) {
        if self.is_over || self.write(house) {
            return;
        }
        if self.is_ending {
            return self.finish(house);
        }
        if let Some(job) = &mut self.job {
            if let Poll::Ready(opened) = poll(job) {
                self.job = None;
                self.opened(opened, house);
            }
            return;
        }
        if self.road(house) {
            return;
        }
        if self.may_read(Side::Target)
            && let Some(target) = &mut self.target
            && !target.outbox.is_empty()
        {
            let bytes = cut(&mut target.outbox, &mut house.dice);
            return self.feed(Input::FromTarget(&bytes), &bytes, house);
        }
        if self.may_read(Side::Client) && !self.client.outbox.is_empty() {
            let bytes = cut(&mut self.client.outbox, &mut house.dice);
            return self.feed(Input::FromClient(&bytes), &bytes, house);
        }
        self.clock(house);
    }

    fn clock(&mut self, house: &mut House) {
        let now = house.time.micros();
        if self.wake.take_if(|at| *at <= now).is_some() {
            let passed = u64::try_from(now - self.ticked).unwrap_or_default();
            self.ticked = now;
            self.feed(Input::Tick(Duration::from_micros(passed)), &[], house);
        } else if let Some(target) = &mut self.target
            && house.dice.one_in(4)
        {
            target.go_on(&mut house.tap, &mut house.dice);
        }
    }

    /// Whether anything is under way.
    pub(crate) fn is_busy(&self) -> bool {
        let target = self.target.as_ref();
        !self.is_over
            && (self.is_ending
                || !self.to_client.is_empty()
                || !self.to_target.is_empty()
                || self.job.is_some()
                || self.current.is_some()
                || !self.waiting.is_empty()
                || target.is_some_and(|target| !target.outbox.is_empty() || target.stalls)
                || (!self.client.is_gone && !self.client.outbox.is_empty()))
    }

    /// Whether an idle client was told the truth about its transaction.
    pub(crate) fn agrees(&self) -> bool {
        let is_idle = self.is_up() && !self.is_busy() && self.client.awaits == 0;
        let told = is_idle && !self.client.is_garbled && !self.client.has_heard_fatal;
        let target = self.target.as_ref();
        !told || target.is_none_or(|target| target.status == self.client.status)
    }

    fn may_read(&self, side: Side) -> bool {
        use wire::Wire as _;
        if !self.to_client.is_empty() {
            return false;
        }
        match side {
            Side::Client => {
                self.to_target.is_empty() && !self.client.is_gone && !self.wire.is_full()
            }
            Side::Target => true,
        }
    }

    /// Writes some; whether something was written.
    fn write(&mut self, house: &mut House) -> bool {
        let most = 1 + house.dice.below(400);
        if let Some((cause, bytes)) = self.to_target.take(most) {
            let cleared = match cause {
                Cause::Housekeeping(_) => true,
                Cause::Statement(id) => self.permits.contains_key(&id),
            };
            if !cleared && house.flaw != Flaw::AdmitsRefused {
                house.tap.faults.push(format!("no permit clears {cause:?}"));
            }
            if let Some(target) = &mut self.target {
                target.hear(&bytes, &mut house.tap, &mut house.dice);
            }
            if self.to_target.is_empty() {
                for (id, outcome) in std::mem::take(&mut self.settling) {
                    self.settle(id, outcome, house);
                }
            }
            return true;
        }
        let Some(account) = self.to_client.accounts().next() else {
            return false;
        };
        if let Some(receipt) = account
            && house.flaw != Flaw::ShowsEarly
        {
            match ledger::Ledger::is_durable(&*house.tape, receipt) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(_) => {
                    self.unrecorded(house);
                    return true;
                }
            }
        }
        let Some((_, bytes)) = self.to_client.take(most) else {
            return false;
        };
        if !self.client.is_gone {
            self.client.hear(self.id, &bytes, &mut house.tap);
        }
        true
    }

    fn unrecorded(&mut self, house: &mut House) {
        self.to_client.clear();
        let reject = Input::Reject("58030", "the ledger cannot record".into(), None);
        self.feed(reject, &[], house);
        self.is_ending = true;
    }

    /// Goes on with the statement whose turn it is; whether something came of it.
    fn road(&mut self, house: &mut House) -> bool {
        let Some(open) = self.open.clone() else {
            return false;
        };
        if self.current.is_none() {
            let Some(statement) = self.waiting.pop_front() else {
                return false;
            };
            let id = statement.id;
            let (governor, open) = (house.governor.clone(), open.clone());
            let job = async move { governor.admit(&open, statement).await };
            self.current = Some((id, Box::pin(job)));
        }
        let Some((id, job)) = &mut self.current else {
            return false;
        };
        let id = *id;
        let Poll::Ready(answer) = poll(job) else {
            let told = open.told();
            let has_told = !told.is_empty();
            for (id, notice) in told {
                self.feed(Input::Held(id, notice), &[], house);
            }
            return has_told;
        };
        self.current = None;
        match answer {
            Ok(Admitted::Reply(reply)) => self.feed(Input::Answer(id, reply), &[], house),
            Ok(Admitted::Permit(permit)) => {
                self.highest = self.highest.max(Some(permit.receipt()));
                let plan = match house.flaw {
                    Flaw::DropsEdits => permit.mask().clone().edited(mask::Edits::default()),
                    Flaw::ShowsOriginals => mask::Plan::clean(house.keys.clone()),
                    _ => permit.mask().clone(),
                };
                self.permits.insert(id, *permit);
                self.feed(Input::Admit(id, plan), &[], house);
            }
            Err(_) if house.flaw == Flaw::AdmitsRefused => {
                let plan = mask::Plan::clean(house.keys.clone());
                self.feed(Input::Admit(id, plan), &[], house);
            }
            Err(refusal) => {
                self.doom();
                self.feed(Input::Refuse(id, refusal), &[], house);
            }
        }
        true
    }

    /// A statement does not pass: what stands open at the target must not be committed.
    fn doom(&mut self) {
        if let Some(target) = &mut self.target {
            target.is_doomed |= target.is_in_transaction();
        }
    }

    fn opened(&mut self, opened: Result<Arc<OpenSession>, Refusal>, house: &mut House) {
        match opened {
            Ok(open) => {
                self.open = Some(open);
                self.target = Some(Target::new(self.id));
                let login = TargetLogin {
                    client_key: [1; 32],
                    nonce: vec![9; 18],
                    parameters: Vec::new(),
                    database: "shop".into(),
                    password: None,
                    tls: wire::TargetTls::Disable,
                    user: "app".into(),
                };
                self.feed(Input::Opened(Box::new(login)), &[], house);
            }
            Err(refusal) => {
                let reject = Input::Reject("28000", refusal.message, refusal.hint);
                self.feed(reject, &[], house);
                self.is_ending = true;
            }
        }
    }

    /// Feeds the core and acts on all that comes of it.
    pub(crate) fn feed(&mut self, input: Input<'_>, bytes: &[u8], house: &mut House) {
        use wire::Wire as _;
        if self.is_ending || self.is_over {
            return;
        }
        house.say(format!("{} ◀ {}", self.id.0.as_u128(), words(&input)));
        let mut fault = self.wire.handle(input).err();
        let mut next = Vec::new();
        while let Some(output) = self.wire.poll() {
            house.say(format!("{}   ▶ {output:?}", self.id.0.as_u128()));
            if let Err(ours) = self.act(output, bytes, house, &mut next) {
                fault.get_or_insert(ours);
            }
        }
        if let Some(fault) = fault {
            self.faulted(&fault, house);
        }
        for input in next {
            self.feed(input, &[], house);
        }
    }

    fn faulted(&mut self, fault: &Fault, house: &mut House) {
        house.say(format!("{} fault: {fault}", self.id.0.as_u128()));
        let is_clients = matches!(fault, Fault::Client(_) | Fault::Limit(_));
        let is_odd = matches!(fault, Fault::Bug(_)) || !self.client.is_garbled;
        if is_odd && !(is_clients && self.client.is_garbled) && house.flaw == Flaw::None {
            house.tap.faults.push(format!("a session faulted: {fault}"));
        }
        self.is_ending = true;
    }

    /// A side closes.
    pub(crate) fn close(&mut self, side: Side, house: &mut House) {
        match side {
            Side::Client => {
                self.client.is_gone = true;
                self.to_client.clear();
            }
            Side::Target => {
                self.target = None;
                self.to_target.clear();
            }
        }
        self.feed(Input::Closed(side), &[], house);
    }

    /// Whether the session would be told something: it is signed in and not ending.
    pub(crate) fn is_up(&self) -> bool {
        self.open.is_some() && !self.is_ending && !self.is_over
    }

    fn finish(&mut self, house: &mut House) {
        if !self.to_client.is_empty() && !house.tape.record().is_broken && !self.client.is_gone {
            return;
        }
        self.is_over = true;
        self.client.is_gone = true;
        self.current = None;
        self.waiting.clear();
        for (id, outcome) in std::mem::take(&mut self.settling) {
            self.settle(id, outcome, house);
        }
        while let Some(id) = self.permits.keys().next().copied() {
            self.settle(id, Outcome::unknown(), house);
        }
        if let Some(open) = &self.open {
            house.governor.close(open, "client");
        }
        self.target = None;
    }
}

/// A piece of what lies ready: sockets cut where they like.
fn cut(bytes: &mut Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let most = match dice.below(4) {
        0 => 1 + dice.below(8),
        1 => 1 + dice.below(60),
        _ => bytes.len(),
    };
    let rest = bytes.split_off(most.min(bytes.len()));
    std::mem::replace(bytes, rest)
}

fn words(input: &Input<'_>) -> String {
    match input {
        Input::FromClient(bytes) => format!("client {:?}", String::from_utf8_lossy(bytes)),
        Input::FromTarget(bytes) => format!("target {:?}", String::from_utf8_lossy(bytes)),
        Input::Admit(id, _) => format!("admit {id:?}"),
        other => format!("{other:?}"),
    }
}
