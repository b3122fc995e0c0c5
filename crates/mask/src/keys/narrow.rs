//! Permutations of small domains, where FF1 has too little to work with.
//!
//! Each is one cycle through the whole domain: a value is never its own stand-in, which in a small
//! domain would otherwise happen often. A domain of few values is a shuffled list. A larger one
//! goes through twenty-four rounds of a Feistel network over two halves that fit it (FF1 has ten),
//! up and down again with one step between. The domain being small, a round has few answers: they
//! are kept as they come, in places that a session's memory has room for. What is kept changes no
//! answer; where there is no place left, each is computed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use aes::Aes256Enc;
use aes::cipher::KeyInit;

use super::Way;
use super::block::{self, Work};

/// Up to this many values are a list.
const LISTED: u64 = 1024;
const ROUNDS: usize = 24;
/// Domains whose lists and rounds are kept, of one key: at most 48 KiB each.
const PLACES: usize = 16;
/// How many of the places a domain may have.
const PROBES: usize = 4;

/// The permutations under one key.
pub(crate) struct Narrow {
    cipher: Aes256Enc,
    kept: [OnceLock<Box<Cycle>>; PLACES],
}

/// One permutation of `0..limit`.
struct Cycle {
    limit: u64,
    steps: Steps,
    tweak: Box<[u8]>,
}

/// How a number is moved along.
enum Steps {
    /// By a list of what stands for each, and of what each stands for.
    Listed { find: Vec<u16>, hide: Vec<u16> },
    /// By a network.
    Network(Network),
}

/// A Feistel network over `0..left * right`, which is hardly more than the domain.
struct Network {
    /// What a round answered, one more than it; zero where it was not asked. Empty where nothing
    /// is kept.
    answers: Box<[AtomicU16]>,
    left: u64,
    right: u64,
    state: u128,
}

impl Narrow {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            cipher: Aes256Enc::new(&(*key).into()),
            kept: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    /// What stands for a tweak and a domain.
    fn state(&self, tweak: &[u8], limit: u64) -> u128 {
        block::done(&self.cipher, State { limit, tweak })
    }

    /// A number below `limit`, which is at most a million, moved along its cycle.
    pub(crate) fn cycle(&self, way: Way, tweak: &[u8], number: u64, limit: u64) -> u64 {
        if limit < 2 || number >= limit {
            return 0;
        }
        let start = tweak.iter().fold(limit, |hash, byte| {
            hash.wrapping_mul(131) + u64::from(*byte)
        });
        let start = usize::try_from(start % 251).unwrap_or(0);
        for probe in start..start + PROBES {
            let Some(place) = self.kept.get(probe % PLACES) else {
                continue;
            };
            let kept = place.get_or_init(|| Box::new(self.cycle_of(tweak, limit, true)));
            if kept.limit == limit && *kept.tweak == *tweak {
                return kept.moved(&self.cipher, way, number);
            }
        }
        self.cycle_of(tweak, limit, false)
            .moved(&self.cipher, way, number)
    }

    fn cycle_of(&self, tweak: &[u8], limit: u64, is_kept: bool) -> Cycle {
        let steps = if limit <= LISTED {
            let items: Vec<u16> = (0..u16::try_from(limit).unwrap_or(0)).collect();
            let (mut find, mut hide) = (items.clone(), items.clone());
            for (from, to) in shuffled(items, &mut self.numbers(tweak, limit)) {
                let set = |list: &mut Vec<u16>, at: u16, to: u16| {
                    list.get_mut(usize::from(at)).map(|place| *place = to)
                };
                set(&mut hide, from, to);
                set(&mut find, to, from);
            }
            Steps::Listed { find, hide }
        } else {
            Steps::Network(Network::new(self.state(tweak, limit), limit, is_kept))
        };
        Cycle {
            limit,
            steps,
            tweak: tweak.into(),
        }
    }

    /// Pseudo-random bits for the blocks of one number; their key must be used for nothing else.
    pub(crate) fn bits<W: Work>(&self, work: W) -> W::Made {
        block::done(&self.cipher, work)
    }

    /// Pseudo-random numbers for a tweak.
    pub(crate) fn stream(&self, tweak: &[u8]) -> impl Iterator<Item = u64> {
        self.numbers(tweak, 0)
    }

    fn numbers(&self, tweak: &[u8], limit: u64) -> impl Iterator<Item = u64> {
        let state = self.state(tweak, limit);
        (1_u128..).step_by(8).flat_map(move |counter| {
            let eight = block::done(&self.cipher, Eight(state ^ counter));
            eight.map(|block| u64::try_from(block >> 64).unwrap_or(0))
        })
    }
}

/// A CBC-MAC of the tweak, its length and the limit first so that none is another's prefix.
struct State<'t> {
    limit: u64,
    tweak: &'t [u8],
}

impl Work for State<'_> {
    type Made = u128;

    #[expect(clippy::inline_always, reason = "else each block is a call")]
    #[inline(always)]
    fn done(self, sealed: impl Fn(u128) -> u128) -> u128 {
        let length = u128::try_from(self.tweak.len()).unwrap_or(0);
        let head = sealed((length << 64) | u128::from(self.limit));
        self.tweak.chunks(16).fold(head, |state, bytes| {
            let mut filled = [0; 16];
            filled
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, byte)| *to = *byte);
            sealed(state ^ u128::from_be_bytes(filled))
        })
    }
}

/// Eight blocks of a counter that starts where this is, a multiple of eight and one.
struct Eight(u128);

impl Work for Eight {
    type Made = [u128; 8];

    #[expect(clippy::inline_always, reason = "else each block is a call")]
    #[inline(always)]
    fn done(self, sealed: impl Fn(u128) -> u128) -> [u128; 8] {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|more| sealed(self.0.wrapping_add(more)))
    }
}

/// Each item with the one it becomes, along one cycle through all in keyed order.
pub(super) fn shuffled<T: Copy>(
    mut items: Vec<T>,
    random: &mut impl Iterator<Item = u64>,
) -> Vec<(T, T)> {
    for last in (1..items.len()).rev() {
        let count = u64::try_from(last + 1).unwrap_or(1);
        let chosen = usize::try_from(random.next().unwrap_or(0) % count).unwrap_or(0);
        items.swap(last, chosen);
    }
    let next = items.iter().skip(1).chain(items.first());
    items.iter().copied().zip(next.copied()).collect()
}

impl Cycle {
    fn moved(&self, cipher: &Aes256Enc, way: Way, number: u64) -> u64 {
        let network = match &self.steps {
            Steps::Network(network) => network,
            Steps::Listed { find, hide } => {
                let list = if way == Way::Find { find } else { hide };
                let place = usize::try_from(number).unwrap_or(0);
                return list.get(place).copied().map_or(0, u64::from);
            }
        };
        let there = network.walked(cipher, Way::Hide, number, self.limit);
        let next = match way {
            Way::Find => (there + self.limit - 1) % self.limit,
            Way::Hide => (there + 1) % self.limit,
        };
        network.walked(cipher, Way::Find, next, self.limit)
    }
}

impl Network {
    fn new(state: u128, limit: u64, is_kept: bool) -> Self {
        let left = limit.isqrt();
        let right = limit.div_ceil(left);
        let answers = usize::try_from(right.max(left)).unwrap_or(0) * ROUNDS;
        let answers = if is_kept { answers } else { 0 };
        Self {
            answers: (0..answers).map(|_| AtomicU16::new(0)).collect(),
            left,
            right,
            state,
        }
    }

    /// Through all rounds, and again until it is below the limit.
    fn walked(&self, cipher: &Aes256Enc, way: Way, number: u64, limit: u64) -> u64 {
        let mut number = number;
        loop {
            number = self.turned(cipher, way, number);
            if number < limit {
                return number;
            }
        }
    }

    /// Rounds with an even number change the left half by the right one, the others the other
    /// way round; back, the last one first.
    fn turned(&self, cipher: &Aes256Enc, way: Way, number: u64) -> u64 {
        let (mut left, mut right) = (number / self.right, number % self.right);
        for step in 0..ROUNDS {
            let round = match way {
                Way::Find => ROUNDS - 1 - step,
                Way::Hide => step,
            };
            let (changed, other, size) = if round.is_multiple_of(2) {
                (&mut left, right, self.left)
            } else {
                (&mut right, left, self.right)
            };
            let added = self.answer(cipher, round, other, size);
            let sum = match way {
                Way::Find => *changed + size - added,
                Way::Hide => *changed + added,
            };
            *changed = if sum >= size { sum - size } else { sum };
        }
        left * self.right + right
    }

    /// What a round adds for the half that it reads.
    fn answer(&self, cipher: &Aes256Enc, round: usize, half: u64, size: u64) -> u64 {
        let width = self.answers.len() / ROUNDS;
        let place = round * width + usize::try_from(half).unwrap_or(0);
        let kept = self.answers.get(place);
        // Relaxed: whoever writes a place writes the same into it.
        let known = kept.map_or(0, |kept| kept.load(Ordering::Relaxed));
        if known > 0 {
            return u64::from(known - 1);
        }
        let round = u128::try_from(round).unwrap_or(0);
        let sealed = block::done(
            cipher,
            One(self.state ^ (2 << 120) ^ (round << 64) ^ u128::from(half)),
        );
        let answer = u64::try_from(sealed >> 64).unwrap_or(0) % size;
        if let (Some(kept), Ok(answer)) = (kept, u16::try_from(answer + 1)) {
            kept.store(answer, Ordering::Relaxed);
        }
        answer
    }
}

/// One block.
struct One(u128);

impl Work for One {
    type Made = u128;

    #[expect(clippy::inline_always, reason = "else each block is a call")]
    #[inline(always)]
    fn done(self, sealed: impl Fn(u128) -> u128) -> u128 {
        sealed(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_small_domain_is_one_cycle() {
        let narrow = Narrow::new(&[7; 32]);
        for limit in [2, 3, 9, 26, 365, 1000, 1024, 1025, 2000, 20_000] {
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

    /// More domains than there are places: what is kept is what is computed.
    #[test]
    fn what_is_kept_changes_no_answer() {
        let (narrow, other) = (Narrow::new(&[7; 32]), Narrow::new(&[7; 32]));
        let domains: Vec<(Vec<u8>, u64)> = (0..40)
            .map(|at: u8| (vec![at; usize::from(at % 21)], 500 + u64::from(at) * 7919))
            .collect();
        let shown = |narrow: &Narrow, (tweak, limit): &(Vec<u8>, u64)| -> Vec<u64> {
            (0..20)
                .map(|number| narrow.cycle(Way::Hide, tweak, number * 23, *limit))
                .collect()
        };
        let mut forth: Vec<Vec<u64>> = domains.iter().map(|of| shown(&narrow, of)).collect();
        let back: Vec<Vec<u64>> = domains.iter().rev().map(|of| shown(&other, of)).collect();
        assert!(forth.iter().eq(back.iter().rev()));
        assert!(forth.iter().flatten().any(|number| *number > 90_000));
        forth.dedup();
        assert_eq!(forth.len(), domains.len());
    }
}
