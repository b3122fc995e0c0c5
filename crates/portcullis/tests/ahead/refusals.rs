//! What cannot be asked for, whoever would say yes.
// tidy: table — questions, and why nobody is asked them

use crate::support::{Faults, said};
use crate::world::Place;

#[test]
fn nobody_gives_what_the_rules_do_not_let_be_given() {
    let place = Place::shared();
    let mut faults = Faults::default();
    let table: [(&str, &[&str], &str); 11] = [
        (
            "alice",
            &["shop", "--reveal", "customers.card_number", "--for", "1h"],
            "Cards are shown to nobody",
        ),
        (
            "alice",
            &["shop", "--reveal", "customers.password_hash", "--for", "1h"],
            "not answered ahead",
        ),
        (
            "alice",
            &["shop", "--reveal", "customers.birth_date", "--for", "1h"],
            "30m at most",
        ),
        (
            "alice",
            &["shop", "--reveal", "customers.phone", "--for", "9h"],
            "8h at most",
        ),
        (
            "alice",
            &["shop", "--reveal", "customers.plan", "--for", "1h"],
            "no masked column",
        ),
        (
            "alice",
            &["shop", "--reveal", "nowhere.email", "--for", "1h"],
            "no table",
        ),
        ("alice", &["shop", "--for", "1h"], "you have that already"),
        ("alice", &["nowhere", "--for", "1h"], "no target nowhere"),
        (
            "eve",
            &["shop", "--reveal", "customers.phone", "--for", "1h"],
            "ask for that first",
        ),
        (
            "fixer",
            &["shop", "--reveal", "customers.full_name", "--for", "1h"],
            "let alice ask first",
        ),
        (
            "alice",
            &[
                "shop",
                "--for",
                "1h",
                "--reveal",
                "customers.phone",
                "--reason",
                " ",
            ],
            "a reason has",
        ),
    ];
    for (name, args, wanted) in table {
        let reason: &[&str] = if args.contains(&"--reason") {
            &[]
        } else {
            &["--reason", "x"]
        };
        let output = place.verb(name, &[&["request"], args, reason].concat());
        let told = said(&output);
        let is_no = output.status.code() == Some(3) && told.contains(wanted);
        faults.demand(is_no, || {
            format!("{name} {args:?}: {:?} {told}", output.status.code())
        });
    }
    faults.end();
}
