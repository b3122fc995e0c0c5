//! `agents`: a program started to act for you, who is on which task, and the kill switch.
//!
//! `run` is the local form of a delegation: no token of an agent is needed, since you start it
//! yourself. What the program gets ends with it: its token is revoked when it ends, and lapses
//! within seconds if we are killed, because it counts only while we renew it.
//! It confines nothing but the program's way to databases: what else your account may, it may.

mod door;
mod run;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::client::Client;
use crate::exit::{Exit, Stop};
use crate::output::{Look, of};
use crate::place::Place;
use crate::verbs::tokens::OwnToken;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Stop an agent, a task, or all of somebody's: sessions end within seconds
    Kill {
        /// An agent
        #[arg(required_unless_present_any = ["task", "owner"])]
        name: Option<String>,
        /// One task, by its id
        #[arg(long, value_name = "ID", conflicts_with_all = ["name", "owner"])]
        task: Option<String>,
        /// Every agent of that principal, and every task for them
        #[arg(long, value_name = "PRINCIPAL", conflicts_with = "name")]
        owner: Option<String>,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// List agents and the tasks they are on
    Ls(Look),
    /// Run a program that acts for you, within bounds, with a token that ends with it
    Run(run::Args),
}

/// Does it.
pub(crate) async fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    match verb {
        Verb::Kill {
            name,
            task,
            owner,
            token,
            look,
        } => {
            let asked = match (name, task, owner) {
                (Some(name), _, _) => json!({ "agent": name }),
                (_, Some(task), _) => json!({ "task": task }),
                (_, _, owner) => json!({ "owner": owner }),
            };
            let client = Client::reach(place).await?.with_any(token.given()?);
            let stopped = client.post("/v1/agents/kill", asked).await?;
            look.said(&said(&stopped), &stopped)?;
        }
        Verb::Ls(look) => {
            let found = Client::reach(place).await?.get("/v1/agents").await?;
            let keys = ["name", "owner", "groups", "is_disabled", "tasks"];
            look.list(of(&found, "agents"), &keys)?;
        }
        Verb::Run(args) => return run::run(args, place).await,
    }
    Ok(Exit::Done)
}

fn said(stopped: &Value) -> String {
    let names = |key: &str| {
        let names = of(stopped, key).as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        names.join(", ")
    };
    match (names("agents"), names("tasks")) {
        (agents, tasks) if agents.is_empty() && tasks.is_empty() => "nothing ran".to_owned(),
        (agents, tasks) if agents.is_empty() => format!("stopped the tasks {tasks}"),
        (agents, tasks) if tasks.is_empty() => format!("stopped {agents}, who had no task"),
        (agents, tasks) => format!("stopped {agents}, and the tasks {tasks}"),
    }
}

/// A no that is the gateway's.
fn refused(message: String, hint: &str) -> anyhow::Error {
    Stop::with(Exit::Refused, message, hint)
}
