//! Secrets of Vault (and its fork, `OpenBao`): key/value version 2, and the database engine.
//!
//! A lease is renewed when a third of it is left, by whoever asks next (a target's catalog is read
//! every minute, so somebody does); one that can be renewed no further is replaced. What is left at
//! the end is given back. A sign-in at Vault is kept likewise, and made anew where Vault has
//! forgotten it. Of an answer that is a no only its status is said.

mod sign_in;

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Account, Accounts, Obtaining, Unobtained};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::{Host, Url};

pub use sign_in::SignIn;

use crate::{KEPT, Kept, account};

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The largest answer read, bytes.
const MOST: usize = 1 << 20;

/// A Vault.
pub struct Vault {
    address: Url,
    client: reqwest::Client,
    namespace: Option<String>,
    sign_in: SignIn,
    token: Mutex<Option<sign_in::Token>>,
}

/// What a Vault answered: its status, and its JSON.
struct Answer(u16, Value);

impl Vault {
    /// The one at that address, over this TLS.
    pub fn new(
        address: &str,
        namespace: Option<String>,
        sign_in: SignIn,
        tls: rustls::ClientConfig,
    ) -> Result<Self, Unobtained> {
        let address = Url::parse(address).map_err(|fault| no(&fault))?;
        let is_here = match address.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if address.scheme() != "https" && !(address.scheme() == "http" && is_here) {
            return Err(no(&"vault is asked over https"));
        }
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(LIMIT)
            .build()
            .map_err(|fault| no(&fault))?;
        Ok(Self {
            address,
            client,
            namespace,
            sign_in,
            token: Mutex::default(),
        })
    }

    /// Asks as who we are there; once more where Vault no longer knows us.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, Unobtained> {
        for _ in 0..2 {
            let token = self.token().await?;
            let answer = self
                .send(method.clone(), path, body.clone(), Some(&token))
                .await?;
            // 403 is both "not you any more" and "not yours": the second try tells.
            if answer.0 != 403 || !self.forget(&token).await {
                return Ok(answer);
            }
        }
        Err(no(&format!("vault answered 403 to {path}")))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        token: Option<&str>,
    ) -> Result<Answer, Unobtained> {
        let mut url = self.address.clone();
        url.set_path(&format!("/v1/{path}"));
        let mut asked = self
            .client
            .request(method, url)
            .header("x-vault-request", "true");
        if let Some(token) = token {
            asked = asked.header("x-vault-token", token);
        }
        if let Some(namespace) = &self.namespace {
            asked = asked.header("x-vault-namespace", namespace);
        }
        if let Some(body) = &body {
            asked = asked.json(body);
        }
        // An address may stand in a fault of the library: it holds no secret, but no path either.
        let fault = |fault: reqwest::Error| no(&format!("vault: {}", fault.without_url()));
        let mut answer = asked.send().await.map_err(fault)?;
        let status = answer.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(fault)? {
            if bytes.len() + chunk.len() > MOST {
                return Err(no(&"vault answered more than can be meant"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Answer(
            status,
            serde_json::from_slice(&bytes).unwrap_or_default(),
        ))
    }
}

fn no(why: &dyn std::fmt::Display) -> Unobtained {
    Unobtained(why.to_string())
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

fn seconds(value: &Value, pointer: &str) -> Duration {
    let seconds = value.pointer(pointer).and_then(Value::as_u64);
    Duration::from_secs(seconds.unwrap_or_default())
}

/// A field of a secret, as the password of a role.
pub struct KeyValue {
    field: String,
    kept: Kept,
    path: String,
    user: Arc<str>,
    vault: Arc<Vault>,
}

impl KeyValue {
    /// That field at that mount and path.
    pub fn new(vault: Arc<Vault>, (mount, path, field): (&str, &str, &str), user: &str) -> Self {
        Self {
            field: field.to_owned(),
            kept: Kept::default(),
            path: format!("{mount}/data/{path}"),
            user: user.into(),
            vault,
        }
    }

    async fn fetch(&self) -> Result<Account, Unobtained> {
        let Answer(status, answer) = self.vault.ask(Method::GET, &self.path, None).await?;
        if status != 200 {
            return Err(no(&format!("vault answered {status} to {}", self.path)));
        }
        let fields = answer.pointer("/data/data");
        let password = fields.and_then(|fields| fields.get(&self.field)?.as_str());
        let missing = || {
            no(&format!(
                "{} has no field {} of text",
                self.path, self.field
            ))
        };
        Ok(account(&self.user, password.ok_or_else(missing)?))
    }
}

impl Accounts for KeyValue {
    fn obtain(&self) -> Obtaining<'_> {
        Box::pin(self.kept.or(KEPT, self.fetch()))
    }
}

/// A role that Vault made at the database for us, for a time.
struct Lease {
    account: Account,
    id: String,
    is_renewable: bool,
    /// How long it was given for at first.
    length: Duration,
    /// What it has now, and since when.
    left: (Duration, Instant),
}

impl Lease {
    fn rest(&self) -> Duration {
        self.left.0.saturating_sub(self.left.1.elapsed())
    }
}

/// Roles that Vault's database engine makes.
pub struct Database {
    held: Mutex<Option<Lease>>,
    mount: String,
    role: String,
    vault: Arc<Vault>,
}

impl Database {
    /// That role of the engine at that mount.
    pub fn new(vault: Arc<Vault>, mount: &str, role: &str) -> Self {
        Self {
            held: Mutex::default(),
            mount: mount.to_owned(),
            role: role.to_owned(),
            vault,
        }
    }

    async fn current(&self) -> Result<Account, Unobtained> {
        let mut held = self.held.lock().await;
        if let Some(lease) = held.as_mut() {
            let has_ended = lease.rest().is_zero();
            if !has_ended && lease.is_renewable && lease.rest() <= lease.length / 3 {
                self.renew(lease).await;
            }
            if lease.rest() > lease.length / 3 {
                return Ok(lease.account.clone());
            }
        }
        // Sessions may still be signed in as the last one: it ends by itself.
        match self.fetch().await {
            Ok(lease) => {
                let account = lease.account.clone();
                *held = Some(lease);
                Ok(account)
            }
            // While the last one counts, a Vault that is down keeps nobody out.
            Err(fault) => match held.as_ref().filter(|lease| !lease.rest().is_zero()) {
                Some(lease) => {
                    tracing::warn!(%fault, "no new role of vault's; the last one still counts");
                    Ok(lease.account.clone())
                }
                None => Err(fault),
            },
        }
    }

    async fn renew(&self, lease: &mut Lease) {
        let asked = json!({ "lease_id": lease.id, "increment": lease.length.as_secs() });
        let answer = self
            .vault
            .ask(Method::PUT, "sys/leases/renew", Some(asked))
            .await;
        match answer {
            Ok(Answer(200, answer)) => {
                lease.left = (seconds(&answer, "/lease_duration"), Instant::now());
            }
            Ok(Answer(status, _)) => tracing::warn!(status, "a lease of vault's is not renewed"),
            Err(fault) => tracing::warn!(%fault, "a lease of vault's is not renewed"),
        }
    }

    async fn fetch(&self) -> Result<Lease, Unobtained> {
        let path = format!("{}/creds/{}", self.mount, self.role);
        let Answer(status, answer) = self.vault.ask(Method::GET, &path, None).await?;
        if status != 200 {
            return Err(no(&format!("vault answered {status} to {path}")));
        }
        let given = (
            text(&answer, "/data/username"),
            text(&answer, "/data/password"),
        );
        let (Some(user), Some(password)) = given else {
            return Err(no(&format!("{path} gave no username and password")));
        };
        let length = seconds(&answer, "/lease_duration");
        Ok(Lease {
            account: account(user, password),
            id: text(&answer, "/lease_id").unwrap_or_default().to_owned(),
            is_renewable: answer.pointer("/renewable") == Some(&Value::Bool(true)),
            left: (length, Instant::now()),
            length,
        })
    }
}

impl Accounts for Database {
    fn obtain(&self) -> Obtaining<'_> {
        Box::pin(self.current())
    }

    fn end(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            let Some(lease) = self.held.lock().await.take() else {
                return;
            };
            let asked = json!({ "lease_id": lease.id });
            let ended = self
                .vault
                .ask(Method::PUT, "sys/leases/revoke", Some(asked))
                .await;
            if !matches!(ended, Ok(Answer(200 | 204, _))) {
                tracing::warn!("a lease of vault's was not given back: it ends by itself");
            }
        })
    }
}

#[cfg(test)]
mod tests;
