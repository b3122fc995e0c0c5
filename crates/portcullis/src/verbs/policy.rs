//! `policy`: the rules in force, whether a draft is sound, and what would be said to a statement.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use model::GroupName;
use serde_json::{Value, json};

use crate::client::Client;
use crate::exit::{Exit, Stop};
use crate::output::{Format, Look, json as print_json, line, of, plain};
use crate::place::Place;
use crate::policies;
use crate::{cases, config, control};

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
    /// Ask the cases in *.test.toml files whether the policies say what they should
    Test {
        /// A file of cases, or a folder of them
        #[arg(value_name = "PATH", default_value = ".")]
        path: PathBuf,
        #[command(flatten)]
        look: Look,
    },
    /// What would be said to a statement, rule by rule; nothing runs
    Why(Why),
}

/// What `why` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Why {
    /// As whom
    #[arg(long = "as", visible_alias = "principal", value_name = "NAME")]
    principal: String,
    /// At which target; may be left out where a file of cases names one alone
    #[arg(long, required_unless_present = "cases")]
    target: Option<String>,
    /// Ask without a gateway: principals, targets and contents are those of a file of cases
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
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
        Verb::Test { path, look } => test(path, *look),
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
    let hints = found.hints(&targets, members(place).as_deref());
    let version = found.version();
    if look.format == Format::Json {
        let hints = hints
            .iter()
            .map(|hint| json!({ "file": hint.file, "line": hint.line, "message": hint.message }));
        let hints: Vec<_> = hints.collect();
        print_json(&json!({ "hints": hints, "ok": true, "version": version.as_ref() }))?;
        return Ok(Exit::Done);
    }
    for hint in &hints {
        line(&plain(&format!("hint: {hint}")))?;
    }
    line(&format!("the policies are sound: version {version}"))?;
    Ok(Exit::Done)
}

/// The groups somebody is in; `None` where there is no gateway to ask.
fn members(place: &Place) -> Option<Vec<GroupName>> {
    if place.data_dir.is_none() && place.file().is_none() {
        return None;
    }
    let found = tokio::runtime::Runtime::new().ok()?.block_on(async {
        let client = Client::running(place).await.ok()?;
        client.get("/v1/principals").await.ok()
    })?;
    let all = of(&found, "principals").as_array()?;
    let groups = all.iter().filter_map(|one| of(one, "groups").as_array());
    let groups = groups
        .flatten()
        .filter_map(|name| name.as_str()?.parse().ok());
    Some(groups.collect())
}

/// Asks every case; fails where one does.
fn test(path: &Path, look: Look) -> anyhow::Result<Exit> {
    let files = cases::files(path)?;
    if files.is_empty() {
        let message = format!("there are no *.test.toml files in {}", path.display());
        let hint = "docs/guide/policy.md shows one";
        return Err(Stop::usage(message, hint));
    }
    let mut outcomes = Vec::new();
    for file in &files {
        outcomes.extend(cases::Scene::read(file)?.ask()?);
    }
    let failed = outcomes.iter().filter(|found| !found.faults.is_empty());
    let failed = failed.count();
    if look.format == Format::Json {
        let all: Vec<_> = outcomes.iter().map(cases::Outcome::json).collect();
        let passed = outcomes.len() - failed;
        print_json(&json!({ "cases": all, "failed": failed, "passed": passed }))?;
    } else {
        for found in outcomes.iter().filter(|found| !found.faults.is_empty()) {
            line(&plain(&format!(
                "{}:{}: {}",
                found.file, found.line, found.name
            )))?;
            for fault in &found.faults {
                line(&plain(&format!("  {fault}")))?;
            }
        }
        let (all, in_files) = (outcomes.len(), files.len());
        line(&format!("{all} cases in {in_files} files, {failed} failed"))?;
    }
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

async fn why(args: &Why, place: &Place) -> anyhow::Result<Exit> {
    let text = args.text.join(" ");
    let found = match &args.cases {
        Some(file) => {
            let scene = cases::Scene::read(file)?;
            let why = scene.house()?.why(cases::Question {
                at: None,
                before: &[],
                intent: None,
                principal: &args.principal.parse()?,
                statement: &text,
                target: args.target.as_deref(),
            })?;
            control::explained(&why)
        }
        None => {
            let client = Client::running(place).await?;
            let asked = json!({
                "principal": args.principal,
                "target": args.target,
                "text": text,
            });
            client.post("/v1/why", asked).await?
        }
    };
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

/// The explanation line by line, as `EXPLAIN PORTCULLIS` gives it.
fn told(found: &Value) -> String {
    let word = |value: &Value| plain(value.as_str().unwrap_or_default());
    let lines = of(found, "lines").as_array().map_or(&[][..], Vec::as_slice);
    let lines = lines.iter().map(|line| {
        let (item, name) = (word(of(line, "item")), word(of(line, "name")));
        let all = format!("{item:<10} {name}  {}", word(of(line, "detail")));
        all.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}
