//! What every session of a gateway shares: configuration, governor, targets, registry.
//!
//! It is made once, at the start, and never changes; what changes (rules, catalogs) changes behind
//! the governor.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use govern::Governor;
use model::{Bearers, Certificates, Clock, Directory, Guesses, Limits, TargetName, Timestamp};
use rustc_hash::FxHashMap;
use tokio::sync::watch;
use wire::Wire;

use crate::config::{Config, Listener};
use crate::keeper::Keepers;
use crate::lent::Lenders;
use crate::registry::Registry;
use crate::rehearser::Rehearser;
use crate::tls::{BadTls, OurTls};
use crate::way::{Derivations, Way};

/// How long giving back what was lent may take.
const GIVE_BACK_LIMIT: std::time::Duration = std::time::Duration::from_secs(5);

/// Makes a fresh core for a connection.
pub type MakeWire = Arc<dyn Fn() -> Box<dyn Wire> + Send + Sync>;

/// What a gateway is made of besides its configuration.
#[derive(Clone)]
pub struct Parts {
    /// Who believes identity providers' tokens.
    pub bearers: Arc<dyn Bearers>,
    /// Who knows whose clients' certificates are.
    pub certificates: Arc<dyn Certificates>,
    /// Moves when rights were withdrawn: the open sessions are looked at then.
    pub changes: watch::Receiver<u64>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Who knows principals.
    pub directory: Arc<dyn Directory>,
    /// The one road.
    pub governor: Arc<Governor>,
    /// Counts of wrong credentials, at every door.
    pub guesses: Arc<Guesses>,
    /// Makes a fresh protocol core for a connection.
    pub wire: MakeWire,
}

/// What every session shares.
pub(crate) struct Rim {
    pub(crate) bearers: Arc<dyn Bearers>,
    pub(crate) certificates: Arc<dyn Certificates>,
    pub(crate) changes: watch::Receiver<u64>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) derivations: Arc<Derivations>,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) governor: Arc<Governor>,
    pub(crate) guesses: Arc<Guesses>,
    pub(crate) is_draining: AtomicBool,
    pub(crate) keepers: Keepers,
    pub(crate) lenders: Lenders,
    pub(crate) limits: Arc<Limits>,
    pub(crate) make_wire: MakeWire,
    pub(crate) registry: Arc<Registry>,
    pub(crate) tls: OurTls,
    pub(crate) ways: FxHashMap<TargetName, Arc<Way>>,
}

impl Rim {
    pub(crate) fn new(config: &Config, parts: Parts) -> Result<Self, BadTls> {
        let tls = crate::tls::ours(&config.tls, &config.data_dir)?;
        let mut ways = FxHashMap::default();
        for target in &config.targets {
            ways.insert(target.name().clone(), Arc::new(Way::new(target.clone())?));
        }
        let rehearser = Rehearser(ways.clone());
        parts.governor.rehearse_by(Arc::new(rehearser));
        Ok(Self {
            bearers: parts.bearers,
            certificates: parts.certificates,
            changes: parts.changes,
            clock: parts.clock,
            derivations: Arc::default(),
            directory: parts.directory,
            governor: parts.governor,
            guesses: parts.guesses,
            is_draining: AtomicBool::new(false),
            keepers: Keepers::of(ways.values()),
            lenders: Lenders::of(&config.installation, ways.values()),
            limits: config.limits.clone(),
            make_wire: parts.wire,
            registry: Arc::default(),
            tls,
            ways,
        })
    }

    /// What targets and vaults only lent us goes back.
    pub(crate) async fn give_back(&self) {
        let given = async {
            self.lenders.give_back().await;
            for way in self.ways.values() {
                if let Some(source) = &way.target.accounts {
                    source.0.end().await;
                }
            }
        };
        if tokio::time::timeout(GIVE_BACK_LIMIT, given).await.is_err() {
            tracing::warn!("not everything that was lent could be given back; it ends by itself");
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Which target a client means, and whether it may say so: fixed by the listener, else the
    /// name in `database` (`target` or `target/database`), else the first label of the server name
    /// it asked TLS for. The database behind a target is the configured one: another one would be
    /// judged by the wrong catalog.
    pub(crate) fn way(
        &self,
        listener: &Listener,
        database: &str,
        server_name: Option<&str>,
    ) -> Result<Arc<Way>, NoWay> {
        if let Some(fixed) = &listener.target {
            return self.ways.get(fixed).cloned().ok_or(NoWay::Unknown);
        }
        let (name, rest) = match database.split_once('/') {
            Some((name, rest)) => (name, Some(rest)),
            None => (database, None),
        };
        let named = |name: &str| Some(self.ways.get(&name.parse().ok()?)?.clone());
        if let Some(way) = named(name) {
            return match rest {
                Some(rest) if rest != way.target.facts.database => Err(NoWay::OtherDatabase),
                _ => Ok(way),
            };
        }
        let label = server_name.and_then(|server| server.split('.').next());
        label.and_then(named).ok_or(NoWay::Unknown)
    }
}

/// Why a database name leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// The target leads to another database than the one named behind the slash.
    OtherDatabase,
    /// No target of that name.
    Unknown,
}
