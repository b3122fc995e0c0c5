//! `env`: how to reach a target, in the form a tool wants it.

use serde_json::json;

use super::reach::{Named, Way};
use crate::exit::Exit;
use crate::output::{json as print_json, line};
use crate::place::Place;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Form {
    /// A URL
    Dsn,
    /// PG… variables for a shell: eval "$(portcullis env shop)"
    #[default]
    Env,
    /// A JDBC URL
    Jdbc,
    /// JSON
    Json,
    /// A line of ~/.pgpass
    Pgpass,
    /// A section of `~/.pg_service.conf`
    Service,
}

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target, or target/database
    target: String,
    #[command(flatten)]
    named: Named,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// Prints it.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let way = args.named.way(&args.target, place).await?;
    let Way {
        host,
        port,
        target,
        token,
        user,
    } = &way;
    match args.format {
        Form::Dsn => line(&way.dsn())?,
        Form::Env => line(&format!(
            "export PGHOST={host} PGPORT={port} PGUSER={user} PGDATABASE={target} \
             PGPASSWORD={token} PGSSLMODE=require"
        ))?,
        Form::Jdbc => line(&format!(
            "jdbc:postgresql://{host}:{port}/{target}?user={user}&password={token}&sslmode=require"
        ))?,
        Form::Json => print_json(&json!({
            "host": host, "port": port, "user": user, "database": target,
            "password": token, "sslmode": "require", "dsn": way.dsn(),
        }))?,
        Form::Pgpass => line(&format!(
            "{}:{port}:{target}:{user}:{token}",
            host.replace(':', "\\:")
        ))?,
        Form::Service => line(&format!(
            "[{target}]\nhost={host}\nport={port}\nuser={user}\ndbname={target}\n\
             password={token}\nsslmode=require"
        ))?,
    }
    Ok(Exit::Done)
}
