//! How a client of a target is told to reach it: address, name, token.
//!
//! Why one place: `connect`, `env` and `exec` must lead to the same door. Everything may be named;
//! what is not named is asked from the running gateway.

use std::net::SocketAddr;

use serde_json::Value;

use super::tokens::{OwnToken, whoami};
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
    #[command(flatten)]
    token: OwnToken,
}

/// A way to a target.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) target: String,
    pub(crate) token: String,
    pub(crate) user: String,
}

impl Named {
    /// The way to that target.
    pub(crate) async fn way(&self, target: &str, place: &Place) -> anyhow::Result<Way> {
        let token = self.token.need().await?;
        let (host, port, user) = match (&self.gateway, &self.user) {
            (Some(gateway), Some(user)) => {
                let (host, port) = split(gateway)?;
                (host, port, user.clone())
            }
            (Some(_), None) => {
                let hint = "name yourself with --user: a remote gateway cannot be asked yet";
                return Err(Stop::usage("who are you?", hint));
            }
            (None, user) => {
                let client = Client::running(place).await?.with(token.clone());
                let (host, port) = door(&client.get("/v1/about").await?)?;
                let user = match user {
                    Some(user) => user.clone(),
                    None => whoami(&client).await?,
                };
                (host, port, user)
            }
        };
        Ok(Way {
            host,
            port,
            target: target.to_owned(),
            token,
            user,
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
    /// A URL with the token as password.
    pub(crate) fn dsn(&self) -> String {
        let Self {
            host,
            port,
            target,
            token,
            user,
        } = self;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        // Names, targets and tokens are of closed alphabets; only `@` needs escaping.
        let user = user.replace('@', "%40");
        format!("postgres://{user}:{token}@{host}:{port}/{target}?sslmode=require")
    }

    /// The line a person pastes.
    pub(crate) fn psql(&self) -> String {
        let Self {
            host,
            port,
            target,
            token,
            user,
        } = self;
        format!(
            "PGPASSWORD={token} psql \
             \"host={host} port={port} user={user} dbname={target} sslmode=require\""
        )
    }
}
