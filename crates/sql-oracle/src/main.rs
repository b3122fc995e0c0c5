//! Holds our reading against PostgreSQL's own grammar, over its own regression suite.
//!
//! Run by hand, with libclang installed:
//! `cargo run --manifest-path crates/sql-oracle/Cargo.toml`.
//! For every statement libpg_query accepts and names relations in, our analysis must name each of
//! them, be it as an act or in a gap. What it misses is printed, and the exit code is 1.
//! It checks relations alone: no columns, no functions; and it is no part of the build.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use analysis::Scene;
use anyhow::{Context, Result};
use catalog::{Catalog, Relation, RelationKind};
use model::Limits;

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

/// The relations of `tables` that our reading of `text` does not name; `None` if it refuses it.
fn missed(text: &str, tables: &BTreeSet<String>) -> Option<Vec<String>> {
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
    let read = analysis::analyse(text, &scene);
    let effects: Vec<_> = read.parts.iter().map(|part| &part.effects).collect();
    if effects.iter().any(|e| {
        e.gaps
            .iter()
            .any(|g| g.kind == "syntax" || g.kind == "nesting")
    }) {
        return None;
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
    Some(tables.iter().filter(is_missed).cloned().collect())
}

fn main() -> Result<ExitCode> {
    let mut files = Vec::new();
    sql_files(&suite()?, &mut files)?;
    files.sort();
    let (mut read, mut refused, mut wrong) = (0_usize, 0_usize, 0_usize);
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let Ok(statements) = pg_query::split_with_scanner(&text) else {
            continue;
        };
        for statement in statements {
            let Ok(parsed) = pg_query::summary(statement, 0, -1) else {
                continue;
            };
            let tables: BTreeSet<String> = parsed.tables().into_iter().collect();
            match missed(statement, &tables) {
                None => refused += 1,
                Some(missed) if missed.is_empty() => read += 1,
                Some(missed) => {
                    wrong += 1;
                    println!("{missed:?} in {statement}\n");
                }
            }
        }
    }
    println!("{read} read alike, {refused} refused by us alone, {wrong} with a relation missed");
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
