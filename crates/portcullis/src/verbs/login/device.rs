//! Sign-in on another device, by a code shown here (RFC 8628).

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Given, Provider, refused};
use crate::exit::Stop;
use crate::output::of;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Between questions where the provider names no time, and how much longer where it asks for it
/// (§3.5), seconds.
const INTERVAL_S: u64 = 5;

/// The longest a code is waited for, seconds.
const LONGEST_S: u64 = 1_800;

/// Signs in.
pub(super) async fn sign_in(provider: &Provider) -> anyhow::Result<Given> {
    let place = provider.endpoint("device_authorization_endpoint")?;
    let fields = [
        ("client_id", provider.client_id.as_str()),
        ("scope", provider.scopes.as_str()),
    ];
    let (_, asked) = provider.fetch.form(place, &fields).await?;
    let text = |key: &str| of(&asked, key).as_str();
    let (Some(code), Some(user_code), Some(page)) = (
        text("device_code"),
        text("user_code"),
        text("verification_uri"),
    ) else {
        return Err(refused(&asked));
    };
    eprintln!("open {page} on any device and enter the code\n\n    {user_code}\n");
    if let Some(whole) = text("verification_uri_complete") {
        eprintln!("or open {whole}");
    }
    let seconds = |key: &str| of(&asked, key).as_u64();
    let life = seconds("expires_in").unwrap_or(LONGEST_S).min(LONGEST_S);
    let end = Instant::now() + Duration::from_secs(life);
    let mut interval = seconds("interval").unwrap_or(INTERVAL_S).clamp(1, 60);
    while Instant::now() < end {
        sleep(Duration::from_secs(interval)).await;
        let (status, answer) = provider
            .ask(&[("grant_type", GRANT), ("device_code", code)])
            .await?;
        match of(&answer, "error").as_str() {
            None if status == 200 => return Given::of(&answer),
            Some("authorization_pending") => {}
            Some("slow_down") => interval += INTERVAL_S,
            _ => return Err(refused(&answer)),
        }
    }
    Err(Stop::failed(
        "the code has expired",
        "try again: portcullis login --device",
    ))
}
