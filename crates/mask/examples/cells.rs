//! How many cells a second are masked, class by class:
//! `cargo run --release -p mask --example cells`.
//!
//! Each value is another one, so that nothing is remembered. It measures one thread's time on a
//! processor, where Linux tells it, and asserts nothing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "an example")]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

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
    for (class, treatment) in Class::ALL
        .iter()
        .map(|class| (class, Treatment::Mask(*class)))
    {
        measure(class.as_str(), *class, treatment);
    }
    measure("scan of prose", Class::FreeText, Treatment::Scan);
}

fn measure(name: &str, class: Class, treatment: Treatment) {
    let rows = plan(treatment);
    let cells: Vec<String> = (0..CELLS).map(|number| value(class, number)).collect();
    let mut out = Vec::with_capacity(1 << 20);
    let start = on_processor();
    for cell in &cells {
        out.clear();
        rows.apply(0, cell.as_bytes(), &mut out);
    }
    let spent = on_processor().saturating_sub(start).as_secs_f64();
    let rate = f64::from(CELLS) / spent / 1000.0;
    let last = String::from_utf8_lossy(&out);
    println!("{name:24} {rate:8.0} cells per CPU-millisecond  {last}");
}
