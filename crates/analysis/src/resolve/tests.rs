//! The table held against servers of every version: what it says is so in all of them, and what is
//! so in all of them it says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use testkit::{MAJORS, Postgres};

/// The three kinds of lines.
const READ: &str = "SELECT concat_ws(' ', 'operator', oprname, oprleft, oprright, oprresult) \
     FROM pg_operator WHERE oprcode <> 0 \
     UNION ALL SELECT concat_ws(' ', 'cast', castsource, casttarget) FROM pg_cast \
     WHERE castcontext = 'i' \
     UNION ALL SELECT concat_ws(' ', 'type', oid, typcategory, typispreferred::text::char(1)) \
     FROM pg_type WHERE typtype IN ('b', 'p', 'r', 'm') AND typrelid = 0 \
     AND typnamespace = 'pg_catalog'::regnamespace";

#[test]
fn the_table_is_what_the_servers_have_in_common() {
    let mut common: Option<BTreeSet<String>> = None;
    for major in MAJORS {
        let server = match Postgres::setup().start_major(major) {
            Ok(server) => server,
            Err(why) => return eprintln!("skipped: {why}"),
        };
        let rows: BTreeSet<String> = server.psql(READ).lines().map(str::to_owned).collect();
        common = Some(match common {
            None => rows,
            Some(former) => former.intersection(&rows).cloned().collect(),
        });
    }
    let table = include_str!("built_in.txt").lines();
    let table: BTreeSet<String> = table
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let common = common.unwrap();
    let missing: Vec<_> = common.difference(&table).collect();
    let made_up: Vec<_> = table.difference(&common).collect();
    assert!(
        missing.is_empty() && made_up.is_empty(),
        "missing {missing:?}\nmade up {made_up:?}"
    );
}
