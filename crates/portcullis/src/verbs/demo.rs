//! `demo`: its arguments; what it does is [`crate::demo`].

use crate::exit::Exit;
use crate::output::Format;
use crate::place::Place;
use crate::verbs::serve::LogForm;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Play the whole story by itself, and end with 0 only if every step really happened
    #[arg(long)]
    pub(crate) tour: bool,
    /// A database of yours instead of a throwaway one; it is not changed unless --fill says so
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    /// Make the shop's tables in the database of --target
    #[arg(long, requires = "target")]
    pub(crate) fill: bool,
    /// Where PostgreSQL clients come in; 0 is any free port
    #[arg(long, value_name = "PORT")]
    pub(crate) postgres_port: Option<u16>,
    /// Where health and metrics are; 0 is any free port
    #[arg(long, value_name = "PORT")]
    pub(crate) http_port: Option<u16>,
    /// `json` prints one line when ready
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// How logs are written to standard error
    #[arg(long, value_enum, default_value_t)]
    log_format: LogForm,
}

impl Args {
    /// Whether a program reads along.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}

/// Does it.
pub(crate) fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    super::serve::log(args.log_format, "warn");
    super::serve::for_long(crate::demo::run(args, place))
}
