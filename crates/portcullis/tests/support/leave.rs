//! A gateway from which people leave: what their sessions are in the middle of, a directory that
//! says so, and a provider that signals it.

use std::process::{Child, Stdio};

use serde_json::{Value, json};
use testkit::Postgres;

use super::issuer::{Answer, Issuer, ask, form, now};
use super::serve::House;
use super::{commands, psql, run, until};

/// What a session is in the middle of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing {
    /// A statement waits for a reviewer.
    Held,
    /// Nothing.
    Idle,
    /// A result that the client has stopped reading.
    Result,
    /// A statement the target takes long for.
    Running,
}

impl Doing {
    pub(crate) fn statement(self) -> &'static str {
        match self {
            Self::Held => "DELETE FROM kept",
            Self::Idle => "SELECT 'idle'",
            Self::Result => {
                "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) TO STDOUT"
            }
            Self::Running => "SELECT pg_sleep(600)",
        }
    }
}

/// A gateway before a target with rules of its own.
pub(crate) struct World {
    // In this order: the gateway goes before its target.
    pub(crate) house: House,
    pub(crate) server: Postgres,
}

impl World {
    pub(crate) fn new(more: &str) -> Self {
        let server = Postgres::start();
        server.psql("CREATE DATABASE shop");
        server.psql_in("shop", &["-c", "CREATE TABLE kept AS SELECT 1 AS id"]);
        let url = server.url_of("postgres", None, "shop");
        let mut house = House::new(&url, more);
        let rule = "@id(\"test.hold\") @hold(\"reviewers\")\n\
                    forbid (principal, action == Action::\"delete\", resource);";
        std::fs::write(house.dir.path().join("hold.cedar"), rule).unwrap();
        let text = std::fs::read_to_string(house.file()).unwrap();
        std::fs::write(house.file(), format!("policies = \"hold.cedar\"\n{text}")).unwrap();
        house.start();
        house.settle();
        Self { house, server }
    }

    /// A person with a token: its id, and how she signs in.
    pub(crate) fn person(&self, name: &str) -> (String, String) {
        self.house
            .add(name, &["--kind", "person", "--group", "developers"]);
        let issue = ["tokens", "issue", name, "--ttl", "1h", "--format", "json"];
        let issued = run(&mut self.house.verb(&issue));
        let issued: Value = serde_json::from_slice(&issued.stdout).unwrap();
        let token = issued["token"].as_str().unwrap();
        (
            issued["id"].as_str().unwrap().to_owned(),
            self.house.dsn_with(name, token),
        )
    }

    /// `psql` of that name, in the middle of what it does.
    pub(crate) fn begin(&self, name: &str, dsn: &str, doing: Doing) -> Child {
        let mut psql = match doing {
            Doing::Idle => psql(dsn),
            _ => commands(dsn, &[doing.statement()]),
        };
        psql.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = psql.spawn().unwrap();
        until(name, || {
            let is_under_way = match doing {
                Doing::Held => self.told(name, "review.requested").is_some(),
                Doing::Idle => self.told(name, "session.open").is_some(),
                Doing::Result | Doing::Running => self.told(name, "statement.decision").is_some(),
            };
            is_under_way.then_some(())
        });
        child
    }

    /// The first entry of that kind about that principal.
    pub(crate) fn told(&self, name: &str, kind: &str) -> Option<Value> {
        let mut entries = self.house.entries().into_iter();
        entries.find(|entry| {
            entry["type"] == kind && entry.to_string().contains(&format!("\"{name}\""))
        })
    }

    /// How many statements of a kind the target still runs.
    pub(crate) fn running(&self, like: &str) -> String {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '{like}%'"
        );
        self.server.psql_in("shop", &["-c", &sql])
    }
}

/// When that was written, microseconds.
pub(crate) fn moment(entry: &Value) -> i64 {
    let moment = serde_json::from_value::<model::Timestamp>(entry["time"].clone());
    moment.unwrap_or_else(|fault| panic!("{fault}: {entry}")).0
}

/// What the directory shows.
pub(crate) const SCIM: &str = "a token of the directory's own, for this test";

/// A gateway that listens to an issuer, its directory and its signals; nothing where the packages
/// are missing.
pub(crate) fn listening() -> Option<(World, Issuer)> {
    let issuer = Issuer::start()?;
    let more = format!(
        "[listen]\nhttp = \"127.0.0.1:0\"\n\
         [identity.oidc.okta]\nissuer = \"{0}\"\nclient_id = \"portcullis\"\n\
         [identity.scim.okta]\nprovider = \"okta\"\ntokens = [\"{SCIM}\"]\n\
         [identity.scim.other]\ntokens = [\"{SCIM}\"]\n\
         [identity.signals.okta]\nprovider = \"okta\"\nissuer = \"{0}\"\n\
         audiences = [\"https://gw/signals/okta\"]\n",
        issuer.issuer
    );
    Some((World::new(&more), issuer))
}

impl World {
    /// Exchanges an ID token of that subject, and gives how to sign in with what it is worth.
    pub(crate) fn sign_in(&self, issuer: &Issuer, more: &Value) -> (String, String) {
        let shown = issuer.mint("own", &json!({}), &issuer.claims(more));
        let form = form(&[
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:id_token",
            ),
            ("subject_token", &shown),
        ]);
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        let answer = ask(&self.house.http(), ("POST", "/oauth/token"), &kind, &form);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let given = answer.json();
        let name = given["principal"].as_str().unwrap().to_owned();
        let user = name.replace('@', "%40");
        let dsn = self
            .house
            .dsn_with(&user, given["access_token"].as_str().unwrap());
        (name, dsn)
    }

    pub(crate) fn scim(&self, asked: (&str, &str), body: &Value) -> Value {
        let bearer = format!("Bearer {SCIM}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/scim+json"),
        ];
        let path = format!("/scim/okta/v2{}", asked.1);
        let answer = ask(
            &self.house.http(),
            (asked.0, &path),
            &headers,
            &body.to_string(),
        );
        assert!(answer.status < 300, "{asked:?} {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or(Value::Null)
    }

    /// Pushes an event about a subject: the answer.
    pub(crate) fn signal(
        &self,
        issuer: &Issuer,
        event: &str,
        (header, more): (&Value, &Value),
    ) -> Answer {
        let mut claims = json!({
            "aud": "https://gw/signals/okta", "exp": null, "sub": null,
            "sub_id": { "format": "iss_sub", "iss": issuer.issuer, "sub": "00u1" },
            "events": { event: { "event_timestamp": now() } },
        });
        claims
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let key = header["key"].as_str().unwrap_or("own");
        let mut head = json!({ "typ": "secevent+jwt" });
        head.as_object_mut()
            .unwrap()
            .extend(header.as_object().unwrap().clone());
        head.as_object_mut().unwrap().remove("key");
        let set = issuer.mint(key, &head, &issuer.claims(&claims));
        self.push(&set)
    }

    pub(crate) fn push(&self, set: &str) -> Answer {
        let kind = [("Content-Type", "application/secevent+jwt")];
        ask(&self.house.http(), ("POST", "/signals/okta"), &kind, set)
    }

    /// Waits until a session ends, and demands that it was soon after that act.
    pub(crate) fn demand_end(&self, name: &str, act: &str, mut child: Child) {
        let closed = until(name, || self.told(name, "session.close"));
        let withdrawn = self.told(name, act).unwrap();
        let took = moment(&closed) - moment(&withdrawn);
        assert!((0..5_000_000).contains(&took), "{name}: {took} µs");
        child.kill().unwrap();
        child.wait().unwrap();
        let like = Doing::Result.statement().split('(').next().unwrap();
        until("the target to be left alone", || {
            (self.running(like) == "0").then_some(())
        });
    }
}

/// The event that says so.
pub(crate) const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
