//! `principals`: persons, services and agents.

use clap::Subcommand;
use serde_json::json;

use crate::client::Client;
use crate::exit::Exit;
use crate::output::{Look, of};
use crate::place::Place;
use crate::verbs::tokens::OwnToken;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Add one
    Add(Add),
    /// Let one sign in nowhere any more
    Disable {
        /// Its name
        name: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// Let a disabled one sign in again
    Enable {
        /// Its name
        name: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// Say that somebody at an identity provider is this principal
    Link {
        /// Its name
        name: String,
        /// The provider's issuer
        #[arg(long)]
        issuer: String,
        /// The subject there: `sub` (Entra: `tid/oid`)
        #[arg(long)]
        subject: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// List them
    Ls(Look),
}

/// What `add` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// Its name: what clients sign in as
    name: String,
    /// What kind of subject it is
    #[arg(long, default_value = "person", value_parser = ["person", "service", "agent"])]
    kind: String,
    /// A group it is in
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Whom an agent acts for
    #[arg(long, value_name = "PRINCIPAL")]
    acts_for: Option<String>,
    #[command(flatten)]
    token: OwnToken,
    #[command(flatten)]
    look: Look,
}

/// Does it.
pub(crate) async fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    let client = Client::reach(place).await?;
    match verb {
        Verb::Add(Add {
            name,
            kind,
            groups,
            acts_for,
            token,
            look,
        }) => {
            let client = client.with_any(token.given()?);
            let asked =
                json!({ "name": name, "kind": kind, "groups": groups, "acts_for": acts_for });
            let added = client.post("/v1/principals", asked).await?;
            let next = format!("`portcullis tokens issue {name}` gives it a token to sign in with");
            look.said(&format!("added {kind} {name}; {next}"), &added)?;
        }
        Verb::Disable { name, token, look } => {
            let client = client.with_any(token.given()?);
            let path = format!("/v1/principals/{name}/disable");
            let disabled = client.post(&path, json!({})).await?;
            look.said(
                &format!("{name} is disabled and its sessions end"),
                &disabled,
            )?;
        }
        Verb::Enable { name, token, look } => {
            let client = client.with_any(token.given()?);
            let path = format!("/v1/principals/{name}/enable");
            let enabled = client.post(&path, json!({})).await?;
            let said = format!("{name} may sign in again, with tokens that were not revoked");
            look.said(&said, &enabled)?;
        }
        Verb::Link {
            name,
            issuer,
            subject,
            token,
            look,
        } => {
            let client = client.with_any(token.given()?);
            let asked = json!({ "issuer": issuer, "subject": subject });
            let path = format!("/v1/principals/{name}/link");
            let linked = client.post(&path, asked).await?;
            look.said(
                &format!("{subject} at {issuer} signs in as {name}"),
                &linked,
            )?;
        }
        Verb::Ls(look) => {
            let found = client.get("/v1/principals").await?;
            let keys = [
                "name",
                "kind",
                "groups",
                "acts_for",
                "is_disabled",
                "created",
            ];
            look.list(of(&found, "principals"), &keys)?;
        }
    }
    Ok(Exit::Done)
}
