//! A checkpoint (C2SP `tlog-checkpoint`): how many entries there are, and the root over them.
//!
//! Why three lines of text: a person can read it, keep it, send it elsewhere, and hold it against
//! the ledger later. The signature around it is `note`'s.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::note::{self, NoteFault, Signer, Verifier};
use crate::tree::Hash;

/// The head of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The ledger's name.
    pub origin: String,
    /// The root over its entries.
    pub root: Hash,
    /// How many entries it has.
    pub size: u64,
}

impl Checkpoint {
    /// The signed note.
    pub fn sign(&self, signer: &Signer) -> String {
        let root = STANDARD.encode(self.root);
        signer.sign(&format!("{}\n{}\n{root}\n", self.origin, self.size))
    }

    /// The checkpoint of a note that one of `known` has signed; its origin must be that key's name.
    pub fn open(bytes: &[u8], known: &[Verifier]) -> Result<Self, NoteFault> {
        let text = note::open(bytes, known)?;
        let read = Self::read(text).ok_or(NoteFault::Malformed)?;
        if known.iter().any(|key| key.name() == read.origin) {
            Ok(read)
        } else {
            Err(NoteFault::ForeignKey(read.origin))
        }
    }

    /// The size a note claims, whoever signed it: for telling people, never for trust.
    pub fn claimed_size(bytes: &[u8]) -> Option<u64> {
        std::str::from_utf8(bytes)
            .ok()?
            .lines()
            .nth(1)?
            .parse()
            .ok()
    }

    /// Extension lines may follow and are passed over.
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
        let size = lines.next()?;
        let is_plain = size == "0" || !size.starts_with('0');
        let is_decimal = size.bytes().all(|byte| byte.is_ascii_digit());
        let size = size.parse().ok().filter(|_| is_plain && is_decimal)?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        Some(Self { origin, root, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_sign_and_open() {
        let signer = Signer::new("example.com/foo", &[7; 32]).unwrap();
        let head = Checkpoint {
            origin: "example.com/foo".into(),
            root: [3; 32],
            size: 70_001,
        };
        let note = head.sign(&signer);
        assert!(note.starts_with("example.com/foo\n70001\nAwMD"));
        assert_eq!(
            Checkpoint::open(note.as_bytes(), &[signer.verifier()]),
            Ok(head.clone())
        );
        assert_eq!(Checkpoint::claimed_size(note.as_bytes()), Some(70_001));
        let other = Checkpoint {
            origin: "example.com/bar".into(),
            ..head
        };
        let note = other.sign(&signer);
        assert!(Checkpoint::open(note.as_bytes(), &[signer.verifier()]).is_err());
    }
}
