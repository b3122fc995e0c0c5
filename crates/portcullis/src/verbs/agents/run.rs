//! `agents run`: a child process with a task of its own.
//!
//! ```text
//! ask for a token ─▶ start the child ─▶ renew, renew … ─┬─ the child ends ──────▶ revoke
//!                                                       ├─ we are told to end ──▶ end it, revoke
//!                                                       └─ the task was stopped ▶ end it
//! ```
//! Our own token stays with us: the child is given none of our variables that hold it.

use std::process::ExitStatus;
use std::time::Duration;

use serde_json::json;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::door::Door;
use crate::exit::{Exit, Stop};
use crate::output::of;
use crate::place::Place;
use crate::verbs::reach::{Named, Way};
use crate::verbs::tokens::seconds;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const OURS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Between renewals: well within the life of a lease.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// How long a child may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// It acts for you: your own token, or sign-in, says who you are
    #[arg(long, required = true)]
    for_me: bool,
    /// What it is for: it stands in the record, and is compared with what is done
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// A target it may reach; the first is its default. All that you may where none is named
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// An action or group of actions it may do: read, select, write … All where none is named
    #[arg(long = "action", value_name = "ACTION")]
    actions: Vec<String>,
    /// The longest it may act: 90s, 15m, 8h
    #[arg(long, default_value = "1h", value_parser = seconds)]
    ttl: u32,
    /// Rows a statement may give back, or change
    #[arg(long, value_name = "N")]
    rows: Option<u64>,
    /// Let it change nothing
    #[arg(long)]
    read_only: bool,
    /// Which of your agents it is; else the one that everybody has
    #[arg(long = "as", value_name = "AGENT")]
    agent: Option<String>,
    #[command(flatten)]
    named: Named,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// A task that was given.
struct Given {
    agent: String,
    id: String,
    task: String,
    token: String,
}

/// Runs it to its end.
pub(super) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let door = Door::find(place).await?;
    let own = args.named.own().await?;
    let given = ask(args, &door, &own).await?;
    let done = started(args, place, (&door, &own), &given).await;
    // Whatever happened, and before it is told: what the child had counts no more.
    let ended = door.post("/oauth/revoke", &[("token", &given.token)]).await;
    if let Err(fault) = ended {
        eprintln!("portcullis: the task's token was not revoked, and lapses by itself: {fault:#}");
    }
    done
}

async fn ask(args: &Args, door: &Door, own: &str) -> anyhow::Result<Given> {
    let mut bounds = json!({
        "type": "db_access",
        "expires_in": args.ttl,
        "purpose": args.purpose,
        "read_only": args.read_only,
    });
    if let Some(bounds) = bounds.as_object_mut() {
        let lists = [("actions", &args.actions), ("locations", &args.targets)];
        for (key, words) in lists.into_iter().filter(|(_, words)| !words.is_empty()) {
            bounds.insert(key.to_owned(), json!(words));
        }
        bounds.extend(args.rows.map(|rows| ("rows".to_owned(), json!(rows))));
    }
    let details = json!([bounds]).to_string();
    let form = [
        ("grant_type", GRANT),
        ("subject_token", own),
        ("subject_token_type", OURS),
        ("requested_actor", args.agent.as_deref().unwrap_or_default()),
        ("authorization_details", &details),
        ("lease", "true"),
    ];
    let answer = door.post("/oauth/token", &form).await?;
    let text = |key: &str| of(&answer, key).as_str().unwrap_or_default().to_owned();
    let (agent, task, until) = (text("principal"), text("task"), text("until"));
    eprintln!("portcullis: task {task} of {agent}, until {until} at the latest");
    Ok(Given {
        agent,
        id: text("id"),
        task,
        token: text("access_token"),
    })
}

async fn started(
    args: &Args,
    place: &Place,
    (door, own): (&Door, &str),
    given: &Given,
) -> anyhow::Result<Exit> {
    let (program, arguments) = args.command.split_first().ok_or_else(nothing)?;
    let mut command = Command::new(program);
    command.args(arguments).kill_on_drop(true);
    let ways = ways(args, place, (door, own), given).await?;
    for (key, value) in variables(&ways, given) {
        command.env(key, value);
    }
    let child = command.spawn().map_err(|fault| {
        let said = format!("cannot run {program}: {fault}");
        Stop::failed(said, "name a program that is on the PATH")
    })?;
    watch(child, (door, own), given).await
}

fn nothing() -> anyhow::Error {
    Stop::usage("there is nothing to run", "name a program after --")
}

/// How the child reaches each target it may.
async fn ways(
    args: &Args,
    place: &Place,
    (door, own): (&Door, &str),
    given: &Given,
) -> anyhow::Result<Vec<Way>> {
    let named = match (args.targets.is_empty(), door) {
        (false, _) => args.targets.clone(),
        (true, Door::Here(client)) => {
            let found = client
                .as_ref()
                .clone()
                .with(own.to_owned())
                .get("/v1/targets")
                .await?;
            let all = of(&found, "targets").as_array().into_iter().flatten();
            let names = all.filter_map(|target| of(target, "name").as_str());
            names.map(str::to_owned).collect()
        }
        (true, Door::There(..)) => Vec::new(),
    };
    if named.is_empty() {
        return Err(Stop::usage("which target?", "name one with --target"));
    }
    let mut ways = Vec::new();
    for target in named {
        let as_agent = (given.agent.as_str(), given.token.as_str());
        ways.push(args.named.way_of(&target, as_agent, place).await?);
    }
    Ok(ways)
}

/// The child's variables: the first target's under the usual names, each one's DSN under its own.
fn variables(ways: &[Way], given: &Given) -> Vec<(String, String)> {
    let mut all = vec![
        ("PORTCULLIS_TOKEN".to_owned(), given.token.clone()),
        ("PORTCULLIS_USER".to_owned(), given.agent.clone()),
        ("PORTCULLIS_TASK".to_owned(), given.task.clone()),
    ];
    if let Some(first) = ways.first() {
        let named = [
            ("PGHOST", first.host.clone()),
            ("PGPORT", first.port.to_string()),
            ("PGUSER", first.user.clone()),
            ("PGDATABASE", first.target.clone()),
            ("PGPASSWORD", first.token.clone()),
            ("PGSSLMODE", "require".to_owned()),
            ("DATABASE_URL", first.dsn()),
            (
                "PORTCULLIS_GATEWAY",
                format!("{}:{}", first.host, first.port),
            ),
        ];
        all.extend(named.map(|(key, value)| (key.to_owned(), value)));
    }
    let own = |way: &Way| {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = way.target.to_ascii_uppercase().chars().map(plain).collect();
        (format!("DATABASE_URL_{name}"), way.dsn())
    };
    all.extend(ways.iter().map(own));
    all
}

/// Renews until the child ends, somebody ends us, or the task is stopped.
async fn watch(
    mut child: Child,
    (door, own): (&Door, &str),
    given: &Given,
) -> anyhow::Result<Exit> {
    let mut asked_to_end = Ends::new()?;
    let mut beat = interval(RENEW_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let form = [("id", given.id.as_str()), ("subject_token", own)];
    loop {
        tokio::select! {
            ended = child.wait() => return Ok(code(ended?)),
            () = asked_to_end.any() => {
                end(&mut child).await;
                return Ok(Exit::Failed);
            }
            _ = beat.tick() => {
                let renewed = door.post("/oauth/renew", &form).await;
                let Err(fault) = renewed else { continue };
                // A gateway that is not there may be back before the lease lapses: its no counts.
                if Exit::of(&fault) == Exit::Refused {
                    end(&mut child).await;
                    let said = format!("the task {} was stopped: {fault}", given.task);
                    return Err(super::refused(said, "start it anew if that was not meant"));
                }
            }
        }
    }
}

/// Asks a child to end, and ends it where it does not.
async fn end(child: &mut Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id {
        let id = nix::unistd::Pid::from_raw(id);
        let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
    }
    if timeout(PATIENCE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// The child's own code; 128 and the signal's number where one ended it, as a shell has it.
fn code(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt as _;
    let signalled = status.signal().map(|signal| 128_i32.saturating_add(signal));
    let code = status.code().or(signalled).unwrap_or(1);
    Exit::Child(u8::try_from(code).unwrap_or(1))
}

/// The signals that end us.
struct Ends([Signal; 3]);

impl Ends {
    fn new() -> anyhow::Result<Self> {
        Ok(Self([
            signal(SignalKind::hangup())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ]))
    }

    async fn any(&mut self) {
        let [hangup, interrupt, terminate] = &mut self.0;
        tokio::select! {
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
