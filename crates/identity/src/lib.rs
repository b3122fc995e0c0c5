//! Who is this? Principals and the tokens that prove them.
//!
//! Why a crate: a credential passes through here and nowhere else; after it there is only an
//! [`model::Identity`]. [`LocalDirectory`] answers the doors ([`model::Directory`]), [`Admin`]
//! changes what it knows (each change recorded first), [`http`] puts that on the control
//! plane, where `guard` says which acts need an operator. Whom an identity provider vouches for
//! ([`oidc`]) is given a token of ours ([`Exchange`], on HTTP in [`oauth`]), and from there on is a
//! principal like any other. An agent is given one for a task of a person's ([`Task`]), and is
//! stopped by [`agents`]. Client certificates ([`certificates`]) prove the token they were made
//! for, or a service that the configuration names.
//!
//! Who leaves a company's directory leaves here ([`scim`]), and a provider's signal ends what it
//! speaks of ([`signals`]).
//!
//! It does not decide what an identity may do (`policy`).

pub mod admin;
pub mod agents;
mod assertion;
mod bearer;
pub mod certificates;
mod delegate;
mod directory;
mod door;
mod exchange;
mod guard;
pub mod http;
pub mod oauth;
pub mod oidc;
pub mod scim;
mod scram;
pub mod signals;
pub mod token;

pub use admin::{Admin, AdminFault, Issued, NewPrincipal, Recorder};
pub use assertion::Client;
pub use delegate::{Actor, NotDelegated, Subject, Task};
pub use directory::LocalDirectory;
pub use door::{Door, Peer, watched};
pub use exchange::{Exchange, NotExchanged};
pub use guard::{OPERATORS, ReviewingGroups};
