//! `reviews`, `approve`, `deny`: held statements and their answers.
//!
//! An answer is proved by the reviewer's own token: reaching the local socket is never enough.

mod rehearsed;

use clap::Subcommand;
use serde_json::{Value, json};

use super::tokens::OwnToken;
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{Format, Look, json as print_json, line, of, plain};
use crate::place::Place;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Let a held statement run
    Approve(Approve),
    /// Refuse a held statement
    Deny(Deny),
    /// List them: those that wait, or all
    Ls {
        /// Those that are over, too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// One of them: who, for whom, the exact statement, what it would do
    Show {
        /// Its short code or id
        id: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// Take back what you asked for ahead of time
    Withdraw {
        /// Its short code or id
        id: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
}

/// What `approve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    /// The review's short code or id
    id: String,
    #[command(flatten)]
    token: OwnToken,
    #[command(flatten)]
    look: Look,
}

/// What `deny` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Deny {
    /// The review's short code or id
    id: String,
    /// Why: the one who asked reads it
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    token: OwnToken,
    #[command(flatten)]
    look: Look,
}

/// Does it.
pub(crate) async fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    match verb {
        Verb::Approve(args) => approve(args, place).await,
        Verb::Deny(args) => deny(args, place).await,
        Verb::Ls { all, token, look } => {
            let token = token.need().await?;
            let client = Client::reach(place).await?.with(token);
            let path = if *all {
                "/v1/reviews?state=all"
            } else {
                "/v1/reviews"
            };
            let found = client.get(path).await?;
            let keys = [
                "code",
                "state",
                "principal",
                "target",
                "has_run",
                "text",
                "effects",
                "expires",
            ];
            look.list(of(&found, "reviews"), &keys)?;
            Ok(Exit::Done)
        }
        Verb::Show { id, token, look } => {
            let token = token.need().await?;
            let client = Client::reach(place).await?.with(token);
            let review = client.get(&format!("/v1/reviews/{id}")).await?;
            if look.format == Format::Json {
                print_json(&review)?;
            } else {
                line(&card(&review))?;
            }
            Ok(Exit::Done)
        }
        Verb::Withdraw { id, token, look } => {
            let client = Client::reach(place).await?.with(token.need().await?);
            let path = format!("/v1/requests/{id}/withdraw");
            let review = client.post(&path, json!({})).await?;
            look.said(&format!("{id} is withdrawn"), &review)?;
            Ok(Exit::Done)
        }
    }
}

/// Says yes.
pub(crate) async fn approve(args: &Approve, place: &Place) -> anyhow::Result<Exit> {
    let token = args.token.need().await?;
    let client = Client::reach(place).await?.with(token);
    let review = client
        .post(&format!("/v1/reviews/{}/approve", args.id), json!({}))
        .await?;
    args.look
        .said(&told("approved", &args.id, &review), &review)?;
    Ok(Exit::Done)
}

/// Says no.
pub(crate) async fn deny(args: &Deny, place: &Place) -> anyhow::Result<Exit> {
    let token = args.token.need().await?;
    let client = Client::reach(place).await?.with(token);
    let asked = json!({ "reason": args.reason });
    let review = client
        .post(&format!("/v1/reviews/{}/deny", args.id), asked)
        .await?;
    args.look
        .said(&told("denied", &args.id, &review), &review)?;
    Ok(Exit::Done)
}

fn told(answer: &str, id: &str, review: &Value) -> String {
    let whose = plain(of(review, "principal").as_str().unwrap_or("its author"));
    match of(review, "state").as_str() {
        Some("open") => format!("{answer} {id}; it still waits for another reviewer"),
        Some(state) => format!("{answer} {id} of {whose}: it is {state}"),
        None => format!("{answer} {id}"),
    }
}

/// A review as a reviewer reads it.
fn card(review: &Value) -> String {
    let word = |key: &str| plain(review[key].as_str().unwrap_or_default());
    let words = |key: &str| {
        let items = review[key].as_array().map_or(&[][..], Vec::as_slice).iter();
        items
            .map(|item| plain(item.as_str().unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    let mut who = format!("{} ({})", word("principal"), word("kind"));
    if let Some(person) = of(review, "acts_for").as_str() {
        who = format!("{who}, acting for {}", plain(person));
    }
    let mut lines = vec![
        format!("review     {}  {}", word("code"), word("state")),
        format!("who        {who}"),
        format!("target     {}", word("target")),
        format!("asked      {}", word("created")),
        format!("expires    {}", word("expires")),
        String::new(),
        word("text")
            .lines()
            .map(|line| format!("    {line}"))
            .collect::<Vec<_>>()
            .join("\n"),
        String::new(),
    ];
    lines.extend(
        words("parameters")
            .iter()
            .enumerate()
            .map(|(at, value)| format!("  ${} = {value}", at + 1)),
    );
    lines.extend(
        words("effects")
            .iter()
            .map(|effect| format!("  would {effect}")),
    );
    if let Some(reason) = of(of(review, "ahead"), "reason").as_str() {
        lines.push(format!("  because {}", plain(reason)));
    }
    for hold in of(review, "holds").as_array().into_iter().flatten() {
        let hold = |key: &str| plain(hold[key].as_str().unwrap_or_default());
        lines.push(format!(
            "  needs a yes of {} (rule {})",
            hold("group"),
            hold("rule")
        ));
    }
    lines.extend(rehearsed::lines(of(review, "rehearsal")));
    lines.join("\n")
}
