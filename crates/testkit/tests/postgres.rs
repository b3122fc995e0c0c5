//! A cluster starts, answers, logs, speaks TLS, and is gone afterwards.

use std::net::TcpStream;
use std::process::Command;

use testkit::{MAJORS, Postgres};

#[test]
fn a_cluster_lives_as_long_as_its_value() {
    let server = Postgres::setup()
        .log_statements()
        .login("scram", "se cret", "scram-sha-256")
        .login("old", "secret", "md5")
        .login("clear", "secret", "password")
        .sql("CREATE TABLE t(a int)")
        .tls()
        .start();
    assert_eq!(server.psql("SELECT count(*) FROM t"), "0");
    assert!(server.log().contains("statement: SELECT count(*) FROM t"));
    for (role, password) in [("scram", "se cret"), ("old", "secret"), ("clear", "secret")] {
        for (word, is_right) in [(password, true), ("wrong", false)] {
            let root = server.root_certificate().unwrap().display().to_string();
            let port = server.port();
            let dsn = format!(
                "host=localhost port={port} user={role} dbname=postgres sslmode=verify-full \
                 sslrootcert={root}"
            );
            let mut psql = Command::new("psql");
            psql.args(["-X", "-At", "-c", "SELECT 1", "-d", &dsn])
                .env("PGPASSWORD", word);
            assert_eq!(
                psql.output().unwrap().status.success(),
                is_right,
                "{role} {word}"
            );
        }
    }
    let (port, data_dir) = (server.port(), server.data_dir().to_owned());
    drop(server);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!data_dir.exists());
}

#[test]
fn every_major_version_starts() {
    for major in MAJORS {
        match Postgres::setup().start_major(major) {
            Ok(server) => {
                let version =
                    server.psql("SELECT current_setting('server_version_num')::int / 10000");
                assert_eq!(version, major.to_string());
            }
            Err(why) => eprintln!("skipped: {why}"),
        }
    }
}
