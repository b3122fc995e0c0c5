//! What it costs to find out what a statement would do: seen for the first time, and again.
//!
//! Over `ordinary.sql`, what drivers, ORMs, psql and IDEs send, against the catalog of a running
//! server. Each statement's own median counts once.
//! Policy, record and network are in the other loads.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use ::analysis::{Scene, Shaper, analyse};
use anyhow::Context;
use catalog::Catalog;
use catalog::postgres::{READ, assemble};
use model::Limits;
use testkit::Postgres;
use tokio_postgres::{NoTls, SimpleQueryMessage};

const ROUNDS: usize = 201;

/// Medians in microseconds.
pub(crate) struct Cost {
    again: f64,
    first: f64,
    slowest: f64,
    statements: usize,
}

impl Cost {
    pub(crate) fn print(&self) {
        println!(
            "analysis of {} ordinary statements, median: {:.1} µs on first sight (slowest {:.0}), \
             {:.2} µs once its shape was seen",
            self.statements, self.first, self.slowest, self.again
        );
    }
}

/// Measures all statements.
pub(crate) fn measure(postgres: &Postgres) -> anyhow::Result<Cost> {
    let catalog = Arc::new(catalog(postgres)?);
    let limits = Limits::default();
    let none = |_: &str| None;
    let scene = Scene {
        catalog: &catalog,
        cursors: &|name| (name == "curs").then(|| "SELECT aid FROM pgbench_accounts".into()),
        declared: &[],
        limits: &limits,
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    let texts: Vec<&str> = include_str!("ordinary.sql")
        .split("\n\n")
        .map(str::trim)
        .collect();
    let shaper = Shaper::new([1, 2]);
    let mut known = HashMap::new();
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for text in &texts {
        let analysis = analyse(text, &scene);
        let gaps = analysis.parts.iter().flat_map(|part| &part.effects.gaps);
        for gap in gaps {
            eprintln!("{text}: {} {}", gap.kind, gap.reason);
        }
        let shape = shaper.shape(text).context("no shape")?;
        known.insert(shape.hash, analysis);
        first.push(median(|| drop(black_box(analyse(black_box(text), &scene)))));
    }
    for text in &texts {
        again.push(median(|| {
            let shape = shaper.shape(black_box(text));
            black_box(shape.and_then(|shape| known.get(&shape.hash)));
        }));
    }
    if std::env::args().any(|argument| argument == "--each") {
        for (text, us) in texts.iter().zip(&first) {
            println!("{us:8.1} {}", text.chars().take(90).collect::<String>());
        }
    }
    first.sort_by(f64::total_cmp);
    again.sort_by(f64::total_cmp);
    let middle = |all: &[f64]| all.get(all.len() / 2).copied().unwrap_or_default();
    Ok(Cost {
        slowest: first.last().copied().unwrap_or_default(),
        first: middle(&first),
        again: middle(&again),
        statements: texts.len(),
    })
}

fn median(mut run: impl FnMut()) -> f64 {
    let mut all = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run();
        all.push(start.elapsed().as_secs_f64() * 1e6);
    }
    all.sort_by(f64::total_cmp);
    all.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn catalog(postgres: &Postgres) -> anyhow::Result<Catalog> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&postgres.url(), NoTls).await?;
        tokio::spawn(connection);
        let mut all = HashMap::new();
        for text in READ {
            let mut rows = Vec::new();
            for message in client.simple_query(text.sql).await? {
                if let SimpleQueryMessage::Row(row) = message {
                    let cells = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                    rows.push(cells.collect::<Vec<_>>());
                }
            }
            all.insert(text.name, rows);
        }
        Ok(assemble(&|name| {
            all.get(name).cloned().unwrap_or_default()
        })?)
    })
}
