//! A byte stream to a peer: TCP or Unix, plain or inside TLS.
//!
//! Why our own enum: a session waits for readiness without holding a buffer, which generic async
//! traits cannot say. It buffers nothing itself; rustls keeps what TLS needs.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::{client, server};

/// A socket.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(socket) => socket.poll_read_ready(cx),
            Self::Unix(socket) => socket.poll_read_ready(cx),
        }
    }
}

macro_rules! each {
    ($self:ident, $socket:ident => $call:expr) => {
        match $self.get_mut() {
            Self::Tcp($socket) => $call,
            Self::Unix($socket) => $call,
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self, socket => Pin::new(socket).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self, socket => Pin::new(socket).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, socket => Pin::new(socket).poll_shutdown(cx))
    }
}

/// A socket, plain or inside TLS.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    TlsAccepted(Box<server::TlsStream<Socket>>),
    TlsConnected(Box<client::TlsStream<Socket>>),
}

macro_rules! every {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Stream::Plain($stream) => $call,
            Stream::TlsAccepted($stream) => $call,
            Stream::TlsConnected($stream) => $call,
        }
    };
}

impl Stream {
    /// The certificates a client showed, leaf first; none outside TLS, or where it has none.
    pub(crate) fn client_chain(&self) -> Vec<Vec<u8>> {
        match self {
            Self::TlsAccepted(tls) => {
                let chain = tls.get_ref().1.peer_certificates().unwrap_or_default();
                chain.iter().map(|der| der.to_vec()).collect()
            }
            Self::Plain(_) | Self::TlsConnected(_) => Vec::new(),
        }
    }

    /// Whether decrypted bytes (or a close) wait inside rustls, so that the socket may stay silent.
    fn holds_bytes(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::TlsAccepted(tls) => !tls.get_ref().1.wants_read(),
            Self::TlsConnected(tls) => !tls.get_ref().1.wants_read(),
        }
    }

    /// Ready when a read is worth a buffer.
    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.holds_bytes() {
            return Poll::Ready(Ok(()));
        }
        match self {
            Self::Plain(socket) => socket.poll_read_ready(cx),
            Self::TlsAccepted(tls) => tls.get_ref().0.poll_read_ready(cx),
            Self::TlsConnected(tls) => tls.get_ref().0.poll_read_ready(cx),
        }
    }

    /// Reads as much as lies ready; 0 is the end. A peer gone without a TLS goodbye has ended too.
    pub(crate) fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(bytes);
        loop {
            let before = buf.filled().len();
            let polled = every!(self, stream => Pin::new(stream).poll_read(cx, &mut buf));
            let filled = buf.filled().len();
            match polled {
                Poll::Pending if filled == 0 => return Poll::Pending,
                Poll::Ready(Err(fault)) if fault.kind() == io::ErrorKind::UnexpectedEof => {
                    return Poll::Ready(Ok(filled));
                }
                Poll::Ready(Err(fault)) if filled == 0 => return Poll::Ready(Err(fault)),
                // One TLS record at a time comes out of rustls: take what else it has.
                Poll::Ready(Ok(()))
                    if filled > before && buf.remaining() > 0 && self.holds_bytes() => {}
                Poll::Pending | Poll::Ready(_) => return Poll::Ready(Ok(filled)),
            }
        }
    }

    /// Writes some of these.
    pub(crate) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent =
            ready!(every!(self, stream => Pin::new(stream).poll_write_vectored(cx, slices)))?;
        if sent == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        Poll::Ready(Ok(sent))
    }

    /// Pushes out what TLS still holds.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        every!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    /// Says goodbye.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        every!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}

// `tokio-postgres` reads the catalog over a stream of ours.
impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        every!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        every!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_shutdown(cx)
    }
}
