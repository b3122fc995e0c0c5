//! `portcullis serve` with a configuration of the test's own.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;

use super::{PORTCULLIS, Served, run, said, until};

/// An installation: a configuration, a data directory, and at times a running gateway.
pub(crate) struct House {
    served: Option<Served>,
    pub(crate) dir: tempfile::TempDir,
    token: String,
}

impl House {
    /// With this configuration and nobody in it.
    pub(crate) fn written(configuration: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let text = format!("data_dir = \"{}\"\n{configuration}", data.display());
        std::fs::write(dir.path().join("portcullis.toml"), text).unwrap();
        Self {
            served: None,
            dir,
            token: String::new(),
        }
    }

    /// With one target `shop` outside production, `alice` to reach it, and more lines.
    pub(crate) fn new(target: &str, more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let mut text = String::new();
        write!(
            text,
            "data_dir = \"{}\"\n[[listeners]]\naddress = \"127.0.0.1:0\"\n\
             allow_unencrypted = true\n[targets.shop]\nkind = \"postgres\"\n\
             url = \"{target}?sslmode=disable\"\nenvironment = \"staging\"\n\
             groups = [\"developers\"]\n{more}\n",
            data.display()
        )
        .unwrap();
        std::fs::write(dir.path().join("portcullis.toml"), text).unwrap();
        let mut house = Self {
            served: None,
            dir,
            token: String::new(),
        };
        house.add("alice", &["--kind", "person", "--group", "developers"]);
        house.token = house.issue("alice", "1h");
        house
    }

    /// Before a shop, where alice sees real values.
    pub(crate) fn revealing(server: &testkit::Postgres) -> Self {
        server.psql("CREATE ROLE shop LOGIN");
        server.psql("CREATE DATABASE shop OWNER shop");
        let url = server.url_of("shop", None, "shop");
        let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/shop.sql");
        let filled = run(super::psql(&url).args(["-q", "-v", "ON_ERROR_STOP=1", "-f", shop]));
        assert!(filled.status.success(), "{}", said(&filled));
        let house = Self::new(&url, "");
        let rule = "permit (principal, action == Action::\"reveal\", resource);";
        std::fs::write(house.dir.path().join("reveal.cedar"), rule).unwrap();
        let text = std::fs::read_to_string(house.file()).unwrap();
        std::fs::write(house.file(), format!("policies = \"reveal.cedar\"\n{text}")).unwrap();
        house
    }

    /// The token of alice.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Adds a principal.
    pub(crate) fn add(&self, name: &str, args: &[&str]) {
        let added = run(self.verb(&["principals", "add", name]).args(args));
        assert!(added.status.success(), "{}", said(&added));
    }

    /// A token of that principal.
    pub(crate) fn issue(&self, name: &str, ttl: &str) -> String {
        let issued = run(&mut self.verb(&["tokens", "issue", name, "--ttl", ttl]));
        assert!(issued.status.success(), "{}", said(&issued));
        String::from_utf8(issued.stdout).unwrap().trim().to_owned()
    }

    /// The configuration.
    pub(crate) fn file(&self) -> PathBuf {
        self.dir.path().join("portcullis.toml")
    }

    /// A verb here.
    pub(crate) fn verb(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PORTCULLIS);
        command
            .args(args)
            .arg("--config")
            .arg(self.file())
            .env_remove("PORTCULLIS_TOKEN");
        command
    }

    /// Starts the gateway and waits until it listens.
    pub(crate) fn start(&mut self) {
        let log = self.dir.path().join("log");
        self.served = Some(Served::start(self.verb(&["serve"]), log));
        until("a listener", || {
            let served = self.served.as_mut().unwrap();
            assert!(!served.is_ended(), "it ended: {}", served.log());
            served.log().contains("the gateway is up").then_some(())
        });
    }

    /// Waits until its target answers through it.
    pub(crate) fn settle(&self) {
        until("the target's catalog", || {
            let asked = run(&mut super::commands(
                &self.dsn("alice"),
                &["SELECT 'settled'"],
            ));
            said(&asked).contains("settled").then_some(())
        });
    }

    /// Kills it.
    pub(crate) fn crash(&mut self) {
        self.served.take().unwrap().crash();
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        self.served.as_ref().map(Served::log).unwrap_or_default()
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        self.address_of(0)
    }

    /// `host:port` of that listener.
    pub(crate) fn address_of(&self, listener: usize) -> String {
        let log = self.log();
        let mut listening = log.split("listening address=").skip(1);
        let rest = listening.nth(listener).expect("it listens");
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// `host:port` of its HTTP doors.
    pub(crate) fn http(&self) -> String {
        let log = self.log();
        let (_, rest) = log.split_once("http=Some(").expect("it has HTTP doors");
        rest.split(')').next().unwrap().to_owned()
    }

    /// How `name` signs in with the token we hold of alice.
    pub(crate) fn dsn(&self, name: &str) -> String {
        self.dsn_with(name, &self.token)
    }

    /// The same with another token.
    pub(crate) fn dsn_with(&self, name: &str, token: &str) -> String {
        format!(
            "postgres://{name}:{token}@{}/shop?sslmode=disable",
            self.address()
        )
    }

    /// Every entry of the ledger.
    pub(crate) fn entries(&self) -> Vec<Value> {
        let tail = ["ledger", "tail", "-n", "10000000", "--format", "json"];
        let output = run(&mut self.verb(&tail));
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A house outside production where alice sees real values, before a shop of its own.
pub(crate) struct Open {
    // In this order: the gateway goes before its target.
    pub(crate) house: House,
    pub(crate) server: testkit::Postgres,
}

impl Open {
    /// The one of this test file: started by the first who asks, ended with the last.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Open>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = shared.upgrade() {
            return open;
        }
        let server = testkit::Postgres::start();
        let mut house = House::revealing(&server);
        house.start();
        house.settle();
        let open = Arc::new(Self { house, server });
        *shared = Arc::downgrade(&open);
        open
    }
}
