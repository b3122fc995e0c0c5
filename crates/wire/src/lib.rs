//! The one trait a protocol implements: a session as a pure state machine between two byte streams.
//!
//! Why sans-IO: the same core is driven by sockets (`gateway`), by transcripts, by a fuzzer and by
//! the simulator, and cannot tell which. It decides nothing: it submits statements, and sends a
//! statement's bytes only after `Admit`.
//!
//! # The contract
//! Feed **one** input with [`Wire::handle`], then drain [`Wire::poll`] until it is `None`, then
//! feed the next. A [`Payload::Pass`] range points into the bytes of the input just fed, so it
//! must be used before the next `handle`. How the input is cut never changes what comes out, taken
//! together.
//! After a [`Fault`] the outputs still pending are drained (they may hold a last error message for
//! the client) and both sides are closed.
//!
//! It does no TLS (the driver does, on [`Output::StartTls`]), no I/O, keeps no clock and draws no
//! random number: nonces and keys come in [`Challenge`] and [`TargetLogin`].

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use mask::Plan;
pub use model::{HoldNotice, Housekeeping, Reply};
use model::{Outcome, Proof, Refusal, Salt, Statement, StatementId};

/// Which peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one who came to us.
    Client,
    /// The database.
    Target,
}

/// What a finished TLS handshake tells the core.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsFacts {
    /// `tls-server-end-point` of the *server's* certificate on that side (RFC 5929 §4): ours on
    /// the client side, the target's on the target side. `None` where the hash is not defined.
    pub server_end_point: Option<Vec<u8>>,
    /// The name the client asked for, on the client side.
    pub server_name: Option<String>,
}

/// How a client must prove itself: the driver's answer to [`Credential::Name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// An identity provider's token by OAUTHBEARER (RFC 7628). The driver sends this only inside
    /// TLS.
    Bearer {
        /// What a client without one is told, as JSON (§3.2.2).
        discovery: String,
    },
    /// Ask for the token in clear text. The driver sends this only inside TLS or where the
    /// listener says so.
    ClearText,
    /// SCRAM-SHA-256 (and -PLUS inside TLS).
    Scram {
        /// At least 18 random bytes, printable after base64: our half of the nonce.
        nonce: Vec<u8>,
        /// The principal's salt, or a stable false one.
        salt: Salt,
    },
}

/// What a client shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An identity provider's token. Answered by `Identified` without a signature, or `Reject`.
    Bearer {
        /// The token; `None` where the client only asked whom to get one from, which ends its
        /// session: it comes back with one.
        token: Option<String>,
        /// `user`.
        user: String,
    },
    /// The start-up message: a claim, nothing proved yet. Answered by `Challenge` or `Reject`, or
    /// by `Identified` without a signature where TLS has shown who it is.
    Name {
        /// `database`, or the user name where the client gave none.
        database: String,
        /// Whether the client side is inside TLS.
        is_encrypted: bool,
        /// Every other start-up parameter and each setting found inside `options`, in order.
        parameters: Vec<(String, String)>,
        /// SNI, inside TLS.
        server_name: Option<String>,
        /// `user`.
        user: String,
    },
    /// A SCRAM proof. Answered by `Identified` with a signature, or `Reject`.
    Proof(Proof),
    /// A token in clear text. Answered by `Identified` without a signature, or `Reject`.
    Token {
        /// The token.
        token: String,
        /// `user`.
        user: String,
    },
}

/// How to sign in at the target. Sent by the driver once it has connected.
#[derive(Debug, Clone)]
pub struct TargetLogin {
    /// Random bytes: the session's own cancel key, 32 bytes; a 3.0 client is given the first four.
    pub client_key: [u8; 32],
    /// Our half of the SCRAM nonce, at least 18 random bytes.
    pub nonce: Vec<u8>,
    /// Start-up parameters to send besides `user` and `database`: judged by policy already.
    pub parameters: Vec<(String, String)>,
    /// The database.
    pub database: String,
    /// The password; `None` where the target asks for none.
    pub password: Option<Arc<str>>,
    /// Whether to ask for TLS, and whether to go on without.
    pub tls: TargetTls,
    /// The role.
    pub user: String,
}

/// What to do about TLS at the target (`sslmode`; certificate checks are the driver's).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetTls {
    /// Never (`disable`).
    Disable,
    /// Ask, and go on in clear text if refused (`prefer`).
    Prefer,
    /// Ask, and end the session if refused (`require`, `verify-ca`, `verify-full`).
    Require,
}

/// A SCRAM key derivation the driver does off the reactor, and remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// PBKDF2 iterations; already checked against the limit.
    pub iterations: u32,
    /// The target's salt.
    pub salt: Vec<u8>,
}

/// What goes into a core.
#[derive(Debug)]
pub enum Input<'a> {
    /// The statement has a permit: send its bytes, show its result through the plan.
    Admit(StatementId, Plan),
    /// The statement was addressed to us: answer it.
    Answer(StatementId, Reply),
    /// Somebody with this session's cancel key, or an operator, wants the running statement
    /// stopped.
    Cancel,
    /// Answers [`Output::CancelTarget`]: the request has arrived, or never will.
    Cancelled,
    /// Answers [`Credential::Name`].
    Challenge(Challenge),
    /// A side closed.
    Closed(Side),
    /// Answers [`Output::Derive`]: `SaltedPassword` (RFC 5802 §3).
    Derived([u8; 32]),
    /// Finish what runs, then close (SIGTERM).
    Drain,
    /// The time of the statement that runs is over.
    Expire,
    /// Bytes from the client.
    FromClient(&'a [u8]),
    /// Bytes from the target.
    FromTarget(&'a [u8]),
    /// The statement waits for a person: tell the client, keep the connection alive.
    Held(StatementId, HoldNotice),
    /// The client is who it says; the `ServerSignature` if it proved itself by SCRAM.
    Identified(Option<[u8; 32]>),
    /// The target is connected: sign in there. Answers [`Output::Open`].
    Opened(Box<TargetLogin>),
    /// End the session with a FATAL: a refusal at sign-in, an unreachable target, a killed session.
    /// Fields: SQLSTATE, sentence, hint.
    Reject(&'static str, String, Option<String>),
    /// The statement does not pass.
    Refuse(StatementId, Refusal),
    /// Time passed since the last `Tick`.
    Tick(Duration),
    /// The TLS handshake on a side is done.
    TlsReady(Side, TlsFacts),
}

/// Bytes that leave the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Bytes the core made.
    Made(Vec<u8>),
    /// That range of the input just fed, as it lies.
    Pass(Range<usize>),
}

/// Bytes for the client: rows among them have been through their plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The statement whose result these bytes belong to: they may leave only once its record is
    /// durable. `None` for what belongs to no statement.
    pub cause: Option<StatementId>,
    /// The bytes.
    pub payload: Payload,
}

/// On whose account bytes travel to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Our own, from the closed list.
    Housekeeping(Housekeeping),
    /// A statement's: its permit must clear them.
    Statement(StatementId),
}

/// What comes out of a core.
#[derive(Debug)]
pub enum Output {
    /// The client's first packet was a cancel request: find the session with this key and cancel.
    CancelRequest {
        /// 4 to 256 bytes.
        key: Vec<u8>,
        /// Process id.
        pid: u32,
    },
    /// Open a second connection to the target, with the same TLS, and send it these bytes. Answered
    /// by `Cancelled`.
    CancelTarget(Vec<u8>),
    /// Do this derivation with the target's password, answer `Derived`.
    Derive(Derivation),
    /// Nothing more will come: flush, close both sides.
    End,
    /// The client is signed in: connect to its target and answer `Opened` or `Reject`.
    Open,
    /// The client shows this of itself.
    Present(Credential),
    /// The session is up: whoever shows this key may cancel it.
    Ready {
        /// The key the client was given: 4 or 32 bytes.
        key: Vec<u8>,
        /// The target's own process id, which the client was given too.
        pid: u32,
    },
    /// The target told a setting (`ParameterStatus`): the server's own word on what is in force.
    Setting(String, String),
    /// A permitted statement ended.
    Settle(StatementId, Outcome),
    /// The target told its transaction's state (`ReadyForQuery`), after every `Settle` it decides.
    Status {
        /// Whether anything failed at the target since it last told.
        has_failed: bool,
        /// `I` idle, `T` in a transaction, `E` in a failed one.
        status: char,
    },
    /// Upgrade that side to TLS now: everything before it has been output, nothing after it fed.
    StartTls(Side),
    /// The client wants this. Answered by `Admit`, `Answer` or `Refuse`, perhaps `Held` before.
    Submit(Statement),
    /// Bytes for the client.
    ToClient(Shown),
    /// Bytes for the target.
    ToTarget(Cause, Payload),
    /// Feed a `Tick` no later than this from now.
    Wake(Duration),
    /// The client took back a statement that is still being judged or held: drop it. The core
    /// tells the client itself; no answer to that statement is expected any more.
    Withdraw(StatementId),
}

/// A session-ending error, by culprit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// We are wrong: a state that should not exist.
    #[error("bug: {0}")]
    Bug(String),
    /// The client broke the protocol.
    #[error("client: {0}")]
    Client(String),
    /// A bound was reached.
    #[error("limit: {0}")]
    Limit(String),
    /// The target broke the protocol, or hung up.
    #[error("target: {0}")]
    Target(String),
}

/// A protocol core. See the crate's contract.
pub trait Wire: Send {
    /// Takes one input.
    fn handle(&mut self, input: Input<'_>) -> Result<(), Fault>;
    /// The next output, until there is none.
    fn poll(&mut self) -> Option<Output>;
    /// Whether the client's pipelined bytes wait for a statement to end and are half way to their
    /// bound (`Limits::pending_bytes`). The driver then stops reading the client until this is
    /// false again; a core fed beyond the bound ends the session by [`Fault::Limit`].
    fn is_full(&self) -> bool {
        false
    }
}
