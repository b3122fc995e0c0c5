//! `config`: the gateway's own file, checked, shown without secrets, described.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::config::{self, Config};
use crate::exit::Exit;
use crate::output::{Look, json as print_json};
use crate::place::Place;
use crate::policies;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Read the file and its policies, and say what is wrong, line by line
    Check(Look),
    /// The JSON Schema of the file
    Schema,
    /// What the file means, without secrets
    Show(Look),
}

/// Does it.
pub(crate) fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    match verb {
        Verb::Schema => print_json(&config::schema())?,
        Verb::Check(look) => {
            let file = place.need_file()?;
            let config = config::load(&file)?;
            let facts: Vec<_> = config
                .targets
                .iter()
                .map(|target| target.facts.clone())
                .collect();
            let rules = policies::load(&config.policies, &facts)?;
            let found = json!({
                "ok": true,
                "file": file,
                "targets": facts.len(),
                "policy_version": rules.version().as_ref(),
            });
            look.said(&format!("{} is sound", file.display()), &found)?;
        }
        Verb::Show(look) => look.one(&shown(&config::load(&place.need_file()?)?))?,
    }
    Ok(Exit::Done)
}

fn shown(config: &Config) -> Value {
    let listeners: Vec<_> = config
        .listeners
        .iter()
        .map(|listener| json!({ "address": listener.address, "target": listener.target }))
        .collect();
    let targets: Vec<_> = config
        .targets
        .iter()
        .map(|target| {
            json!({
                "name": target.facts.name,
                "url": target.place.to_string(),
                "environment": target.facts.environment,
                "mode": target.facts.mode,
                "groups": target.facts.groups,
                "overrides": target.columns.len(),
            })
        })
        .collect();
    json!({
        "file": config.file,
        "data_dir": config.data_dir,
        "store": config.store,
        "policies": config.policies.path,
        "builtin": config.policies.builtin,
        "listeners": listeners,
        "http": config.http,
        "tls": if config.tls.is_some() { "configured" } else { "self-signed" },
        "targets": targets,
        "limits": config.limits,
    })
}
