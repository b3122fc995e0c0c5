//! The table the benchmark prints: one row a load, ratios to direct, CPU of each proxy.

use crate::bench::{Sample, Way};

pub(crate) struct Table {
    names: Vec<&'static str>,
}

impl Table {
    pub(crate) fn new(ways: &[Way]) -> Self {
        let names: Vec<_> = ways.iter().map(|way| way.name).collect();
        let mut head = String::from("| load |");
        let mut line = String::from("|---|");
        for name in &names {
            for part in [" ", *name, " |"] {
                head.push_str(part);
            }
            line.push_str("---|");
        }
        println!("{head}\n{line}");
        Self { names }
    }

    pub(crate) fn row(&mut self, load: &str, samples: &[Sample]) {
        let direct = samples.first().copied().unwrap_or_default();
        let mut row = format!("| {load} |");
        for (name, sample) in self.names.iter().zip(samples) {
            let ratio = sample.per_s / direct.per_s;
            let cell = if *name == "direct" {
                format!(" {} /s, {:.3} ms |", rate(sample.per_s), sample.ms)
            } else {
                format!(
                    " {ratio:.2}× · {} · {:.3} ms |",
                    cpu(sample.cpu_us),
                    sample.ms
                )
            };
            row.push_str(&cell);
        }
        println!("{row}");
    }

    pub(crate) fn print() {
        println!(
            "\nCells: throughput against direct · CPU of the proxy per transaction (or run) · \
             latency."
        );
    }
}

fn rate(per_s: f64) -> String {
    if per_s >= 10.0 {
        format!("{per_s:.0}")
    } else {
        format!("{per_s:.2}")
    }
}

fn cpu(us: f64) -> String {
    if us >= 1e4 {
        format!("{:.2} s CPU", us / 1e6)
    } else {
        format!("{us:.1} µs CPU")
    }
}
