//! The ways of tools: what `env`, `connect` and `proxy` give brings a stock `psql` there.
#![expect(clippy::unwrap_used, reason = "what fails here ends the test")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::home::{Home, bare};
use support::{run, said};

#[test]
fn every_form_of_env_brings_psql_there() {
    let home = Home::new("");
    let token = home.house.token().to_owned();
    let env = |args: &[&str]| {
        let printed = run(&mut home.verb(&token, &[&["env", "shop"], args].concat()));
        assert!(printed.status.success(), "{}", said(&printed));
        String::from_utf8(printed.stdout).unwrap().trim().to_owned()
    };
    let ask = ["-XAtw", "-c", "SELECT 'there'"];
    let file = |name: &str, text: &str| file(&home, name, text);
    let mut tries: Vec<(&str, Command)> = Vec::new();
    for how in [
        &["--format", "dsn"][..],
        &["--format", "dsn", "--certificate"],
    ] {
        let mut psql = bare();
        psql.arg(env(how));
        tries.push(("dsn", psql));
    }
    for how in [
        &["--format", "service"][..],
        &["--format", "service", "--certificate"],
    ] {
        let mut psql = bare();
        let path = file(&format!("service{}", how.len()), &env(how));
        psql.env("PGSERVICEFILE", path).arg("service=shop");
        tries.push(("service", psql));
    }
    let mut psql = bare();
    let port = home.port();
    psql.env("PGPASSFILE", file("pgpass", &env(&["--format", "pgpass"])))
        .arg(format!(
            "host=127.0.0.1 port={port} user=alice dbname=shop sslmode=require"
        ));
    tries.push(("pgpass", psql));
    for (form, mut psql) in tries {
        let asked = said(&run(psql.args(ask)));
        assert!(asked.contains("there"), "{form}: {asked}");
    }
    for how in [&[][..], &["--certificate"]] {
        let script = format!("{}; psql -XAtw -c \"SELECT 'there'\"", env(how));
        let asked = said(&run(&mut shell(&script)));
        assert!(asked.contains("there"), "env: {asked}");
    }
    let json: serde_json::Value = serde_json::from_str(&env(&["--format", "json"])).unwrap();
    assert_eq!(json["password"], token.as_str());
    let connect = [
        "connect",
        "shop",
        "--certificate",
        "--",
        "-XAtw",
        "-c",
        "SELECT 'there'",
    ];
    let asked = said(&run(&mut home.verb(&token, &connect)));
    assert!(asked.contains("there"), "connect: {asked}");
}

#[test]
fn a_local_port_carries_my_identity_and_nobody_elses() {
    let home = Home::new("");
    let token = home.house.token().to_owned();
    let mut proxy = home.verb(&token, &["proxy", "shop"]);
    let mut child = proxy
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let (url, who) = line.trim().split_once(" as ").unwrap();
    assert_eq!(who, "alice");
    // Whatever name and database a tool gives, and without a password.
    let address = url
        .strip_prefix("postgres://")
        .unwrap()
        .split_once('/')
        .unwrap()
        .0;
    for dsn in [
        format!("postgres://root@{address}/whatever"),
        format!("postgres://root@{address}/whatever?sslmode=prefer"),
    ] {
        let ask = ["-XAtw", &dsn, "-c", "SELECT 'by proxy'"];
        let asked = said(&run(bare().args(ask)));
        assert!(asked.contains("by proxy"), "{asked}");
    }
    // What is refused is refused to alice: rules see her, not the tool's words.
    let ask = [
        "-XAtw",
        &format!("postgres://root@{address}/x"),
        "-c",
        "SELECT pg_sleep(0)",
    ];
    let _ = run(bare().args(ask));
    let opened = home
        .house
        .entries()
        .into_iter()
        .map(|entry| entry.to_string());
    let opened: Vec<_> = opened
        .filter(|entry| entry.contains("session.open"))
        .collect();
    assert!(
        opened.iter().all(|entry| entry.contains("\"alice\"")),
        "{opened:?}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A file that its owner alone reads.
fn file(home: &Home, name: &str, text: &str) -> PathBuf {
    let path = home.house.dir.path().join(name);
    std::fs::write(&path, format!("{text}\n")).unwrap();
    let owners = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, owners).unwrap();
    path
}

/// A shell without a person's files.
fn shell(script: &str) -> Command {
    let mut sh = Command::new("sh");
    sh.env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .args(["-c", script]);
    sh
}
