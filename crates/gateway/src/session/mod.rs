//! One session: a wire, two sockets, one task.
//!
//! ```text
//!          ┌───────────── poll: mail? writes? job? road? reads? timer? ─────────────┐
//!          ▼                                                                         │
//!        Event ──▶ Input ──▶ Wire::handle ──▶ Wire::poll … ──▶ Output ──▶ lanes, road, job
//! ```
//! One event is taken at a time, its outputs are all acted on, and nothing more is read from one
//! side before what it caused is written to the other. The wire knows the protocol, the governor
//! decides; this only carries.

mod act;
mod jobs;
mod lane;
mod poll;
mod road;
pub(crate) mod said;
mod sign_in;
mod timer;

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::{HoldNotice, Identity, Refusal, StatementId};
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant};
use wire::{Fault, Input, Side, Wire};

use crate::config::Listener;
use crate::lent::Loan;
use crate::pool::Lease;
use crate::reactor::Reactor;
use crate::registry::{Command, Ending, Place};
use crate::stream::{Socket, Stream};
use crate::way::{Reached, Way};
use jobs::{Done, Job};
use lane::{ClientLane, Lane, TargetLane};
use road::Road;
use sign_in::Claim;
use timer::Timer;

/// How long the last bytes may take to leave.
const LINGER: Duration = Duration::from_secs(5);
/// The same where whoever reads them has no right to more.
const CURT: Duration = Duration::from_secs(1);

/// One session.
pub(crate) struct Session {
    claim: Claim,
    client: ClientLane,
    identity: Option<Arc<Identity>>,
    is_ready: bool,
    /// An outcome could not be recorded: the session ends as soon as the wire can say so.
    is_unrecorded: bool,
    job: Option<Job>,
    listener: Rc<Listener>,
    /// The role lent to it, for as long as it lives.
    loan: Option<Arc<Loan>>,
    /// What it signs in with at its target.
    password: Option<Arc<str>>,
    peer: SocketAddr,
    place: Place,
    reached: Option<Rc<Reached>>,
    reactor: Rc<Reactor>,
    /// Why the session ended; nothing is read any more once it is set by [`Session::end`].
    reason: Option<&'static str>,
    is_ending: bool,
    road: Option<Road>,
    /// What ended before its bytes had all left, and what was told after it.
    settling: Vec<Ended>,
    target: TargetLane,
    timer: Timer,
    tls_due: Option<Side>,
    way: Option<Arc<Way>>,
    wire: Box<dyn Wire>,
}

/// What the wire says of the target's side of things.
enum Ended {
    /// A statement is over.
    Statement(StatementId, model::Outcome),
    /// So is a transaction, or it has begun: whether anything failed, and its state.
    Transaction(bool, char),
}

/// What a session is woken by.
enum Event {
    Admitted(StatementId, mask::Plan, Option<HoldNotice>),
    Answered(StatementId, model::Reply),
    Bug(&'static str),
    Closed(Side),
    Done(Done),
    Fed(Side, Rc<Lease>, usize),
    Held(Vec<(StatementId, HoldNotice)>),
    Mail(Vec<Command>),
    Over,
    Refused(StatementId, Refusal),
    Timer,
    Unrecorded(ledger::Unrecorded),
}

impl Session {
    /// A session for a client that just came.
    pub(crate) fn new(
        reactor: Rc<Reactor>,
        listener: Rc<Listener>,
        socket: TcpStream,
        peer: SocketAddr,
        place: Place,
    ) -> Self {
        let limit = Duration::from_secs(u64::from(reactor.rim.limits.sign_in_s));
        let mut timer = Timer::default();
        timer.sign_in = Some(Instant::now() + limit);
        let stream = Stream::Plain(Socket::Tcp(socket));
        // Whoever came while everybody was told is told now.
        if reactor.rim.is_draining.load(Ordering::Acquire) {
            place.mailbox().send(Command::Drain);
        }
        Self {
            claim: Claim::default(),
            client: Lane::new(None),
            identity: None,
            is_ready: false,
            is_unrecorded: false,
            job: Some(Box::pin(jobs::first_byte(reactor.rim.clone(), stream))),
            listener,
            loan: None,
            password: None,
            peer,
            place,
            reached: None,
            reason: None,
            is_ending: false,
            road: None,
            settling: Vec::new(),
            target: Lane::new(None),
            timer,
            tls_due: None,
            way: None,
            wire: (reactor.rim.make_wire)(),
            reactor,
        }
    }

    /// Lives until both sides are done.
    pub(crate) async fn run(mut self) {
        loop {
            let event = std::future::poll_fn(|cx| self.poll_event(cx)).await;
            if matches!(event, Event::Over) {
                break;
            }
            self.take(event);
        }
        self.finish().await;
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Admitted(id, plan, notice) => {
                self.mark_held(false);
                if let Some(receipt) = self.road.as_ref().and_then(|road| road.receipt(id)) {
                    self.reactor.hub.hint(receipt);
                }
                if let Some(notice) = notice {
                    self.feed(Input::Held(id, notice), None);
                }
                self.feed(Input::Admit(id, plan), None);
                self.watch_limits();
            }
            Event::Bug(what) => self.bug(what),
            Event::Closed(side) => self.closed(side),
            Event::Done(done) => self.done(done),
            Event::Fed(Side::Client, lease, n) => {
                let bytes = lease.bytes().get(..n).unwrap_or_default();
                self.feed(Input::FromClient(bytes), Some(&lease));
            }
            Event::Fed(Side::Target, lease, n) => {
                let bytes = lease.bytes().get(..n).unwrap_or_default();
                self.feed(Input::FromTarget(bytes), Some(&lease));
            }
            Event::Held(told) => {
                self.mark_held(true);
                for (id, notice) in told {
                    self.feed(Input::Held(id, notice), None);
                }
            }
            Event::Mail(commands) => commands.into_iter().for_each(|mail| self.command(mail)),
            Event::Over => {}
            Event::Answered(id, reply) => self.feed(Input::Answer(id, reply), None),
            Event::Refused(id, refusal) => {
                self.mark_held(false);
                if let Some(operator) = &refusal.operator {
                    tracing::warn!(session = %self.id(), kind = ?refusal.kind, operator, "refused");
                }
                self.feed(Input::Refuse(id, refusal), None);
            }
            Event::Timer => self.time_passed(),
            Event::Unrecorded(unrecorded) => self.unrecorded(&unrecorded),
        }
    }

    /// Feeds the wire and acts on everything that comes of it.
    fn feed(&mut self, input: Input<'_>, lease: Option<&Rc<Lease>>) {
        let mut fault = self.wire.handle(input).err();
        while let Some(output) = self.wire.poll() {
            if let Err(ours) = self.act(output, lease) {
                fault.get_or_insert(ours);
            }
        }
        if std::mem::take(&mut self.is_unrecorded) && !self.is_ending {
            let reason = "how a statement ended cannot be recorded";
            self.unrecorded(&ledger::Unrecorded(reason.into()));
        }
        match fault {
            None => {}
            Some(Fault::Bug(what)) => self.bug(&what),
            Some(fault) => {
                tracing::warn!(session = %self.id(), %fault, "a session ends by a fault");
                self.end("fault");
            }
        }
    }

    /// We are wrong: nothing more is said or sent.
    fn bug(&mut self, what: &str) {
        tracing::error!(session = %self.id(), what, "a bug ends a session");
        self.target.gone();
        self.client.gone();
        self.end("fault");
    }

    fn closed(&mut self, side: Side) {
        let reason = match side {
            Side::Client => {
                self.client.gone();
                "client"
            }
            Side::Target => {
                self.target.gone();
                "target"
            }
        };
        self.reason.get_or_insert(reason);
        self.feed(Input::Closed(side), None);
    }

    #[expect(clippy::needless_pass_by_value, reason = "a command is taken once")]
    fn command(&mut self, command: Command) {
        match command {
            Command::Cancel => self.feed(Input::Cancel, None),
            Command::Cancelled => self.feed(Input::Cancelled, None),
            Command::Close => {
                self.reason.get_or_insert("drained");
                self.client.gone();
                self.target.gone();
                self.end("drained");
            }
            Command::Drain => {
                self.reason.get_or_insert("drained");
                self.feed(Input::Drain, None);
            }
            Command::End(Ending {
                reason,
                code,
                message,
                hint,
            }) => {
                self.reason.get_or_insert(reason);
                self.reject(code, message.to_owned(), hint.map(str::to_owned));
                // A client in the middle of a result that it does not read keeps nothing open.
                self.timer.linger = Some(Instant::now() + CURT);
            }
        }
    }

    /// Ends the session with a FATAL. Where the wire cannot say it any more, it just ends.
    fn reject(&mut self, code: &'static str, message: String, hint: Option<String>) {
        self.feed(Input::Reject(code, message, hint), None);
        self.end("killed");
    }

    /// The record failed: nothing of the results that wait for it is ever shown.
    fn unrecorded(&mut self, unrecorded: &ledger::Unrecorded) {
        tracing::error!(session = %self.id(), %unrecorded, "a result is withheld");
        self.client.clear();
        self.reason.get_or_insert("fault");
        let message = "the ledger cannot record, so nothing is shown".to_owned();
        self.reject(
            "58030",
            message,
            Some("an operator must look at the ledger's disk".to_owned()),
        );
    }

    fn time_passed(&mut self) {
        let now = Instant::now();
        if self.timer.sign_in.take_if(|at| *at <= now).is_some() {
            self.reason.get_or_insert("client");
            let message = "sign-in took too long".to_owned();
            self.reject("08006", message, None);
        }
        if self.timer.idle.take_if(|at| *at <= now).is_some() {
            self.reason.get_or_insert("idle");
            let limit = self.reactor.rim.limits.idle_in_transaction_s;
            let message =
                format!("the session was idle inside a transaction for {limit} s, so it ends");
            let hint = "the transaction is rolled back: commit or roll back sooner";
            return self.reject("25P03", message, Some(hint.to_owned()));
        }
        if self.timer.statement.take_if(|at| *at <= now).is_some() {
            self.watch_limits();
            self.feed(Input::Expire, None);
        }
        if let Some(passed) = self.timer.tick(now) {
            self.feed(Input::Tick(passed), None);
        }
    }

    /// Keeps the timer on the first statement that has a time limit.
    fn watch_limits(&mut self) {
        let road = self.road.as_mut();
        self.timer.statement = road.and_then(|road| road.deadline(Instant::now()));
    }

    /// Nothing is asked just now; inside a transaction that may not last.
    fn watch_idleness(&mut self, status: char) {
        let limit = self.reactor.rim.limits.idle_in_transaction_s;
        let after = Duration::from_secs(u64::from(limit));
        let is_watched = limit > 0 && status != 'I';
        self.timer.idle = is_watched.then(|| Instant::now() + after);
    }

    /// Nothing more is read; what is queued may leave for a while.
    fn end(&mut self, reason: &'static str) {
        self.reason.get_or_insert(reason);
        self.is_ending = true;
        self.job = None;
        self.tls_due = None;
        self.timer
            .linger
            .get_or_insert_with(|| Instant::now() + LINGER);
    }

    /// Settles and records what is left, then says goodbye.
    async fn finish(&mut self) {
        let reason = self.reason.unwrap_or("client");
        self.settle_late();
        if let Some(road) = &mut self.road {
            road.abandon();
            self.reactor.rim.governor.close(&road.open, reason);
            tracing::info!(session = %road.open.facts().id, reason, "session closed");
        }
        if self.is_ready {
            self.reactor.meters.session_closed();
        }
        self.target.gone();
        self.goodbye().await;
    }

    fn mark_held(&self, is_held: bool) {
        let flag = &self.place.mailbox().is_held;
        flag.store(is_held, Ordering::Relaxed);
    }

    /// The session's id for a log line.
    fn id(&self) -> String {
        let road = self.road.as_ref();
        road.map_or_else(
            || format!("{}", self.peer),
            |road| road.open.facts().id.to_string(),
        )
    }
}
