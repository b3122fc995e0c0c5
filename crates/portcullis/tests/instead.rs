//! What goes in place of a statement: it is answered, and neither its rows, nor their order, nor
//! their number tell of a masked column.
//!
//! Why on a real server: which order rows come in is the planner's to choose, and a client may talk
//! it into any. Each order is measured against that of the hidden values, with the planner forced
//! into sorting; the same statements straight at the target show that it does.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test's own"
)]

mod support;

use std::collections::HashMap;

use support::{Demo, Faults, run, said};

/// Rows of which each has a wage, in an order that says nothing of it.
const SETUP: &[&str] = &[
    "CREATE TABLE wages (id int PRIMARY KEY, tenant int, salary numeric, email text, \
     birth_date date)",
    "INSERT INTO wages SELECT i, i % 2, 1000 + (i * 37 % 61) * 10, \
     chr(97 + (i * 37 % 61) / 26) || chr(97 + (i * 37 % 61) % 26) || '.mail@example.org', \
     date '1950-01-01' + (i * 37 % 61) * 200 FROM generate_series(1, 60) AS i",
    "CREATE INDEX ON wages (email)",
    "CREATE INDEX ON wages (tenant, salary)",
    "CREATE TABLE wages_too AS SELECT * FROM wages",
    "CREATE VIEW by_wage AS SELECT id, tenant FROM wages ORDER BY salary",
    "ANALYZE wages, wages_too",
    "VACUUM wages, wages_too",
];

/// Talks the planner into sorting.
const FORCED: &[&str] = &[
    "SET enable_hashagg = off",
    "SET enable_hashjoin = off",
    "SET enable_nestloop = off",
    "SET enable_seqscan = off",
    "SET enable_bitmapscan = off",
];

/// Statements that give every `id`, or `email`, once, and by hidden values without us.
const ORDERS: &[&str] = &[
    "SELECT id FROM wages ORDER BY salary",
    "SELECT id FROM wages ORDER BY 1 + salary DESC",
    "SELECT id, row_number() OVER (ORDER BY salary) FROM wages ORDER BY salary",
    "SELECT email FROM wages",
    "SELECT email FROM wages LIMIT 60",
    "SELECT DISTINCT email FROM wages",
    "SELECT email, count(*) FROM wages GROUP BY email",
    "SELECT email FROM wages GROUP BY email ORDER BY count(*)",
    "SELECT min(id) FROM wages GROUP BY salary",
    "SELECT min(id) FROM wages WHERE tenant IN (0, 1) GROUP BY salary ORDER BY count(*)",
    "SELECT email FROM wages INTERSECT SELECT email FROM wages",
    "SELECT id FROM (SELECT email, id FROM wages UNION SELECT email, id FROM wages) q",
    "SELECT a.id FROM wages a JOIN wages_too b ON a.email = b.email",
    "SELECT id FROM wages a WHERE EXISTS (SELECT 1 FROM wages_too b WHERE b.email = a.email)",
    "SELECT id FROM wages WHERE email IN (SELECT email FROM wages_too)",
    "SELECT id, count(*) OVER (PARTITION BY email) FROM wages",
    "SELECT id FROM by_wage",
    "WITH w AS (SELECT min(id) AS id FROM wages GROUP BY salary) SELECT id FROM w",
    "COPY (SELECT id FROM wages ORDER BY salary) TO STDOUT",
    "BEGIN; DECLARE k CURSOR FOR SELECT id FROM wages ORDER BY salary; FETCH ALL FROM k",
    "PREPARE p AS SELECT id FROM wages ORDER BY salary; EXECUTE p",
    "SELECT DISTINCT ON (email) id FROM wages ORDER BY email, id",
    "SELECT DISTINCT ON (email) email FROM wages LIMIT 60",
    "SELECT unnest(array_agg(a.id)) FROM wages a JOIN wages_too b ON a.email = b.email",
    "SELECT jsonb_array_elements(jsonb_agg(id)) \
     FROM (SELECT min(id) AS id FROM wages GROUP BY salary) q",
    "SELECT unnest(array_agg(a.id ORDER BY 0 * a.id)) \
     FROM wages a JOIN wages_too b ON a.email = b.email",
    "SELECT id FROM (SELECT id, row_number() OVER () AS n FROM \
     (SELECT min(id) AS id FROM wages GROUP BY salary) q) r ORDER BY n",
    "SELECT min(id), row_number() OVER () FROM wages GROUP BY salary ORDER BY 2",
];

/// Statements refused, since what they do with an order cannot be undone by another.
const REFUSED: &[&str] = &[
    "SELECT clock_timestamp(), id FROM wages GROUP BY id, salary",
    // What writes is never another statement: it would change other rows than were meant.
    "UPDATE wages SET tenant = 1 WHERE salary > 1200",
    "DELETE FROM wages WHERE id = 7 AND email LIKE 'a%'",
    "DELETE FROM wages WHERE id = 7 AND NOT EXISTS (SELECT FROM wages_too WHERE email LIKE 'a%')",
    "INSERT INTO wages (id) SELECT id + 900 FROM wages WHERE id = 7 AND salary > 1200",
    "WITH w AS (UPDATE wages SET tenant = 1 WHERE id = 7 RETURNING id) \
     SELECT id FROM wages WHERE salary > 1200",
    // A value stays in its own row.
    "UPDATE wages SET salary = (SELECT salary FROM wages WHERE id = 8) WHERE id = 7",
    "UPDATE wages SET salary = o.salary FROM wages_too o WHERE o.id = 8 AND wages.id = 7",
    "UPDATE wages SET tenant = 1 WHERE id IN (SELECT id FROM wages ORDER BY salary LIMIT 1)",
    "CREATE TABLE mine AS SELECT id FROM wages ORDER BY salary",
    "SELECT generate_series(1, salary::int) FROM wages",
    // A frame of rows counts groups off in the order the server made them.
    "SELECT max(id), count(*) OVER (ROWS UNBOUNDED PRECEDING) FROM wages GROUP BY salary",
    "SELECT max(id), sum(max(id)) OVER w FROM wages GROUP BY salary WINDOW w AS (ROWS 1 PRECEDING)",
    "SELECT email, count(*) OVER (ROWS UNBOUNDED PRECEDING) FROM wages",
    // Equal values that look different: the greatest is the one that came last.
    "SELECT mode() WITHIN GROUP (ORDER BY id::numeric) \
     FROM (SELECT max(id) AS id FROM wages GROUP BY salary) x",
];

/// Statements answered with nothing that hangs on a value: a row as the target gives it, but for
/// what is blank.
const BLANKS: &[(&str, &str)] = &[
    ("SELECT id, salary * 12 FROM wages WHERE id = 7", "7|"),
    (
        "SELECT id, salary * 12 AS yearly FROM wages WHERE id = 7",
        "7|",
    ),
    (
        "SELECT sum(salary), avg(salary), count(*) FROM wages",
        "||60",
    ),
    (
        "SELECT tenant, sum(salary) FROM wages GROUP BY tenant ORDER BY 1",
        "0|\n1|",
    ),
    (
        "SELECT count(*) FILTER (WHERE salary > 1200) FROM wages",
        "",
    ),
    (
        "SELECT id, CASE WHEN salary > 1200 THEN 'high' ELSE 'low' END FROM wages WHERE id = 7",
        "7|",
    ),
    ("SELECT 1 / (salary - 1070) FROM wages WHERE id = 7", ""),
    (
        "SELECT id, left(email, 2), split_part(email, '@', 2) FROM wages WHERE id = 7",
        "7||",
    ),
    (
        "SELECT id, date_part('year', age(birth_date)) FROM wages WHERE id = 7",
        "7|",
    ),
    (
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY salary) FROM wages",
        "",
    ),
    (
        "SELECT id, rank() OVER (ORDER BY salary) FROM wages WHERE id = 7",
        "7|",
    ),
    (
        "SELECT count(DISTINCT email), count(salary) FROM wages",
        "60|60",
    ),
    (
        "SELECT min(extract(year FROM birth_date)), max(date_part('year', birth_date)) FROM wages",
        "1950|1982",
    ),
    (
        "SELECT to_char(birth_date, 'YYYY') FROM wages WHERE id = 5 ORDER BY birth_date",
        "1951",
    ),
    (
        "SELECT count(*) FROM wages WHERE extract(year FROM birth_date) < 1960",
        "18",
    ),
    // Conditions are unknown in every row.
    ("SELECT id FROM wages WHERE salary > 1200", ""),
    (
        "SELECT count(*) FROM wages WHERE salary > 1200 OR id = 7",
        "1",
    ),
    (
        "SELECT count(*) FROM wages WHERE NOT salary BETWEEN 1 AND 1200",
        "0",
    ),
    ("SELECT count(*) FROM wages WHERE email ILIKE '%aa%'", "0"),
    ("SELECT count(*) FROM wages HAVING max(salary) > 1500", ""),
    (
        "SELECT id FROM wages WHERE CASE WHEN salary > 1200 THEN true END",
        "",
    ),
    (
        "SELECT id FROM wages GROUP BY id HAVING sum(salary) > 1200",
        "",
    ),
    (
        "SELECT count(*) FROM wages WHERE id = (SELECT id FROM wages ORDER BY salary LIMIT 1)",
        "0",
    ),
    (
        "SELECT count(*) FROM wages w LEFT JOIN wages_too o ON o.salary < w.salary",
        "60",
    ),
    (
        "SELECT count(*) FROM (SELECT email FROM wages UNION SELECT 'aa.mail@example.org') q",
        "2",
    ),
    (
        "SELECT count(*) FROM (SELECT email FROM wages INTERSECT SELECT 'aa.mail@example.org') q",
        "0",
    ),
    (
        "SELECT split_part(email, '@', 2) AS host, count(*) FROM wages GROUP BY host",
        "|60",
    ),
    (
        "SELECT 'at ' || upper(email), count(*) FROM wages GROUP BY upper(wages.email)",
        "|60",
    ),
    (
        "SELECT q.host, count(*) FROM (SELECT split_part(email, '@', 2) AS host FROM wages) q \
         GROUP BY q.host ORDER BY q.host",
        "|60",
    ),
    (
        "SELECT DISTINCT left(email, 3), tenant FROM wages ORDER BY 2",
        "|0\n|1",
    ),
    (
        "SELECT count(DISTINCT email), array_length(array_agg(id), 1) FROM wages",
        "60|60",
    ),
    (
        "SELECT max(n) FROM (SELECT date_trunc('year', birth_date) AS y, count(*) AS n FROM wages \
      GROUP BY 1) q",
        "2",
    ),
];

/// Both what was said and how it ended.
fn told(demo: &Demo, who: Option<&str>, statements: &[&str]) -> (String, String) {
    let dsn = who.map_or_else(|| demo.direct(), |who| demo.dsn(who).to_owned());
    let mut command = support::psql(&dsn);
    command.arg("-qAt");
    for statement in statements {
        command.args(["-c", statement]);
    }
    let output = run(&mut command);
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        said(&output),
    )
}

/// How far an order follows another: 1 and −1 wholly, 0 not at all (Spearman's ρ).
fn likeness(ranks: &[usize]) -> f64 {
    let n = ranks.len() as f64;
    let far = |(at, rank): (usize, &usize)| (at as f64 - *rank as f64).powi(2);
    let sum: f64 = ranks.iter().enumerate().map(far).sum();
    1.0 - 6.0 * sum / (n * (n * n - 1.0))
}

/// The place of each row that came, in the order of the hidden values.
fn ranks(answer: &str, places: &HashMap<String, usize>) -> Vec<usize> {
    let first = |line: &str| line.split('|').next().unwrap_or_default().to_owned();
    answer
        .lines()
        .filter_map(|line| places.get(&first(line)).copied())
        .collect()
}

fn demo() -> Demo {
    let demo = Demo::start();
    demo.said_directly(SETUP);
    let scanned = run(&mut demo.verb(&["catalog", "scan", "shop"]));
    assert!(scanned.status.success(), "{}", said(&scanned));
    demo
}

#[test]
fn what_goes_instead_tells_nothing() {
    let demo = demo();
    let mut faults = Faults::default();
    let keys = "SELECT id, email FROM wages ORDER BY id";
    let hidden = told(
        &demo,
        None,
        &["SELECT id, email FROM wages ORDER BY salary"],
    )
    .0;
    let ids: Vec<&str> = hidden
        .lines()
        .map(|l| l.split('|').next().unwrap())
        .collect();
    let direct: HashMap<String, usize> = hidden
        .lines()
        .enumerate()
        .flat_map(|(at, line)| line.split('|').map(move |key| (key.to_owned(), at)))
        .collect();
    let shown = told(&demo, Some("alice"), &[keys]).0;
    let places: HashMap<String, usize> = shown
        .lines()
        .flat_map(|line| {
            let id = line.split('|').next().unwrap();
            let at = ids.iter().position(|known| *known == id).unwrap();
            line.split('|')
                .map(move |key| (key.to_owned(), at))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(places.len(), 120, "{shown}");
    for statement in ORDERS {
        let all: Vec<&str> = FORCED.iter().chain([statement]).copied().collect();
        let (answer, said) = told(&demo, Some("alice"), &all);
        let ranks = ranks(&answer, &places);
        faults.demand(ranks.len() == 60, || {
            format!("{statement}: {} rows: {said:.400}", ranks.len())
        });
        let followed = likeness(&ranks).abs();
        faults.demand(followed < 0.6, || {
            format!("{statement}: follows by {followed:.2}")
        });
        let (answer, _) = told(&demo, None, &all);
        let followed = likeness(&self::ranks(&answer, &direct)).abs();
        faults.demand(followed > 0.95, || {
            format!("{statement}: follows by {followed:.2} without us")
        });
    }
    for statement in REFUSED {
        let (_, said) = told(&demo, Some("alice"), &[statement]);
        faults.demand(said.contains("ERROR"), || {
            format!("{statement}: not refused: {said:.200}")
        });
    }
    for (statement, expected) in BLANKS {
        let (answer, said) = told(&demo, Some("alice"), &[statement]);
        let is_it = answer.trim_end_matches('\n') == *expected && !said.contains("ERROR");
        faults.demand(is_it, || {
            format!("{statement}: {answer:?}, not {expected:?}: {said:.300}")
        });
    }
    faults.end();
}
