//! Obligations are discharged: what a rule limits is cut, undone or refused, whichever way it comes.
//!
//! Why the state and not the answer: an error can be told after the fact. What may have changed is
//! read past the gateway.
// tidy: table — most of it is lists of statements

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use support::drivers::{Language, demand};
use support::raw::{Message, Raw, bind, describe, execute, extended, flush, parse, query, sync};
use support::serve::House;
use support::{Faults, commands, run, said};
use testkit::Postgres;

const SHOP: &str = "
    CREATE TABLE parent (id int PRIMARY KEY, v int NOT NULL DEFAULT 0);
    CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE);
    CREATE TABLE many (id int PRIMARY KEY, v int NOT NULL DEFAULT 0);
    CREATE TABLE noted (v int);
    CREATE TABLE copied (v int);
    CREATE TABLE noted_too (v int);
    INSERT INTO noted_too VALUES (0);
    CREATE TABLE noted_py AS TABLE noted_too;
    CREATE TABLE late (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO parent SELECT n FROM generate_series(1, 3) n;
    INSERT INTO child SELECT n, 1 FROM generate_series(1, 50) n;
    INSERT INTO many SELECT n FROM generate_series(1, 1000) n;
    CREATE FUNCTION echo() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO noted SELECT 1 FROM generate_series(1, 9); RETURN NEW; END';
    CREATE TABLE loud (id int PRIMARY KEY);
    CREATE TRIGGER loud AFTER INSERT ON loud FOR EACH ROW EXECUTE FUNCTION echo();
    CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS
        'UPDATE many SET v = 77 WHERE id = 7 RETURNING v';
    CREATE TABLE roled (v int);
    CREATE TABLE bumped (v int);
    INSERT INTO bumped VALUES (0);
    CREATE FUNCTION bump(n int) RETURNS int LANGUAGE sql AS
        'UPDATE bumped SET v = v + n RETURNING v';
    CREATE TABLE people (id int PRIMARY KEY, email text, full_name text);
    INSERT INTO people SELECT n, 'someone' || n || '@example.com', 'Some One'
        FROM generate_series(1, 30) n;
";

const RULES: &str = r#"
@id("rows") @limit_rows("10")
permit (principal in Group::"rows",
    action in [Action::"execute", Action::"read", Action::"write"], resource);
@id("bytes") @limit_bytes("4KiB")
permit (principal in Group::"bytes",
    action in [Action::"execute", Action::"read", Action::"write"], resource);
@id("changes") @limit_changes("5")
permit (principal in Group::"changes",
    action in [Action::"define", Action::"execute", Action::"read", Action::"write"], resource);
@id("reader") @read_only
permit (principal in Group::"reader", action in [Action::"define", Action::"execute",
    Action::"read", Action::"session", Action::"write"], resource);
@id("quick") @timeout("1s")
permit (principal in Group::"quick", action in [Action::"execute", Action::"read"], resource);
@id("hashed") @mask("pii.email=hash, pii.full_name=blank")
permit (principal in Group::"hashed", action in Action::"read", resource);
@id("after") @advice("open another session for the write")
forbid (principal in Group::"watched", action in [Action::"write", Action::"copy_out",
    Action::"notify"], resource)
when { context.session.classes_read.contains("pii.email") };
@id("budget") forbid (principal in Group::"watched", action in Action::"read", resource)
when { context.session.rows_read >= 100 };
"#;

/// A gateway under the rules above, before a shop of its own.
struct Stage {
    house: House,
    server: Postgres,
    tokens: Vec<(&'static str, String)>,
}

const WHO: &[&str] = &[
    "rows", "bytes", "changes", "reader", "quick", "hashed", "watched",
];

impl Stage {
    fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Stage>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stage) = shared.upgrade() {
            return stage;
        }
        let stage = Arc::new(Self::start(RULES, WHO, ""));
        *shared = Arc::downgrade(&stage);
        stage
    }

    fn start(rules: &str, people: &[&'static str], head: &str) -> Self {
        let server = Postgres::start();
        server.psql("CREATE ROLE shop LOGIN");
        server.psql("CREATE ROLE other");
        server.psql("GRANT other TO shop");
        server.psql("CREATE DATABASE shop OWNER shop");
        let url = server.url_of("shop", None, "shop");
        let filled = run(&mut commands(&url, &[SHOP]));
        assert!(filled.status.success(), "{}", said(&filled));
        let mut house = House::new(&url, "");
        std::fs::write(house.dir.path().join("rules.cedar"), rules).unwrap();
        let text = std::fs::read_to_string(house.file()).unwrap();
        let limits = "[limits]\nidle_in_transaction_s = 3\n";
        let text = format!("policies = \"rules.cedar\"\n{head}{text}\n{limits}");
        std::fs::write(house.file(), text).unwrap();
        let tokens = people.iter().map(|who| {
            let groups = ["--kind", "person", "--group", "developers", "--group", who];
            house.add(who, &groups);
            (*who, house.issue(who, "1h"))
        });
        let tokens = tokens.collect();
        house.start();
        house.settle();
        Self {
            house,
            server,
            tokens,
        }
    }

    fn token(&self, who: &str) -> &str {
        let (_, token) = self.tokens.iter().find(|(name, _)| *name == who).unwrap();
        token
    }

    fn raw(&self, who: &str) -> Raw {
        Raw::open(&self.house.address(), who, "shop", Some(self.token(who)))
    }

    fn dsn(&self, who: &str) -> String {
        self.house.dsn_with(who, self.token(who))
    }

    fn psql(&self, who: &str, statements: &[&str]) -> String {
        said(&run(&mut commands(&self.dsn(who), statements)))
    }

    fn value(&self, sql: &str) -> String {
        self.server.psql_in("shop", &["-c", sql])
    }
}

fn text(messages: &[Message]) -> String {
    format!("{messages:?}")
}

fn rows(messages: &[Message]) -> usize {
    messages
        .iter()
        .filter(|m| matches!(m.kind, b'D' | b'd'))
        .count()
}

/// The last word on the transaction.
fn status(messages: &[Message]) -> u8 {
    messages.last().unwrap().body[0]
}

/// Parse, Bind, Execute of `sql` by the unnamed names.
fn step(sql: &str) -> Vec<u8> {
    [parse("", sql), bind("", "", &[], 0), execute("", 0)].concat()
}

#[test]
fn a_result_is_cut_at_its_limit_whichever_way_it_comes() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let all = "SELECT id FROM many ORDER BY id";
    let endless = "SELECT generate_series(1, 1000000000)";
    let table = [
        ("simple", query(all), 1),
        ("simple, endless", query(endless), 1),
        ("two results", query("SELECT 1; SELECT id FROM many"), 1),
        ("extended", extended(all, &[], 0), 1),
        ("extended, endless", extended(endless, &[], 1), 1),
        ("copy", query("COPY many TO STDOUT"), 1),
        (
            "copy csv",
            query("COPY (SELECT * FROM many) TO STDOUT (FORMAT csv)"),
            1,
        ),
        (
            "copy binary",
            query("COPY many TO STDOUT (FORMAT binary)"),
            1,
        ),
        ("copy, extended", extended("COPY many TO STDOUT", &[], 0), 1),
        (
            "a portal, five at a time",
            [
                query("BEGIN"),
                parse("", all),
                bind("p", "", &[], 0),
                execute("p", 5),
                sync(),
                execute("p", 5),
                sync(),
                execute("p", 5),
                sync(),
            ]
            .concat(),
            4,
        ),
        (
            "flushed, then more",
            [step(all), flush(), step("SELECT 1"), sync()].concat(),
            1,
        ),
        (
            "a cursor",
            [
                query("BEGIN"),
                query(&format!("DECLARE c CURSOR FOR {all}")),
                query("FETCH 20 FROM c"),
            ]
            .concat(),
            3,
        ),
    ];
    for (how, bytes, ready) in table {
        let mut raw = stage.raw("rows");
        let answer = raw.ask(&bytes, ready);
        faults.demand(rows(&answer) == 10, || {
            format!("{how}: {} rows", rows(&answer))
        });
        faults.demand(text(&answer).contains("C54000"), || {
            format!("{how}: {}", text(&answer))
        });
        let ended = if how.contains("portal") || how.contains("cursor") {
            b'E'
        } else {
            b'I'
        };
        faults.demand(status(&answer) == ended, || {
            format!("{how}: status {}", text(&answer))
        });
        raw.ask(&query("ROLLBACK"), 1);
        for _ in 0..3 {
            let alive = raw.ask(&query("SELECT 'alive'"), 1);
            faults.demand(text(&alive).contains("alive"), || {
                format!("{how}: {}", text(&alive))
            });
        }
        drop(raw);
    }
    let mut raw = stage.raw("rows");
    for within in ["SELECT id FROM many LIMIT 10", "SELECT count(*) FROM many"] {
        let answer = raw.ask(&query(within), 1);
        faults.demand(!text(&answer).contains("54000"), || text(&answer));
    }
    let mut raw = stage.raw("bytes");
    let answer = raw.ask(
        &query("SELECT repeat('x', 1000) FROM generate_series(1, 9)"),
        1,
    );
    faults.demand(
        rows(&answer) == 4 && text(&answer).contains("limit_bytes"),
        || text(&answer),
    );
    faults.end();
}

#[test]
fn a_write_whose_result_is_cut_is_undone() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let before = stage.value("SELECT sum(v) FROM many");
    let write = "UPDATE many SET v = v + 1 RETURNING id";
    for (how, bytes) in [
        ("simple", query(write)),
        ("extended", extended(write, &[], 0)),
    ] {
        let mut raw = stage.raw("rows");
        let answer = raw.ask(&bytes, 1);
        faults.demand(rows(&answer) == 10, || format!("{how}: {}", text(&answer)));
        faults.demand(status(&answer) == b'I', || {
            format!("{how}: {}", text(&answer))
        });
        faults.demand(stage.value("SELECT sum(v) FROM many") == before, || {
            format!("{how}: it is not undone")
        });
    }
    faults.end();
}

/// Inside a transaction only the write itself is undone: what was done before it can be committed,
/// in every form it may come in. What a transaction of the same pipeline did goes with it.
fn inside(raw: &mut Raw, sql: &str) -> Option<String> {
    let first = "UPDATE noted_too SET v = v + 1";
    let seen = |raw: &mut Raw| text(&raw.ask(&query("SELECT v AS seen FROM noted_too"), 1));
    let start = seen(raw);
    let forms = [
        ("simple", query(sql)),
        ("parts", query(&format!("SELECT 1; {sql}; SELECT 2"))),
        ("extended", extended(sql, &[], 0)),
        ("flushed", [step(sql), flush(), sync()].concat()),
        (
            "pipelined",
            [step("SELECT 1"), step(sql), step("SELECT 2"), sync()].concat(),
        ),
    ];
    for (how, bytes) in &forms {
        raw.ask(&[query("BEGIN"), query(first)].concat(), 2);
        let within = seen(raw);
        let answer = raw.ask(bytes, 1);
        let told = text(&answer);
        let errors = answer.iter().filter(|m| m.kind == b'E').count();
        if errors != 1 || status(&answer) != b'T' || !told.contains("The transaction goes on") {
            return Some(format!("inside, {how} {sql}: {told}"));
        }
        if seen(raw) != within {
            return Some(format!("inside, {how} {sql}: what was done before is gone"));
        }
        let ends = ["ROLLBACK TO \"portcullis.unit\"", "COMMIT"];
        let refused = raw.ask(&query(ends[0]), 1);
        if !text(&refused).contains("Portcullis' own") || status(&refused) != b'E' {
            return Some(format!("our savepoint is theirs: {}", text(&refused)));
        }
        raw.ask(&query("ROLLBACK"), 1);
        raw.ask(&[query("BEGIN"), query(first)].concat(), 2);
        raw.ask(bytes, 1);
        let end = raw.ask(&query(ends[1]), 1);
        if !text(&end).contains("COMMIT") || seen(raw) == start {
            return Some(format!("inside, {how} {sql}: {}", text(&end)));
        }
        raw.ask(&query("UPDATE noted_too SET v = 0"), 1);
    }
    for begun in [
        [step("BEGIN"), step(first), step(sql), sync()].concat(),
        [step("BEGIN"), step("SAVEPOINT s"), step(sql), sync()].concat(),
    ] {
        let answer = raw.ask(&begun, 1);
        let end = raw.ask(&query("COMMIT"), 1);
        if status(&answer) != b'E' || !text(&end).contains("ROLLBACK") {
            return Some(format!("begun along, {sql}: {}", text(&answer)));
        }
    }
    None
}

/// Of `changes`: what is undone, and what passes.
#[test]
fn a_write_over_its_limit_is_undone_and_says_so() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let state = "SELECT (SELECT sum(v) FROM many), (SELECT count(*) FROM many), \
                 (SELECT count(*) FROM child), (SELECT count(*) FROM noted), \
                 (SELECT count(*) FROM loud), (SELECT count(*) FROM parent), \
                 to_regclass('made')";
    let before = stage.value(state);
    let over = [
        "UPDATE many SET v = v + 1 WHERE id <= 6",
        "UPDATE many SET v = v + 1 WHERE id <= 6 RETURNING id",
        "DELETE FROM many WHERE id > 900",
        "INSERT INTO many SELECT n FROM generate_series(2001, 2006) n",
        "INSERT INTO many SELECT n FROM generate_series(996, 1003) n \
         ON CONFLICT (id) DO UPDATE SET v = 9",
        "MERGE INTO many USING parent p ON many.id > p.id + 900 AND p.id = 1 \
         WHEN MATCHED THEN DELETE",
        // A cascade, a trigger, and a write inside a read.
        "DELETE FROM parent WHERE id = 1",
        "INSERT INTO loud VALUES (1)",
        "WITH d AS (DELETE FROM many WHERE id <= 6 RETURNING id) SELECT count(*) FROM d",
        "EXPLAIN ANALYZE DELETE FROM many WHERE id <= 6",
        "CREATE TABLE made AS SELECT * FROM many",
    ];
    for sql in over {
        let many = [
            ("simple", query(sql), 1),
            ("extended", extended(sql, &[], 0), 1),
            ("flushed", [step(sql), flush(), sync()].concat(), 1),
            (
                "pipelined",
                [step("SELECT 1"), step(sql), step("SELECT 2"), sync()].concat(),
                1,
            ),
            ("parts", query(&format!("SELECT 1; {sql}; SELECT 2")), 1),
        ];
        for (how, bytes, ready) in many {
            let mut raw = stage.raw("changes");
            let answer = raw.ask(&bytes, ready);
            let told = text(&answer).contains("limit_changes");
            faults.demand(told, || format!("{how} {sql}: {}", text(&answer)));
            faults.demand(status(&answer) == b'I', || {
                format!("{how} {sql}: {}", text(&answer))
            });
            let is_told_done = answer
                .iter()
                .any(|m| m.kind == b'C' && !text(std::slice::from_ref(m)).contains("SELECT 1"));
            faults.demand(
                !is_told_done || ["parts", "pipelined"].contains(&how),
                || format!("{how} {sql}: told done: {}", text(&answer)),
            );
            faults.demand(stage.value(state) == before, || {
                format!("{how} {sql}: not undone")
            });
            let alive = raw.ask(&query("SELECT 'alive'"), 1);
            faults.demand(text(&alive).contains("alive"), || {
                format!("{how} {sql}: dead")
            });
        }
        let mut raw = stage.raw("changes");
        if let Some(fault) = inside(&mut raw, sql) {
            faults.note(fault);
        }
        let end = raw.ask(
            &[
                query("BEGIN"),
                query("SAVEPOINT s"),
                query(sql),
                query("ROLLBACK TO s"),
                query("COMMIT"),
            ]
            .concat(),
            5,
        );
        faults.demand(text(&end).contains("COMMIT"), || {
            format!("a savepoint, {sql}")
        });
        faults.demand(stage.value(state) == before, || {
            format!("inside, {sql}: not undone")
        });
    }
    faults.end();
}

#[test]
fn a_limit_holds_for_each_of_a_pipeline_and_over_all_of_a_portal() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let state = "SELECT (SELECT count(*) FROM child), (SELECT sum(v) FROM bumped)";
    let before = stage.value(state);
    let (little, cascades) = (
        step("UPDATE bumped SET v = v"),
        step("DELETE FROM parent WHERE id = 1"),
    );
    for begin in [Vec::new(), query("BEGIN")] {
        let mut raw = stage.raw("changes");
        let is_inside = !begin.is_empty();
        raw.ask(&begin, usize::from(is_inside));
        let pipeline = [
            little.repeat(20),
            cascades.clone(),
            little.repeat(20),
            sync(),
        ]
        .concat();
        let answer = raw.ask(&pipeline, 1);
        faults.demand(text(&answer).contains("more than 5 rows"), || text(&answer));
        raw.ask(&query("COMMIT"), 1);
    }
    let mut raw = stage.raw("changes");
    let first = [
        parse("", "SELECT bump(n) FROM generate_series(1, 9) n"),
        bind("p", "", &[], 0),
        execute("p", 2),
        sync(),
    ];
    let mut answer = raw.ask(&[query("BEGIN"), first.concat()].concat(), 2);
    for _ in 0..2 {
        faults.demand(rows(&answer) == 2, || text(&answer));
        answer = raw.ask(&[execute("p", 2), sync()].concat(), 1);
    }
    faults.demand(
        status(&answer) == b'E' && text(&answer).contains("more than 5"),
        || format!("a portal: {}", text(&answer)),
    );
    raw.ask(&query("COMMIT"), 1);
    faults.demand(stage.value(state) == before, || stage.value(state));
    let told = stage.psql(
        "changes",
        &[
            "BEGIN",
            "UPDATE bumped SET v = v",
            "UPDATE many SET v = v",
            "COMMIT",
        ],
    );
    let ends = told.contains("UPDATE 1") && told.contains("54000") == told.contains("SQLSTATE");
    faults.demand(
        ends && told.contains("COMMIT") && told.contains("goes on"),
        || told,
    );
    faults.end();
}

#[test]
fn what_the_wire_says_itself_is_json_where_a_session_wants_that() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let over = "UPDATE many SET v = v + 1";
    let table = [
        ("changes", query(over), "limit", "changes"),
        (
            "changes",
            extended("DELETE FROM parent WHERE id = 1", &[], 0),
            "limit",
            "changes",
        ),
        (
            "changes",
            [step(over), step("COMMIT"), sync()].concat(),
            "deny",
            "base",
        ),
        ("rows", query("SELECT id FROM many"), "limit", "rows"),
        (
            "rows",
            extended("SELECT id FROM many", &[], 0),
            "limit",
            "rows",
        ),
    ];
    for (who, bytes, decision, rule) in table {
        let mut raw = stage.raw(who);
        let plain = raw.ask(&bytes, 1);
        faults.demand(!text(&plain).contains("statement_id"), || text(&plain));
        raw.ask(&query("SET portcullis.refusals = json"), 1);
        let answer = raw.ask(&bytes, 1);
        let error = answer.iter().find(|message| message.kind == b'E').unwrap();
        let mut fields = error.body.split(|byte| *byte == 0);
        let detail = fields
            .find_map(|field| field.strip_prefix(b"D"))
            .unwrap_or_default();
        let told: serde_json::Value = serde_json::from_slice(detail).unwrap_or_default();
        let members = told.as_object().map_or(0, serde_json::Map::len);
        let rules = told["rules"].to_string();
        let is_told = told["decision"] == decision && rules.contains(rule) && members == 9;
        faults.demand(is_told, || format!("{who}: {}", text(&answer)));
        let advice = told["advice"].as_str().unwrap_or_default();
        faults.demand(text(&answer).contains(&format!("H{advice}")), || {
            told.to_string()
        });
    }
    faults.end();
}

#[test]
fn a_write_within_its_limit_is_as_it_would_be_without() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let within = [
        "UPDATE many SET v = v WHERE id <= 5",
        "UPDATE many SET v = v WHERE id <= 5 RETURNING id, v",
        "WITH d AS (UPDATE many SET v = v WHERE id <= 2 RETURNING id) SELECT * FROM d",
        "UPDATE many SET v = v WHERE id < 0",
        "UPDATE many SET nothing = 1",
        "UPDATE many SET v = 1 / (id - id) WHERE id = 1",
        "INSERT INTO late VALUES (1), (1)",
        "SELECT 1",
        "",
    ];
    for sql in within {
        let forms = [
            ("simple", query(sql), 1),
            ("extended", extended(sql, &[], 0), 1),
            (
                "pipeline",
                [step("SELECT 1"), step(sql), step(sql), sync()].concat(),
                1,
            ),
            (
                "inside",
                [
                    query("BEGIN"),
                    query(sql),
                    extended(sql, &[], 0),
                    query("COMMIT"),
                ]
                .concat(),
                4,
            ),
            (
                "begins",
                [step("BEGIN"), step(sql), sync(), query("ROLLBACK")].concat(),
                2,
            ),
            (
                "named",
                [
                    parse("s", sql),
                    sync(),
                    bind("", "s", &[], 0),
                    execute("", 0),
                    sync(),
                ]
                .concat(),
                2,
            ),
        ];
        for (how, bytes, ready) in forms {
            if how == "named" && sql.contains("nothing") {
                continue;
            }
            let (mut with, mut without) = (stage.raw("changes"), {
                let url = stage.server.url_of("shop", None, "shop");
                let address = url
                    .split('@')
                    .nth(1)
                    .unwrap()
                    .split('/')
                    .next()
                    .unwrap()
                    .to_owned();
                Raw::open(&address, "shop", "shop", None)
            });
            let (ours, theirs) = (with.ask(&bytes, ready), without.ask(&bytes, ready));
            faults.demand(ours == theirs, || {
                format!("{how} {sql}:\n{}\n{}", text(&ours), text(&theirs))
            });
        }
    }
    // The unnamed statement outlives what we put around a simple write.
    let mut raw = stage.raw("changes");
    raw.ask(
        &[parse("", "UPDATE many SET v = v WHERE id = 1"), sync()].concat(),
        1,
    );
    let answer = raw.ask(
        &[
            bind("", "", &[], 0),
            describe(b'P', ""),
            execute("", 0),
            sync(),
        ]
        .concat(),
        1,
    );
    faults.demand(text(&answer).contains("UPDATE 1"), || text(&answer));
    let kept = stage.psql("changes", &["UPDATE many SET v = v WHERE id = 3"]);
    faults.demand(kept.contains("UPDATE 1"), || kept);
    faults.end();
}

#[test]
fn what_cannot_be_counted_or_undone_is_refused_with_what_would_do() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let refused = [
        (query("TRUNCATE child"), "DELETE"),
        (
            query("BEGIN; UPDATE many SET v = 1 WHERE id = 1; COMMIT"),
            "one by one",
        ),
        (
            [
                step("UPDATE many SET v = 1 WHERE id = 1"),
                step("COMMIT"),
                sync(),
            ]
            .concat(),
            "wait for",
        ),
        (
            [
                step("SELECT 1"),
                flush(),
                query("UPDATE many SET v = 1 WHERE id = 1"),
            ]
            .concat(),
            "Sync",
        ),
    ];
    for (bytes, hint) in refused {
        let mut raw = stage.raw("changes");
        let answer = raw.ask(&bytes, 1);
        faults.demand(text(&answer).contains(hint), || text(&answer));
        let alive = raw.ask(&[sync(), query("SELECT 'alive'")].concat(), 2);
        faults.demand(text(&alive).contains("alive"), || text(&alive));
    }
    faults.demand(stage.value("SELECT count(*) FROM child") == "50", || {
        "truncated".into()
    });
    faults.end();
}

#[test]
fn read_only_is_kept_by_the_server_too() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let update = "UPDATE many SET v = 99 WHERE id = 9";
    let tries: Vec<(&str, Vec<u8>, usize)> = vec![
        ("a write", query(update), 1),
        ("a write, extended", extended(update, &[], 0), 1),
        ("a function", query("SELECT sneak()"), 1),
        (
            "a function, extended",
            extended("SELECT sneak()", &[], 0),
            1,
        ),
        ("stacked", query(&format!("COMMIT; {update}")), 1),
        ("a function, stacked", query("SELECT 1; SELECT sneak()"), 1),
        ("commit before", query("COMMIT; SELECT sneak()"), 1),
        (
            "read write",
            query("BEGIN READ WRITE; SELECT sneak(); COMMIT"),
            1,
        ),
        (
            "read write, one by one",
            [
                query("BEGIN READ WRITE"),
                query("SELECT sneak()"),
                query("COMMIT"),
            ]
            .concat(),
            3,
        ),
        (
            "set transaction",
            [
                query("BEGIN"),
                query("SET TRANSACTION READ WRITE"),
                query("SELECT sneak()"),
                query("COMMIT"),
            ]
            .concat(),
            4,
        ),
        (
            "back to a savepoint",
            [
                query("BEGIN"),
                query("SAVEPOINT s"),
                query("SELECT 1"),
                query("ROLLBACK TO s"),
                extended("SELECT sneak()", &[], 0),
                query("COMMIT"),
            ]
            .concat(),
            6,
        ),
        (
            "back to it in one flight",
            [
                query("BEGIN"),
                query("SAVEPOINT s"),
                step("ROLLBACK TO s"),
                step("SELECT sneak()"),
                sync(),
                query("COMMIT"),
            ]
            .concat(),
            4,
        ),
        (
            "a commit before it in one flight",
            [
                query("BEGIN"),
                step("COMMIT"),
                step("SELECT sneak()"),
                sync(),
                query("ROLLBACK"),
            ]
            .concat(),
            3,
        ),
        (
            "settings",
            [
                query("SET default_transaction_read_only = off"),
                query("SELECT set_config('transaction_read_only', 'off', false)"),
                query("RESET ALL"),
                query("SELECT sneak()"),
            ]
            .concat(),
            4,
        ),
        (
            "a set in the statement",
            query("SELECT set_config('transaction_read_only', 'off', true), sneak()"),
            1,
        ),
        (
            "a cursor",
            [
                query("BEGIN"),
                query("DECLARE c CURSOR FOR SELECT sneak()"),
                query("FETCH c"),
                query("COMMIT"),
            ]
            .concat(),
            4,
        ),
        (
            "a bind alone",
            [parse("s", "SELECT sneak()"), bind("p", "s", &[], 0), sync()].concat(),
            1,
        ),
        ("do", query(&format!("DO $$ BEGIN {update}; END $$")), 1),
    ];
    for (how, bytes, ready) in tries {
        let mut raw = stage.raw("reader");
        let answer = raw.ask(&bytes, ready);
        let changed = stage.value("SELECT count(*) FROM many WHERE v IN (77, 99)");
        faults.demand(changed == "0", || format!("{how} wrote: {}", text(&answer)));
        raw.ask(&query("ROLLBACK"), 1);
        for bytes in [query("SELECT 'alive'"), extended("SELECT 'alive'", &[], 0)] {
            let alive = raw.ask(&bytes, 1);
            faults.demand(text(&alive).contains("alive"), || {
                format!("{how}: {}", text(&alive))
            });
        }
    }
    let told = stage.psql("reader", &["SELECT sneak()"]);
    faults.demand(told.contains("(@read_only)"), || told);
    let mut raw = stage.raw("reader");
    let asked = "SELECT current_setting('transaction_read_only')";
    let forms = [
        query(asked),
        extended(asked, &[], 0),
        [query("BEGIN"), query(asked)].concat(),
        extended(asked, &[], 0),
        [query("ROLLBACK"), query(asked)].concat(),
    ];
    for bytes in forms {
        let ready = if bytes[5] == b'B' || bytes[5] == b'R' {
            2
        } else {
            1
        };
        let answer = raw.ask(&bytes, ready);
        let cells = answer.iter().filter(|m| m.kind == b'D');
        let is_on = cells.into_iter().all(|m| m.body.ends_with(b"on"));
        faults.demand(is_on && rows(&answer) == 1, || text(&answer));
    }
    let mut raw = stage.raw("reader");
    for plain in [
        query("SELECT count(*) FROM many"),
        query("SELECT 1; SELECT 2"),
        extended("SELECT id FROM many WHERE id = $1", &[Some("3")], 0),
        query("COPY parent TO STDOUT"),
        [query("BEGIN"), query("SELECT 1"), query("COMMIT")].concat(),
        query("SHOW transaction_read_only"),
    ] {
        let answer = raw.ask(
            &plain,
            if plain.len() > 40 && plain[0] == b'Q' && plain[5] == b'B' {
                3
            } else {
                1
            },
        );
        faults.demand(!answer.iter().any(|m| m.kind == b'E'), || text(&answer));
    }
    faults.end();
}

#[test]
fn a_statement_over_its_time_says_so() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let slow = "SELECT count(*) FROM generate_series(1, 100000000000) n";
    for bytes in [query(slow), extended(slow, &[], 0)] {
        let mut raw = stage.raw("quick");
        let answer = raw.ask(&bytes, 1);
        faults.demand(text(&answer).contains("1 s (@timeout)"), || text(&answer));
        faults.demand(text(&answer).contains("C57014"), || text(&answer));
        for _ in 0..3 {
            let alive = raw.ask(&query("SELECT 'alive'"), 1);
            faults.demand(text(&alive).contains("alive"), || text(&alive));
        }
    }
    faults.end();
}

#[test]
fn a_rule_names_how_a_class_is_hidden() {
    let stage = Stage::shared();
    let shown = stage.psql(
        "hashed",
        &["SELECT email, full_name FROM people WHERE id = 1"],
    );
    let (email, name) = shown.trim().split_once('|').unwrap();
    assert_eq!((email.len(), name), (16, "****"), "{shown}");
    assert!(email.chars().all(|c| c.is_ascii_hexdigit()), "{shown}");
    let twice = "SELECT count(DISTINCT a.email) FROM people a WHERE a.id < 3";
    assert!(!stage.psql("hashed", &[twice]).contains('@'));
}

#[test]
fn what_a_session_was_given_bounds_what_comes_after() {
    let stage = Stage::shared();
    let mut faults = Faults::default();
    let (read, write) = (
        "SELECT email FROM people WHERE id = 1",
        "UPDATE many SET v = v WHERE id = 1",
    );
    let first = stage.psql("watched", &[write, read]);
    faults.demand(first.contains("UPDATE 1") && first.contains('@'), || {
        first.clone()
    });
    for after in [write, "COPY many TO STDOUT", "NOTIFY a, 'b'"] {
        let answer = stage.psql("watched", &[read, after]);
        faults.demand(answer.contains("rule after says no"), || {
            format!("{after}: {answer}")
        });
        let mut raw = stage.raw("watched");
        let answer = raw.ask(&[step(read), step(after), sync()].concat(), 1);
        faults.demand(text(&answer).contains("rule after says no"), || {
            format!("{after}: pipelined")
        });
        let answer = raw.ask(&query(&format!("{read}; {after}")), 1);
        faults.demand(text(&answer).contains("rule after says no"), || {
            format!("{after}: in one text")
        });
    }
    let hundred = "SELECT id FROM many LIMIT 100";
    let answer = stage.psql("watched", &[hundred, "SELECT 'more'"]);
    faults.demand(answer.contains("rule budget says no"), || answer.clone());
    faults.end();
}

const ROLED: &str = r#"
@id("all") permit (principal, action, resource);
@id("roled") @advice("RESET ROLE first")
forbid (principal, action in Action::"write", resource)
when { context.session.role_switched };
"#;

#[test]
fn a_rule_knows_the_role_of_now() {
    let stage = Stage::start(ROLED, &["roled"], "builtin = false\n");
    let mut faults = Faults::default();
    let write = "INSERT INTO public.roled VALUES (1)";
    let table: &[(&[&str], bool)] = &[
        (&[], false),
        (&["SET ROLE other"], true),
        (&["SET ROLE other", "RESET ROLE"], false),
        (&["SET ROLE other", "SET ROLE NONE"], false),
        (&["SET ROLE other", "RESET ALL"], true),
        (&["SET ROLE other", "DISCARD ALL"], false),
        (&["SET ROLE other", "SET ROLE shop"], false),
        (&["SELECT set_config('role', 'other', false)"], true),
        (&["DO $$BEGIN SET ROLE other; END$$"], true),
        (&["BEGIN", "SET LOCAL ROLE other"], true),
        (&["BEGIN", "SET LOCAL ROLE other", "COMMIT"], false),
        (&["BEGIN", "SET ROLE other", "ROLLBACK"], false),
        (
            &["BEGIN", "SAVEPOINT s", "SET ROLE other", "ROLLBACK TO s"],
            false,
        ),
        (&["SET SESSION AUTHORIZATION shop"], false),
    ];
    for (before, is_stopped) in table {
        let mut raw = stage.raw("roled");
        for text in *before {
            raw.ask(&query(text), 1);
        }
        let pipelined = before.iter().map(|text| step(text)).collect::<Vec<_>>();
        let mut other = stage.raw("roled");
        let pipeline = [pipelined.concat(), step(write), sync()].concat();
        for answer in [raw.ask(&query(write), 1), other.ask(&pipeline, 1)] {
            let told = text(&answer);
            let is_right = told.contains("RESET ROLE first") == *is_stopped;
            // Stopped by the server too, where the other role may not write.
            faults.demand(is_right, || format!("{before:?}: {told}"));
        }
    }
    faults.end();
}

#[test]
fn who_idles_inside_a_transaction_is_shown_out() {
    let stage = Stage::shared();
    let mut raw = stage.raw("rows");
    raw.ask(
        &[query("SELECT 1"), query("BEGIN"), query("SELECT 2")].concat(),
        3,
    );
    let last = raw.until(b'E');
    assert!(text(&last).contains("25P03"), "{last:?}");
    assert!(
        text(&last).contains("idle inside a transaction for 3 s"),
        "{last:?}"
    );
    // Idle outside of one is nobody's harm.
    let mut raw = stage.raw("rows");
    raw.ask(&[query("BEGIN"), query("COMMIT")].concat(), 2);
    std::thread::sleep(std::time::Duration::from_secs(5));
    let alive = raw.ask(&query("SELECT 'alive'"), 1);
    assert!(text(&alive).contains("alive"), "{alive:?}");
}

#[test]
fn the_ledger_says_what_was_cut_and_undone() {
    let stage = Stage::shared();
    stage.psql("changes", &["UPDATE many SET v = 4711"]);
    stage.psql("rows", &["SELECT 4711 AS n, id FROM many"]);
    let entries = stage.house.entries();
    let limits: Vec<_> = entries
        .iter()
        .filter_map(|entry| {
            entry
                .pointer("/entry/outcome/limit")
                .or(entry.pointer("/outcome/limit"))
        })
        .filter_map(|limit| limit.as_str())
        .collect();
    for wanted in ["rolled back: limit_changes", "cut: limit_rows"] {
        assert!(limits.contains(&wanted), "{wanted}: {limits:?}");
    }
}

#[test]
fn psycopg_lives_within_the_limits() {
    let stage = Stage::shared();
    let before = stage.value("SELECT count(*) FROM child");
    demand(Language::Python, "obligations.py", &[&stage.dsn("changes")]);
    assert_eq!(stage.value("SELECT count(*) FROM child"), before);
}
