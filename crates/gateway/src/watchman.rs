//! Watches over open sessions: an identity that no longer holds ends its session.
//!
//! Rights are given at sign-in and may be withdrawn while a session is open: a token expires or is
//! revoked, a principal is disabled, groups or rules change. It looks when it is told of that, and
//! every few seconds (what only time, or another gateway on the same store, brings about), off the
//! reactors. What it ends is over within five seconds, in the middle of a result too: `session`.

use std::sync::Arc;
use std::time::Duration;

use crate::registry::{Command, Ending, Mailbox};
use crate::rim::Rim;
use govern::OpenSession;

/// Between looks nobody asked for: with what a session takes to end, under five seconds.
const PERIOD: Duration = Duration::from_secs(3);

/// Directories withdraw the rights of many at once: those are one look.
const SETTLE: Duration = Duration::from_millis(100);

const REVOKED: Ending = Ending {
    reason: "expired",
    code: "57P01",
    message: "this session's token has expired or was withdrawn",
    hint: Some("sign in again with a new token: portcullis tokens issue NAME"),
};

const DISALLOWED: Ending = Ending {
    reason: "killed",
    code: "57P01",
    message: "the rules changed, and no longer let this identity use this target",
    hint: Some("portcullis ls lists the targets you may reach"),
};

/// Serves until dropped.
pub(crate) async fn watch(rim: Arc<Rim>) {
    let mut version = rim.governor.rules().version().clone();
    let mut changes = rim.changes.clone();
    loop {
        let told = tokio::time::timeout(PERIOD, changes.changed());
        if matches!(told.await, Ok(Err(_))) {
            // Nobody will tell any more: there is still the clock.
            tokio::time::sleep(PERIOD).await;
        }
        tokio::time::sleep(SETTLE).await;
        let now = rim.governor.rules().version().clone();
        let is_changed = std::mem::replace(&mut version, now.clone()) != now;
        let open = rim.registry.open();
        let looking = rim.clone();
        // The directory may block on its store, and judging takes its time.
        let looked = tokio::task::spawn_blocking(move || look(&looking, open, is_changed));
        if looked.await.is_err() {
            tracing::error!("a look at the open sessions' identities failed");
        }
    }
}

fn look(rim: &Rim, open: Vec<(Arc<OpenSession>, Arc<Mailbox>)>, is_changed: bool) {
    for (session, mailbox) in open {
        let ending = if !rim.directory.holds(&session.facts().identity, rim.now()) {
            REVOKED
        } else if is_changed && !rim.governor.still_allows(&session) {
            DISALLOWED
        } else {
            continue;
        };
        tracing::info!(session = %session.facts().id, ending.message, "a session is ended");
        mailbox.send(Command::End(ending));
    }
}
