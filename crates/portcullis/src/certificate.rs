//! A client certificate of one's own: the key made here, the certificate by the gateway, both in
//! files that only their owner reads.
//!
//! Why three files: libpq takes PEM, JDBC takes the key as PKCS #8 in DER. The key is new with
//! each certificate and never leaves this machine. It says nothing about who one is: the token
//! that is shown for it does.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use model::Timestamp;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::client::Client;
use crate::credentials;
use crate::exit::{Exit, Stop};
use crate::house::now;
use crate::output::of;
use crate::place::Place;

/// Less than this before its end a certificate is made anew, seconds.
const LEAST_S: i64 = 300;

/// A certificate and its key, by their files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) expires: Timestamp,
    pub(crate) key: PathBuf,
    /// The key as JDBC reads it.
    pub(crate) pk8: PathBuf,
}

impl Files {
    fn in_folder(folder: &Path, expires: Timestamp) -> Self {
        Self {
            certificate: folder.join("client.crt"),
            expires,
            key: folder.join("client.key"),
            pk8: folder.join("client.pk8"),
        }
    }

    /// What it is, without what proves it.
    pub(crate) fn told(&self) -> Value {
        json!({
            "sslcert": self.certificate,
            "sslkey": self.key,
            "pk8": self.pk8,
            "expires": self.expires,
        })
    }
}

/// The usual folder: where the sign-in is kept.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let path = credentials::place()?;
    Ok(path.parent().unwrap_or(Path::new(".")).to_owned())
}

/// The certificate for that token: the one that is kept, or a new one where it ends soon or was
/// made for another token.
pub(crate) async fn of_token(token: &str, place: &Place) -> anyhow::Result<Files> {
    let folder = folder()?;
    let note = std::fs::read(folder.join("client.json")).ok();
    let note: Value = note
        .and_then(|note| serde_json::from_slice(&note).ok())
        .unwrap_or_default();
    let expires = of(&note, "expires").as_str().and_then(|at| at.parse().ok());
    let is_its = of(&note, "of").as_str() == Some(mark(token).as_str());
    match expires {
        Some(expires) if is_its && expires > now().plus_s(LEAST_S) => {
            let files = Files::in_folder(&folder, expires);
            if files.certificate.exists() && files.key.exists() && files.pk8.exists() {
                return Ok(files);
            }
        }
        _ => {}
    }
    make(token, place, &folder).await
}

/// Makes a key, and has the gateway make a certificate for that token.
pub(crate) async fn make(token: &str, place: &Place, folder: &Path) -> anyhow::Result<Files> {
    let key = KeyPair::generate().context("cannot make a key")?;
    let request = CertificateParams::default()
        .serialize_request(&key)?
        .pem()?;
    let asked = json!({ "request": request });
    let kept = credentials::kept()?.filter(|kept| kept.token == token);
    let answer = match kept {
        Some(kept) => {
            let tls = gateway::trusting(kept.root_certificate.as_deref())?;
            let fetch = identity::oidc::Fetch::new(tls)?;
            let url = format!("{}/v1/certificates", kept.gateway);
            let (status, answer) = fetch.post(&url, token, &asked).await?;
            if status != 201 {
                let word = |key: &str| of(&answer, key).as_str().unwrap_or_default();
                return Err(Stop::with(
                    Exit::Failed,
                    word("error").to_owned(),
                    word("hint"),
                ));
            }
            answer
        }
        None => {
            let client = Client::running(place).await?.with(token.to_owned());
            client.post("/v1/certificates", asked).await?
        }
    };
    let text = |name: &str| of(&answer, name).as_str().unwrap_or_default();
    let files = Files::in_folder(folder, text("expires").parse()?);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    // The note last: without it what lies there is made anew.
    let note = json!({ "expires": files.expires, "of": mark(token) }).to_string();
    let _ = std::fs::remove_file(folder.join("client.json"));
    put(&files.key, key.serialize_pem().as_bytes())?;
    put(&files.pk8, key.serialized_der())?;
    put(&files.certificate, text("certificate").as_bytes())?;
    put(&folder.join("client.json"), note.as_bytes())?;
    Ok(files)
}

/// Forgets the one that is kept.
pub(crate) fn forget() -> anyhow::Result<()> {
    let folder = folder()?;
    for name in ["client.json", "client.crt", "client.key", "client.pk8"] {
        match std::fs::remove_file(folder.join(name)) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => return Err(fault.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Tells one token from another, and nothing else of it.
fn mark(token: &str) -> String {
    use base64::Engine as _;
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(token.as_bytes());
    let first: Vec<u8> = digest.iter().take(12).copied().collect();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(first)
}

/// Whole or not at all, and its owner's alone.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let half = path.with_extension(format!("new.{}", std::process::id()));
    let written = || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        let mut file = options.open(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&half, path)
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}
