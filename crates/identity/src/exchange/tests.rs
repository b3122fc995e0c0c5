//! Sign-in through a provider on this machine, into a real store.

use std::sync::{Arc, Mutex};

use model::{Directory as _, Limits, Store};
use serde_json::json;
use store::SqliteStore;

use super::*;
use crate::oidc::tests::{House, Key, NOW, claims, fetch, provider};
use crate::{LocalDirectory, NewPrincipal};

struct World {
    directory: Arc<LocalDirectory>,
    exchange: Exchange,
    house: House,
    key: Key,
    recorded: Arc<Mutex<Vec<String>>>,
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
            let told = ["principal", "groups", "reason"];
            let facts = facts.into_iter().filter(|(key, _)| told.contains(key));
            let facts: Vec<String> = facts.map(|(key, value)| format!("{key}={value}")).collect();
            written
                .lock()
                .unwrap()
                .push(format!("{act} {}", facts.join(" ")));
            Ok(())
        };
        let admin = Admin::new(directory.clone(), Arc::new(recorder), "oidc");
        let issuers = Issuers::new(vec![(provider(&house.issuer), fetch())]);
        Self {
            directory,
            exchange: Exchange::new(admin, issuers),
            house,
            key,
            recorded,
        }
    }

    /// Signs in with these claims changed.
    async fn sign_in(&self, changes: serde_json::Value) -> Result<Issued, NotExchanged> {
        let mut claims = claims(&self.house.issuer);
        for (key, value) in changes.as_object().unwrap() {
            claims[key] = value.clone();
        }
        self.exchange.of(&self.key.sign(&claims), NOW).await
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.recorded.lock().unwrap())
    }
}

#[tokio::test]
async fn the_first_sign_in_makes_a_principal_and_the_next_finds_it() {
    let world = World::new().await;
    let first = world.sign_in(json!({})).await.unwrap();
    assert_eq!(
        world.told(),
        [
            "principal.added principal=alice@example.com groups=dba developers",
            "token.issued principal=alice@example.com"
        ]
    );
    let identity = world
        .directory
        .show(Some("alice@example.com"), &first.token, NOW)
        .unwrap();
    assert!(world.directory.holds(&identity, NOW.plus_s(599)));
    assert!(
        !world.directory.holds(&identity, NOW.plus_s(600)),
        "as long as configured"
    );

    // Another name and other groups at the provider: the same principal, the groups of now.
    world
        .sign_in(json!({ "email": "al@example.com", "groups": ["dba"] }))
        .await
        .unwrap();
    assert_eq!(
        world.told(),
        [
            "principal.groups principal=alice@example.com groups=dba",
            "token.issued principal=alice@example.com"
        ]
    );
    assert!(
        !world.directory.holds(&identity, NOW),
        "a session with the groups of before ends"
    );
}

#[tokio::test]
async fn a_name_is_not_taken_over() {
    let world = World::new().await;
    let local = NewPrincipal {
        acts_for: None,
        groups: vec!["operators".parse().unwrap()],
        kind: PrincipalKind::Person,
        name: "alice@example.com".parse().unwrap(),
    };
    world.exchange.admin().add(local, NOW).unwrap();
    world.told();
    let refused = world.sign_in(json!({})).await.unwrap_err();
    assert!(matches!(refused, NotExchanged::NameTaken(_)), "{refused}");
    assert_eq!(world.told(), ["sign_in.refused reason=name_taken"]);
    // An operator says that the two are one; from then on the groups are the provider's.
    let of = Subjected {
        issuer: world.house.issuer.clone(),
        subject: "00u1".to_owned(),
    };
    let name = "alice@example.com".parse().unwrap();
    world.exchange.admin().link(&name, &of).unwrap();
    world.told();
    world.sign_in(json!({ "jti": "2" })).await.unwrap();
    assert_eq!(
        world.told(),
        [
            "principal.groups principal=alice@example.com groups=dba developers",
            "token.issued principal=alice@example.com"
        ]
    );
    // The same address at the same provider, another subject.
    world
        .sign_in(json!({ "sub": "00u7", "email": "bob@example.com" }))
        .await
        .unwrap();
    let refused = world
        .sign_in(json!({ "sub": "00u8", "email": "bob@example.com" }))
        .await;
    assert!(matches!(refused.unwrap_err(), NotExchanged::NameTaken(_)));
}

#[tokio::test]
async fn a_no_is_recorded_with_its_reason() {
    let world = World::new().await;
    let issued = world.sign_in(json!({})).await.unwrap();
    world
        .exchange
        .admin()
        .disable(&issued.record.principal)
        .unwrap();
    world.told();
    let table = [
        (json!({}), "replayed"),
        (json!({ "jti": "2" }), "disabled"),
        (json!({ "aud": "other" }), "audience"),
        (json!({ "exp": 1 }), "expired"),
        (json!({ "iss": "https://other.example" }), "issuer"),
    ];
    for (changes, reason) in table {
        let refused = world.sign_in(changes).await.unwrap_err();
        assert_eq!(refused.word(), reason);
        assert_eq!(world.told(), [format!("sign_in.refused reason={reason}")]);
        assert!(!refused.hint().is_empty());
    }
}
