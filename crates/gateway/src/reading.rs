//! Reading a target's catalog, and looking at a few values of each column to classify it.
//!
//! On a connection of its own, as the gateway's role, with fixed texts (`catalog::postgres`) and
//! nothing of any client's: neither its parameters nor its search path reach it (security.md §4.1).

use std::cell::RefCell;
use std::collections::HashMap;

use catalog::postgres::{self, Hints, Text};
use catalog::{Catalog, Relation};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::classes::{Kept, Samples};
use crate::way::{Unread, Way};

pub(crate) type Rows = Vec<Vec<Option<String>>>;

/// Signs in at a target as the gateway's role. The connection ends with its client.
pub(crate) async fn connected(way: &Way) -> Result<Client, Unread> {
    let (client, connection) = way.client().await?;
    // What it ends of is told to the client's next call.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Reads the catalog and classifies its columns; what `kept` knows is not looked at again.
pub(crate) async fn read(way: &Way, kept: &mut Kept, rows: u32) -> Result<Catalog, Unread> {
    let client = connected(way).await?;
    read_by(&client, way, kept, rows).await
}

async fn read_by(
    client: &Client,
    way: &Way,
    kept: &mut Kept,
    rows: u32,
) -> Result<Catalog, Unread> {
    // Definitions of views are read under locks: another session's must not hold us for ever.
    rows_of(client, "SET lock_timeout = '5s'").await?;
    rows_of(client, "SET statement_timeout = '60s'").await?;
    let mut texts: HashMap<&str, Rows> = HashMap::new();
    for text in postgres::READ {
        texts.insert(text.name, run(client, text).await?);
    }
    // A large catalog takes a while: not on the thread that accepts clients.
    let assembled = tokio::task::spawn_blocking(move || {
        // Each is asked for once, and goes when it has been read: the catalog and all it was made
        // of would be twice the memory.
        let texts = RefCell::new(texts);
        postgres::assemble(&|name: &str| texts.borrow_mut().remove(name).unwrap_or_default())
    });
    let catalog = assembled.await.map_err(|_| Unread::Stopping)??;
    let mut texts: HashMap<&str, Rows> = HashMap::new();
    for text in postgres::HINTS {
        texts.insert(text.name, run(client, text).await?);
    }
    let texts = RefCell::new(texts);
    let hints = Hints::read(&|name| texts.borrow_mut().remove(name).unwrap_or_default())?;
    drop(texts);
    let samples = looked_at(client, &catalog, kept, rows).await?;
    let mut keeps = std::mem::take(kept);
    let overrides = way.target.classes.clone();
    let classified = tokio::task::spawn_blocking(move || {
        let catalog = keeps.classify(catalog, &samples, &hints, &overrides);
        (catalog, keeps)
    });
    let (catalog, keeps) = classified.await.map_err(|_| Unread::Stopping)?;
    *kept = keeps;
    Ok(catalog)
}

/// Values of the columns that are not known yet.
async fn looked_at(
    client: &Client,
    catalog: &Catalog,
    kept: &Kept,
    rows: u32,
) -> Result<Samples, Unread> {
    let mut samples = Samples::default();
    for relation in catalog.relations() {
        let wanted = kept.unknown(relation);
        let Some(sample) = postgres::sample(catalog, relation, &wanted, rows) else {
            continue;
        };
        let cells = sampled(client, relation, &sample.sql).await?;
        samples.add(relation, &sample.columns, &cells);
        for column in samples.sparse(relation, &sample.columns, cells.len()) {
            if let Some(sample) = postgres::sample_sparse(catalog, relation, column, rows) {
                let cells = sampled(client, relation, &sample.sql).await?;
                samples.add(relation, &sample.columns, &cells);
            }
        }
    }
    Ok(samples)
}

async fn run(client: &Client, text: &Text) -> Result<Rows, Unread> {
    rows_of(client, text.sql).await.map_err(Unread::from)
}

pub(crate) async fn rows_of(client: &Client, sql: &str) -> Result<Rows, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let cells = 0..row.len();
            Some(
                cells
                    .map(|index| row.get(index).map(str::to_owned))
                    .collect(),
            )
        }
        _ => None,
    });
    Ok(rows.collect())
}

/// A relation's sample; none where the target will not give one: its columns are then classified
/// by their names and types.
async fn sampled(client: &Client, relation: &Relation, sql: &str) -> Result<Rows, Unread> {
    for text in postgres::SAMPLE_BEGIN {
        run(client, text).await?;
    }
    let cells = rows_of(client, sql).await;
    run(client, &postgres::SAMPLE_END).await?;
    match cells {
        Ok(cells) => Ok(cells),
        Err(fault) if fault.as_db_error().is_some() => {
            let code = fault.code().map_or("", |code| code.code());
            tracing::debug!(relation = relation.oid, code, "a relation was not sampled");
            Ok(Rows::new())
        }
        Err(fault) => Err(fault.into()),
    }
}
