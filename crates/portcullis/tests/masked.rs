//! A masked value reaches no reader: by form of expression, format, statement and error text.
//!
//! Why by form: each is a way people have got around masks. What alice is shown is searched, byte
//! for byte, for every original of every classified column, and for its common disguises.
// tidy: table — most of it is the list of forms

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use support::drivers::{Language, demand};
use support::{Demo, Faults, run_with, said};

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comes {
    /// Stand-ins: a line for each of the original answer's.
    StandIns,
    /// Nothing that depends on the value: every row the same.
    Blank,
    /// An error.
    Error,
    /// Whatever holds no original.
    Any,
}
use Comes::{Any, Blank, Error, StandIns};

/// Statements of one session, each a message; the last one's answer counts.
const FORMS: &[(Comes, &[&str])] = &[
    (
        StandIns,
        &["SELECT email, full_name, card_number FROM customers"],
    ),
    (StandIns, &["SELECT * FROM customers"]),
    (StandIns, &["TABLE customers"]),
    (
        StandIns,
        &["SELECT full_name, email, salary, national_id, iban FROM employees"],
    ),
    (StandIns, &["SELECT api_key FROM api_keys"]),
    (
        StandIns,
        &["SELECT requester_email, body FROM support_tickets"],
    ),
    (StandIns, &["SELECT card_number, iban FROM payments"]),
    (StandIns, &["SELECT value FROM settings"]),
    (StandIns, &["SELECT contact_email FROM orders"]),
    (
        StandIns,
        &["SELECT street, city, postal_code FROM addresses"],
    ),
    (
        StandIns,
        &["SELECT email AS x, full_name AS \"Y z\" FROM customers"],
    ),
    (StandIns, &["SELECT c.email FROM public.customers AS c"]),
    (StandIns, &["SELECT (c).email FROM customers AS c"]),
    (StandIns, &["SELECT email FROM ONLY customers"]),
    (StandIns, &["SELECT * FROM customer_directory"]),
    (
        StandIns,
        &["SELECT full_name, contact_email FROM open_orders"],
    ),
    (
        StandIns,
        &["SELECT e FROM (SELECT email AS e FROM customers) AS q"],
    ),
    (
        StandIns,
        &["WITH q AS (SELECT email FROM customers) SELECT * FROM q"],
    ),
    (
        StandIns,
        &["WITH q AS MATERIALIZED (SELECT email e FROM customers) SELECT e FROM q"],
    ),
    (
        StandIns,
        &["SELECT z FROM customers AS c, LATERAL (SELECT c.email AS z) AS q"],
    ),
    (
        StandIns,
        &["SELECT email FROM customers UNION ALL SELECT contact_email FROM orders"],
    ),
    (
        StandIns,
        &["VALUES ((SELECT email FROM customers LIMIT 1))"],
    ),
    (StandIns, &["SELECT (SELECT email FROM customers LIMIT 1)"]),
    (
        StandIns,
        &["SELECT email FROM customers FETCH FIRST 5 ROWS ONLY"],
    ),
    (StandIns, &["COPY customers TO STDOUT"]),
    (StandIns, &["COPY customers TO STDOUT (FORMAT csv, HEADER)"]),
    (Any, &["COPY customers TO STDOUT (FORMAT binary)"]),
    (
        StandIns,
        &["COPY (SELECT email, full_name FROM customers) TO STDOUT"],
    ),
    (
        StandIns,
        &["COPY (SELECT * FROM customers) TO STDOUT (FORMAT csv, FORCE_QUOTE *)"],
    ),
    (
        Any,
        &["COPY (SELECT * FROM customers) TO STDOUT (FORMAT binary)"],
    ),
    (
        StandIns,
        &["COPY employees (full_name, iban) TO STDOUT (DELIMITER ';')"],
    ),
    (
        Any,
        &["COPY (SELECT c::text, row_to_json(c) FROM customers c) TO STDOUT"],
    ),
    (StandIns, &["\\copy customers TO STDOUT"]),
    (
        StandIns,
        &["\\copy (SELECT email FROM customers) TO STDOUT CSV"],
    ),
    (
        StandIns,
        &[
            "BEGIN",
            "DECLARE k CURSOR FOR SELECT email, phone FROM customers",
            "FETCH ALL FROM k",
        ],
    ),
    (
        StandIns,
        &[
            "BEGIN",
            "DECLARE k SCROLL CURSOR FOR SELECT * FROM customers",
            "FETCH LAST FROM k",
        ],
    ),
    (
        Any,
        &[
            "BEGIN",
            "DECLARE k BINARY CURSOR FOR SELECT email FROM customers",
            "FETCH 9 FROM k",
        ],
    ),
    (
        Any,
        &[
            "DECLARE k CURSOR WITH HOLD FOR SELECT email FROM customers",
            "FETCH 9 FROM k",
        ],
    ),
    (
        StandIns,
        &["BEGIN; DECLARE k CURSOR FOR SELECT email FROM customers; FETCH 9 FROM k"],
    ),
    (
        StandIns,
        &["PREPARE p AS SELECT email FROM customers", "EXECUTE p"],
    ),
    (
        StandIns,
        &[
            "PREPARE p(int) AS SELECT email, card_number FROM customers WHERE id > $1",
            "EXECUTE p(9)",
        ],
    ),
    (
        StandIns,
        &["UPDATE customers SET points = 1 WHERE id = 7 RETURNING email, full_name"],
    ),
    (
        Any,
        &["UPDATE customers SET points = 1 WHERE id = 7 RETURNING customers::text"],
    ),
    (Any, &["DELETE FROM api_keys WHERE id = 3 RETURNING *"]),
    (
        Any,
        &[
            "INSERT INTO orders (customer_id, contact_email, status, total, placed_at) SELECT id, \
           email, 'open', 1, now() FROM customers WHERE id = 5 RETURNING *",
        ],
    ),
    (
        Any,
        &[
            "WITH u AS (UPDATE customers SET points = 2 WHERE id = 8 RETURNING *) \
           SELECT email, upper(full_name) FROM u",
        ],
    ),
    // What it is given it holds against the original.
    (
        Error,
        &["SELECT * FROM customer_orders('hiro.nakamura1@example.org')"],
    ),
    (StandIns, &["SELECT email::text FROM customers"]),
    (Blank, &["SELECT upper(email) FROM customers"]),
    (
        Blank,
        &["SELECT lower(email), initcap(full_name) FROM customers"],
    ),
    (Blank, &["SELECT c.*::text FROM customers AS c"]),
    (Blank, &["SELECT row_to_json(c) FROM customers AS c"]),
    (Blank, &["SELECT to_jsonb(c) FROM customers AS c"]),
    (
        Blank,
        &["SELECT json_build_object('e', email) FROM customers"],
    ),
    (
        Blank,
        &["SELECT jsonb_build_array(email) -> 0 FROM customers"],
    ),
    (Blank, &["SELECT to_json(email) FROM customers"]),
    (Blank, &["SELECT json_agg(c) FROM customers AS c"]),
    (
        Error,
        &["SELECT j.value FROM customers AS c, jsonb_each_text(to_jsonb(c)) AS j"],
    ),
    (
        Blank,
        &["SELECT (to_jsonb(c) ->> 'email') FROM customers AS c"],
    ),
    (Blank, &["SELECT string_agg(email, ',') FROM customers"]),
    (Blank, &["SELECT array_agg(email) FROM customers"]),
    (Error, &["SELECT unnest(array_agg(email)) FROM customers"]),
    (
        Blank,
        &["SELECT min(email), max(card_number) FROM customers"],
    ),
    (Any, &["SELECT DISTINCT email FROM customers"]),
    (Any, &["SELECT DISTINCT ON (id) email FROM customers"]),
    (
        Any,
        &["SELECT email FROM customers UNION SELECT email FROM employees"],
    ),
    (
        Any,
        &["SELECT email FROM customers EXCEPT SELECT contact_email FROM orders"],
    ),
    (
        Any,
        &["SELECT email FROM customers INTERSECT SELECT contact_email FROM orders"],
    ),
    (
        Any,
        &["SELECT email, count(*) FROM customers GROUP BY email"],
    ),
    (Any, &["SELECT email FROM customers ORDER BY email LIMIT 5"]),
    (
        Blank,
        &["SELECT first_value(email) OVER (ORDER BY id) FROM customers"],
    ),
    (
        Any,
        &["SELECT lag(full_name) OVER (ORDER BY id) FROM customers"],
    ),
    (Any, &["SELECT c FROM customers AS c"]),
    (Any, &["SELECT ROW(email, phone) FROM customers"]),
    (
        Any,
        &["SELECT (ROW(c.*)::customers).email FROM customers AS c"],
    ),
    (Blank, &["SELECT format('%s', email) FROM customers"]),
    (
        Blank,
        &["SELECT concat(full_name, ' <', email, '>') FROM customers"],
    ),
    (Blank, &["SELECT '' || email FROM customers"]),
    (Blank, &["SELECT substr(email, 1, 4) FROM customers"]),
    (Blank, &["SELECT left(card_number, 6) FROM customers"]),
    (
        Blank,
        &["SELECT split_part(full_name, ' ', 1) FROM customers"],
    ),
    (Blank, &["SELECT reverse(email) FROM customers"]),
    (Blank, &["SELECT md5(email) FROM customers"]),
    (
        Blank,
        &["SELECT encode(email::bytea, 'base64') FROM customers"],
    ),
    (
        Blank,
        &["SELECT encode(convert_to(email, 'UTF8'), 'hex') FROM customers"],
    ),
    (
        Blank,
        &["SELECT ascii(email), length(email) FROM customers"],
    ),
    (
        Blank,
        &["SELECT regexp_replace(email, '@.*', '') FROM customers"],
    ),
    (Blank, &["SELECT translate(email, 'a', 'b') FROM customers"]),
    (Blank, &["SELECT coalesce(email, '') FROM customers"]),
    (Blank, &["SELECT nullif(email, '') FROM customers"]),
    (Blank, &["SELECT greatest(email, '') FROM customers"]),
    (
        Any,
        &["SELECT CASE WHEN id > 0 THEN email END FROM customers"],
    ),
    (Blank, &["SELECT ARRAY[email] FROM customers"]),
    (Blank, &["SELECT ARRAY(SELECT email FROM customers)"]),
    (Blank, &["SELECT quote_literal(email) FROM customers"]),
    (Blank, &["SELECT to_tsvector(email) FROM customers"]),
    (Blank, &["SELECT xmlforest(email) FROM customers"]),
    (Blank, &["SELECT card_number::numeric + 0 FROM customers"]),
    (Blank, &["SELECT birth_date + 1 FROM customers"]),
    (Blank, &["SELECT host(ip_address) FROM customers"]),
    (Blank, &["SELECT ip_address::text FROM customers"]),
    (Blank, &["SELECT birth_date::text FROM customers"]),
    (Blank, &["SELECT salary * 1 FROM employees"]),
    (Any, &["SELECT email COLLATE \"C\" FROM customers"]),
    (Any, &["SELECT email::varchar(40) FROM customers"]),
    (Blank, &["SELECT email::int FROM customers"]),
    (Blank, &["SELECT full_name::date FROM customers"]),
    (Blank, &["SELECT CAST(email AS json) FROM customers"]),
    (
        Blank,
        &["SELECT ('{' || email || '}')::jsonb FROM customers"],
    ),
    (
        Blank,
        &["SELECT count(*) FROM customers WHERE email::int = 1"],
    ),
    (
        Error,
        &["SELECT query_to_xml('SELECT email FROM customers', true, true, '')"],
    ),
    (Blank, &["SELECT table_to_xml('customers', true, true, '')"]),
    (
        Error,
        &["DO $$ BEGIN RAISE NOTICE '%', (SELECT email FROM customers LIMIT 1); END $$"],
    ),
    (
        Error,
        &[
            "INSERT INTO customers (email, full_name, password_hash, created_at) SELECT \
               email, full_name, password_hash, created_at FROM customers WHERE id = 9",
        ],
    ),
    (
        Error,
        &[
            "UPDATE customers SET email = (SELECT email FROM customers WHERE id = 1) \
               WHERE id = 2",
        ],
    ),
    (
        Error,
        &["SELECT most_common_vals FROM pg_stats WHERE tablename = 'customers'"],
    ),
    (Error, &["SELECT stavalues1 FROM pg_statistic"]),
    (
        Any,
        &["EXPLAIN ANALYZE SELECT * FROM customers WHERE email = 'x@example.com'"],
    ),
    (
        Any,
        &["EXPLAIN (ANALYZE, VERBOSE, FORMAT json) SELECT c.*::text FROM customers AS c"],
    ),
    (
        Any,
        &[
            "EXPLAIN (VERBOSE) SELECT * FROM orders WHERE contact_email IN \
           (SELECT email FROM customers WHERE id = 1)",
        ],
    ),
    (
        Any,
        &["SELECT * FROM pg_get_viewdef('customer_directory'::regclass)"],
    ),
    (Any, &["SELECT query FROM pg_stat_activity"]),
];

/// Every original of what is classified, and its disguises; not where two people's may be alike.
const ORIGINALS: &str = "
    WITH originals(value) AS (
        SELECT unnest(ARRAY[email, full_name, phone, card_number, host(ip_address),
                            password_hash]) FROM customers
        UNION SELECT unnest(ARRAY[email, full_name, national_id, iban]) FROM employees
        UNION SELECT api_key FROM api_keys
        UNION SELECT unnest(ARRAY[card_number, iban]) FROM payments
        UNION SELECT contact_email FROM orders
        UNION SELECT requester_email FROM support_tickets
        UNION SELECT 'correct-horse-battery'
    )
    SELECT disguise FROM originals, LATERAL unnest(ARRAY[value, md5(value), reverse(value),
        encode(value::bytea, 'hex'), translate(encode(value::bytea, 'base64'), E'\\n', '')])
        AS disguise WHERE length(value) >= 9";

/// Columns of prose and documents: a name in them is not always found.
const PROSE: &[&str] = &["body", "SELECT value"];

/// Finds an original in bytes.
struct Originals(AhoCorasick);

impl Originals {
    fn of(demo: &Demo) -> Self {
        let all = demo.value(ORIGINALS);
        let all: Vec<_> = all.lines().collect();
        assert!(all.len() > 10_000, "the shop is there");
        let found = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(all);
        Self(found.unwrap())
    }

    fn search<'a>(&self, text: &'a [u8]) -> Option<std::borrow::Cow<'a, str>> {
        self.0
            .find(text)
            .map(|at| String::from_utf8_lossy(&text[at.range()]))
    }
}

fn check(demo: &Demo, originals: &Originals, form: (Comes, &[&str]), faults: &mut Faults) {
    let (comes, statements) = form;
    // Rolled back past the gateway where it changed something, so that forms do not meet.
    let output = demo.psql_as("alice", &args(statements));
    let shown = statements.join("; ");
    for stream in [&output.stdout, &output.stderr] {
        // Names in prose are found by their cues only, and not all of them.
        let is_told = |original: &str| {
            !PROSE.iter().any(|word| shown.contains(word)) || !original.contains(' ')
        };
        if let Some(original) = originals.search(stream).filter(|found| is_told(found)) {
            faults.note(format!("{shown}: shows {original}"));
        }
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines: Vec<&str> = text.lines().collect();
    let is_error = String::from_utf8_lossy(&output.stderr).contains("ERROR");
    let told = || format!("{comes:?} expected of {shown}: {:.300}", said(&output));
    match comes {
        Any => faults.demand(!said(&output).contains("FATAL"), told),
        Error => faults.demand(is_error, told),
        StandIns => {
            let direct = demo.server.psql_in("shop", &args(statements)[1..]);
            let is_whole = !is_error && lines.len() == direct.lines().count();
            faults.demand(is_whole, told);
        }
        Blank => {
            lines.dedup();
            faults.demand(!is_error && lines.len() == 1, told);
        }
    }
}

fn args<'a>(statements: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["-qAt"];
    for statement in statements {
        args.extend(["-c", statement]);
    }
    args
}

#[test]
fn no_form_shows_an_original() {
    // One of its own: some forms write.
    let demo = Demo::start();
    let originals = Originals::of(&demo);
    let mut faults = Faults::default();
    for form in FORMS {
        check(&demo, &originals, *form, &mut faults);
    }
    faults.end();
}

#[test]
fn stand_ins_are_of_their_type_and_join() {
    let demo = Demo::shared();
    let table = [
        // (a bare projection, what every one of its values must look like)
        ("SELECT email FROM customers", "^[^@ ]+@[^@ ]+\\.[a-z]+$"),
        (
            "SELECT full_name FROM customers",
            "^[A-Z][a-z]+ [A-Z][a-z]+$",
        ),
        ("SELECT card_number FROM customers", "^[0-9]{16}$"),
        (
            "SELECT birth_date FROM customers",
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        ),
        ("SELECT ip_address FROM customers", "^[0-9]+(\\.[0-9]+){3}$"),
        ("SELECT iban FROM employees", "^DE[0-9]{20}$"),
        ("SELECT password_hash FROM customers", "^.{60}$"),
        (
            "SELECT phone FROM customers",
            "^\\+1-[0-9]{3}-[0-9]{3}-[0-9]{4}$",
        ),
    ];
    for (statement, form) in table {
        let shown = demo.psql_as("alice", &["-qAt", "-c", statement]).stdout;
        let shown = String::from_utf8(shown).unwrap();
        // The database is the judge of its own expressions.
        let mut values = String::new();
        for value in shown.lines() {
            write!(values, "('{value}'),").unwrap();
        }
        let values = values.trim_end_matches(',');
        let odd = format!("SELECT v FROM (VALUES {values}) AS q(v) WHERE v !~ '{form}' LIMIT 1");
        assert_eq!(demo.value(&odd), "", "{statement}");
    }
    let joined = "SELECT c.email, o.contact_email FROM customers AS c \
                  JOIN orders AS o ON o.customer_id = c.id";
    let shown = demo.said_to("alice", &[joined]);
    assert_eq!(shown.lines().count(), 5000);
    assert!(
        shown
            .lines()
            .all(|line| line.split_once('|').is_some_and(|(a, b)| a == b))
    );
    let on_email =
        "SELECT count(*) FROM customers AS c JOIN orders AS o ON o.contact_email = c.email";
    assert_eq!(
        demo.said_to("alice", &[on_email]),
        demo.said_directly(&[on_email])
    );
    // What is shown leads back: the same stand-in every time, in every session.
    let again = "SELECT email FROM customers WHERE id = 12";
    assert_eq!(
        demo.said_to("alice", &[again]),
        demo.said_to("dana", &[again])
    );
}

#[test]
fn who_may_see_sees_the_originals() {
    let demo = Demo::shared();
    let forms = FORMS
        .iter()
        .filter(|(comes, _)| matches!(comes, StandIns | Blank));
    let mut faults = Faults::default();
    // Open: where the lineage is opaque (a function's rows) he sees stand-ins, too.
    let forms = forms.filter(|(_, of)| !of[0].contains("customer_orders("));
    for (_, statements) in forms.filter(|(_, of)| of.len() == 1 && of[0].starts_with("SELECT")) {
        let (shown, direct) = (
            demo.said_to("omar", statements),
            demo.said_directly(statements),
        );
        faults.demand(shown == direct, || {
            format!("{statements:?}: {shown:.200} {direct:.200}")
        });
    }
    faults.end();
}

#[test]
fn scripts_of_several_messages_show_nothing() {
    let demo = Demo::shared();
    let originals = Originals::of(&demo);
    let script = "\\set FETCH_COUNT 100\nSELECT * FROM customers;\n\
                  SELECT email FROM customers LIMIT 3 \\gx\n\
                  SELECT email AS e FROM customers WHERE id = 1 \\gset\n\\echo :e\n\
                  \\copy customers (email) TO STDOUT\n\
                  SELECT email FROM customers WHERE id = 2 \\gdesc\n\
                  SELECT email, id, full_name FROM customers LIMIT 3 \\crosstabview\n";
    let mut psql = support::psql(demo.dsn("alice"));
    let output = run_with(&mut psql, script);
    assert!(output.stdout.len() > 100_000, "{}", said(&output));
    assert_eq!(originals.search(said(&output).as_bytes()), None);
}

#[test]
fn drivers_that_read_binary_show_nothing() {
    let demo = Demo::shared();
    let originals = Originals::of(&demo);
    let scripts = [
        (Language::Python, "masked_psycopg.py"),
        (Language::Python, "masked_asyncpg.py"),
        (Language::Node, "masked_pg.js"),
    ];
    for (language, name) in scripts {
        let Some(shown) = demand(language, name, &[demo.dsn("alice")]) else {
            continue;
        };
        assert!(shown.len() > 10_000, "{name}: {shown}");
        assert_eq!(originals.search(shown.as_bytes()), None, "{name}");
        let open = demand(language, name, &[demo.dsn("omar")]).unwrap();
        assert!(open.contains("hiro.nakamura1@example.org"), "{name}");
    }
}

/// What is open: libpq describes the portal of a cursor that SQL declared.
#[test]
fn psycopgs_named_cursors_show_nothing() {
    let demo = Demo::shared();
    let originals = Originals::of(&demo);
    let name = "masked_named_cursor.py";
    let shown = demand(Language::Python, name, &[demo.dsn("alice")]).unwrap_or_default();
    assert_eq!(originals.search(shown.as_bytes()), None);
}
