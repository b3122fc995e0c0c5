//! [`SqliteStore`]: principals, tokens, reviews and grants in one `SQLite` file, embedded.
//!
//! Why `SQLite`: our own state needs no server. Why these settings: a revocation or a vote that was
//! confirmed must survive the machine (`synchronous = FULL` with a write-ahead log), and CLI verbs
//! may open the file while a gateway runs (SQLite's own locking, with a busy timeout; two gateways
//! on one data directory are kept apart by the ledger's lock, not here).
//!
//! It does not decide anything: who may sign in or answer is `identity`'s and `reviewers`'.

mod faults;
mod grants;
mod links;
mod migrations;
mod principals;
mod provisioned;
mod reviews;
mod rows;
mod tokens;

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use model::review::Vote;
use model::{
    Grant, GrantState, GroupName, PrincipalName, PrincipalRecord, Provisioned, ProvisionedKind,
    Rehearsal, Review, ReviewId, ReviewState, Store, StoreFault, Subjected, TargetName, Timestamp,
    TokenRecord,
};
use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// How long a call waits for another process that writes: longer than any write of ours takes.
const BUSY: Duration = Duration::from_secs(5);

/// Set on every connection. `trusted_schema` and `cell_size_check`: the file may have been
/// tampered with or damaged, and should be noticed rather than obeyed.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
";

/// A [`Store`] in one `SQLite` file.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<Connection>,
    /// How faults name this store.
    place: String,
}

impl SqliteStore {
    /// Opens the file, making it (readable by its owner alone) where there is none, and brings its
    /// tables up to date.
    pub fn open(path: &Path) -> Result<Self, StoreFault> {
        let place = path.display().to_string();
        guard(path).map_err(|cause| faults::unreachable(&place, &cause))?;
        let connection = Connection::open(path).map_err(|cause| faults::of(&place, &cause))?;
        Self::with(connection, place)
    }

    /// A store that ends with the process: for tests and rehearsals.
    pub fn in_memory() -> Result<Self, StoreFault> {
        let place = "the store in memory".to_owned();
        let connection =
            Connection::open_in_memory().map_err(|cause| faults::of(&place, &cause))?;
        Self::with(connection, place)
    }

    fn with(mut connection: Connection, place: String) -> Result<Self, StoreFault> {
        let set_up = connection
            .busy_timeout(BUSY)
            .and_then(|()| connection.execute_batch(SETTINGS));
        set_up.map_err(|cause| faults::of(&place, &cause))?;
        migrations::run(&mut connection, &place)?;
        Ok(Self {
            connection: Mutex::new(connection),
            place,
        })
    }

    /// Reads.
    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreFault> {
        read(&self.connection.lock()).map_err(|cause| faults::of(&self.place, &cause))
    }

    /// Writes in one transaction, which takes the write lock at once: what it reads stays true
    /// until it commits. A refusal of `write`'s own rolls it back.
    fn write<T>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Result<T, StoreFault>>,
    ) -> Result<T, StoreFault> {
        let fault = |cause: rusqlite::Error| faults::of(&self.place, &cause);
        let mut connection = self.connection.lock();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault)?;
        let done = write(&transaction).map_err(fault)??;
        transaction.commit().map_err(fault)?;
        Ok(done)
    }
}

/// Makes the file if it is not there, and closes it to everyone but its owner. `SQLite` gives its
/// write-ahead log the same permissions.
fn guard(path: &Path) -> io::Result<()> {
    let made = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)?;
    if made.metadata()?.permissions().mode() & 0o077 != 0 {
        made.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}

impl Store for SqliteStore {
    fn add_principal(&self, principal: &PrincipalRecord) -> Result<(), StoreFault> {
        self.write(|tx| principals::add(tx, principal))
    }

    fn principal(&self, name: &PrincipalName) -> Result<Option<PrincipalRecord>, StoreFault> {
        self.read(|db| principals::one(db, name))
    }

    fn principals(&self) -> Result<Vec<PrincipalRecord>, StoreFault> {
        self.read(principals::all)
    }

    fn set_disabled(&self, name: &PrincipalName, is_disabled: bool) -> Result<(), StoreFault> {
        self.write(|tx| principals::set_disabled(tx, name, is_disabled))
    }

    fn set_groups(&self, name: &PrincipalName, groups: &[GroupName]) -> Result<(), StoreFault> {
        self.write(|tx| links::set_groups(tx, name, groups))
    }

    fn enrol(&self, of: &Subjected, principal: &PrincipalRecord) -> Result<(), StoreFault> {
        self.write(|tx| match principals::add(tx, principal)? {
            Ok(()) => links::add(tx, of, &principal.name),
            Err(fault) => Ok(Err(fault)),
        })
    }

    fn link(&self, of: &Subjected, name: &PrincipalName) -> Result<(), StoreFault> {
        self.write(|tx| links::add(tx, of, name))
    }

    fn linked(&self, of: &Subjected) -> Result<Option<PrincipalName>, StoreFault> {
        self.read(|db| links::one(db, of))
    }

    fn links(&self, name: &PrincipalName) -> Result<Vec<Subjected>, StoreFault> {
        self.read(|db| links::of_principal(db, name))
    }

    fn spend(&self, digest: &[u8], expires: Timestamp, now: Timestamp) -> Result<bool, StoreFault> {
        self.write(|tx| links::spend(tx, digest, expires, now).map(Ok))
    }

    fn is_spent(&self, digest: &[u8]) -> Result<bool, StoreFault> {
        self.read(|db| links::is_spent(db, digest))
    }

    fn provision(&self, resource: &Provisioned) -> Result<(), StoreFault> {
        self.write(|tx| provisioned::add(tx, resource))
    }

    fn reprovision(&self, resource: &Provisioned) -> Result<(), StoreFault> {
        self.write(|tx| provisioned::replace(tx, resource))
    }

    fn unprovision(&self, source: &str, id: &str) -> Result<(), StoreFault> {
        self.write(|tx| provisioned::remove(tx, source, id))
    }

    fn provisioned(
        &self,
        source: &str,
        kind: ProvisionedKind,
    ) -> Result<Vec<Provisioned>, StoreFault> {
        self.read(|db| provisioned::all(db, source, kind))
    }

    fn provisioned_one(&self, source: &str, id: &str) -> Result<Option<Provisioned>, StoreFault> {
        self.read(|db| provisioned::one(db, source, id))
    }

    fn set_members(&self, group: &str, users: &[String]) -> Result<(), StoreFault> {
        self.write(|tx| provisioned::set_members(tx, group, users))
    }

    fn members(&self, group: &str) -> Result<Vec<String>, StoreFault> {
        self.read(|db| provisioned::members(db, group))
    }

    fn member_of(&self, user: &str) -> Result<Vec<String>, StoreFault> {
        self.read(|db| provisioned::member_of(db, user))
    }

    fn add_token(&self, token: &TokenRecord) -> Result<(), StoreFault> {
        self.write(|tx| tokens::add(tx, token))
    }

    fn live_tokens(
        &self,
        name: &PrincipalName,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<TokenRecord>, StoreFault> {
        self.read(|db| tokens::live(db, name, now, most))
    }

    fn ended_tokens(
        &self,
        name: &PrincipalName,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<TokenRecord>, StoreFault> {
        self.read(|db| tokens::ended(db, name, now, most))
    }

    fn token_by_digest(&self, digest: &[u8]) -> Result<Option<TokenRecord>, StoreFault> {
        self.read(|db| tokens::by_digest(db, digest))
    }

    fn token(&self, id: &str) -> Result<Option<TokenRecord>, StoreFault> {
        self.read(|db| tokens::one(db, id))
    }

    fn tokens(&self) -> Result<Vec<TokenRecord>, StoreFault> {
        self.read(tokens::all)
    }

    fn renew_token(&self, id: &str, expires: Timestamp) -> Result<(), StoreFault> {
        self.write(|tx| tokens::renew(tx, id, expires))
    }

    fn revoke_token(&self, id: &str) -> Result<(), StoreFault> {
        self.write(|tx| tokens::revoke(tx, id))
    }

    fn add_review(&self, review: &Review) -> Result<(), StoreFault> {
        self.write(|tx| reviews::add(tx, review))
    }

    fn review(&self, id: ReviewId) -> Result<Option<Review>, StoreFault> {
        self.read(|db| reviews::one(db, id))
    }

    fn rehearsed(&self, id: ReviewId, rehearsal: &Rehearsal) -> Result<(), StoreFault> {
        self.write(|tx| reviews::rehearsed(tx, id, rehearsal))
    }

    fn reviews(&self, state: Option<ReviewState>) -> Result<Vec<Review>, StoreFault> {
        self.read(|db| reviews::all(db, state))
    }

    fn vote(
        &self,
        id: ReviewId,
        vote: &Vote,
        state: ReviewState,
        gives: Option<&Grant>,
    ) -> Result<bool, StoreFault> {
        self.write(|tx| {
            let voted = reviews::vote(tx, id, vote, state)?;
            let (Ok(true), Some(grant)) = (&voted, gives) else {
                return Ok(voted);
            };
            Ok(grants::add(tx, grant)?.map(|()| true))
        })
    }

    fn grants(&self, state: Option<GrantState>) -> Result<Vec<Grant>, StoreFault> {
        self.read(|db| grants::all(db, state))
    }

    fn grant(&self, id: ReviewId) -> Result<Option<Grant>, StoreFault> {
        self.read(|db| grants::one(db, id))
    }

    fn end_grant(&self, id: ReviewId, to: GrantState) -> Result<bool, StoreFault> {
        self.write(|tx| grants::end(tx, id, to).map(Ok))
    }

    fn move_review(
        &self,
        id: ReviewId,
        from: ReviewState,
        to: ReviewState,
    ) -> Result<bool, StoreFault> {
        self.write(|tx| reviews::shift(tx, id, from, to).map(Ok))
    }

    fn approved_review(
        &self,
        principal: &PrincipalName,
        target: &TargetName,
        binding: &str,
        now: Timestamp,
    ) -> Result<Option<Review>, StoreFault> {
        self.read(|db| reviews::approved(db, principal, target, binding, now))
    }
}

#[cfg(test)]
mod tests;
