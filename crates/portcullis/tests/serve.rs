//! `serve` where things are in the way: a dead target, a second instance, a bad rule, a port taken.
//!
//! Against the built program; no database is needed, since the target is dead on purpose.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says so by failing"
)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a thing that is on its way may take on a machine that does other things too.
const SOON: Duration = Duration::from_secs(30);

const CONFIG: &str = r#"
data_dir = "d"
policies = "rules"
[listen]
postgres = "127.0.0.1:PORT"
[targets.orders]
kind = "postgres"
url = "postgres://app:secret@127.0.0.1:1/orders"
groups = ["developers"]
"#;

fn portcullis(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(arguments).current_dir(folder);
    command
        .env_remove("PORTCULLIS_TOKEN")
        .env_remove("RUST_LOG");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output: Output = portcullis(folder, arguments).output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap_or(-1);
    (code, String::from_utf8_lossy(&both).into_owned())
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < limit, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A folder with a configuration, and a gateway on it.
struct Served {
    child: Child,
    folder: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("portcullis.toml"),
            CONFIG.replace("PORT", "0"),
        )
        .unwrap();
        fs::create_dir(folder.path().join("rules")).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = portcullis(folder.path(), &["serve"])
            .stderr(log)
            .stdin(Stdio::null())
            .spawn();
        let served = Self {
            child: child.unwrap(),
            folder,
        };
        until("the control socket", || {
            served.path().join("d/control.sock").exists()
        });
        served
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path().join("log")).unwrap()
    }

    fn version(&self) -> String {
        let (code, said) = run(self.path(), &["policy", "show", "--format", "json"]);
        assert_eq!(code, 0, "{said}");
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["version"].as_str().unwrap().to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_dead_target_and_a_second_instance_are_said_and_a_signal_ends_it_well() {
    let mut served = Served::start();
    let (code, said) = run(served.path(), &["serve"]);
    assert!(
        code == 1 && said.contains("another portcullis is running"),
        "{said}"
    );
    let (code, said) = run(
        served.path(),
        &["principals", "add", "alice", "--group", "developers"],
    );
    assert_eq!(code, 0, "{said}");
    let (code, said) = run(served.path(), &["catalog", "scan", "orders"]);
    assert!(code == 1 && said.contains("cannot be reached"), "{said}");
    let (code, said) = run(served.path(), &["doctor"]);
    assert!(
        code == 1 && said.contains("WRONG") && !said.contains("secret"),
        "{said}"
    );
    kill(
        Pid::from_raw(served.child.id().try_into().unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    assert_eq!(
        served.child.wait().unwrap().code(),
        Some(0),
        "{}",
        served.log()
    );
    assert!(!served.path().join("d/control.sock").exists());
    let (code, said) = run(served.path(), &["ledger", "verify"]);
    assert!(code == 0 && said.contains("the ledger is sound"), "{said}");
    assert!(!served.log().contains("secret"));
}

#[test]
fn a_bad_rule_leaves_the_old_ones_in_force_and_a_good_one_takes_their_place() {
    let served = Served::start();
    let before = served.version();
    let rule = served.path().join("rules/mine.cedar");
    fs::write(
        &rule,
        "permit (principal, action == Action::\"revel\", resource);",
    )
    .unwrap();
    until("the fault is said", || {
        served.log().contains("mine.cedar:1")
    });
    assert!(served.log().contains("the rules of before stay in force"));
    assert_eq!(served.version(), before);
    fs::write(
        &rule,
        "permit (principal in Group::\"dpo\", action == Action::\"reveal\", resource);",
    )
    .unwrap();
    until("the new rules", || served.version() != before);
}

#[test]
fn a_port_that_is_taken_is_said_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("portcullis.toml"),
        CONFIG.replace("PORT", &port),
    )
    .unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    let (code, said) = run(folder.path(), &["serve"]);
    assert!(
        code == 1 && said.contains("another program listens there"),
        "{said}"
    );
}
