//! `exec`: SQL at a target, one shot.
//!
//! Why our own client: it is an ordinary one, of our own wire, so nothing is bypassed; and its exit
//! code tells a script a refusal (3) and an unanswered hold (4) from a failure (1).

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::{DbError, SqlState};

use super::reach::Named;
use crate::dial::{Dial, Notices};
use crate::exit::{Exit, Stop};
use crate::output::{json as print_json, line, plain, table};
use crate::place::Place;

/// How results look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Form {
    /// Comma-separated (RFC 4180), one header per result
    Csv,
    /// One document: a list of results
    Json,
    /// For people
    #[default]
    Table,
}

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target, or target/database
    target: String,
    #[command(flatten)]
    named: Named,
    /// The SQL
    #[arg(
        short = 'c',
        long,
        value_name = "SQL",
        required_unless_present = "file"
    )]
    command: Option<String>,
    /// A file of SQL; `-` is standard input
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with = "command")]
    file: Option<PathBuf>,
    /// How results look
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// One result.
#[derive(Debug, Default)]
struct Rows {
    affected: u64,
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

/// Runs it.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let text = text(args)?;
    let way = args.named.way(&args.target, place).await?;
    let dial = Dial {
        database: &way.target,
        host: &way.host,
        password: Some(&way.token),
        port: way.port,
        tls: true,
        user: &way.user,
    };
    let (client, notices) = match dial.connect().await {
        Ok(both) => both,
        Err(fault) => return Err(said(fault)),
    };
    tokio::spawn(tell(notices));
    let results = match client.simple_query(&text).await {
        Ok(messages) => gather(messages),
        Err(fault) => return Err(said(fault.into())),
    };
    show(&results, args.format)?;
    Ok(Exit::Done)
}

fn text(args: &Args) -> anyhow::Result<String> {
    let Some(path) = &args.file else {
        return Ok(args.command.clone().unwrap_or_default());
    };
    let read = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|fault| Stop::usage(format!("cannot read {}: {fault}", path.display()), ""))
}

/// Prints what the server says on the side, while it is said.
async fn tell(mut notices: Notices) {
    while let Some(notice) = notices.recv().await {
        eprintln!("{}", lines(&notice));
    }
}

fn lines(said: &DbError) -> String {
    let mut text = format!("{}:  {}", said.severity(), plain(said.message()));
    if let Some(detail) = said.detail() {
        text = format!("{text}\nDETAIL:  {}", plain(detail));
    }
    if let Some(hint) = said.hint() {
        text = format!("{text}\nHINT:  {}", plain(hint));
    }
    text
}

/// A server's no, with the code that tells what kind.
fn said(fault: anyhow::Error) -> anyhow::Error {
    let known = fault.downcast_ref::<tokio_postgres::Error>();
    let Some(said) = known.and_then(tokio_postgres::Error::as_db_error) else {
        return fault;
    };
    Stop::with(kind(said), lines(said), "")
}

fn kind(said: &DbError) -> Exit {
    let is_ours = said
        .detail()
        .is_some_and(|detail| detail.contains("rules: "));
    let is_open = said
        .hint()
        .is_some_and(|hint| hint.contains("the review stays open"));
    match *said.code() == SqlState::INSUFFICIENT_PRIVILEGE {
        true if is_ours && is_open => Exit::Held,
        true => Exit::Refused,
        false => Exit::Failed,
    }
}

fn gather(messages: Vec<SimpleQueryMessage>) -> Vec<Rows> {
    let mut results = Vec::new();
    let mut now = Rows::default();
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                now.columns = columns
                    .iter()
                    .map(|column| column.name().to_owned())
                    .collect();
            }
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|at| row.get(at).map(ToOwned::to_owned));
                now.rows.push(cells.collect());
            }
            SimpleQueryMessage::CommandComplete(affected) => {
                now.affected = affected;
                results.push(std::mem::take(&mut now));
            }
            _ => {}
        }
    }
    results
}

fn show(results: &[Rows], form: Form) -> anyhow::Result<()> {
    if form == Form::Json {
        return print_json(&Value::Array(results.iter().map(Rows::json).collect()));
    }
    for result in results {
        match form {
            Form::Csv if result.columns.is_empty() => {}
            Form::Csv => line(&result.csv())?,
            Form::Json | Form::Table => line(&result.table())?,
        }
    }
    Ok(())
}

impl Rows {
    fn json(&self) -> Value {
        let object = |row: &Vec<Option<String>>| {
            let cells = self
                .columns
                .iter()
                .cloned()
                .zip(row.iter().map(|cell| json!(cell)));
            Value::Object(cells.collect::<Map<_, _>>())
        };
        let rows: Vec<_> = self.rows.iter().map(object).collect();
        json!({ "columns": self.columns, "rows": rows, "affected": self.affected })
    }

    fn csv(&self) -> String {
        let quoted = |text: &str| {
            let plain = !text.contains(['"', ',', '\n', '\r']) && !text.is_empty();
            if plain {
                text.to_owned()
            } else {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
        };
        let header = self
            .columns
            .iter()
            .map(|name| quoted(name))
            .collect::<Vec<_>>();
        let row = |row: &Vec<Option<String>>| {
            let cells = row
                .iter()
                .map(|cell| cell.as_deref().map(quoted).unwrap_or_default());
            cells.collect::<Vec<_>>().join(",")
        };
        let rows = self.rows.iter().map(row);
        std::iter::once(header.join(","))
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn table(&self) -> String {
        if self.columns.is_empty() {
            return format!("{} rows", self.affected);
        }
        let headers: Vec<_> = self.columns.iter().map(String::as_str).collect();
        let cell = |cell: &Option<String>| plain(cell.as_deref().unwrap_or("NULL"));
        let rows = self.rows.iter().map(|row| row.iter().map(cell).collect());
        format!(
            "{}\n({} rows)",
            table(&headers, rows.collect()),
            self.rows.len()
        )
    }
}
