//! `demo`: a gateway before a believable shop, with people to be and things to try.
//!
//! Why a real server and real files: what is shown here is what runs elsewhere. It is a throwaway:
//! the database goes when the demo ends; the gateway's own state stays for the next time.

mod cluster;
mod people;
mod tell;
mod tour;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use model::{Mode, TargetFacts};

use crate::client::is_running;
use crate::config::{self, Config, Listener, SignIn, SslMode, Target, take_apart};
use crate::dial::Dial;
use crate::exit::{Exit, Stop};
use crate::gate::Gate;
use crate::place::{Place, demo_dir};
use crate::verbs::demo::Args;
use crate::verbs::reach::Way;
use cluster::Cluster;
use people::Role;

const SHOP: &str = include_str!("shop.sql");
const POLICY: &str = include_str!("dpo.cedar");
const POSTGRES_PORT: u16 = 6432;
const CATALOG_LIMIT: Duration = Duration::from_secs(30);
const HTTP_PORT: u16 = 8443;

/// A demo that is up.
pub(crate) struct Demo {
    /// Stops the server when it goes: after the gateway.
    _cluster: Option<Cluster>,
    pub(crate) gate: Gate,
    pub(crate) people: Vec<(Role, Way)>,
    /// The target itself, for looking behind the gateway.
    pub(crate) target: config::Place,
}

impl Demo {
    /// The way of one of them.
    pub(crate) fn way(&self, name: &str) -> anyhow::Result<&Way> {
        let mut people = self.people.iter();
        let found = people.find(|(role, _)| role.name == name);
        found
            .map(|(_, way)| way)
            .with_context(|| format!("nobody is called {name}"))
    }
}

/// Starts it, and plays or serves.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let tour_dir = std::env::temp_dir().join(format!("portcullis-tour-{}", std::process::id()));
    let usual = if args.tour {
        tour_dir.clone()
    } else {
        demo_dir()
    };
    let data_dir = place.data_dir.clone().unwrap_or(usual);
    if !args.is_json() {
        tell::aside("starting a PostgreSQL and filling the shop …");
    }
    let demo = start(args, &data_dir).await?;
    if args.tour {
        let ended = tour::play(&demo).await;
        // The gateway first: its sessions need the server.
        let Demo {
            _cluster: cluster,
            gate,
            ..
        } = demo;
        gate.end().await;
        drop(cluster);
        let _ = std::fs::remove_dir_all(&tour_dir);
        return ended.map(|()| Exit::Done);
    }
    tell::ready(&demo, args.is_json())?;
    demo.gate.until_signalled().await?;
    Ok(Exit::Done)
}

async fn start(args: &Args, data_dir: &Path) -> anyhow::Result<Demo> {
    crate::data_dir::prepare(data_dir)?;
    // Before anything is made: a running demo's server must not lose its folder.
    if is_running(data_dir).await? {
        return Err(Stop::failed(
            format!("a gateway runs on {} already", data_dir.display()),
            "stop it, or give this one its own place with --data-dir",
        ));
    }
    let (cluster, target) = if let Some(url) = &args.target {
        let target = take_apart(url).map_err(|message| Stop::usage(message, ""))?;
        (None, target)
    } else {
        let (cluster, target) = shop(data_dir).await?;
        (Some(cluster), target)
    };
    if cluster.is_none() && args.fill {
        fill(&target).await?;
    }
    let gate = Gate::start(settings(args, data_dir, &target)?).await?;
    gate.ready(CATALOG_LIMIT).await?;
    let house = gate.house().clone();
    let people = tokio::task::spawn_blocking(move || people::move_in(&house)).await??;
    let address = gate.postgres().context("the gateway listens nowhere")?;
    let way = |name: &str, token| Way {
        certificate: None,
        host: address.ip().to_string(),
        port: address.port(),
        target: "shop".to_owned(),
        token,
        user: name.to_owned(),
    };
    let people = people.into_iter().map(|(role, token)| {
        let way = way(role.name, token);
        (role, way)
    });
    Ok(Demo {
        _cluster: cluster,
        people: people.collect(),
        gate,
        target,
    })
}

/// A server of our own with the shop in it, owned by the role the gateway signs in as.
async fn shop(data_dir: &Path) -> anyhow::Result<(Cluster, config::Place)> {
    let (ours, theirs) = (password()?, password()?);
    let folder = data_dir.to_owned();
    let cluster = tokio::task::spawn_blocking(move || Cluster::start(&folder, ours)).await??;
    let admin = Dial {
        database: "postgres",
        host: "127.0.0.1",
        password: Some(&cluster.password),
        port: cluster.port,
        tls: false,
        user: cluster::SUPERUSER,
    };
    let (client, _notices) = admin.connect().await?;
    client
        .batch_execute(&format!("CREATE ROLE shop LOGIN PASSWORD '{theirs}'"))
        .await?;
    client
        .batch_execute("CREATE DATABASE shop OWNER shop")
        .await?;
    let target = config::Place {
        database: "shop".to_owned(),
        host: "127.0.0.1".to_owned(),
        password: Some(theirs),
        port: cluster.port,
        ssl_mode: SslMode::Disable,
        ssl_root_cert: None,
        user: "shop".to_owned(),
    };
    fill(&target).await?;
    Ok((cluster, target))
}

async fn fill(target: &config::Place) -> anyhow::Result<()> {
    let (client, _notices) = behind(target).await?;
    client
        .batch_execute(SHOP)
        .await
        .context("cannot fill the shop")
}

/// A connection to the target itself, past the gateway.
pub(crate) async fn behind(
    target: &config::Place,
) -> anyhow::Result<(tokio_postgres::Client, crate::dial::Notices)> {
    let dial = Dial {
        database: &target.database,
        host: &target.host,
        password: target.password.as_deref(),
        port: target.port,
        tls: target.ssl_mode != SslMode::Disable && target.ssl_mode != SslMode::Prefer,
        user: &target.user,
    };
    dial.connect().await
}

/// 32 hexadecimal digits.
fn password() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|fault| anyhow::anyhow!("no randomness: {fault}"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

fn settings(args: &Args, data_dir: &Path, place: &config::Place) -> anyhow::Result<Config> {
    let groups = people::GROUPS
        .iter()
        .map(|group| group.parse())
        .collect::<Result<_, _>>()?;
    let facts = TargetFacts {
        database: place.database.clone(),
        environment: "production".to_owned(),
        groups,
        labels: Vec::new(),
        mode: Mode::Enforce,
        name: "shop".parse()?,
    };
    let target = Target {
        rehearse: config::Rehearse::Run,
        columns: config::Overrides::new(),
        facts,
        is_named: false,
        place: place.clone(),
        roles: None,
        wanted: None,
    };
    let postgres = port(args.postgres_port, POSTGRES_PORT, args.tour);
    let http = port(args.http_port, HTTP_PORT, args.tour);
    let listener = Listener {
        address: local(postgres),
        allows_unencrypted: true,
        sign_in: SignIn::Scram,
        target: None,
    };
    let bare = config::bare(data_dir);
    Ok(Config {
        http: Some(local(http)),
        listeners: vec![listener],
        policies: config::Policies {
            builtin: true,
            path: Some(policies(data_dir)?),
        },
        targets: vec![target],
        ..bare
    })
}

/// The demo's own rules, where a person can change them and see what happens.
fn policies(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let folder = data_dir.join("policies");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("demo.cedar");
    if !file.exists() {
        std::fs::write(&file, POLICY)?;
    }
    Ok(folder)
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// The port asked for; else the usual one, or any where that is taken or others may play too.
fn port(asked: Option<u16>, usual: u16, is_tour: bool) -> u16 {
    let is_free = || TcpListener::bind(local(usual)).is_ok();
    asked.unwrap_or_else(|| if !is_tour && is_free() { usual } else { 0 })
}
