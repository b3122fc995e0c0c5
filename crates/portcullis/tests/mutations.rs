//! What is refused stays refused, however it is written.
//!
//! Seeded: texts of the corpus of evasions are rewritten without changing what they do (case,
//! quotes, comments, white space, Unicode names), wrapped (CTE, sub-select, EXPLAIN ANALYZE,
//! PREPARE, COPY, cursor, DO, a text of many statements) and sent by other messages.
//! Every rewriting must be refused or held, and the target must be as it was.
//! `MUTATIONS` is how many (300), `MUTATIONS_SEED` where to start.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::path::Path;

use support::Faults;
use support::attempt::{Watch, attempt};
use support::cases::{Case, Step, Wanted, read};
use support::raw::{bind, describe, execute, extended, flush, parse, query, sync};
use support::strict::{SHOPS, Strict};

/// Numbers that are the same every time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % end
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Space, as the server reads it.
const SPACES: &[&str] = &[
    "  ",
    "\n",
    "\t",
    "\r\n",
    "\x0c",
    "/**/",
    " /* /* x */ ' */ ",
    " -- it's\n",
    "\n--\n",
    " /* ; */ ",
];

/// A text without quotes, whose letters and spaces mean nothing more than they say.
fn is_plain(text: &str) -> bool {
    !text.contains(['\'', '"', '$', '\\', '-', '/'])
}

/// Another writing of the same.
fn rewritten(text: &str, dice: &mut Dice) -> String {
    let is_plain = is_plain(text);
    let mut written = String::new();
    let mut quoted = None;
    for c in text.chars() {
        match quoted {
            Some(quote) if c == quote => quoted = None,
            None if matches!(c, '\'' | '"' | '$') => quoted = Some(c),
            _ => {}
        }
        match c {
            ' ' if quoted.is_none() => written += dice.one_of::<&str>(SPACES),
            c if is_plain && dice.below(3) == 0 => written.extend(c.to_uppercase()),
            c => written.push(c),
        }
    }
    written
}

/// The same names, spelt otherwise.
fn renamed(text: &str, dice: &mut Dice) -> String {
    const NAMES: &[(&str, &[&str])] = &[
        (
            " notes",
            &[
                " \"notes\"",
                " public.notes",
                " U&\"n\\006ftes\"",
                " NOTES",
                " notes *",
            ],
        ),
        (
            " customers",
            &[
                " \"customers\"",
                " public.customers",
                " U&\"\\0063ustomers\"",
            ],
        ),
        (
            " payments",
            &[
                " \"payments\"",
                " public . payments",
                " U&\"p!0061yments\" UESCAPE '!'",
            ],
        ),
        (
            "app.wipe()",
            &[
                "\"app\".\"wipe\"()",
                "app/**/.wipe ( )",
                "U&\"\\0061pp\".wipe()",
            ],
        ),
        (
            "pg_read_file(",
            &[
                "pg_catalog.pg_read_file(",
                "\"pg_read_file\" (",
                "PG_READ_FILE(",
            ],
        ),
        (
            "email",
            &["\"email\"", "EMAIL", "U&\"em\\0061il\"", "(email)"],
        ),
    ];
    let (from, to) = *dice.one_of(NAMES);
    text.replacen(from, dice.one_of::<&str>(to), 1)
}

/// The same inside something else.
fn wrapped(text: &str, dice: &mut Dice) -> String {
    let word = text.split([' ', '(']).next().unwrap().to_ascii_uppercase();
    let reads = matches!(word.as_str(), "SELECT" | "TABLE" | "VALUES" | "WITH");
    let writes =
        matches!(word.as_str(), "DELETE" | "INSERT" | "UPDATE") && !text.contains("RETURNING");
    let any: &[&str] = &[
        "SELECT 1; {}",
        "{}; SELECT 1",
        ";;{};",
        "BEGIN; {}; COMMIT",
        "SELECT 1; SELECT 2;\n{}",
        "DO $do$ BEGIN {}; END $do$",
        "SAVEPOINT s; {}",
        "SET jit = off; {}",
    ];
    let of_reads: &[&str] = &[
        "SELECT * FROM ({}) AS zz",
        "WITH zz AS ({}) SELECT * FROM zz",
        "COPY ({}) TO STDOUT",
        "SELECT EXISTS ({})",
        "EXPLAIN ANALYZE {}",
        "PREPARE zz AS {}; EXECUTE zz",
        "({})",
        "DECLARE zz CURSOR WITH HOLD FOR {}",
        "WITH zz AS MATERIALIZED ({}) TABLE zz",
        "SELECT count(*) FROM ({}) AS zz",
        "SELECT ARRAY(SELECT zz::text FROM ({}) AS zz)",
        "CREATE TEMP TABLE zz AS {}",
        "SELECT 1 WHERE EXISTS ({})",
        "SELECT * FROM notes AS n, LATERAL ({}) AS zz",
    ];
    let of_writes: &[&str] = &[
        "WITH zz AS ({} RETURNING 1) SELECT * FROM zz",
        "EXPLAIN ANALYZE {}",
        "COPY ({} RETURNING 1) TO STDOUT",
        "PREPARE zz AS {}; EXECUTE zz",
        "WITH zz AS (SELECT 1) {}",
        "EXPLAIN (ANALYZE, COSTS off) {}",
    ];
    let forms = match (reads, writes) {
        (true, _) if dice.below(3) > 0 => of_reads,
        (_, true) if dice.below(3) > 0 => of_writes,
        _ => any,
    };
    dice.one_of::<&str>(forms).replace("{}", text)
}

/// The messages that carry it.
fn sent(text: &str, dice: &mut Dice) -> Step {
    let bytes = match dice.below(6) {
        0 => extended(text, &[], 0),
        1 => extended(text, &[], 1),
        2 => [
            parse("z", text),
            bind("y", "z", &[], 0),
            execute("y", 1),
            sync(),
        ]
        .concat(),
        3 => [
            parse("z", text),
            describe(b'S', "z"),
            flush(),
            bind("", "z", &[], 0),
            execute("", 0),
            sync(),
        ]
        .concat(),
        _ => query(text),
    };
    Step {
        bytes,
        ready: 1,
        is_raw: false,
    }
}

/// Texts that stand alone: one simple query that is refused.
fn seeds(cases: Vec<Case>) -> Vec<Case> {
    let is_seed = |case: &Case| {
        let is_alone = case.steps.len() == 1 && case.opening.is_empty();
        let is_text = case
            .steps
            .first()
            .is_some_and(|step| step.bytes.first() == Some(&b'Q'));
        let is_odd = case
            .last
            .contains(['⏎', '⇥', '␍', '␌', '␀', '‹', ';', '{', '\\']);
        case.wanted == Wanted::Refused && is_alone && is_text && !is_odd
    };
    cases.into_iter().filter(is_seed).collect()
}

#[test]
fn what_is_refused_stays_refused_however_it_is_written() {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let (count, seed) = (
        number("MUTATIONS").unwrap_or(300),
        number("MUTATIONS_SEED").unwrap_or(7),
    );
    let strict = Strict::start();
    let seeds = seeds(read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evasions"),
    ));
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut watch = Watch::over(&strict);
    let mut faults = Faults::default();
    for _ in 0..count {
        let mut case = dice.one_of(&seeds).clone();
        let mut text = renamed(&case.last, &mut dice);
        text = wrapped(&text, &mut dice);
        if dice.below(2) == 0 {
            text = rewritten(&text, &mut dice);
        }
        case.steps = vec![sent(&text, &mut dice)];
        let answer = attempt(&strict, &case, SHOPS[0], &watch.victim);
        let told = |what: &str| {
            format!(
                "{} as {text:?} {what}\n    {:.300?}",
                case.place,
                answer.messages.last()
            )
        };
        let is_stopped = answer.code().is_some() || answer.is_ended;
        faults.demand(is_stopped, || told("is not refused"));
        faults.demand(!answer.is_hung, || told("hangs"));
        if case.who != "app" {
            let secret = strict.secret_in(&answer.bytes());
            faults.demand(secret.is_none(), || told(&format!("shows {secret:?}")));
        }
        faults.demand(!watch.is_changed(), || told("changed the database"));
    }
    faults.demand(watch.is_alive(), || "another session was ended".to_owned());
    faults.end();
}
