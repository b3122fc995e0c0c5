//! What still has to be written to a side, and on whose account.

use std::collections::VecDeque;

/// A queue of bytes, each piece with its account.
#[derive(Debug)]
pub(crate) struct Lane<T>(VecDeque<(T, Vec<u8>)>);

impl<T: Copy> Lane<T> {
    pub(crate) fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn push(&mut self, account: T, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.0.push_back((account, bytes));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = T> {
        self.0.iter().map(|(account, _)| *account)
    }

    /// The next bytes to write, at most that many: a socket takes what it likes.
    pub(crate) fn take(&mut self, most: usize) -> Option<(T, Vec<u8>)> {
        let (account, bytes) = self.0.front_mut()?;
        let account = *account;
        let rest = bytes.split_off(most.clamp(1, bytes.len()));
        let head = std::mem::replace(bytes, rest);
        if bytes.is_empty() {
            self.0.pop_front();
        }
        Some((account, head))
    }
}
