//! Developer commands: `cargo xtask ci | tidy | bans | bench | mask-report | oracle`.
//!
//! `ci` is exactly what CI runs after `./test` has set the machine up; the others are its parts.
//! Nothing here is shipped.

mod absences;
mod bans;
mod bench;
mod ci;
mod layers;
mod mask_report;
mod oracle;
mod tidy;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::env::set_current_dir(root)?;
    let verb = std::env::args().nth(1).unwrap_or_default();
    match verb.as_str() {
        "ci" => ci::run(),
        "tidy" => {
            layers::check()?;
            absences::check()?;
            tidy::check()
        }
        "bans" => bans::check(),
        "bench" => bench::run(),
        "mask-report" => mask_report::run(),
        "oracle" => oracle::run(),
        _ => bail!("usage: cargo xtask ci | tidy | bans | bench | mask-report | oracle"),
    }
}
