//! `certificate`: a client certificate for one's own token, as `login` writes one.

use std::path::PathBuf;

use super::tokens::OwnToken;
use crate::certificate;
use crate::exit::Exit;
use crate::output::Look;
use crate::place::Place;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where client.crt, client.key and client.pk8 are written; else where `login` keeps its own
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    token: OwnToken,
    #[command(flatten)]
    look: Look,
}

/// Makes one.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let token = args.token.need().await?;
    let folder = match &args.dir {
        Some(folder) => folder.clone(),
        None => certificate::folder()?,
    };
    let files = certificate::make(&token, place, &folder).await?;
    let said = format!(
        "sslcert={} sslkey={}, until {}",
        files.certificate.display(),
        files.key.display(),
        files.expires
    );
    args.look.said(&said, &files.told())?;
    Ok(Exit::Done)
}
