//! Where the gateway, its sockets and the control API are tied together: the one list of protocols.
//!
//! Why one file: what the binary asks of its neighbours stands here and in `house`. It decides
//! nothing.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use gateway::config::{
    Address, ClassOverride, ClientTls, Listener, Password, Rehearse, SignIn, SslMode, Target,
};
use gateway::{Gateway, NotStarted, Running};
use tokio::net::UnixListener;

use crate::accounts::Sources;
use crate::config;
use crate::control::{self, Control};
use crate::data_dir;
use crate::exit::Stop;
use crate::house::House;
use crate::place::{self, Place};

/// Starts the gateway of a house: its listeners and the protocols spoken there.
pub(crate) fn gateway(house: &House) -> anyhow::Result<Result<Running, NotStarted>> {
    let config = &house.config;
    let sources = Sources::of(config, house.clock.clone())?;
    let target = |target: &config::Target| Target {
        accounts: sources.of_target(config, target),
        ..target_of(target)
    };
    let limits = Arc::new(house.limits().clone());
    let wire = wire_postgres::Config {
        // Which listener allows it is the driver's to check.
        allows_clear_text: config
            .listeners
            .iter()
            .any(|listener| listener.allows_unencrypted),
        limits: house.limits().clone(),
        offers_tls: true,
    };
    let parts = gateway::Parts {
        bearers: house.exchange.clone(),
        certificates: house.certificates.clone(),
        changes: house.directory.changes(),
        clock: house.clock.clone(),
        directory: house.directory.clone(),
        governor: house.governor.clone(),
        guesses: house.guesses.clone(),
        wire: Arc::new(move || Box::new(wire_postgres::Postgres::new(wire.clone()))),
    };
    let plan = gateway::Config {
        data_dir: config.data_dir.clone(),
        installation: data_dir::secret(&config.data_dir, "lent")?,
        limits,
        listeners: config.listeners.iter().map(listener).collect(),
        reactors: None,
        targets: config.targets.iter().map(target).collect(),
        tls: config
            .tls
            .as_ref()
            .map_or(ClientTls::SelfSigned, |tls| ClientTls::Files {
                certificate: tls.chain.clone(),
                key: tls.key.clone(),
            }),
    };
    Ok(Gateway::start(&plan, parts))
}

fn listener(listener: &config::Listener) -> Listener {
    let sign_in = match listener.sign_in {
        config::SignIn::Oauth => SignIn::Bearer,
        config::SignIn::Scram => SignIn::Scram,
        config::SignIn::Token => SignIn::ClearText,
    };
    Listener {
        address: listener.address,
        allows_unencrypted: listener.allows_unencrypted,
        sign_in,
        target: listener.target.clone(),
    }
}

fn target_of(target: &config::Target) -> Target {
    let place = &target.place;
    let classes = target
        .columns
        .iter()
        .map(|((schema, relation, column), class)| ClassOverride {
            class: *class,
            column: column.clone(),
            relation: relation.clone(),
            schema: schema.clone(),
        });
    Target {
        accounts: None,
        is_named: target.is_named,
        roles: target.roles.clone(),
        address: Address::Tcp {
            host: place.host.clone(),
            port: place.port,
        },
        classes: classes.collect(),
        facts: Arc::new(target.facts.clone()),
        password: place
            .password
            .as_deref()
            .map(|password| Password(password.into())),
        rehearse: match target.rehearse {
            config::Rehearse::Off => Rehearse::Off,
            config::Rehearse::Plan => Rehearse::Plan,
            config::Rehearse::Run => Rehearse::Run,
        },
        root_certificate: place.ssl_root_cert.as_ref().map(Into::into),
        ssl_mode: match place.ssl_mode {
            config::SslMode::Disable => SslMode::Disable,
            config::SslMode::Prefer => SslMode::Prefer,
            config::SslMode::Require => SslMode::Require,
            config::SslMode::VerifyCa => SslMode::VerifyCa,
            config::SslMode::VerifyFull => SslMode::VerifyFull,
        },
        user: place.user.clone(),
    }
}

/// Serves the control API on the data directory's socket. Called by the one who holds the ledger's
/// lock, so a socket file that is there already belongs to nobody.
pub(crate) fn listen(data_dir: &Path, router: Router) -> anyhow::Result<()> {
    let path = place::socket(data_dir);
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).map_err(|fault| {
        Stop::failed(
            format!("cannot listen on {}: {fault}", path.display()),
            "a socket's path has at most 107 bytes: a data directory nearer to the root helps",
        )
    })?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .context("cannot close the control socket to others")?;
    tokio::spawn(async move {
        if let Err(fault) = axum::serve(listener, router).await {
            tracing::error!(%fault, "the control socket ended");
        }
    });
    Ok(())
}

/// The control API on a data directory no gateway runs on, for as long as a verb takes.
pub(crate) struct Guest(Arc<House>);

impl Guest {
    /// Opens the house and serves its control API.
    pub(crate) async fn open(place: &Place) -> anyhow::Result<Self> {
        let config = place.bare()?;
        let data_dir = config.data_dir.clone();
        if !data_dir.exists() && place.file().is_none() {
            return Err(Stop::failed(
                format!("there is no data directory {}", data_dir.display()),
                "`portcullis serve` or `portcullis demo` makes one",
            ));
        }
        let house = tokio::task::spawn_blocking(|| House::open(config)).await??;
        let house = Arc::new(house);
        let routes = control::routes(Control {
            addresses: Vec::new(),
            house: house.clone(),
            http: None,
        });
        listen(&data_dir, control::guarded(routes, house.clone()))?;
        Ok(Self(house))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(place::socket(&self.0.config.data_dir));
        self.0.close();
    }
}
