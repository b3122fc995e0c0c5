//! `cargo xtask bench`: what a statement costs through Portcullis, fully on, beside pgbouncer and
//! beside no proxy.
//!
//! In one run, against one PostgreSQL, in interleaved rounds: point reads by `pgbench -S` (simple
//! and prepared), a million rows with no mask and with one masked column, TPC-B writes, and idle
//! sessions; and what analysis and a scan of free text cost alone. It prints medians as a table for
//! README. Absolute figures wander between machines; the ratios are what to hold
//! (`docs/performance.md`).
//!
//! It needs `pgbench`; without `pgbouncer` its columns stay empty. No TLS on any side.

mod analysis;
mod proxies;
mod scan;
mod table;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use testkit::Postgres;

use proxies::{Bouncer, Gate};
use table::Table;

/// Through what the clients go.
struct Way {
    database: String,
    database_for_prepared: String,
    name: &'static str,
    password: String,
    /// The proxy's process; `None` is direct.
    pid: Option<u32>,
    port: u16,
    role: String,
}

/// One measured run.
#[derive(Clone, Copy, Default)]
struct Sample {
    /// The proxy's CPU time, microseconds per transaction (or per run).
    cpu_us: f64,
    /// Median latency or duration, milliseconds.
    ms: f64,
    /// Transactions (or runs) a second.
    per_s: f64,
}

const WIDE_ROWS: u32 = 1_000_000;

/// Runs everything. `--quick` makes each run short: for trying the harness, not for figures;
/// `--no-build` takes the release binary that is there; `--only TEXT` runs the loads with TEXT in
/// their name.
pub(crate) fn run() -> anyhow::Result<()> {
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    let quick = asked("--quick");
    let only = std::env::args()
        .skip_while(|argument| argument != "--only")
        .nth(1);
    let wanted = |load: &str| only.as_deref().is_none_or(|only| load.contains(only));
    if only.as_deref() == Some("scan") {
        scan::measure();
        return Ok(());
    }
    let is_pure = only.as_deref() == Some("analysis");
    if !asked("--no-build") && !is_pure {
        build()?;
    }
    let postgres = Postgres::setup()
        .setting("max_connections", "1200")
        .setting("shared_buffers", "512MB")
        .start();
    fill(&postgres, if quick { 10_000 } else { WIDE_ROWS })?;
    if wanted("analysis") {
        analysis::measure(&postgres)?.print();
    }
    if is_pure {
        return Ok(());
    }
    let folder = postgres.data_dir().with_file_name("bench");
    std::fs::create_dir_all(&folder)?;
    let gate = Gate::start(&postgres, &folder)?;
    let bouncer = Bouncer::start(&postgres, &folder)?;
    let mut ways = vec![direct(&postgres)];
    ways.extend(bouncer.as_ref().map(Bouncer::way));
    ways.push(gate.way());
    let (seconds, rounds) = if quick { (2, 1) } else { (5, 3) };
    let mut table = Table::new(&ways);
    for (mode, clients) in [
        ("simple", 1),
        ("simple", 8),
        ("simple", 32),
        ("prepared", 8),
        ("prepared", 32),
    ] {
        let name = format!("point read, {mode}, c={clients}");
        if !wanted(&name) {
            continue;
        }
        let arguments = ["-S".to_owned(), "-M".to_owned(), mode.to_owned()];
        let samples = rounds_of(rounds, &ways, |way| {
            pgbench(way, clients, seconds, &arguments)
        })?;
        table.row(&name, &samples);
    }
    if wanted("TPC-B writes") {
        let samples = rounds_of(rounds, &ways, |way| pgbench(way, 8, seconds, &[]))?;
        table.row("TPC-B writes, c=8", &samples);
    }
    wide_rows(&mut table, &ways, rounds, &wanted)?;
    Table::print();
    println!(
        "\n1,000 idle sessions: {} MB resident",
        gate.idle_mb(1_000)?
    );
    Ok(())
}

fn wide_rows(
    table: &mut Table,
    ways: &[Way],
    rounds: usize,
    wanted: &dyn Fn(&str) -> bool,
) -> anyhow::Result<()> {
    for (name, sql) in [
        (
            "a million rows, no mask",
            "SELECT id, amount, filler FROM wide",
        ),
        (
            "a million rows, one column masked",
            "SELECT id, amount, email FROM wide",
        ),
    ] {
        if !wanted(name) {
            continue;
        }
        let samples = rounds_of(rounds, ways, |way| rows(way, sql))?;
        table.row(name, &samples);
    }
    Ok(())
}

fn build() -> anyhow::Result<()> {
    let arguments = ["build", "--release", "-p", "portcullis"];
    if !Command::new("cargo").args(arguments).status()?.success() {
        bail!("the release build failed");
    }
    Ok(())
}

fn fill(postgres: &Postgres, rows: u32) -> anyhow::Result<()> {
    let way = direct(postgres);
    let init = client("pgbench", &way)
        .args(["-i", "-q", "-s", "10"])
        .stderr(Stdio::null())
        .status()?;
    if !init.success() {
        bail!("pgbench -i failed");
    }
    postgres.psql(&format!(
        "CREATE TABLE wide AS SELECT i AS id, i % 100000 / 100.0 AS amount,
           'person' || i || '@corp' || i % 97 || '.example' AS email,
           repeat(md5(i::text), 5) AS filler FROM generate_series(1, {rows}) i"
    ));
    postgres.psql("VACUUM ANALYZE wide");
    Ok(())
}

fn direct(postgres: &Postgres) -> Way {
    Way {
        database: "postgres".into(),
        database_for_prepared: "postgres".into(),
        name: "direct",
        password: String::new(),
        pid: None,
        port: postgres.port(),
        role: "postgres".into(),
    }
}

fn client(program: &str, way: &Way) -> Command {
    let mut command = Command::new(program);
    command
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", way.port.to_string())
        .env("PGUSER", &way.role)
        .env("PGDATABASE", &way.database)
        .env("PGPASSWORD", &way.password)
        .env("PGSSLMODE", "disable");
    command
}

/// Measures every way once a round, interleaved, and takes each way's median by rate.
fn rounds_of(
    rounds: usize,
    ways: &[Way],
    mut measure: impl FnMut(&Way) -> anyhow::Result<Sample>,
) -> anyhow::Result<Vec<Sample>> {
    let mut all: Vec<Vec<Sample>> = ways.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (way, samples) in ways.iter().zip(&mut all) {
            samples.push(measure(way).with_context(|| way.name)?);
        }
    }
    let median = |samples: Vec<Sample>| {
        let mut samples = samples;
        samples.sort_by(|a, b| a.per_s.total_cmp(&b.per_s));
        samples.get(samples.len() / 2).copied().unwrap_or_default()
    };
    Ok(all.into_iter().map(median).collect())
}

fn pgbench(way: &Way, clients: u32, seconds: u32, arguments: &[String]) -> anyhow::Result<Sample> {
    let before = cpu_us(way)?;
    let is_prepared = arguments.iter().any(|argument| argument == "prepared");
    let database = if is_prepared {
        &way.database_for_prepared
    } else {
        &way.database
    };
    let out = client("pgbench", way)
        .env("PGDATABASE", database)
        .args([
            "-n",
            "-c",
            &clients.to_string(),
            "-j",
            "2",
            "-T",
            &seconds.to_string(),
        ])
        .args(arguments)
        .output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    if !out.status.success() {
        bail!("pgbench: {}", String::from_utf8_lossy(&out.stderr));
    }
    let spent = cpu_us(way)? - before;
    let done = number_after(&text, "actually processed: ")?;
    Ok(Sample {
        cpu_us: spent / done.max(1.0),
        ms: number_after(&text, "latency average = ")?,
        per_s: number_after(&text, "tps = ")?,
    })
}

fn rows(way: &Way, sql: &str) -> anyhow::Result<Sample> {
    let (before, start) = (cpu_us(way)?, Instant::now());
    let status = client("psql", way)
        .args(["-qAtX", "--set=FETCH_COUNT=0", "-o", "/dev/null", "-c", sql])
        .status()?;
    if !status.success() {
        bail!("psql ended with {status}");
    }
    let seconds = start.elapsed().as_secs_f64();
    let spent = cpu_us(way)? - before;
    Ok(Sample {
        cpu_us: spent,
        ms: seconds * 1e3,
        per_s: 1.0 / seconds,
    })
}

fn number_after(text: &str, mark: &str) -> anyhow::Result<f64> {
    let rest = text
        .split_once(mark)
        .with_context(|| format!("no {mark:?} in {text}"))?
        .1;
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    Ok(rest.get(..end).unwrap_or_default().parse()?)
}

/// User and system time of the proxy so far, microseconds (`/proc/PID/stat`, fields 14 and 15, in
/// hundredths of a second).
fn cpu_us(way: &Way) -> anyhow::Result<f64> {
    let Some(pid) = way.pid else { return Ok(0.0) };
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))?;
    let after_name = stat.rsplit_once(')').context("an odd /proc/PID/stat")?.1;
    let ticks: Vec<f64> = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse().ok())
        .collect();
    Ok(ticks.iter().sum::<f64>() * 1e4)
}
