//! The core between real programs: `psql` and `pgbench` on one side, a real PostgreSQL on the
//! other, a driver of two threads and a channel per session between them.
//!
//! What it shows that a transcript cannot: that what we expect of a server is what one does.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops where its world is not as it should be"
)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use mask::{Keys, PartPlan, Plan, PlannedColumn, Treatment};
use model::{Refusal, RefusalKind, Statement};
use wire::{Challenge, Credential, Input, Output, Payload, Side, TargetLogin, TargetTls, Wire};
use wire_postgres::{Config, Postgres};

/// Serves sessions to the server on `target` until the test ends; gives its own port.
fn serve(target: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            std::thread::spawn(move || Session::new(client, target).run());
        }
    });
    port
}

type Fed = (Side, Option<Vec<u8>>);

struct Session {
    client: TcpStream,
    port: u16,
    sender: Sender<Fed>,
    target: Option<TcpStream>,
    waiting: std::sync::mpsc::Receiver<Fed>,
    wire: Postgres,
}

impl Session {
    fn new(client: TcpStream, port: u16) -> Self {
        let (sender, waiting) = channel();
        pump(client.try_clone().unwrap(), Side::Client, sender.clone());
        let config = Config {
            allows_clear_text: true,
            ..Config::default()
        };
        Self {
            client,
            port,
            sender,
            target: None,
            waiting,
            wire: Postgres::new(config),
        }
    }

    fn run(mut self) {
        while let Ok((side, bytes)) = self.waiting.recv() {
            let goes_on = match (&bytes, side) {
                (None, side) => self.feed(Input::Closed(side), &[]),
                (Some(bytes), Side::Client) => self.feed(Input::FromClient(bytes), bytes),
                (Some(bytes), Side::Target) => self.feed(Input::FromTarget(bytes), bytes),
            };
            if !goes_on {
                break;
            }
        }
        self.client.shutdown(Shutdown::Both).ok();
        if let Some(target) = &self.target {
            target.shutdown(Shutdown::Both).ok();
        }
    }

    /// Feeds one input and does what it asks for; `false` at the end.
    fn feed(&mut self, input: Input<'_>, piece: &[u8]) -> bool {
        let mut goes_on = match self.wire.handle(input) {
            Ok(()) => true,
            Err(fault) => {
                eprintln!("{fault}");
                false
            }
        };
        let mut answers = Vec::new();
        while let Some(output) = self.wire.poll() {
            match output {
                Output::ToClient(shown) => {
                    self.client.write_all(&bytes(shown.payload, piece)).ok();
                }
                Output::ToTarget(_, payload) => {
                    let target = self.target.as_mut().unwrap();
                    target.write_all(&bytes(payload, piece)).ok();
                }
                Output::Present(Credential::Name { .. }) => {
                    answers.push(Input::Challenge(Challenge::ClearText));
                }
                Output::Present(_) => answers.push(Input::Identified(None)),
                Output::Open => {
                    let target = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
                    pump(
                        target.try_clone().unwrap(),
                        Side::Target,
                        self.sender.clone(),
                    );
                    self.target = Some(target);
                    answers.push(Input::Opened(Box::new(login())));
                }
                Output::Submit(statement) => answers.push(decide(&statement)),
                Output::End => goes_on = false,
                _ => {}
            }
        }
        for answer in answers {
            goes_on &= self.feed(answer, &[]);
        }
        goes_on
    }
}

fn pump(mut stream: TcpStream, side: Side, sender: Sender<Fed>) {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 16_384];
        loop {
            let read = stream.read(&mut buffer).unwrap_or(0);
            let fed = (read > 0).then(|| buffer[..read].to_vec());
            if sender.send((side, fed)).is_err() || read == 0 {
                return;
            }
        }
    });
}

fn bytes(payload: Payload, piece: &[u8]) -> Vec<u8> {
    match payload {
        Payload::Made(bytes) => bytes,
        Payload::Pass(range) => piece[range].to_vec(),
    }
}

/// Texts say themselves what becomes of them.
fn decide(statement: &Statement) -> Input<'static> {
    let text = String::from_utf8_lossy(&statement.text);
    let keys = Arc::new(Keys::from_root(&[1; 32]));
    if text.contains("refuse_me") {
        return Input::Refuse(statement.id, Refusal::new(RefusalKind::Denied, "no"));
    }
    if !text.contains("mask_me") {
        return Input::Admit(statement.id, Plan::clean(keys));
    }
    let blank = PlannedColumn {
        origin: None,
        treatment: Treatment::Blank,
        type_oid: Some(25),
    };
    let pass = PlannedColumn {
        origin: None,
        treatment: Treatment::Pass,
        type_oid: Some(23),
    };
    let columns = Some(vec![blank, pass]);
    let part = PartPlan {
        columns,
        copy: None,
        scrubs_messages: true,
        shown: Vec::new(),
    };
    Input::Admit(statement.id, Plan::new(keys, vec![part]))
}

fn login() -> TargetLogin {
    TargetLogin {
        client_key: [1; 32],
        nonce: vec![9; 18],
        parameters: Vec::new(),
        database: "postgres".into(),
        password: None,
        tls: TargetTls::Disable,
        user: "postgres".into(),
    }
}

fn psql(port: u16, lines: &str) -> String {
    let mut psql = Command::new("psql");
    psql.args(["-X", "-A", "-t", "-v", "VERBOSITY=terse", "-f", "-", "-d"]);
    psql.arg(format!(
        "host=127.0.0.1 port={port} user=alice dbname=shop sslmode=disable"
    ));
    psql.env("PGPASSWORD", "token")
        .stdin(std::process::Stdio::piped());
    psql.stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut running = psql.spawn().unwrap();
    running
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let output = running.wait_with_output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    String::from_utf8(both).unwrap()
}

#[test]
fn psql_and_pgbench_do_their_ordinary_business() {
    let server = testkit::Postgres::start();
    let port = serve(server.port());
    let table: &[(&str, &str)] = &[
        ("SELECT 1;", "1\n"),
        ("SELECT 'secret'::text AS mask_me, 7;", "****|7\n"),
        ("SELECT 'a', 2 AS mask_me, 'more';", "withheld"),
        (
            "SELECT 'x'::text::int AS mask_me;",
            "about a masked column (22P02)",
        ),
        (
            "CREATE TABLE t(a int); BEGIN; INSERT INTO t VALUES (1); SELECT refuse_me; COMMIT; \
             SELECT count(*) FROM t;",
            "0\n",
        ),
        (
            "\\copy t from program 'seq 1 50000'\nSELECT count(*), sum(a) FROM t;",
            "50000|1250025000\n",
        ),
        (
            "\\copy t from program 'echo x'\nSELECT count(*) FROM t;",
            "50000\n",
        ),
        (
            "\\copy (SELECT a FROM t ORDER BY a LIMIT 3) to stdout",
            "1\n2\n3\n",
        ),
        (
            "SELECT repeat('x', 100000) FROM generate_series(1, 50) \\g /dev/null\nSELECT 5;",
            "5\n",
        ),
        ("SELECT $1::int + $2 \\bind 3 4 \\g\n", "7\n"),
        (
            "\\set FETCH_COUNT 2\nSELECT a FROM t WHERE a < 6 ORDER BY a;",
            "1\n2\n3\n4\n5\n",
        ),
        ("\\d t", "a|integer|"),
        ("DROP TABLE t;", "DROP TABLE"),
    ];
    for (lines, expected) in table {
        let said = psql(port, lines);
        let is_bind = lines.contains("\\bind") && said.contains("invalid command");
        assert!(said.contains(expected) || is_bind, "{lines}\n{said}");
    }
    for protocol in ["simple", "extended", "prepared"] {
        let bench = |arguments: &[&str]| {
            let output = Command::new("pgbench")
                .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "alice"])
                .args(arguments)
                .arg("shop")
                .env("PGPASSWORD", "token")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{protocol}: {said}");
        };
        bench(&["-i", "-q"]);
        bench(&["-c", "3", "-t", "40", "-M", protocol]);
    }
}
