//! Holds our reading against PostgreSQL's own grammar, over its own regression suite.
//!
//! Run by hand, with libclang installed: `cargo xtask oracle [folder of .sql files]`.
//! For every statement libpg_query accepts and names relations in, our analysis must name each of
//! them, be it as an act or in a gap; and no statement, nor a bomb of nesting, may take longer than
//! [`SLOWEST`]. What is missed or slow is printed, and the exit code is 1.
//! It checks relations alone: no columns, no functions; and it is no part of the build.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use analysis::Scene;
use anyhow::{Context, Result};
use catalog::{Catalog, Relation, RelationKind};
use model::Limits;

/// No statement takes longer to analyse, in a release build.
const SLOWEST: Duration = Duration::from_millis(50);

/// The folder of the package that holds the suite.
fn suite() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        .output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let package = packages
        .iter()
        .find(|p| p["name"] == "pg_parse")
        .context("no pg_parse")?;
    let manifest = package["manifest_path"].as_str().context("no path")?;
    Ok(Path::new(manifest)
        .parent()
        .context("no folder")?
        .to_owned())
}

fn sql_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sql_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
    Ok(())
}

/// A relation of that name, with no columns: names are all that is compared.
fn relation(name: &str, oid: u32) -> Relation {
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    Relation {
        columns: Vec::new(),
        definition: None,
        kind: RelationKind::Table,
        name: name.into(),
        oid,
        parents: Vec::new(),
        primary_key: Vec::new(),
        estimated_rows: -1,
        schema: schema.into(),
    }
}

/// The relations of `tables` that our reading of `text` does not name, `None` if it refuses it; and
/// how long the reading took.
fn missed(text: &str, tables: &BTreeSet<String>) -> (Option<Vec<String>>, Duration) {
    let relations = tables
        .iter()
        .zip(1..)
        .map(|(name, oid)| relation(name, oid))
        .collect();
    let mut catalog = Catalog::of(relations, Vec::new(), Vec::new());
    catalog.search_path = vec!["public".into()];
    let catalog = std::sync::Arc::new(catalog);
    let none = |_: &str| None;
    let scene = Scene {
        catalog: &catalog,
        cursors: &none,
        declared: &[],
        limits: &Limits::default(),
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    let start = Instant::now();
    let read = analysis::analyse(text, &scene);
    let took = start.elapsed();
    let effects: Vec<_> = read.parts.iter().map(|part| &part.effects).collect();
    if effects.iter().any(|e| {
        e.gaps
            .iter()
            .any(|g| g.kind == "syntax" || g.kind == "nesting")
    }) {
        return (None, took);
    }
    let bare = |name: &str| {
        name.rsplit('.')
            .next()
            .unwrap_or(name)
            .trim_matches('"')
            .to_owned()
    };
    let named: BTreeSet<&str> = effects
        .iter()
        .flat_map(|e| &e.acts)
        .map(|act| act.object.name.as_str())
        .collect();
    // A gap counts where it names the relation as a word of its own, and not in passing.
    let in_gaps = |name: &str| {
        let gaps = effects
            .iter()
            .flat_map(|e| &e.gaps)
            .filter(|gap| gap.kind == "relation");
        gaps.flat_map(|gap| gap.reason.split(' '))
            .any(|word| bare(word) == name)
    };
    let is_missed = |name: &&String| !named.contains(bare(name).as_str()) && !in_gaps(&bare(name));
    (
        Some(tables.iter().filter(is_missed).cloned().collect()),
        took,
    )
}

/// Texts made to be slow to read: each has something a thousandfold.
fn bombs() -> Vec<(&'static str, String)> {
    let around = |open: &str, inner: &str, close: &str, n: usize| {
        format!("{}{inner}{}", open.repeat(n), close.repeat(n))
    };
    vec![
        (
            "parentheses",
            around("SELECT (", "1", ")", 1) + &around("(", "1", ")", 100_000),
        ),
        (
            "sub-selects",
            around("SELECT * FROM (", "SELECT 1", ") x", 20_000),
        ),
        (
            "arrays",
            format!("SELECT {}", around("ARRAY[", "1", "]", 50_000)),
        ),
        (
            "calls",
            format!("SELECT {}", around("abs(", "1", ")", 50_000)),
        ),
        (
            "cases",
            format!(
                "SELECT {}",
                around("CASE WHEN true THEN ", "1", " END", 20_000)
            ),
        ),
        ("not", format!("SELECT {}true", "NOT ".repeat(100_000))),
        ("minus", format!("SELECT {}1", "- ".repeat(100_000))),
        ("casts", format!("SELECT 1{}", "::int".repeat(50_000))),
        (
            "and",
            format!("SELECT 1 WHERE true{}", " AND true".repeat(50_000)),
        ),
        (
            "union",
            format!("SELECT 1{}", " UNION SELECT 1".repeat(20_000)),
        ),
        (
            "joins",
            format!("SELECT 1 FROM a{}", " JOIN a ON true".repeat(20_000)),
        ),
        ("comments", around("/*", "", "*/", 100_000) + "SELECT 1"),
        ("statements", "SELECT 1;".repeat(50_000)),
        (
            "list",
            format!("SELECT 1 WHERE 1 IN (1{})", ", 1".repeat(10_000)),
        ),
        ("dots", format!("SELECT a{}", ".a".repeat(50_000))),
        (
            "with recursive",
            format!(
                "WITH RECURSIVE a0 AS (SELECT 1){} SELECT 1",
                (1..1_000)
                    .map(|n| format!(", a{n} AS (SELECT * FROM a{})", n - 1))
                    .collect::<String>()
            ),
        ),
        (
            "with",
            format!(
                "WITH a AS (SELECT 1){} SELECT 1",
                ", a AS (SELECT * FROM a)".repeat(1_000)
            ),
        ),
    ]
}

/// The relations a statement names; of EXPLAIN not what it would make: it makes nothing.
fn named(parsed: &pg_query::SummaryResult) -> BTreeSet<String> {
    let mut tables: BTreeSet<String> = parsed.tables().into_iter().collect();
    if parsed.statement_types().contains(&"ExplainStmt") {
        for made in parsed.ddl_tables() {
            tables.remove(&made);
        }
    }
    tables
}

/// What was seen over all texts.
#[derive(Default)]
struct Tally {
    /// Relations named in gaps or acts, in so many statements.
    read: usize,
    refused: usize,
    slow: usize,
    slowest: Duration,
    wrong: usize,
}

impl Tally {
    /// Reads a text, and remembers how long it took.
    fn timed(&mut self, what: &str, text: &str, tables: &BTreeSet<String>) -> Option<Vec<String>> {
        let mut best = Duration::MAX;
        let mut missing = None;
        // The machine may have been busy with others.
        for _ in 0..5 {
            let (found, took) = missed(text, tables);
            best = best.min(took);
            missing = found;
            if best < SLOWEST {
                break;
            }
        }
        self.slowest = self.slowest.max(best);
        if best >= SLOWEST {
            self.slow += 1;
            println!("{best:?} for {what}, {} bytes: {:.200}\n", text.len(), text);
        }
        missing
    }

    fn file(&mut self, file: &Path, text: &str) {
        let statements = pg_query::split_with_scanner(text).unwrap_or_default();
        for statement in statements {
            let parsed = pg_query::summary(statement, 0, -1);
            let tables: BTreeSet<String> = match &parsed {
                Ok(parsed) => named(parsed),
                Err(_) => BTreeSet::new(),
            };
            let missed = self.timed(&file.display().to_string(), statement, &tables);
            match missed.filter(|_| parsed.is_ok()) {
                None => self.refused += usize::from(parsed.is_ok()),
                Some(missed) if missed.is_empty() => self.read += 1,
                Some(missed) => {
                    self.wrong += 1;
                    println!("{missed:?} in {statement}\n");
                }
            }
        }
    }
}

fn main() -> Result<ExitCode> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.map_or_else(suite, Ok)?;
    let mut files = Vec::new();
    sql_files(&folder, &mut files)?;
    files.sort();
    let mut tally = Tally::default();
    let mut bytes = 0;
    for file in &files {
        // Some are not in UTF-8: what is, is read.
        let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
        bytes += text.len();
        tally.file(file, &text);
    }
    for (name, text) in bombs() {
        tally.timed(name, &text, &BTreeSet::new());
    }
    let Tally {
        read,
        refused,
        slow,
        slowest,
        wrong,
    } = tally;
    println!(
        "{} files, {bytes} bytes: {read} read alike, {refused} refused by us alone, {wrong} with a \
         relation missed; the slowest took {slowest:?}, {slow} took {SLOWEST:?} or more",
        files.len()
    );
    Ok(if wrong == 0 && slow == 0 && read > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
