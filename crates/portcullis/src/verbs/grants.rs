//! `grants`: rights that people gave for a time, and taking one back.

use clap::Subcommand;
use serde_json::json;

use super::tokens::OwnToken;
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{Look, of};
use crate::place::Place;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List them: those that count, or all
    Ls {
        /// Those that are over, too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// Take one back: your own, or one that you could have answered
    Revoke {
        /// Its short code or id: those of the review that asked for it
        id: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
}

const KEYS: [&str; 8] = [
    "code",
    "state",
    "principal",
    "target",
    "scope",
    "columns",
    "until",
    "reason",
];

/// Does it.
pub(crate) async fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    match verb {
        Verb::Ls { all, token, look } => {
            let client = Client::reach(place).await?.with(token.need().await?);
            let path = if *all {
                "/v1/grants?state=all"
            } else {
                "/v1/grants"
            };
            let found = client.get(path).await?;
            look.list(of(&found, "grants"), &KEYS)?;
        }
        Verb::Revoke { id, token, look } => {
            let client = Client::reach(place).await?.with(token.need().await?);
            let path = format!("/v1/grants/{id}/revoke");
            let revoked = client.post(&path, json!({})).await?;
            let sentence = format!("grant {id} counts no more, in open sessions either");
            look.said(&sentence, &revoked)?;
        }
    }
    Ok(Exit::Done)
}
