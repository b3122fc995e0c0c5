//! Which account a server runs as.
//!
//! `initdb` and `postgres` refuse root, and tests in containers run as root: so we drop to an
//! unprivileged account by the safe `CommandExt::uid`. It makes no accounts.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Uid, User};

/// The account to run servers as; `None` is our own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account(Option<(u32, u32)>);

impl Account {
    /// Our own, or the first of `postgres` and `nobody` when we are root.
    pub(crate) fn choose() -> Self {
        if !Uid::effective().is_root() {
            return Self(None);
        }
        let found = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten());
        let Some(user) = found else {
            panic!("running as root, and there is neither an account `postgres` nor `nobody`");
        };
        Self(Some((user.uid.as_raw(), user.gid.as_raw())))
    }

    /// Makes a command run as the account.
    pub(crate) fn apply(self, command: &mut Command) {
        if let Self(Some((uid, gid))) = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Makes a file or folder the account's.
    pub(crate) fn own(self, path: &Path) {
        if let Self(Some((uid, gid))) = self
            && let Err(fault) = chown(path, Some(uid), Some(gid))
        {
            panic!(
                "cannot give {} to the server's account: {fault}",
                path.display()
            );
        }
    }
}
