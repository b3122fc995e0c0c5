//! A person at a machine: verbs with their token, `psql` with what they were given.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testkit::Postgres;

use super::serve::House;
use super::{run, said};

/// A gateway before a shop, and a configuration folder of alice's own.
pub(crate) struct Home {
    // In this order: the gateway goes before its target.
    pub(crate) house: House,
    pub(crate) server: Postgres,
}

impl Home {
    pub(crate) fn new(more: &str) -> Self {
        let server = Postgres::start();
        server.psql("CREATE DATABASE shop");
        let url = server.url_of("postgres", None, "shop");
        let mut house = House::new(&url, more);
        house.start();
        house.settle();
        Self { house, server }
    }

    /// A verb of the person at this machine, with that token.
    pub(crate) fn verb(&self, token: &str, args: &[&str]) -> Command {
        let mut verb = self.house.verb(args);
        verb.env("PORTCULLIS_TOKEN", token)
            .env("XDG_CONFIG_HOME", self.house.dir.path().join("home"));
        verb
    }

    pub(crate) fn port(&self) -> String {
        self.house.address().rsplit_once(':').unwrap().1.to_owned()
    }

    /// `psql` with that certificate and no password.
    pub(crate) fn come(&self, user: &str, folder: &Path) -> String {
        let dsn = format!(
            "host=127.0.0.1 port={} user={user} dbname=shop sslmode=require sslcert={} sslkey={}",
            self.port(),
            folder.join("client.crt").display(),
            folder.join("client.key").display()
        );
        said(&run(bare().args([
            "-XAtw",
            &dsn,
            "-c",
            "SELECT 'came in as ' || current_user",
        ])))
    }

    /// A certificate for a token of that principal's, in a folder of its own.
    pub(crate) fn certificate(&self, name: &str, ttl: &str) -> (PathBuf, String) {
        let token = self.house.issue(name, ttl);
        let folder = tempfile::Builder::new().tempdir_in(self.house.dir.path());
        let folder = folder.unwrap().keep();
        let made = run(&mut self.verb(&token, &["certificate", "--dir", folder.to_str().unwrap()]));
        assert!(made.status.success(), "{}", said(&made));
        (folder, token)
    }

    /// Why sign-ins failed, as the ledger has it, newest last.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let entries = self
            .house
            .entries()
            .into_iter()
            .map(|entry| entry.to_string());
        let failed = entries.filter(|entry| entry.contains("auth.failure"));
        let word = |entry: String| {
            let (_, rest) = entry.split_once("\"certificate_")?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        failed.filter_map(word).collect()
    }
}

/// `psql` that knows nothing of this machine's person.
pub(crate) fn bare() -> Command {
    let mut psql = Command::new("psql");
    psql.env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .stdin(Stdio::null());
    psql
}
