//! The gateway's own account at a target: whose name, and what proves it just now.
//!
//! Why a trait: a password that lies in a vault, comes from a program or is signed for a quarter of
//! an hour is fetched when it is needed, by what `gateway` need not know. Nothing here prints one.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

/// A role at a target, and its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The password; `None` where the target asks for none.
    pub password: Option<Arc<str>>,
    /// The role.
    pub user: Arc<str>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Why there is no account just now, in a sentence for operators without any secret in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unobtained(pub String);

/// What [`Accounts::obtain`] waits for.
pub type Obtaining<'a> = Pin<Box<dyn Future<Output = Result<Account, Unobtained>> + Send + 'a>>;

/// Where an account comes from. It keeps what it has for as long as that counts, and fetches once
/// however many ask.
pub trait Accounts: Send + Sync {
    /// The account as it is now.
    fn obtain(&self) -> Obtaining<'_>;

    /// The gateway ends: what was only lent is given back.
    fn end(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
