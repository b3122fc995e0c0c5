//! `serve`: the gateway, until it is told to stop.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config;
use crate::exit::Exit;
use crate::gate::Gate;
use crate::place::Place;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum LogForm {
    /// One JSON object per line
    Json,
    /// For people
    #[default]
    Text,
}

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How logs are written to standard error
    #[arg(long, value_enum, default_value_t, env = "PORTCULLIS_LOG_FORMAT")]
    log_format: LogForm,
}

/// Serves.
pub(crate) fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    log(args.log_format, "info");
    let mut config = config::load(&place.need_file()?)?;
    if let Some(data_dir) = &place.data_dir {
        config.data_dir.clone_from(data_dir);
    }
    for_long(async {
        let gate = Gate::start(config).await?;
        gate.until_signalled().await?;
        Ok(Exit::Done)
    })
}

/// Logs go to standard error; `RUST_LOG` says how much.
pub(crate) fn log(form: LogForm, usual: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let log = log.with_ansi(std::io::stderr().is_terminal());
    // Only a second call could fail, and there is none.
    let _ = match form {
        LogForm::Json => log.json().try_init(),
        LogForm::Text => log.with_target(false).try_init(),
    };
}

/// Runs a verb that serves. Sessions have reactors of their own; this one is for the rest.
pub(crate) fn for_long(verb: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(verb);
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended
}
