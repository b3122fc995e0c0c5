//! Where the gateway's accounts at targets come from, where no file holds their password.
//!
//! ```text
//! exec:/usr/local/bin/secret orders        a program's output            [`exec`]
//! vault-kv:secret/orders#password          Vault, key/value version 2    [`vault`]
//! vault-database:database/orders-app       Vault's database engine       [`vault`]
//! rds-iam:eu-central-1                     a token signed for AWS        [`rds`]
//! ```
//! Why a crate: a secret is fetched here, kept for as long as it counts, fetched once however many
//! ask, and goes to no log and into no error. It decides nothing, and knows no target's protocol.

pub mod exec;
pub mod rds;
pub mod vault;

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Account, Unobtained};
use tokio::sync::Mutex;

/// How long what was fetched is used where nothing says how long it counts: short enough that a
/// replaced secret is found, long enough that a burst of sessions asks once.
pub(crate) const KEPT: Duration = Duration::from_secs(30);

/// What an account comes from, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A program's output: the program, and its arguments.
    Exec(Vec<String>),
    /// An authentication token of AWS for RDS, in that region.
    Rds(String),
    /// User and password of the database engine: mount and role.
    VaultDatabase(String, String),
    /// A field of a secret of key/value version 2: mount, path, field.
    VaultKeyValue(String, String, String),
}

impl Wanted {
    /// Reads one; `None` is a plain text, `Err` says what is wrong.
    pub fn of(text: &str) -> Option<Result<Self, String>> {
        let (kind, rest) = text.split_once(':')?;
        let found = match kind {
            "exec" => {
                let words: Vec<_> = rest.split_ascii_whitespace().map(str::to_owned).collect();
                let is_path = words
                    .first()
                    .is_some_and(|program| program.starts_with('/'));
                is_path
                    .then_some(Self::Exec(words))
                    .ok_or("exec:/path/of/a/program, then its arguments, parted by blanks")
            }
            "rds-iam" => {
                let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                let is_one = !rest.is_empty() && rest.chars().all(is_region);
                is_one
                    .then(|| Self::Rds(rest.to_owned()))
                    .ok_or("rds-iam:REGION, such as rds-iam:eu-central-1")
            }
            "vault-database" => parted(rest)
                .map(|(mount, role)| Self::VaultDatabase(mount, role))
                .ok_or("vault-database:MOUNT/ROLE, such as vault-database:database/orders-app"),
            "vault-kv" => rest
                .rsplit_once('#')
                .filter(|(_, field)| !field.is_empty())
                .and_then(|(path, field)| Some((parted(path)?, field.to_owned())))
                .map(|((mount, path), field)| Self::VaultKeyValue(mount, path, field))
                .ok_or("vault-kv:MOUNT/PATH#FIELD, such as vault-kv:secret/orders#password"),
            _ => return None,
        };
        Some(found.map_err(|form| format!("this is written {form}")))
    }
}

/// A mount and what lies there; no part may lead elsewhere.
fn parted(text: &str) -> Option<(String, String)> {
    let is_sound = |part: &str| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && part != "." && part != ".." && part.chars().all(is_letter)
    };
    let (mount, path) = text.split_once('/')?;
    let is_whole = is_sound(mount) && path.split('/').all(is_sound);
    is_whole.then(|| (mount.to_owned(), path.to_owned()))
}

/// An account that was fetched, for as long as it is kept. Who asks while it is fetched waits for
/// that one answer.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<(Account, Instant)>>);

impl Kept {
    /// The account that is kept, or what `fetch` gives now.
    pub(crate) async fn or(
        &self,
        life: Duration,
        fetch: impl Future<Output = Result<Account, Unobtained>>,
    ) -> Result<Account, Unobtained> {
        let mut kept = self.0.lock().await;
        if let Some((account, at)) = kept.as_ref()
            && at.elapsed() < life
        {
            return Ok(account.clone());
        }
        *kept = None;
        let account = fetch.await?;
        *kept = Some((account.clone(), Instant::now()));
        Ok(account)
    }
}

/// An account of that role with that password.
pub(crate) fn account(user: &str, password: &str) -> Account {
    Account {
        password: Some(Arc::from(password)),
        user: Arc::from(user),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_or_said_to_be_wrong() {
        let words = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let good = [
            (
                "exec:/bin/s a  b",
                Wanted::Exec(words(&["/bin/s", "a", "b"])),
            ),
            ("rds-iam:eu-central-1", Wanted::Rds("eu-central-1".into())),
            (
                "vault-database:db/app",
                Wanted::VaultDatabase("db".into(), "app".into()),
            ),
            (
                "vault-kv:secret/a/b#c",
                Wanted::VaultKeyValue("secret".into(), "a/b".into(), "c".into()),
            ),
        ];
        for (text, wanted) in good {
            assert_eq!(Wanted::of(text), Some(Ok(wanted)), "{text}");
        }
        let bad = [
            "exec:secret",
            "exec:",
            "rds-iam:",
            "rds-iam:eu/..",
            "vault-database:db",
            "vault-kv:secret/a",
            "vault-kv:secret/../sys#c",
            "vault-kv:secret/a?x#c",
        ];
        for text in bad {
            assert!(Wanted::of(text).unwrap().is_err(), "{text}");
        }
        for plain in ["geheim", "a:b", ""] {
            assert_eq!(Wanted::of(plain), None, "{plain}");
        }
    }
}
