//! Names we give out ourselves: of principals, groups and targets.
//!
//! Why: a name ends up in user names of DSNs, in policy entity ids, in file names and in the
//! ledger, so its alphabet is closed once, where it is made, and never escaped later.
//! It does not describe names of database objects: those are the database's own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name we give out, in bytes: what PostgreSQL keeps of a role's name
/// (`NAMEDATALEN - 1`).
pub const NAME_MAX_BYTES: usize = 63;

/// A text that is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a name: 1 to 63 of a-z, A-Z, 0-9, '.', '_', '-' and '@', \
     starting with a letter or digit"
)]
pub struct BadName {
    text: String,
}

fn check(text: &str) -> Result<(), BadName> {
    let starts = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric());
    let inside = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-@".contains(&b));
    if starts && inside && text.len() <= NAME_MAX_BYTES {
        Ok(())
    } else {
        Err(BadName {
            text: text.to_owned(),
        })
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                check(text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
    };
}

name!(
    /// The name of an accountable subject: a person, a service or an agent.
    PrincipalName
);
name!(
    /// The name of a group of principals, as policy and the identity provider know it.
    GroupName
);
name!(
    /// The name of a database we lead to.
    TargetName
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_closed_alphabet() {
        for good in ["alice", "a.b-c_d@example.com", "9lives"] {
            assert_eq!(good.parse::<PrincipalName>().unwrap().as_str(), good);
        }
        for bad in ["", "-x", "a b", "a/b", "é", "a\"b", &"x".repeat(64)] {
            assert!(bad.parse::<PrincipalName>().is_err(), "{bad}");
        }
    }
}
