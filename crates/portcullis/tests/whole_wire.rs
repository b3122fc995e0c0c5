//! The wire's corners through the binary to a real server: whatever comes, the session ends or goes
//! on in step with the server, and nothing refused has run.
// tidy: table — most of it is the list of cases

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use support::raw::{Raw, bind, describe, execute, extended, flush, message, parse, query, sync};
use support::{Demo, Faults, PATIENCE};

/// A message with a length of its own choosing.
fn lying(kind: u8, length: u32, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &length.to_be_bytes(), body].concat()
}

fn run_of(sql: &str) -> Vec<u8> {
    [parse("", sql), bind("", "", &[], 0), execute("", 0)].concat()
}

/// A function called by its oid, with one text argument; the result as text.
fn function(oid: u32, argument: &str) -> Vec<u8> {
    let length = u32::try_from(argument.len()).unwrap().to_be_bytes();
    let body = [
        &oid.to_be_bytes()[..],
        &[0, 0, 0, 1],
        &length,
        argument.as_bytes(),
        &[0, 0],
    ];
    message(b'F', &body.concat())
}

const UPDATE: &str = "UPDATE products SET stock = stock + 1 WHERE id = 1";
const DROP: &str = "DROP TABLE payments";

/// What is sent in one open session, how many `ReadyForQuery` it brings, and what the answer holds.
/// None: the session ends.
type OpenCase = (&'static str, Vec<u8>, Option<(usize, &'static str)>);

fn open_cases() -> Vec<OpenCase> {
    let two = [
        &query(DROP)[1..5],
        b"SELECT 1\0Q\0\0\0\x18DROP TABLE payments\0",
    ]
    .concat();
    vec![
        ("a length of zero", lying(b'Q', 0, b""), None),
        ("a length below its own", lying(b'Q', 3, b""), None),
        (
            "a negative length",
            lying(b'Q', u32::MAX, b"SELECT 1\0"),
            None,
        ),
        (
            "a huge length",
            lying(b'Q', 0x7fff_ffff, b"SELECT 1\0"),
            None,
        ),
        ("a huge parameter", lying(b'B', 0x7fff_fff0, b"\0\0"), None),
        ("two in one length", [&[b'Q'][..], &two].concat(), None),
        ("a text without its end", lying(b'Q', 12, b"SELECT 1"), None),
        ("an unknown message", lying(b'z', 4, b""), None),
        ("a message of the server's", lying(b'Z', 5, b"I"), None),
        ("a password long after", lying(b'p', 6, b"x\0"), None),
        (
            "a format unknown",
            message(b'B', b"\0\0\0\x01\0\x07\0\0\0\0"),
            None,
        ),
        (
            "CopyData outside a copy",
            [
                message(b'd', b"DROP TABLE payments\n"),
                query("SELECT 'still'"),
            ]
            .concat(),
            Some((1, "still")),
        ),
        (
            "CopyDone and CopyFail outside a copy",
            [
                message(b'c', b""),
                message(b'f', b"x\0"),
                query("SELECT 'still'"),
            ]
            .concat(),
            Some((1, "still")),
        ),
        (
            "a Query behind a Parse without Sync",
            [parse("s", "SELECT 1"), query("SELECT 'still'")].concat(),
            Some((1, "still")),
        ),
        ("refused, simple", query(DROP), Some((1, "42501"))),
        (
            "refused, extended",
            extended(DROP, &[], 0),
            Some((1, "42501")),
        ),
        (
            "refused behind what would pass",
            [run_of(UPDATE), run_of(DROP), sync()].concat(),
            Some((1, "42501")),
        ),
        (
            "refused behind what was flushed",
            [run_of("SELECT 7"), flush(), run_of(DROP), sync()].concat(),
            Some((1, "42501")),
        ),
        (
            "an error before what is refused",
            [run_of("SELECT 1/0"), run_of("SELECT 7"), sync()].concat(),
            Some((1, "22012")),
        ),
        (
            "skipped until Sync",
            [run_of(DROP), run_of(UPDATE), query(UPDATE), sync()].concat(),
            Some((1, "42501")),
        ),
        (
            "Describe without Execute",
            [parse("", "SELECT 5 AS five"), describe(b'S', ""), sync()].concat(),
            Some((1, "five")),
        ),
        (
            "a portal that is not there",
            [execute("nobody", 0), sync()].concat(),
            Some((1, "34000")),
        ),
        (
            "a statement that is not there",
            [bind("", "nobody", &[], 0), sync()].concat(),
            Some((1, "26000")),
        ),
        (
            "a portal suspended and resumed",
            [
                parse("", "SELECT generate_series(41, 43)"),
                bind("p", "", &[], 0),
                execute("p", 1),
                execute("p", 1),
                execute("p", 0),
                sync(),
            ]
            .concat(),
            Some((1, "43")),
        ),
        // 2311 is md5(text); 2624 is pg_read_file(text, bigint, bigint).
        (
            "a function called",
            function(2311, "x"),
            Some((1, "9dd4e461268c8034f5c8564e155c67a6")),
        ),
        (
            "a function refused",
            function(2624, "/etc/passwd"),
            Some((1, "42501")),
        ),
        (
            "a function unknown",
            function(4_000_000_000, "x"),
            Some((1, "42")),
        ),
        (
            "not UTF-8",
            message(b'Q', b"SELECT '\xff'\0"),
            Some((1, "42501")),
        ),
        (
            "a Query in the middle of a copy",
            [
                query("COPY products (sku, title, price, stock) FROM STDIN"),
                query(DROP),
            ]
            .concat(),
            None,
        ),
    ]
}

/// Sends, reads to the end or to that many `ReadyForQuery`; `None` in the answer is the end.
fn ask(raw: &mut Raw, bytes: &[u8], ready: usize) -> (String, bool) {
    raw.send(bytes);
    let (messages, has_ended) = raw.until_end(ready);
    (format!("{messages:?}"), has_ended)
}

#[test]
fn whatever_comes_leaves_us_in_step_with_the_server() {
    let demo = Demo::start();
    let state = "SELECT (SELECT count(*) FROM payments), (SELECT sum(stock) FROM products)";
    let before = demo.value(state);
    let mut faults = Faults::default();
    for (what, bytes, expected) in open_cases() {
        let mut raw = Raw::open(demo.address(), "alice", "shop", Some(demo.token("alice")));
        let (ready, holds) = expected.unwrap_or((usize::MAX, ""));
        let (answer, has_ended) = ask(&mut raw, &bytes, ready);
        faults.demand(has_ended == expected.is_none(), || {
            format!("{what}: {answer:.300}")
        });
        faults.demand(answer.contains(holds), || format!("{what}: {answer:.300}"));
        if !has_ended {
            let (alive, _) = ask(&mut raw, &query("ROLLBACK; SELECT 'ali' || 've'"), 1);
            faults.demand(alive.contains("alive"), || {
                format!("{what}, after: {alive:.300}")
            });
        }
        faults.demand(demo.value(state) == before, || {
            format!("{what}: something ran")
        });
    }
    faults.end();
}

/// A start-up packet of that version.
fn startup(version: u32, parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    for (name, value) in parameters {
        body.extend([name.as_bytes(), &[0], value.as_bytes(), &[0]].concat());
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&length[..], &body].concat()
}

fn packet(code: u32) -> Vec<u8> {
    [8_u32.to_be_bytes(), code.to_be_bytes()].concat()
}

const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
const WHO: [(&str, &str); 2] = [("user", "alice"), ("database", "shop")];

/// What a stranger sends first, and a word of what comes back; none: nothing but the end.
fn strangers() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let with = |more: &[(&'static str, &'static str)]| startup(196_608, &[&WHO[..], more].concat());
    vec![
        ("a length of zero", vec![0, 0, 0, 0], Some("08P01")),
        ("a length of four", vec![0, 0, 0, 4], Some("08P01")),
        ("a negative length", vec![0xff; 8], Some("08P01")),
        (
            "a huge length",
            vec![0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0],
            Some("08P01"),
        ),
        ("a Query first", query("SELECT 1"), Some("08P01")),
        ("an old protocol", startup(131_072, &WHO), Some("0A000")),
        ("a newer one", startup(262_144, &WHO), Some("0A000")),
        ("3.0", startup(196_608, &WHO), Some("SCRAM-SHA-256")),
        ("3.2", startup(196_610, &WHO), Some("SCRAM-SHA-256")),
        (
            "an unknown minor",
            startup(196_700, &WHO),
            Some("v\0\0\0\x0c\0\x03\0\x02"),
        ),
        (
            "an unknown option",
            with(&[("_pq_.secret", "1")]),
            Some("_pq_.secret"),
        ),
        (
            "a parameter twice",
            with(&[("user", "dana")]),
            Some("08P01"),
        ),
        (
            "replication",
            with(&[("replication", "database")]),
            Some("0A000"),
        ),
        (
            "no user",
            startup(196_608, &[("database", "shop")]),
            Some("28000"),
        ),
        (
            "options without a name",
            with(&[("options", "-c=")]),
            Some("42601"),
        ),
        (
            "options that are none",
            with(&[("options", "-W 9")]),
            Some("42601"),
        ),
        (
            "SSL twice",
            [packet(SSL), packet(SSL)].concat(),
            Some("08P01"),
        ),
        (
            "bytes behind SSL",
            [packet(SSL), startup(196_608, &WHO)].concat(),
            Some("08P01"),
        ),
        (
            "bytes behind GSS",
            [packet(GSS), startup(196_608, &WHO)].concat(),
            Some("08P01"),
        ),
        (
            "bytes behind the start",
            [startup(196_608, &WHO), query("SELECT 1")].concat(),
            Some("08P01"),
        ),
        (
            "a cancel with a guess",
            {
                let mut cancel = vec![0, 0, 0, 16];
                cancel.extend(80_877_102_u32.to_be_bytes());
                cancel.extend([0; 8]);
                cancel
            },
            None,
        ),
    ]
}

#[test]
fn strangers_get_no_further() {
    let demo = Demo::shared();
    let mut faults = Faults::default();
    for (what, bytes, expected) in strangers() {
        let mut stream = TcpStream::connect(demo.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&bytes).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        // A reset is an end as well.
        let _ = stream.read_to_end(&mut answer);
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let is_right = match expected {
            Some(word) => shown.contains(word),
            None => shown.is_empty(),
        };
        faults.demand(is_right, || format!("{what}: {shown:?}"));
    }
    faults.end();
}

#[test]
fn start_up_settings_are_judged_like_any_other() {
    let demo = Demo::shared();
    let mut faults = Faults::default();
    for options in [
        "-c standard_conforming_strings=off",
        "-cstandard_conforming_strings=off",
        "--standard-conforming-strings=off",
        "-c client_encoding=SJIS",
        "-c session_replication_role=replica",
        "-c role=postgres",
    ] {
        let options = options.replace(' ', "%20").replace('=', "%3D");
        let dsn = format!("{}&options={options}", demo.dsn("alice"));
        let told = support::said(&support::run(&mut support::commands(
            &dsn,
            &["SELECT 'in'"],
        )));
        faults.demand(told.contains("FATAL") && !told.contains("in\n"), || {
            format!("{options}: {told}")
        });
    }
    faults.end();
}
