//! A stand-in finds the row it was shown for; a real value finds nothing; and nothing that could
//! show what was sent in its place does.
//!
//! Why on a real server: what is sent is another text than the client's, and every way to read a
//! statement's text back is the server's own.
// tidy: table — most of it is the list of forms and of ways to look

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use support::drivers::{Language, demand};
use support::{Demo, Faults};

/// What a reader is shown of one customer, and what is stored there.
struct Row {
    id: String,
    real: Vec<String>,
    shown: Vec<String>,
}

const COLUMNS: [&str; 5] = ["email", "phone", "card_number", "birth_date", "ip_address"];

impl Row {
    fn of(demo: &Demo, id: &str) -> Self {
        let query = format!(
            "SELECT {} FROM customers WHERE id = {id}",
            COLUMNS.join(", ")
        );
        let cells = |line: String| line.trim().split('|').map(str::to_owned).collect();
        Self {
            id: id.to_owned(),
            real: cells(demo.said_directly(&[&query])),
            shown: cells(demo.said_to("alice", &[&query])),
        }
    }

    /// A form with its column's name, and the value in the place of `?`.
    fn ask(form: &str, column: &str, value: &str) -> String {
        form.replace("COL", column).replace('?', value)
    }
}

/// Ways to look a value up that give the row's id if it is there.
const FINDS: &[&str] = &[
    "SELECT id FROM customers WHERE COL = '?'",
    "SELECT id FROM customers WHERE '?' = COL",
    "SELECT c.id FROM customers AS c WHERE c.COL = $$?$$",
    "SELECT id FROM customers WHERE COL = E'?'",
    "SELECT id FROM customers WHERE COL IN ('?')",
    "SELECT id FROM customers WHERE COL IN ('?', NULL)",
    "SELECT id FROM customers WHERE COL = ANY('{?}')",
    "SELECT id FROM customers WHERE COL = ANY('{?,NULL}')",
    "SELECT id FROM customers WHERE COL IS NOT DISTINCT FROM '?'",
    "SELECT id FROM customers WHERE (COL, plan) IN (('?', 'free'), ('?', 'plus'), ('?', 'pro'))",
    "SELECT id FROM customers WHERE NOT (COL <> '?')",
    "SELECT id FROM (SELECT id, COL AS x FROM customers) AS q WHERE x = '?'",
    "WITH q AS (SELECT * FROM customers) SELECT id FROM q WHERE COL = '?'",
    "SELECT id FROM customers WHERE id IN (SELECT id FROM customers WHERE COL = '?')",
    "PREPARE p AS SELECT id FROM customers WHERE COL = $1; EXECUTE p('?')",
    "PREPARE p AS SELECT id FROM customers WHERE COL = '?'; EXECUTE p",
    "BEGIN; DECLARE c CURSOR FOR SELECT id FROM customers WHERE COL = '?'; FETCH ALL FROM c; END",
    "COPY (SELECT id FROM customers WHERE COL = '?') TO STDOUT",
];

#[test]
fn a_stand_in_finds_its_row_and_a_real_value_nothing() {
    let demo = Demo::shared();
    let mut faults = Faults::default();
    let row = Row::of(&demo, "77");
    for (at, column) in COLUMNS.iter().enumerate() {
        let (real, shown) = (&row.real[at], &row.shown[at]);
        assert_ne!(real, shown, "{column}");
        for form in FINDS {
            let ask = Row::ask(form, column, shown);
            let said = demo.psql_as("alice", &["-qAt", "-c", &ask]);
            let told = support::said(&said);
            // Telephone numbers of the shop are shared by many.
            let finds = told.lines().any(|line| line == row.id);
            faults.demand(finds, || format!("{ask}: {told}"));
            let ask = Row::ask(form, column, real);
            let told = support::said(&demo.psql_as("alice", &["-qAt", "-c", &ask]));
            let is_there = told.lines().any(|line| line == row.id);
            faults.demand(!is_there, || format!("{ask}: {told}"));
            faults.demand(!told.contains("ERROR"), || format!("{ask}: {told}"));
        }
    }
    faults.end();
}

#[test]
fn negations_leave_out_what_they_name_and_nothing_else() {
    let demo = Demo::shared();
    let row = Row::of(&demo, "78");
    let mut faults = Faults::default();
    for form in [
        "SELECT count(*) FROM customers WHERE email <> '?'",
        "SELECT count(*) FROM customers WHERE email NOT IN ('?')",
        "SELECT count(*) FROM customers WHERE email <> ALL('{?}')",
        "SELECT count(*) FROM customers WHERE email IS DISTINCT FROM '?'",
    ] {
        for (value, expected) in [(&row.shown[0], "1999"), (&row.real[0], "2000")] {
            let ask = form.replace('?', value);
            let told = demo.said_to("alice", &[&ask]);
            faults.demand(told.trim() == expected, || format!("{ask}: {told}"));
        }
    }
    faults.end();
}

#[test]
fn the_index_is_used() {
    let demo = Demo::shared();
    let row = Row::of(&demo, "79");
    // What the plan says is hidden from alice: the server's own log tells it.
    demo.server
        .psql("ALTER DATABASE shop SET session_preload_libraries = 'auto_explain'");
    demo.server
        .psql("ALTER DATABASE shop SET auto_explain.log_min_duration = 0");
    let ask = format!("SELECT id FROM customers WHERE email = '{}'", row.shown[0]);
    assert_eq!(demo.said_to("alice", &[&ask]).trim(), row.id);
    let log = demo.server.log();
    let plan: String = log
        .lines()
        .skip_while(|line| !line.contains("Query Text: SELECT id FROM customers WHERE email ="))
        .take(4)
        .collect();
    assert!(
        plan.contains("Index Scan using customers_email_key"),
        "{log}"
    );
}

/// Ways to read a statement's text, or what it was compared with, back.
const LOOKS: &[&[&str]] = &[
    &["SELECT current_query() FROM customers WHERE email = '?'"],
    &["SELECT id FROM customers WHERE email = '?' AND position('REAL' in current_query()) > 0"],
    &["SELECT query FROM pg_stat_activity, customers WHERE email = '?' AND pid = pg_backend_pid()"],
    &["EXPLAIN SELECT id FROM customers WHERE email = '?'"],
    &["EXPLAIN (ANALYZE, VERBOSE, FORMAT json) SELECT id FROM customers WHERE email = '?'"],
    &[
        "PREPARE p AS SELECT id FROM customers WHERE email = '?'",
        "SELECT statement FROM pg_prepared_statements",
    ],
    &[
        "PREPARE p AS SELECT id FROM customers WHERE email = '?'",
        "SELECT * FROM pg_prepared_statement()",
    ],
    &[
        "PREPARE p AS SELECT id FROM customers WHERE email = '?'",
        "SELECT count(*) + 4242 FROM pg_prepared_statements WHERE statement LIKE '%REAL%'",
    ],
    &[
        "PREPARE p AS SELECT id FROM customers WHERE email = '?'",
        "EXPLAIN EXECUTE p",
    ],
    &[
        "BEGIN",
        "DECLARE c CURSOR FOR SELECT id FROM customers WHERE email = '?'",
        "SELECT statement FROM pg_cursors",
    ],
    &[
        "BEGIN",
        "DECLARE c CURSOR FOR SELECT id FROM customers WHERE email = '?'",
        "SELECT * FROM pg_cursor()",
    ],
    &[
        "BEGIN",
        "DECLARE c CURSOR FOR SELECT id FROM customers WHERE email = '?'",
        "SELECT cursor_to_xml('c', 1, true, true, '')",
    ],
    &["SELECT id FROM customers WHERE email = '?' AND id = 1 / (id - id)"],
    &["SELECT id FROM customers WHERE email = '?' AND birth_date = 'nonsense'"],
    &["SELECT nothing FROM customers WHERE email = '?'"],
    &[
        "SET client_min_messages = log; SET debug_print_plan = on; SELECT id FROM customers WHERE email = '?'",
    ],
    &[
        "SET client_min_messages = log; SET debug_print_parse = on; SELECT id FROM customers WHERE email = '?'",
    ],
    &[
        "CREATE TEMP VIEW v AS SELECT id FROM customers WHERE email = '?'",
        "SELECT pg_get_viewdef('v'::regclass)",
    ],
    &[
        "SELECT 'x' AS a FROM customers WHERE email = '?' UNION SELECT v FROM (VALUES ('?')) AS q(v)",
    ],
    &["SELECT v FROM (VALUES ('?')) AS q(v) JOIN customers ON email = v"],
    &["SELECT email = '?' FROM customers WHERE email = '?'"],
    &["SELECT CASE email WHEN '?' THEN '?' END FROM customers"],
];

#[test]
fn nothing_shows_what_was_sent() {
    let demo = Demo::shared();
    let row = Row::of(&demo, "80");
    let mut faults = Faults::default();
    for look in LOOKS {
        let asked: Vec<String> = look
            .iter()
            .map(|sql| {
                sql.replace('?', &row.shown[0])
                    .replace("REAL", &row.real[0])
            })
            .collect();
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let told = demo.said_to("alice", &asked);
        faults.demand(!told.contains(&row.real[0]), || {
            format!("{asked:?}: {told}")
        });
        // A yes to a question about it.
        let is_told = told.contains("4243") || (look[0].contains("REAL") && told.trim() == row.id);
        faults.demand(!is_told, || format!("{asked:?}: {told}"));
    }
    faults.end();
}

#[test]
fn what_cannot_be_turned_back_is_refused_by_name() {
    let demo = Demo::shared();
    let table = [
        (
            "UPDATE customers SET plan = 'free' WHERE id = 3 AND full_name = 'Ada Abbott'",
            "customers.full_name (pii.full_name)",
        ),
        (
            "DELETE FROM customers WHERE id = 3 AND password_hash = 'x'",
            "customers.password_hash",
        ),
        ("SELECT id FROM customers WHERE email = U&'a'", "ERROR"),
        (
            "UPDATE customers SET plan = 'free' WHERE id = 3 AND email = 'a' || 'b'",
            "filter.oracle",
        ),
        ("SELECT * FROM customer_orders('a')", "filter.oracle"),
        (
            "PREPARE p AS SELECT id, $1 FROM customers WHERE email = $1",
            "parameter",
        ),
        (
            "SELECT id FROM customers WHERE email = E'\\x61'",
            "stand-ins",
        ),
    ];
    let mut faults = Faults::default();
    for (statement, because) in table {
        let told = demo.said_to("alice", &[statement]);
        let holds = told.contains("ERROR") && told.contains(because);
        faults.demand(holds, || format!("{statement}: {told}"));
    }
    faults.end();
}

/// Conditions of which a statement that only reads learns nothing: it finds no row, and is told so.
const UNKNOWN: &[&str] = &[
    "full_name = 'REAL_NAME'",
    "full_name <> 'REAL_NAME'",
    "full_name IN ('REAL_NAME', 'x')",
    "NOT full_name = 'SHOWN_NAME'",
    "password_hash = 'x'",
    "email = 'a' || 'b'",
    "email = (SELECT 'REAL')",
    "email LIKE 'REAL'",
    "lower(full_name) = lower('REAL_NAME')",
];

#[test]
fn what_cannot_be_turned_back_is_found_nowhere() {
    let demo = Demo::shared();
    let row = Row::of(&demo, "81");
    let name = |who: String| who.trim().to_owned();
    let asked = "SELECT full_name FROM customers WHERE id = 81";
    let real = name(demo.said_directly(&[asked]));
    let shown = name(demo.said_to("alice", &[asked]));
    let mut faults = Faults::default();
    for condition in UNKNOWN {
        let condition = condition.replace("REAL_NAME", &real);
        let condition = condition.replace("SHOWN_NAME", &shown);
        let condition = condition.replace("REAL", &row.real[0]);
        let ask = format!("SELECT count(*) + 4000 FROM customers WHERE {condition}");
        let told = support::said(&demo.psql_as("alice", &["-qAt", "-c", &ask]));
        let is_none = told.lines().any(|line| line == "4000");
        let is_told = told.contains("a condition on a masked column is unknown");
        faults.demand(is_none && is_told, || format!("{ask}: {told}"));
    }
    faults.end();
}

#[test]
fn case_is_folded_as_the_server_folds_it() {
    let demo = Demo::shared();
    let row = Row::of(&demo, "82");
    let mut faults = Faults::default();
    for form in [
        "lower(email) = lower('?')",
        "lower(email) = '?'",
        "UPPER(email::text) = UPPER('?')",
        "lower(email) IN (lower('?'), 'x')",
        "lower('?') = lower(email)",
    ] {
        for (value, is_there) in [(&row.shown[0], true), (&row.real[0], false)] {
            let ask = format!(
                "SELECT id FROM customers WHERE {}",
                form.replace('?', value)
            );
            let told = support::said(&demo.psql_as("alice", &["-qAt", "-c", &ask]));
            let finds = told.lines().any(|line| line == row.id);
            faults.demand(finds == is_there && !told.contains("ERROR"), || {
                format!("{ask}: {told}")
            });
        }
    }
    faults.end();
}

fn through(language: Language, name: &str) {
    let demo = Demo::shared();
    if let Some(told) = demand(language, name, &[demo.dsn("alice"), &demo.direct()]) {
        assert!(told.ends_with("done\n"), "{told}");
    }
}

#[test]
fn through_psycopg_and_asyncpg() {
    through(Language::Python, "stand_ins.py");
}

#[test]
fn through_node_postgres() {
    through(Language::Node, "stand_ins.js");
}

/// What is written into a masked column, and what is stored then: the very same as before.
const WRITES: &[(&str, bool)] = &[
    ("UPDATE customers SET email = 'EMAIL' WHERE id = 90", true),
    (
        "UPDATE customers SET email = 'EMAIL', points = 3, plan = 'pro' WHERE email = 'EMAIL'",
        true,
    ),
    (
        "UPDATE customers SET (email, points) = ('EMAIL', 4) WHERE id = 90",
        true,
    ),
    (
        "PREPARE p AS UPDATE customers SET email = $1 WHERE id = $2; EXECUTE p('EMAIL', 90)",
        true,
    ),
    ("UPDATE customers SET email = email WHERE id = 90", true),
    (
        "INSERT INTO customers (email, full_name, password_hash, created_at) VALUES ('EMAIL', '', '', now()) ON CONFLICT (email) DO UPDATE SET email = excluded.email, points = 5",
        true,
    ),
    ("UPDATE customers SET phone = 'PHONE' WHERE id = 90", false),
    (
        "UPDATE customers SET birth_date = '1990-01-01' WHERE id = 90",
        false,
    ),
    ("UPDATE customers SET email = 'REAL' WHERE id = 90", false),
    (
        "UPDATE customers SET email = 'new@example.com' WHERE id = 90",
        false,
    ),
    (
        "UPDATE customers SET email = lower('REAL') WHERE id = 90",
        false,
    ),
    (
        "UPDATE customers SET email = (SELECT 'REAL') WHERE id = 90",
        false,
    ),
    (
        "UPDATE customers SET (email, plan) = (SELECT 'REAL', 'free') WHERE id = 90",
        false,
    ),
    (
        "INSERT INTO orders (customer_id, contact_email, status, total, placed_at) VALUES (90, 'REAL', 'open', 1, now()) RETURNING contact_email",
        false,
    ),
    (
        "INSERT INTO orders (customer_id, contact_email, status, total, placed_at) SELECT 90, 'REAL', 'open', 1, now()",
        false,
    ),
    (
        "INSERT INTO customers (email, full_name, password_hash, created_at) VALUES ('REAL', '', '', now()) ON CONFLICT DO NOTHING",
        false,
    ),
    (
        "COPY orders (customer_id, contact_email, status, total, placed_at) FROM STDIN",
        false,
    ),
];

#[test]
fn a_stand_in_written_back_is_stored_as_what_it_stands_for_or_not_at_all() {
    let demo = Demo::start();
    let row = Row::of(&demo, "90");
    let stored = || {
        let of = "SELECT email, phone, birth_date FROM customers WHERE id = 90 \
                  UNION ALL SELECT contact_email, '', NULL FROM orders \
                  WHERE contact_email NOT IN (SELECT email FROM customers) ORDER BY 1";
        demo.said_directly(&[of])
    };
    let before = stored();
    let mut faults = Faults::default();
    for (write, passes) in WRITES {
        let write = write
            .replace("EMAIL", &row.shown[0])
            .replace("PHONE", &row.shown[1])
            .replace("REAL", &Row::of(&demo, "91").real[0]);
        let told = demo.said_to("alice", &[&write]);
        let is_refused = told.contains("ERROR") && told.contains("is masked: a value of your own");
        faults.demand(is_refused != *passes, || format!("{write}: {told}"));
        faults.demand(stored() == before, || {
            format!("{write} changed {}", stored())
        });
    }
    faults.end();
}

#[test]
fn free_text_that_says_nothing_is_written_as_it_is() {
    let demo = Demo::start();
    let plain =
        "UPDATE support_tickets SET body = 'the lamp is broken' WHERE id = 1 RETURNING body";
    let told = demo.said_to("alice", &[plain]);
    assert!(told.starts_with("the lamp is broken"), "{told}");
    let telling = "UPDATE support_tickets SET body = 'write to ada@example.com' WHERE id = 1";
    let told = demo.said_to("alice", &[telling]);
    assert!(told.contains("is masked: a value of your own"), "{told}");
}

#[test]
fn a_union_of_one_class_shows_stand_ins() {
    let demo = Demo::shared();
    let row = Row::of(&demo, "83");
    let asked = "SELECT email FROM customers WHERE id = 83 UNION \
                 SELECT contact_email FROM orders WHERE customer_id = 83 UNION ALL \
                 SELECT email FROM customers WHERE id = 83";
    let told = demo.said_to("alice", &[asked]);
    let addresses: Vec<&str> = told.lines().filter(|line| line.contains('@')).collect();
    assert!(addresses.len() > 1, "{told}");
    assert!(addresses.iter().all(|line| *line == row.shown[0]), "{told}");
}
