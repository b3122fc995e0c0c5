//! The nouns every other crate shares, and the table of what may follow what.
//!
//! Why: one idea, one word, one type (`docs/GLOSSARY.md`). Analysis, policy, govern, the wires and
//! the ledger speak of the same principal, statement, effects and outcome because they are defined
//! once, here.
//!
//! It does no I/O, reads no clock and draws no random number: times, ids and bytes are arguments.

mod account;
pub mod bounds;
pub mod class;
pub mod delegation;
pub mod effects;
pub mod event;
pub mod grant;
pub mod guesses;
pub mod housekeeping;
pub mod identity;
pub mod intent;
pub mod limits;
pub mod name;
pub mod outcome;
pub mod refusal;
pub mod rehearsal;
pub mod reply;
pub mod review;
pub mod session;
pub mod statement;
pub mod status;
pub mod store;
pub mod time;
pub mod transform;
mod words;

pub use account::{Account, Accounts, Obtaining, Unobtained};
pub use bounds::{Bounds, Breach};
pub use class::Class;
pub use delegation::{Delegation, DelegationRecord, Ground, Remit};
pub use effects::{
    Act, Action, Call, CallBody, ColumnRef, CopyForm, CopyShape, Effects, Filter, FilterForm, Gap,
    Lineage, Object, ObjectKind, OutputColumn, Predicate, Reach, SessionName, SettingChange,
    TransactionControl, Volatility,
};
pub use event::{Event, Verb};
pub use grant::{Ahead, Grant, GrantAct, GrantState, Scope};
pub use guesses::{Guesses, Wait};
pub use housekeeping::Housekeeping;
pub use identity::{
    BadCertificate, Bearers, Believing, Certificates, Directory, Identity, Method, PrincipalKind,
    Proof, Salt, SignInFault, Subject,
};
pub use intent::{Claim, ClaimSource, Intent, IntentVerdict};
pub use limits::Limits;
pub use name::{BadName, GroupName, PrincipalName, TargetName};
pub use outcome::{Outcome, OutcomeKind};
pub use refusal::{Manner, Refusal, RefusalKind};
pub use rehearsal::Rehearsal;
pub use reply::Reply;
pub use review::{Answer, Hold, HoldNotice, Review, ReviewId, ReviewState};
pub use session::{Mode, Session, SessionId, TargetFacts};
pub use statement::{Format, Parameter, Route, Statement, StatementId};
pub use status::Status;
pub use store::{
    PrincipalRecord, Provisioned, ProvisionedKind, Store, StoreFault, Subjected, TokenRecord,
};
pub use time::{Clock, Timestamp};
pub use transform::Transform;
