//! A password that a program prints: `exec:/path arguments`.
//!
//! No shell reads it: what stands there is the program and its words. It has ten seconds and 64
//! KiB, and whatever it started goes with it. Its error output is not read: it might hold the
//! secret. Its last newline is no part of the password.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use model::{Account, Accounts, Obtaining, Unobtained};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use crate::{KEPT, Kept, account};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How much it may print, bytes.
const MOST: u64 = 65_536;

/// A program that prints the password of a role.
pub struct Exec {
    kept: Kept,
    limit: Duration,
    user: Arc<str>,
    words: Vec<String>,
}

impl Exec {
    /// The program and its arguments, for the password of `user`.
    pub fn new(words: Vec<String>, user: &str) -> Self {
        Self {
            kept: Kept::default(),
            limit: LIMIT,
            user: user.into(),
            words,
        }
    }

    async fn fetch(&self) -> Result<Account, Unobtained> {
        let (program, arguments) = self.words.split_first().ok_or_else(|| no("no program"))?;
        let said = |why: &dyn std::fmt::Display| no(&format!("{program}: {why}"));
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|fault| said(&fault))?;
        let group = Group(child.id());
        let printed = tokio::time::timeout(self.limit, printed(&mut child)).await;
        drop(group);
        let text = match printed {
            Err(_) => return Err(said(&"it took too long, and was ended")),
            Ok(Err(fault)) => return Err(said(&fault)),
            Ok(Ok(text)) => text,
        };
        let password = text.strip_suffix('\n').unwrap_or(&text);
        let password = password.strip_suffix('\r').unwrap_or(password);
        if password.is_empty() || password.contains(['\0', '\n']) {
            return Err(said(&"it printed no password: one line is wanted"));
        }
        Ok(account(&self.user, password))
    }
}

async fn printed(child: &mut Child) -> Result<Zeroizing<String>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    if let Some(out) = child.stdout.take() {
        let mut out = out.take(MOST + 1);
        let read = out.read_to_end(&mut bytes).await;
        read.map_err(|fault| fault.to_string())?;
    }
    if bytes.len() as u64 > MOST {
        return Err(format!("it printed more than {MOST} bytes"));
    }
    let status = child.wait().await.map_err(|fault| fault.to_string())?;
    if !status.success() {
        return Err(format!("it failed ({status})"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "it printed no text")?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// A program and all it started: ended with the value, if they have not ended by then.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(Ok(group)) = self.0.map(i32::try_from) {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

fn no(why: &str) -> Unobtained {
    Unobtained(why.to_owned())
}

impl Accounts for Exec {
    fn obtain(&self) -> Obtaining<'_> {
        Box::pin(self.kept.or(KEPT, self.fetch()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn script(text: &str) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        let path = path.display().to_string();
        (dir, path)
    }

    #[tokio::test]
    async fn one_line_is_the_password_and_many_ask_once() {
        let (dir, program) = script("echo run >> $2; echo \"pa ss $1\"");
        let count = dir.path().join("count").display().to_string();
        let words = vec![program, "$HOME;x".to_owned(), count.clone()];
        let exec = Exec::new(words, "app");
        let (one, two) = tokio::join!(exec.obtain(), exec.obtain());
        assert_eq!(
            one.as_ref().unwrap().password.as_deref(),
            Some("pa ss $HOME;x")
        );
        assert_eq!(one, two);
        assert_eq!(std::fs::read_to_string(count).unwrap(), "run\n");
        assert!(!format!("{one:?}").contains("pa ss"));
    }

    #[tokio::test]
    async fn what_is_no_password_is_said_without_it() {
        let table = [
            ("echo geheim; exit 3", "it failed"),
            ("printf 'geheim\\ngeheim\\n'", "it printed no password"),
            ("true", "it printed no password"),
            (
                "head -c 70000 /dev/zero | tr '\\0' g",
                "more than 65536 bytes",
            ),
            ("echo geheim >&2; exit 1", "it failed"),
            ("sleep 60 & wait", "it took too long"),
        ];
        for (text, expected) in table {
            let (_dir, program) = script(text);
            let mut exec = Exec::new(vec![program], "app");
            exec.limit = Duration::from_secs(2);
            let said = exec.obtain().await.unwrap_err().to_string();
            assert!(said.contains(expected), "{text}: {said}");
            assert!(!said.contains("geheim"), "{said}");
        }
        let missing = Exec::new(vec!["/nonexistent".to_owned()], "app");
        assert!(missing.obtain().await.is_err());
    }
}
