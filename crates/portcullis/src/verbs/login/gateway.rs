//! The gateway's part of a sign-in: which providers, and its token for theirs.

use std::path::Path;

use anyhow::Context as _;
use identity::oidc::Fetch;
use serde_json::Value;

use super::{Args, Given, Provider, described};
use crate::client::Client;
use crate::credentials::{self, Credentials};
use crate::exit::{Exit, Stop};
use crate::house::now;
use crate::output::of;
use crate::place::Place;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// One who reads documents, trusting that authority or the system's.
pub(in crate::verbs) fn fetch(root_certificate: Option<&Path>) -> anyhow::Result<Fetch> {
    Ok(Fetch::new(gateway::trusting(root_certificate)?)?)
}

/// The local gateway's HTTP address.
pub(super) async fn local(place: &Place) -> anyhow::Result<String> {
    let about = Client::running(place).await?.get("/v1/about").await?;
    let address = of(&about, "http").as_str();
    address
        .map(|address| format!("http://{address}"))
        .ok_or_else(|| {
            Stop::failed(
                "the gateway has no HTTP listener to sign in at",
                "set listen.http in its configuration, or name another gateway with --url",
            )
        })
}

/// The provider of that name, or the only one.
pub(super) async fn provider(
    fetch: &Fetch,
    url: &str,
    name: Option<&str>,
) -> anyhow::Result<Provider> {
    let answer = fetch.document(&format!("{url}/v1/login")).await;
    let answer = answer.with_context(|| format!("cannot ask the gateway at {url}"))?;
    let all: Vec<&Value> = of(&answer, "providers")
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let of_name = |entry: &&&Value| of(entry, "name").as_str() == name;
    let names: Vec<&str> = all
        .iter()
        .filter_map(|entry| of(entry, "name").as_str())
        .collect();
    let found = match (all.as_slice(), name) {
        ([], _) => {
            return Err(Stop::failed(
                "this gateway listens to no identity provider",
                "an administrator names one under [identity.oidc], or issues a token: portcullis \
                 tokens issue NAME",
            ));
        }
        ([only], None) => *only,
        (_, None) => {
            return Err(Stop::usage(
                "which identity provider?",
                &format!("name one with --provider: {}", names.join(", ")),
            ));
        }
        (all, Some(name)) => all.iter().find(of_name).copied().ok_or_else(|| {
            Stop::usage(
                format!("there is no identity provider {name} here"),
                &format!("there is {}", names.join(", ")),
            )
        })?,
    };
    described(fetch, found).await
}

/// The gateway's token for what a provider gave.
pub(super) async fn exchange(
    fetch: &Fetch,
    url: &str,
    provider: &str,
    given: Given,
    args: &Args,
) -> anyhow::Result<Credentials> {
    let root_certificate = args.root_certificate.clone();
    let root_certificate = root_certificate.map(std::fs::canonicalize).transpose()?;
    let fresh = Credentials {
        expires: now(),
        gateway: url.to_owned(),
        principal: String::new(),
        provider: provider.to_owned(),
        refresh_token: None,
        root_certificate,
        token: String::new(),
    };
    shown(fetch, fresh, given).await
}

/// A sign-in with the gateway's token for what a provider gave.
async fn shown(fetch: &Fetch, old: Credentials, given: Given) -> anyhow::Result<Credentials> {
    let fields = [
        ("grant_type", GRANT),
        ("subject_token", given.id_token.as_str()),
        ("subject_token_type", ID_TOKEN),
    ];
    let place = format!("{}/oauth/token", old.gateway);
    let (status, answer) = fetch.form(&place, &fields).await?;
    let text = |key: &str| of(&answer, key).as_str().unwrap_or_default().to_owned();
    if status != 200 {
        let said = match text("error_description") {
            empty if empty.is_empty() => format!("the gateway answered {status}"),
            said => said,
        };
        return Err(Stop::with(Exit::Refused, said, &text("hint")));
    }
    Ok(Credentials {
        expires: text("expires").parse()?,
        principal: text("principal"),
        // A provider that gives no new refresh token means the old one to be used again.
        refresh_token: given.refresh_token.or(old.refresh_token),
        token: text("access_token"),
        ..old
    })
}

/// The sign-in that is kept, renewed by its provider where it has ended.
pub(in crate::verbs) async fn renewed() -> anyhow::Result<Option<Credentials>> {
    let Some(kept) = credentials::kept()? else {
        return Ok(None);
    };
    if kept.expires > now() {
        return Ok(Some(kept));
    }
    let Some(refresh) = kept.refresh_token.clone() else {
        return Err(ended());
    };
    let fetch = fetch(kept.root_certificate.as_deref())?;
    let provider = provider(&fetch, &kept.gateway, Some(&kept.provider)).await?;
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let (status, answer) = provider.ask(&fields).await?;
    if status != 200 {
        return Err(ended());
    }
    let fresh = shown(&fetch, kept, Given::of(&answer)?).await?;
    credentials::keep(&fresh)?;
    Ok(Some(fresh))
}

fn ended() -> anyhow::Error {
    Stop::failed(
        "your sign-in has ended",
        "sign in again with `portcullis login`",
    )
}
