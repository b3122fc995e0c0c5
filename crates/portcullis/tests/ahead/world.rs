//! A gateway before two targets of one shop, its people, and a `psql` that never reconnects.
//!
//! Why from outside: what is held is what a person at a terminal is shown. It asserts only that
//! what a test takes for granted went well.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;

use crate::support::serve::House;
use crate::support::{PATIENCE, psql, run, said};

/// What stands between people and grants, besides the built-in pack.
pub(crate) const RULES: &str = r#"
@id("cards.never")
@message("Cards are shown to nobody")
forbid (principal, action == Action::"reveal", resource) when { resource.name == "card_number" };

@id("births.privacy")
@hold("privacy")
@quorum("2")
@grant("30m")
forbid (principal, action == Action::"reveal", resource) when { resource.name == "birth_date" };

@id("hashes.one_by_one")
@hold("reviewers")
forbid (principal, action == Action::"reveal", resource) when { resource.name == "password_hash" };
"#;

pub(crate) const PEOPLE: [(&str, &[&str]); 7] = [
    ("dana", &["--group", "reviewers", "--group", "developers"]),
    ("dora", &["--group", "reviewers"]),
    ("eve", &[]),
    ("paul", &["--group", "privacy"]),
    ("petra", &["--group", "privacy"]),
    ("nightly", &["--kind", "service", "--group", "reviewers"]),
    (
        "fixer",
        &[
            "--kind",
            "agent",
            "--acts-for",
            "alice",
            "--group",
            "developers",
            "--group",
            "reviewers",
        ],
    ),
];

/// A gateway before two targets that lead to one shop.
pub(crate) struct Place {
    pub(crate) house: House,
    pub(crate) tokens: HashMap<&'static str, String>,
    // Last: the gateway goes before its target.
    server: testkit::Postgres,
}

impl Place {
    pub(crate) fn start() -> Self {
        let server = testkit::Postgres::start();
        server.psql("CREATE ROLE shop LOGIN");
        server.psql("CREATE DATABASE shop OWNER shop");
        let url = server.url_of("shop", None, "shop");
        let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/shop.sql");
        let filled = run(psql(&url).args(["-q", "-v", "ON_ERROR_STOP=1", "-f", shop]));
        assert!(filled.status.success(), "{}", said(&filled));
        let second = format!(
            "[targets.annex]\nkind = \"postgres\"\nurl = \"{url}?sslmode=disable\"\n\
             environment = \"staging\"\ngroups = [\"developers\"]\n[listen]\nhttp = \"127.0.0.1:0\""
        );
        let mut house = House::new(&url, &second);
        let text = std::fs::read_to_string(house.file()).unwrap();
        std::fs::write(house.file(), format!("policies = \"rules.cedar\"\n{text}")).unwrap();
        std::fs::write(house.dir.path().join("rules.cedar"), RULES).unwrap();
        let mut tokens = HashMap::from([("alice", house.token().to_owned())]);
        for (name, args) in PEOPLE {
            let kind: &[&str] = if args.contains(&"--kind") {
                &[]
            } else {
                &["--kind", "person"]
            };
            house.add(name, &[kind, args].concat());
            tokens.insert(name, house.issue(name, "1h"));
        }
        house.start();
        house.settle();
        Self {
            house,
            tokens,
            server,
        }
    }

    /// The one of this file.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Place>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = shared.upgrade() {
            return place;
        }
        let place = Arc::new(Self::start());
        *shared = Arc::downgrade(&place);
        place
    }

    pub(crate) fn verb(&self, name: &str, args: &[&str]) -> Output {
        run(self
            .house
            .verb(args)
            .env("PORTCULLIS_TOKEN", &self.tokens[name]))
    }

    pub(crate) fn dsn(&self, name: &str, target: &str) -> String {
        let dsn = self.house.dsn_with(name, &self.tokens[name]);
        dsn.replace("/shop?", &format!("/{target}?"))
    }

    /// Asks, which must be allowed; the review's code.
    pub(crate) fn ask(&self, name: &str, args: &[&str]) -> String {
        let reason = ["--reason", "ticket 7", "--format", "json"];
        let output = self.verb(name, &[&["request"], args, &reason].concat());
        assert!(
            output.status.success(),
            "{name} {args:?}: {}",
            said(&output)
        );
        let review: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(review["state"], "open", "{review}");
        review["code"].as_str().unwrap().to_owned()
    }

    /// Asks, and has it given by dana.
    pub(crate) fn given(&self, name: &str, args: &[&str]) -> String {
        let code = self.ask(name, args);
        self.approve("dana", &code);
        code
    }

    pub(crate) fn approve(&self, name: &str, code: &str) {
        let answer = self.verb(name, &["reviews", "approve", code]);
        assert!(answer.status.success(), "{name}: {}", said(&answer));
    }

    /// The value itself, past the gateway.
    pub(crate) fn real(&self, column: &str) -> String {
        self.server.psql_in("shop", &["-c", &one(column)])
    }
}

pub(crate) fn one(column: &str) -> String {
    format!("SELECT {column} FROM customers WHERE id = 17")
}

/// A `psql` that stays connected, and what it says.
pub(crate) struct Terminal {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Terminal {
    pub(crate) fn open(dsn: &str) -> Self {
        let mut command = psql(dsn);
        command.args(["-Atq", "-v", "VERBOSITY=verbose"]);
        let mut child = joined(&mut command).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            input,
            lines,
        }
    }

    /// Sends a statement without waiting.
    pub(crate) fn send(&mut self, sql: &str) {
        writeln!(self.input, "{sql};\n\\echo --done").unwrap();
        self.input.flush().unwrap();
    }

    /// What is said up to the end of the last statement sent; or of the connection.
    pub(crate) fn told(&mut self) -> String {
        let mut told = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == "--done" => break,
                Ok(line) => told.push(line),
                Err(_) => break,
            }
        }
        told.join("\n")
    }

    pub(crate) fn ask(&mut self, sql: &str) -> String {
        self.send(sql);
        self.told()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both streams as one, as in a terminal.
pub(crate) fn joined(command: &mut Command) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg("exec \"$@\" 2>&1").arg("sh");
    shell.arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::piped()).stdout(Stdio::piped());
    shell
}

/// A call to the HTTP listener: its status and its answer.
pub(crate) fn call(place: &Place, line: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
    let log = place.house.log();
    let address = log
        .split("http=Some(")
        .nth(1)
        .unwrap()
        .split(')')
        .next()
        .unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let (bearer, body) = (bearer.unwrap_or_default(), body.to_string());
    let length = body.len();
    let asked = format!(
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    let body = answer.split("\r\n\r\n").nth(1).unwrap();
    (
        answer[9..12].parse().unwrap(),
        serde_json::from_str(body).unwrap(),
    )
}
