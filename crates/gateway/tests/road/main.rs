//! psql to a real target through the whole road: sign-in, statements, TLS, definitions, cancel.

mod hold;
mod house;
mod record;

use std::time::Duration;

use gateway::config::{SignIn, SslMode};
use house::{House, Plan, complaint, psql, said};
use testkit::Postgres;
use tokio_postgres::NoTls;

const SHOP: &str = "CREATE TABLE customers (id int PRIMARY KEY, email text, city text);
    INSERT INTO customers SELECT n, 'u' || n || '@example.com', 'x' FROM generate_series(1, 1000) n;
    CREATE TABLE numbers (n int); INSERT INTO numbers SELECT generate_series(1, 100000);";

const RUNNING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE query LIKE '%numbers c' AND state = 'active'";

fn shop() -> Postgres {
    Postgres::setup().sql(SHOP).start()
}

#[test]
fn psql_reads_and_writes() {
    let server = shop();
    let house = House::start(Plan::default(), &server).ready();
    assert_eq!(said(&house.psql(&["-c", "SELECT 1 + 1"])), "2");
    assert_eq!(
        said(&house.psql(&["-c", "SELECT count(*) FROM numbers"])),
        "100000"
    );
    let whole = said(&house.psql(&["-c", "SELECT n FROM numbers ORDER BY n"]));
    assert_eq!(whole, server.psql("SELECT n FROM numbers ORDER BY n"));
    let masked = said(&house.psql(&["-c", "SELECT email FROM customers WHERE id = 7"]));
    assert!(
        masked.contains('@') && masked != "u7@example.com",
        "{masked}"
    );
    said(&house.psql(&["-c", "INSERT INTO numbers VALUES (-1)"]));
    assert_eq!(server.psql("SELECT count(*) FROM numbers WHERE n < 0"), "1");
    let wrong = house.psql(&["-c", "SELECT nothing FROM nowhere"]);
    assert!(!wrong.status.success());
}

#[test]
fn definitions_are_seen_by_what_follows() {
    let server = shop();
    let house = House::start(Plan::default(), &server).ready();
    let alone = [
        "-c",
        "CREATE TABLE fresh (a int)",
        "-c",
        "SELECT count(*) FROM fresh",
    ];
    assert_eq!(said(&house.psql(&alone)), "0");
    let inside = [
        ["-c", "BEGIN"],
        ["-c", "CREATE TABLE later (a int)"],
        ["-c", "ALTER TABLE customers ADD COLUMN nickname text"],
        ["-c", "COMMIT"],
        ["-c", "SELECT count(*) FROM later"],
    ];
    assert_eq!(said(&house.psql(&inside.concat())), "0");
}

#[test]
fn large_streams_pass_both_ways() {
    let server = shop();
    let house = House::start(Plan::default(), &server).ready();
    let file = tempfile::NamedTempFile::new().unwrap();
    let rows: Vec<_> = (0..300_000).map(|n| n.to_string()).collect();
    let rows = rows.join("\n");
    std::fs::write(file.path(), rows).unwrap();
    let copy = format!("\\copy numbers FROM '{}'", file.path().display());
    said(&house.psql(&["-c", "TRUNCATE numbers", "-c", &copy]));
    assert_eq!(server.psql("SELECT sum(n) FROM numbers"), "44999850000");
    let out = said(&house.psql(&["-c", "\\copy numbers TO STDOUT"]));
    assert_eq!(out.lines().count(), 300_000);
    let long = format!("SELECT length('{}')", "x".repeat(1_000_000));
    std::fs::write(file.path(), long).unwrap();
    let path = file.path().display().to_string();
    assert_eq!(said(&house.psql(&["-f", &path])), "1000000");
}

#[test]
fn who_may_not_sign_in_reads_why() {
    let server = shop();
    let house = House::start(Plan::default(), &server).ready();
    let right = house.token("alice");
    let table = [
        (
            "alice",
            "wrong",
            "shop",
            "no such principal, or a wrong token",
        ),
        (
            "nobody",
            &*right,
            "shop",
            "no such principal, or a wrong token",
        ),
        ("alice", &right, "nowhere", "there is no target \"nowhere\""),
        ("alice", &right, "shop/other", "names another database"),
        (
            "alice",
            &right,
            "shop client_encoding=LATIN1",
            "client_encoding must be UTF8",
        ),
    ];
    for (user, token, database, sentence) in table {
        let tried = psql(
            &house.dsn(user, token, database, "sslmode=disable"),
            &["-c", "SELECT 1"],
        );
        assert!(
            complaint(&tried).contains(sentence),
            "{database}: {}",
            complaint(&tried)
        );
    }
    let named = house.dsn("alice", &right, "shop/postgres", "sslmode=disable");
    assert_eq!(said(&psql(&named, &["-c", "SELECT 1"])), "1");
}

#[test]
fn tls_holds_on_both_sides() {
    let server = Postgres::setup()
        .tls()
        .login("app", "pencil", "scram-sha-256")
        .sql(SHOP)
        .start();
    for (sign_in, binding) in [(SignIn::Scram, "require"), (SignIn::ClearText, "disable")] {
        let plan = Plan {
            allows_unencrypted: false,
            sign_in,
            ssl_mode: SslMode::VerifyFull,
            user: ("app", Some("pencil")),
            ..Plan::default()
        };
        let house = House::start(plan, &server).ready();
        let token = house.token("alice");
        let rest = format!("sslmode=require channel_binding={binding}");
        let encrypted = psql(
            &house.dsn("alice", &token, "shop", &rest),
            &["-c", "SELECT 2"],
        );
        assert_eq!(said(&encrypted), "2");
        let clear = house.dsn("alice", &token, "shop", "sslmode=disable");
        let clear = complaint(&psql(&clear, &["-c", "SELECT 2"]));
        assert!(clear.contains("TLS"), "{clear}");
    }
    assert!(
        server
            .psql("SELECT count(*) FROM pg_stat_ssl WHERE ssl")
            .parse::<u32>()
            .is_ok()
    );
}

#[test]
fn a_cancel_stops_what_runs_and_the_session_lives_on() {
    let server = shop();
    let house = House::start(Plan::default(), &server).ready();
    let dsn = house.dsn("alice", &house.token("alice"), "shop", "sslmode=disable");
    house.runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
        tokio::spawn(connection);
        let token = client.cancel_token();
        let slow = client.simple_query("SELECT count(*) FROM numbers a, numbers b, numbers c");
        let cancel = async {
            while server.psql(RUNNING) == "0" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            token.cancel_query(NoTls).await.unwrap();
        };
        let (slow, ()) = futures_util::join!(slow, cancel);
        assert_eq!(slow.unwrap_err().code().unwrap().code(), "57014");
        let rows = client
            .query("SELECT n FROM numbers WHERE n = $1", &[&7_i32])
            .await
            .unwrap();
        assert_eq!(rows[0].get::<_, i32>(0), 7);
    });
}

#[test]
fn a_drain_ends_sessions_and_a_killed_one_reads_why() {
    let server = shop();
    let mut house = House::start(Plan::default(), &server).ready();
    let dsn = house.dsn("alice", &house.token("alice"), "shop", "sslmode=disable");
    let running = house.running.take().unwrap();
    let control = running.control();
    house.runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
        let ended = tokio::spawn(connection);
        client.simple_query("SELECT 1").await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, control).await });
        let list = house::http(at, "GET", "/v1/sessions").await;
        let id = list
            .split("\"id\":\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        assert!(list.contains("\"principal\":\"alice\""), "{list}");
        let killed = house::http(at, "POST", &format!("/v1/sessions/{id}/kill")).await;
        assert!(killed.contains("\"killed\""), "{killed}");
        let fault = ended.await.unwrap().unwrap_err();
        assert_eq!(fault.code().unwrap().code(), "57P01");
        let (other, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
        let ended = tokio::spawn(connection);
        running.drain().await;
        let _ = ended.await;
        assert!(other.simple_query("SELECT 1").await.is_err());
        assert!(tokio::net::TcpStream::connect(house.address).await.is_err());
    });
}

#[test]
fn a_target_that_is_down_says_so() {
    let server = shop();
    let house = House::start(Plan::default(), &server).ready();
    assert_eq!(said(&house.psql(&["-c", "SELECT 1"])), "1");
    drop(server);
    let tried = complaint(&house.psql(&["-c", "SELECT 1"]));
    assert!(tried.contains("target shop cannot be reached"), "{tried}");
}
