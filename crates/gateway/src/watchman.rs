//! Watches over open sessions: an identity that no longer holds ends its session.
//!
//! Rights are given at sign-in and may be withdrawn while a session is open: a token expires or is
//! revoked, a principal is disabled, groups or rules change, a grant ends. It looks when it is
//! told of that, and every few seconds (what only time, or another gateway on the same store,
//! brings about), off the reactors. What it ends is over within five seconds, in the middle of a
//! result too: `session`. A result that shows what an ended grant let it show is cancelled; where
//! one is only half read and nothing runs (a suspended portal), the session is ended a little
//! later.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::registry::{Command, Ending, Mailbox};
use crate::rim::Rim;
use govern::{Groundless, OpenSession};
use model::SessionId;

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

const UNGRANTED: Ending = Ending {
    reason: "expired",
    code: "57P01",
    message: "the grant by which this session was let in has ended",
    hint: Some("portcullis request asks for another"),
};

const HALF_READ: Ending = Ending {
    reason: "expired",
    code: "57P01",
    message: "the grant has ended by which a result, still half read, was shown",
    hint: Some("read results to their end while the grant lasts; portcullis request asks anew"),
};

/// Serves until dropped.
pub(crate) async fn watch(rim: Arc<Rim>) {
    let mut version = rim.governor.rules().version().clone();
    let mut changes = rim.changes.clone();
    let mut cancelled = HashMap::new();
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
        let before = std::mem::take(&mut cancelled);
        let looked = tokio::task::spawn_blocking(move || look(&looking, open, is_changed, &before));
        match looked.await {
            Ok(now) => cancelled = now,
            Err(_) => tracing::error!("a look at the open sessions' identities failed"),
        }
    }
}

/// One look; gives the sessions of which something was cancelled for want of a grant.
fn look(
    rim: &Rim,
    open: Vec<(Arc<OpenSession>, Arc<Mailbox>)>,
    is_changed: bool,
    cancelled: &HashMap<SessionId, Instant>,
) -> HashMap<SessionId, Instant> {
    let mut now_cancelled = HashMap::new();
    for (session, mailbox) in open {
        let id = session.facts().id;
        let ending = if !rim.directory.holds(&session.facts().identity, rim.now()) {
            REVOKED
        } else if is_changed && !rim.governor.still_allows(&session) {
            DISALLOWED
        } else {
            match rim.governor.groundless(&session) {
                Groundless::Nothing => continue,
                Groundless::Session => UNGRANTED,
                Groundless::Statement => match cancelled.get(&id) {
                    Some(since) if since.elapsed() >= PERIOD => HALF_READ,
                    Some(since) => {
                        now_cancelled.insert(id, *since);
                        continue;
                    }
                    None => {
                        now_cancelled.insert(id, Instant::now());
                        mailbox.send(Command::Cancel);
                        continue;
                    }
                },
            }
        };
        tracing::info!(session = %id, ending.message, "a session is ended");
        mailbox.send(Command::End(ending));
    }
    now_cancelled
}
