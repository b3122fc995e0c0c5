//! Between our nouns and `SQLite`'s values: names, words, moments, JSON.
//!
//! A value that does not read back is a damaged row: a fault, never a default.

use std::str::FromStr;

use model::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Error, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A column that is written as one of our texts: a name, an id.
pub(super) fn text<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get::<_, String>(column)?
        .parse()
        .map_err(|cause| unread(column, Box::new(cause)))
}

/// A column that is written as JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get::<_, String>(column)?;
    serde_json::from_str(&text).map_err(|cause| unread(column, Box::new(cause)))
}

/// A column that is written as one of serde's words, without quotes.
pub(super) fn word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let word = row.get::<_, String>(column)?;
    serde_json::from_value(word.into()).map_err(|cause| unread(column, Box::new(cause)))
}

/// A moment.
pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp)
}

/// A value as JSON.
pub(super) fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|cause| Error::ToSqlConversionFailure(Box::new(cause)))
}

/// One of serde's words, without quotes.
pub(super) fn to_word<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    Ok(to_json(value)?.trim_matches('"').to_owned())
}

fn unread(column: usize, cause: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, cause)
}
