//! The ways to hide a value that a rule may name in `@mask`.
//!
//! Why here: policy reads the name, `mask` does it, and neither knows the other.

use std::fmt;
use std::str::FromStr;

/// A way to hide a value. Later is stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transform {
    /// The class's own: a value that looks like one and is none; equal values stay equal.
    StandIn,
    /// A keyed fingerprint, where the type can hold one: equal values stay equal, nothing else of
    /// them does.
    Hash,
    /// One constant for every value, NULL among them.
    Blank,
}

impl Transform {
    /// All of them, from the mildest.
    pub const ALL: [Self; 3] = [Self::StandIn, Self::Hash, Self::Blank];

    /// The word a rule uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Hash => "hash",
            Self::StandIn => "stand_in",
        }
    }
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Transform {
    type Err = UnknownTransform;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == word);
        found.ok_or_else(|| UnknownTransform(word.to_owned()))
    }
}

/// A word that names no transform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no transform is called {0:?}: there are blank, hash and stand_in")]
pub struct UnknownTransform(String);
