//! `catalog`: what is sensitive at a target, and why we think so.

use clap::Subcommand;
use serde_json::json;

use crate::client::Client;
use crate::exit::Exit;
use crate::output::{Look, line, of};
use crate::place::Place;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Write the target's catalog down as JSON, for `policy test` and `policy why --cases`
    Record {
        /// The target
        target: String,
    },
    /// Read the target's catalog again, now, and show what is sensitive
    Scan(Of),
    /// Show what is sensitive, as it was last read
    Show(Of),
}

/// Of which target.
#[derive(Debug, clap::Args)]
pub(crate) struct Of {
    /// The target
    target: String,
    #[command(flatten)]
    look: Look,
}

/// Does it.
pub(crate) async fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    let client = Client::running(place).await?;
    let (asked, found) = match verb {
        Verb::Record { target } => {
            let found = client.get(&format!("/v1/catalogs/{target}")).await?;
            line(&found.to_string())?;
            return Ok(Exit::Done);
        }
        Verb::Scan(of) => {
            let path = format!("/v1/targets/{}/scan", of.target);
            (of, client.post(&path, json!({})).await?)
        }
        Verb::Show(of) => (
            of,
            client
                .get(&format!("/v1/targets/{}/catalog", of.target))
                .await?,
        ),
    };
    asked.look.list(
        of(&found, "columns"),
        &["schema", "table", "column", "class", "evidence"],
    )?;
    Ok(Exit::Done)
}
