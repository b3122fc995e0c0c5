//! `ls`: targets I may reach. What I may do there is `policy why`'s to say, statement by
//! statement.

use super::tokens::OwnToken;
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{Look, of};
use crate::place::Place;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    token: OwnToken,
    #[command(flatten)]
    look: Look,
}

/// Does it.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let client = Client::running(place).await?.with(args.token.need().await?);
    let found = client.get("/v1/targets").await?;
    args.look.list(
        of(&found, "targets"),
        &["name", "kind", "environment", "mode"],
    )?;
    Ok(Exit::Done)
}
