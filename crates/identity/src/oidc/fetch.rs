//! Reads a provider's documents: small JSON over HTTPS, within bounds, from where it said.
//!
//! No redirects, so that a document comes from the host that was configured; plain HTTP to this
//! machine only, which is what a stand-in for a provider has.

use std::time::Duration;

use serde_json::Value;
use url::{Host, Url};

/// How long a provider may take for one document.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest document, bytes: key sets with certificates are some ten thousand.
const DOCUMENT_BYTES: usize = 512 * 1024;

/// A document that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreachable(pub(super) String);

/// Reads documents. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetch {
    client: reqwest::Client,
}

impl Fetch {
    /// One that trusts what `tls` trusts.
    pub fn new(tls: rustls::ClientConfig) -> Result<Self, Unreachable> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            // A person takes minutes between two of our questions: a connection that was kept is
            // closed by then, and a POST is not sent twice.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|fault| Unreachable(fault.to_string()))?;
        Ok(Self { client })
    }

    /// GET, as JSON.
    pub async fn document(&self, url: &str) -> Result<Value, Unreachable> {
        let url = safe(url)?;
        let answer = self.client.get(url.clone()).send().await;
        Self::read(&url, answer).await
    }

    /// POST of a form, as JSON; an answer of any status that is JSON is given, with its status.
    pub async fn form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<(u16, Value), Unreachable> {
        let url = safe(url)?;
        let answer = self.client.post(url.clone()).form(fields).send().await;
        let answer = answer.map_err(|fault| reason(&url, &fault))?;
        let status = answer.status().as_u16();
        let bytes = whole(&url, answer).await?;
        let read = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok((status, read))
    }

    /// POST of JSON by the holder of a token, as JSON; with its status, whatever that is.
    pub async fn post(
        &self,
        url: &str,
        token: &str,
        body: &Value,
    ) -> Result<(u16, Value), Unreachable> {
        let url = safe(url)?;
        let asked = self.client.post(url.clone()).bearer_auth(token).json(body);
        let answer = asked.send().await.map_err(|fault| reason(&url, &fault))?;
        let status = answer.status().as_u16();
        let bytes = whole(&url, answer).await?;
        Ok((
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        ))
    }

    async fn read(
        url: &Url,
        answer: Result<reqwest::Response, reqwest::Error>,
    ) -> Result<Value, Unreachable> {
        let answer = answer.map_err(|fault| reason(url, &fault))?;
        if !answer.status().is_success() {
            return Err(Unreachable(format!("{url} answered {}", answer.status())));
        }
        let bytes = whole(url, answer).await?;
        serde_json::from_slice(&bytes).map_err(|_| Unreachable(format!("{url} is no JSON")))
    }
}

fn reason(url: &Url, fault: &reqwest::Error) -> Unreachable {
    let mut cause: &dyn std::error::Error = fault;
    while let Some(below) = cause.source() {
        cause = below;
    }
    Unreachable(format!("{url}: {cause}"))
}

async fn whole(url: &Url, mut answer: reqwest::Response) -> Result<Vec<u8>, Unreachable> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|fault| reason(url, &fault))? {
        if bytes.len() + chunk.len() > DOCUMENT_BYTES {
            return Err(Unreachable(format!("{url} is over {DOCUMENT_BYTES} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// An address documents may be read from.
pub(super) fn safe(url: &str) -> Result<Url, Unreachable> {
    let read = Url::parse(url).map_err(|fault| Unreachable(format!("{url:?}: {fault}")))?;
    let is_here = match read.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match read.scheme() {
        "https" => Ok(read),
        "http" if is_here => Ok(read),
        _ => Err(Unreachable(format!(
            "{url} is not https: only this machine is asked in clear text"
        ))),
    }
}
