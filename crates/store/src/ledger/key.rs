//! The key that signs checkpoints: made once, kept beside the ledger, readable by its owner alone.
//!
//! It is never made anew where a checkpoint is: another key is another ledger.

use ::ledger::note::Signer;

use super::OpenFault;
use super::files::{Files, write_all};

/// The key of this ledger; a new one where there is neither key nor checkpoint.
pub(super) fn load(
    files: &dyn Files,
    origin: Option<&str>,
    is_new: bool,
) -> Result<Signer, OpenFault> {
    let signer = match files.read("key")? {
        Some(text) => {
            let text = String::from_utf8_lossy(&text);
            Signer::from_secret_text(&text).map_err(|fault| OpenFault::Key(fault.to_string()))?
        }
        None if !is_new => return Err(OpenFault::Key("the file is missing".into())),
        None => make(files, origin)?,
    };
    let vkey = format!("{}\n", signer.verifier());
    if files.read("vkey")?.as_deref() != Some(vkey.as_bytes()) {
        write_all(files, &[("vkey".into(), vkey.into_bytes())])?;
    }
    Ok(signer)
}

fn make(files: &dyn Files, origin: Option<&str>) -> Result<Signer, OpenFault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
    let origin = match origin {
        Some(origin) => origin.to_owned(),
        None => format!("portcullis.local/{:08x}", random()? >> 32),
    };
    let signer = Signer::new(&origin, &seed).map_err(|fault| OpenFault::Key(fault.to_string()))?;
    write_all(
        files,
        &[(
            "key".into(),
            format!("{}\n", signer.secret_text()).into_bytes(),
        )],
    )?;
    Ok(signer)
}

/// Random bits.
pub(super) fn random() -> Result<u64, OpenFault> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(u64::from_le_bytes(bytes))
}
