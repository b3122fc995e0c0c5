//! The PostgreSQL protocol core: one session, from a client's first byte to its last, as a pure
//! state machine between the client and a target. Protocol 3.0 and 3.2, sans-IO.
//!
//! ```text
//! Start ──start-up message──▶ SignIn ──Identified──▶ Opening ──ReadyForQuery──▶ Open ──▶ Done
//!   │ SSL, GSS, direct TLS       │ SCRAM or token       │ the target's sign-in     │ statements
//!   └─CancelRequest─▶ Done       └─Reject─▶ Done        └─Reject─▶ Done            └─▶ Done
//! ```
//! One struct per phase, consumed and replaced. What it promises: nothing reaches the target
//! before `Open`; a statement's bytes only after its `Admit`; every admitted statement is settled
//! once; what the client was not shown stays inside.
//!
//! **Direct TLS** (a first byte of 0x16): the driver peeks at the first byte, does the handshake
//! and feeds `TlsReady(Client, …)` as the very first input. A driver that does not peek and feeds
//! that byte gets `StartTls(Client)` with *nothing consumed*: it must replay the bytes into its
//! TLS acceptor.
//!
//! **Pipelining**: while a statement is judged, held or running, client bytes are kept up to
//! `Limits::pending_bytes`; `is_full` asks the driver to stop reading half way, and beyond the
//! bound the session ends by `Fault::Limit` (54000).
//!
//! It verifies no client's proof (the `Directory` does), prepares no password (the driver
//! `SASLprep`s it before it derives), judges nothing, and reads no statement's text.

mod answers;
mod bearer;
mod breach;
mod bytes;
mod cancel;
mod client;
mod flight;
mod frame;
mod judging;
mod login;
mod message;
mod names;
mod open;
mod options;
mod outbox;
mod reply;
mod rewrite;
mod rows;
mod running;
mod scram;
mod signin;
mod startup;
mod target;
mod unit;

use std::sync::Arc;

use model::Limits;
use wire::{Fault, Input, Output, Side, Wire};

use crate::message::made::Said;
use crate::outbox::Outbox;

/// How a session is to be led.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Whether a client may sign in outside TLS.
    pub allows_clear_text: bool,
    /// The bounds.
    pub limits: Limits,
    /// Whether a client that asks for TLS is given it.
    pub offers_tls: bool,
}

/// One session.
#[derive(Debug)]
pub struct Postgres {
    out: Outbox,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Done,
    Open(Box<open::Open>),
    Opening(Box<login::Opening>),
    SignIn(Box<signin::SignIn>),
    Start(startup::Start),
}

impl Postgres {
    /// A session nobody has spoken in yet.
    pub fn new(config: Config) -> Self {
        let start = startup::Start::new(Arc::new(config));
        Self {
            out: Outbox::default(),
            phase: Phase::Start(start),
        }
    }
}

impl Wire for Postgres {
    fn handle(&mut self, input: Input<'_>) -> Result<(), Fault> {
        if let Phase::Open(open) = &mut self.phase {
            let stepped = open.handle(input, &mut self.out);
            let ended = match stepped {
                Ok(open::Next::Stay) => return Ok(()),
                Ok(open::Next::End) => Ok(()),
                Err(fault) => Err(fault),
            };
            open.bury(ended.as_ref().err(), &mut self.out);
            self.phase = Phase::Done;
            return ended;
        }
        let out = &mut self.out;
        let stepped = match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Start(start) => start.handle(input, out),
            Phase::SignIn(sign_in) => sign_in.handle(input, out),
            Phase::Opening(opening) => opening.handle(input, out),
            Phase::Open(open) => Ok(Phase::Open(open)),
            Phase::Done => Ok(Phase::Done),
        };
        match stepped {
            Ok(phase) => {
                self.phase = phase;
                Ok(())
            }
            Err(fault) => {
                last_word(&fault, out);
                Err(fault)
            }
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop()
    }

    fn is_full(&self) -> bool {
        matches!(&self.phase, Phase::Open(open) if open.is_full())
    }
}

/// What a client is told of a fault: its own in full, the target's and ours in general.
fn last_word(fault: &Fault, out: &mut Outbox) {
    let (code, text) = match fault {
        Fault::Bug(_) => ("XX000", "Portcullis failed; this session ends".to_owned()),
        Fault::Client(what) => ("08P01", what.clone()),
        Fault::Limit(what) => ("54000", format!("a limit was reached: {what}")),
        Fault::Target(_) => (
            "08006",
            "the target broke off or broke the protocol; this session ends".to_owned(),
        ),
    };
    tell_fatal(code, &text, None, out);
}

/// A FATAL for the client.
fn tell_fatal(code: &str, text: &str, hint: Option<&str>, out: &mut Outbox) {
    let said = Said {
        hint,
        ..Said::fatal(code, text)
    };
    if out.tell(None, |bytes| said.write(bytes)).is_err() {
        // A sentence longer than a message can be is not worth another sentence.
    }
}

/// A FATAL for the client and the end: every phase before `Open` ends so.
fn end_with(code: &str, text: &str, hint: Option<&str>, out: &mut Outbox) -> Phase {
    tell_fatal(code, text, hint, out);
    out.push(Output::End);
    Phase::Done
}

/// What the phases before `Open` do alike: rejections, hang-ups, drains. `None` where the input
/// is the phase's own business.
fn end_early(input: &Input<'_>, out: &mut Outbox) -> Option<Result<Phase, Fault>> {
    match input {
        Input::Reject(code, text, hint) => Some(Ok(end_with(code, text, hint.as_deref(), out))),
        Input::Drain => Some(Ok(end_with(
            "57P01",
            "Portcullis is shutting down",
            None,
            out,
        ))),
        Input::Closed(Side::Client) => {
            out.push(Output::End);
            Some(Ok(Phase::Done))
        }
        Input::Closed(Side::Target) => Some(Err(Fault::Target("closed during sign-in".into()))),
        _ => None,
    }
}

/// An input that does not fit the phase: the driver's mistake.
fn misfit(phase: &str, input: &Input<'_>) -> Fault {
    let what = match input {
        Input::Admit(..) => "Admit",
        Input::Answer(..) => "Answer",
        Input::Cancel => "Cancel",
        Input::Cancelled => "Cancelled",
        Input::Challenge(_) => "Challenge",
        Input::Closed(_) => "Closed",
        Input::Derived(_) => "Derived",
        Input::Drain => "Drain",
        Input::Expire => "Expire",
        Input::FromClient(_) => "FromClient",
        Input::FromTarget(_) => "FromTarget",
        Input::Held(..) => "Held",
        Input::Identified(_) => "Identified",
        Input::Opened(_) => "Opened",
        Input::Reject(..) => "Reject",
        Input::Refuse(..) => "Refuse",
        Input::Tick(_) => "Tick",
        Input::TlsReady(..) => "TlsReady",
    };
    Fault::Bug(format!("{what} during {phase}"))
}
