//! A stand-in for an identity provider that signs whatever is asked for (`issuer.mjs`), and what
//! asks our own HTTP doors.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::drivers::{Language, command};
use super::{Served, piped};

/// One that signs.
pub(crate) struct Issuer {
    dir: tempfile::TempDir,
    pub(crate) issuer: String,
    served: Served,
}

/// An answer: its status, its head and its body.
pub(crate) struct Answer {
    pub(crate) body: String,
    pub(crate) head: String,
    pub(crate) status: u16,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.body))
    }
}

/// Asks in clear text.
pub(crate) fn ask(
    address: &str,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut asked = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(asked, "{name}: {value}\r\n").unwrap();
    }
    write!(asked, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        body: body.to_owned(),
        head: head.to_lowercase(),
        status: head[9..12].parse().unwrap(),
    }
}

impl Issuer {
    /// One that listens; nothing where the packages are missing.
    pub(crate) fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let modules = std::env::var_os("PORTCULLIS_TEST_NODE_MODULES");
        let mut node = command(Language::Node, "issuer.mjs")?;
        let mut node = piped(&mut node);
        node.env("PORTCULLIS_TEST_NODE_MODULES", modules.unwrap());
        let mut served = Served::start(node, dir.path().join("log"));
        let ready: Value = serde_json::from_str(&served.line()).unwrap();
        let issuer = ready["issuer"].as_str().unwrap().to_owned();
        Some(Self {
            dir,
            issuer,
            served,
        })
    }

    /// A token with these parts: `header` over the usual, by the `own` key or another.
    pub(crate) fn mint(&self, key: &str, header: &Value, claims: &Value) -> String {
        let asked = json!({ "header": header, "claims": claims, "key": key }).to_string();
        let address = self.issuer.strip_prefix("http://").unwrap();
        let answer = ask(address, ("POST", "/mint"), &[], &asked);
        let log = self.dir.path().join("log");
        assert_eq!(
            answer.status,
            200,
            "{} {}{}",
            answer.body,
            self.served.log(),
            log.display()
        );
        answer.body
    }

    /// The usual claims of a token, and these over them; `null` takes one away.
    pub(crate) fn claims(&self, more: &Value) -> Value {
        let now = now();
        let mut claims = json!({
            "iss": self.issuer, "sub": "00u1", "aud": "portcullis", "iat": now, "exp": now + 300,
            "email": "erin@example.com", "groups": ["developers"],
            "jti": format!("{:?}", std::time::Instant::now()),
        });
        let whole = claims.as_object_mut().unwrap();
        for (name, value) in more.as_object().unwrap() {
            if value.is_null() {
                whole.remove(name);
            } else {
                whole.insert(name.clone(), value.clone());
            }
        }
        claims
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

/// A text as a form writes it.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(fields);
    pairs.finish()
}
