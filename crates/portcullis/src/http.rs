//! The one HTTP listener: connections, TLS, and their bounds.
//!
//! Why not the library's own loop: it speaks no TLS. A peer that says nothing is let go; what a
//! route does is the route's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use identity::Peer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Connections at once.
const MOST: usize = 256;

/// How long a peer may take to shake hands, and to begin to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one connection lasts, whatever it is in the middle of: what is asked here is answered
/// in moments, and a place held open is nobody else's.
const LONGEST: Duration = Duration::from_mins(2);

/// Serves until the process ends.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router) {
    let room = Arc::new(Semaphore::new(MOST));
    loop {
        // Never closed, so never refused.
        let Ok(place) = room.clone().acquire_owned().await else {
            return;
        };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(fault) => {
                tracing::warn!(%fault, "an HTTP connection could not be taken");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (tls, router) = (tls.clone(), router.clone());
        tokio::spawn(async move {
            answer(stream, tls, (router, peer)).await;
            drop(place);
        });
    }
}

/// Whether tokens may not pass there in clear text: everywhere but on this machine.
pub(crate) fn needs_tls(address: SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}

/// The routes, and who asks.
type Asked = (Router, SocketAddr);

async fn answer(stream: TcpStream, tls: Option<TlsAcceptor>, asked: Asked) {
    match tls {
        None => speak(stream, asked).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await {
                speak(stream, asked).await;
            }
        }
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    (router, peer): Asked,
) {
    let mut spoken = hyper::server::conn::http1::Builder::new();
    spoken
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE);
    let routed = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        routed.call(request)
    });
    // A peer that breaks off mid-sentence is its own business.
    let _ = timeout(
        LONGEST,
        spoken.serve_connection(TokioIo::new(stream), service),
    )
    .await;
}

#[cfg(test)]
mod tests;
