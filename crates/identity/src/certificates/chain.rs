//! A chain of certificates: who vouches for it, and what stands in its leaf.
//!
//! The chain is checked by webpki (RFC 5280: signatures, times, constraints, purpose), never by
//! us. What it leaves to be said apart is said apart: ended, not yet, somebody else's, revoked.

use std::path::Path;
use std::sync::Arc;

use model::{BadCertificate, SignInFault, Timestamp};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{CertificateError, Error, RootCertStore};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Named, bad};

/// The scheme of a SPIFFE id.
const SPIFFE: &str = "spiffe://";

/// What stands in a certificate.
#[derive(Debug)]
pub(super) struct Leaf {
    addresses: Vec<String>,
    common_name: Option<String>,
    names: Vec<String>,
    pub(super) ends: Timestamp,
    pub(super) uris: Vec<String>,
}

impl Leaf {
    /// Reads the first of a chain.
    pub(super) fn read(chain: &[Vec<u8>]) -> Result<Self, BadCertificate> {
        let malformed = || BadCertificate::Malformed;
        let der = chain.first().ok_or_else(malformed)?;
        let (_, read) = X509Certificate::from_der(der).map_err(|_| malformed())?;
        let mut leaf = Self {
            addresses: Vec::new(),
            common_name: None,
            names: Vec::new(),
            ends: Timestamp(
                read.validity()
                    .not_after
                    .timestamp()
                    .saturating_mul(1_000_000),
            ),
            uris: Vec::new(),
        };
        let mut names = read.subject().iter_common_name();
        leaf.common_name = match (names.next(), names.next()) {
            (Some(only), None) => only.as_str().ok().map(str::to_owned),
            _ => None,
        };
        let others = read.subject_alternative_name().map_err(|_| malformed())?;
        for name in others.iter().flat_map(|others| &others.value.general_names) {
            match name {
                GeneralName::DNSName(name) => leaf.names.push((*name).to_owned()),
                GeneralName::RFC822Name(name) => leaf.addresses.push((*name).to_owned()),
                GeneralName::URI(name) => leaf.uris.push((*name).to_owned()),
                _ => {}
            }
        }
        Ok(leaf)
    }

    /// Whether it says that of itself.
    pub(super) fn bears(&self, named: &Named) -> bool {
        let has = |names: &[String], name: &String| names.contains(name);
        match named {
            Named::CommonName(name) => self.common_name.as_ref() == Some(name),
            Named::Dns(name) => has(&self.names, name),
            Named::Email(name) => has(&self.addresses, name),
            Named::Uri(name) if name.starts_with(SPIFFE) => {
                self.uris.as_slice() == std::slice::from_ref(name)
            }
            Named::Uri(name) => has(&self.uris, name),
        }
    }
}

/// An authority, and what it has revoked.
pub(super) struct Roots<'a> {
    pub(super) authority: &'a [CertificateDer<'static>],
    pub(super) revoked: Option<&'a Path>,
}

impl Roots<'_> {
    /// Whether it vouches for that chain now, as a client's.
    pub(super) fn vouch(&self, chain: &[Vec<u8>], now: Timestamp) -> Result<(), SignInFault> {
        let mut chain = chain.iter().map(|der| CertificateDer::from(der.as_slice()));
        let leaf = chain.next().ok_or_else(|| bad(BadCertificate::Malformed))?;
        let between: Vec<_> = chain.collect();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.authority.iter().cloned());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        if let Some(path) = self.revoked {
            let lists = CertificateRevocationListDer::pem_file_iter(path);
            let lists = lists.and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let lists = lists.map_err(|fault| unreadable(&fault))?;
            verifier = verifier
                .with_crls(lists)
                .only_check_end_entity_revocation()
                .enforce_revocation_expiration();
        }
        let verifier = verifier.build().map_err(|fault| unreadable(&fault))?;
        let seconds = u64::try_from(now.0 / 1_000_000).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let vouched = verifier.verify_client_cert(&leaf, &between, now);
        vouched.map(|_| ()).map_err(|fault| no(&fault))
    }
}

fn unreadable(fault: &dyn std::fmt::Display) -> SignInFault {
    tracing::error!(%fault, "what a client authority has revoked cannot be read");
    SignInFault::Unavailable
}

fn no(fault: &Error) -> SignInFault {
    let Error::InvalidCertificate(fault) = fault else {
        return bad(BadCertificate::Malformed);
    };
    match fault {
        // Another authority of the same name: its signature is what does not fit.
        CertificateError::BadSignature | CertificateError::UnknownIssuer => {
            bad(BadCertificate::Authority)
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            bad(BadCertificate::Expired)
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            bad(BadCertificate::Purpose)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            bad(BadCertificate::NotYet)
        }
        CertificateError::Revoked => bad(BadCertificate::Revoked),
        CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. }
        | CertificateError::UnknownRevocationStatus => unreadable(fault),
        _ => bad(BadCertificate::Malformed),
    }
}
