//! How many cells a second are masked, class by class:
//! `cargo run --release -p mask --example cells`.
//!
//! Each value is another one, so that nothing is remembered; then each kind of identifier, by valid
//! ones. An argument names the class or kind to measure alone. It measures one thread's time on a
//! processor, where Linux tells it, and asserts nothing.

#![allow(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example"
)]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use mask::formats;
use mask::{Column, Keys, PartPlan, Plan, PlannedColumn, Treatment};
use model::{Class, Format};

const CELLS: u32 = 50_000;

fn plan(treatment: Treatment) -> mask::RowPlan {
    let part = PartPlan {
        columns: Some(vec![PlannedColumn {
            origin: None,
            treatment,
            type_oid: Some(25),
        }]),
        ..PartPlan::default()
    };
    let column = Column {
        format: Format::Text,
        modifier: -1,
        type_oid: 25,
    };
    let keys = Arc::new(Keys::from_root(&[7; 32]));
    Plan::new(keys, vec![part]).bind(0, &[column]).unwrap()
}

/// The value of a class with a number in it, all over it.
fn value(class: Class, number: u32) -> String {
    let spread = u64::from(number) * 2_654_435_761 % 10_000_000_000;
    match class {
        Class::Address => format!("{} Main Street", number % 900 + 1),
        Class::BirthDate => format!(
            "19{:02}-{:02}-{:02}",
            spread % 90 + 10,
            spread % 12 + 1,
            spread % 28 + 1
        ),
        Class::CardNumber => format!("4111{spread:012}"),
        Class::Email => format!("some.name{spread}@host{}.org", number % 50),
        Class::FirstName => format!("Alice{number}"),
        Class::FullName => format!("Alice{number} Smith{}", number % 1000),
        Class::FreeText => format!(
            "Order {number} of some.name{spread}@host.org was sent, call +1 415 555 {:04}",
            number % 10_000
        ),
        Class::Iban => format!("DE89370400{spread:012}"),
        Class::IpAddress => format!(
            "{}.{}.{}.{}",
            spread % 220 + 11,
            spread % 251,
            spread % 241,
            spread % 239
        ),
        Class::Json => {
            format!(r#"{{"id": {number}, "email": "name{spread}@host.org", "note": "ok"}}"#)
        }
        Class::MacAddress => format!(
            "00:1a:{:02x}:{:02x}:{:02x}:{:02x}",
            spread & 255,
            spread >> 8 & 255,
            number & 255,
            number >> 8 & 255
        ),
        Class::NationalId => format!(
            "{:03}-{:02}-{:04}",
            spread % 600 + 1,
            spread % 99 + 1,
            spread % 9999 + 1
        ),
        Class::Phone => format!("+49 151 {:08}", spread % 100_000_000),
        Class::PostalCode => format!("{:05}", spread % 100_000),
        Class::Salary => format!("{}.50", spread % 1_000_000),
        Class::SessionToken | Class::ApiKey => format!("sk_live_4eC39HqLyjWDarjtT1z{spread}"),
        _ => format!("name_{spread}"),
    }
}

/// How long this thread has been on a processor.
fn on_processor() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = told.split(' ').next().and_then(|spent| spent.parse().ok());
    spent.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

fn main() {
    let wanted = std::env::args().nth(1);
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|part| name.contains(part));
    for class in Class::ALL.iter().filter(|class| is_wanted(class.as_str())) {
        let cells: Vec<String> = (0..CELLS).map(|number| value(*class, number)).collect();
        measure(class.as_str(), Treatment::Mask(*class), &cells);
    }
    if is_wanted("scan") {
        let of = |number| value(Class::FreeText, number);
        let cells: Vec<String> = (0..CELLS).map(of).collect();
        measure("scan of prose", Treatment::Scan, &cells);
    }
    for kind in formats::FORMATS.iter().filter(|kind| is_wanted(kind.name)) {
        let cells = identifiers(kind);
        if cells.len() < 2 {
            continue;
        }
        measure(kind.name, Treatment::Mask(kind.class), &cells);
    }
}

/// Valid examples of every kind.
const VECTORS: &str = include_str!("../src/formats/vectors.txt");
const IDENTIFIERS: usize = 4000;

/// Valid identifiers of a kind: the digits of one drawn anew, its checks made anew.
fn identifiers(kind: formats::Kind) -> Vec<String> {
    let lines = VECTORS.lines().filter_map(|line| line.split_once(" +"));
    let samples: Vec<&str> = lines
        .filter_map(|(name, text)| (name == kind.name).then_some(text))
        .collect();
    let mut state = 7_u64;
    let mut roll = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u32::try_from(state >> 40).unwrap()
    };
    let mut drawn = |index: usize| {
        let draw = |c: char| match c {
            '0'..='9' if roll() % 4 > 0 => char::from_digit(roll() % 10, 10).unwrap(),
            c => c,
        };
        let text: String = samples[index % samples.len()].chars().map(draw).collect();
        formats::mend(kind, &text).filter(|text| formats::holds(kind, text))
    };
    let tried = 0..IDENTIFIERS * 20;
    tried.filter_map(&mut drawn).take(IDENTIFIERS).collect()
}

fn measure(name: &str, treatment: Treatment, cells: &[String]) {
    let rows = plan(treatment);
    let mut out = Vec::with_capacity(1 << 20);
    // What is made once is made by the first half.
    let (first, cells) = cells.split_at(cells.len() / 2);
    for cell in first {
        rows.apply(0, cell.as_bytes(), &mut out);
    }
    let start = on_processor();
    for cell in cells {
        out.clear();
        rows.apply(0, cell.as_bytes(), &mut out);
    }
    let spent = on_processor().saturating_sub(start).as_secs_f64();
    let rate = cells.len() as f64 / spent / 1000.0;
    let last = String::from_utf8_lossy(&out);
    println!("{name:24} {rate:8.0} cells per CPU-millisecond  {last}");
}
