//! The routes as a client meets them: a real listener on a free port, and bytes.
// tidy: table — requests and the answers they must get

use super::*;
use model::{Directory, Limits, Store};
use serde_json::Value;
use store::SqliteStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Noon;
impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_170_937_000_042)
    }
}

struct Plane {
    address: std::net::SocketAddr,
    directory: Arc<LocalDirectory>,
}

async fn plane(recorder: Recorder) -> Plane {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
    let directory = Arc::new(LocalDirectory::new(store, [9; 32], &Limits::default()));
    let routes = routes(
        Arc::clone(&directory),
        recorder,
        Arc::new(Noon),
        Arc::new(Default::default),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Plane { address, directory }
}

impl Plane {
    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head[9..12].parse().unwrap(),
            serde_json::from_str(body).unwrap(),
        )
    }
}

#[tokio::test]
async fn principals_and_tokens_live_and_end() {
    let plane = plane(Arc::new(|_, _, _| Ok(()))).await;
    let alice = r#"{"name":"alice","kind":"person","groups":["dev"]}"#;
    let (status, added) = plane.ask("POST", "/v1/principals", alice).await;
    assert_eq!(
        (status, &added["name"], &added["salt"]),
        (201, &json!("alice"), &Value::Null)
    );
    let fixer = r#"{"name":"fixer","kind":"agent","acts_for":"alice"}"#;
    assert_eq!(plane.ask("POST", "/v1/principals", fixer).await.0, 201);
    let (_, all) = plane.ask("GET", "/v1/principals", "").await;
    assert_eq!(all["principals"][1]["acts_for"], "alice");

    let ask = r#"{"principal":"alice","ttl_s":60}"#;
    let (status, issued) = plane.ask("POST", "/v1/tokens", ask).await;
    assert_eq!(status, 201);
    let token = issued["token"].as_str().unwrap().to_owned();
    let show = || plane.directory.show(Some("alice"), &token, Noon.now());
    assert_eq!(show().unwrap().token.as_deref(), issued["id"].as_str());
    let (_, all) = plane.ask("GET", "/v1/tokens", "").await;
    assert_eq!(all["tokens"][0]["state"], "live");
    assert!(!all.to_string().contains(&token), "it is shown once");

    let revoke = format!("/v1/tokens/{}/revoke", issued["id"].as_str().unwrap());
    assert_eq!(plane.ask("POST", &revoke, "").await.1["state"], "revoked");
    assert!(show().is_err());
    let (status, disabled) = plane.ask("POST", "/v1/principals/alice/disable", "").await;
    assert_eq!((status, &disabled["is_disabled"]), (200, &json!(true)));
}

#[tokio::test]
async fn a_no_is_a_sentence_and_a_hint() {
    let plane = plane(Arc::new(|_, _, _| Ok(()))).await;
    let alice = r#"{"name":"alice","kind":"person"}"#;
    assert_eq!(plane.ask("POST", "/v1/principals", alice).await.0, 201);
    let huge = "x".repeat(BODY_BYTES + 1);
    let table = [
        ("/v1/principals", alice, 409, "exists already"),
        ("/v1/principals", "", 400, "the body is not"),
        ("/v1/principals", huge.as_str(), 413, "length limit"),
        (
            "/v1/principals",
            r#"{"name":"x","kind":"person","admin":true}"#,
            400,
            "unknown field",
        ),
        (
            "/v1/principals",
            r#"{"name":"x","name":"y","kind":"person"}"#,
            400,
            "duplicate field",
        ),
        (
            "/v1/principals",
            r#"{"name":"x y","kind":"person"}"#,
            400,
            "is not a name",
        ),
        (
            "/v1/principals",
            r#"{"name":"x","kind":"root"}"#,
            400,
            "unknown variant",
        ),
        (
            "/v1/principals",
            r#"{"name":"x","kind":"agent"}"#,
            400,
            "an agent acts for",
        ),
        (
            "/v1/principals/nobody/disable",
            "",
            404,
            "there is no principal nobody",
        ),
        ("/v1/principals/a%20b/disable", "", 404, "is not a name"),
        (
            "/v1/tokens",
            r#"{"principal":"alice","ttl_s":-1}"#,
            400,
            "the body is not",
        ),
        (
            "/v1/tokens",
            r#"{"principal":"alice","ttl_s":0}"#,
            400,
            "a token lives from",
        ),
        (
            "/v1/tokens",
            r#"{"principal":"nobody","ttl_s":9}"#,
            404,
            "there is no principal",
        ),
        ("/v1/tokens/t1/revoke", "", 404, "there is no token t1"),
    ];
    for (path, body, status, error) in table {
        let (got, answer) = plane.ask("POST", path, body).await;
        assert_eq!(got, status, "{path} {answer}");
        assert!(
            answer["error"].as_str().unwrap().contains(error),
            "{path} {answer}"
        );
        assert!(
            !answer["hint"].as_str().unwrap().is_empty(),
            "{path} {answer}"
        );
    }
}

#[tokio::test]
async fn an_unrecorded_act_does_not_happen() {
    let plane = plane(Arc::new(|_, _, _| Err("the disk is full".to_owned()))).await;
    let alice = r#"{"name":"alice","kind":"person"}"#;
    let (status, answer) = plane.ask("POST", "/v1/principals", alice).await;
    assert_eq!(status, 503);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .contains("not done: the disk is full")
    );
    let (_, all) = plane.ask("GET", "/v1/principals", "").await;
    assert_eq!(all, json!({ "principals": [] }));
}
