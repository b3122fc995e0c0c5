//! Clear text on this machine only; everywhere else TLS, and nothing without it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use super::*;

#[test]
fn tokens_pass_in_clear_text_on_this_machine_alone() {
    let addresses = [
        ("127.0.0.1:8443", false),
        ("127.9.9.9:1", false),
        ("[::1]:8443", false),
        ("[::ffff:127.0.0.1]:8443", false),
        ("0.0.0.0:8443", true),
        ("[::]:8443", true),
        ("192.0.2.1:8443", true),
        ("10.0.0.1:80", true),
        ("[2001:db8::1]:8443", true),
    ];
    for (address, expected) in addresses {
        assert_eq!(needs_tls(address.parse().unwrap()), expected, "{address}");
    }
}

async fn asked(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
    let request = b"GET /whence HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n";
    let mut answer = Vec::new();
    let _ = stream.write_all(request).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn where_tls_is_spoken_nothing_else_is_answered() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["gw".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let chain = vec![CertificateDer::from(cert.der().to_vec())];
    let server = ServerConfig::builder().with_no_client_auth();
    let server = server.with_single_cert(chain.clone(), key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let whence = async |Extension(Peer(peer)): Extension<Peer>| format!("from {}", peer.ip());
    let router = Router::new().route("/whence", get(whence));
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let serving = tokio::spawn(serve(listener, Some(acceptor), router));

    let plain = TcpStream::connect(address).await.unwrap();
    let answer = asked(plain).await;
    assert!(!answer.contains("HTTP/1.1"), "{answer}");

    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let client = ClientConfig::builder().with_root_certificates(roots);
    let connector = TlsConnector::from(Arc::new(client.with_no_client_auth()));
    let plain = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("gw").unwrap();
    let answer = asked(connector.connect(name, plain).await.unwrap()).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("from 127.0.0.1"),
        "{answer}"
    );
    serving.abort();
}
