//! How many cells a second a scan of free text reads on one core.
//!
//! Cells of about fifty bytes: ordinary prose, prose that holds something, numbers, log lines. Two
//! ways in one run: as the road does it, and the slow reference, every detector on every cell.

use std::hint::black_box;

use model::Class;

const CELLS: &str = include_str!("cells.txt");
const ROUNDS: usize = 400;

/// Prints cells per second, each way and by kind of cell.
pub(crate) fn measure() {
    // The lexicon is filled once, on first use.
    black_box(mask::scan::sensitive_spans(
        "Dear Alice, call +1 415 555 2671",
    ));
    for section in CELLS
        .split("\n# ")
        .filter(|section| !section.trim().is_empty())
    {
        let (name, cells) = section.split_once('\n').unwrap_or((section, ""));
        let cells: Vec<&str> = cells.lines().filter(|line| !line.is_empty()).collect();
        let bytes: usize = cells.iter().map(|cell| cell.len()).sum();
        let found = cells
            .iter()
            .filter(|cell| !mask::scan::sensitive_spans(cell).is_empty())
            .count();
        println!(
            "scan, {} ({} cells, {} bytes each, {found} hold something): {:.0} thousand cells per \
             CPU-second, slow reference {:.0}",
            name.trim_start_matches("# "),
            cells.len(),
            bytes / cells.len().max(1),
            rate(&cells, mask::scan::sensitive_spans),
            rate(&cells, mask::scan::sensitive_spans_slowly),
        );
    }
}

/// Thousands of cells a second: the best of five runs, since other programs share the machine.
fn rate(cells: &[&str], scan: impl Fn(&str) -> Vec<(std::ops::Range<usize>, Class)>) -> f64 {
    let once = || {
        let start = cpu_seconds();
        for _ in 0..ROUNDS {
            for cell in cells {
                black_box(scan(black_box(cell)));
            }
        }
        let count = u32::try_from(cells.len() * ROUNDS).unwrap_or(u32::MAX);
        f64::from(count) / (cpu_seconds() - start) / 1e3
    };
    (0..5).map(|_| once()).fold(0.0, f64::max)
}

/// Seconds this thread has been on a processor: others may share the machine.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|first| first.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}
