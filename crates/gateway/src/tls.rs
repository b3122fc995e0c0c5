//! Our certificate towards clients, what binds SCRAM to a certificate, and clients' certificates.
//!
//! Whose a client's certificate is, and whether it counts, is asked at sign-in: here only its key
//! is proved ([`ask`]). How targets' certificates are checked is `way::tls`'s.

mod ask;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use tokio_rustls::TlsAcceptor;
use x509_parser::oid_registry as oids;
use x509_parser::prelude::FromDer as _;
use x509_parser::signature_algorithm::SignatureAlgorithm;

use crate::config::ClientTls;

/// What is wrong with a certificate, a key or an authority.
#[derive(Debug, thiserror::Error)]
pub enum BadTls {
    /// A file could not be read, or holds no PEM of the right kind.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The system has no authorities to trust.
    #[error(
        "no trusted authorities found on this system: name a root certificate for the target, \
         or install ca-certificates"
    )]
    NoRoots,
    /// rustls would not have it.
    #[error("{0}")]
    Rustls(#[from] rustls::Error),
    /// A self-signed certificate could not be made.
    #[error("cannot make a self-signed certificate: {0}")]
    SelfSigned(#[from] rcgen::Error),
}

impl BadTls {
    pub(crate) fn file(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::File {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// Our side of TLS towards clients.
#[derive(Clone)]
pub(crate) struct OurTls {
    pub(crate) acceptor: TlsAcceptor,
    /// The same for HTTP, where nobody is asked for a certificate: a browser would ask its person.
    pub(crate) https: TlsAcceptor,
    pub(crate) server_end_point: Option<Vec<u8>>,
}

/// The cryptography everything here uses.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Loads, or makes and announces, our certificate.
pub(crate) fn ours(tls: &ClientTls, data_dir: &Path) -> Result<OurTls, BadTls> {
    let (chain_path, key_path) = match tls {
        ClientTls::Files { certificate, key } => (certificate.clone(), key.clone()),
        ClientTls::SelfSigned => self_signed(&data_dir.join("tls"))?,
    };
    let chain = certificates(&chain_path)?;
    let leaf = chain
        .first()
        .ok_or_else(|| BadTls::file(&chain_path, "holds no certificate"))?;
    if matches!(tls, ClientTls::SelfSigned) {
        tracing::warn!(
            certificate = %chain_path.display(),
            sha256 = %fingerprint(leaf),
            "no certificate is configured: clients see a self-signed one",
        );
    }
    let server_end_point = server_end_point(leaf);
    let key =
        PrivateKeyDer::from_pem_file(&key_path).map_err(|fault| BadTls::file(&key_path, fault))?;
    let began =
        || ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let mut https = began()?
        .with_no_client_auth()
        .with_single_cert(chain.clone(), key.clone_key())?;
    https.alpn_protocols = vec![b"http/1.1".to_vec()];
    let mut config = began()?
        .with_client_cert_verifier(Arc::new(ask::Ask(provider())))
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(OurTls {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        https: TlsAcceptor::from(Arc::new(https)),
        server_end_point,
    })
}

/// Every certificate of a PEM file.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BadTls> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|fault| BadTls::file(path, fault))
}

/// SHA-256 of a certificate, as tools print it.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::new();
    for (index, byte) in Sha256::digest(certificate).iter().enumerate() {
        let colon = if index == 0 { "" } else { ":" };
        let _ = write!(text, "{colon}{byte:02X}");
    }
    text
}

/// The self-signed pair in that folder, made if it is not there.
fn self_signed(folder: &Path) -> Result<(PathBuf, PathBuf), BadTls> {
    let (chain, key) = (folder.join("server.crt"), folder.join("server.key"));
    if chain.exists() && key.exists() {
        return Ok((chain, key));
    }
    let names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let made = rcgen::generate_simple_self_signed(names)?;
    let made_folder = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made_folder.map_err(|fault| BadTls::file(folder, fault))?;
    let put = |path: &Path, text: &str| -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        options.open(path)?.write_all(text.as_bytes())
    };
    put(&key, &made.signing_key.serialize_pem()).map_err(|fault| BadTls::file(&key, fault))?;
    put(&chain, &made.cert.pem()).map_err(|fault| BadTls::file(&chain, fault))?;
    Ok((chain, key))
}

/// `tls-server-end-point` (RFC 5929 §4.1): the certificate under the hash of its own signature,
/// MD5 and SHA-1 replaced by SHA-256; `None` where the signature names no single hash.
pub fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(certificate).ok()?;
    let algorithm = &parsed.signature_algorithm;
    let mut named = algorithm.algorithm.to_id_string();
    if let Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) = SignatureAlgorithm::try_from(algorithm)
    {
        named = parameters.hash_algorithm_oid().to_id_string();
    }
    let is = |list: &[&oids::Oid<'static>]| list.iter().any(|oid| oid.to_id_string() == named);
    let sha256 = [
        &oids::OID_PKCS1_MD5WITHRSAENC,
        &oids::OID_PKCS1_SHA1WITHRSA,
        &oids::OID_PKCS1_SHA256WITHRSA,
        &oids::OID_SIG_ECDSA_WITH_SHA256,
        &oids::OID_NIST_HASH_SHA256,
        &oids::OID_HASH_SHA1,
    ];
    let sha384 = [
        &oids::OID_PKCS1_SHA384WITHRSA,
        &oids::OID_SIG_ECDSA_WITH_SHA384,
        &oids::OID_NIST_HASH_SHA384,
    ];
    let sha512 = [
        &oids::OID_PKCS1_SHA512WITHRSA,
        &oids::OID_SIG_ECDSA_WITH_SHA512,
        &oids::OID_NIST_HASH_SHA512,
    ];
    if is(&sha256) {
        Some(Sha256::digest(certificate).to_vec())
    } else if is(&sha384) {
        Some(Sha384::digest(certificate).to_vec())
    } else if is(&sha512) {
        Some(Sha512::digest(certificate).to_vec())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binding_uses_the_hash_of_the_signature() {
        let table: [(&rcgen::SignatureAlgorithm, Option<usize>); 3] = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some(32)),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some(48)),
            (&rcgen::PKCS_ED25519, None),
        ];
        for (algorithm, length) in table {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let made = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
            let certificate = made.self_signed(&key).unwrap();
            let bound = server_end_point(certificate.der());
            assert_eq!(bound.map(|hash| hash.len()), length);
        }
    }

    #[test]
    fn a_self_signed_pair_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let first = ours(&ClientTls::SelfSigned, dir.path()).unwrap();
        let again = ours(&ClientTls::SelfSigned, dir.path()).unwrap();
        assert_eq!(first.server_end_point, again.server_end_point);
    }
}
