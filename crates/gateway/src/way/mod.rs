//! A target: how to reach it, and the keys remembered for signing in there.
//!
//! The second connection of a cancel and the one that reads the catalog take the same way, with the
//! same TLS, as a session's: there is no other.

mod cancel;
mod client;
mod derive;
mod tls;

pub use tls::trusting;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use model::{Account, Unobtained};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use wire::{TargetTls, TlsFacts};

pub(crate) use cancel::cancel;
pub(crate) use client::Unread;
pub(crate) use derive::Derivations;

use crate::config::{Address, SslMode, Target};
use crate::stream::{Socket, Stream};
use crate::tls::{BadTls, server_end_point};

/// How long a target may take to answer a connection attempt or a TLS handshake.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// `SSLRequest` (protocol-message-formats): length 8, code 80877103.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// A target with its TLS made ready.
pub(crate) struct Way {
    connector: Option<TlsConnector>,
    pub(crate) target: Target,
}

/// Where a session's connection really went: a cancel must go to the same server.
#[derive(Debug, Clone)]
pub(crate) enum Reached {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Way {
    pub(crate) fn new(target: Target) -> Result<Self, BadTls> {
        Ok(Self {
            connector: tls::connector(&target)?,
            target,
        })
    }

    /// The gateway's own account there, as it is now.
    pub(crate) async fn account(&self) -> Result<Account, Unobtained> {
        match &self.target.accounts {
            Some(source) => source.0.obtain().await,
            None => Ok(Account {
                password: self.target.password.as_ref().map(|it| it.0.clone()),
                user: self.target.user.as_str().into(),
            }),
        }
    }

    /// What the wire must do about TLS there. As with libpq, a Unix socket has none.
    pub(crate) fn tls(&self) -> TargetTls {
        match (&self.target.address, self.target.ssl_mode) {
            (Address::Unix(_), _) | (_, SslMode::Disable) => TargetTls::Disable,
            (_, SslMode::Prefer) => TargetTls::Prefer,
            (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => TargetTls::Require,
        }
    }

    /// Connects.
    pub(crate) async fn connect(&self) -> io::Result<(Socket, Reached)> {
        let connected = tokio::time::timeout(CONNECT_LIMIT, async {
            match &self.target.address {
                Address::Tcp { host, port } => {
                    let socket = TcpStream::connect((host.as_str(), *port)).await?;
                    let reached = Reached::Tcp(socket.peer_addr()?);
                    Ok((tcp(socket)?, reached))
                }
                Address::Unix(path) => {
                    let socket = UnixStream::connect(path).await?;
                    Ok((Socket::Unix(socket), Reached::Unix(path.clone())))
                }
            }
        });
        connected
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// Connects to the very server a session reached.
    async fn connect_again(&self, reached: &Reached) -> io::Result<Socket> {
        match reached {
            Reached::Tcp(address) => tcp(TcpStream::connect(address).await?),
            Reached::Unix(path) => Ok(Socket::Unix(UnixStream::connect(path).await?)),
        }
    }

    /// The TLS handshake, once the target said yes to it.
    pub(crate) async fn start_tls(&self, socket: Socket) -> io::Result<(Stream, TlsFacts)> {
        let Some(connector) = &self.connector else {
            return Err(io::Error::other("TLS is disabled for this target"));
        };
        let Address::Tcp { host, .. } = &self.target.address else {
            return Err(io::Error::other("a Unix socket has no TLS"));
        };
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        let handshake = tokio::time::timeout(CONNECT_LIMIT, connector.connect(name, socket));
        let stream = handshake
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let leaf = stream
            .get_ref()
            .1
            .peer_certificates()
            .and_then(<[_]>::first);
        let facts = TlsFacts {
            server_end_point: leaf.and_then(|leaf| server_end_point(leaf)),
            server_name: None,
        };
        Ok((Stream::TlsConnected(Box::new(stream)), facts))
    }

    /// Asks for TLS ourselves, as a wire would: for connections that carry no session.
    pub(crate) async fn negotiate(&self, mut socket: Socket) -> io::Result<Stream> {
        if self.tls() == TargetTls::Disable {
            return Ok(Stream::Plain(socket));
        }
        socket.write_all(&SSL_REQUEST).await?;
        match (socket.read_u8().await?, self.tls()) {
            // Anything that already lies behind the answer would break the handshake: nothing of
            // it is ever read as plain text.
            (b'S', _) => Ok(self.start_tls(socket).await?.0),
            (b'N', TargetTls::Prefer) => Ok(Stream::Plain(socket)),
            _ => Err(io::Error::other(
                "the target offers no TLS, and sslmode asks for it",
            )),
        }
    }
}

fn tcp(socket: TcpStream) -> io::Result<Socket> {
    socket.set_nodelay(true)?;
    crate::reactor::keep_alive(&socket);
    Ok(Socket::Tcp(socket))
}
