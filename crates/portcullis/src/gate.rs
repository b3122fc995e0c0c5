//! A running gateway: the house, its listeners, control socket, health and metrics, and its end.
//!
//! Why in this order: the ledger's lock first, then listeners, then the control socket: whoever
//! answers there really runs. What stops it is a signal; then it drains.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::Event;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use crate::config::Config;
use crate::control::{self, Control};
use crate::exit::Stop;
use crate::house::House;
use crate::{doors, http, place, reload, wiring};

/// How often reviews nobody answered are ended.
const EXPIRE_EVERY: Duration = Duration::from_secs(1);

/// A running gateway.
pub(crate) struct Gate {
    gateway: gateway::Running,
    house: Arc<House>,
    http: Option<SocketAddr>,
    /// Watches the policies for as long as it lives.
    _watch: Option<notify::RecommendedWatcher>,
}

impl Gate {
    /// Starts everything, or says what is in the way.
    pub(crate) async fn start(config: Config) -> anyhow::Result<Self> {
        let file = config.file.clone();
        let house = tokio::task::spawn_blocking(|| House::open(config)).await??;
        let house = Arc::new(house);
        write(&house, "gateway.start")?;
        for review in house.desk.recover()? {
            tracing::info!(review = %review.id, "a review of the last run was withdrawn");
        }
        let gateway = wiring::gateway(&house)?.map_err(|fault| in_the_way(&fault))?;
        let http = observe(&house, &gateway).await?;
        let addresses = gateway.addresses().to_vec();
        let control = Control {
            addresses,
            house: house.clone(),
            http,
        };
        let routes = control::routes(control).merge(gateway.control());
        let routes = control::guarded(routes, house.clone());
        wiring::listen(&house.config.data_dir, routes)?;
        let watch = reload::watch(&house, file.as_deref());
        tokio::spawn(expire(house.clone()));
        for address in gateway.addresses() {
            tracing::info!(%address, protocol = "postgres", "listening");
        }
        tracing::info!(data_dir = %house.config.data_dir.display(), ?http, "the gateway is up");
        Ok(Self {
            gateway,
            house,
            http,
            _watch: watch,
        })
    }

    pub(crate) fn house(&self) -> &Arc<House> {
        &self.house
    }

    /// Where health and metrics are.
    pub(crate) fn http(&self) -> Option<SocketAddr> {
        self.http
    }

    /// The first listener.
    pub(crate) fn postgres(&self) -> Option<SocketAddr> {
        self.gateway.addresses().first().copied()
    }

    /// Waits until every target's catalog has been read: before that, nobody comes in.
    pub(crate) async fn ready(&self, limit: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + limit;
        for target in &self.house.config.targets {
            let name = &target.facts.name;
            while self.house.governor.catalog(name).is_none() {
                if Instant::now() >= end {
                    return Err(Stop::failed(
                        format!("the catalog of {name} ({}) could not be read", target.place),
                        "`portcullis doctor` says what is in the way",
                    ));
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    pub(crate) async fn until_signalled(self) -> anyhow::Result<()> {
        let mut term = signal(SignalKind::terminate())?;
        let mut int = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        let again = async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
        };
        // Who asks twice does not want to wait; the ledger knows what was under way.
        tokio::select! {
            () = self.end() => Ok(()),
            () = again => Err(Stop::failed("stopped before every session had ended", "")),
        }
    }

    /// Lets what runs finish, then closes everything.
    pub(crate) async fn end(self) {
        // Reviewers may answer until the last held statement has gone.
        self.gateway.drain().await;
        let _ = std::fs::remove_file(place::socket(&self.house.config.data_dir));
        if let Err(fault) = write(&self.house, "gateway.stop") {
            tracing::error!(%fault, "the stop was not recorded");
        }
        let house = self.house;
        let _ = tokio::task::spawn_blocking(move || house.close()).await;
    }
}

fn write(house: &House, act: &'static str) -> anyhow::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    house.governor.write(&[Event::Gateway { act, version }])?;
    Ok(())
}

/// Health, metrics, the doors of identity, and reviews.
async fn observe(
    house: &Arc<House>,
    gateway: &gateway::Running,
) -> anyhow::Result<Option<SocketAddr>> {
    let Some(address) = house.config.http else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address)
        .await
        .map_err(|fault| taken(address, &fault))?;
    let bound = listener.local_addr()?;
    let tls = http::needs_tls(bound).then(|| gateway.https());
    let router = gateway
        .observation(None)
        .merge(doors::routes(house, tls.is_some())?)
        .merge(control::reviews(house));
    tokio::spawn(http::serve(listener, tls, router));
    Ok(Some(bound))
}

/// Why it did not start, with a way out.
fn in_the_way(fault: &gateway::NotStarted) -> anyhow::Error {
    match fault {
        gateway::NotStarted::Listen { address, fault } => taken(*address, fault),
        other => Stop::failed(other.to_string(), ""),
    }
}

fn taken(address: SocketAddr, fault: &std::io::Error) -> anyhow::Error {
    let hint = match fault.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program listens there: stop it, or choose another port (0 is any free one)"
        }
        std::io::ErrorKind::PermissionDenied => "ports below 1024 need rights: choose a higher one",
        _ => "the address must be one of this machine's",
    };
    Stop::failed(format!("cannot listen on {address}: {fault}"), hint)
}

/// Ends reviews nobody answered and approvals nobody used.
async fn expire(house: Arc<House>) {
    loop {
        sleep(EXPIRE_EVERY).await;
        let house = house.clone();
        let done = tokio::task::spawn_blocking(move || house.desk.expire(house.clock.now()));
        if let Ok(Err(fault)) = done.await {
            tracing::error!(%fault, "reviews could not be expired");
        }
    }
}
