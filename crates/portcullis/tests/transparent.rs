//! To a permissive principal an answer is byte for byte that of a direct connection.
//!
//! Messages are compared as they came: simple and extended protocol, text and binary, results,
//! notices and errors. What no two sessions share (process id and key) is left out.
// tidy: table — most of it is the list of statements

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use support::raw::{Message, Raw, bind, describe, execute, extended, parse, query, sync};
use support::serve::House;
use support::{Demo, Faults, commands, run, run_with, said};
use testkit::Postgres;

/// Outside production, where nothing is held, and real values are seen.
fn open_house() -> (Postgres, House) {
    let server = Postgres::start();
    let mut house = House::revealing(&server);
    house.start();
    house.settle();
    (server, house)
}

fn pair(server: &Postgres, house: &House) -> (Raw, Raw) {
    let through = Raw::open(&house.address(), "alice", "shop", Some(house.token()));
    let direct = format!("127.0.0.1:{}", server.port());
    (through, Raw::open(&direct, "shop", "shop", None))
}

/// Statements of one session, one after the other.
const STATEMENTS: &[&str] = &[
    "SELECT 1, NULL, 'x', true, 1.5::numeric, now() IS NULL",
    "SELECT * FROM customers ORDER BY id",
    "SELECT c.*::text, row_to_json(c) FROM customers AS c WHERE id < 50",
    "SELECT email, upper(email), md5(email) FROM customers ORDER BY id LIMIT 100",
    "SELECT o.*, c.email FROM orders AS o JOIN customers AS c ON c.id = o.customer_id ORDER BY o.id",
    "SELECT * FROM settings ORDER BY name",
    "SELECT * FROM support_tickets ORDER BY id",
    "SELECT * FROM revenue_by_month ORDER BY 1",
    "SELECT count(*), sum(total), avg(total), max(contact_email) FROM orders",
    "SELECT array_agg(id ORDER BY id) FROM products",
    "SELECT interval '1 day', '{1,2}'::int[], '[1,5)'::int4range, '\\x00ff'::bytea, 'a=>b'::text",
    "",
    ";;",
    "SELECT 1; SELECT 2; SELECT 3",
    "SELECT",
    "SELECT 1/0",
    "SELECT 'a'::int",
    "SELECT no_such_column FROM customers",
    "SELECT * FROM products WHERE title = 5",
    "INSERT INTO order_items VALUES (1, 99999, 1)",
    "INSERT INTO products (sku, title, price, stock) VALUES ('SKU-1001', 'x', 1, 1)",
    "BEGIN",
    "UPDATE products SET stock = stock + 1 WHERE id = 1",
    "SAVEPOINT s",
    "SELECT 1/0",
    "SELECT 'in a failed transaction'",
    "ROLLBACK TO SAVEPOINT s",
    "SELECT stock FROM products WHERE id = 1",
    "DECLARE k CURSOR FOR SELECT id, title FROM products ORDER BY id",
    "FETCH 3 FROM k",
    "MOVE 2 FROM k",
    "FETCH 3 FROM k",
    "CLOSE k",
    "ROLLBACK",
    "COMMIT",
    "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY",
    "SHOW transaction_isolation",
    "END",
    "SET TimeZone = 'Asia/Tokyo'",
    "SHOW TimeZone",
    "SET DateStyle = 'German'",
    "SELECT created_at FROM customers ORDER BY id LIMIT 3",
    "RESET ALL",
    "PREPARE p(int) AS SELECT title FROM products WHERE id = $1",
    "EXECUTE p(3)",
    "DEALLOCATE p",
    "COPY (SELECT * FROM customers ORDER BY id) TO STDOUT",
    "COPY (SELECT * FROM customers ORDER BY id) TO STDOUT (FORMAT binary)",
    "COPY products TO STDOUT (FORMAT csv, HEADER)",
    "EXPLAIN (COSTS off) SELECT * FROM products WHERE id = 3",
    "LISTEN news",
    "NOTIFY news, 'hello'",
    "UNLISTEN *",
    "SELECT generate_series(1, 100000) AS n, repeat('x', 20)",
    "SELECT repeat('long ', 400000)",
    "SELECT current_database(), current_user, pg_typeof(1)",
    "SHOW server_version",
    "SELECT refund(10)",
    "VALUES (1, 'a'), (2, 'b')",
    "TABLE api_keys",
    "SELECT set_config('portcullis_test.x', 'y', false)",
];

/// Messages without what differs between any two sessions.
fn bare(messages: Vec<Message>) -> Vec<Message> {
    let keep = |message: &Message| message.kind != b'A';
    let notify = |message: &Message| message.kind == b'A';
    let mut all = messages;
    // A notification names the process that sent it.
    for message in all.iter_mut().filter(|message| notify(message)) {
        message.body.drain(..4);
    }
    debug_assert!(all.iter().all(|message| keep(message) || notify(message)));
    all
}

fn compare(what: &str, left: Vec<Message>, right: Vec<Message>, faults: &mut Faults) {
    let (left, right) = (bare(left), bare(right));
    let same = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let show = |messages: &[Message]| messages.get(same).map(|message| format!("{message:.300?}"));
    faults.demand(left == right, || {
        format!(
            "{what}, message {same}:\n  ours  {:.400?}\n  theirs {:.400?}",
            show(&left),
            show(&right)
        )
    });
}

/// One side after the other: they would wait for each other's locks.
fn compare_all(cases: &[(String, Vec<u8>)]) {
    let (server, house) = open_house();
    let (mut through, mut direct) = pair(&server, &house);
    let ours = { cases.iter() }.map(|(_, bytes)| through.ask_or_withdraw(bytes));
    let ours: Vec<_> = ours.collect();
    drop(through);
    let mut faults = Faults::default();
    for ((what, bytes), ours) in cases.iter().zip(ours) {
        compare(what, ours, direct.ask(bytes, 1), &mut faults);
    }
    faults.end();
}

#[test]
fn simple_protocol() {
    let texts = STATEMENTS.iter().filter(|sql| !sql.contains("refund"));
    let cases: Vec<_> = texts.map(|sql| ((*sql).to_owned(), query(sql))).collect();
    compare_all(&cases);
}

#[test]
fn extended_protocol_in_text_and_binary() {
    let single = STATEMENTS
        .iter()
        .filter(|sql| !sql.contains("; ") && !sql.contains("refund"));
    let forms = single.flat_map(|sql| [0, 1].map(|format| (sql, format)));
    let cases =
        forms.map(|(sql, format)| (format!("{sql} in {format}"), extended(sql, &[], format)));
    let mut cases: Vec<_> = cases.collect();
    let long = "y".repeat(3_000_000);
    let long = Some(long.as_str());
    let flights = [
        (
            "parameters",
            extended("SELECT $1::int + 1, $2::text", &[Some("4"), None], 1),
        ),
        (
            "a large parameter",
            extended("SELECT length($1), $1", &[long], 0),
        ),
        (
            "a named statement",
            [parse("n", "SELECT $1::int"), describe(b'S', "n"), sync()].concat(),
        ),
        (
            "run again",
            [bind("", "n", &[Some("7")], 0), execute("", 0), sync()].concat(),
        ),
        (
            "a wrong parameter",
            [bind("", "n", &[Some("x")], 0), execute("", 0), sync()].concat(),
        ),
        ("a name twice", [parse("n", "SELECT 2"), sync()].concat()),
        (
            "a portal in parts",
            [
                parse("", "SELECT id, email FROM customers ORDER BY id"),
                bind("q", "", &[], 1),
                describe(b'P', "q"),
                execute("q", 10),
                execute("q", 10),
                execute("q", 0),
                sync(),
            ]
            .concat(),
        ),
        // Open: a syntax error is refused in our words instead of the target's.
        ("nothing", sync()),
    ];
    cases.extend(flights.map(|(what, bytes)| (what.to_owned(), bytes)));
    compare_all(&cases);
}

#[test]
fn an_opening_tells_the_same() {
    let (server, house) = open_house();
    let (through, direct) = pair(&server, &house);
    assert_eq!(through.opening, direct.opening);
    assert_eq!(through.key.len(), direct.key.len());
}

#[test]
fn what_psql_shows() {
    let demo = Demo::shared();
    let mut faults = Faults::default();
    let shown = [
        "\\d",
        "\\dt+",
        "\\d+ customers",
        "\\d+ open_orders",
        "\\df+",
        "\\l",
        "\\du",
        "\\dn+",
        "\\dv",
        "\\ds",
        "\\di",
        "\\dT",
        "\\dp",
        "\\dx",
        "\\sf refund",
        "\\sv open_orders",
        "\\conninfo",
        "\\copy products TO STDOUT CSV",
        "\\echo :SERVER_VERSION_NUM",
        "\\encoding",
        "\\dconfig TimeZone",
    ];
    for command in shown {
        let (ours, theirs) = (
            demo.said_to("omar", &[command]),
            demo.said_directly(&[command]),
        );
        let is_same = ours == theirs || command == "\\conninfo";
        faults.demand(is_same, || {
            format!("{command}:\n{ours:.600}\n--\n{theirs:.600}")
        });
        let alice = demo.said_to("alice", &[command]);
        faults.demand(!alice.contains("ERROR"), || {
            format!("alice {command}: {alice}")
        });
    }
    faults.end();
}

#[test]
fn copy_in_comes_whole() {
    let demo = Demo::start();
    let script = "\\copy products (sku, title, price, stock) FROM STDIN CSV\nN-1,new,1.5,3\nN-2,\"a, b\",2,4\n\\.\n";
    let done = run_with(&mut commands(demo.dsn("omar"), &[]), script);
    assert!(said(&done).contains("COPY 2"), "{}", said(&done));
    assert_eq!(
        demo.value("SELECT string_agg(title, ';' ORDER BY sku) FROM products WHERE sku ~ '^N-'"),
        "new;a, b"
    );
}

#[test]
fn pg_dump_of_the_schema() {
    let demo = Demo::shared();
    let dump = |dsn: &str| {
        let mut command = std::process::Command::new("pg_dump");
        run(command.args(["--schema-only", "-d", dsn]))
    };
    for name in ["omar", "alice"] {
        let (ours, theirs) = (dump(demo.dsn(name)), dump(&demo.direct()));
        assert!(ours.status.success(), "{name}: {}", said(&ours));
        let steady = |output: &std::process::Output| {
            // Newer ones write a random word around what psql must not obey.
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines()
                .filter(|line| !line.contains("restrict "))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(steady(&ours), steady(&theirs), "{name}");
    }
}

#[test]
fn a_cancel_stops_what_runs() {
    let demo = Demo::shared();
    let token = Some(demo.token("omar"));
    let mut through = Raw::open(demo.address(), "omar", "shop", token);
    through.send(&query("SELECT pg_sleep(50)"));
    support::until("it to run", || {
        let running = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep.50'";
        (demo.value(running) == "1").then_some(())
    });
    through.cancel();
    let answer = format!("{:?}", through.until(b'Z'));
    assert!(answer.contains("57014"), "{answer}");
    let alive = format!("{:?}", through.ask(&query("SELECT 'alive'"), 1));
    assert!(alive.contains("alive"), "{alive}");
}
