//! Sign-in by an identity provider, end to end: a real provider, a real browser, `psql`.
#![expect(clippy::unwrap_used, reason = "what fails here ends the test")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use support::drivers::{Language, command};
use support::idp::{Idp, asking, browse};
use support::serve::House;
use support::{run, said, until, wait};
use testkit::Postgres;

/// A gateway that listens to a provider, and a person's own configuration folder.
struct World {
    // In this order: the gateway goes before its target.
    house: House,
    idp: Idp,
    _server: Postgres,
}

impl World {
    /// Nothing where the provider's package is missing.
    fn new(session: &str) -> Option<Self> {
        let idp = Idp::start()?;
        let server = Postgres::start();
        server.psql("CREATE DATABASE shop");
        let url = server.url_of("postgres", None, "shop");
        let more = format!(
            "[[listeners]]\naddress = \"127.0.0.1:0\"\nsign_in = \"oauth\"\n[listen]\n\
             http = \"127.0.0.1:0\"\n[identity.oidc.company]\nissuer = \"{}\"\n\
             client_id = \"portcullis\"\naudiences = [\"portcullis-db\"]\nsession = \"{session}\"\n\
             scopes = [\"openid\", \"email\", \"groups\", \"offline_access\"]\n",
            idp.issuer
        );
        let mut house = House::new(&url, &more);
        house.start();
        house.settle();
        Some(Self {
            house,
            idp,
            _server: server,
        })
    }

    /// A verb of the person at this machine.
    fn verb(&self, args: &[&str]) -> Command {
        let mut verb = self.house.verb(args);
        verb.env("XDG_CONFIG_HOME", self.house.dir.path().join("home"));
        verb
    }

    /// Signs in with a browser as that account: whether it went well, and what was said.
    fn sign_in(&self, account: &str) -> (bool, String) {
        let login = Asked::by(&mut self.verb(&["login", "--no-browser"]));
        let browser = browse(&login.word("sign in at\n"), account);
        let (is_done, told) = login.end();
        (
            is_done,
            format!("{told}\n{}\n{}", said(&browser), self.idp.log()),
        )
    }

    fn exec(&self, sql: &str) -> String {
        said(&run(&mut self.verb(&["exec", "shop", "-c", sql])))
    }

    /// What the ledger says of sign-ins.
    fn told(&self, act: &str) -> Vec<serde_json::Value> {
        let entries = self.house.entries().into_iter();
        entries
            .filter(|entry| entry.to_string().contains(act))
            .collect()
    }
}

/// A program that has asked something and waits for the answer.
struct Asked {
    child: Child,
    told: Arc<Mutex<String>>,
    teller: JoinHandle<()>,
}

impl Asked {
    /// Starts it.
    fn by(command: &mut Command) -> Self {
        let mut child = asking(command);
        let told = Arc::new(Mutex::new(String::new()));
        let (lines, noted) = (BufReader::new(child.stderr.take().unwrap()), told.clone());
        let teller = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                *noted.lock().unwrap() += &(line + "\n");
            }
        });
        Self {
            child,
            told,
            teller,
        }
    }

    /// The word after `before`, once it is said.
    fn word(&self, before: &str) -> String {
        until(before, || {
            let told = self.told.lock().unwrap();
            let (_, after) = told.split_once(before)?;
            Some(after.split_once(char::is_whitespace)?.0.to_owned())
        })
    }

    /// Waits for its end: whether it went well, and what it said.
    fn end(self) -> (bool, String) {
        let output = wait(self.child, "login");
        self.teller.join().unwrap();
        let said = said(&output) + &self.told.lock().unwrap();
        (output.status.success(), said)
    }
}

#[test]
fn a_browser_signs_in_and_groups_decide_what_a_client_may_do() {
    let Some(world) = World::new("8h") else {
        return;
    };
    world
        .idp
        .people(&[("erin", &["developers"]), ("oscar", &["accounting"])]);
    let (is_done, told) = world.sign_in("erin");
    assert!(
        is_done && told.contains("signed in as erin@example.com"),
        "{told}"
    );
    let status = said(&run(&mut world.verb(&["status"])));
    assert!(status.contains("signed in: erin@example.com"), "{status}");
    assert!(world.exec("SELECT current_user").contains("postgres"));
    // The very credentials, with a stock client.
    let dsn = run(&mut world.verb(&["env", "shop", "--format", "dsn"]));
    let dsn = String::from_utf8(dsn.stdout).unwrap();
    let psql = said(&run(&mut support::commands(
        dsn.trim(),
        &["SELECT 'by psql'"],
    )));
    assert!(psql.contains("by psql"), "{psql}");

    // Another person, whose groups reach nothing.
    let (is_done, told) = world.sign_in("oscar");
    assert!(is_done, "{told}");
    let refused = world.exec("SELECT 1");
    assert!(
        refused.contains("nothing permits oscar@example.com"),
        "{refused}"
    );
    assert_eq!(
        world.told("principal.added").len(),
        3,
        "alice, erin and oscar"
    );
}

#[test]
fn a_code_signs_in_where_there_is_no_browser() {
    let Some(world) = World::new("8h") else {
        return;
    };
    world.idp.people(&[("erin", &["developers"])]);
    let login = Asked::by(&mut world.verb(&["login", "--device"]));
    let browser = browse(&login.word("or open "), "erin");
    assert!(browser.status.success(), "{}", said(&browser));
    let (is_done, told) = login.end();
    let is_hers = told.contains("signed in as erin@example.com");
    assert!(is_done && is_hers, "{told} {}", said(&browser));
    assert!(world.exec("SELECT 'by device'").contains("by device"));
}

/// libpq 18 at a listener for it, before a PostgreSQL that knows nothing of OAUTHBEARER.
#[test]
fn libpq_18_signs_in_by_oauthbearer() {
    let Some(world) = World::new("8h") else {
        return;
    };
    world
        .idp
        .people(&[("erin", &["developers"]), ("oscar", &["accounting"])]);
    let come = |account: &str, user: &str| {
        let mut script = command(Language::Python, "oauth.py").unwrap();
        let address = world.house.address_of(1);
        let (host, port) = address.rsplit_once(':').unwrap();
        let sql = "SELECT 'by oauth'";
        script.args([&world.idp.issuer, host, port, user, sql]);
        let script = Asked::by(&mut script);
        let browser = browse(&script.word("open "), account);
        assert!(browser.status.success(), "{}", said(&browser));
        script.end().1
    };
    let told = come("erin", "erin@example.com");
    assert!(told.contains("by oauth"), "{told}");
    let config = format!("{}/.well-known/openid-configuration", world.idp.issuer);
    assert!(
        told.contains(&format!("asked for a token of {config}")),
        "{told}"
    );
    let told = come("erin", "oscar@example.com");
    assert!(
        told.contains("no such principal, or a wrong token"),
        "{told}"
    );
    let told = come("oscar", "oscar@example.com");
    assert!(told.contains("nothing permits oscar@example.com"), "{told}");
    assert_eq!(world.told("token.adopted").len(), 2);
}

#[test]
fn a_sign_in_renews_itself_and_ends_with_the_groups_of_before() {
    let Some(world) = World::new("3s") else {
        return;
    };
    world.idp.people(&[("erin", &["developers"])]);
    let (is_done, told) = world.sign_in("erin");
    assert!(is_done, "{told}");
    std::thread::sleep(Duration::from_secs(4));
    let status = said(&run(&mut world.verb(&["status"])));
    assert!(status.contains("expired: erin@example.com"), "{status}");
    // Without a browser: the provider gives a new token for its refresh token.
    assert!(world.exec("SELECT 'renewed'").contains("renewed"));
    world.idp.people(&[("erin", &["accounting"])]);
    std::thread::sleep(Duration::from_secs(4));
    let refused = world.exec("SELECT 1");
    assert!(
        refused.contains("nothing permits erin@example.com"),
        "{refused}"
    );
    assert!(world.told("principal.groups").len() == 1);
    // Gone at the provider: the sign-in cannot be renewed.
    world.idp.people(&[]);
    std::thread::sleep(Duration::from_secs(4));
    let ended = world.exec("SELECT 1");
    assert!(ended.contains("your sign-in has ended"), "{ended}");
}

#[test]
fn a_sign_in_ends_when_its_person_or_an_operator_says_so() {
    let Some(world) = World::new("8h") else {
        return;
    };
    world.idp.people(&[("erin", &["developers"])]);
    assert!(world.sign_in("erin").0);
    let dsn = run(&mut world.verb(&["env", "shop", "--format", "dsn"]));
    let dsn = String::from_utf8(dsn.stdout).unwrap();
    let out = said(&run(&mut world.verb(&["logout"])));
    assert!(out.contains("signed out"), "{out}");
    let revoked = said(&run(&mut support::commands(dsn.trim(), &["SELECT 1"])));
    assert!(revoked.contains("this token has been revoked"), "{revoked}");
    let nobody = run(&mut world.verb(&["status"]));
    assert!(
        said(&nobody).contains("nobody is signed in"),
        "{}",
        said(&nobody)
    );

    let disabled = run(&mut world
        .house
        .verb(&["principals", "disable", "erin@example.com"]));
    assert!(disabled.status.success(), "{}", said(&disabled));
    let (is_done, told) = world.sign_in("erin");
    assert!(
        !is_done && told.contains("erin@example.com is disabled here"),
        "{told}"
    );
    let refusals = world.told("sign_in.refused");
    assert!(refusals[0].to_string().contains("disabled"), "{refusals:?}");
}
