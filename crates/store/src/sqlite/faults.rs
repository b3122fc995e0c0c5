//! What `SQLite` says when it cannot, in sentences with a way out.
//!
//! It does not decide which faults a caller survives: to every caller a storage fault is a no.

use std::io;

use model::StoreFault;
use rusqlite::ErrorCode;
use rusqlite::ffi;

/// A file that could not be made or opened.
pub(super) fn unreachable(place: &str, cause: &io::Error) -> StoreFault {
    let wayout = match cause.kind() {
        io::ErrorKind::NotFound => "make its directory first",
        io::ErrorKind::PermissionDenied => "run as the owner of the data directory",
        io::ErrorKind::StorageFull => "free some space and try again",
        _ => "see that data_dir names a directory on a local disk",
    };
    StoreFault::Storage(format!("{place} cannot be opened ({cause}): {wayout}"))
}

/// A fault of `SQLite`'s at that place.
pub(super) fn of(place: &str, cause: &rusqlite::Error) -> StoreFault {
    let sentence = match cause.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            format!(
                "the disk below {place} is full; nothing was changed: free some space and try again"
            )
        }
        Some(ErrorCode::DatabaseCorrupt) => format!(
            "{place} is damaged; nothing was changed: stop the gateway and put back a copy of it"
        ),
        Some(ErrorCode::NotADatabase) => format!(
            "{place} is not a SQLite database; it was left as it is: move it away, or put back \
             a copy"
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("{place} is being written by another process; nothing was changed: try again")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            format!("{place} may not be written ({cause}): run as the owner of the data directory")
        }
        Some(ErrorCode::SystemIoFailure) => {
            format!("the disk below {place} failed ({cause}): see the system's own log")
        }
        _ => format!("{place}: {cause}"),
    };
    StoreFault::Storage(sentence)
}

/// Whether a unique value was there already.
pub(super) fn is_taken(cause: &rusqlite::Error) -> bool {
    matches!(
        extended(cause),
        Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE)
    )
}

/// Whether a row that is pointed to is missing.
pub(super) fn is_dangling(cause: &rusqlite::Error) -> bool {
    extended(cause) == Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

fn extended(cause: &rusqlite::Error) -> Option<i32> {
    cause.sqlite_error().map(|error| error.extended_code)
}

/// Turns an insert's two lawful failures into words, and leaves the others as they are.
pub(super) fn of_insert(
    done: rusqlite::Result<usize>,
    what: impl Fn() -> String,
    owner: impl Fn() -> String,
) -> rusqlite::Result<Result<(), StoreFault>> {
    match done {
        Ok(_) => Ok(Ok(())),
        Err(cause) if is_taken(&cause) => Ok(Err(StoreFault::Exists { what: what() })),
        Err(cause) if is_dangling(&cause) => Ok(Err(StoreFault::Missing { what: owner() })),
        Err(cause) => Err(cause),
    }
}
