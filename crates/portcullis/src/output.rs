//! What verbs print: a table for people, JSON for programs.
//!
//! Why from one JSON value: both forms show the same answer, so neither lacks what the other has.
//! Control characters never reach a terminal from here: a name or a text could carry them.

use std::io::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// One JSON document.
    Json,
    /// For people.
    #[default]
    Table,
}

/// How a verb's answer looks.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct Look {
    /// How the answer looks
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl Look {
    /// Prints a list of things: in a table, these keys of each, in this order.
    pub(crate) fn list(self, items: &Value, keys: &[&str]) -> anyhow::Result<()> {
        if self.format == Format::Json {
            return json(items);
        }
        let rows = items.as_array().map_or(&[][..], Vec::as_slice).iter();
        let rows = rows.map(|item| keys.iter().map(|key| cell(item.get(*key))).collect());
        line(&table(keys, rows.collect()))
    }

    /// Prints one thing, key by key.
    pub(crate) fn one(self, item: &Value) -> anyhow::Result<()> {
        if self.format == Format::Json {
            return json(item);
        }
        for (key, value) in item.as_object().into_iter().flatten() {
            line(&format!(
                "{:<16} {}",
                key.replace('_', " "),
                cell(Some(value))
            ))?;
        }
        Ok(())
    }

    /// Prints a sentence, or the value it speaks of.
    pub(crate) fn said(self, sentence: &str, item: &Value) -> anyhow::Result<()> {
        if self.format == Format::Json {
            json(item)
        } else {
            line(sentence)
        }
    }
}

/// A table without ornaments.
pub(crate) fn table(headers: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(
        headers
            .iter()
            .map(|header| header.replace('_', " ").to_uppercase()),
    );
    table.add_rows(rows);
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Prints JSON.
pub(crate) fn json(value: &Value) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

/// Prints a line; a reader who left is no failure of ours.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    match writeln!(anstream::stdout(), "{text}") {
        Err(fault) if fault.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => plain(text),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| cell(Some(item)))
            .collect::<Vec<_>>()
            .join(", "),
        Some(Value::Object(map)) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{key}={}", cell(Some(value))));
            pairs.collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    }
}

/// A member of an object; null where there is none.
pub(crate) fn of<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or(&Value::Null)
}

/// A text without characters that steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(shown).collect()
}
