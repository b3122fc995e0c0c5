//! The tables held against servers of every version: nothing is missing, nothing is made up.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use catalog::postgres::secrets;
use testkit::{MAJORS, Postgres};

use super::*;

/// `proname|prosrc's language|kind|volatility|argument types|oid|schema`.
const READ: &str = "SELECT p.proname, l.lanname, p.prokind, p.provolatile, p.proargtypes, p.oid, \
     n.nspname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
     JOIN pg_language l ON l.oid = p.prolang";

/// Extensions of PostgreSQL's own tree in the packages, languages left out.
const INSTALL: &str = "DO $$ DECLARE x text; BEGIN FOR x IN SELECT name FROM \
     pg_available_extensions WHERE name !~ '^(.*plperl.*|.*plpython.*|.*pltcl.*|uuid-ossp)$' \
     ORDER BY name LOOP EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I CASCADE', x); \
     END LOOP; END $$";

fn function(line: &str) -> Function {
    let f: Vec<&str> = line.split('|').collect();
    Function {
        arguments: f[4]
            .split_whitespace()
            .map(|oid| oid.parse().unwrap())
            .collect(),
        source: None,
        defaults: 0,
        is_security_definer: false,
        is_variadic: false,
        kind: match f[2] {
            "a" => FunctionKind::Aggregate,
            "p" => FunctionKind::Procedure,
            "w" => FunctionKind::Window,
            _ => FunctionKind::Function,
        },
        language: f[1].into(),
        name: f[0].into(),
        oid: f[5].parse().unwrap(),
        outputs: Vec::new(),
        result: 0,
        returns_set: false,
        schema: f[6].into(),
        volatility: match f[3] {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
    }
}

/// Functions of every version there is on this machine, with contrib; all five, or `None`.
fn servers() -> Option<Vec<(u32, Vec<Function>)>> {
    let mut servers = Vec::new();
    for major in MAJORS {
        match Postgres::setup().sql(INSTALL).start_major(major) {
            Ok(server) => {
                let rows = server.psql(READ);
                servers.push((major, rows.lines().map(function).collect()));
            }
            Err(why) => eprintln!("skipped: {why}"),
        }
    }
    (servers.len() == MAJORS.len()).then_some(servers)
}

/// `schema|view|definition` on one line each, and `schema|relation|columns`.
const VIEWS: &str = "SELECT n.nspname, c.relname, translate(pg_get_viewdef(c.oid), E'\\n|', '  ') \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND \
     n.nspname IN ('pg_catalog', 'information_schema')";
const COLUMNS: &str = "SELECT n.nspname, c.relname, a.attname FROM pg_attribute a \
     JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE a.attnum > 0 AND n.nspname IN ('pg_catalog', 'information_schema')";

/// Views that see other sessions and show nothing of what they run.
const OPEN: &[&str] = &[
    "pg_aios",
    "pg_stat_gssapi",
    "pg_stat_replication",
    "pg_stat_ssl",
];

/// Whether `word` stands in a text, with nothing of a name on either side.
fn has_word(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_name) && !text[at + word.len()..].starts_with(is_name)
    })
}

#[test]
fn no_view_of_the_server_gives_a_secret_that_is_not_listed() {
    let far = |reach| !matches!(reach, Reach::Pure | Reach::Catalog | Reach::Settings);
    let far = SYSTEM.iter().filter(|(_, reach)| far(**reach));
    let far: Vec<String> = far.map(|(name, _)| format!("{name}(")).collect();
    let (mut wrong, mut columns) = (BTreeSet::new(), BTreeSet::new());
    for major in MAJORS {
        let server = match Postgres::setup().start_major(major) {
            Ok(server) => server,
            Err(why) => return eprintln!("skipped: {why}"),
        };
        columns.extend(server.psql(COLUMNS).lines().map(str::to_owned));
        for line in server.psql(VIEWS).lines() {
            let [schema, view, text] = line.splitn(3, '|').collect::<Vec<_>>().try_into().unwrap();
            let is_listed = secrets::secrets().any(|(s, r, _)| (s, r) == (schema, view));
            let calls = far.iter().find(|call| text.contains(call.as_str()));
            let reads = secrets::secrets()
                .filter(|(_, relation, _)| has_word(text, relation))
                .find(|(_, _, column)| has_word(text, &format!(".{column}")));
            let reads = reads.map(|(_, relation, column)| format!("{relation}.{column}"));
            if let Some(reads) = calls.cloned().or(reads)
                && !is_listed
                && !OPEN.contains(&view)
            {
                wrong.insert(format!("{major}: {schema}.{view} shows {reads}"));
            }
        }
    }
    for (schema, relation, column) in secrets::secrets() {
        if !columns.contains(&format!("{schema}|{relation}|{column}")) {
            wrong.insert(format!("{schema}.{relation}.{column} is in no version"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn is_own(function: &Function) -> bool {
    function.oid < FIRST_OF_USERS
}

#[test]
fn every_function_of_every_version_is_classified_and_no_other() {
    let Some(servers) = servers() else { return };
    let immutable: BTreeSet<&str> = include_str!("immutable.txt").split_whitespace().collect();
    let mut wrong = Vec::new();
    let (mut own, mut theirs) = (BTreeSet::new(), BTreeSet::new());
    for (major, functions) in &servers {
        for function in functions {
            let name = &*function.name;
            let is_native = matches!(&*function.language, "c" | "internal");
            if is_own(function) {
                own.insert(name);
                let is_listed = match function.volatility {
                    Volatility::Immutable => immutable.contains(name),
                    _ => SYSTEM.contains_key(name),
                };
                if !is_listed {
                    wrong.push(format!("{major}: {name} {:?} is new", function.volatility));
                }
            } else if is_native {
                theirs.insert(name);
                if of(function) == Reach::Native {
                    wrong.push(format!("{major}: {name} of an extension is new"));
                }
            }
        }
    }
    let made_up = |names: &[(Reach, &'static str)], known: &BTreeSet<&str>| -> Vec<String> {
        let names = names.iter().flat_map(|(_, names)| names.split_whitespace());
        names
            .filter(|name| !known.contains(name))
            .map(|name| format!("{name} is in no version"))
            .collect()
    };
    wrong.extend(made_up(system::SYSTEM, &own));
    wrong.extend(made_up(extension::CONTRIB, &theirs));
    wrong.extend(
        immutable
            .difference(&own)
            .map(|name| format!("{name} is in no version")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_name_stands_in_one_group() {
    for table in [system::SYSTEM, extension::CONTRIB, extension::OTHERS] {
        let mut seen = BTreeSet::new();
        for name in table.iter().flat_map(|(_, names)| names.split_whitespace()) {
            assert!(seen.insert(name), "{name} twice");
        }
    }
}

#[test]
fn functions_of_users_are_judged_by_language_and_only_native_ones_by_name() {
    let rows = [
        ("pg_read_file|internal|f|v|25|3826|pg_catalog", Reach::Host),
        (
            "pg_read_file|plpgsql|f|v|25|20000|pg_catalog",
            Reach::UserDefined,
        ),
        ("pg_read_file|internal|f|v|25|20000|public", Reach::Native),
        (
            "pg_new_thing|internal|f|s|25|9999|pg_catalog",
            Reach::Unknown,
        ),
        ("pg_new_thing|internal|f|i|25|9999|pg_catalog", Reach::Pure),
        (
            "ts_rewrite|internal|f|v|3615 25|3685|pg_catalog",
            Reach::RunsSql,
        ),
        (
            "ts_rewrite|internal|f|i|3615 3615 3615|3684|pg_catalog",
            Reach::Pure,
        ),
        ("dblink|c|f|v|25|20000|ext", Reach::Network),
        ("dblink|sql|f|v|25|20000|ext", Reach::UserDefined),
        ("similarity|c|f|i|25 25|20000|public", Reach::Pure),
        ("st_area|c|f|i|20001|20000|public", Reach::Pure),
        ("st_estimatedextent|c|f|s|25|20000|public", Reach::Storage),
        ("st_area|plpython3u|f|i|20001|20000|public", Reach::Native),
        ("evil|c|f|i|25|20000|public", Reach::Native),
        ("evil|plpython3u|f|i|25|20000|public", Reach::Native),
        ("evil|c|f|i|2281|20000|public", Reach::Pure),
        (
            "similarity|internal|a|i|25|20000|public",
            Reach::UserDefined,
        ),
    ];
    for (line, reach) in rows {
        assert_eq!(of(&function(line)), reach, "{line}");
    }
}
