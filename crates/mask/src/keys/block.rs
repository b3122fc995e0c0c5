//! Blocks through AES, as many as a piece of work wants at one entry into the cipher.
//!
//! Why: an entry chooses among the processor's instructions and lays the round keys out for the
//! widest of them, which costs more than one block does. Whoever needs ten blocks enters once.

use aes::Aes256Enc;
use aes::cipher::consts::U16;
use aes::cipher::{
    Array, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser,
};

/// What wants blocks encrypted. Mark `done` `#[inline(always)]`, or each block is a call.
pub(super) trait Work {
    /// What it makes of them.
    type Made: Default;

    /// Does it, with what encrypts one block.
    fn done(self, sealed: impl Fn(u128) -> u128) -> Self::Made;
}

/// A piece of work and the place for what it makes.
struct Entry<'m, W: Work> {
    made: &'m mut W::Made,
    work: W,
}

impl<W: Work> BlockSizeUser for Entry<'_, W> {
    type BlockSize = U16;
}

impl<W: Work> BlockCipherEncClosure for Entry<'_, W> {
    #[expect(clippy::inline_always, reason = "else each block is a call")]
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let sealed = |block: u128| {
            let mut block = Array::from(block.to_be_bytes());
            backend.encrypt_block_inplace(&mut block);
            u128::from_be_bytes(block.into())
        };
        *self.made = self.work.done(sealed);
    }
}

/// Does a piece of work under a key.
#[inline]
pub(super) fn done<W: Work>(cipher: &Aes256Enc, work: W) -> W::Made {
    let mut made = W::Made::default();
    cipher.encrypt_with_backend(Entry {
        made: &mut made,
        work,
    });
    made
}
