//! The command line: every verb, and what each takes.

use clap::{Parser, Subcommand};

use crate::place::Place;
use crate::verbs;

/// The identity-aware gateway in front of every database connection.
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    max_term_width = 100,
    after_help = "exit codes: 0 done, 1 failed, 2 usage, 3 refused by policy, \
                  4 held and not released in time"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the gateway: every listener, the control API, health and metrics
    Serve(verbs::serve::Args),
    /// Run a gateway before a throwaway shop, with people to be and things to try
    Demo(verbs::demo::Args),
    /// Write a commented portcullis.toml to start from
    Init(verbs::init::Args),
    /// Look at configuration, data directory, ledger, targets and ports, and say what is wrong
    Doctor(verbs::doctor::Args),
    /// Print a completion script for a shell
    Completion(verbs::completion::Args),
    /// Sign in by the company's identity provider
    Login(verbs::login::Args),
    /// End the sign-in, here and at the gateway
    Logout(crate::output::Look),
    /// Who is signed in
    Status(crate::output::Look),
    /// A client certificate for one's own token, in files for sslcert and sslkey
    Certificate(verbs::certificate::Args),
    /// Targets I may reach
    Ls(verbs::ls::Args),
    /// The native client (psql), signed in
    Connect(verbs::connect::Args),
    /// A local port that carries my identity, for tools that cannot sign in themselves
    Proxy(verbs::proxy::Args),
    /// Run SQL at a target and print the result
    Exec(verbs::exec::Args),
    /// Print how to reach a target: DSN, variables, pgpass, service file, JDBC, JSON
    Env(verbs::env::Args),
    /// The gateway's own file
    #[command(subcommand)]
    Config(verbs::config::Verb),
    /// Ask ahead for access to a target, or to see columns, for a time
    Request(verbs::request::Args),
    /// Rights that were given for a time
    #[command(subcommand)]
    Grants(verbs::grants::Verb),
    /// Held statements and what is asked ahead, and their answers
    #[command(subcommand)]
    Reviews(verbs::reviews::Verb),
    /// Let a held statement run: `reviews approve`
    Approve(verbs::reviews::Approve),
    /// Refuse a held statement: `reviews deny`
    Deny(verbs::reviews::Deny),
    /// Sessions at this moment
    #[command(subcommand)]
    Sessions(verbs::sessions::Verb),
    /// Programs that act for people: start one, see their tasks, stop them
    #[command(subcommand)]
    Agents(verbs::agents::Verb),
    /// Persons, services and agents
    #[command(subcommand)]
    Principals(verbs::principals::Verb),
    /// Tokens, by which principals sign in
    #[command(subcommand)]
    Tokens(verbs::tokens::Verb),
    /// The rules in force, and what they would say
    #[command(subcommand)]
    Policy(verbs::policy::Verb),
    /// What is sensitive at a target, and why we think so
    #[command(subcommand)]
    Catalog(verbs::catalog::Verb),
    /// The record: follow it, search it, verify it
    #[command(subcommand)]
    Ledger(verbs::ledger::Verb),
}
