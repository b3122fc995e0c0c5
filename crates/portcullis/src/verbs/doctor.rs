//! `doctor`: looks at everything a gateway needs, and says what is wrong and what mends it.
//!
//! It changes nothing. Its exit code is 1 if anything is wrong.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use model::Account;
use serde_json::{Value, json};
use store::ledger::Reader;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::accounts::Sources;
use crate::client::is_running;
use crate::config::{self, Config, SslMode};
use crate::dial::Dial;
use crate::exit::Exit;
use crate::house::WallClock;
use crate::output::Look;
use crate::place::Place;
use crate::policies;

/// How long a target may take to answer.
const DIAL_LIMIT: Duration = Duration::from_secs(5);

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    look: Look,
}

/// One thing looked at.
struct Look1 {
    is_well: bool,
    says: String,
    what: &'static str,
}

/// All things looked at.
#[derive(Default)]
struct Chart(Vec<Look1>);

impl Chart {
    fn well(&mut self, what: &'static str, says: impl Into<String>) {
        self.0.push(Look1 {
            is_well: true,
            says: says.into(),
            what,
        });
    }

    fn ill(&mut self, what: &'static str, says: impl Into<String>) {
        self.0.push(Look1 {
            is_well: false,
            says: says.into(),
            what,
        });
    }
}

/// Looks.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let mut chart = Chart::default();
    let config = configuration(place, &mut chart);
    let data_dir = config.as_ref().map(|config| config.data_dir.clone());
    let data_dir = place
        .data_dir
        .clone()
        .or(data_dir)
        .or_else(|| place.data_dir().ok());
    let mut runs = false;
    if let Some(data_dir) = &data_dir {
        folder(data_dir, &mut chart);
        runs = is_running(data_dir).await.unwrap_or(false);
        chart.well("gateway", if runs { "runs" } else { "does not run" });
        record(data_dir, &mut chart);
    }
    if let Some(config) = &config {
        if !runs {
            ports(config, &mut chart).await;
        }
        for target in &config.targets {
            reach(config, target, &mut chart).await;
        }
    }
    clock(&mut chart);
    let rows: Vec<_> = chart.0.iter().map(row).collect();
    args.look
        .list(&Value::Array(rows), &["what", "state", "says"])?;
    let is_well = chart.0.iter().all(|look| look.is_well);
    Ok(if is_well { Exit::Done } else { Exit::Failed })
}

fn row(look: &Look1) -> Value {
    let state = if look.is_well { "ok" } else { "WRONG" };
    json!({ "what": look.what, "state": state, "says": look.says })
}

fn configuration(place: &Place, chart: &mut Chart) -> Option<Config> {
    let Some(file) = place.file() else {
        chart.well("configuration", "none here; `portcullis init` writes one");
        return None;
    };
    let config = match config::load(&file) {
        Ok(config) => config,
        Err(fault) => {
            chart.ill("configuration", fault.to_string());
            return None;
        }
    };
    chart.well("configuration", file.display().to_string());
    let facts: Vec<_> = config
        .targets
        .iter()
        .map(|target| target.facts.clone())
        .collect();
    match policies::load(&config.policies, &facts) {
        Ok(rules) => chart.well("policies", format!("version {}", rules.version())),
        Err(fault) => chart.ill("policies", fault.to_string()),
    }
    Some(config)
}

fn folder(data_dir: &Path, chart: &mut Chart) {
    let shown = data_dir.display();
    match std::fs::metadata(data_dir) {
        Err(_) => chart.well("data directory", format!("{shown} will be made")),
        Ok(facts) if facts.permissions().mode() & 0o077 != 0 => {
            chart.ill(
                "data directory",
                format!("open to other accounts: chmod 700 {shown}"),
            );
        }
        Ok(_) => match crate::data_dir::prepare(data_dir) {
            Ok(()) => chart.well("data directory", shown.to_string()),
            Err(fault) => chart.ill("data directory", fault.to_string()),
        },
    }
}

fn record(data_dir: &Path, chart: &mut Chart) {
    let folder = data_dir.join("ledger");
    if !folder.exists() {
        return chart.well("ledger", "none yet");
    }
    let reader = Reader::open(folder);
    let key = reader
        .vkey()
        .ok()
        .flatten()
        .and_then(|text| text.parse().ok());
    match ledger::verify::verify(&reader, key.as_slice(), &[]) {
        Ok(report) if report.is_sound() => {
            chart.well(
                "ledger",
                format!("sound: {} entries", report.entries + report.unsigned),
            );
        }
        Ok(report) => {
            let found: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
            chart.ill("ledger", found.join("; "));
        }
        Err(fault) => chart.ill("ledger", fault),
    }
}

async fn ports(config: &Config, chart: &mut Chart) {
    let addresses = config
        .listeners
        .iter()
        .map(|listener| listener.address)
        .chain(config.http);
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(_) => chart.well("port", format!("{address} is free")),
            Err(fault) => chart.ill("port", format!("{address}: {fault}; choose another one")),
        }
    }
}

async fn reach(config: &Config, target: &config::Target, chart: &mut Chart) {
    let place = &target.place;
    let name = &target.facts.name;
    let asked = async {
        let sources = Sources::of(config, Arc::new(WallClock))?;
        let source = sources.of_target(config, target);
        let account = match &source {
            Some(source) => source.0.obtain().await?,
            None => Account {
                password: place.password.as_deref().map(Arc::from),
                user: Arc::from(place.user.as_str()),
            },
        };
        let dial = Dial {
            database: &place.database,
            host: &place.host,
            password: account.password.as_deref(),
            port: place.port,
            tls: !matches!(place.ssl_mode, SslMode::Disable | SslMode::Prefer),
            user: &account.user,
        };
        let version = version(&dial).await;
        if let Some(source) = &source {
            source.0.end().await;
        }
        version
    };
    match timeout(DIAL_LIMIT, asked).await {
        Ok(Ok(version)) => chart.well("target", format!("{name}: PostgreSQL {version}")),
        Ok(Err(fault)) => chart.ill("target", format!("{name} ({place}): {fault:#}")),
        Err(_) => chart.ill(
            "target",
            format!("{name} ({place}): no answer in {DIAL_LIMIT:?}"),
        ),
    }
    if matches!(place.ssl_mode, SslMode::Disable | SslMode::Prefer) && !is_local(&place.host) {
        chart.ill(
            "target",
            format!(
                "{name}: sslmode={} does not protect it; use verify-full",
                place.ssl_mode.as_str()
            ),
        );
    }
}

async fn version(dial: &Dial<'_>) -> anyhow::Result<String> {
    let (client, _notices) = dial.connect().await?;
    let row = client
        .query_one("SELECT current_setting('server_version')", &[])
        .await?;
    Ok(row.try_get(0)?)
}

fn is_local(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// A clock that was never set makes tokens and records worthless.
fn clock(chart: &mut Chart) {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    if since.as_secs() > 1_700_000_000 {
        chart.well("clock", crate::house::now().to_string());
    } else {
        chart.ill("clock", "it stands before this program was made: set it");
    }
}
