//! Where a task's token is asked for, renewed and ended: the token endpoint of the gateway here, or
//! of the one that was signed in at.

use anyhow::Context as _;
use identity::oidc::Fetch;
use serde_json::Value;

use crate::client::{self, Client};
use crate::credentials;
use crate::exit::Stop;
use crate::output::of;
use crate::place::Place;
use crate::verbs::login;

/// A way to the token endpoint.
pub(super) enum Door {
    /// The gateway of this machine, over its control socket.
    Here(Box<Client>),
    /// The one of the sign-in that is kept.
    There(Box<Fetch>, String),
}

impl Door {
    /// The gateway here, if one runs; else the one that was signed in at.
    pub(super) async fn find(place: &Place) -> anyhow::Result<Self> {
        if let Ok(data_dir) = place.data_dir()
            && client::is_running(&data_dir).await.unwrap_or(false)
        {
            return Ok(Self::Here(Box::new(Client::running(place).await?)));
        }
        let kept = credentials::kept()?.ok_or_else(|| {
            Stop::failed(
                "no gateway runs here, and nobody is signed in at another",
                "name one with --config or --data-dir, or sign in: portcullis login --url …",
            )
        })?;
        let fetch = login::fetch(kept.root_certificate.as_deref())?;
        Ok(Self::There(Box::new(fetch), kept.gateway))
    }

    /// Posts a form; the gateway's no is an error that says it.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Value> {
        let (status, answer) = match self {
            Self::Here(client) => client.form(path, form).await?,
            Self::There(fetch, url) => {
                let asked = fetch.form(&format!("{url}{path}"), form).await;
                asked.with_context(|| format!("cannot ask the gateway at {url}"))?
            }
        };
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let word = |key: &str| of(&answer, key).as_str().unwrap_or_default().to_owned();
        let said = match word("error_description") {
            empty if empty.is_empty() => format!("the gateway answered {status}"),
            said => said,
        };
        if status >= 500 {
            return Err(Stop::failed(said, &word("hint")));
        }
        Err(super::refused(said, &word("hint")))
    }
}
