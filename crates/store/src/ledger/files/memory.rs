//! A disk in memory that can lose what was not synced.
//!
//! Why harsher than a real one: after [`Memory::crash`] every unsynced sector and every unsynced
//! name has survived or not, each by its own throw of a seeded die, so writes are torn and renames
//! are half done. What holds here holds on a real disk.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::Mutex;

use super::{Files, Handle};

const SECTOR: usize = 512;

/// A file: what is written, what is durable, and the writes between the two.
#[derive(Debug, Default)]
struct Inode {
    durable: Vec<u8>,
    live: Vec<u8>,
    unsynced: Vec<(usize, Vec<u8>)>,
}

type Names = BTreeMap<String, Arc<Mutex<Inode>>>;

#[derive(Debug, Default)]
struct State {
    durable: Names,
    is_locked: Arc<AtomicBool>,
    live: Names,
}

/// The disk in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Writes and syncs that still succeed; negative is no bound.
    budget: Arc<AtomicI64>,
    state: Arc<Mutex<State>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            budget: Arc::new(AtomicI64::new(-1)),
            state: Arc::default(),
        }
    }
}

#[derive(Debug)]
struct Opened {
    budget: Arc<AtomicI64>,
    inode: Arc<Mutex<Inode>>,
}

fn spend(budget: &AtomicI64) -> io::Result<()> {
    let spent = budget.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| match left {
        0 => None,
        left if left < 0 => Some(left),
        left => Some(left - 1),
    });
    spent
        .map(drop)
        .map_err(|_| io::ErrorKind::StorageFull.into())
}

/// Writes where a file may have to grow.
fn put(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    if bytes.len() < at + new.len() {
        bytes.resize(at + new.len(), 0);
    }
    for (to, from) in bytes.iter_mut().skip(at).zip(new) {
        *to = *from;
    }
}

impl Handle for Opened {
    fn sync(&self) -> io::Result<()> {
        spend(&self.budget)?;
        let mut inode = self.inode.lock();
        inode.unsynced.clear();
        let Inode { durable, live, .. } = &mut *inode;
        durable.clone_from(live);
        Ok(())
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        spend(&self.budget)?;
        let at = usize::try_from(at).map_err(io::Error::other)?;
        let mut inode = self.inode.lock();
        put(&mut inode.live, at, bytes);
        inode.unsynced.push((at, bytes.to_vec()));
        Ok(())
    }
}

/// A die: `SplitMix64`.
struct Die(u64);

impl Die {
    fn falls(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) & 1 == 1
    }
}

impl Memory {
    /// From now on only so many writes and syncs succeed; then the disk is full.
    pub fn fail_after(&self, count: u32) {
        self.budget.store(i64::from(count), Ordering::Release);
    }

    /// The disk as it is after power was lost: a new one. The old one and its handles live on,
    /// cut off, so that a dying writer hurts nobody.
    #[must_use]
    pub fn crash(&self, seed: u64) -> Self {
        let state = self.state.lock();
        let mut die = Die(seed);
        let paths: BTreeSet<_> = state.live.keys().chain(state.durable.keys()).collect();
        let mut names = Names::new();
        for path in paths {
            let (live, durable) = (state.live.get(path), state.durable.get(path));
            let is_settled = match (live, durable) {
                (Some(live), Some(durable)) => Arc::ptr_eq(live, durable),
                _ => false,
            };
            let kept = if is_settled || die.falls() {
                live
            } else {
                durable
            };
            if let Some(inode) = kept {
                names.insert(
                    path.clone(),
                    Arc::new(Mutex::new(survive(&inode.lock(), &mut die))),
                );
            }
        }
        let state = State {
            durable: names.clone(),
            is_locked: Arc::default(),
            live: names,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            ..Self::default()
        }
    }

    fn opened(&self, inode: &Arc<Mutex<Inode>>) -> Arc<dyn Handle> {
        Arc::new(Opened {
            budget: Arc::clone(&self.budget),
            inode: Arc::clone(inode),
        })
    }
}

/// What the disk still has of a file: each unsynced sector or not.
fn survive(inode: &Inode, die: &mut Die) -> Inode {
    let mut bytes = inode.durable.clone();
    for (at, written) in &inode.unsynced {
        for (number, sector) in written.chunks(SECTOR).enumerate() {
            if die.falls() {
                put(&mut bytes, at + number * SECTOR, sector);
            }
        }
    }
    Inode {
        durable: bytes.clone(),
        live: bytes,
        unsynced: Vec::new(),
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Frees the lock.
struct Locked(Arc<AtomicBool>);

impl Drop for Locked {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Files for Memory {
    fn create(&self, path: &str) -> io::Result<Arc<dyn Handle>> {
        let inode = Arc::new(Mutex::new(Inode::default()));
        self.state
            .lock()
            .live
            .insert(path.to_owned(), Arc::clone(&inode));
        Ok(self.opened(&inode))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let state = self.state.lock();
        let inside = |path: &String| {
            let rest = path.strip_prefix(folder)?;
            let rest = if folder.is_empty() {
                rest
            } else {
                rest.strip_prefix('/')?
            };
            Some(rest.split('/').next().unwrap_or(rest).to_owned())
        };
        let names: BTreeSet<_> = state.live.keys().filter_map(inside).collect();
        Ok(names.into_iter().collect())
    }

    fn lock(&self, _path: &str) -> io::Result<Box<dyn Any + Send + Sync>> {
        let flag = Arc::clone(&self.state.lock().is_locked);
        if flag.swap(true, Ordering::AcqRel) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Locked(flag)))
    }

    fn open(&self, path: &str) -> io::Result<Arc<dyn Handle>> {
        let state = self.state.lock();
        let inode = state.live.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.opened(inode))
    }

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self
            .state
            .lock()
            .live
            .get(path)
            .map(|inode| inode.lock().live.clone()))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.state.lock().live.remove(path);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        let inode = state.live.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.live.insert(to.to_owned(), inode);
        Ok(())
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        spend(&self.budget)?;
        let state = &mut *self.state.lock();
        state.durable.retain(|path, _| folder_of(path) != folder);
        let live = state
            .live
            .iter()
            .filter(|(path, _)| folder_of(path) == folder);
        state
            .durable
            .extend(live.map(|(path, inode)| (path.clone(), Arc::clone(inode))));
        Ok(())
    }
}
