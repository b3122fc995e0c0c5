//! Ordinary business through the drivers people use: it works, and values are right.
//!
//! The scripts are in `tests/drivers`; tokio-postgres speaks from here.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _, pin_mut};
use support::drivers::{Language, demand};
use support::serve::Open;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

fn business(language: Language, name: &str) {
    let open = Open::shared();
    if let Some(told) = demand(language, name, &[&open.house.dsn("alice")]) {
        assert!(told.ends_with("done\n"), "{told}");
    }
}

#[test]
fn psycopg_and_libpqs_pipeline() {
    business(Language::Python, "business_psycopg.py");
}

/// libpq 18 speaks 3.2 when told to, with cancel keys of 32 bytes.
#[test]
fn psycopg_over_protocol_3_2() {
    let open = Open::shared();
    let dsn = open.house.dsn("alice") + "&min_protocol_version=3.2&max_protocol_version=3.2";
    if let Some(told) = demand(Language::Python, "business_psycopg.py", &[&dsn, "P32"]) {
        assert!(told.ends_with("done\n"), "{told}");
    }
}

#[test]
fn asyncpg() {
    let open = Open::shared();
    demand(
        Language::Python,
        "business_asyncpg.py",
        &[&open.house.dsn("alice"), "arrays", "copy"],
    );
}

#[test]
fn node_postgres() {
    business(Language::Node, "business_pg.js");
}

async fn connect(open: &Arc<Open>) -> Client {
    let dsn = open.house.dsn("alice");
    let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn tokio_postgres_reads_and_writes() {
    let open = tokio::task::spawn_blocking(Open::shared).await.unwrap();
    let mut client = connect(&open).await;
    let row = client
        .query_one("SELECT $1::int4 + 1, $2::text", &[&4_i32, &"ü"])
        .await
        .unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, &str>(1)), (5, "ü"));
    let by_id = client
        .prepare("SELECT email FROM customers WHERE id = $1")
        .await
        .unwrap();
    // Pipelined: all are sent before the first has answered.
    let (one, two) = tokio::join!(
        client.query_one(&by_id, &[&1_i64]),
        client.query(&by_id, &[&2_i64])
    );
    assert_eq!(one.unwrap().get::<_, &str>(0), "hiro.nakamura1@example.org");
    assert_eq!(two.unwrap().len(), 1);
    let told = client.simple_query("SELECT 1; SELECT 2").await.unwrap();
    assert_eq!(told.len(), 6, "{told:?}");

    let transaction = client.transaction().await.unwrap();
    let all = transaction
        .bind("SELECT generate_series(1, 25)", &[])
        .await
        .unwrap();
    let sizes = [
        transaction.query_portal(&all, 10).await.unwrap().len(),
        transaction.query_portal(&all, 10).await.unwrap().len(),
        transaction.query_portal(&all, 10).await.unwrap().len(),
    ];
    assert_eq!(sizes, [10, 10, 5]);
    let failed = transaction.execute("SELECT 1 / 0", &[]).await.unwrap_err();
    assert_eq!(failed.code(), Some(&SqlState::DIVISION_BY_ZERO));
    transaction.rollback().await.unwrap();
    assert_eq!(client.query("SELECT 1", &[]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn tokio_postgres_copies() {
    let open = tokio::task::spawn_blocking(Open::shared).await.unwrap();
    let client = connect(&open).await;
    let into = "COPY products (sku, title, price, stock) FROM STDIN (FORMAT csv)";
    let sink = client.copy_in(into).await.unwrap();
    pin_mut!(sink);
    for number in 0..100 {
        let line = format!("RS-{number},\"a, {number}\",2.5,{number}\n");
        sink.send(std::io::Cursor::new(line.into_bytes()))
            .await
            .unwrap();
    }
    assert_eq!(sink.finish().await.unwrap(), 100);
    let out = "COPY (SELECT title FROM products WHERE sku LIKE 'RS-%' ORDER BY id) TO STDOUT";
    let stream = client.copy_out(out).await.unwrap();
    let parts: Vec<_> = stream.map(|part| part.unwrap()).collect().await;
    let text = String::from_utf8(parts.concat()).unwrap();
    assert_eq!(text.lines().count(), 100);
    assert_eq!(text.lines().nth(99), Some("a, 99"));
}

#[tokio::test]
async fn tokio_postgres_cancels() {
    let open = tokio::task::spawn_blocking(Open::shared).await.unwrap();
    let client = connect(&open).await;
    let token = client.cancel_token();
    let canceller = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        token.cancel_query(NoTls).await.unwrap();
    });
    let ended = client
        .execute("SELECT pg_sleep(40)", &[])
        .await
        .unwrap_err();
    assert_eq!(ended.code(), Some(&SqlState::QUERY_CANCELED));
    canceller.await.unwrap();
    assert_eq!(client.query("SELECT 1", &[]).await.unwrap().len(), 1);
}
