//! How a verb ends: the exit codes, and errors that carry one.
//!
//! Why one place: scripts and agents read the code before the words.

use std::fmt;
use std::process::ExitCode;

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0.
    Done,
    /// 1.
    Failed,
    /// 2.
    Usage,
    /// 3: policy or a reviewer said no.
    Refused,
    /// 4: held, and not released in time.
    Held,
    /// That of a program that was run.
    Child(u8),
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Held => 4,
            Self::Child(code) => code,
        }
    }

    /// The exit code of an error: what it says of itself, or 1.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        error
            .downcast_ref::<Stop>()
            .map_or(Self::Failed, |stop| stop.exit)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The end of a verb in words: what happened, and a way out.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The code.
    pub(crate) exit: Exit,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// What happened.
    pub(crate) message: String,
}

impl Stop {
    /// A failure.
    pub(crate) fn failed(message: impl Into<String>, hint: &str) -> anyhow::Error {
        Self::with(Exit::Failed, message, hint)
    }

    /// A mistake in how it was called.
    pub(crate) fn usage(message: impl Into<String>, hint: &str) -> anyhow::Error {
        Self::with(Exit::Usage, message, hint)
    }

    /// Any.
    pub(crate) fn with(exit: Exit, message: impl Into<String>, hint: &str) -> anyhow::Error {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Self {
            exit,
            hint,
            message: message.into(),
        }
        .into()
    }
}

impl std::error::Error for Stop {}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}
