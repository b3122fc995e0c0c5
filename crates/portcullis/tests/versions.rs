//! The same promise before every supported PostgreSQL: 14 to 18.
//!
//! Why: the catalog's texts, the wire and the names of built-ins differ from one to the next. What
//! each does in depth the other files try on the system's own server.

mod support;

use support::{Demo, run, said};
use testkit::Postgres;

const READ: &str = "SELECT id, email, full_name, card_number FROM customers ORDER BY id LIMIT 50";

fn keeps_the_promise(demo: &Demo, major: u32) {
    let version = demo.value("SHOW server_version");
    assert!(version.starts_with(&major.to_string()), "{version}");
    let direct = demo.said_directly(&[READ]);
    assert_eq!(
        demo.said_to("omar", &[READ]),
        direct,
        "{major}: a reader of real values"
    );
    let masked = demo.said_to("alice", &[READ]);
    assert_eq!(
        masked.lines().count(),
        direct.lines().count(),
        "{major}: {masked}"
    );
    for original in demo
        .value("SELECT email FROM customers ORDER BY id LIMIT 50")
        .lines()
    {
        assert!(
            !masked.contains(original),
            "{major}: {original} in {masked}"
        );
    }
    for meta in [
        "\\d",
        "\\d customers",
        "\\df",
        "\\dv",
        "\\dn",
        "\\l",
        "\\du",
    ] {
        let (ours, theirs) = (demo.said_to("alice", &[meta]), demo.said_directly(&[meta]));
        // An older psql asks a newer server for what is no more: a misspelt name is ours to say.
        if theirs.contains("does not exist") {
            assert!(ours.contains("ERROR:"), "{major}: {meta}: {ours}");
        } else {
            assert_eq!(ours, theirs, "{major}: {meta}");
        }
    }
    let refused = demo.said_to(
        "alice",
        &["DROP TABLE payments", "SELECT pg_read_file('x')"],
    );
    assert_eq!(refused.matches("ERROR:").count(), 2, "{major}: {refused}");
    let written = demo.said_to("alice", &["UPDATE customers SET points = 7 WHERE id = 1"]);
    assert!(written.contains("UPDATE 1"), "{major}: {written}");
    assert_eq!(demo.value("SELECT points FROM customers WHERE id = 1"), "7");
    let verified = run(&mut demo.verb(&["ledger", "verify"]));
    assert!(verified.status.success(), "{major}: {}", said(&verified));
}

#[test]
fn fourteen_to_eighteen() {
    for major in testkit::MAJORS {
        match Postgres::setup().start_major(major) {
            Ok(server) => keeps_the_promise(&Demo::before(server), major),
            Err(reason) => eprintln!("skipped: {reason}"),
        }
    }
}
