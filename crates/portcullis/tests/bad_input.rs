//! Bad input: each fault is one clear sentence with a way out, and nothing is lost.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use support::serve::House;
use support::{Demo, commands, run, run_with, said, until};

fn asked(dsn: &str) -> String {
    said(&run(&mut commands(dsn, &["SELECT 'let in'"])))
}

/// Every word is there, and no panic, and nobody was let in.
fn demand(told: &str, words: &[&str]) {
    for word in words {
        assert!(
            told.to_lowercase().contains(&word.to_lowercase()),
            "no {word:?} in: {told}"
        );
    }
    assert!(
        !told.contains("panicked") && !told.contains("let in"),
        "{told}"
    );
}

#[test]
fn at_sign_in() {
    let demo = Demo::shared();
    let dsn = demo.dsn("alice");
    let token = demo.token("alice");
    let table = [
        (
            "a wrong token",
            dsn.replace(token, &format!("pct_{}", "A".repeat(48))),
            "token",
        ),
        (
            "another's token",
            dsn.replace(token, demo.token("dana")),
            "token",
        ),
        ("an unknown name", dsn.replace("alice", "nobody"), "token"),
        (
            "an unknown target",
            dsn.replace("/shop?", "/shoop?"),
            "shoop",
        ),
        (
            "an unknown database",
            dsn.replace("/shop?", "/shop%2Fnope?"),
            "nope",
        ),
    ];
    for (what, dsn, word) in table {
        let told = asked(&dsn);
        println!("{what}: {told}");
        demand(&told, &["FATAL", word]);
    }
    // Whether a name exists cannot be told from the words.
    let wrong = asked(&dsn.replace(token, &format!("pct_{}", "A".repeat(48))));
    let nobody = asked(&dsn.replace("alice", "nobody"));
    let words = |told: &str| {
        told.split("FATAL:")
            .nth(1)
            .unwrap_or_default()
            .replace("nobody", "alice")
    };
    assert_eq!(words(&wrong), words(&nobody));
}

#[test]
fn a_token_ends() {
    let demo = Demo::shared();
    let issued = demo.verb_as("olga", &["tokens", "issue", "alice", "--ttl", "1s"]);
    let token = String::from_utf8(issued.stdout).unwrap();
    let dsn = demo.dsn("alice").replace(demo.token("alice"), token.trim());
    until("its end", || {
        (!asked(&dsn).contains("let in")).then_some(())
    });
    demand(&asked(&dsn), &["FATAL", "token"]);
}

#[test]
fn a_dead_target_is_named_and_comes_back_by_itself() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut house = House::new(&format!("postgres://shop@127.0.0.1:{port}/shop"), "");
    house.start();
    let told = asked(&house.dsn("alice"));
    println!("{told}");
    demand(&told, &["FATAL", "shop"]);
    let doctor = said(&run(&mut house.verb(&["doctor"])));
    demand(&doctor, &["shop", "refused"]);
}

#[test]
fn a_bad_file_says_line_and_nearest_key() {
    let house = House::new("postgres://shop@127.0.0.1:1/shop", "");
    let good = fs::read_to_string(house.file()).unwrap();
    let table = [
        (
            good.replace("environment", "enviroment"),
            &["enviroment", "environment", ":8"][..],
        ),
        (
            good.replace("\"postgres\"", "\"postgress\""),
            &["postgress", "postgres", ":6"],
        ),
        (
            good.replace("127.0.0.1:0", "nowhere"),
            &["nowhere", "host:port", ":3"],
        ),
        (good.replace("[targets.shop]", "[targets.shop"), &[":5"]),
        (format!("{good}\npolicies = \"/nowhere\"\n"), &["policies"]),
    ];
    for (text, words) in table {
        fs::write(house.file(), &text).unwrap();
        for verb in [&["config", "check"][..], &["serve"]] {
            let output = run(&mut house.verb(verb));
            assert!(!output.status.success(), "{words:?}");
            demand(&said(&output), words);
            demand(&said(&output), &["portcullis.toml"]);
        }
    }
}

#[test]
fn a_second_one_on_the_same_data_directory() {
    let mut house = House::new("postgres://shop@127.0.0.1:1/shop", "");
    house.start();
    let second = run(&mut house.verb(&["serve"]));
    assert!(!second.status.success());
    demand(&said(&second), &["another", "data_dir"]);
    // The first goes on.
    demand(&asked(&house.dsn("alice")), &["FATAL", "shop"]);
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let house = House::new("postgres://shop@127.0.0.1:1/shop", "");
    let text = fs::read_to_string(house.file())
        .unwrap()
        .replace("127.0.0.1:0", &address);
    fs::write(house.file(), text).unwrap();
    let output = run(&mut house.verb(&["serve"]));
    assert!(!output.status.success());
    demand(&said(&output), &["cannot listen", &address, "another"]);
}

#[test]
fn a_data_directory_others_can_read() {
    let house = House::new("postgres://shop@127.0.0.1:1/shop", "");
    let open = run(Command::new("chmod")
        .arg("755")
        .arg(house.dir.path().join("data")));
    assert!(open.status.success());
    demand(
        &said(&run(&mut house.verb(&["serve"]))),
        &["open to other accounts", "chmod 700"],
    );
}

/// A small file system of its own, filled while a gateway runs on it.
#[test]
fn a_full_disk_stops_what_cannot_be_recorded() {
    let server = testkit::Postgres::start();
    server.psql("CREATE ROLE shop LOGIN");
    server.psql("CREATE DATABASE shop OWNER shop");
    server.psql_in(
        "shop",
        &[
            "-c",
            "CREATE TABLE t(n int); INSERT INTO t VALUES (0); ALTER TABLE t OWNER TO shop",
        ],
    );
    let mut house = House::new(&server.url_of("shop", None, "shop"), "");
    let data = house.dir.path().join("data");
    let kept = house.dir.path().join("kept");
    fs::rename(&data, &kept).unwrap();
    fs::create_dir(&data).unwrap();
    let mounted = run(Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=40m,mode=700", "none"])
        .arg(&data));
    if !mounted.status.success() {
        println!("skipped: no tmpfs can be mounted here: {}", said(&mounted));
        return;
    }
    let _unmount = Unmount(data.clone());
    assert!(
        run(Command::new("cp").arg("-a").arg(kept.join(".")).arg(&data))
            .status
            .success()
    );
    house.start();
    house.settle();
    let dsn = house.dsn("alice");
    let write = ["UPDATE t SET n = n + 1 WHERE n >= 0"];
    let told = said(&run(&mut commands(&dsn, &write)));
    assert!(told.contains("UPDATE 1"), "{told}");
    let fill = format!(
        "dd if=/dev/zero of={}/filler bs=4k 2>/dev/null",
        data.display()
    );
    run(Command::new("sh").args(["-c", &fill]));
    // What was set aside before carries some more; then it must refuse.
    let long = "x".repeat(15_000);
    let text = format!("UPDATE t SET n = n + 1 WHERE n >= 0 AND '{long}' <> '';\n").repeat(6_000);
    let told = run_with(commands(&dsn, &[]).args(["-v", "ON_ERROR_STOP=1"]), &text);
    let done = String::from_utf8_lossy(&told.stdout)
        .matches("UPDATE 1")
        .count();
    let told = said(&told).replace("UPDATE 1\n", "");
    println!("{done}: {told:.900}");
    assert!(done < 6_000, "it goes on with a full disk");
    demand(&told, &["record"]);
    let ran = server.psql_in("shop", &["-c", "SELECT n FROM t"]);
    let ran: usize = ran.parse().unwrap();
    // One more may have run, on record, whose outcome found the disk full: its client was told.
    let told_of = done + 1;
    assert!(ran == told_of || ran == told_of + 1, "{ran}, {told_of}");
    fs::remove_file(data.join("filler")).unwrap();
    house.crash();
    house.start();
    house.settle();
    let verified = run(&mut house.verb(&["ledger", "verify"]));
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(intended(&house) >= ran, "what was not recorded was not run");
    let told = said(&run(&mut commands(&house.dsn("alice"), &write)));
    assert!(told.contains("UPDATE 1"), "{told}");
    house.crash();
}

/// How many updates of `t` are on record.
fn intended(house: &House) -> usize {
    let is_update = |entry: &serde_json::Value| {
        let sql = entry["action"]["sql"].as_str().unwrap_or_default();
        entry["type"] == "statement.intent" && sql.starts_with("UPDATE t")
    };
    house
        .entries()
        .iter()
        .filter(|entry| is_update(entry))
        .count()
}

/// Takes a file system off again.
struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
