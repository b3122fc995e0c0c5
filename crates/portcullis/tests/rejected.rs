//! Every token that is not right, at every door: refused, with a sentence for its bearer and a
//! reason of its own in the ledger. And whoever goes on guessing waits.
// tidy: table — tokens, and what each is refused as

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use serde_json::{Value, json};
use support::drivers::{Language, command};
use support::issuer::{Answer, Issuer, ask, form, now};
use support::serve::House;
use support::{Faults, commands, run, said, until};
use testkit::Postgres;

/// A gateway that listens to an issuer, on HTTP and by OAUTHBEARER.
struct World {
    // In this order: the gateway goes before its target.
    house: House,
    issuer: Issuer,
    _server: Postgres,
}

impl World {
    fn new(limits: &str) -> Option<Self> {
        let issuer = Issuer::start()?;
        let server = Postgres::start();
        server.psql("CREATE DATABASE shop");
        let url = server.url_of("postgres", None, "shop");
        let more = format!(
            "[[listeners]]\naddress = \"127.0.0.1:0\"\nsign_in = \"oauth\"\n\
             [[listeners]]\naddress = \"127.0.0.1:0\"\nsign_in = \"token\"\n\
             [listen]\nhttp = \"127.0.0.1:0\"\n[limits]\n{limits}\n\
             [identity.oidc.company]\nissuer = \"{}\"\nclient_id = \"portcullis\"\n\
             audiences = [\"portcullis-db\"]\nrequire = {{ tenant = [\"acme\"] }}\n",
            issuer.issuer
        );
        let mut house = House::new(&url, &more);
        house.start();
        house.settle();
        Some(Self {
            house,
            issuer,
            _server: server,
        })
    }

    fn token(&self, bad: &Bad, audience: &str) -> String {
        let mut claims = json!({ "tenant": "acme", "aud": audience });
        let more = bad.claims.as_object().unwrap().clone();
        claims.as_object_mut().unwrap().extend(more);
        let claims = self.issuer.claims(&claims);
        let token = self.issuer.mint(bad.key, &bad.header, &claims);
        match bad.name {
            "not a token" => "not.a.token".to_owned(),
            "its claims changed" => {
                let mut parts: Vec<&str> = token.split('.').collect();
                let other =
                    self.issuer
                        .mint("own", &json!({}), &json!({ "iss": self.issuer.issuer }));
                let other = other.split('.').nth(1).unwrap().to_owned();
                parts[1] = &other;
                parts.join(".")
            }
            _ => token,
        }
    }

    /// Shows a token at the token endpoint.
    fn exchange(&self, token: &str) -> Answer {
        let form = form(&[
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:id_token",
            ),
            ("subject_token", token),
        ]);
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        ask(&self.house.http(), ("POST", "/oauth/token"), &kind, &form)
    }

    /// Shows a token by OAUTHBEARER, with a real libpq 18.
    fn bear(&self, token: &str) -> String {
        let mut script = command(Language::Python, "oauth.py").unwrap();
        let address = self.house.address_of(1);
        let (host, port) = address.rsplit_once(':').unwrap();
        script.args([
            &self.issuer.issuer,
            host,
            port,
            "erin@example.com",
            "SELECT 'in'",
        ]);
        said(&run(script.env("OAUTH_TOKEN", token)))
    }

    /// The reasons of refusals so far, of that kind.
    fn reasons(&self, kind: &str) -> Vec<String> {
        let entries = self.house.entries().into_iter();
        let refused = entries.filter(|entry| entry["type"] == kind);
        refused.map(|entry| reason(&entry)).collect()
    }
}

fn reason(entry: &Value) -> String {
    let text = entry.to_string();
    let (_, rest) = text
        .split_once("\"reason\":\"")
        .unwrap_or_else(|| panic!("{text}"));
    rest.split('"').next().unwrap().to_owned()
}

/// A token that is wrong in one way.
struct Bad {
    claims: Value,
    header: Value,
    key: &'static str,
    name: &'static str,
    /// What the ledger calls it.
    reason: &'static str,
}

fn bad(name: &'static str, reason: &'static str, claims: Value) -> Bad {
    Bad {
        claims,
        header: json!({}),
        key: "own",
        name,
        reason,
    }
}

fn forged(name: &'static str, reason: &'static str, key: &'static str, header: Value) -> Bad {
    Bad {
        claims: json!({}),
        header,
        key,
        name,
        reason,
    }
}

/// What standards ask to be refused, and more.
fn all() -> Vec<Bad> {
    let now = now();
    vec![
        bad(
            "for another audience",
            "audience",
            json!({ "aud": "somebody-else" }),
        ),
        bad("for no audience", "audience", json!({ "aud": null })),
        bad(
            "of another issuer",
            "issuer",
            json!({ "iss": "https://elsewhere.example" }),
        ),
        bad(
            "of an issuer with one more slash",
            "issuer",
            json!({ "iss": "http://127.0.0.1/" }),
        ),
        bad("expired", "expired", json!({ "exp": now - 120 })),
        bad("without an end", "expired", json!({ "exp": null })),
        bad("not yet valid", "not_yet", json!({ "nbf": now + 600 })),
        bad(
            "issued in the future",
            "not_yet",
            json!({ "iat": now + 600 }),
        ),
        bad("of nobody", "subject", json!({ "sub": null })),
        bad("of another tenant", "required", json!({ "tenant": "evil" })),
        bad(
            "without a name",
            "name",
            json!({ "email": null, "sub": "two words" }),
        ),
        bad(
            "with its groups elsewhere",
            "groups_elsewhere",
            json!({ "groups": null, "_claim_names": { "groups": "src1" } }),
        ),
        forged(
            "with no algorithm",
            "algorithm",
            "none",
            json!({ "alg": "none" }),
        ),
        forged(
            "with no algorithm, spelt otherwise",
            "algorithm",
            "none",
            json!({ "alg": "nOnE" }),
        ),
        forged(
            "signed with the public key as a secret",
            "algorithm",
            "hmac",
            json!({ "alg": "HS256" }),
        ),
        forged("signed by a stranger", "signature", "foreign", json!({})),
        forged(
            "by a key nobody published",
            "key",
            "own",
            json!({ "kid": "two" }),
        ),
        forged(
            "by a key at a path",
            "key",
            "own",
            json!({ "kid": "../../../../dev/null" }),
        ),
        forged(
            "by a key in a query",
            "key",
            "own",
            json!({ "kid": "one' OR '1'='1" }),
        ),
        forged(
            "by a key it brings along",
            "key",
            "foreign",
            json!({ "kid": "two", "jku": "https://evil.example/jwks" }),
        ),
        forged(
            "of another type",
            "type",
            "own",
            json!({ "typ": "dpop+jwt" }),
        ),
        forged("a signal", "type", "own", json!({ "typ": "secevent+jwt" })),
        forged(
            "an assertion",
            "type",
            "own",
            json!({ "typ": "oauth-id-jag+jwt" }),
        ),
        forged(
            "with what must be understood",
            "type",
            "own",
            json!({ "crit": ["b64"], "b64": true }),
        ),
        bad("its claims changed", "signature", json!({})),
        bad("not a token", "malformed", json!({})),
    ]
}

#[test]
fn every_wrong_token_is_refused_at_the_token_endpoint() {
    let Some(world) = World::new("guesses = 0") else {
        return;
    };
    let mut faults = Faults::default();
    let mut cases = all();
    cases.extend([
        bad(
            "for two, by nobody",
            "client",
            json!({ "aud": ["portcullis", "other"] }),
        ),
        bad(
            "asked for by another client",
            "client",
            json!({ "azp": "somebody-else" }),
        ),
        forged("an access token", "type", "own", json!({ "typ": "at+jwt" })),
    ]);
    for bad in &cases {
        let answer = world.exchange(&world.token(bad, "portcullis"));
        let told = &answer.body;
        let is_no = answer.status == 400 && answer.json()["error"] == "invalid_grant";
        faults.demand(is_no, || format!("{}: {} {told}", bad.name, answer.status));
        let sentence = answer.json()["error_description"]
            .as_str()
            .unwrap_or("")
            .to_owned();
        faults.demand(sentence.contains(' '), || {
            format!("{}: {sentence}", bad.name)
        });
    }
    // A right one works, and works once.
    let right = world.token(&bad("right", "", json!({})), "portcullis");
    assert_eq!(world.exchange(&right).status, 200);
    assert_eq!(world.exchange(&right).status, 400);
    let mut expected: Vec<&str> = cases.iter().map(|bad| bad.reason).collect();
    expected.push("replayed");
    let told = world.reasons("sign_in.refused");
    for ((told, expected), bad) in told.iter().zip(&expected).zip(&cases) {
        faults.demand(told == expected, || {
            format!("{}: {told}, not {expected}", bad.name)
        });
    }
    faults.demand(told.len() == expected.len(), || format!("{told:?}"));
    faults.demand(told.last().is_some_and(|last| last == "replayed"), || {
        format!("{told:?}")
    });
    faults.end();
}

#[test]
fn every_wrong_token_is_refused_on_the_wire() {
    let Some(world) = World::new("guesses = 0") else {
        return;
    };
    let mut faults = Faults::default();
    let mut cases = all();
    cases.push(bad(
        "an ID token",
        "audience",
        json!({ "aud": "portcullis" }),
    ));
    for bad in &cases {
        let told = world.bear(&world.token(bad, "portcullis-db"));
        let sentence = match bad.reason {
            "expired" => "this token has expired".to_owned(),
            reason => format!("the identity provider's token was not believed: {reason}"),
        };
        faults.demand(told.contains(&sentence), || format!("{}: {told}", bad.name));
    }
    let right = world.token(&bad("right", "", json!({})), "portcullis-db");
    let told = world.bear(&right);
    faults.demand(told.contains("in"), || told.clone());
    let told = world.reasons("auth.failure");
    let expected: Vec<&str> = cases.iter().map(|bad| bad.reason).collect();
    faults.demand(told == expected, || format!("{told:?}\n{expected:?}"));
    faults.end();
}

/// `psql` with that token, at that listener.
fn tried(house: &House, listener: usize, (name, token): (&str, &str)) -> String {
    let mode = if listener == 0 { "disable" } else { "require" };
    let address = house.address_of(listener);
    let dsn = format!("postgres://{name}:{token}@{address}/shop?sslmode={mode}");
    said(&run(&mut commands(&dsn, &["SELECT 'let in'"])))
}

#[test]
fn whoever_guesses_waits_and_nobody_else() {
    let Some(world) = World::new("guesses = 3") else {
        return;
    };
    let house = &world.house;
    house.add("dana", &["--kind", "person", "--group", "developers"]);
    let dana = house.issue("dana", "1h");
    let short = house.issue("dana", "1s");
    let revoked = house.issue("dana", "1h");
    let listed = run(&mut house.verb(&["tokens", "ls", "--format", "json"]));
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let all = listed
        .as_array()
        .or_else(|| listed["tokens"].as_array())
        .unwrap()
        .clone();
    let id = all[0]["id"].as_str().unwrap();
    assert!(
        run(&mut house.verb(&["tokens", "revoke", id]))
            .status
            .success()
    );
    until("its end", || {
        let told = tried(house, 0, ("dana", &short));
        told.contains("this token has expired").then_some(())
    });
    // What was right once is no guess, however often, by SCRAM and in the clear.
    for listener in [0, 2] {
        for _ in 0..3 {
            for (token, sentence) in [(&short, "has expired"), (&revoked, "has been revoked")] {
                let told = tried(house, listener, ("dana", token));
                assert!(told.contains(sentence), "{told}");
            }
        }
    }
    // Three guesses, and the right one must wait too; who came in before need not.
    let wait = "too many wrong tokens from this address, or for this name";
    for listener in [0, 2, 0] {
        let told = tried(house, listener, ("dana", "wrong"));
        assert!(
            told.contains("no such principal, or a wrong token"),
            "{told}"
        );
    }
    let told = tried(house, 0, ("dana", &dana));
    assert!(
        told.contains(wait) && told.contains("try again in"),
        "{told}"
    );
    let told = tried(house, 0, ("alice", house.token()));
    assert!(told.contains("let in"), "{told}");
    // Guesses there count here: it is one address.
    let forged = forged("signed by a stranger", "signature", "foreign", json!({}));
    let forged = world.token(&forged, "portcullis");
    let answer = world.exchange(&forged);
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert!(answer.head.contains("retry-after: "), "{}", answer.head);
    until("the end of the wait", || {
        tried(house, 0, ("dana", &dana))
            .contains("let in")
            .then_some(())
    });
    let reasons = world.reasons("auth.failure");
    let count = |word: &str| reasons.iter().filter(|reason| *reason == word).count();
    assert_eq!((count("wrong"), count("revoked")), (3, 6), "{reasons:?}");
    assert!(
        (1..=2).contains(&count("guesses")),
        "once for each wait: {reasons:?}"
    );
}

#[test]
fn the_token_endpoint_lets_nobody_guess_without_end() {
    let Some(world) = World::new("guesses = 3") else {
        return;
    };
    let stranger = forged("signed by a stranger", "signature", "foreign", json!({}));
    let late = bad("expired", "expired", json!({ "exp": now() - 120 }));
    for _ in 0..5 {
        assert_eq!(
            world.exchange(&world.token(&late, "portcullis")).status,
            400
        );
    }
    for expected in [400, 400, 400, 429, 429] {
        let answer = world.exchange(&world.token(&stranger, "portcullis"));
        assert_eq!(answer.status, expected, "{}", answer.body);
    }
    let reasons = world.reasons("sign_in.refused");
    let count = |word: &str| reasons.iter().filter(|reason| *reason == word).count();
    assert_eq!(
        (count("expired"), count("signature"), count("guesses")),
        (5, 3, 1),
        "{reasons:?}"
    );
}
