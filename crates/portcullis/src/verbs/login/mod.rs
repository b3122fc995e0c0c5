//! `login`, `logout`, `status`: sign-in by the company's identity provider.
//!
//! The road: the gateway says which providers it listens to; the provider signs the person in
//! ([`code`] in a browser, [`device`] where there is none) and gives an ID token; the gateway
//! gives its own token for that. The ID token's signature is the gateway's to check: here it came
//! from the provider itself.

mod code;
mod device;
mod gateway;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::oidc::{Fetch, discover};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::certificate;
use crate::credentials::{self, Credentials};
use crate::exit::{Exit, Stop};
use crate::house::now;
use crate::output::{Look, of};
use crate::place::Place;

pub(super) use gateway::{fetch, renewed};

/// What `login` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The gateway's HTTP address; else the local gateway's
    #[arg(long, value_name = "URL", env = "PORTCULLIS_URL")]
    url: Option<String>,
    /// Which identity provider, where the gateway has several
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Sign in on another device, by a code
    #[arg(long)]
    device: bool,
    /// Print the address to open, and open no browser
    #[arg(long)]
    no_browser: bool,
    /// The authority of the gateway's and the provider's certificates, PEM; else the system's
    #[arg(long, value_name = "FILE")]
    root_certificate: Option<PathBuf>,
    #[command(flatten)]
    look: Look,
}

/// A provider, as the gateway and the provider itself describe it.
struct Provider {
    client_id: String,
    description: Value,
    fetch: Fetch,
    issuer: String,
    name: String,
    scopes: String,
}

impl Provider {
    /// An address from the provider's own description.
    fn endpoint(&self, key: &str) -> anyhow::Result<&str> {
        of(&self.description, key).as_str().ok_or_else(|| {
            Stop::failed(
                format!("{} has no {key}", self.issuer),
                "choose another way to sign in: with or without --device",
            )
        })
    }

    /// Asks its token endpoint.
    async fn ask(&self, fields: &[(&str, &str)]) -> anyhow::Result<(u16, Value)> {
        let mut form = fields.to_vec();
        form.push(("client_id", &self.client_id));
        Ok(self
            .fetch
            .form(self.endpoint("token_endpoint")?, &form)
            .await?)
    }
}

/// What a provider gave.
struct Given {
    id_token: String,
    refresh_token: Option<String>,
}

impl Given {
    fn of(answer: &Value) -> anyhow::Result<Self> {
        let text = |key: &str| of(answer, key).as_str().map(str::to_owned);
        let id_token = text("id_token").ok_or_else(|| refused(answer))?;
        Ok(Self {
            id_token,
            refresh_token: text("refresh_token"),
        })
    }

    /// Whether the token answers the question we asked: OpenID Connect Core §3.1.3.7, 11.
    fn answers(&self, nonce: &str) -> bool {
        let body = self.id_token.split('.').nth(1).unwrap_or_default();
        let claims: Value = URL_SAFE_NO_PAD
            .decode(body)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let said = of(&claims, "nonce").as_str().unwrap_or_default();
        said.as_bytes().ct_eq(nonce.as_bytes()).into()
    }
}

/// A provider's no (RFC 6749 §5.2), as ours.
fn refused(answer: &Value) -> anyhow::Error {
    let word = |key: &str| of(answer, key).as_str().unwrap_or_default();
    let said = match (word("error"), word("error_description")) {
        ("", _) => "the provider gave no token".to_owned(),
        (error, "") => format!("the provider says no: {error}"),
        (error, more) => format!("the provider says no: {error}: {more}"),
    };
    let hint = match word("error") {
        "access_denied" => "the sign-in was declined there",
        "invalid_client" | "unauthorized_client" => {
            "the client at the provider must be public (no secret) and allowed this grant"
        }
        "invalid_scope" => "`scopes` in the gateway's configuration names one it does not have",
        _ => "",
    };
    Stop::failed(said, hint)
}

/// 32 random bytes as text: verifiers, states and nonces.
fn random() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|fault| anyhow::anyhow!("no randomness: {fault}"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Signs in.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let url = match &args.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => gateway::local(place).await?,
    };
    let fetch = gateway::fetch(args.root_certificate.as_deref())?;
    let provider = gateway::provider(&fetch, &url, args.provider.as_deref()).await?;
    let given = if args.device {
        device::sign_in(&provider).await?
    } else {
        code::sign_in(&provider, !args.no_browser).await?
    };
    let kept = gateway::exchange(&fetch, &url, &provider.name, given, args).await?;
    credentials::keep(&kept)?;
    // The token is enough to go on with: a certificate can be had later.
    let made = certificate::of_token(&kept.token, place).await;
    if let Err(fault) = made {
        eprintln!("no client certificate was made: {fault:#}");
    }
    let said = format!("signed in as {}, until {}", kept.principal, kept.expires);
    args.look.said(&said, &told(&kept))?;
    Ok(Exit::Done)
}

/// A sign-in as it is shown: nothing that proves it.
fn told(kept: &Credentials) -> Value {
    serde_json::json!({
        "expires": kept.expires,
        "gateway": kept.gateway,
        "is_expired": kept.expires <= now(),
        "principal": kept.principal,
        "provider": kept.provider,
    })
}

/// Says who is signed in.
pub(crate) fn status(look: Look) -> anyhow::Result<Exit> {
    let Some(kept) = credentials::kept()? else {
        return Err(Stop::failed(
            "nobody is signed in",
            "sign in with `portcullis login`",
        ));
    };
    let state = if kept.expires <= now() {
        "expired"
    } else {
        "signed in"
    };
    let Credentials {
        principal,
        gateway,
        expires,
        ..
    } = &kept;
    let said = format!("{state}: {principal} at {gateway}, until {expires}");
    look.said(&said, &told(&kept))?;
    Ok(Exit::Done)
}

/// Ends the sign-in: here, at the gateway, and at the provider.
pub(crate) async fn logout(look: &Look) -> anyhow::Result<Exit> {
    let Some(kept) = credentials::kept()? else {
        look.said("nobody was signed in", &Value::Null)?;
        return Ok(Exit::Done);
    };
    // Forgotten here first: whatever the others answer, this machine is signed out.
    credentials::forget()?;
    certificate::forget()?;
    let fetch = gateway::fetch(kept.root_certificate.as_deref())?;
    let ended = fetch
        .form(
            &format!("{}/oauth/revoke", kept.gateway),
            &[("token", &kept.token)],
        )
        .await;
    if let (Some(refresh), Ok(provider)) = (
        &kept.refresh_token,
        gateway::provider(&fetch, &kept.gateway, Some(&kept.provider)).await,
    ) && let Ok(place) = provider.endpoint("revocation_endpoint")
    {
        let fields = [
            ("token", refresh.as_str()),
            ("client_id", provider.client_id.as_str()),
        ];
        // RFC 7009 §2.2: an answer of 200 whether or not there was anything to end.
        let _ = provider.fetch.form(place, &fields).await;
    }
    let until = format!("its token may count until {}", kept.expires);
    let said = match ended {
        Ok((200, _)) => "signed out; sessions of this sign-in end".to_owned(),
        Ok((status, _)) => format!("signed out here; the gateway answered {status}: {until}"),
        Err(fault) => format!("signed out here; the gateway was not reached ({fault}): {until}"),
    };
    look.said(&said, &Value::Null)?;
    Ok(Exit::Done)
}

/// The provider's description, for the gateway's entry of it.
async fn described(fetch: &Fetch, entry: &Value) -> anyhow::Result<Provider> {
    let text = |key: &str| of(entry, key).as_str().unwrap_or_default().to_owned();
    let issuer = text("issuer");
    let scopes = of(entry, "scopes").as_array().into_iter().flatten();
    let scopes: Vec<&str> = scopes.filter_map(Value::as_str).collect();
    Ok(Provider {
        client_id: text("client_id"),
        description: discover(fetch, &issuer).await?,
        fetch: fetch.clone(),
        issuer,
        name: text("name"),
        scopes: scopes.join(" "),
    })
}
