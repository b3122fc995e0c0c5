//! The control API from the other end: HTTP over the gateway's local socket.
//!
//! Why: every verb about a gateway goes the same way, whether it runs or not. Where none runs, the
//! same router is served by ourselves for as long as the verb takes (`wiring`).
//! It proves nobody by itself: answers to reviews carry the person's own token.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::exit::{Exit, Stop};
use crate::place::{Place, socket};
use crate::wiring::Guest;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A way to a gateway.
#[derive(Clone)]
pub(crate) struct Client {
    /// Alive where we serve the router ourselves.
    _guest: Option<Arc<Guest>>,
    socket: PathBuf,
    token: Option<String>,
}

impl Client {
    /// To the gateway of that place, running or not.
    pub(crate) async fn reach(place: &Place) -> anyhow::Result<Self> {
        let data_dir = place.data_dir()?;
        if is_running(&data_dir).await? {
            return Ok(Self::at(&data_dir));
        }
        let guest = Guest::open(place).await?;
        Ok(Self {
            _guest: Some(Arc::new(guest)),
            ..Self::at(&data_dir)
        })
    }

    /// To the running gateway of that place.
    pub(crate) async fn running(place: &Place) -> anyhow::Result<Self> {
        let data_dir = place.data_dir()?;
        if is_running(&data_dir).await? {
            return Ok(Self::at(&data_dir));
        }
        Err(Stop::failed(
            format!("no gateway runs on {}", data_dir.display()),
            "start one with `portcullis serve`, or name another with --data-dir",
        ))
    }

    fn at(data_dir: &Path) -> Self {
        Self {
            _guest: None,
            socket: socket(data_dir),
            token: None,
        }
    }

    /// The same, as the principal of that token.
    pub(crate) fn with(self, token: String) -> Self {
        Self {
            token: Some(token),
            ..self
        }
    }

    /// The same, as the principal of the token there is, if there is one.
    pub(crate) fn with_any(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// POST.
    pub(crate) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// POST of a form: the status and the answer, whatever they are.
    pub(crate) async fn form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<(u16, Value)> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let body = Some((FORM, Bytes::from(form)));
        let (status, bytes) = self.send(Method::POST, path, body).await?;
        let answer = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok((status.as_u16(), answer))
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let body = body.map(|body| serde_json::to_vec(&body)).transpose()?;
        let body = body.map(|body| (JSON, Bytes::from(body)));
        let (status, bytes) = self.send(method, path, body).await?;
        if status.is_success() {
            return Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null));
        }
        Err(no(status, &bytes))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Bytes)>,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let stream = UnixStream::connect(&self.socket).await;
        let stream = stream.with_context(|| format!("cannot reach {}", self.socket.display()))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut asked = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "portcullis");
        if let Some(token) = &self.token {
            asked = asked.header("authorization", format!("Bearer {token}"));
        }
        let (kind, body) = body.unzip();
        if let Some(kind) = kind {
            asked = asked.header("content-type", kind);
        }
        let body = Full::new(body.unwrap_or_default());
        let answer = sender.send_request(asked.body(body)?).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}

/// The gateway's no, as ours.
fn no(status: StatusCode, bytes: &[u8]) -> anyhow::Error {
    let said: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let word = |key: &str| {
        said.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let message = match word("error") {
        empty if empty.is_empty() => format!("the gateway answered {status}"),
        message => message,
    };
    let exit = if status == StatusCode::FORBIDDEN {
        Exit::Refused
    } else {
        Exit::Failed
    };
    Stop::with(exit, message, &word("hint"))
}

/// Whether somebody answers at the control socket.
pub(crate) async fn is_running(data_dir: &Path) -> anyhow::Result<bool> {
    match UnixStream::connect(socket(data_dir)).await {
        Ok(_) => Ok(true),
        Err(fault) => match fault.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Ok(false),
            ErrorKind::PermissionDenied => Err(Stop::failed(
                format!(
                    "the control socket in {} is not yours to use",
                    data_dir.display()
                ),
                "run this as the account the gateway runs as",
            )),
            _ => Err(fault.into()),
        },
    }
}
