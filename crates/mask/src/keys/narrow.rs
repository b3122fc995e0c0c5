//! Permutations of small domains, where FF1 has too little to work with: swap-or-not (Hoang,
//! Morris, Rogaway 2012), which fits any size exactly, with AES as its round function.
//!
//! Each permutation given out is one cycle through the whole domain: a value is never its own
//! stand-in, which in a small domain would otherwise happen often.

use aes::Aes256Enc;
use aes::cipher::KeyInit;

use super::Way;
use super::ff1::sealed;

/// Rounds for each bit of the domain.
const ROUNDS_PER_BIT: u32 = 7;
/// The most rounds there can be: domains here have at most 20 bits.
const MOST_ROUNDS: usize = 140;

/// The permutations under one key.
pub(crate) struct Narrow {
    cipher: Aes256Enc,
}

/// One permutation of `0..limit`.
struct Swaps<'c> {
    cipher: &'c Aes256Enc,
    limit: u64,
    rounds: usize,
    state: u128,
    sums: [u32; MOST_ROUNDS],
}

impl Narrow {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            cipher: Aes256Enc::new(&(*key).into()),
        }
    }

    /// What stands for a tweak and a domain: CBC-MAC, the length first so that none is a prefix.
    fn state(&self, tweak: &[u8], limit: u64) -> u128 {
        let length = u128::try_from(tweak.len()).unwrap_or(0);
        let head = sealed(&self.cipher, (length << 64) | u128::from(limit));
        tweak.chunks(16).fold(head, |state, bytes| {
            let mut filled = [0; 16];
            filled
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, byte)| *to = *byte);
            sealed(&self.cipher, state ^ u128::from_be_bytes(filled))
        })
    }

    /// A number below `limit`, which is at most a million, moved along its cycle.
    pub(crate) fn cycle(&self, way: Way, tweak: &[u8], number: u64, limit: u64) -> u64 {
        if limit < 2 || number >= limit {
            return 0;
        }
        let swaps = self.swaps(tweak, limit);
        let place = swaps.there(number);
        let next = match way {
            Way::Find => (place + limit - 1) % limit,
            Way::Hide => (place + 1) % limit,
        };
        swaps.back(next)
    }

    /// A pseudo-random bit for a block; its key must be used for nothing else.
    pub(crate) fn bit(&self, block: u128) -> bool {
        sealed(&self.cipher, block) & 1 == 1
    }

    /// Pseudo-random numbers for a tweak.
    pub(crate) fn stream(&self, tweak: &[u8]) -> impl Iterator<Item = u64> {
        let state = self.state(tweak, 0);
        (1_u128..).map(move |counter| {
            let block = sealed(&self.cipher, state ^ counter);
            u64::try_from(block >> 64).unwrap_or(0)
        })
    }

    fn swaps(&self, tweak: &[u8], limit: u64) -> Swaps<'_> {
        let bits = (u64::BITS - limit.leading_zeros()).max(4);
        let rounds = usize::try_from(bits * ROUNDS_PER_BIT).unwrap_or(MOST_ROUNDS);
        let rounds = rounds.min(MOST_ROUNDS);
        let state = self.state(tweak, limit);
        let mut sums = [0; MOST_ROUNDS];
        for (round, sum) in sums.iter_mut().take(rounds).enumerate() {
            let block = sealed(&self.cipher, state ^ marked(1, round));
            let number = u64::try_from(block >> 64).unwrap_or(0) % limit;
            *sum = u32::try_from(number).unwrap_or(0);
        }
        Swaps {
            cipher: &self.cipher,
            limit,
            rounds,
            state,
            sums,
        }
    }
}

/// A block that differs from every other kind's and round's.
fn marked(kind: u128, round: usize) -> u128 {
    (kind << 120) | (u128::try_from(round).unwrap_or(0) << 64)
}

impl Swaps<'_> {
    fn swap(&self, number: u64, (round, sum): (usize, &u32)) -> u64 {
        let partner = (u64::from(*sum) + self.limit - number) % self.limit;
        let chosen = u128::from(number.max(partner));
        let block = sealed(self.cipher, self.state ^ marked(2, round) ^ chosen);
        if block & 1 == 1 { partner } else { number }
    }

    fn there(&self, number: u64) -> u64 {
        let sums = self.sums.iter().enumerate().take(self.rounds);
        sums.fold(number, |number, sum| self.swap(number, sum))
    }

    fn back(&self, number: u64) -> u64 {
        let sums = self.sums.iter().enumerate().take(self.rounds);
        sums.rev()
            .fold(number, |number, sum| self.swap(number, sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_small_domain_is_one_cycle() {
        let narrow = Narrow::new(&[7; 32]);
        for limit in [2, 3, 9, 26, 365, 1000] {
            let mut at = 0;
            for step in 1..=limit {
                let next = narrow.cycle(Way::Hide, b"t", at, limit);
                assert_eq!(narrow.cycle(Way::Find, b"t", next, limit), at);
                assert_eq!(next == 0, step == limit, "{limit}");
                at = next;
            }
        }
        assert_eq!(narrow.cycle(Way::Hide, b"t", 0, 1), 0);
    }
}
