//! What is counted, per reactor, and how Prometheus reads the sum.
//!
//! Why not a metrics library on the road: a look-up by name and labels per statement, and a core's
//! cache line shared by all. Each reactor adds to its own atomics; a scrape adds them up.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::{OutcomeKind, RefusalKind};

/// Upper bounds of the duration histogram, in microseconds.
const BOUNDS_US: [u64; 9] = [
    100,
    316,
    1_000,
    3_160,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// What became of a statement, as the `verdict` label tells.
const VERDICTS: [&str; 9] = [
    "allow",
    "denied",
    "expired",
    "limit",
    "rejected",
    "unmaskable",
    "unreadable",
    "unrecorded",
    "withdrawn",
];

/// How a permitted statement ended, as the `outcome` label tells.
const OUTCOMES: [&str; 4] = ["cancelled", "error", "success", "unknown"];

/// The counters of one reactor.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    buckets: [AtomicU64; BOUNDS_US.len()],
    bytes: AtomicU64,
    duration_us: AtomicU64,
    glass: AtomicU64,
    held: AtomicU64,
    masked: AtomicU64,
    /// Statements beyond the last bound.
    overflow: AtomicU64,
    outcomes: [AtomicU64; OUTCOMES.len()],
    rows: AtomicU64,
    sessions: AtomicU64,
    sign_in_failures: AtomicU64,
    verdicts: [AtomicU64; VERDICTS.len()],
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

impl Meters {
    pub(crate) fn session_opened(&self) {
        add(&self.sessions, 1);
    }

    pub(crate) fn session_closed(&self) {
        self.sessions.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn sign_in_failed(&self) {
        add(&self.sign_in_failures, 1);
    }

    pub(crate) fn glass_broken(&self) {
        add(&self.glass, 1);
    }

    pub(crate) fn held(&self) {
        add(&self.held, 1);
    }

    pub(crate) fn judged(&self, refused: Option<RefusalKind>) {
        let index = match refused {
            None => 0,
            Some(RefusalKind::Denied) => 1,
            Some(RefusalKind::Expired) => 2,
            Some(RefusalKind::Limit) => 3,
            Some(RefusalKind::Rejected) => 4,
            Some(RefusalKind::Unmaskable) => 5,
            Some(RefusalKind::Unreadable) => 6,
            Some(RefusalKind::Unrecorded) => 7,
            Some(RefusalKind::Withdrawn) => 8,
        };
        self.verdicts.get(index).inspect(|counter| add(counter, 1));
    }

    pub(crate) fn settled(&self, outcome: &model::Outcome, took: Duration) {
        let index = match outcome.kind {
            OutcomeKind::Cancelled => 0,
            OutcomeKind::Error => 1,
            OutcomeKind::Success => 2,
            OutcomeKind::Unknown => 3,
        };
        self.outcomes.get(index).inspect(|counter| add(counter, 1));
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|bound| *bound < took);
        add(self.buckets.get(bucket).unwrap_or(&self.overflow), 1);
        add(&self.duration_us, took);
        for (counter, amount) in [
            (&self.bytes, outcome.bytes),
            (&self.masked, outcome.masked_cells),
            (&self.rows, outcome.rows),
        ] {
            if amount > 0 {
                add(counter, amount);
            }
        }
    }
}

/// The sum of every reactor's counters, in the Prometheus text format.
pub(crate) fn render(all: &[Arc<Meters>]) -> String {
    let sum = |pick: &dyn Fn(&Meters) -> &AtomicU64| -> u64 {
        all.iter()
            .map(|meters| pick(meters).load(Ordering::Relaxed))
            .sum()
    };
    let mut out = String::new();
    let mut single = |name: &str, kind: &str, help: &str, value: u64| {
        let _ = writeln!(
            out,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
        );
    };
    let open = sum(&|m| &m.sessions);
    single(
        "portcullis_sessions_open",
        "gauge",
        "Sessions that are open.",
        open,
    );
    for (name, help, value) in [
        (
            "portcullis_result_bytes_total",
            "Bytes of results shown.",
            sum(&|m| &m.bytes),
        ),
        (
            "portcullis_result_rows_total",
            "Rows of results shown.",
            sum(&|m| &m.rows),
        ),
        (
            "portcullis_break_glass_total",
            "Statements that passed at once and are reviewed afterwards.",
            sum(&|m| &m.glass),
        ),
        (
            "portcullis_masked_cells_total",
            "Cells masked on the way out.",
            sum(&|m| &m.masked),
        ),
        (
            "portcullis_statements_held_total",
            "Statements held.",
            sum(&|m| &m.held),
        ),
        (
            "portcullis_sign_in_failures_total",
            "Sign-ins that failed.",
            sum(&|m| &m.sign_in_failures),
        ),
    ] {
        single(name, "counter", help, value);
    }
    labelled(&mut out, all, ("statements", "verdict"), &VERDICTS, |m| {
        &m.verdicts
    });
    labelled(&mut out, all, ("outcomes", "outcome"), &OUTCOMES, |m| {
        &m.outcomes
    });
    histogram(&mut out, &sum);
    out
}

fn labelled(
    out: &mut String,
    all: &[Arc<Meters>],
    (name, label): (&str, &str),
    values: &[&str],
    pick: fn(&Meters) -> &[AtomicU64],
) {
    let _ = writeln!(out, "# HELP portcullis_{name}_total Statements by {label}.");
    let _ = writeln!(out, "# TYPE portcullis_{name}_total counter");
    for (index, value) in values.iter().enumerate() {
        let each = all.iter().filter_map(|meters| pick(meters).get(index));
        let sum: u64 = each.map(|counter| counter.load(Ordering::Relaxed)).sum();
        let _ = writeln!(out, "portcullis_{name}_total{{{label}=\"{value}\"}} {sum}");
    }
}

type Sum<'a> = dyn Fn(&dyn Fn(&Meters) -> &AtomicU64) -> u64 + 'a;

#[expect(
    clippy::cast_precision_loss,
    reason = "a metric in seconds: microseconds fit 52 bits"
)]
fn histogram(out: &mut String, sum: &Sum<'_>) {
    let name = "portcullis_statement_duration_seconds";
    let _ = writeln!(
        out,
        "# HELP {name} From a statement's arrival to its end, holds included."
    );
    let _ = writeln!(out, "# TYPE {name} histogram");
    let mut below = 0;
    for index in 0..=BOUNDS_US.len() {
        below += sum(&|m: &Meters| m.buckets.get(index).unwrap_or(&m.overflow));
        let bound = BOUNDS_US
            .get(index)
            .map_or("+Inf".to_owned(), |us| (*us as f64 / 1e6).to_string());
        let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {below}");
    }
    let seconds = sum(&|m| &m.duration_us) as f64 / 1e6;
    let _ = writeln!(out, "{name}_sum {seconds}\n{name}_count {below}");
}
