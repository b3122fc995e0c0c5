//! Tasks of the demo's agent, asked for at the control socket as any client asks.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use super::{Demo, run, said};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const OURS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Asks the control socket, as whoever that token shows: the status and the answer.
pub(crate) fn ask(
    demo: &Demo,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> (u16, Value) {
    let kind = if body.starts_with('{') {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         {}Content-Length: {}\r\n\r\n",
        bearer.unwrap_or_default(),
        body.len()
    );
    let mut socket = UnixStream::connect(demo.data_dir().join("control.sock")).unwrap();
    socket
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (head[9..12].parse().unwrap(), body)
}

/// A form of the token endpoint's.
fn form(subject: &str, actor: &str, bounds: &Value) -> String {
    let details = json!([bounds]).to_string();
    let pairs = [
        ("grant_type", GRANT),
        ("subject_token", subject),
        ("subject_token_type", OURS),
        ("actor_token", actor),
        ("actor_token_type", OURS),
        ("authorization_details", &details),
    ];
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs).finish()
}

pub(crate) fn exchange(demo: &Demo, subject: &str, actor: &str, bounds: &Value) -> (u16, Value) {
    ask(
        demo,
        "POST",
        "/oauth/token",
        None,
        &form(subject, actor, bounds),
    )
}

/// A task of fixer's for that person.
pub(crate) fn given(demo: &Demo, person: &str, bounds: &Value) -> Value {
    let (status, answer) = exchange(demo, demo.token(person), demo.token("fixer"), bounds);
    assert_eq!(status, 200, "{answer}");
    answer
}

pub(crate) fn bounds(more: &Value) -> Value {
    let mut bounds = json!({ "type": "db_access", "purpose": "look at orders" });
    for (key, value) in more.as_object().unwrap() {
        bounds[key] = value.clone();
    }
    bounds
}

/// How an agent signs in with a token.
pub(crate) fn dsn(demo: &Demo, agent: &str, token: &str) -> String {
    format!(
        "postgres://{agent}:{token}@{}/shop?sslmode=require",
        demo.address()
    )
}

pub(crate) fn sql(demo: &Demo, token: &str, statements: &[&str]) -> String {
    said(&run(&mut super::commands(
        &dsn(demo, "fixer", token),
        statements,
    )))
}

pub(crate) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

/// Every entry of the ledger.
pub(crate) fn entries(demo: &Demo) -> Vec<Value> {
    let output = run(&mut demo.verb(&["ledger", "tail", "-n", "1000000", "--format", "json"]));
    let output = String::from_utf8(output.stdout).unwrap();
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
