//! Every way a token can be wrong, against keys made here; a provider's keys over real HTTP.
// tidy: table — tokens, and what is wrong with each

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::{PrincipalKind, Timestamp};
use serde_json::{Value, json};

use super::*;

pub(crate) const NOW: Timestamp = Timestamp(1_795_170_937_000_042);
const NOW_S: i64 = 1_795_170_937;

/// A key of a provider's, with its public half.
pub(crate) struct Key {
    pub(crate) jwk: Value,
    key: EncodingKey,
    kid: &'static str,
}

impl Key {
    pub(crate) fn new(kid: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        let jwk = serde_json::to_value(jwk).unwrap();
        Self { jwk, key, kid }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.to_owned());
        self.sign_with(&header, claims)
    }

    pub(crate) fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

fn set(keys: &[&Key]) -> JwkSet {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk.clone()).collect();
    serde_json::from_value(json!({ "keys": keys })).unwrap()
}

pub(crate) fn provider(issuer: &str) -> Provider {
    Provider {
        assertions_for: None,
        audiences: Vec::new(),
        client_id: Some("portcullis".to_owned()),
        group_names: BTreeMap::new(),
        groups_claim: "groups".to_owned(),
        has_directory: false,
        issuer: issuer.to_owned(),
        name: "okta".to_owned(),
        name_claim: None,
        require: BTreeMap::new(),
        scopes: vec!["openid".to_owned()],
        session_s: 600,
        workloads: Vec::new(),
    }
}

pub(crate) fn claims(issuer: &str) -> Value {
    json!({
        "iss": issuer, "aud": "portcullis", "sub": "00u1", "email": "Alice@example.com",
        "groups": ["developers", "dba"], "iat": NOW_S, "exp": NOW_S + 300,
    })
}

const ISSUER: &str = "https://id.example";

/// The claims with these changed; `null` takes one away.
fn with(changes: Value) -> Value {
    let mut claims = claims(ISSUER);
    let object = claims.as_object_mut().unwrap();
    let Value::Object(changes) = changes else {
        panic!("an object")
    };
    for (key, value) in changes {
        if value.is_null() {
            object.remove(&key);
        } else {
            object.insert(key, value);
        }
    }
    claims
}

#[test]
fn what_is_wrong_with_a_token_is_told_apart() {
    let key = Key::new("k1");
    let keys = set(&[&key]);
    let provider = provider(ISSUER);
    let look = |token: &str| verify(token, &keys, &provider.expected(Use::Proof, NOW)).map(|_| ());
    let table = [
        (json!({}), Ok(())),
        (
            json!({ "aud": ["other", "portcullis"], "azp": "portcullis" }),
            Ok(()),
        ),
        (json!({ "exp": NOW_S - 59 }), Ok(())),
        (json!({ "nbf": NOW_S + 59 }), Ok(())),
        (
            json!({ "iss": "https://id.example/" }),
            Err(Rejection::Issuer),
        ),
        (json!({ "iss": null }), Err(Rejection::Issuer)),
        (json!({ "aud": "other" }), Err(Rejection::Audience)),
        (json!({ "aud": null }), Err(Rejection::Audience)),
        (json!({ "aud": [] }), Err(Rejection::Audience)),
        (
            json!({ "aud": { "portcullis": 1 } }),
            Err(Rejection::Audience),
        ),
        (json!({ "azp": "another" }), Err(Rejection::Client)),
        (
            json!({ "aud": ["other", "portcullis"] }),
            Err(Rejection::Client),
        ),
        (json!({ "exp": NOW_S - 60 }), Err(Rejection::Expired)),
        (json!({ "exp": null }), Err(Rejection::Expired)),
        (json!({ "exp": "soon" }), Err(Rejection::Expired)),
        (json!({ "nbf": NOW_S + 61 }), Err(Rejection::NotYet)),
        (json!({ "iat": NOW_S + 61 }), Err(Rejection::NotYet)),
        (json!({ "sub": null }), Err(Rejection::Subject)),
        (json!({ "sub": "" }), Err(Rejection::Subject)),
    ];
    for (changes, expected) in table {
        assert_eq!(
            look(&key.sign(&with(changes.clone()))),
            expected,
            "{changes}"
        );
    }
}

#[test]
fn only_a_published_key_by_an_allowed_algorithm_signs() {
    let (key, other) = (Key::new("k1"), Key::new("k1"));
    let keys = set(&[&key]);
    let provider = provider(ISSUER);
    let look = |token: &str| verify(token, &keys, &provider.expected(Use::Proof, NOW)).map(|_| ());
    let good = claims(ISSUER);
    let header = |change: &dyn Fn(&mut Header)| {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k1".to_owned());
        change(&mut header);
        key.sign_with(&header, &good)
    };
    assert_eq!(
        look(&header(&|header| header.kid = None)),
        Ok(()),
        "the only one that fits"
    );
    assert_eq!(look(&header(&|header| header.typ = None)), Ok(()));
    assert_eq!(look(&other.sign(&good)), Err(Rejection::Signature));
    let unknown = header(&|header| header.kid = Some("k2".to_owned()));
    assert_eq!(look(&unknown), Err(Rejection::Key));
    let typed = header(&|header| header.typ = Some("at+jwt".to_owned()));
    assert_eq!(look(&typed), Err(Rejection::Type));
    let critical = header(&|header| header.crit = Some(vec!["b64".to_owned()]));
    assert_eq!(look(&critical), Err(Rejection::Type));

    // The public key as a shared secret, and no signature at all: RFC 8725 §2.1.
    let secret = EncodingKey::from_secret(keys_text(&keys).as_bytes());
    let mut shared = Header::new(Algorithm::HS256);
    shared.kid = Some("k1".to_owned());
    let shared = jsonwebtoken::encode(&shared, &good, &secret).unwrap();
    assert_eq!(look(&shared), Err(Rejection::Algorithm("HS256".to_owned())));
    let token = key.sign(&good);
    let body = token.split('.').nth(1).unwrap();
    for (head, word) in [
        ("eyJhbGciOiJub25lIn0", "none"),
        ("eyJhbGciOiJOT05FIn0", "NONE"),
    ] {
        let unsigned = format!("{head}.{body}.");
        assert_eq!(look(&unsigned), Err(Rejection::Algorithm(word.to_owned())));
    }
    // Another body under a signature that was given for this one.
    let (head, seal) = (
        token.split('.').next().unwrap(),
        token.rsplit('.').next().unwrap(),
    );
    let admin = key.sign(&with(json!({ "sub": "00u2" })));
    let forged = format!("{head}.{}.{seal}", admin.split('.').nth(1).unwrap());
    assert_eq!(look(&forged), Err(Rejection::Signature));
    for text in [
        "",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        &format!("{token}."),
        &"x.".repeat(40_000),
    ] {
        assert_eq!(look(text), Err(Rejection::Malformed), "{text:.20}");
    }
}

fn keys_text(keys: &JwkSet) -> String {
    serde_json::to_string(keys).unwrap()
}

/// Name, subject, groups, and how many were left out.
type Who = Result<(String, String, String, usize), Rejection>;

/// Who a provider reads in claims with these changed.
fn read(provider: &Provider, changes: Value) -> Who {
    let Value::Object(claims) = with(changes) else {
        panic!("an object")
    };
    provider
        .read(&Claims::new(claims), Use::Proof)
        .and_then(|seen| {
            let groups = seen.groups.into_iter().flatten();
            let groups: Vec<String> = groups.map(Into::into).collect();
            Ok((
                seen.name?.to_string(),
                seen.subject,
                groups.join(" "),
                seen.groups_left_out,
            ))
        })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands beside refusals in a table"
)]
fn of(name: &str, subject: &str, groups: &str, left: usize) -> Who {
    Ok((name.to_owned(), subject.to_owned(), groups.to_owned(), left))
}

#[test]
fn claims_say_who_and_in_which_groups() {
    let base = provider(ISSUER);
    let alice = "alice@example.com";
    let table = [
        (json!({}), of(alice, "00u1", "dba developers", 0)),
        // An address its provider does not vouch for names nobody.
        (
            json!({ "email_verified": false, "preferred_username": "al" }),
            of("al", "00u1", "dba developers", 0),
        ),
        (
            json!({ "email": null }),
            of("00u1", "00u1", "dba developers", 0),
        ),
        (json!({ "groups": "one" }), of(alice, "00u1", "one", 0)),
        (
            json!({ "groups": ["a b", "c", "c"] }),
            of(alice, "00u1", "c", 1),
        ),
        (json!({ "groups": null }), of(alice, "00u1", "", 0)),
        // Entra: by tenant and object.
        (
            json!({ "tid": "t", "oid": "o" }),
            of(alice, "t/o", "dba developers", 0),
        ),
        (
            json!({ "_claim_names": { "groups": "src1" } }),
            Err(Rejection::GroupsElsewhere),
        ),
        (
            json!({ "hasgroups": true }),
            Err(Rejection::GroupsElsewhere),
        ),
    ];
    for (changes, expected) in table {
        assert_eq!(read(&base, changes.clone()), expected, "{changes}");
    }
}

#[test]
fn configuration_says_which_claims_and_groups_count() {
    let mapped = Provider {
        group_names: BTreeMap::from([("DBA".to_owned(), "reviewers".parse().unwrap())]),
        groups_claim: "realm_access.roles".to_owned(),
        name_claim: Some("nick".to_owned()),
        require: BTreeMap::from([("hd".to_owned(), vec!["example.com".to_owned()])]),
        ..provider(ISSUER)
    };
    let roles = json!({ "roles": ["DBA", "reviewers"] });
    let whole = json!({ "hd": "example.com", "nick": "al", "realm_access": roles });
    assert_eq!(read(&mapped, whole), of("al", "00u1", "reviewers", 0));
    let elsewhere = json!({ "hd": "example.org", "nick": "al" });
    assert_eq!(
        read(&mapped, elsewhere),
        Err(Rejection::Required("hd".to_owned()))
    );
    let nameless = json!({ "hd": "example.com" });
    assert_eq!(
        read(&mapped, nameless),
        Err(Rejection::Name("nick".to_owned()))
    );
}

#[test]
fn a_workload_is_known_by_its_claims_alone() {
    let demanded = [("repository_id", "42"), ("environment", "production")];
    let demanded = demanded.map(|(claim, value)| (claim.to_owned(), vec![value.to_owned()]));
    let provider = Provider {
        audiences: vec!["portcullis".to_owned()],
        client_id: None,
        workloads: vec![Workload {
            groups: vec!["deployers".parse().unwrap()],
            principal: "ci".parse().unwrap(),
            require: BTreeMap::from(demanded),
        }],
        ..provider(ISSUER)
    };
    let read = |changes: Value| {
        let Value::Object(claims) = with(changes) else {
            panic!("an object")
        };
        let seen = provider.read(&Claims::new(claims), Use::Proof)?;
        Ok::<_, Rejection>((seen.kind, seen.name?.to_string()))
    };
    let ours = json!({ "repository_id": 42, "environment": "production" });
    assert_eq!(read(ours), Ok((PrincipalKind::Service, "ci".to_owned())));
    for changes in [
        json!({ "repository_id": "42" }),
        json!({ "repository_id": "4242", "environment": "production" }),
        json!({ "repository_id": ["42"], "environment": "production" }),
        json!({}),
    ] {
        assert!(
            matches!(read(changes.clone()), Err(Rejection::Required(_))),
            "{changes}"
        );
    }
}

/// Platforms' tokens as they come, cut to what decides; each with the claims that tell it from its
/// neighbours, and a neighbour.
#[test]
fn the_tokens_of_platforms_are_told_apart() {
    let github = json!({
        "sub": "repo:acme/shop:environment:production", "repository_id": "1234",
        "repository_owner_id": "99", "environment": "production", "ref": "refs/heads/main",
        "ref_protected": "true", "event_name": "push", "runner_environment": "github-hosted",
        "job_workflow_ref": "acme/ci/.github/workflows/deploy.yml@refs/heads/main",
    });
    let pod = json!({
        "sub": "system:serviceaccount:shop:reporter",
        "kubernetes.io": {
            "namespace": "shop", "serviceaccount": { "name": "reporter", "uid": "b2f" },
            "pod": { "name": "reporter-5d", "uid": "77a" },
        },
    });
    let spiffe = json!({ "sub": "spiffe://acme.example/ns/shop/sa/reporter" });
    let gcp = json!({ "sub": "1089", "email": "reporter@shop.iam.gserviceaccount.com",
        "email_verified": true, "azp": "1089" });
    let aws = json!({ "sub": "arn:aws:iam::111122223333:role/reporter",
        "https://sts.amazonaws.com/": { "aws_account": "111122223333" } });
    let account = "https://sts.amazonaws.com/.aws_account";
    let table = [
        (&github, "repository_id", "1234", "12345"),
        (&github, "ref_protected", "true", "false"),
        (
            &github,
            "runner_environment",
            "github-hosted",
            "self-hosted",
        ),
        (
            &pod,
            "sub",
            "system:serviceaccount:shop:reporter",
            "system:serviceaccount:shop:report",
        ),
        (&pod, "kubernetes.io.namespace", "shop", "shop-dev"),
        (
            &pod,
            "kubernetes.io.serviceaccount.name",
            "reporter",
            "default",
        ),
        (
            &spiffe,
            "sub",
            "spiffe://acme.example/ns/shop/sa/reporter",
            "spiffe://acme.example/ns",
        ),
        (&gcp, "email_verified", "true", "false"),
        (&gcp, "sub", "1089", "108"),
        (
            &aws,
            "sub",
            "arn:aws:iam::111122223333:role/reporter",
            "arn:aws:iam::111122223333:role/",
        ),
        (&aws, account, "111122223333", "999922223333"),
    ];
    for (token, claim, value, other) in table {
        let claims = Claims::new(token.as_object().unwrap().clone());
        let seen = |value: &str| {
            let require = BTreeMap::from([(claim.to_owned(), vec![value.to_owned()])]);
            let workload = Workload {
                groups: Vec::new(),
                principal: "reporter".parse().unwrap(),
                require,
            };
            let provider = Provider {
                client_id: None,
                workloads: vec![workload],
                ..provider(ISSUER)
            };
            provider.read(&claims, Use::Proof).map(|seen| seen.kind)
        };
        assert_eq!(seen(value), Ok(PrincipalKind::Service), "{claim} {value}");
        assert!(
            matches!(seen(other), Err(Rejection::Required(_))),
            "{claim} {other}"
        );
    }
}

/// A provider on this machine: its documents, and how often it was asked.
pub(crate) struct House {
    pub(crate) issuer: String,
    pub(crate) keys: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicUsize>,
}

impl House {
    pub(crate) async fn new(keys: &[&Key]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let jwks: Vec<Value> = keys.iter().map(|key| key.jwk.clone()).collect();
        let (keys, asked) = (Arc::new(Mutex::new(jwks)), Arc::new(AtomicUsize::new(0)));
        let described = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
        let (published, counted) = (keys.clone(), asked.clone());
        let published = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let keys = published.lock().unwrap().clone();
            async move { Json(json!({ "keys": keys })) }
        };
        let described = move || async move { Json(described) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(described))
            .route("/keys", get(published));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            issuer,
            keys,
            asked,
        }
    }
}

pub(crate) fn fetch() -> Fetch {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Fetch::new(tls).unwrap()
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_they_rotate() {
    let (one, two) = (Key::new("k1"), Key::new("k2"));
    let house = House::new(&[&one]).await;
    let issuers = Arc::new(Issuers::new(vec![(provider(&house.issuer), fetch())]));
    let asked = || house.asked.load(Ordering::SeqCst);

    let first = one.sign(&claims(&house.issuer));
    let many = (0..20).map(|_| {
        let (issuers, token) = (issuers.clone(), first.clone());
        tokio::spawn(async move { issuers.verify(&token, Use::Proof, NOW).await.map(|_| ()) })
    });
    for one in many.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), Ok(()));
    }
    assert_eq!(asked(), 1, "twenty at once, one fetch");

    // Rotated: a token with the new key is the moment to look again, but not at every token.
    *house.keys.lock().unwrap() = vec![two.jwk.clone()];
    let second = two.sign(&claims(&house.issuer));
    let look = |token: String, seconds| {
        let issuers = issuers.clone();
        async move {
            issuers
                .verify(&token, Use::Proof, NOW.plus_s(seconds))
                .await
                .map(|_| ())
        }
    };
    assert_eq!(look(second.clone(), 5).await, Err(Rejection::Key));
    assert_eq!(look(second.clone(), 11).await, Ok(()));
    assert_eq!(asked(), 2);
    assert_eq!(
        look(first, 12).await,
        Err(Rejection::Key),
        "the old key is gone"
    );
    assert_eq!(asked(), 2);
}

#[tokio::test]
async fn a_provider_out_of_reach_is_a_reason_of_its_own() {
    let key = Key::new("k1");
    let gone = "http://127.0.0.1:1";
    let issuers = Issuers::new(vec![(provider(gone), fetch())]);
    let verified = issuers
        .verify(&key.sign(&claims(gone)), Use::Proof, NOW)
        .await;
    assert!(
        matches!(verified, Err(Rejection::Unreachable(_))),
        "{verified:?}"
    );
    let stranger = issuers
        .verify(&key.sign(&claims("https://other.example")), Use::Proof, NOW)
        .await;
    assert_eq!(stranger, Err(Rejection::Issuer));

    // One that describes itself as somebody else: the mix-up.
    let house = House::new(&[&key]).await;
    let as_other = format!("{}/", house.issuer);
    let issuers = Issuers::new(vec![(provider(&as_other), fetch())]);
    let verified = issuers
        .verify(&key.sign(&claims(&as_other)), Use::Proof, NOW)
        .await;
    assert!(
        matches!(verified, Err(Rejection::Unreachable(_))),
        "{verified:?}"
    );

    let clear = fetch()
        .document("http://id.example/keys")
        .await
        .unwrap_err();
    assert!(clear.to_string().contains("is not https"), "{clear}");
}
