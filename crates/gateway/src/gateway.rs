//! The gateway as `main` sees it: started, asked for its addresses and routes, drained.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

use crate::config::{Config, Listener};
use crate::http::{self, Extra};
use crate::meters::Meters;
use crate::reactor::{self, Handle};
use crate::registry::Command;
use crate::rim::{Parts, Rim};
use crate::tls::BadTls;
use crate::watchman;

/// How long sessions that were told to close at once may still take.
const CLOSE_LIMIT: Duration = Duration::from_secs(8);

/// Why a gateway could not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// A listener's address cannot be had.
    #[error("cannot listen on {address}: {fault}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        fault: io::Error,
    },
    /// The system gave no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
    /// A certificate, a key or an authority is wrong.
    #[error("{0}")]
    Tls(#[from] BadTls),
}

/// The gateway.
#[derive(Debug)]
pub struct Gateway;

/// A gateway that runs.
pub struct Running {
    addresses: Vec<SocketAddr>,
    meters: Vec<Arc<Meters>>,
    reactors: Arc<Vec<Handle>>,
    rim: Arc<Rim>,
    rim_thread: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Gateway {
    /// Listens and serves on threads of its own. Targets may be down: their catalogs are then read
    /// once they are up.
    pub fn start(config: &Config, parts: Parts) -> Result<Running, NotStarted> {
        let rim = Arc::new(Rim::new(config, parts)?);
        let mut sockets = Vec::new();
        for listener in &config.listeners {
            let fault = |fault| NotStarted::Listen {
                address: listener.address,
                fault,
            };
            let socket = std::net::TcpListener::bind(listener.address).map_err(fault)?;
            socket.set_nonblocking(true).map_err(fault)?;
            sockets.push((socket, Arc::new(listener.clone())));
        }
        let addresses: Result<_, io::Error> = sockets
            .iter()
            .map(|(socket, _)| socket.local_addr())
            .collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut reactors = Vec::new();
        let mut meters = Vec::new();
        for index in 0..config.reactors.unwrap_or(cores).max(1) {
            let own = Arc::new(Meters::default());
            reactors.push(reactor::start(rim.clone(), own.clone(), index)?);
            meters.push(own);
        }
        let reactors = Arc::new(reactors);
        let stop = watch::Sender::new(false);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(4)
            .thread_name("rim-blocking")
            .build()?;
        let (shared, handles, stopped) = (rim.clone(), reactors.clone(), stop.subscribe());
        let rim_thread = std::thread::Builder::new()
            .name("rim".to_owned())
            .spawn(move || {
                let served = serve(shared, handles, sockets, stopped);
                LocalSet::new().block_on(&runtime, served);
            })?;
        let addresses = addresses?;
        Ok(Running {
            addresses,
            meters,
            reactors,
            rim,
            rim_thread,
            stop,
        })
    }
}

/// What is nobody's session: accepting, catalogs, and watching over identities.
async fn serve(
    rim: Arc<Rim>,
    reactors: Arc<Vec<Handle>>,
    sockets: Vec<(std::net::TcpListener, Arc<Listener>)>,
    mut stop: watch::Receiver<bool>,
) {
    for (socket, listener) in sockets {
        match TcpListener::from_std(socket) {
            Ok(socket) => {
                let (rim, reactors, stop) = (rim.clone(), reactors.clone(), stop.clone());
                let accepting = reactor::accept(socket, listener, rim, reactors, stop);
                tokio::task::spawn_local(accepting);
            }
            Err(fault) => tracing::error!(address = %listener.address, %fault, "not listening"),
        }
    }
    for keeper in rim.keepers.all() {
        let running = keeper.clone().run(rim.governor.clone(), rim.limits.clone());
        tokio::task::spawn_local(running);
    }
    tokio::task::spawn_local(crate::lent::reap(rim.clone()));
    tokio::task::spawn_local(watchman::watch(rim));
    let _ = stop.wait_for(|is_stopping| *is_stopping).await;
    // Acceptors see it too; returning drops whatever else still runs here.
    tokio::task::yield_now().await;
}

impl Running {
    /// Where it listens, in the order of the configuration's listeners.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// `/metrics`, `/healthz`, `/readyz`. `extra` adds other crates' metrics.
    pub fn observation(&self, extra: Option<Extra>) -> Router {
        http::observation(self.rim.clone(), self.meters.clone(), extra)
    }

    /// Our certificate, for HTTP.
    pub fn https(&self) -> TlsAcceptor {
        self.rim.tls.https.clone()
    }

    /// `/v1/sessions`, `/v1/targets`: for the control socket, whose reach is its protection.
    pub fn control(&self) -> Router {
        http::control(self.rim.clone())
    }

    /// Takes no more clients, lets what runs finish for `limits.drain_s`, then closes. Every
    /// session's end and every open statement's outcome is recorded when this returns.
    pub async fn drain(self) {
        self.rim.is_draining.store(true, Ordering::Release);
        self.stop.send_replace(true);
        let limit = Duration::from_secs(u64::from(self.rim.limits.drain_s));
        tracing::info!(sessions = self.rim.registry.count(), "draining");
        self.rim.registry.tell_all(|| Command::Drain);
        if !self.is_empty_within(limit).await {
            tracing::warn!(
                sessions = self.rim.registry.count(),
                "sessions are closed hard"
            );
            self.rim.registry.tell_all(|| Command::Close);
            self.is_empty_within(CLOSE_LIMIT).await;
        }
        self.rim.give_back().await;
        let Self {
            reactors,
            rim_thread,
            ..
        } = self;
        let ended = tokio::task::spawn_blocking(move || {
            let _ = rim_thread.join();
            if let Ok(reactors) = Arc::try_unwrap(reactors) {
                reactor::join(reactors);
            }
        });
        if tokio::time::timeout(CLOSE_LIMIT, ended).await.is_err() {
            tracing::error!("a reactor did not end in time");
        }
    }

    async fn is_empty_within(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while self.rim.registry.count() > 0 {
            if Instant::now() >= end {
                return false;
            }
            sleep(Duration::from_millis(20)).await;
        }
        true
    }
}
