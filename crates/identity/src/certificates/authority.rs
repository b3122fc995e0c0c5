//! Our own authority for clients: a key that never leaves the data directory, and what it signs.
//!
//! A certificate is made for a token and lives no longer; the client keeps its own key and sends a
//! request signed with it. The authority lives two years and has a successor once less than half
//! of that is left: from then on the new one signs, and the old one is trusted until it ends, so
//! that nothing signed by it stops before its time.
//!
//! Whether the token still counts is asked at each sign-in, not here.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use model::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::TOKEN;
use crate::token::NoRandomness;

/// How long an authority lives, seconds.
const LIFE_S: i64 = 2 * 365 * 86_400;
/// A client's clock may be behind ours, seconds.
const LEEWAY_S: i64 = 60;

/// Why the authority cannot be used, or would not sign.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    /// A file of it cannot be read or written.
    #[error("{path}: {fault}", path = .0.display(), fault = .1)]
    File(PathBuf, std::io::Error),
    /// A certificate or a key of it is broken, or a new one could not be made.
    #[error("the authority for clients cannot be used: {0}")]
    Made(#[from] rcgen::Error),
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Its key can be read by others.
    #[error("the key {} is open to other accounts", .0.display())]
    Open(PathBuf),
    /// Not a request, or not signed by the key it names.
    #[error("this is no certificate request (PKCS #10, PEM), or its signature does not fit")]
    Request,
}

/// A certificate just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Until when it counts.
    pub expires: Timestamp,
    /// It, in PEM.
    pub pem: String,
}

/// One authority: its certificate, and its key's file.
#[derive(Debug, Clone)]
struct Held {
    certificate: CertificateDer<'static>,
    ends: Timestamp,
    key: PathBuf,
}

/// Our own authority, and its predecessors that still count.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    /// The oldest first.
    held: RwLock<Vec<Held>>,
}

impl Authority {
    /// The one of that folder; one is made where there is none, or the last is past half its life.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, NotSigned> {
        if !folder.exists() {
            let made = fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder);
            made.map_err(|fault| NotSigned::File(folder.to_owned(), fault))?;
        }
        let mut held = Vec::new();
        let entries = fs::read_dir(folder);
        for entry in entries.map_err(|fault| NotSigned::File(folder.to_owned(), fault))? {
            let path = entry
                .map_err(|fault| NotSigned::File(folder.to_owned(), fault))?
                .path();
            if path.extension().is_some_and(|kind| kind == "crt") {
                held.push(Held::read(&path)?);
            }
        }
        held.sort_by_key(|one: &Held| one.ends);
        let this = Self {
            folder: folder.to_owned(),
            held: RwLock::new(held),
        };
        this.current(now)?;
        Ok(this)
    }

    /// Every certificate that vouches, the ended ones among them: time is checked with the chain.
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.iter().map(|one| one.certificate.clone()).collect()
    }

    /// Signs a request for the token of that id, until `expires`. Of the request only its key is
    /// taken: a name it asks for is a claim.
    pub fn sign(
        &self,
        request: &str,
        (principal, token): (&str, &str),
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<Signed, NotSigned> {
        let request = CertificateSigningRequestParams::from_pem(request);
        let request = request.map_err(|_| NotSigned::Request)?;
        let held = self.current(now)?;
        let key = KeyPair::from_pem(&key(&held.key)?)?;
        let issuer = Issuer::from_ca_cert_der(&held.certificate, key)?;
        let expires = expires.min(held.ends);
        let mut leaf = CertificateParams::default();
        leaf.distinguished_name = DistinguishedName::new();
        leaf.distinguished_name.push(DnType::CommonName, principal);
        leaf.subject_alt_names = vec![SanType::URI(format!("{TOKEN}{token}").try_into()?)];
        leaf.not_before = moment(now.plus_s(-LEEWAY_S));
        leaf.not_after = moment(expires);
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        leaf.serial_number = Some(serial()?);
        leaf.use_authority_key_identifier_extension = true;
        let made = leaf.signed_by(&request.public_key, &issuer)?;
        let pem = made.pem();
        Ok(Signed { expires, pem })
    }

    /// The one that signs now.
    fn current(&self, now: Timestamp) -> Result<Held, NotSigned> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(newest) = held.last()
            && newest.ends > now.plus_s(LIFE_S / 2)
        {
            return Ok(newest.clone());
        }
        let made = self.make(now)?;
        let path = made.key.with_extension("crt");
        tracing::info!(certificate = %path.display(), "a new authority of clients");
        held.push(made.clone());
        Ok(made)
    }

    fn make(&self, now: Timestamp) -> Result<Held, NotSigned> {
        let serial = serial()?;
        let name = format!("{}-{serial}", now.0 / 1_000_000).replace(':', "");
        let mut root = CertificateParams::default();
        root.distinguished_name = DistinguishedName::new();
        // A name of its own: two of one name would be told apart by their signatures alone.
        let common = format!("Portcullis clients {name}");
        root.distinguished_name.push(DnType::CommonName, common);
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        root.not_before = moment(now.plus_s(-LEEWAY_S));
        root.not_after = moment(now.plus_s(LIFE_S));
        root.serial_number = Some(serial);
        let key = KeyPair::generate()?;
        let certificate = root.self_signed(&key)?;
        let path = self.folder.join(&name).with_extension("key");
        // The key first: a certificate that lies there has its key.
        write(&path, &key.serialize_pem())?;
        write(&path.with_extension("crt"), &certificate.pem())?;
        Held::read(&path.with_extension("crt"))
    }
}

impl Held {
    fn read(path: &Path) -> Result<Self, NotSigned> {
        let certificate = CertificateDer::from_pem_file(path);
        let certificate = certificate.map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let (_, read) = X509Certificate::from_der(&certificate)
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let ends = read.validity().not_after.timestamp();
        Ok(Self {
            ends: Timestamp(ends.saturating_mul(1_000_000)),
            certificate,
            key: path.with_extension("key"),
        })
    }
}

/// The text of a key that nobody else can read.
fn key(path: &Path) -> Result<zeroize::Zeroizing<String>, NotSigned> {
    let fault = |fault| NotSigned::File(path.to_owned(), fault);
    let mode = fs::metadata(path).map_err(fault)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(NotSigned::Open(path.to_owned()));
    }
    Ok(fs::read_to_string(path).map_err(fault)?.into())
}

fn write(path: &Path, text: &str) -> Result<(), NotSigned> {
    let written = || {
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    written().map_err(|fault| NotSigned::File(path.to_owned(), fault))
}

fn serial() -> Result<rcgen::SerialNumber, NoRandomness> {
    let mut bytes = [0_u8; 16];
    crate::token::fill(&mut bytes)?;
    // Positive, and never shorter than it is long.
    bytes[0] = (bytes[0] & 0x3f) | 0x40;
    Ok(rcgen::SerialNumber::from_slice(&bytes))
}

fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.0 / 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
