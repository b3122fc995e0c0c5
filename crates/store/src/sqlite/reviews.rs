//! Reviews and votes in `SQLite`.
//!
//! INVARIANT: a review leaves a state by one `UPDATE … WHERE state = …`, so that of any number
//! of callers, in any number of processes, one moves it.

use model::review::Vote;
use model::{
    PrincipalName, Rehearsal, Review, ReviewId, ReviewState, StoreFault, TargetName, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{faults, rows};

const COLUMNS: &str = "body, state";

/// Newest first; of two asked in the same microsecond, the later insert.
const NEWEST: &str = "ORDER BY created DESC, rowid DESC";

pub(super) fn add(
    tx: &Transaction<'_>,
    review: &Review,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let id = review.id.to_string();
    let asked = Review {
        votes: Vec::new(),
        ..review.clone()
    };
    let done = tx.execute(
        "INSERT INTO review (id, state, principal, target, binding, created, expires, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id,
            rows::to_word(&review.state)?,
            review.principal.as_str(),
            review.target.as_str(),
            review.binding,
            review.created.0,
            review.expires.0,
            rows::to_json(&asked)?,
        ],
    );
    let what = || format!("review {id}");
    let added = faults::of_insert(done, what, what)?;
    if added.is_ok() {
        for vote in &review.votes {
            cast(tx, review.id, vote)?;
        }
    }
    Ok(added)
}

pub(super) fn one(db: &Connection, id: ReviewId) -> rusqlite::Result<Option<Review>> {
    let found = db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM review WHERE id = ?1"))?
        .query_row([id.to_string()], read)
        .optional()?;
    found.map(|review| with_votes(db, review)).transpose()
}

pub(super) fn all(db: &Connection, state: Option<ReviewState>) -> rusqlite::Result<Vec<Review>> {
    let found: Vec<Review> = match state {
        Some(state) => db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM review WHERE state = ?1 {NEWEST}"
            ))?
            .query_map([rows::to_word(&state)?], read)?
            .collect::<rusqlite::Result<_>>()?,
        None => db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM review {NEWEST}"))?
            .query_map([], read)?
            .collect::<rusqlite::Result<_>>()?,
    };
    found
        .into_iter()
        .map(|review| with_votes(db, review))
        .collect()
}

pub(super) fn approved(
    db: &Connection,
    principal: &PrincipalName,
    target: &TargetName,
    binding: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<Review>> {
    let found = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM review WHERE state = 'approved' AND principal = ?1
             AND target = ?2 AND binding = ?3 AND expires > ?4 {NEWEST} LIMIT 1"
        ))?
        .query_row(
            params![principal.as_str(), target.as_str(), binding, now.0],
            read,
        )
        .optional()?;
    found.map(|review| with_votes(db, review)).transpose()
}

pub(super) fn rehearsed(
    tx: &Transaction<'_>,
    id: ReviewId,
    rehearsal: &Rehearsal,
) -> rusqlite::Result<Result<(), StoreFault>> {
    let Some(review) = one(tx, id)? else {
        let what = format!("review {id}");
        return Ok(Err(StoreFault::Missing { what }));
    };
    let asked = Review {
        rehearsal: Some(rehearsal.clone()),
        state: ReviewState::Open,
        votes: Vec::new(),
        ..review
    };
    let body = params![id.to_string(), rows::to_json(&asked)?];
    tx.execute("UPDATE review SET body = ?2 WHERE id = ?1", body)?;
    Ok(Ok(()))
}

pub(super) fn shift(
    tx: &Transaction<'_>,
    id: ReviewId,
    from: ReviewState,
    to: ReviewState,
) -> rusqlite::Result<bool> {
    let changed = tx.execute(
        "UPDATE review SET state = ?3 WHERE id = ?1 AND state = ?2",
        params![id.to_string(), rows::to_word(&from)?, rows::to_word(&to)?],
    )?;
    Ok(changed == 1)
}

pub(super) fn vote(
    tx: &Transaction<'_>,
    id: ReviewId,
    vote: &Vote,
    state: ReviewState,
) -> rusqlite::Result<Result<bool, StoreFault>> {
    if !shift(tx, id, ReviewState::Open, state)? {
        return Ok(Ok(false));
    }
    // A second vote rolls the move above back.
    let what = || format!("a vote of {} on review {id}", vote.reviewer);
    let done = cast(tx, id, vote);
    Ok(faults::of_insert(done, what, what)?.map(|()| true))
}

fn cast(tx: &Transaction<'_>, id: ReviewId, vote: &Vote) -> rusqlite::Result<usize> {
    tx.execute(
        "INSERT INTO vote (review, reviewer, body) VALUES (?1, ?2, ?3)",
        params![id.to_string(), vote.reviewer.as_str(), rows::to_json(vote)?],
    )
}

/// The review as it was asked, where it stands now, and its votes in the order they came.
fn with_votes(db: &Connection, mut review: Review) -> rusqlite::Result<Review> {
    review.votes = db
        .prepare_cached("SELECT body FROM vote WHERE review = ?1 ORDER BY rowid")?
        .query_map([review.id.to_string()], |row| rows::json(row, 0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(review)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Review> {
    let asked: Review = rows::json(row, 0)?;
    Ok(Review {
        state: rows::word(row, 1)?,
        ..asked
    })
}
