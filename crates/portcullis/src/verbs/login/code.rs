//! Sign-in in a browser on this machine: authorization code with PKCE, answered on loopback
//! (RFC 8252 §7.3, RFC 7636).
//!
//! The answer is taken once, for our `state`, and from our issuer where the provider says which it
//! is (RFC 9207: the mix-up).

use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use url::Url;

use super::{Given, Provider, random, refused};
use crate::exit::Stop;

/// How long a person may take at the provider's page.
const PATIENCE: Duration = Duration::from_mins(5);

/// What comes back in the browser.
#[derive(Debug, Default, Deserialize)]
struct Back {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
    #[serde(default)]
    state: String,
}

/// Signs in.
pub(super) async fn sign_in(provider: &Provider, opens: bool) -> anyhow::Result<Given> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let back_to = format!("http://{}/callback", listener.local_addr()?);
    let (verifier, state, nonce) = (random()?, random()?, random()?);
    let mut url = Url::parse(provider.endpoint("authorization_endpoint")?)?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &back_to)
        .append_pair("scope", &provider.scopes)
        .append_pair("state", &state)
        .append_pair("nonce", &nonce)
        .append_pair(
            "code_challenge",
            &URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)),
        )
        .append_pair("code_challenge_method", "S256");
    eprintln!("sign in at\n{url}");
    if opens {
        open(&url);
    }
    let back = came_back(listener, state).await?;
    let code = checked(provider, back)?;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", back_to.as_str()),
        ("code_verifier", verifier.as_str()),
    ];
    let (_, answer) = provider.ask(&fields).await?;
    let given = Given::of(&answer)?;
    if given.answers(&nonce) {
        Ok(given)
    } else {
        Err(Stop::failed(
            "the provider's token answers another sign-in than this one",
            "try again; if it happens twice, tell your security team",
        ))
    }
}

/// The code, from the provider that was asked.
fn checked(provider: &Provider, back: Back) -> anyhow::Result<String> {
    let says = "authorization_response_iss_parameter_supported";
    let must = provider.description.get(says) == Some(&true.into());
    let is_from = back.iss.as_deref() == Some(provider.issuer.as_str());
    if !is_from && (must || back.iss.is_some()) {
        return Err(Stop::failed(
            "the answer is another provider's",
            "try again",
        ));
    }
    match back {
        Back {
            error: Some(error),
            error_description,
            ..
        } => Err(refused(&serde_json::json!({
            "error": error, "error_description": error_description,
        }))),
        Back {
            code: Some(code), ..
        } => Ok(code),
        Back { .. } => Err(Stop::failed(
            "the provider's answer has no code",
            "try again",
        )),
    }
}

#[derive(Clone)]
struct Door {
    sender: mpsc::Sender<Back>,
    state: String,
}

/// Waits for the browser.
async fn came_back(listener: TcpListener, state: String) -> anyhow::Result<Back> {
    let (sender, mut receiver) = mpsc::channel(1);
    let router = Router::new()
        .route("/callback", get(answered))
        .with_state(Door { sender, state });
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let back = timeout(PATIENCE, receiver.recv()).await;
    // The page must reach the browser before the listener goes.
    tokio::time::sleep(Duration::from_millis(200)).await;
    serving.abort();
    back.ok().flatten().ok_or_else(|| {
        Stop::failed(
            "nobody signed in within five minutes",
            "try again, or use --device",
        )
    })
}

/// Takes the answer to our question, and no other: whoever guesses the port gets nothing in.
async fn answered(
    State(door): State<Door>,
    Query(back): Query<Back>,
) -> (StatusCode, Html<String>) {
    let is_ours: bool = back.state.as_bytes().ct_eq(door.state.as_bytes()).into();
    if !is_ours {
        return page(
            StatusCode::BAD_REQUEST,
            "This is not the answer that was waited for.",
        );
    }
    let said = match &back.error {
        None => "You may close this window and go back to your terminal.",
        Some(_) => "The sign-in was refused: the terminal says why.",
    };
    match door.sender.try_send(back) {
        Ok(()) => page(StatusCode::OK, said),
        Err(_) => page(StatusCode::CONFLICT, "This sign-in was answered before."),
    }
}

fn page(status: StatusCode, said: &str) -> (StatusCode, Html<String>) {
    let html = format!(
        "<!doctype html><meta charset=utf-8><title>Portcullis</title>\
         <body style=\"font:16px/1.5 system-ui;max-width:32em;margin:20vh auto;padding:0 1em\">\
         <h1>Portcullis</h1><p>{said}</p>"
    );
    (status, Html(html))
}

/// Opens a browser, where there is one: the address is printed in any case.
fn open(url: &Url) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let mut command = std::process::Command::new(opener);
    command
        .arg(url.as_str())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    if let Ok(mut child) = command.spawn() {
        std::thread::spawn(move || child.wait());
    }
}
