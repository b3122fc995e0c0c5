//! The table and the reading of values, held against servers of every version.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use testkit::{MAJORS, Postgres};

use super::*;

/// Values a server takes.
const TAKEN: &[(&str, &str)] = &[
    ("work_mem", "64MB"),
    ("work_mem", "65536"),
    ("work_mem", " 1.5 MB "),
    ("work_mem", "0x1000"),
    ("work_mem", "0100"),
    ("Sort_Mem", "128kB"),
    ("temp_buffers", "1024"),
    ("temp_buffers", "16MB"),
    ("temp_buffers", "1001 kB"),
    ("statement_timeout", "0"),
    ("statement_timeout", "1min"),
    // Not of a statement: a busy machine would reach it.
    ("lock_timeout", "1500us"),
    ("statement_timeout", "2.5s"),
    ("lock_timeout", "1 h"),
    ("log_min_duration_statement", "-1"),
    ("extra_float_digits", "3"),
    ("extra_float_digits", "-15"),
    ("random_page_cost", "1.1"),
    ("random_page_cost", ".5e1"),
    ("standard_conforming_strings", "of"),
    ("standard_conforming_strings", "T"),
    ("standard_conforming_strings", "yE"),
    ("row_security", "0"),
    ("jit", "FALSE"),
    ("synchronous_commit", "Remote_Write"),
    ("synchronous_commit", "true"),
    ("backslash_quote", "no"),
    ("backslash_quote", "SAFE_encoding"),
    ("default_transaction_isolation", "Repeatable Read"),
    ("bytea_output", "ESCAPE"),
    ("client_encoding", "Unicode"),
    ("client_encoding", "sql-ascii"),
    ("client_encoding", "LATIN 1"),
    ("search_path", ""),
    ("search_path", "Public , \"$user\",\tpg_catalog"),
    ("search_path", "\"a,b\", \"c\"\"d\", \"E f\""),
    (
        "search_path",
        "a123456789012345678901234567890123456789012345678901234567890123456789",
    ),
    ("application_name", "Mixed Case"),
];

/// Lists that no server takes.
const BROKEN: &[&str] = &["a b", "a,", ",a", "\"a", "\"a\"b", "a,,b"];

fn servers(mut of: impl FnMut(u32, &Postgres)) {
    for major in MAJORS {
        match Postgres::setup().start_major(major) {
            Ok(server) => of(major, &server),
            Err(why) => eprintln!("skipped: {why}"),
        }
    }
}

/// What the server holds after it was set, in our words.
fn held(server: &Postgres, name: &str, text: &str) -> String {
    let (name, text) = (name.replace('\'', "''"), text.replace('\'', "''"));
    let answer = server.psql(&format!(
        "SET client_min_messages = error; \
         DO $x$ BEGIN PERFORM set_config('{name}', '{text}', false); END $x$; \
         SELECT setting || coalesce('|' || unit, '') FROM pg_settings \
         WHERE lower(name) = lower('{}')",
        super::name(&name)
    ));
    let (setting, unit) = answer.split_once('|').unwrap_or((&answer, ""));
    let number = || setting.parse::<f64>().unwrap();
    let with = |amount: f64, unit| {
        if amount > 0.0 {
            format!("{amount}{unit}")
        } else {
            format!("{amount}")
        }
    };
    match unit {
        "8kB" => with(number() * 8.0, "kB"),
        "kB" => with(number(), "kB"),
        "ms" => with(number(), "ms"),
        "s" => with(number() * 1_000.0, "ms"),
        _ => setting.to_owned(),
    }
}

#[test]
fn values_are_read_as_the_server_reads_them() {
    servers(|major, server| {
        for (setting, text) in TAKEN {
            let name = name(setting);
            let ours = value(&name, text);
            assert_eq!(value(&name, &ours), ours, "{name}: {text} twice");
            let theirs = held(server, setting, text);
            let theirs = match TABLE.get(&*name).unwrap().1 {
                Kind::Encoding => encoding(&theirs),
                Kind::Names => joined(names(&theirs).unwrap().iter().map(String::as_str)),
                _ => theirs,
            };
            assert_eq!(ours, theirs, "{major}: {name} = {text}");
        }
    });
    for text in BROKEN {
        assert_eq!(names(text), None, "{text}");
    }
}

#[test]
fn every_setting_of_a_session_is_in_the_table_and_written_so() {
    let mut known = BTreeSet::from(
        [
            "is_superuser",
            "role",
            "session_authorization",
            "seed",
            "jit_provider",
        ]
        .map(str::to_owned),
    );
    let mut count = 0;
    servers(|major, server| {
        count += 1;
        let rows = server.psql(
            "SELECT lower(name), vartype, coalesce(unit, ''), coalesce(enumvals::text, '') \
             FROM pg_settings WHERE context NOT IN ('internal', 'postmaster', 'sighup')",
        );
        for row in rows.lines() {
            let [name, kind, unit, words] = row.split('|').collect::<Vec<_>>().try_into().unwrap();
            known.insert(name.to_owned());
            let Some((_, ours)) = TABLE.get(name) else {
                panic!("{major}: {name} is new");
            };
            let is_so = match (*ours, kind, unit) {
                (Kind::Switch, "bool", _)
                | (Kind::Names | Kind::Encoding, "string", _)
                | (Kind::Number, "integer" | "real", "") => true,
                (Kind::Switch, "enum", _) => words.contains("on"),
                (Kind::Word, "enum", _) => !words.contains(",on,"),
                (Kind::Text, _, _) => {
                    kind == "string" || name == "vacuum_cost_delay" || name == "log_connections"
                }
                (Kind::Kilobytes(scale), "integer", "B" | "kB" | "8kB" | "MB") => {
                    let wanted = match unit {
                        "B" => 1.0 / 1024.0,
                        "kB" => 1.0,
                        "8kB" => 8.0,
                        _ => 1024.0,
                    };
                    (scale - wanted).abs() < f64::EPSILON
                }
                (Kind::Milliseconds(scale), "integer", "ms" | "s") => {
                    (scale - if unit == "s" { 1_000.0 } else { 1.0 }).abs() < f64::EPSILON
                }
                _ => false,
            };
            assert!(is_so, "{major}: {row} is no {ours:?}");
        }
    });
    if count == MAJORS.len() {
        for name in TABLE.keys() {
            assert!(known.contains(*name), "{name} is in no version");
        }
    }
}
