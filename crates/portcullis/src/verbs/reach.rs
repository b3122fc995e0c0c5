//! How a client of a target is told to reach it: address, name, token.
//!
//! Why one place: `connect`, `env` and `exec` must lead to the same door. Everything may be named;
//! what is not named is asked from the running gateway.

use std::fmt::Write as _;
use std::net::SocketAddr;

use serde_json::Value;

use super::tokens::{OwnToken, whoami};
use crate::certificate::{self, Files};
use crate::client::Client;
use crate::exit::Stop;
use crate::output::of;
use crate::place::Place;

/// What may be named.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Named {
    /// The gateway's PostgreSQL address, host:port; else the local gateway's
    #[arg(long, value_name = "HOST:PORT", env = "PORTCULLIS_GATEWAY")]
    gateway: Option<String>,
    /// Who you are; else as your token says
    #[arg(long, value_name = "NAME", env = "PORTCULLIS_USER")]
    user: Option<String>,
    /// By a client certificate for your token: what is printed proves nobody by itself
    #[arg(long)]
    certificate: bool,
    #[command(flatten)]
    token: OwnToken,
}

/// A way to a target.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// Shown in place of the token, where there is one.
    pub(crate) certificate: Option<Files>,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) target: String,
    pub(crate) token: String,
    pub(crate) user: String,
}

impl Named {
    /// The way to that target.
    pub(crate) async fn way(&self, target: &str, place: &Place) -> anyhow::Result<Way> {
        let token = self.own().await?;
        let user = match (&self.user, &self.gateway) {
            (Some(user), _) => user.clone(),
            (None, Some(_)) => {
                let hint = "name yourself with --user: a remote gateway cannot be asked yet";
                return Err(Stop::usage("who are you?", hint));
            }
            (None, None) => {
                let client = Client::running(place).await?.with(token.clone());
                whoami(&client).await?
            }
        };
        let way = self.way_of(target, (&user, &token), place).await?;
        let certificate = if self.certificate {
            Some(certificate::of_token(&token, place).await?)
        } else {
            None
        };
        Ok(Way { certificate, ..way })
    }

    /// The token of whoever calls.
    pub(crate) async fn own(&self) -> anyhow::Result<String> {
        self.token.need().await
    }

    /// The way of somebody with that name and token, by the token.
    pub(crate) async fn way_of(
        &self,
        target: &str,
        (user, token): (&str, &str),
        place: &Place,
    ) -> anyhow::Result<Way> {
        let (host, port) = match &self.gateway {
            Some(gateway) => split(gateway)?,
            None => door(&Client::running(place).await?.get("/v1/about").await?)?,
        };
        Ok(Way {
            certificate: None,
            host,
            port,
            target: target.to_owned(),
            token: token.to_owned(),
            user: user.to_owned(),
        })
    }
}

fn split(gateway: &str) -> anyhow::Result<(String, u16)> {
    let found = gateway.rsplit_once(':');
    let found = found.and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    found.ok_or_else(|| Stop::usage(format!("{gateway:?} is not host:port"), ""))
}

/// The first listener that serves every target.
fn door(about: &Value) -> anyhow::Result<(String, u16)> {
    let listeners = of(about, "listeners").as_array().into_iter().flatten();
    let mut open = listeners.filter(|listener| of(listener, "target").is_null());
    let address = open.find_map(|listener| of(listener, "address").as_str()?.parse().ok());
    let address: SocketAddr = address.ok_or_else(|| {
        Stop::failed(
            "the gateway listens nowhere for PostgreSQL",
            "set listen.postgres",
        )
    })?;
    Ok((reachable(address), address.port()))
}

/// An address one can connect to, of one that is listened on.
fn reachable(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => "::1".to_owned(),
        other => other.ip().to_string(),
    }
}

impl Way {
    /// What proves its holder, as `libpq` names it: a password, or the files of a certificate.
    pub(crate) fn proof(&self) -> Vec<(&'static str, String)> {
        match &self.certificate {
            None => vec![("password", self.token.clone())],
            Some(files) => vec![
                ("sslcert", files.certificate.display().to_string()),
                ("sslkey", files.key.display().to_string()),
            ],
        }
    }

    /// The host as a URL has it.
    pub(crate) fn url_host(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        }
    }

    /// A URL that proves its holder.
    pub(crate) fn dsn(&self) -> String {
        let (host, port, target) = (self.url_host(), self.port, escaped(&self.target));
        let user = escaped(&self.user);
        match &self.certificate {
            None => {
                let token = escaped(&self.token);
                format!("postgres://{user}:{token}@{host}:{port}/{target}?sslmode=require")
            }
            Some(files) => {
                let path = |path: &std::path::Path| escaped(&path.display().to_string());
                let (certificate, key) = (path(&files.certificate), path(&files.key));
                format!(
                    "postgres://{user}@{host}:{port}/{target}?sslmode=require\
                     &sslcert={certificate}&sslkey={key}"
                )
            }
        }
    }

    /// The line a person pastes.
    pub(crate) fn psql(&self) -> String {
        let Self {
            host,
            port,
            target,
            token,
            user,
            ..
        } = self;
        format!(
            "PGPASSWORD={token} psql \
             \"host={host} port={port} user={user} dbname={target} sslmode=require\""
        )
    }
}

/// A text inside a URL (RFC 3986 §2.3): what is not unreserved is escaped, `/` among it.
pub(crate) fn escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    whole
}
