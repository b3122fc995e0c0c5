//! ID-JAGs of a provider on this machine, each thing it must be, one by one.

use std::sync::{Arc, Mutex};

use jsonwebtoken::{Algorithm, Header};
use model::{Limits, Store};
use serde_json::{Value, json};
use store::SqliteStore;

use super::*;
use crate::oidc::Issuers;
use crate::oidc::tests::{House, Key, NOW, claims, fetch, provider};
use crate::{Admin, LocalDirectory, NewPrincipal};

const US: &str = "https://gw.example.com";

struct World {
    directory: Arc<LocalDirectory>,
    exchange: Exchange,
    house: House,
    key: Key,
    recorded: Arc<Mutex<Vec<String>>>,
    secret: String,
}

impl World {
    async fn new() -> Self {
        let key = Key::new("k1");
        let house = House::new(&[&key]).await;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        let directory = Arc::new(LocalDirectory::new(store, [9; 32], &Limits::default()));
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let written = recorded.clone();
        let recorder = move |act: &'static str, _: String, facts: Vec<(&'static str, String)>| {
            let facts = facts.into_iter().filter(|(key, _)| *key == "reason");
            let facts: Vec<String> = facts.map(|(_, value)| value).collect();
            written
                .lock()
                .unwrap()
                .push(format!("{act} {}", facts.join(" ")));
            Ok(())
        };
        let admin = Admin::new(directory.clone(), Arc::new(recorder), "oidc");
        for (name, kind, acts_for) in [
            ("olga", PrincipalKind::Person, None),
            ("copilot", PrincipalKind::Agent, Some("olga")),
        ] {
            let new = NewPrincipal {
                acts_for: acts_for.map(|name: &str| name.parse().unwrap()),
                groups: vec!["developers".parse().unwrap()],
                kind,
                name: name.parse().unwrap(),
            };
            admin.add(new, NOW).unwrap();
        }
        let secret = admin.issue(&"copilot".parse().unwrap(), 600, NOW).unwrap();
        let secret = secret.token.as_str().to_owned();
        let mut provider = provider(&house.issuer);
        provider.assertions_for = Some(US.to_owned());
        let issuers = Issuers::new(vec![(provider, fetch())]);
        Self {
            directory,
            exchange: Exchange::new(admin, issuers),
            house,
            key,
            recorded,
            secret,
        }
    }

    /// Shows an assertion with these claims changed, of that type.
    async fn show(&self, kind: &str, changes: Value) -> Result<Issued, NotExchanged> {
        let mut claims = claims(&self.house.issuer);
        claims["aud"] = json!(US);
        claims["client_id"] = json!("copilot");
        claims["jti"] = json!("j1");
        claims.as_object_mut().unwrap().remove("groups");
        for (key, value) in changes.as_object().unwrap() {
            claims[key] = value.clone();
        }
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k1".to_owned());
        header.typ = Some(kind.to_owned());
        let assertion = self.key.sign_with(&header, &claims);
        let client = Client {
            id: "copilot".to_owned(),
            secret: self.secret.clone(),
        };
        self.exchange
            .assert(&assertion, client, Task::default(), NOW)
            .await
    }
}

#[tokio::test]
async fn an_agent_acts_for_whom_the_provider_says() {
    let world = World::new().await;
    let scope = json!({ "scope": "read" });
    let issued = world.show("oauth-id-jag+jwt", scope).await.unwrap();
    let identity = world
        .directory
        .show(Some("copilot"), &issued.token, NOW)
        .unwrap();
    let person = identity.acts_for.unwrap();
    assert_eq!(person.name.as_str(), "alice@example.com");
    let delegation = identity.delegation.unwrap();
    assert_eq!(delegation.ground, Ground::Assertion);
    let actions = delegation.remit.actions.unwrap();
    assert_eq!(actions, [model::Action::Select, model::Action::CopyOut]);
    assert_eq!(
        issued.record.expires,
        NOW.plus_s(600),
        "no longer than a sign-in"
    );
}

#[tokio::test]
async fn every_other_assertion_is_refused_with_its_reason() {
    let world = World::new().await;
    let right = "oauth-id-jag+jwt";
    world.show(right, json!({ "jti": "spent" })).await.unwrap();
    world.recorded.lock().unwrap().clear();
    let table = [
        (
            right,
            json!({ "jti": "spent", "iat": 1_795_170_900 }),
            "replayed",
        ),
        (right, json!({ "jti": null }), "required"),
        (right, json!({ "iat": null }), "required"),
        ("jwt", json!({}), "type"),
        ("at+jwt", json!({}), "type"),
        (right, json!({ "aud": "portcullis" }), "audience"),
        (
            right,
            json!({ "aud": "https://gw.example.com/" }),
            "audience",
        ),
        (right, json!({ "client_id": "other" }), "client"),
        (right, json!({ "client_id": null }), "client"),
        (right, json!({ "exp": 1 }), "expired"),
        (right, json!({ "iss": "https://other.example" }), "issuer"),
        (right, json!({ "act": { "sub": "planner" } }), "actor"),
        (right, json!({ "scope": "everything" }), "wider"),
    ];
    for (kind, changes, reason) in table {
        let refused = world.show(kind, changes.clone()).await.unwrap_err();
        assert_eq!(refused.word(), reason, "{kind} {changes}");
        let told = std::mem::take(&mut *world.recorded.lock().unwrap());
        assert_eq!(told, [format!("delegation.refused {reason}")]);
    }
}

#[tokio::test]
async fn the_client_is_an_agent_that_proves_itself() {
    let world = World::new().await;
    let olga = world
        .exchange
        .admin()
        .issue(&"olga".parse().unwrap(), 60, NOW);
    let olga = olga.unwrap().token.as_str().to_owned();
    let given = world.show("oauth-id-jag+jwt", json!({})).await.unwrap();
    let given = given.token.as_str().to_owned();
    for (id, secret) in [
        ("copilot", "pct_wrong"),
        ("copilot", olga.as_str()),
        ("olga", olga.as_str()),
        ("copilot", given.as_str()),
        ("nobody", world.secret.as_str()),
    ] {
        let client = Client {
            id: id.to_owned(),
            secret: secret.to_owned(),
        };
        let shown = world.key.sign(&claims(&world.house.issuer));
        let refused = world
            .exchange
            .assert(&shown, client, Task::default(), NOW)
            .await;
        assert_eq!(refused.unwrap_err().word(), "client_unknown", "{id}");
    }
}
