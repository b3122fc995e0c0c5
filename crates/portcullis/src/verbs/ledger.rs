//! `ledger`: the record, followed, searched, shown and verified.
//!
//! It reads files and takes no lock: it works beside a running gateway and on a copy elsewhere.
//! `verify` believes the public key it is given; the one kept beside the ledger proves less, which
//! is said.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use ledger::note::Verifier;
use ledger::verify::Report;
use model::Timestamp;
use serde_json::{Value, json};
use store::ledger::{Filter, Reader};

use crate::exit::{Exit, Stop};
use crate::output::{Format, Look, json as print_json, line, of, plain};
use crate::place::Place;

/// How often `tail --follow` looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Entries that fit
    Search(Search),
    /// One entry, whole
    Show {
        /// Its position
        seq: u64,
        #[command(flatten)]
        of: Of,
    },
    /// The last entries
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: u64,
        /// Go on with what comes
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        look: Look,
    },
    /// Check every entry, tile and signature, and the meaning of the whole
    Verify(Verify),
}

/// Of which ledger.
#[derive(Debug, clap::Args)]
pub(crate) struct Of {
    /// A ledger's folder, or a copy of it; else the data directory's
    #[arg(long, value_name = "DIR")]
    ledger: Option<PathBuf>,
}

/// What `search` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Search {
    /// Words anywhere in the entry
    text: Option<String>,
    /// The type or its beginning: statement, statement.intent, review …
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Who, or for whom
    #[arg(long)]
    principal: Option<String>,
    /// The session's id
    #[arg(long)]
    session: Option<String>,
    /// From when, RFC 3339 in UTC
    #[arg(long)]
    since: Option<Timestamp>,
    /// The target
    #[arg(long)]
    target: Option<String>,
    /// Until when
    #[arg(long)]
    until: Option<Timestamp>,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    look: Look,
}

/// What `verify` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// The ledger's public key, or a file with it; had from elsewhere it proves most
    #[arg(long, value_name = "VKEY|FILE")]
    key: Vec<String>,
    /// An older checkpoint kept elsewhere
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    look: Look,
}

/// Does it.
pub(crate) fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    match verb {
        Verb::Search(search) => found(search, place),
        Verb::Show { seq, of } => {
            let entry = of.reader(place)?.entry(*seq)?;
            let entry = entry.ok_or_else(|| {
                Stop::failed(
                    format!("there is no entry {seq}"),
                    "`portcullis ledger tail`",
                )
            })?;
            print_json(&serde_json::from_slice(&entry)?)?;
            Ok(Exit::Done)
        }
        Verb::Tail {
            lines,
            follow,
            of,
            look,
        } => tail(&of.reader(place)?, (*lines, *follow), *look),
        Verb::Verify(args) => verify(args, place),
    }
}

impl Of {
    fn folder(&self, place: &Place) -> anyhow::Result<PathBuf> {
        let folder = match &self.ledger {
            Some(folder) => folder.clone(),
            None => place.data_dir()?.join("ledger"),
        };
        if !folder.is_dir() {
            return Err(Stop::failed(
                format!("there is no ledger in {}", folder.display()),
                "name its folder with --ledger, or the data directory with --data-dir",
            ));
        }
        Ok(folder)
    }

    fn reader(&self, place: &Place) -> anyhow::Result<Reader> {
        Ok(Reader::open(self.folder(place)?))
    }
}

fn tail(reader: &Reader, (lines, follow): (u64, bool), look: Look) -> anyhow::Result<Exit> {
    let from = reader.size()?.saturating_sub(lines);
    let mut entries = reader.entries(from);
    loop {
        for entry in entries.by_ref() {
            show(&entry?.1, look)?;
        }
        if !follow {
            return Ok(Exit::Done);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn found(search: &Search, place: &Place) -> anyhow::Result<Exit> {
    let filter = Filter {
        kind: search.kind.clone(),
        principal: search.principal.clone(),
        session: search.session.clone(),
        since: search.since,
        target: search.target.clone(),
        text: search.text.clone(),
        until: search.until,
    };
    for entry in search.of.reader(place)?.entries(0) {
        let (_, bytes) = entry?;
        if serde_json::from_slice(&bytes).is_ok_and(|entry| filter.wants(&entry)) {
            show(&bytes, search.look)?;
        }
    }
    Ok(Exit::Done)
}

/// One entry on one line: the recorded bytes for programs, what matters of them for people.
fn show(bytes: &[u8], look: Look) -> anyhow::Result<()> {
    if look.format == Format::Json {
        return line(&String::from_utf8_lossy(bytes));
    }
    let entry: Value = serde_json::from_slice(bytes)?;
    let word = |at: &str| entry.pointer(at).and_then(Value::as_str).map(plain);
    let mut who = word("/who/principal")
        .or_else(|| word("/who/claimed"))
        .unwrap_or_default();
    if let Some(person) = word("/who/acts_for/principal") {
        who = format!("{who} for {person}");
    }
    let time = word("/time").unwrap_or_default();
    let time = time.get(..23).unwrap_or(&time);
    let kind = word("/type").unwrap_or_default();
    let seq = of(&entry, "seq").as_u64().unwrap_or_default();
    line(&format!(
        "{seq:>6}  {time}  {kind:<18}  {who:<18}  {}",
        gist(&entry)
    ))
}

/// What an entry says, in a few words.
fn gist(entry: &Value) -> String {
    let word = |at: &str| entry.pointer(at).and_then(Value::as_str).map(plain);
    let number = |at: &str| {
        entry
            .pointer(at)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    let mut words = Vec::new();
    if let Some(text) = word("/action/sql") {
        words.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    if let Some(effect) = word("/decision/effect") {
        let rules = entry
            .pointer("/decision/rules")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let rules: Vec<_> = rules.filter_map(Value::as_str).map(plain).collect();
        words.push(format!("{effect} [{}]", rules.join(", ")));
    }
    if let Some(status) = word("/outcome/status") {
        let (rows, changed) = (
            number("/outcome/rows_returned"),
            number("/outcome/rows_affected"),
        );
        let masked = number("/outcome/masked_cells");
        words.push(format!(
            "{status}: {rows} rows, {changed} changed, {masked} cells masked"
        ));
        words.extend(revealed(entry));
    }
    if let Some(scope) = word("/grant/scope") {
        let columns = { entry.pointer("/grant/columns").and_then(Value::as_array) }
            .into_iter()
            .flatten();
        let columns: Vec<_> = columns.filter_map(Value::as_str).map(plain).collect();
        let until = word("/grant/until").map(|until| format!("until {until}"));
        words.push(format!("{scope} {}", columns.join(", ")));
        words.extend(word("/resource/target"));
        words.extend(until);
        words.extend(word("/grant/reason"));
    }
    words.extend(word("/outcome/reason"));
    if let Some(id) = word("/review/id") {
        let answer = word("/review/answer")
            .or_else(|| word("/review/state"))
            .unwrap_or_default();
        words.push(format!("review {id} {answer}"));
    }
    if let Some(facts) = entry.pointer("/admin/facts").and_then(Value::as_object) {
        let facts = facts.iter().map(|(key, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned);
            format!("{key}={value}")
        });
        words.push(plain(&facts.collect::<Vec<_>>().join(" ")));
    }
    words.join("  ")
}

/// How many cells of which classes were shown as they are.
fn revealed(entry: &Value) -> Option<String> {
    let cells = entry.pointer("/outcome/revealed")?.as_object()?;
    let cells: Vec<_> = { cells.iter() }
        .map(|(class, count)| format!("{count} of {}", plain(class)))
        .collect();
    Some(format!("cells revealed: {}", cells.join(", ")))
}

fn verify(args: &Verify, place: &Place) -> anyhow::Result<Exit> {
    let reader = args.of.reader(place)?;
    let (keys, is_given) = keys(args, &reader)?;
    let anchors = args
        .anchor
        .iter()
        .map(|path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display())));
    let anchors = anchors.collect::<Result<Vec<_>, _>>()?;
    let report = ledger::verify::verify(&reader, &keys, &anchors)
        .map_err(|fault| Stop::failed(format!("the ledger cannot be read: {fault}"), ""))?;
    if args.look.format == Format::Json {
        print_json(&for_programs(&report, is_given))?;
    } else {
        for_people(&report, is_given)?;
    }
    Ok(if report.is_sound() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The keys to believe, and whether somebody gave them.
fn keys(args: &Verify, reader: &Reader) -> anyhow::Result<(Vec<Verifier>, bool)> {
    let read = |text: &str| {
        text.parse::<Verifier>()
            .map_err(|fault| Stop::usage(fault.to_string(), ""))
    };
    if args.key.is_empty() {
        let beside = reader
            .vkey()?
            .context("there is no key beside the ledger: give it with --key")?;
        return Ok((vec![read(&beside)?], false));
    }
    let given = args.key.iter().map(|given| {
        let text = std::fs::read_to_string(given).unwrap_or_else(|_| given.clone());
        read(&text)
    });
    Ok((given.collect::<Result<_, _>>()?, true))
}

fn for_programs(report: &Report, is_given: bool) -> Value {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| json!({ "kind": finding.kind(), "message": finding.to_string() }))
        .collect();
    json!({
        "sound": report.is_sound(),
        "key_given": is_given,
        "origin": report.checkpoint.as_ref().map(|head| &head.origin),
        "root": report.checkpoint.as_ref().map(|head| ledger::tree::hex(&head.root)),
        "entries": report.entries,
        "unsigned": report.unsigned,
        "statements": report.statements,
        "unknown": report.unknown,
        "cut_bytes": report.cut_bytes,
        "clock_steps": report.clock_steps,
        "findings": findings,
    })
}

fn for_people(report: &Report, is_given: bool) -> anyhow::Result<()> {
    let word = if report.is_sound() {
        "the ledger is sound"
    } else {
        "the ledger is NOT sound"
    };
    line(&format!(
        "{word}: {} entries under the signed head, {} recorded after it",
        report.entries, report.unsigned
    ))?;
    if let Some(head) = &report.checkpoint {
        line(&format!(
            "  origin {}, root {}",
            head.origin,
            ledger::tree::hex(&head.root)
        ))?;
    }
    line(&format!(
        "  {} statements, {} of unknown end",
        report.statements, report.unknown
    ))?;
    for finding in &report.findings {
        line(&format!(
            "  {}: {}",
            finding.kind(),
            plain(&finding.to_string())
        ))?;
    }
    if !is_given {
        line(
            "  checked with the key kept beside the ledger; one kept elsewhere (--key) proves more",
        )?;
    }
    Ok(())
}
