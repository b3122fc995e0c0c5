//! Reactors: one thread per core, each with its sessions, its buffers and its waiting room.
//!
//! A session lives and dies on the reactor it was given to, so that nothing crosses cores for one
//! statement. The acceptor gives each new client to the reactor with the fewest.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpStream as StdTcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::LocalSet;
use tokio::time::Duration;

use crate::config::Listener;
use crate::hub::Hub;
use crate::meters::Meters;
use crate::pool::Pool;
use crate::rim::Rim;
use crate::session::Session;

/// Threads per reactor for what blocks: sign-in look-ups, key derivations, name look-ups.
const BLOCKING_THREADS: usize = 8;
/// Connections beyond the bound that are still answered, so that they read why.
const REFUSED_AT_ONCE: usize = 64;

/// What the sessions of one thread share.
pub(crate) struct Reactor {
    pub(crate) hub: Rc<Hub>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) pool: Rc<Pool>,
    pub(crate) rim: Arc<Rim>,
}

/// A client that just came.
struct Arrival {
    listener: Arc<Listener>,
    peer: SocketAddr,
    socket: StdTcpStream,
}

/// A reactor as the acceptor sees it.
pub(crate) struct Handle {
    arrivals: mpsc::UnboundedSender<Arrival>,
    load: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

/// Starts a reactor thread.
pub(crate) fn start(rim: Arc<Rim>, meters: Arc<Meters>, index: usize) -> io::Result<Handle> {
    let (arrivals, received) = mpsc::unbounded_channel();
    let load = Arc::new(AtomicUsize::new(0));
    let counted = load.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name(format!("reactor-{index}-blocking"))
        .build()?;
    let thread = std::thread::Builder::new()
        .name(format!("reactor-{index}"))
        .spawn(move || {
            let hub = Hub::new(rim.governor.ledger().clone());
            let reactor = Rc::new(Reactor {
                hub,
                meters,
                pool: Rc::default(),
                rim,
            });
            LocalSet::new().block_on(&runtime, serve(reactor, received, counted));
        })?;
    Ok(Handle {
        arrivals,
        load,
        thread,
    })
}

/// Serves until the acceptor is gone and every session has ended.
async fn serve(
    reactor: Rc<Reactor>,
    mut arrivals: mpsc::UnboundedReceiver<Arrival>,
    load: Arc<AtomicUsize>,
) {
    let waiting_room = tokio::task::spawn_local(reactor.hub.clone().run());
    let left = Rc::new(Left::default());
    while let Some(arrival) = arrivals.recv().await {
        let Ok(socket) = TcpStream::from_std(arrival.socket) else {
            load.fetch_sub(1, Ordering::Relaxed);
            continue;
        };
        let place = reactor.rim.registry.enter();
        let listener = Rc::new((*arrival.listener).clone());
        let session = Session::new(reactor.clone(), listener, socket, arrival.peer, place);
        left.count.set(left.count.get() + 1);
        let here = Here {
            load: load.clone(),
            left: left.clone(),
        };
        tokio::task::spawn_local(async move {
            let _here = here;
            session.run().await;
        });
    }
    while left.count.get() > 0 {
        left.notify.notified().await;
    }
    waiting_room.abort();
}

/// Sessions of a reactor that have not ended.
#[derive(Default)]
struct Left {
    count: Cell<usize>,
    notify: Notify,
}

/// Counts a session as gone however it ends, by a panic too.
struct Here {
    left: Rc<Left>,
    load: Arc<AtomicUsize>,
}

impl Drop for Here {
    fn drop(&mut self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
        self.left.count.set(self.left.count.get().saturating_sub(1));
        self.left.notify.notify_one();
    }
}

/// Accepts on one address until `stop`, and spreads clients over reactors.
pub(crate) async fn accept(
    socket: TcpListener,
    listener: Arc<Listener>,
    rim: Arc<Rim>,
    reactors: Arc<Vec<Handle>>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stop.wait_for(|is_stopping| *is_stopping) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) => {
                // Out of descriptors, most likely: a pause lets sessions end.
                tracing::warn!(%fault, "a client could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if rim.registry.count() >= rim.limits.sessions + REFUSED_AT_ONCE {
            tracing::warn!(%peer, "too many sessions: a client was turned away unheard");
            continue;
        }
        let _ = stream.set_nodelay(true);
        keep_alive(&stream);
        let Ok(socket) = stream.into_std() else {
            continue;
        };
        let least = reactors
            .iter()
            .min_by_key(|handle| handle.load.load(Ordering::Relaxed));
        if let Some(handle) = least {
            handle.load.fetch_add(1, Ordering::Relaxed);
            let _ = handle.arrivals.send(Arrival {
                listener: listener.clone(),
                peer,
                socket,
            });
        }
    }
}

/// Finds out within minutes that a silent peer is gone.
pub(crate) fn keep_alive(socket: &TcpStream) {
    // What the system does not let us set stays as the system has it.
    let _ = setsockopt(socket, sockopt::KeepAlive, &true);
    let _ = setsockopt(socket, sockopt::TcpKeepIdle, &60);
    let _ = setsockopt(socket, sockopt::TcpKeepInterval, &15);
    let _ = setsockopt(socket, sockopt::TcpKeepCount, &4);
}

/// Waits for reactors to end; all acceptors must be gone.
pub(crate) fn join(reactors: Vec<Handle>) {
    for Handle {
        arrivals, thread, ..
    } in reactors
    {
        drop(arrivals);
        if thread.join().is_err() {
            tracing::error!("a reactor panicked");
        }
    }
}
