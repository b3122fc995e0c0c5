//! The file layer: the few things the ledger asks of a disk, as a trait.
//!
//! Why a trait: a promise about crashes is worth what its test is worth, and a real disk cannot be
//! made to lose what was not synced. [`Disk`] is the real one, [`Memory`] loses it.
//! Paths are relative to the ledger's folder, with `/`.

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

mod disk;
mod memory;

pub use disk::Disk;
pub use memory::Memory;

/// A file open for writing.
pub trait Handle: Send + Sync + Debug {
    /// Makes its bytes durable. An error is final: what was not synced may be lost for ever.
    fn sync(&self) -> io::Result<()>;
    /// Writes all bytes at a place.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
}

/// A folder of files.
pub trait Files: Send + Sync + Debug {
    /// A new file, or an old one emptied; its folders are made. Only its owner may read it.
    fn create(&self, path: &str) -> io::Result<Arc<dyn Handle>>;
    /// Names in a folder, unordered; none if it is not there.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
    /// Keeps every other process out until dropped; `WouldBlock` if one is in.
    fn lock(&self, path: &str) -> io::Result<Box<dyn Any + Send + Sync>>;
    /// An old file, open for writing.
    fn open(&self, path: &str) -> io::Result<Arc<dyn Handle>>;
    /// All bytes of a file; `None` where there is none.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;
    /// Removes a file; one that is not there is no error.
    fn remove(&self, path: &str) -> io::Result<()>;
    /// Gives a file a new name, replacing what had it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Makes a folder's names durable; the empty path is the ledger's own folder.
    fn sync_dir(&self, folder: &str) -> io::Result<()>;
}

/// Writes files whole and durable, with their folders: all of them, then their names.
pub(super) fn write_all(files: &dyn Files, all: &[(String, Vec<u8>)]) -> io::Result<()> {
    let draft = |path: &str| format!("{path}.tmp");
    let mut handles = Vec::with_capacity(all.len());
    for (path, bytes) in all {
        let handle = files.create(&draft(path))?;
        handle.write_at(bytes, 0)?;
        handles.push(handle);
    }
    for handle in handles {
        handle.sync()?;
    }
    let mut folders = std::collections::BTreeSet::new();
    for (path, _) in all {
        files.rename(&draft(path), path)?;
        let mut rest = path.as_str();
        while let Some((folder, _)) = rest.rsplit_once('/') {
            folders.insert(folder);
            rest = folder;
        }
        folders.insert("");
    }
    folders
        .into_iter()
        .rev()
        .try_for_each(|folder| files.sync_dir(folder))
}
