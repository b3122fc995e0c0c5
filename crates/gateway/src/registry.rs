//! Every connection that is there, and how to reach into its session from outside.
//!
//! A [`Mailbox`] is all the outside holds of a session: commands go in, one atomic flag is looked
//! at by the session each turn. Cancel keys are compared in constant time.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use futures_util::task::AtomicWaker;
use govern::OpenSession;
use model::{Session, SessionId};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use subtle::ConstantTimeEq as _;

/// What the outside may ask of a session.
#[derive(Debug)]
pub(crate) enum Command {
    /// Cancel what runs.
    Cancel,
    /// A cancel request of this session has arrived at its target.
    Cancelled,
    /// Close now.
    Close,
    /// Finish what runs, then close.
    Drain,
    /// End with a FATAL.
    End(Ending),
}

/// A FATAL and why.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    /// The stable word of `session.close`.
    pub(crate) reason: &'static str,
    /// SQLSTATE.
    pub(crate) code: &'static str,
    /// One sentence.
    pub(crate) message: &'static str,
    /// A way out.
    pub(crate) hint: Option<&'static str>,
}

/// The outside's end of a session.
#[derive(Default)]
pub(crate) struct Mailbox {
    commands: Mutex<Vec<Command>>,
    has_mail: AtomicBool,
    /// Set once the session was let in.
    pub(crate) open: OnceLock<Arc<OpenSession>>,
    /// Statements submitted so far.
    pub(crate) statements: AtomicU64,
    /// Whether a statement is held just now.
    pub(crate) is_held: AtomicBool,
    waker: AtomicWaker,
}

impl Mailbox {
    /// Puts a command in and wakes the session.
    pub(crate) fn send(&self, command: Command) {
        self.commands.lock().push(command);
        self.has_mail.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// What came since; registers the session to be woken by what comes next.
    pub(crate) fn collect(&self, waker: &std::task::Waker) -> Vec<Command> {
        self.waker.register(waker);
        if self.has_mail.swap(false, Ordering::AcqRel) {
            std::mem::take(&mut *self.commands.lock())
        } else {
            Vec::new()
        }
    }
}

/// A cancel key and whose it is.
type Keyed = (Vec<u8>, Arc<Mailbox>);

/// Every connection that is there.
#[derive(Default)]
pub(crate) struct Registry {
    count: AtomicUsize,
    /// By process id: cancel keys and whose they are.
    keys: Mutex<FxHashMap<u32, Vec<Keyed>>>,
    mailboxes: Mutex<FxHashMap<u64, Arc<Mailbox>>>,
    next: AtomicU64,
}

/// A connection's place in the registry, and its cancel key's; both go with it.
pub(crate) struct Place {
    /// The connection's number, unique in this process.
    pub(crate) slot: u64,
    key: Option<(u32, Vec<u8>)>,
    mailbox: Arc<Mailbox>,
    registry: Arc<Registry>,
}

/// A session as a list shows it.
#[derive(Clone)]
pub(crate) struct SessionView {
    /// Its facts.
    pub(crate) facts: Arc<Session>,
    /// Whether a statement of it is held just now.
    pub(crate) is_held: bool,
    /// Statements submitted so far.
    pub(crate) statements: u64,
}

impl Registry {
    /// A place for a new connection.
    pub(crate) fn enter(self: &Arc<Self>) -> Place {
        let slot = self.next.fetch_add(1, Ordering::Relaxed);
        let mailbox = Arc::new(Mailbox::default());
        self.count.fetch_add(1, Ordering::Relaxed);
        self.mailboxes.lock().insert(slot, mailbox.clone());
        Place {
            slot,
            key: None,
            mailbox,
            registry: self.clone(),
        }
    }

    /// How many connections there are.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Cancels the session with that key; whether there is one is told to nobody.
    pub(crate) fn cancel(&self, pid: u32, key: &[u8]) {
        let keys = self.keys.lock();
        for (known, mailbox) in keys.get(&pid).into_iter().flatten() {
            if bool::from(known.as_slice().ct_eq(key)) {
                mailbox.send(Command::Cancel);
            }
        }
    }

    /// Every session that was let in.
    pub(crate) fn open(&self) -> Vec<(Arc<OpenSession>, Arc<Mailbox>)> {
        let mailboxes = self.mailboxes.lock();
        let open = mailboxes
            .values()
            .filter_map(|m| Some((m.open.get()?.clone(), m.clone())));
        open.collect()
    }

    /// The mailbox of a session.
    pub(crate) fn find(&self, id: SessionId) -> Option<Arc<Mailbox>> {
        let is_it = |m: &&Arc<Mailbox>| m.open.get().is_some_and(|open| open.facts().id == id);
        self.mailboxes.lock().values().find(is_it).cloned()
    }

    /// Says the same to every connection.
    pub(crate) fn tell_all(&self, command: impl Fn() -> Command) {
        for mailbox in self.mailboxes.lock().values() {
            mailbox.send(command());
        }
    }
}

impl Place {
    /// The session's own end of the mailbox.
    pub(crate) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Whoever shows this key may cancel the session from now on.
    pub(crate) fn set_key(&mut self, pid: u32, key: Vec<u8>) {
        let mut keys = self.registry.keys.lock();
        keys.entry(pid)
            .or_default()
            .push((key.clone(), self.mailbox.clone()));
        drop(keys);
        self.key = Some((pid, key));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.registry.mailboxes.lock().remove(&self.slot);
        self.registry.count.fetch_sub(1, Ordering::Relaxed);
        if let Some((pid, _)) = &self.key {
            let mut keys = self.registry.keys.lock();
            if let Some(list) = keys.get_mut(pid) {
                list.retain(|(_, mailbox)| !Arc::ptr_eq(mailbox, &self.mailbox));
                if list.is_empty() {
                    keys.remove(pid);
                }
            }
        }
    }
}

impl SessionView {
    pub(crate) fn of(open: &OpenSession, mailbox: &Mailbox) -> Self {
        Self {
            facts: open.facts(),
            is_held: mailbox.is_held.load(Ordering::Relaxed),
            statements: mailbox.statements.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn only_the_right_key_cancels_and_only_while_the_session_lives() {
        let registry = Arc::new(Registry::default());
        let mut place = registry.enter();
        place.set_key(7, b"right".to_vec());
        let mailbox = place.mailbox().clone();
        for (pid, key, expected) in [
            (7, &b"wrong"[..], 0),
            (8, b"right", 0),
            (7, b"right!", 0),
            (7, b"", 0),
            (7, b"right", 1),
        ] {
            registry.cancel(pid, key);
            assert_eq!(
                mailbox.collect(Waker::noop()).len(),
                expected,
                "{pid} {key:?}"
            );
        }
        drop(place);
        registry.cancel(7, b"right");
        assert!(mailbox.collect(Waker::noop()).is_empty());
        assert_eq!(registry.count(), 0);
        assert!(registry.keys.lock().is_empty());
    }
}
