//! Drivers of other languages: found as `./test` says, or skipped with a word.
//!
//! A machine set up by `./test` skips nothing (`PORTCULLIS_TEST_STRICT`).

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::run;

/// A language a script is written in.
#[derive(Clone, Copy)]
pub(crate) enum Language {
    /// With psycopg and asyncpg.
    Python,
    /// With pg, pg-cursor and pg-query-stream.
    Node,
}

impl Language {
    /// What starts a script.
    fn program(self) -> Result<Command, String> {
        let variable = |name: &str| std::env::var_os(name).ok_or(format!("{name} is not set"));
        match self {
            Self::Python => Ok(Command::new(variable("PORTCULLIS_TEST_PYTHON")?)),
            Self::Node => {
                let mut command = Command::new("node");
                command.env("NODE_PATH", variable("PORTCULLIS_TEST_NODE_MODULES")?);
                Ok(command)
            }
        }
    }
}

/// Runs `tests/drivers/NAME` with arguments; nothing where the driver is missing.
pub(crate) fn script(language: Language, name: &str, args: &[&str]) -> Option<Output> {
    Some(run(command(language, name)?.args(args)))
}

/// What runs `tests/drivers/NAME`; nothing where the driver is missing.
pub(crate) fn command(language: Language, name: &str) -> Option<Command> {
    let mut command = match language.program() {
        Ok(command) => command,
        Err(why) => {
            let is_strict = std::env::var_os("PORTCULLIS_TEST_STRICT").is_some();
            assert!(!is_strict, "{name} cannot run: {why}");
            println!("skipped: {name}: {why}");
            return None;
        }
    };
    command.arg(folder().join(name));
    Some(command)
}

/// The same, and it must go well.
pub(crate) fn demand(language: Language, name: &str, args: &[&str]) -> Option<String> {
    let output = script(language, name, args)?;
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {fault}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/drivers")
}
