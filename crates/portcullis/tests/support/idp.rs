//! A real identity provider (npm's oidc-provider), and a person at a real browser.

use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::drivers::{Language, command, script};
use super::{Served, piped};

/// A provider with people in it.
pub(crate) struct Idp {
    served: Served,
    dir: tempfile::TempDir,
    pub(crate) issuer: String,
}

impl Idp {
    /// One with nobody in it; nothing where the package is missing.
    pub(crate) fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let people = dir.path().join("people.json");
        std::fs::write(&people, "{}").unwrap();
        let modules = std::env::var_os("PORTCULLIS_TEST_NODE_MODULES");
        let mut node = command(Language::Node, "idp.mjs")?;
        let mut node = piped(node.arg(&people));
        node.env("PORTCULLIS_TEST_NODE_MODULES", modules.unwrap());
        let mut served = Served::start(node, dir.path().join("log"));
        let ready: Value = serde_json::from_str(&served.line()).unwrap();
        let issuer = ready["issuer"].as_str().unwrap().to_owned();
        Some(Self {
            served,
            dir,
            issuer,
        })
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        self.served.log()
    }

    /// Who is who there: an account, its address and its groups.
    pub(crate) fn people(&self, people: &[(&str, &[&str])]) {
        let entry = |(account, groups): &(&str, &[&str])| {
            let email = format!("{account}@example.com");
            let person = json!({ "email": email, "email_verified": true, "groups": groups });
            ((*account).to_owned(), person)
        };
        let people: serde_json::Map<String, Value> = people.iter().map(entry).collect();
        let text = serde_json::to_string(&people).unwrap();
        std::fs::write(self.dir.path().join("people.json"), text).unwrap();
    }
}

/// A person opens an address, signs in as `account` and says yes.
pub(crate) fn browse(url: &str, account: &str) -> Output {
    script(Language::Node, "browser.mjs", &[url, account]).expect("the browser's packages")
}

/// A program whose questions are read while it runs.
pub(crate) fn asking(command: &mut std::process::Command) -> std::process::Child {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).spawn().unwrap()
}
