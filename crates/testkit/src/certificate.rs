//! A certificate authority for one test, and a certificate for `localhost` signed by it.
//!
//! Why two: a client that verifies wants a root that is not the server's own certificate.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::account::Account;

/// Writes `server.crt`, `server.key` and `ca.crt` into `dir`; gives the path of the last.
pub(crate) fn write(dir: &Path, account: Account) -> PathBuf {
    let made = || -> Result<(String, String, String), rcgen::Error> {
        let mut root = CertificateParams::new(Vec::<String>::new())?;
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.distinguished_name
            .push(DnType::CommonName, "testkit root");
        let root_key = KeyPair::generate()?;
        let root_pem = root.self_signed(&root_key)?.pem();
        let issuer = Issuer::new(root, root_key);
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
        Ok((root_pem, leaf.pem(), key.serialize_pem()))
    };
    let (root, leaf, key) = match made() {
        Ok(made) => made,
        Err(fault) => panic!("cannot make a certificate: {fault}"),
    };
    let put = |name: &str, text: &str, mode: u32| -> PathBuf {
        let path = dir.join(name);
        let done = fs::write(&path, text)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(mode)));
        if let Err(fault) = done {
            panic!("cannot write {}: {fault}", path.display());
        }
        account.own(&path);
        path
    };
    put("server.crt", &leaf, 0o644);
    put("server.key", &key, 0o600);
    put("ca.crt", &root, 0o644)
}
