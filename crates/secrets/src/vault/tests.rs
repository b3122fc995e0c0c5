//! Against a stand-in that answers as Vault's API documentation has it (the real one is in no
//! registry we can reach): paths, headers, bodies, statuses, and leases that end.

use std::sync::Mutex as Lock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method as Verb, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::*;

/// What the stand-in was asked, and what it will say.
#[derive(Default)]
struct Said {
    asked: Vec<String>,
    /// Logins so far: each gives a token of its own, and only the last counts.
    logins: usize,
    is_down: bool,
    lease_s: u64,
    renews_for_s: u64,
    roles: usize,
}

type Shared = Arc<Lock<Said>>;

async fn answer(
    State(said): State<Shared>,
    verb: Verb,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut said = said.lock().unwrap();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    said.asked.push(format!("{verb} {}", uri.path()));
    assert_eq!(header("x-vault-namespace"), Some("team"));
    if said.is_down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let given = |body: Value| axum::Json(body).into_response();
    if uri.path() == "/v1/auth/approle/login" {
        assert_eq!(body, json!({ "role_id": "r", "secret_id": "s" }));
        said.logins += 1;
        let token = format!("token-{}", said.logins);
        return given(json!({ "auth": {
            "client_token": token, "lease_duration": 3600, "renewable": true,
        }}));
    }
    if uri.path() == "/v1/auth/kubernetes/login" {
        assert_eq!(body, json!({ "role": "gw", "jwt": "a.b.c" }));
        said.logins += 1;
        let token = format!("token-{}", said.logins);
        return given(json!({ "auth": { "client_token": token, "lease_duration": 3600 }}));
    }
    let token = format!("token-{}", said.logins);
    if header("x-vault-token") != Some(&token) {
        let no = json!({ "errors": ["permission denied geheim"] });
        return (StatusCode::FORBIDDEN, axum::Json(no)).into_response();
    }
    match (verb.as_str(), uri.path()) {
        ("GET", "/v1/secret/data/orders") => given(json!({ "data": {
            "data": { "password": "pass-1" }, "metadata": { "version": 1 },
        }})),
        ("GET", "/v1/database/creds/app") => {
            said.roles += 1;
            given(json!({
                "lease_id": format!("database/creds/app/{}", said.roles),
                "lease_duration": said.lease_s,
                "renewable": true,
                "data": { "username": format!("v-app-{}", said.roles), "password": "pw" },
            }))
        }
        ("PUT", "/v1/sys/leases/renew") => {
            assert_eq!(
                body["lease_id"],
                format!("database/creds/app/{}", said.roles)
            );
            given(json!({ "lease_duration": said.renews_for_s, "renewable": true }))
        }
        ("PUT", "/v1/sys/leases/revoke") => StatusCode::NO_CONTENT.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn world(sign_in: SignIn) -> (Shared, Arc<Vault>) {
    let said = Shared::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(said.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let vault = Vault::new(&address, Some("team".to_owned()), sign_in, tls).unwrap();
    (said, Arc::new(vault))
}

fn approle() -> SignIn {
    SignIn::AppRole {
        mount: "approle".to_owned(),
        role_id: "r".to_owned(),
        secret_id: "s".to_owned(),
    }
}

#[tokio::test]
async fn a_field_of_a_secret_is_read_once_however_many_ask() {
    let (said, vault) = world(approle()).await;
    let kv = KeyValue::new(vault.clone(), ("secret", "orders", "password"), "app");
    let (one, two) = tokio::join!(kv.obtain(), kv.obtain());
    assert_eq!(one, Ok(account("app", "pass-1")));
    assert_eq!(one, two);
    let asked = ["POST /v1/auth/approle/login", "GET /v1/secret/data/orders"];
    assert_eq!(said.lock().unwrap().asked, asked);

    let other = KeyValue::new(vault.clone(), ("secret", "orders", "user"), "app");
    let missing = other.obtain().await.unwrap_err().to_string();
    assert_eq!(missing, "secret/data/orders has no field user of text");
    let none = KeyValue::new(vault, ("secret", "nothing", "user"), "app");
    let missing = none.obtain().await.unwrap_err().to_string();
    assert_eq!(missing, "vault answered 404 to secret/data/nothing");
}

#[tokio::test]
async fn who_vault_has_forgotten_signs_in_again_and_a_no_is_a_status() {
    let (said, vault) = world(approle()).await;
    let kv =
        |vault: &Arc<Vault>| KeyValue::new(vault.clone(), ("secret", "orders", "password"), "app");
    kv(&vault).obtain().await.unwrap();
    // As if Vault had restarted: the token of before is nobody's.
    said.lock().unwrap().logins += 1;
    kv(&vault).obtain().await.unwrap();
    assert_eq!(said.lock().unwrap().logins, 3);

    let (_, vault) = world(SignIn::Token("wrong".to_owned())).await;
    let no = kv(&vault).obtain().await.unwrap_err().to_string();
    assert_eq!(no, "vault answered 403 to secret/data/orders");
    assert!(!format!("{:?}", SignIn::Token("wrong".to_owned())).contains("wrong"));
}

#[tokio::test]
async fn a_platforms_token_is_read_when_it_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    let (mount, role) = ("kubernetes".to_owned(), "gw".to_owned());
    let (_, vault) = world(SignIn::Jwt {
        file: file.clone(),
        mount,
        role,
    })
    .await;
    let kv = KeyValue::new(vault, ("secret", "orders", "password"), "app");
    assert!(kv.obtain().await.is_err(), "the file is not there yet");
    std::fs::write(&file, "a.b.c\n").unwrap();
    assert!(kv.obtain().await.is_ok());
}

#[tokio::test]
async fn a_lease_is_renewed_replaced_and_given_back() {
    let (said, vault) = world(approle()).await;
    said.lock().unwrap().lease_s = 3_600;
    let database = Database::new(vault, "database", "app");
    let (one, two) = tokio::join!(database.obtain(), database.obtain());
    assert_eq!(one, Ok(account("v-app-1", "pw")));
    assert_eq!(one, two);

    let age = async |seconds: u64| {
        let mut held = database.held.lock().await;
        held.as_mut().unwrap().left.0 = Duration::from_secs(seconds);
    };
    // Less than a third is left: renewed, and the same role goes on.
    age(600).await;
    said.lock().unwrap().renews_for_s = 3_600;
    assert_eq!(database.obtain().await, Ok(account("v-app-1", "pw")));
    // It cannot be renewed far enough: another role.
    age(600).await;
    said.lock().unwrap().renews_for_s = 700;
    assert_eq!(database.obtain().await, Ok(account("v-app-2", "pw")));
    // Vault is down: the role that still counts is used, and none when it has ended.
    age(600).await;
    said.lock().unwrap().is_down = true;
    assert_eq!(database.obtain().await, Ok(account("v-app-2", "pw")));
    age(0).await;
    assert!(database.obtain().await.is_err());
    said.lock().unwrap().is_down = false;
    assert_eq!(database.obtain().await, Ok(account("v-app-3", "pw")));
    database.end().await;
    let asked = said.lock().unwrap().asked.clone();
    assert_eq!(asked.last().unwrap(), "PUT /v1/sys/leases/revoke");
    let count = |what: &str| asked.iter().filter(|asked| asked.ends_with(what)).count();
    assert_eq!((count("creds/app"), count("renew")), (5, 3));
}

#[test]
fn vault_is_asked_over_tls_unless_it_is_here() {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    for (address, is_good) in [
        ("https://vault.example.com:8200", true),
        ("http://127.0.0.1:8200", true),
        ("http://vault.example.com:8200", false),
        ("vault", false),
    ] {
        let made = Vault::new(address, None, SignIn::Token(String::new()), tls.clone());
        assert_eq!(made.is_ok(), is_good, "{address}");
    }
}
