//! What a session makes of its own world changes no class: renames, copies, views, paths, names
//! given anew, by single messages and by pipelines, kept and undone.
//!
//! Why on a real server: what a name means after all that is the server's to say. Every answer is
//! searched for every original of every classified column, and compared with what it should be.
// tidy: table — most of it is the list of cases

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use aho_corasick::AhoCorasick;
use support::raw::{Message, Raw, bind, execute, message, parse, query, sync};
use support::serve::House;
use support::{Faults, PATIENCE, commands, psql, run, said, until};
use testkit::Postgres;

/// What the last statement of a case gives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Gives {
    /// The stand-ins that `SELECT email FROM customers ORDER BY id LIMIT 3` gives.
    Emails,
    /// The titles, unmasked, that `SELECT title FROM products ORDER BY id LIMIT 3` gives.
    Titles,
    /// Exactly this.
    Text(&'static str),
    /// No original, whatever else.
    Nothing,
}
use Gives::{Emails, Nothing, Text, Titles};

const PRODUCTS: &str = "SELECT title FROM products ORDER BY id LIMIT 3";

/// Statements of one session, a message each; the last one's answer counts.
const CASES: &[(Gives, &[&str])] = &[
    (
        Emails,
        &[
            "BEGIN",
            "ALTER TABLE customers RENAME TO c2",
            "SELECT email FROM c2 ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "ALTER TABLE customers RENAME COLUMN email TO e",
            "SELECT e FROM customers ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "ALTER TABLE customers RENAME COLUMN email TO e",
            "ALTER TABLE customers RENAME TO c2",
            "CREATE VIEW pg_temp.v AS SELECT e AS x, id FROM c2",
            "ALTER TABLE c2 RENAME COLUMN e TO f",
            "SELECT x FROM v ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "ALTER TABLE customers SET SCHEMA hidden",
            "SELECT email FROM hidden.customers ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "CREATE TEMP VIEW v AS SELECT email AS m, id FROM customers",
            "SELECT m FROM v ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "ALTER VIEW hidden.products RENAME COLUMN title TO t",
            "SELECT t FROM hidden.products ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "SAVEPOINT s",
            "ALTER TABLE customers RENAME TO c2",
            "ROLLBACK TO s",
            "SELECT email FROM customers ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "ALTER TABLE customers RENAME COLUMN email TO e",
            "ROLLBACK",
            "SELECT email FROM customers ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN; ALTER TABLE customers RENAME TO c2; SELECT email FROM c2 ORDER BY id LIMIT 3; \
             ROLLBACK",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "ALTER TABLE customers RENAME TO kept",
            "COMMIT",
            "ALTER TABLE kept RENAME TO customers",
            "SELECT email FROM customers ORDER BY id LIMIT 3",
        ],
    ),
    // A table of the session's own that bears another's name.
    (
        Text("mine\n"),
        &[
            "CREATE TEMP TABLE customers (id int, email text)",
            "INSERT INTO customers VALUES (1, 'mine')",
            "SELECT email FROM customers",
        ],
    ),
    (
        Emails,
        &[
            "CREATE TEMP TABLE customers (id int, email text)",
            "SELECT email FROM public.customers ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "CREATE TEMP TABLE customers (id int, email text)",
            "DROP TABLE customers",
            "SELECT email FROM customers ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "CREATE TEMP TABLE customers (id int, email text) ON COMMIT DROP",
            "COMMIT",
            "SELECT email FROM customers ORDER BY id LIMIT 3",
        ],
    ),
    (
        Emails,
        &[
            "CREATE TEMP VIEW products AS SELECT email AS title, id FROM customers",
            PRODUCTS,
        ],
    ),
    (
        Text("5\n"),
        &[
            "BEGIN",
            "CREATE TABLE mine (id int, n int)",
            "INSERT INTO mine VALUES (1, 5)",
            "SELECT n FROM mine",
        ],
    ),
    // Copies of what is classified.
    (
        Nothing,
        &[
            "CREATE TEMP TABLE t AS SELECT email AS x, id FROM customers",
            "SELECT x FROM t",
        ],
    ),
    (
        Nothing,
        &[
            "SELECT email AS x INTO TEMP t FROM customers",
            "SELECT x FROM t",
        ],
    ),
    (
        Nothing,
        &[
            "BEGIN",
            "CREATE TABLE t (LIKE customers)",
            "INSERT INTO t SELECT * FROM customers",
            "SELECT * FROM t",
        ],
    ),
    (
        Nothing,
        &[
            "BEGIN",
            "CREATE TABLE t () INHERITS (customers)",
            "SELECT email FROM t UNION ALL SELECT email FROM customers",
        ],
    ),
    // Search paths.
    (Emails, &["SET search_path = hidden, public", PRODUCTS]),
    (
        Emails,
        &[
            "SELECT set_config('search_path', 'hidden,public', false)",
            PRODUCTS,
        ],
    ),
    (
        Emails,
        &["BEGIN", "SET LOCAL search_path = hidden", PRODUCTS],
    ),
    (
        Titles,
        &[
            "BEGIN",
            "SET LOCAL search_path = hidden",
            "COMMIT",
            PRODUCTS,
        ],
    ),
    (
        Titles,
        &["BEGIN", "SET search_path = hidden", "ROLLBACK", PRODUCTS],
    ),
    (
        Emails,
        &["BEGIN", "SET search_path = hidden", "COMMIT", PRODUCTS],
    ),
    (
        Titles,
        &[
            "BEGIN",
            "SAVEPOINT s",
            "SET search_path = hidden",
            "ROLLBACK TO s",
            "COMMIT",
            PRODUCTS,
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "SET search_path = hidden",
            "SAVEPOINT s",
            "SET search_path = public",
            "ROLLBACK TO s",
            PRODUCTS,
        ],
    ),
    // What we refuse fails the transaction: its COMMIT is a rollback.
    (
        Titles,
        &[
            "BEGIN",
            "SET search_path = hidden",
            "SELECT pg_read_file('/etc/passwd')",
            "COMMIT",
            PRODUCTS,
        ],
    ),
    (Titles, &["SET search_path = hidden; SELECT 1/0", PRODUCTS]),
    (Titles, &["SET search_path = hidden", "RESET ALL", PRODUCTS]),
    (
        Titles,
        &["SET search_path = hidden", "DISCARD ALL", PRODUCTS],
    ),
    (
        Text("UTF8\n"),
        &[
            "SET client_encoding = 'UTF8'",
            "DISCARD ALL",
            "SHOW client_encoding",
        ],
    ),
    (
        Text("on\n"),
        &["DISCARD ALL", "SHOW standard_conforming_strings"],
    ),
    // Names of SQL's own.
    (
        Emails,
        &[
            "PREPARE p AS SELECT title FROM products ORDER BY id LIMIT 3",
            "SET search_path = hidden",
            "EXECUTE p",
        ],
    ),
    (
        Emails,
        &[
            "PREPARE p AS SELECT id FROM customers",
            "DEALLOCATE p",
            "PREPARE p AS SELECT email FROM customers ORDER BY id LIMIT 3",
            "EXECUTE p",
        ],
    ),
    (
        Emails,
        &[
            "BEGIN",
            "DECLARE c CURSOR FOR SELECT id FROM customers",
            "CLOSE c",
            "DECLARE c CURSOR FOR SELECT email FROM customers ORDER BY id LIMIT 3",
            "FETCH ALL FROM c",
        ],
    ),
];

/// Before a shop outside production, where alice may define and sees no originals; `hidden` holds
/// a `products` whose titles are customers' addresses.
fn house() -> (Postgres, House) {
    let server = Postgres::start();
    server.psql("CREATE ROLE shop LOGIN");
    server.psql("CREATE DATABASE shop OWNER shop");
    let url = server.url_of("shop", None, "shop");
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/shop.sql");
    let filled = run(psql(&url).args(["-q", "-v", "ON_ERROR_STOP=1", "-f", shop]));
    assert!(filled.status.success(), "{}", said(&filled));
    let hidden = "CREATE SCHEMA hidden AUTHORIZATION shop; SET ROLE shop; CREATE VIEW \
                  hidden.products AS SELECT email AS title, id FROM public.customers";
    server.psql_in("shop", &["-c", hidden]);
    let house = House::new(&url, "");
    (server, house)
}

fn start(house: &mut House) {
    house.start();
    house.settle();
}

struct Originals(AhoCorasick);

impl Originals {
    fn of(server: &Postgres) -> Self {
        let sql = "SELECT email FROM customers UNION ALL SELECT full_name FROM customers \
                   UNION ALL SELECT phone FROM customers";
        let all = server.psql_in("shop", &["-c", sql]);
        let all: Vec<_> = all.lines().filter(|line| line.len() > 6).collect();
        assert!(all.len() > 1_000, "the shop is there");
        Self(AhoCorasick::new(all).unwrap())
    }

    fn search(&self, text: &str) -> Option<String> {
        self.0.find(text).map(|at| text[at.range()].to_owned())
    }
}

#[test]
fn a_sessions_own_world_keeps_its_classes() {
    let (server, mut house) = house();
    start(&mut house);
    let originals = Originals::of(&server);
    let through = |statements: &[&str]| run(&mut commands(&house.dsn("alice"), statements));
    let out = |statements: &[&str]| String::from_utf8(through(statements).stdout).unwrap();
    let emails = out(&["SELECT email FROM customers ORDER BY id LIMIT 3"]);
    assert_eq!(emails.lines().count(), 3);
    assert_eq!(originals.search(&emails), None);
    let titles = server.psql_in("shop", &["-c", PRODUCTS]);
    let mut faults = Faults::default();
    for (gives, statements) in CASES {
        let output = through(statements);
        let shown = said(&output);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Some(original) = originals.search(&shown) {
            faults.note(format!("{statements:?} shows {original}"));
        }
        let is_right = match gives {
            Emails => text.contains(&emails),
            Titles => text.trim_end().ends_with(titles.trim_end()),
            Text(wanted) => text.ends_with(wanted),
            Nothing => true,
        };
        faults.demand(is_right, || {
            format!("{gives:?} of {statements:?}: {shown:.400}")
        });
    }
    faults.end();
}

fn text(messages: &[Message]) -> String {
    format!("{messages:?}")
}

/// Parse, Bind, Execute of a text without a name.
fn run_of(sql: &str) -> Vec<u8> {
    [parse("", sql), bind("", "", &[], 0), execute("", 0)].concat()
}

fn close(what: u8, name: &str) -> Vec<u8> {
    message(b'C', &[&[what], name.as_bytes(), &[0]].concat())
}

/// Flights of one session; each must be answered to its ReadyForQuery. What is wrong in itself may
/// be refused; what is marked `*` is ordinary and is not.
fn flights() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let email = "SELECT email FROM customers ORDER BY id LIMIT 3";
    let flight = |parts: &[Vec<u8>]| [parts.concat(), sync()].concat();
    vec![
        (
            "* a path set in the same flight",
            vec![flight(&[
                run_of("SET search_path = hidden"),
                run_of(PRODUCTS),
            ])],
        ),
        (
            "* a path set between Parse and Bind",
            vec![flight(&[
                parse("s", PRODUCTS),
                run_of("SET search_path = hidden"),
                bind("", "s", &[], 0),
                execute("", 0),
            ])],
        ),
        (
            "a cursor fetched under another path, in one message",
            vec![query(&format!(
                "BEGIN; SET search_path = hidden; DECLARE c CURSOR FOR {PRODUCTS}; \
                 SET search_path = public; FETCH ALL FROM c"
            ))],
        ),
        (
            "a cursor of before fetched under another path, in one message",
            vec![
                query("BEGIN"),
                query("SET search_path = hidden"),
                query(&format!("DECLARE c CURSOR FOR {PRODUCTS}")),
                query("SET search_path = public; FETCH ALL FROM c"),
            ],
        ),
        (
            "* a column renamed in the same flight",
            vec![flight(&[
                run_of("ALTER TABLE customers RENAME COLUMN email TO e"),
                run_of("SELECT e FROM customers LIMIT 3"),
                run_of("SELECT 1/0"),
            ])],
        ),
        (
            "a statement's name given anew in the same flight",
            vec![
                flight(&[parse("s", "SELECT id::text FROM customers")]),
                flight(&[
                    run_of("DEALLOCATE s"),
                    run_of(&format!("PREPARE s AS {email}")),
                    bind("", "s", &[], 0),
                    execute("", 0),
                ]),
            ],
        ),
        (
            "a portal's name given anew in the same flight",
            vec![
                query("BEGIN"),
                flight(&[
                    parse("", "SELECT id::text FROM customers"),
                    bind("p", "", &[], 0),
                ]),
                flight(&[
                    run_of("CLOSE p"),
                    run_of(&format!("DECLARE p CURSOR FOR {email}")),
                    execute("p", 0),
                ]),
            ],
        ),
        (
            "a statement's name given anew by the protocol, run by SQL",
            vec![
                flight(&[parse("s", "SELECT id::text FROM customers")]),
                flight(&[close(b'S', "s")]),
                flight(&[parse("s", email), bind("", "s", &[], 0), execute("", 0)]),
                query("EXECUTE s"),
            ],
        ),
        (
            "a cursor's name given to a portal, fetched by SQL",
            vec![
                query("BEGIN"),
                query("DECLARE c CURSOR FOR SELECT id::text FROM customers"),
                query("COMMIT"),
                query("BEGIN"),
                flight(&[parse("", email), bind("c", "", &[], 0), execute("c", 1)]),
                query("FETCH ALL FROM c"),
            ],
        ),
        (
            "a portal bound before its path changed",
            vec![
                query("BEGIN"),
                query("SET search_path = hidden"),
                flight(&[parse("", PRODUCTS), bind("p", "", &[], 0)]),
                query("SET search_path = public"),
                flight(&[execute("p", 0)]),
            ],
        ),
        (
            "* a named statement under another path",
            vec![
                flight(&[parse("s", PRODUCTS)]),
                query("SET search_path = hidden"),
                flight(&[bind("", "s", &[], 0), execute("", 0)]),
            ],
        ),
        (
            "a named statement after its table was renamed",
            vec![
                flight(&[parse("s", "SELECT title FROM products LIMIT 3")]),
                query("BEGIN"),
                query("ALTER TABLE products RENAME TO gone"),
                query("CREATE VIEW products AS SELECT email AS title FROM customers"),
                flight(&[bind("", "s", &[], 0), execute("", 0)]),
            ],
        ),
    ]
}

#[test]
fn pipelines_are_judged_as_they_will_run() {
    let (server, mut house) = house();
    start(&mut house);
    let originals = Originals::of(&server);
    let titles = server.psql_in("shop", &["-c", PRODUCTS]);
    let mut faults = Faults::default();
    for (what, flights) in flights() {
        let mut raw = Raw::open(&house.address(), "alice", "shop", Some(house.token()));
        for flight in flights {
            let answer = text(&raw.ask(&flight, 1));
            if let Some(original) = originals.search(&answer) {
                faults.note(format!("{what}: shows {original}"));
            }
            let is_stopped = what.starts_with('*') && answer.contains("42501");
            faults.demand(!is_stopped, || format!("{what}: {answer}"));
        }
        let alive = text(&raw.ask(&query("ROLLBACK; SELECT 'alive'"), 1));
        faults.demand(alive.contains("alive"), || format!("{what}: {alive}"));
    }
    // What a failed pipeline set is not in force.
    let mut raw = Raw::open(&house.address(), "alice", "shop", Some(house.token()));
    let failing = [
        run_of("SET search_path = hidden"),
        run_of("SELECT 1/0"),
        sync(),
    ]
    .concat();
    raw.ask(&failing, 1);
    let answer = text(&raw.ask(&query(PRODUCTS), 1));
    let first = titles.lines().next().unwrap();
    faults.demand(answer.contains(first), || {
        format!("undone with its pipeline: {answer}")
    });
    faults.end();
}

#[test]
fn an_open_statement_is_judged_by_the_rules_of_now() {
    let (_server, mut house) = house();
    let rules = house.dir.path().join("more.cedar");
    let harmless = "forbid (principal, action == Action::\"listen\", resource);";
    std::fs::write(&rules, harmless).unwrap();
    let config = std::fs::read_to_string(house.file()).unwrap();
    std::fs::write(house.file(), format!("policies = \"more.cedar\"\n{config}")).unwrap();
    start(&mut house);
    let mut raw = Raw::open(&house.address(), "alice", "shop", Some(house.token()));
    let flight = [
        parse("s", PRODUCTS),
        bind("", "s", &[], 0),
        execute("", 0),
        sync(),
    ]
    .concat();
    assert!(!text(&raw.ask(&flight, 1)).contains("42501"));
    let again = [bind("", "s", &[], 0), execute("", 0), sync()].concat();
    assert!(!text(&raw.ask(&again, 1)).contains("42501"));
    raw.ask(&query("BEGIN"), 1);
    let suspended = [bind("p", "s", &[], 0), execute("p", 1), sync()].concat();
    assert!(text(&raw.ask(&suspended, 1)).contains("s \"\""));
    std::fs::write(
        &rules,
        "forbid (principal, action == Action::\"select\", resource);",
    )
    .unwrap();
    let reload = run(&mut house.verb(&["policy", "check"]));
    assert!(reload.status.success(), "{}", said(&reload));
    let asked = std::time::Instant::now();
    until("the rules of now", || {
        assert!(asked.elapsed() < PATIENCE);
        let mut other = Raw::open(&house.address(), "alice", "shop", Some(house.token()));
        text(&other.ask(&query(PRODUCTS), 1))
            .contains("42501")
            .then_some(())
    });
    // A portal that was let run goes on; whatever begins now is judged now.
    let rest = text(&raw.ask(&[execute("p", 0), sync()].concat(), 1));
    assert!(!rest.contains("42501"), "{rest}");
    let refused = text(&raw.ask(&again, 1));
    assert!(refused.contains("42501"), "{refused}");
}

/// What random sessions are made of: messages, and flights (apart by `|`, the last one synced).
const WORDS: &[&str] = &[
    "BEGIN",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "COMMIT AND CHAIN",
    "ROLLBACK AND CHAIN",
    "SAVEPOINT a",
    "SAVEPOINT b",
    "ROLLBACK TO a",
    "ROLLBACK TO b",
    "RELEASE a",
    "SET search_path = hidden, public",
    "SET search_path = public",
    "SET LOCAL search_path = hidden",
    "RESET search_path",
    "SELECT set_config('search_path', 'hidden', true)",
    "SELECT 1/0",
    "DROP TABLE no_such_table",
    "DISCARD ALL",
    "SET search_path = hidden; SELECT 1/0",
    "BEGIN; SET search_path = hidden; COMMIT",
    "SET search_path = hidden; COMMIT; SELECT 1/0",
    "SET search_path = hidden; BEGIN; ROLLBACK",
    "CREATE TEMP VIEW products AS SELECT email AS title, id FROM public.customers",
    "CREATE TEMP TABLE products (id int, title text) ON COMMIT DROP",
    "DROP VIEW pg_temp.products",
    "SET search_path = hidden | SELECT 1/0",
    "SET search_path = hidden | SELECT 1",
    "BEGIN | SET search_path = hidden | COMMIT",
    "SAVEPOINT a | SET LOCAL search_path = public | SELECT 1",
];

/// What `products` shows, without the oids of its description.
fn shown(raw: &mut Raw) -> String {
    let mut messages = raw.ask(&query(PRODUCTS), 1);
    messages.retain(|message| message.kind != b'T');
    text(&messages)
}

/// One word as bytes.
fn spoken(word: &str) -> Vec<u8> {
    if !word.contains('|') {
        return query(word);
    }
    let flight: Vec<u8> = word.split(" | ").flat_map(run_of).collect();
    [flight, sync()].concat()
}

/// Against the server itself: whatever a session has been through, a name means what the server
/// takes it for. Where that is `products`, the answer is the server's own; where it is customers'
/// addresses, none is shown.
#[test]
fn random_sessions_resolve_as_the_server_does() {
    let (server, mut house) = house();
    start(&mut house);
    let originals = Originals::of(&server);
    let direct = format!("127.0.0.1:{}", server.port());
    let mut faults = Faults::default();
    let mut counts = [0, 0];
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..40 {
        let mut through = Raw::open(&house.address(), "alice", "shop", Some(house.token()));
        let mut beside = Raw::open(&direct, "shop", "shop", None);
        let mut said = Vec::new();
        for _ in 0..8 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let word = WORDS[usize::try_from(dice >> 33).unwrap() % WORDS.len()];
            said.push(word);
            through.ask(&spoken(word), 1);
            beside.ask(&spoken(word), 1);
            let (ours, theirs) = (shown(&mut through), shown(&mut beside));
            let is_hidden = originals.search(&theirs).is_some();
            counts[usize::from(is_hidden)] += 1;
            if let Some(original) = originals.search(&ours) {
                faults.note(format!("{said:?} shows {original}"));
            }
            // What holds nothing classified is said as it is; errors of a transaction that read
            // something classified are not.
            let is_free = is_hidden || theirs.contains("SERROR");
            faults.demand(is_free || ours == theirs, || {
                format!("{said:?}: {ours} {theirs}")
            });
        }
    }
    faults.end();
    assert!(counts.iter().all(|count| *count > 40), "{counts:?}");
}
