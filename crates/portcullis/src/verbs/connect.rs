//! `connect`: the native client, signed in. The token goes by the environment, never by the
//! command line, where other accounts could read it.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::reach::Named;
use crate::exit::{Exit, Stop};
use crate::place::Place;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target, or target/database
    target: String,
    #[command(flatten)]
    named: Named,
    /// Arguments for psql
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Becomes psql.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let way = args.named.way(&args.target, place).await?;
    let mut psql = Command::new("psql");
    psql.args(&args.arguments)
        .env("PGHOST", &way.host)
        .env("PGPORT", way.port.to_string())
        .env("PGUSER", &way.user)
        .env("PGDATABASE", &way.target)
        .env("PGSSLMODE", "require")
        .env_remove("PORTCULLIS_TOKEN");
    match &way.certificate {
        None => psql.env("PGPASSWORD", &way.token),
        Some(files) => psql
            .env("PGSSLCERT", &files.certificate)
            .env("PGSSLKEY", &files.key),
    };
    let fault = psql.exec();
    Err(Stop::failed(
        format!("cannot run psql: {fault}"),
        "install it (Debian: apt-get install postgresql-client), or use `portcullis exec`",
    ))
}
