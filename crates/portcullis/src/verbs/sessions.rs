//! `sessions`: who is at which target at this moment, and ending one.

use clap::Subcommand;
use serde_json::json;

use crate::client::Client;
use crate::exit::{Exit, Stop};
use crate::output::{Look, of};
use crate::place::Place;
use crate::verbs::tokens::OwnToken;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// End one
    Kill {
        /// Its id, or as much of it as is unique
        id: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// List them
    Ls(Look),
    /// One of them
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        look: Look,
    },
}

const KEYS: [&str; 8] = [
    "id",
    "principal",
    "acts_for",
    "target",
    "address",
    "opened",
    "statements",
    "is_held",
];

/// The id of the one session that starts like that.
async fn whole(client: &Client, start: &str) -> anyhow::Result<String> {
    let found = client.get("/v1/sessions").await?;
    let ids = of(&found, "sessions").as_array().into_iter().flatten();
    let mut ids = ids
        .filter_map(|session| of(session, "id").as_str())
        .filter(|id| id.starts_with(start));
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id.to_owned()),
        (None, _) => Err(Stop::failed(
            format!("there is no session {start}"),
            "`portcullis sessions ls` shows those there are",
        )),
        _ => Err(Stop::failed(
            format!("several sessions start with {start}"),
            "give more of the id",
        )),
    }
}

/// Does it.
pub(crate) async fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    let client = Client::running(place).await?;
    match verb {
        Verb::Kill { id, token, look } => {
            let client = client.with_any(token.given()?);
            let id = whole(&client, id).await?;
            let killed = client
                .post(&format!("/v1/sessions/{id}/kill"), json!({}))
                .await?;
            look.said(&format!("session {id} is ended"), &killed)?;
        }
        Verb::Ls(look) => {
            let found = client.get("/v1/sessions").await?;
            look.list(of(&found, "sessions"), &KEYS)?;
        }
        Verb::Show { id, look } => {
            let id = whole(&client, id).await?;
            look.one(&client.get(&format!("/v1/sessions/{id}")).await?)?;
        }
    }
    Ok(Exit::Done)
}
