//! A PostgreSQL connection of our own, as any client would make it: to our own door, or to a target
//! that `doctor` and `demo` look at.
//!
//! Why by hand: `tokio-postgres` leaves TLS to its caller. As with `sslmode=require`, the
//! certificate is not checked: our own is often self-signed. It is nothing the gateway uses.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_postgres::NoTls;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What a connection says besides results: notices.
pub(crate) type Notices = tokio::sync::mpsc::UnboundedReceiver<tokio_postgres::error::DbError>;

/// Where to and as whom.
pub(crate) struct Dial<'a> {
    pub(crate) database: &'a str,
    pub(crate) host: &'a str,
    pub(crate) password: Option<&'a str>,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    pub(crate) user: &'a str,
}

/// A stream in clear text or inside TLS.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Dial<'_> {
    /// Signs in; notices come apart from results.
    pub(crate) async fn connect(&self) -> anyhow::Result<(tokio_postgres::Client, Notices)> {
        let socket = TcpStream::connect((self.host, self.port)).await;
        let socket = socket.with_context(|| format!("cannot reach {}:{}", self.host, self.port))?;
        socket.set_nodelay(true)?;
        let stream: Box<dyn Stream> = if self.tls {
            Box::new(secured(self.host, socket).await?)
        } else {
            Box::new(socket)
        };
        let mut config = tokio_postgres::Config::new();
        config
            .user(self.user)
            .dbname(self.database)
            .application_name("portcullis");
        config.ssl_mode(tokio_postgres::config::SslMode::Disable);
        if let Some(password) = self.password {
            config.password(password);
        }
        let (client, mut connection) = config.connect_raw(stream, NoTls).await?;
        let (sender, notices) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let next = |cx: &mut std::task::Context<'_>| connection.poll_message(cx);
            let mut messages = futures_util::stream::poll_fn(next);
            while let Some(Ok(message)) = futures_util::StreamExt::next(&mut messages).await {
                if let tokio_postgres::AsyncMessage::Notice(notice) = message {
                    let _ = sender.send(notice);
                }
            }
        });
        Ok((client, notices))
    }
}

/// TLS with a gateway, as PostgreSQL begins it.
pub(crate) async fn secured(
    host: &str,
    mut socket: TcpStream,
) -> anyhow::Result<TlsStream<TcpStream>> {
    // SSLRequest: its length, and the number that stands where a version would.
    socket
        .write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
        .await?;
    if socket.read_u8().await? != b'S' {
        bail!("{host} offers no TLS");
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Unchecked(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())?;
    let connector = TlsConnector::from(Arc::new(config));
    Ok(connector.connect(name, socket).await?)
}

/// Takes any certificate; the handshake's signatures are still checked.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
