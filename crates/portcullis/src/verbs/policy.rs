//! `policy`: the rules in force, whether a draft is sound, and what would be said to a statement.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::client::Client;
use crate::config;
use crate::exit::{Exit, Stop};
use crate::output::{Format, Look, json as print_json, line, of, plain};
use crate::place::Place;
use crate::policies;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Parse and validate the policies: nothing is put in force
    Check {
        /// A folder of *.cedar or one file, instead of the configuration's
        #[arg(long, value_name = "PATH")]
        policies: Option<PathBuf>,
        #[command(flatten)]
        look: Look,
    },
    /// The version in force and where it comes from
    Show(Look),
    /// What would be said to a statement, rule by rule; nothing runs
    Why(Why),
}

/// What `why` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Why {
    /// As whom
    #[arg(long, value_name = "NAME")]
    principal: String,
    /// At which target
    #[arg(long)]
    target: String,
    /// The statement
    #[arg(last = true, required = true, value_name = "SQL")]
    text: Vec<String>,
    #[command(flatten)]
    look: Look,
}

/// Does it.
pub(crate) fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    match verb {
        Verb::Check { policies, look } => check(policies.as_ref(), *look, place),
        Verb::Show(look) => super::briefly(async {
            let client = Client::running(place).await?;
            look.one(&client.get("/v1/policy").await?)?;
            Ok(Exit::Done)
        }),
        Verb::Why(args) => super::briefly(why(args, place)),
    }
}

fn check(named: Option<&PathBuf>, look: Look, place: &Place) -> anyhow::Result<Exit> {
    let (mut from, targets) = match (named, place.file()) {
        (_, Some(file)) => {
            let config = config::load(&file)?;
            let targets: Vec<_> = config
                .targets
                .into_iter()
                .map(|target| target.facts)
                .collect();
            (config.policies, targets)
        }
        (Some(_), None) => (
            config::Policies {
                builtin: true,
                path: None,
            },
            Vec::new(),
        ),
        (None, None) => {
            return Err(place.need_file().err().unwrap_or_else(|| {
                Stop::usage("there is no configuration", "name a folder with --policies")
            }));
        }
    };
    if let Some(named) = named {
        from.path = Some(named.clone());
    }
    let found = policies::load(&from, &targets)?;
    let facts = json!({ "version": found.version().as_ref(), "ok": true });
    look.said(
        &format!("the policies are sound: version {}", found.version()),
        &facts,
    )?;
    Ok(Exit::Done)
}

async fn why(args: &Why, place: &Place) -> anyhow::Result<Exit> {
    let client = Client::running(place).await?;
    let asked = json!({
        "principal": args.principal,
        "target": args.target,
        "text": args.text.join(" "),
    });
    let found = client.post("/v1/why", asked).await?;
    if args.look.format == Format::Json {
        print_json(&found)?;
    } else {
        line(&told(&found))?;
    }
    Ok(match of(&found, "verdict").as_str() {
        Some("deny") => Exit::Refused,
        Some("hold") => Exit::Held,
        _ => Exit::Done,
    })
}

fn told(found: &Value) -> String {
    let word = |value: &Value| plain(value.as_str().unwrap_or_default());
    let list = |value: &Value| {
        let items = value.as_array().map_or(&[][..], Vec::as_slice).iter();
        items.map(word).collect::<Vec<_>>().join(", ")
    };
    let mut lines = vec![format!(
        "{}  {}",
        word(of(found, "verdict")),
        word(of(found, "message"))
    )];
    if let Some(advice) = of(found, "advice").as_str() {
        lines.push(format!("hint  {}", plain(advice)));
    }
    for effect in of(found, "effects").as_array().into_iter().flatten() {
        lines.push(format!("  would {}", word(effect)));
    }
    for finding in of(found, "findings").as_array().into_iter().flatten() {
        let (answer, question) = (word(of(finding, "answer")), word(of(finding, "question")));
        lines.push(format!(
            "  {answer:<6} {question}  [{}]",
            list(of(finding, "rules"))
        ));
    }
    lines.push(format!(
        "policy version {}",
        word(of(found, "policy_version"))
    ));
    lines.join("\n")
}
