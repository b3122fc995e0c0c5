//! `request`: asking ahead of time for access to a target, or to see columns of it.
//!
//! It asks and says how it is answered; with `--wait` it stays until it is. What is given counts in
//! sessions that are open already. It gives nothing itself.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::tokens::{OwnToken, seconds};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{Look, of, plain};
use crate::place::Place;

/// How often `--wait` looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where
    target: String,
    /// For how long: 30m, 2h
    #[arg(long = "for", value_name = "TIME", value_parser = seconds)]
    for_s: u32,
    /// Why: those who answer read it, and the ledger keeps it
    #[arg(long)]
    reason: String,
    /// A masked column to see, as TABLE.COLUMN or SCHEMA.TABLE.COLUMN; TABLE.* is all of them.
    /// Without it, access to the target is asked for
    #[arg(long, value_name = "COLUMN")]
    reveal: Vec<String>,
    /// Stay until it is answered, for so long at most
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    wait: Option<u32>,
    #[command(flatten)]
    token: OwnToken,
    #[command(flatten)]
    look: Look,
}

/// Does it.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let token = args.token.need().await?;
    let client = Client::reach(place).await?.with(token);
    let asked = json!({
        "for_s": args.for_s,
        "reason": args.reason,
        "reveal": args.reveal,
        "target": args.target,
    });
    let mut review = client.post("/v1/requests", asked).await?;
    let Some(wait_s) = args.wait else {
        args.look.said(&asked_as(&review), &review)?;
        return Ok(Exit::Done);
    };
    let id = of(&review, "id").as_str().unwrap_or_default().to_owned();
    let until = Instant::now() + Duration::from_secs(wait_s.into());
    while of(&review, "state") == "open" && Instant::now() < until {
        sleep(LOOK_EVERY).await;
        review = client.get(&format!("/v1/reviews/{id}")).await?;
    }
    let (exit, sentence) = match of(&review, "state").as_str() {
        Some("approved") => (Exit::Done, "given: it counts from now on".to_owned()),
        Some("open") => (Exit::Held, asked_as(&review)),
        other => {
            let reasons = of(&review, "votes").as_array().into_iter().flatten();
            let reason = reasons
                .filter_map(|vote| of(vote, "reason").as_str())
                .next_back();
            let said = reason.map(|reason| format!(": {}", plain(reason)));
            let state = other.unwrap_or("over");
            (
                Exit::Refused,
                format!("{state}{}", said.unwrap_or_default()),
            )
        }
    };
    args.look.said(&sentence, &review)?;
    Ok(exit)
}

fn asked_as(review: &Value) -> String {
    let code = plain(of(review, "code").as_str().unwrap_or_default());
    let holds = of(review, "holds").as_array().into_iter().flatten();
    let mut groups: Vec<&str> = holds
        .filter_map(|hold| of(hold, "group").as_str())
        .collect();
    groups.sort_unstable();
    groups.dedup();
    format!(
        "asked as {code}; one of {} answers with: portcullis reviews approve {code}",
        plain(&groups.join(" and one of "))
    )
}
