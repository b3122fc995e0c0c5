//! Runs a held statement on a connection of its own, in a transaction that is always rolled back,
//! and looks at what it did.
//!
//! ```text
//! BEGIN, timeouts ─▶ EXPLAIN ANALYZE of it ─▶ constraints ─▶ counts, locks, rows ─▶ ROLLBACK
//! ```
//! Rows as they were are read over a second connection, which still sees them. What may be run is
//! `govern`'s to say, and whether at all the target's configuration's. It masks nothing: `govern`
//! does. Whatever goes wrong is told, not hidden: a rehearsal never decides anything.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalog::postgres::{self, Text};
use catalog::{Catalog, Relation};
use govern::{Rehearsals, Rehearsed, Rehearsing};
use model::rehearsal::{Changed, Rehearsal, Sample};
use model::{Format, Parameter, TargetName};
use rustc_hash::FxHashMap;
use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::{Format as Written, FromSql, IsNull, ToSql, Type, private::BytesMut};

use crate::config::Rehearse;
use crate::reading::{connected, rows_of};
use crate::way::{Unread, Way};

/// How long all of it may take; each statement has a bound of its own at the target.
const WHOLE: Duration = Duration::from_secs(10);
/// Rows shown of a table.
const ROWS: u32 = 5;
/// Tables of which rows are shown.
const TABLES: usize = 5;
/// Lines of a plan.
const LINES: usize = 40;

/// The ways by target.
pub(crate) struct Rehearser(pub(crate) FxHashMap<TargetName, Arc<Way>>);

impl Rehearsals for Rehearser {
    fn rehearse(&self, asked: Rehearsing) -> Rehearsed {
        let way = self.0.get(asked.target()).cloned();
        Box::pin(async move {
            let off = "rehearsals are off for this target";
            let Some(way) = way.filter(|way| way.target.rehearse != Rehearse::Off) else {
                return Rehearsal::unrun(off);
            };
            let runs = asked.runs() && way.target.rehearse == Rehearse::Run;
            let done = tokio::time::timeout(WHOLE, rehearsed(&way, &asked, runs));
            match done.await {
                Ok(Ok(mut rehearsal)) => {
                    let planned = asked.runs() && !runs;
                    let why = "for this target a statement is planned, not run";
                    let planned = planned.then(|| why.to_owned());
                    rehearsal.unrun = planned.or(rehearsal.unrun);
                    rehearsal
                }
                Ok(Err(fault)) => Rehearsal::unrun(fault.to_string()),
                Err(_) => Rehearsal::unrun("it took too long"),
            }
        })
    }
}

/// A parameter as its client wrote it.
#[derive(Debug)]
struct Raw<'a>(&'a Parameter);

impl ToSql for Raw<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.0.value {
            Some(value) => {
                out.extend_from_slice(value);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Written {
        match self.0.format {
            Format::Binary => Written::Binary,
            Format::Text => Written::Text,
        }
    }

    tokio_postgres::types::to_sql_checked!();
}

/// A value of type `json`: on the wire its text, in either format.
struct Document(Value);

impl<'a> FromSql<'a> for Document {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(serde_json::from_slice(raw)?))
    }

    fn accepts(known: &Type) -> bool {
        *known == Type::JSON
    }
}

async fn rehearsed(way: &Way, asked: &Rehearsing, runs: bool) -> Result<Rehearsal, Unread> {
    let stage = connected(way).await?;
    for text in postgres::REHEARSAL_BEGIN {
        rows_of(&stage, text.sql).await?;
    }
    set(&stage, "search_path", asked.path()).await?;
    if let Some(role) = asked.role() {
        set(&stage, "role", role).await?;
    }
    let drawn = drawn_from(&stage, asked.added_to()).await?;
    let runs = runs && drawn.is_none();
    let begun = Instant::now();
    let explained = explained(&stage, asked, runs).await;
    let drawn = drawn
        .map(|table| format!("rows of {table} draw from a sequence, which no rollback gives back"));
    let mut rehearsal = Rehearsal {
        unrun: drawn,
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        ..Rehearsal::default()
    };
    match explained {
        Ok(plan) => {
            rehearsal.plan = lines(&plan);
            rehearsal.wal_bytes = plan.pointer("/0/Plan/WAL Bytes").map_or(0, number);
            if runs {
                rehearsal = looked_at(way, (&stage, asked.catalog()), rehearsal).await?;
            }
        }
        Err(fault) => rehearsal.fault = Some(named(&fault)),
    }
    rows_of(&stage, postgres::REHEARSAL_END.sql).await?;
    Ok(rehearsal)
}

/// The first of these tables whose new rows draw from a sequence.
async fn drawn_from(stage: &Client, relations: &[u32]) -> Result<Option<String>, Unread> {
    if relations.is_empty() {
        return Ok(None);
    }
    let found = rows_of(stage, &postgres::sequences_behind(relations)).await?;
    Ok(found
        .into_iter()
        .next()
        .and_then(|mut row| row.pop().flatten()))
}

/// Sets a setting for the transaction, by a parameter: its value is a client's.
async fn set(client: &Client, name: &str, value: &str) -> Result<(), Unread> {
    let text = "SELECT pg_catalog.set_config($1, $2, true)";
    client.query(text, &[&name, &value]).await?;
    Ok(())
}

/// The plan, or what the statement failed of.
async fn explained(
    client: &Client,
    asked: &Rehearsing,
    runs: bool,
) -> Result<Value, tokio_postgres::Error> {
    let text = postgres::rehearsed(asked.text(), runs);
    let types = asked.parameters().iter().map(|parameter| {
        let known = Type::from_oid(parameter.type_oid);
        known.unwrap_or(Type::UNKNOWN)
    });
    let types: Vec<Type> = types.collect();
    // What has no type yet is left to the server: it infers as it would have.
    let is_told = types.iter().all(|known| *known != Type::UNKNOWN);
    let statement = if is_told {
        client.prepare_typed(&text, &types).await?
    } else {
        client.prepare(&text).await?
    };
    let parameters: Vec<Raw<'_>> = asked.parameters().iter().map(Raw).collect();
    let given: Vec<&(dyn ToSql + Sync)> = parameters.iter().map(|p| p as _).collect();
    let rows = client.query(&statement, &given).await?;
    let plan = rows
        .first()
        .and_then(|row| row.try_get::<_, Document>(0).ok());
    Ok(plan.map(|Document(plan)| plan).unwrap_or_default())
}

/// What it did: in its own transaction, and, as it was, from outside.
async fn looked_at(
    way: &Way,
    (stage, catalog): (&Client, &Catalog),
    mut rehearsal: Rehearsal,
) -> Result<Rehearsal, Unread> {
    if let Err(fault) = stage
        .simple_query(postgres::REHEARSAL_CONSTRAINTS.sql)
        .await
    {
        rehearsal.fault = Some(format!("at its COMMIT: {}", named(&fault)));
        return Ok(rehearsal);
    }
    // Locks first: what is looked at below takes its own.
    rehearsal.locks = locks(&run(stage, &postgres::REHEARSAL_LOCKS).await?, catalog);
    let changes = run(stage, &postgres::REHEARSAL_CHANGES).await?;
    let changes: Vec<_> = changes
        .iter()
        .filter_map(|row| changed(row, catalog))
        .collect();
    let xid = run(stage, &postgres::REHEARSAL_XID).await?;
    let xid = xid.first().and_then(|row| cell(row, 0)?.parse().ok());
    if let Some(xid) = xid {
        let outside = connected(way).await?;
        for text in postgres::SAMPLE_BEGIN {
            run(&outside, text).await?;
        }
        for (relation, changed) in changes.iter().take(TABLES) {
            let found = samples(stage, &outside, (relation, xid), changed).await;
            rehearsal.samples.extend(found.unwrap_or_default());
        }
    }
    rehearsal.changes = changes.into_iter().map(|(_, changed)| changed).collect();
    Ok(rehearsal)
}

/// A few rows of a table, before and after.
async fn samples(
    stage: &Client,
    outside: &Client,
    (relation, xid): (&Relation, u32),
    changed: &Changed,
) -> Result<Vec<Sample>, Unread> {
    let sample = |before, after| Sample {
        after,
        before,
        columns: relation
            .columns
            .iter()
            .map(|c| c.name.to_string())
            .collect(),
        relation: changed.relation.clone(),
    };
    let mut found = Vec::new();
    if changed.updated + changed.deleted > 0
        && let Some(text) = postgres::rows_before(relation, xid, ROWS)
    {
        for before in rows_of(outside, &text).await? {
            let after = postgres::row_after(relation, xid, &before);
            let after = match after {
                Some(text) => rows_of(stage, &text).await?.into_iter().next(),
                None => None,
            };
            match after {
                Some(mut row) => {
                    let is_ours = row.pop().flatten().as_deref() == Some("t");
                    if is_ours {
                        found.push(sample(Some(before), Some(row)));
                    }
                }
                None if !relation.primary_key.is_empty() => found.push(sample(Some(before), None)),
                // Nobody knows what became of a row that has no key.
                None => {}
            }
        }
    } else if let Some(text) = postgres::rows_written(relation, xid, ROWS) {
        let rows = rows_of(stage, &text).await?;
        found.extend(rows.into_iter().map(|row| sample(None, Some(row))));
    }
    Ok(found)
}

type Row = Vec<Option<String>>;

async fn run(client: &Client, text: &Text) -> Result<Vec<Row>, Unread> {
    Ok(rows_of(client, text.sql).await?)
}

fn cell(row: &Row, at: usize) -> Option<&str> {
    row.get(at)?.as_deref()
}

/// A relation of the catalog, by oid.
fn relation<'c>(row: &Row, catalog: &'c Catalog) -> Option<&'c Relation> {
    catalog.relation(cell(row, 0)?.parse().ok()?)
}

fn changed<'c>(row: &Row, catalog: &'c Catalog) -> Option<(&'c Relation, Changed)> {
    let relation = relation(row, catalog)?;
    let count = |at| {
        cell(row, at)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    };
    let changed = Changed {
        deleted: count(3),
        inserted: count(1),
        relation: format!("{}.{}", relation.schema, relation.name),
        updated: count(2),
    };
    Some((relation, changed))
}

fn locks(rows: &[Row], catalog: &Catalog) -> Vec<String> {
    let lock = |row: &Row| {
        let relation = relation(row, catalog)?;
        let mode = cell(row, 1)?;
        Some(format!("{}.{}: {mode}", relation.schema, relation.name))
    };
    rows.iter().filter_map(lock).collect()
}

/// The target's own error by its code and the names in it: its texts quote values.
fn named(fault: &tokio_postgres::Error) -> String {
    let Some(db) = fault.as_db_error() else {
        return "the connection was lost".to_owned();
    };
    let mut words = format!("SQLSTATE {}", db.code().code());
    for (what, name) in [("table", db.table()), ("constraint", db.constraint())] {
        if let Some(name) = name {
            let _ = write!(words, ", {what} {name}");
        }
    }
    words
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// The plan's nodes, a line each, deeper ones indented.
fn lines(plan: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let mut open = vec![(plan.pointer("/0/Plan"), 0_usize)];
    while let Some((node, depth)) = open.pop() {
        let Some(node) = node else { continue };
        if out.len() == LINES {
            out.push("…".to_owned());
            break;
        }
        out.push(format!("{}{}", "  ".repeat(depth), node_words(node)));
        let children = node.get("Plans").and_then(Value::as_array);
        let children = children.map_or(&[][..], Vec::as_slice).iter().rev();
        open.extend(children.map(|child| (Some(child), depth + 1)));
    }
    let triggers = plan.pointer("/0/Triggers").and_then(Value::as_array);
    for trigger in triggers.map_or(&[][..], Vec::as_slice).iter().take(LINES) {
        let name = trigger
            .get("Constraint Name")
            .or(trigger.get("Trigger Name"));
        let name = name.and_then(Value::as_str).unwrap_or("?");
        let calls = trigger.get("Calls").map_or(0, number);
        out.push(format!("trigger {name}: {calls} calls"));
    }
    out
}

fn node_words(node: &Value) -> String {
    let word = |key: &str| node.get(key).and_then(Value::as_str);
    let mut words = { word("Operation").or(word("Node Type")) }
        .unwrap_or("?")
        .to_owned();
    for (key, before) in [("Relation Name", "on"), ("Index Name", "by")] {
        if let Some(name) = word(key) {
            let _ = write!(words, " {before} {name}");
        }
    }
    let cost = node
        .get("Total Cost")
        .and_then(Value::as_f64)
        .unwrap_or(0.0);
    let planned = node.get("Plan Rows").map_or(0, number);
    let _ = write!(words, ": cost {cost:.0}, {planned} rows expected");
    if let Some(rows) = node.get("Actual Rows").and_then(Value::as_f64) {
        let loops = node
            .get("Actual Loops")
            .and_then(Value::as_f64)
            .unwrap_or(1.0);
        let _ = write!(words, ", {:.0} met", rows * loops);
    }
    words
}
