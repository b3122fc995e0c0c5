//! What a judgement costs: printed, never asserted.
//! `cargo test -p policy -- --ignored --nocapture`

use std::fmt::Write as _;
use std::time::Instant;

use model::{Action, Class, Lineage, OutputColumn, Reach, Volatility};

use super::stage::*;
use crate::Access;

#[test]
#[ignore = "a measurement"]
fn a_judgement_costs() {
    let mut many = String::new();
    for number in 0..200 {
        let _ = write!(
            many,
            "forbid (principal in Group::\"g{number}\", action == Action::\"{}\", \
             resource in Environment::\"production\");",
            ["select", "insert", "create", "lock"][number % 4]
        );
    }
    let output = |lineage| OutputColumn {
        lineage,
        name: None,
        type_oid: None,
    };
    let mut wide = on_table(Action::Select);
    let email = column("email", Some(Class::Email));
    wide.outputs = Some(vec![output(Lineage::Bare(email)), output(Lineage::Clean)]);
    wide.calls = calling(Reach::Pure, Volatility::Immutable).calls;
    for (what, sources) in [
        ("the pack", vec![]),
        ("the pack and 200 rules", vec![("many", &*many)]),
    ] {
        let started = Instant::now();
        let rules = rules(&sources);
        println!("load of {what}: {:?}", started.elapsed());
        for (name, effects) in [
            ("alice", on_table(Action::Select)),
            ("alice", wide.clone()),
            ("fixer", wide.clone()),
        ] {
            let session = session(name, target("orders", "production"));
            let effects = [effects];
            let access = Access {
                effects: &effects,
                startup: &[],
                session: &session,
                estimated_rows: -1,
                fingerprint: "abcd",
                grants: &[],
                history: &crate::History::default(),
                intent: &model::Intent::default(),
                now: NOW,
            };
            let started = Instant::now();
            let rounds = 2_000;
            for _ in 0..rounds {
                std::hint::black_box(rules.judge(&access));
            }
            println!(
                "  {name}, {} outputs: {:?}",
                effects[0].outputs.iter().flatten().count(),
                started.elapsed() / rounds
            );
        }
    }
}
