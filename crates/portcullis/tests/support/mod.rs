//! A whole Portcullis for a test: the built binary before a real PostgreSQL, from outside.
//!
//! Why from outside: these tests hold what a newcomer is promised, so they know only what one
//! knows: the ready line, tokens, `psql`, the verbs. Every process ends with its value, and with
//! ours by a watcher if we die. It asserts nothing about Portcullis by itself.
#![allow(dead_code, reason = "every test file uses its own part")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what fails here ends the test"
)]

pub(crate) mod attempt;
pub(crate) mod cases;
pub(crate) mod drivers;
pub(crate) mod home;
pub(crate) mod idp;
pub(crate) mod issuer;
pub(crate) mod leave;
pub(crate) mod raw;
pub(crate) mod serve;
pub(crate) mod strict;
pub(crate) mod talk;
pub(crate) mod tasks;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use testkit::Postgres;

/// How long anything may take before the test is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The binary under test.
pub(crate) const PORTCULLIS: &str = env!("CARGO_BIN_EXE_portcullis");

/// A program of ours that serves, and dies with the value.
pub(crate) struct Served {
    child: Child,
    watcher: Child,
    log: PathBuf,
}

impl Served {
    /// Starts it; its words go to `log`, its first line of output comes back where it prints one.
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Self {
        let file = fs::File::create(&log).unwrap();
        let mut child = command
            .stdin(Stdio::null())
            .stderr(file)
            .process_group(0)
            .spawn()
            .unwrap();
        let script = format!("read _; kill -TERM {} 2>/dev/null", child.id());
        let mut watcher = Command::new("sh");
        watcher
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .process_group(0);
        let watcher = watcher.spawn().inspect_err(|_| drop(child.kill())).unwrap();
        Self {
            child,
            watcher,
            log,
        }
    }

    /// The first line it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let out = self.child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "it ended: {}", self.log());
        line
    }

    /// What it has said on standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for its end; whether it went well.
    pub(crate) fn is_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills it as a crash would.
    pub(crate) fn crash(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = kill(
            Pid::from_raw(i32::try_from(self.child.id()).unwrap()),
            Signal::SIGTERM,
        );
        let limit = Instant::now() + Duration::from_secs(10);
        while Instant::now() < limit && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The demo before a shop whose superuser is ours.
pub(crate) struct Demo {
    // In this order: the gateway goes before its target.
    served: Served,
    pub(crate) ready: Value,
    pub(crate) server: Postgres,
    pub(crate) dir: tempfile::TempDir,
}

/// The target itself, as the role the gateway uses.
const SHOP: &str = "shop";

impl Demo {
    /// The one of this test file: started by the first who asks, ended with the last.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(demo) = shared.upgrade() {
            return demo;
        }
        let demo = Arc::new(Self::start());
        *shared = Arc::downgrade(&demo);
        demo
    }

    /// One of its own.
    pub(crate) fn start() -> Self {
        Self::before(Postgres::start())
    }

    /// One before that server.
    pub(crate) fn before(server: Postgres) -> Self {
        server.psql("CREATE ROLE shop LOGIN");
        server.psql("CREATE DATABASE shop OWNER shop");
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(PORTCULLIS);
        let url = server.url_of(SHOP, None, SHOP) + "?sslmode=disable";
        command.args([
            "demo",
            "--format",
            "json",
            "--postgres-port",
            "0",
            "--http-port",
            "0",
        ]);
        command
            .args(["--fill", "--target", &url])
            .arg("--data-dir")
            .arg(dir.path().join("data"));
        let mut served = Served::start(piped(&mut command), dir.path().join("log"));
        let ready = serde_json::from_str(&served.line()).unwrap();
        Self {
            served,
            ready,
            server,
            dir,
        }
    }

    /// Ends it; what it kept stays with the value.
    pub(crate) fn stop(self) -> tempfile::TempDir {
        drop(self.served);
        self.dir
    }

    /// `host:port` of the gateway.
    pub(crate) fn address(&self) -> &str {
        self.ready["postgres"].as_str().unwrap()
    }

    /// What the gateway has said.
    pub(crate) fn log(&self) -> String {
        self.served.log()
    }

    /// The data directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn principal(&self, name: &str) -> &Value {
        let mut all = self.ready["principals"].as_array().unwrap().iter();
        all.find(|principal| principal["name"] == name).unwrap()
    }

    /// How `name` signs in.
    pub(crate) fn dsn(&self, name: &str) -> &str {
        self.principal(name)["dsn"].as_str().unwrap()
    }

    /// The token of `name`.
    pub(crate) fn token(&self, name: &str) -> &str {
        self.principal(name)["token"].as_str().unwrap()
    }

    /// How to reach the target past the gateway, as the role the gateway uses.
    pub(crate) fn direct(&self) -> String {
        self.server.url_of(SHOP, None, SHOP)
    }

    /// `psql` as `name`.
    pub(crate) fn psql_as(&self, name: &str, args: &[&str]) -> Output {
        run(psql(self.dsn(name)).args(args))
    }

    /// `psql -c` as `name`, every statement a message of its own: all it said, both streams.
    pub(crate) fn said_to(&self, name: &str, statements: &[&str]) -> String {
        said(&run(&mut commands(self.dsn(name), statements)))
    }

    /// The same past the gateway.
    pub(crate) fn said_directly(&self, statements: &[&str]) -> String {
        said(&run(&mut commands(&self.direct(), statements)))
    }

    /// One value, straight from the target.
    pub(crate) fn value(&self, sql: &str) -> String {
        self.server.psql_in(SHOP, &["-c", sql])
    }

    /// A verb of ours at this data directory.
    pub(crate) fn verb(&self, args: &[&str]) -> Command {
        verb(&self.data_dir(), args)
    }

    /// A verb with the token of `name`.
    pub(crate) fn verb_as(&self, name: &str, args: &[&str]) -> Output {
        run(self.verb(args).env("PORTCULLIS_TOKEN", self.token(name)))
    }
}

/// A verb of ours at a data directory.
pub(crate) fn verb(data_dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(PORTCULLIS);
    command
        .args(args)
        .arg("--data-dir")
        .arg(data_dir)
        .env_remove("PORTCULLIS_TOKEN");
    command
}

/// `psql` that reads no file of the person who runs the tests.
pub(crate) fn psql(dsn: &str) -> Command {
    let mut command = Command::new("psql");
    command
        .args(["-X", "-d", dsn])
        .env("PGCONNECT_TIMEOUT", "20");
    command
}

/// `psql` with statements, a message each.
pub(crate) fn commands(dsn: &str, statements: &[&str]) -> Command {
    let mut command = psql(dsn);
    command.arg("-At");
    for statement in statements {
        command.args(["-c", statement]);
    }
    command
}

/// A piped standard output.
pub(crate) fn piped(command: &mut Command) -> Command {
    let mut taken = Command::new(command.get_program());
    taken.args(command.get_args()).stdout(Stdio::piped());
    taken
}

/// Runs it to its end, or fails past our patience.
pub(crate) fn run(command: &mut Command) -> Output {
    let shown = format!("{command:?}");
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    wait(child.spawn().unwrap(), &shown)
}

/// Runs it with `input` on standard input.
pub(crate) fn run_with(command: &mut Command, input: &str) -> Output {
    let shown = format!("{command:?}");
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    // It may have ended before the last of it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    wait(child, &shown)
}

/// Waits for it; past our patience it is killed and the test fails.
pub(crate) fn wait(child: Child, shown: &str) -> Output {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let (done, over) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        let is_late = over.recv_timeout(PATIENCE).is_err();
        is_late.then(|| kill(pid, Signal::SIGKILL))
    });
    let output = child.wait_with_output().unwrap();
    let _ = done.send(());
    assert!(
        guard.join().unwrap().is_none(),
        "no end of {shown}\n{}",
        said(&output)
    );
    output
}

/// Both streams as one text.
pub(crate) fn said(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

/// Waits until `found` has something.
pub(crate) fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let limit = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < limit, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What went wrong in a table, all of it at once.
#[derive(Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    /// Notes one.
    pub(crate) fn note(&mut self, fault: impl Into<String>) {
        self.0.push(fault.into());
    }

    /// Notes one where `holds` does not.
    pub(crate) fn demand(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.note(fault());
        }
    }

    /// Fails with all of them.
    pub(crate) fn end(self) {
        assert!(
            self.0.is_empty(),
            "{} faults:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}
