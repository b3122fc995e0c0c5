//! The rooms, put together over one data directory: ledger, store, directory, desk, governor.
//!
//! Why apart from the gateway: an administrator's verb on a stopped gateway needs all of this and
//! no listener. It opens no socket. The ledger is opened first: it keeps a second instance out.

use std::pin::pin;
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use govern::{Governor, Parts};
use identity::certificates::Certificates;
use identity::certificates::authority::Authority;
use identity::oidc::{Fetch, Issuers};
use identity::{Admin, Exchange, LocalDirectory};
use mask::Keys;
use model::{Clock, Event, Guesses, Limits, Store, TargetFacts, Timestamp};
use reviewers::Desk;
use store::SqliteStore;
use store::ledger::{Disk, FileLedger, Options};
use uuid::Uuid;

use crate::config::{Config, Trusted};
use crate::exit::Stop;
use crate::{data_dir, policies};

/// The wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The time by the wall.
pub(crate) fn now() -> Timestamp {
    WallClock.now()
}

/// Everything but the listeners.
pub(crate) struct House {
    /// Who knows whose client certificates are, and makes them.
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Config,
    pub(crate) desk: Arc<Desk>,
    pub(crate) directory: Arc<LocalDirectory>,
    /// Gives tokens for identity providers' tokens.
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) governor: Arc<Governor>,
    /// Counts of wrong credentials, at every door.
    pub(crate) guesses: Arc<Guesses>,
    pub(crate) ledger: Arc<FileLedger>,
    pub(crate) recorder: identity::Recorder,
}

/// The governor, once it is there: the desk and it know each other.
type Slot = Arc<OnceLock<Weak<Governor>>>;

impl House {
    /// Opens or makes everything.
    pub(crate) fn open(config: Config) -> anyhow::Result<Self> {
        data_dir::prepare(&config.data_dir)?;
        let facts: Vec<TargetFacts> = config
            .targets
            .iter()
            .map(|target| target.facts.clone())
            .collect();
        let rules = policies::load(&config.policies, &facts)?;
        let clock: Arc<dyn Clock> = Arc::new(WallClock);
        let limits = Arc::new(config.limits.clone());
        let ledger = Arc::new(open_ledger(&config, clock.now())?);
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::open(&config.store)
                .with_context(|| format!("cannot open the store {}", config.store.display()))?,
        );
        let secret = |purpose| data_dir::secret(&config.data_dir, purpose);
        let slot = Slot::default();
        let desk = Arc::new(Desk::new(store.clone(), desk_recorder(&slot), &limits));
        let governor = Arc::new(Governor::new(Parts {
            clock: clock.clone(),
            ids: Arc::new(random_id),
            keys: Arc::new(Keys::of_tenant(
                &secret("masks")?,
                &config.masking.tenant,
                config.masking.version,
            )),
            ledger: ledger.clone(),
            limits: limits.clone(),
            reviews: desk.clone(),
            rules,
            scopes: config.masking.scopes.clone(),
            secret: secret("commitments")?,
        }));
        // Set once, here: nobody else has the slot yet.
        let _ = slot.set(Arc::downgrade(&governor));
        let directory = Arc::new(LocalDirectory::new(store, secret("salts")?, &limits));
        let recorder = admin_recorder(&slot);
        let exchange = exchange(&config, &directory, &recorder)?;
        let certificates = certificates(&config, &directory, &recorder, clock.now())?;
        Ok(Self {
            certificates: Arc::new(certificates),
            clock,
            config,
            desk,
            directory,
            exchange: Arc::new(exchange),
            governor,
            guesses: Arc::new(Guesses::new(&limits)),
            ledger,
            recorder,
        })
    }

    /// Signs what is recorded, before the process ends.
    pub(crate) fn close(&self) {
        if let Err(fault) = self.ledger.close() {
            tracing::error!(%fault, "the ledger's end could not be signed");
        }
    }

    /// The bounds.
    pub(crate) fn limits(&self) -> &Limits {
        &self.config.limits
    }
}

/// Who gives tokens for providers' tokens. Nothing is fetched yet: a provider that is down keeps
/// nobody else out.
fn exchange(
    config: &Config,
    directory: &Arc<LocalDirectory>,
    recorder: &identity::Recorder,
) -> anyhow::Result<Exchange> {
    let with_fetch = |trusted: &Trusted| {
        let tls = gateway::trusting(trusted.root_certificate.as_deref())?;
        Ok((trusted.provider.clone(), Fetch::new(tls)?))
    };
    let providers = config.providers.iter().map(with_fetch);
    let providers = providers.collect::<anyhow::Result<Vec<_>>>()?;
    let admin = Admin::new(directory.clone(), recorder.clone(), "oidc");
    Ok(Exchange::new(admin, Issuers::new(providers)))
}

/// Who knows whose client certificates are; our own authority is made where there is none.
fn certificates(
    config: &Config,
    directory: &Arc<LocalDirectory>,
    recorder: &identity::Recorder,
    now: Timestamp,
) -> anyhow::Result<Certificates> {
    let folder = config.data_dir.join("keys").join("clients");
    let ours = Authority::open(&folder, now).map_err(|fault| {
        let hint = "a key that others could read is to be considered known: move it away, and a \
                    new authority is made";
        Stop::failed(fault.to_string(), hint)
    })?;
    let admin = Admin::new(directory.clone(), recorder.clone(), "certificate");
    Ok(Certificates::new(
        admin,
        Arc::new(ours),
        config.authorities.clone(),
    ))
}

/// Without randomness an id could be guessed: there is no going on.
fn random_id() -> Uuid {
    let mut bytes = [0; 16];
    if let Err(fault) = getrandom::fill(&mut bytes) {
        tracing::error!(%fault, "the system gives no randomness");
        std::process::abort();
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn open_ledger(config: &Config, now: Timestamp) -> anyhow::Result<FileLedger> {
    let folder = config.data_dir.join("ledger");
    let options = Options {
        backlog: config.limits.ledger_backlog,
        ..Options::default()
    };
    let (ledger, recovered) = FileLedger::open(Arc::new(Disk::new(folder)), options, now)
        .map_err(|fault| Stop::failed(fault.to_string(), ""))?;
    if recovered.cut_bytes > 0 || !recovered.unfinished.is_empty() {
        tracing::warn!(
            cut_bytes = recovered.cut_bytes,
            unfinished = recovered.unfinished.len(),
            "the last run ended without a farewell; the ledger was recovered"
        );
    }
    Ok(ledger)
}

/// Writes an event and waits until it is durable.
fn write(slot: &Slot, event: Event) -> Result<(), String> {
    let governor = slot
        .get()
        .and_then(Weak::upgrade)
        .ok_or("the gateway is ending")?;
    let receipt = governor
        .write(&[event])
        .map_err(|fault| fault.to_string())?;
    wait(governor.ledger().durable(receipt)).map_err(|fault| fault.to_string())
}

fn desk_recorder(slot: &Slot) -> reviewers::Recorder {
    let slot = slot.clone();
    Arc::new(move |event| write(&slot, event))
}

fn admin_recorder(slot: &Slot) -> identity::Recorder {
    let slot = slot.clone();
    Arc::new(move |act, by, facts| write(&slot, Event::Admin { act, by, facts }))
}

/// Waits on this thread. The recorders are called from threads that may block; the ledger's own
/// thread wakes us, so no reactor is needed.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
