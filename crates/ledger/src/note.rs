//! Signed notes (C2SP `signed-note`): a text, a blank line, and lines of signatures.
//!
//! Why: the form witnesses, Go's `sumdb` and other logs' tools already read. Ed25519 only
//! (algorithm 0x01); lines by keys we do not know are passed over, as the specification asks.
//! It makes no keys and keeps none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Ed25519 in a signed note.
const ED25519: u8 = 0x01;
/// What a secret key's text begins with.
const PRIVATE: &str = "PRIVATE+KEY+";
/// The most bytes of a note we read.
const NOTE_MAX_BYTES: usize = 1 << 20;
/// The most signature lines we read: the specification asks for 16 at least.
const SIGNATURES_MAX: usize = 100;

/// A key's short name within its name: the first four bytes of a digest.
pub type KeyId = [u8; 4];

/// What is wrong with a note or a key's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// Not a note at all.
    #[error("not a signed note")]
    Malformed,
    /// A key we know has signed something else.
    #[error("the signature by {0} does not fit the text")]
    BadSignature(String),
    /// Signed, but by nobody we know.
    #[error("signed by {0}, not by the key given")]
    ForeignKey(String),
    /// The text of a key is not one.
    #[error("not a verifier key (name+hash+base64): {0:?}")]
    BadKey(String),
}

fn key_id(name: &str, key: &VerifyingKey) -> KeyId {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes())
        .finalize();
    let mut id = KeyId::default();
    for (to, from) in id.iter_mut().zip(digest) {
        *to = from;
    }
    id
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// A public key and its name: prints and reads as a `vkey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    id: KeyId,
    key: VerifyingKey,
    name: String,
}

impl Verifier {
    /// The key's name: the origin of the ledger it signs.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        let id = u32::from_be_bytes(self.id);
        write!(f, "{}+{id:08x}+{}", self.name, STANDARD.encode(key))
    }
}

impl std::str::FromStr for Verifier {
    type Err = NoteFault;
    fn from_str(text: &str) -> Result<Self, NoteFault> {
        read_vkey(text.trim()).ok_or_else(|| NoteFault::BadKey(text.trim().to_owned()))
    }
}

fn read_vkey(text: &str) -> Option<Verifier> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let key = STANDARD.decode(key).ok()?;
    let (&ED25519, key) = key.split_first()? else {
        return None;
    };
    let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    let computed = key_id(name, &key);
    let is_right = id.len() == 8 && u32::from_str_radix(id, 16).ok()?.to_be_bytes() == computed;
    (is_name(name) && is_right).then(|| Verifier {
        id: computed,
        key,
        name: name.to_owned(),
    })
}

/// A secret key and its name. Its `Debug` shows the name alone.
pub struct Signer {
    id: KeyId,
    key: SigningKey,
    name: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// The key of that seed. The name must be fit for a note: no white space, no `+`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteFault> {
        if !is_name(name) {
            return Err(NoteFault::BadKey(name.to_owned()));
        }
        let key = SigningKey::from_bytes(seed);
        Ok(Self {
            id: key_id(name, &key.verifying_key()),
            key,
            name: name.to_owned(),
        })
    }

    /// The key as a text to keep secret, in the form of Go's `sumdb/note`.
    pub fn secret_text(&self) -> String {
        let mut key = vec![ED25519];
        key.extend_from_slice(&self.key.to_bytes());
        let id = u32::from_be_bytes(self.id);
        format!("{PRIVATE}{}+{id:08x}+{}", self.name, STANDARD.encode(key))
    }

    /// The key of such a text.
    pub fn from_secret_text(text: &str) -> Result<Self, NoteFault> {
        // Says nothing of the text: it may be a key with one character wrong.
        let bad = || NoteFault::BadKey("the secret key".into());
        let body = text.trim().strip_prefix(PRIVATE).ok_or_else(bad)?;
        let mut parts = body.splitn(3, '+');
        let (name, id) = (parts.next().ok_or_else(bad)?, parts.next().ok_or_else(bad)?);
        let key = STANDARD
            .decode(parts.next().ok_or_else(bad)?)
            .map_err(|_| bad())?;
        let Some((&ED25519, seed)) = key.split_first() else {
            return Err(bad());
        };
        let signer = Self::new(name, seed.try_into().map_err(|_| bad())?)?;
        let is_right = format!("{:08x}", u32::from_be_bytes(signer.id)) == id;
        if is_right { Ok(signer) } else { Err(bad()) }
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        Verifier {
            id: self.id,
            key: self.key.verifying_key(),
            name: self.name.clone(),
        }
    }

    /// The note of a text that ends in a newline.
    pub fn sign(&self, text: &str) -> String {
        let mut line = self.id.to_vec();
        line.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {} {}\n", self.name, STANDARD.encode(line))
    }
}

/// The text of a note that at least one of `known` has signed, and none of them wrongly.
pub fn open<'n>(note: &'n [u8], known: &[Verifier]) -> Result<&'n str, NoteFault> {
    let (text, lines) = split(note).ok_or(NoteFault::Malformed)?;
    let (mut signed, mut foreign) = (false, Vec::new());
    for line in lines.lines() {
        let (name, id, signature) = signature(line).ok_or(NoteFault::Malformed)?;
        let named = || format!("{name}+{:08x}", u32::from_be_bytes(id));
        let Some(key) = known.iter().find(|key| key.name == name && key.id == id) else {
            foreign.push(named());
            continue;
        };
        let signature = <[u8; 64]>::try_from(signature.as_slice());
        let signature = signature.map_err(|_| NoteFault::BadSignature(named()))?;
        key.key
            .verify_strict(text.as_bytes(), &Signature::from_bytes(&signature))
            .map_err(|_| NoteFault::BadSignature(named()))?;
        signed = true;
    }
    if signed {
        Ok(text)
    } else {
        Err(NoteFault::ForeignKey(foreign.join(", ")))
    }
}

/// The text, and the signature lines, of a well-formed note.
fn split(note: &[u8]) -> Option<(&str, &str)> {
    let note = std::str::from_utf8(note)
        .ok()
        .filter(|note| note.len() <= NOTE_MAX_BYTES)?;
    let is_clean = note.chars().all(|c| c == '\n' || !c.is_control());
    let at = note.rfind("\n\n").filter(|_| is_clean)?;
    let (text, lines) = (note.get(..=at)?, note.get(at + 2..)?);
    let count = lines.lines().count();
    (lines.ends_with('\n') && (1..=SIGNATURES_MAX).contains(&count)).then_some((text, lines))
}

fn signature(line: &str) -> Option<(&str, KeyId, Vec<u8>)> {
    let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = STANDARD.decode(bytes).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    is_name(name).then(|| (name, *id, signature.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_key_reads_and_prints() {
        let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        let key: Verifier = text.parse().unwrap();
        assert_eq!(key.name(), "example.com/foo");
        assert_eq!(key.to_string(), text);
        for bad in [
            "",
            "a+b+c",
            &text.replace("530d", "530e"),
            &text.replace("foo", "bar"),
        ] {
            assert!(bad.parse::<Verifier>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_note_opens_with_its_key_only() {
        let ours = Signer::new("example.com/foo", &[7; 32]).unwrap();
        let theirs = Signer::new("example.com/foo", &[8; 32]).unwrap();
        let note = ours.sign("one\ntwo\n");
        let key = [ours.verifier()];
        let again = Signer::from_secret_text(&ours.secret_text()).unwrap();
        assert_eq!(
            (again.verifier(), again.sign("one\ntwo\n")),
            (ours.verifier(), note.clone())
        );
        assert!(Signer::from_secret_text(&ours.secret_text().replace("foo", "bar")).is_err());
        assert_eq!(open(note.as_bytes(), &key), Ok("one\ntwo\n"));
        assert!(matches!(
            open(note.as_bytes(), &[theirs.verifier()]),
            Err(NoteFault::ForeignKey(_))
        ));
        let altered = note.replace("two", "tvo");
        assert!(matches!(
            open(altered.as_bytes(), &key),
            Err(NoteFault::BadSignature(_))
        ));
        // A second line, by a key nobody knows, is passed over.
        let line = theirs
            .sign("one\ntwo\n")
            .split_once("\n\n")
            .unwrap()
            .1
            .to_owned();
        assert_eq!(
            open(format!("{note}{line}").as_bytes(), &key),
            Ok("one\ntwo\n")
        );
        for bad in ["", "one\n", "one\n\n", "one\n\nx\n", "one\r\n\n— a b\n"] {
            assert_eq!(
                open(bad.as_bytes(), &key),
                Err(NoteFault::Malformed),
                "{bad:?}"
            );
        }
    }
}
