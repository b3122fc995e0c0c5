//! The routes as people and programs meet them: a real listener, real tokens, and bytes.

use super::*;
use crate::testing::{House, NOW, Standing, house, review};
use govern::Reviews;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Plane {
    address: std::net::SocketAddr,
    clock: Arc<Standing>,
    house: House,
    review: Review,
}

async fn plane() -> Plane {
    let (house, clock) = (house(), Arc::new(Standing(Mutex::new(NOW))));
    let review = review(0x1a2b_3c4d, &[("dba", 1)]);
    drop(house.desk.open(&review, 600).unwrap());
    let directory: Arc<dyn Directory> = Arc::clone(&house.directory) as _;
    let asker = asker(&house);
    let routes = routes(
        Arc::clone(&house.desk),
        directory,
        Arc::clone(&clock) as _,
        asker,
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Plane {
        address,
        clock,
        house,
        review,
    }
}

impl Plane {
    async fn ask(&self, line: &str, headers: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let asked = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             {headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head[9..12].parse().unwrap(),
            serde_json::from_str(body).unwrap(),
        )
    }

    async fn ask_as(&self, name: &str, line: &str, body: &str) -> (u16, Value) {
        let header = format!("Authorization: Bearer {}\r\n", self.house.token(name));
        self.ask(line, &header, body).await
    }
}

/// Gives everybody at `orders` what they ask, if dbas say so; elsewhere there is nothing.
fn asker(_house: &House) -> Asker {
    Arc::new(|by, target, asked| {
        if target != "orders" {
            let no = Refusal::new(model::RefusalKind::Denied, "there is no such target");
            return Err(no.hint("ask its operators for its name"));
        }
        Ok(crate::testing::ahead(by.name().as_str(), asked))
    })
}

const ASKED: &str = r#"{"target":"orders","for_s":60,"reason":"ticket 7"}"#;

const EVERY: [&str; 4] = [
    "GET /v1/reviews",
    "GET /v1/reviews/1a2b-3c4d",
    "POST /v1/reviews/1a2b-3c4d/approve",
    "POST /v1/reviews/1a2b-3c4d/deny",
];

/// Those of asking ahead.
const AHEAD: [&str; 4] = [
    "GET /v1/grants",
    "POST /v1/grants/1a2b-3c4d/revoke",
    "POST /v1/requests",
    "POST /v1/requests/1a2b-3c4d/withdraw",
];

fn body_of(line: &str) -> &'static str {
    if line.ends_with("deny") {
        r#"{"reason":"no"}"#
    } else if line.ends_with("requests") {
        ASKED
    } else {
        ""
    }
}

#[tokio::test]
async fn nothing_is_had_by_reaching_the_socket() {
    let plane = plane().await;
    let dana = plane.house.token("dana");
    let revoked = plane
        .house
        .admin
        .issue(&"dana".parse().unwrap(), 60, NOW)
        .unwrap();
    plane.house.admin.revoke(&revoked.record.id).unwrap();
    let short = plane
        .house
        .admin
        .issue(&"dana".parse().unwrap(), 60, NOW)
        .unwrap();
    let frank = plane.house.token("frank");
    plane
        .house
        .admin
        .disable(&"frank".parse().unwrap())
        .unwrap();
    *plane.clock.0.lock() = NOW.plus_s(60);
    let headers = [
        String::new(),
        "Authorization: Bearer \r\n".to_owned(),
        format!("Authorization: {dana}\r\n"),
        format!("Authorization: Basic {dana}\r\n"),
        format!("Authorization: Bearer {dana}x\r\n"),
        format!("Authorization: Bearer {dana}\r\nAuthorization: Bearer {dana}\r\n"),
        format!("Authorization: Bearer {}\r\n", revoked.token.as_str()),
        format!("Authorization: Bearer {}\r\n", short.token.as_str()),
        format!("Authorization: Bearer {frank}\r\n"),
    ];
    let mut said = std::collections::BTreeSet::new();
    for line in EVERY.into_iter().chain(AHEAD) {
        for header in &headers {
            let (status, answer) = plane.ask(line, header, body_of(line)).await;
            assert_eq!(status, 401, "{line} {header}");
            said.insert(answer.to_string());
        }
    }
    assert_eq!(said.len(), 1, "and one sentence for all of them: {said:?}");
    assert_eq!(plane.house.state(&plane.review), ReviewState::Open);
    assert!(plane.house.ledger.lock().is_empty());
}

#[tokio::test]
async fn each_sees_and_answers_what_is_theirs() {
    let table = [
        ("alice", [1, 200, 403, 403]),
        ("dana", [1, 200, 200, 200]),
        ("fixer", [1, 200, 403, 403]),
        ("scout", [0, 404, 403, 403]),
        ("nightly", [0, 404, 403, 403]),
        ("zoe", [0, 404, 404, 404]),
    ];
    for (name, expected) in table {
        for (line, expected) in EVERY.into_iter().zip(expected) {
            let plane = plane().await;
            let (status, answer) = plane.ask_as(name, line, body_of(line)).await;
            if line == "GET /v1/reviews" {
                assert_eq!(
                    answer["reviews"].as_array().unwrap().len(),
                    usize::from(expected)
                );
            } else {
                assert_eq!(status, expected, "{name} {line} {answer}");
            }
            if status >= 400 {
                assert!(
                    answer["error"].is_string() && answer["hint"].is_string(),
                    "{answer}"
                );
                assert_eq!(plane.house.state(&plane.review), ReviewState::Open);
            }
        }
    }
}

#[tokio::test]
async fn a_review_is_shown_with_its_votes_and_without_its_binding() {
    let plane = plane().await;
    let (_, shown) = plane.ask_as("dana", EVERY[1], "").await;
    assert_eq!(
        (&shown["may_answer"], &shown["why_not"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(
        (&shown["code"], &shown["state"]),
        (&json!("1a2b-3c4d"), &json!("open"))
    );
    assert!(!shown.to_string().contains("b1nd1ng"));
    let (_, own) = plane.ask_as("alice", EVERY[1], "").await;
    assert_eq!(
        own["why_not"],
        "nobody reviews what their own agent asked for"
    );
    let deny = r#"{"reason":"not on a Friday"}"#;
    let (_, denied) = plane.ask_as("dana", EVERY[3], deny).await;
    assert_eq!(denied["state"], "denied");
    assert_eq!(denied["votes"][0]["reason"], "not on a Friday");
    let (status, second) = plane.ask_as("erin", EVERY[2], "").await;
    assert_eq!(
        (status, &second["error"]),
        (409, &json!("this review is no longer open: it is denied"))
    );
    for (asked, count) in [
        ("", 0),
        ("?state=open", 0),
        ("?state=denied", 1),
        ("?state=all", 1),
    ] {
        let (_, listed) = plane
            .ask_as("dana", &format!("GET /v1/reviews{asked}"), "")
            .await;
        assert_eq!(
            listed["reviews"].as_array().unwrap().len(),
            count,
            "{asked}"
        );
    }
}

#[tokio::test]
async fn a_malformed_answer_is_no_answer() {
    let plane = plane().await;
    let table = [
        (EVERY[2], r#"{"reason":"?"}"#),
        (EVERY[2], "yes"),
        (EVERY[3], ""),
        (EVERY[3], "{}"),
        (EVERY[3], r#"{"reason":""}"#),
        (EVERY[3], r#"{"reason":"x","all":true}"#),
        (EVERY[3], r#"{"reason":"this is longer than it may be"}"#),
        ("GET /v1/reviews?state=none", ""),
        ("GET /v1/reviews?all=1", ""),
    ];
    for (line, body) in table {
        let (status, answer) = plane.ask_as("dana", line, body).await;
        assert_eq!(status, 400, "{line} {body} {answer}");
        assert!(
            answer["error"].is_string() && answer["hint"].is_string(),
            "{answer}"
        );
    }
    assert_eq!(plane.house.state(&plane.review), ReviewState::Open);
    *plane.house.is_broken.lock() = true;
    assert_eq!(
        plane.ask_as("dana", EVERY[2], "{}").await.0,
        503,
        "unrecorded"
    );
    *plane.house.is_broken.lock() = false;
    assert_eq!(
        plane.ask_as("dana", EVERY[2], "{}").await.1["state"],
        "approved"
    );
}

#[tokio::test]
async fn what_is_asked_ahead_is_seen_answered_and_ended_by_those_it_concerns() {
    // Who asks, who acts, and what they may: see it, approve it, withdraw it; then, once dana gave
    // it, see it, revoke it.
    let table = [
        ("zoe", "zoe", [200, 403, 200, 1, 200]),
        ("zoe", "dana", [200, 200, 404, 1, 200]),
        ("zoe", "alice", [200, 200, 404, 1, 200]),
        ("zoe", "fixer", [404, 403, 404, 0, 404]),
        ("zoe", "nightly", [404, 403, 404, 0, 404]),
        ("fixer", "fixer", [200, 403, 200, 1, 200]),
        ("fixer", "alice", [200, 403, 404, 1, 200]),
        ("fixer", "zoe", [404, 404, 404, 0, 404]),
        ("fixer", "scout", [404, 403, 404, 0, 404]),
    ];
    for (asks, acts, expected) in table {
        let steps = ["", "approve", "withdraw", "list", "revoke"];
        for (step, expected) in steps.into_iter().zip(expected) {
            let plane = plane().await;
            let (status, review) = plane.ask_as(asks, "POST /v1/requests", ASKED).await;
            assert_eq!(
                (status, &review["ahead"]["reason"]),
                (200, &json!("ticket 7"))
            );
            assert!(!review.to_string().contains("ahead:"), "{review}");
            let code = review["code"].as_str().unwrap();
            if ["list", "revoke"].contains(&step) {
                let line = format!("POST /v1/reviews/{code}/approve");
                assert_eq!(plane.ask_as("dana", &line, "").await.0, 200);
            }
            let line = match step {
                "" => format!("GET /v1/reviews/{code}"),
                "approve" => format!("POST /v1/reviews/{code}/approve"),
                "withdraw" => format!("POST /v1/requests/{code}/withdraw"),
                "list" => "GET /v1/grants".to_owned(),
                _ => format!("POST /v1/grants/{code}/revoke"),
            };
            let (status, answer) = plane.ask_as(acts, &line, "").await;
            if step == "list" {
                let grants = answer["grants"].as_array().unwrap();
                assert_eq!(
                    grants.len(),
                    usize::from(expected),
                    "{acts} {line} {answer}"
                );
                continue;
            }
            assert_eq!(status, expected, "{acts} {line} {answer}");
            if step == "approve" {
                let given = plane.house.desk.grants().len();
                assert_eq!(given, usize::from(status == 200), "{acts} {line}");
            }
            if step == "revoke" {
                let given = plane.house.desk.grants().len();
                assert_eq!(given, usize::from(status != 200), "{acts} {line}");
            }
        }
    }
}

#[tokio::test]
async fn a_malformed_or_impossible_question_is_none() {
    let plane = plane().await;
    let table = [
        ("", 400),
        ("{}", 400),
        (r#"{"target":"orders","for_s":60}"#, 400),
        (r#"{"target":"orders","for_s":-1,"reason":"x"}"#, 400),
        (
            r#"{"target":"orders","for_s":60,"reason":"x","also":1}"#,
            400,
        ),
        (r#"{"target":"nowhere","for_s":60,"reason":"x"}"#, 403),
    ];
    for (body, expected) in table {
        let (status, answer) = plane.ask_as("zoe", "POST /v1/requests", body).await;
        assert_eq!(status, expected, "{body} {answer}");
        assert!(
            answer["error"].is_string() && answer["hint"].is_string(),
            "{answer}"
        );
    }
    for line in ["GET /v1/grants?state=open", "GET /v1/grants?all=1"] {
        assert_eq!(plane.ask_as("zoe", line, "").await.0, 400, "{line}");
    }
    assert!(plane.house.ledger.lock().is_empty());
}
