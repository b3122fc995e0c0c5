//! The verbs, one file each.

pub(crate) mod agents;
pub(crate) mod catalog;
pub(crate) mod certificate;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod connect;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod env;
pub(crate) mod exec;
pub(crate) mod grants;
pub(crate) mod init;
pub(crate) mod ledger;
pub(crate) mod login;
pub(crate) mod ls;
pub(crate) mod policy;
pub(crate) mod principals;
pub(crate) mod proxy;
pub(crate) mod reach;
pub(crate) mod request;
pub(crate) mod reviews;
pub(crate) mod serve;
pub(crate) mod sessions;
pub(crate) mod tokens;

use crate::cli::{Cli, Verb};
use crate::exit::Exit;

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> anyhow::Result<Exit> {
    let place = &cli.place;
    match cli.verb {
        Verb::Serve(args) => serve::run(&args, place),
        Verb::Demo(args) => demo::run(&args, place),
        Verb::Init(args) => init::run(&args),
        Verb::Certificate(args) => briefly(certificate::run(&args, place)),
        Verb::Completion(args) => completion::run(&args),
        Verb::Config(verb) => config::run(&verb, place),
        Verb::Connect(args) => briefly(connect::run(&args, place)),
        Verb::Doctor(args) => briefly(doctor::run(&args, place)),
        Verb::Env(args) => briefly(env::run(&args, place)),
        Verb::Exec(args) => briefly(exec::run(&args, place)),
        Verb::Login(args) => briefly(login::run(&args, place)),
        Verb::Logout(look) => briefly(login::logout(&look)),
        Verb::Status(look) => login::status(look),
        Verb::Proxy(args) => briefly(proxy::run(&args, place)),
        Verb::Ls(args) => briefly(ls::run(&args, place)),
        Verb::Request(args) => briefly(request::run(&args, place)),
        Verb::Grants(verb) => briefly(grants::run(&verb, place)),
        Verb::Reviews(verb) => briefly(reviews::run(&verb, place)),
        Verb::Approve(args) => briefly(reviews::approve(&args, place)),
        Verb::Deny(args) => briefly(reviews::deny(&args, place)),
        Verb::Agents(verb) => briefly(agents::run(&verb, place)),
        Verb::Sessions(verb) => briefly(sessions::run(&verb, place)),
        Verb::Principals(verb) => briefly(principals::run(&verb, place)),
        Verb::Tokens(verb) => briefly(tokens::run(&verb, place)),
        Verb::Policy(verb) => policy::run(&verb, place),
        Verb::Catalog(verb) => briefly(catalog::run(&verb, place)),
        Verb::Ledger(verb) => ledger::run(&verb, place),
    }
}

/// Runs a verb that asks something and ends.
pub(crate) fn briefly(verb: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_all().build()?;
    runtime.block_on(verb)
}
