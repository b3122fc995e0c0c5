//! A bound on guesses: who shows wrong credentials waits, longer each time.
//!
//! Why three counts. By *address*: one machine tries many names. By *principal*: many machines try
//! one name. By the *pair* of both: where somebody has come in before, the other two do not count,
//! so that a stranger can lock nobody out, neither by guessing a name nor by sharing an address.
//! Only a wrong credential counts: one that was right once (expired, revoked) is no guess.
//!
//! Memory is bounded: what was quiet longest is forgotten first. It takes the time as an argument
//! and does not know what a credential is.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::{Limits, Timestamp};

/// How long somebody who came in is known, seconds.
const KNOWN_S: i64 = 86_400;
/// After how long without a wrong credential everything is forgiven, seconds: also the least time
/// a count is kept.
const QUIET_S: i64 = 3_600;
/// The longest name that is counted, bytes: longer ones are nobody's.
const NAME_BYTES: usize = 64;

/// Whom a count is of. An IPv6 address counts by its /64: a household has that many.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Address(IpAddr),
    Name(Box<str>),
    Pair(IpAddr, Box<str>),
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// Until when a pair is known to have come in.
    known: Timestamp,
    last: Timestamp,
    /// That one waits has been told to the record.
    is_told: bool,
    until: Timestamp,
    wrong: u32,
}

/// Somebody must wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Whether nobody was told of this wait before: the record wants it once, not a thousand times.
    pub is_news: bool,
    /// How long, seconds; at least one.
    pub seconds: u32,
}

#[derive(Debug, Default)]
struct Counts {
    by_age: BTreeMap<(Timestamp, u64), Key>,
    counts: BTreeMap<Key, (Count, u64)>,
    next: u64,
}

/// Counts of wrong credentials.
#[derive(Debug)]
pub struct Guesses {
    counts: Mutex<Counts>,
    free: u32,
    places: usize,
    wait_s: u32,
}

impl Guesses {
    /// Nobody has guessed yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            counts: Mutex::default(),
            free: limits.guesses,
            places: limits.guess_places.max(3),
            wait_s: limits.guess_wait_s,
        }
    }

    /// Whether a credential from there, for that name, is looked at now.
    pub fn may_try(&self, from: IpAddr, name: Option<&str>, now: Timestamp) -> Result<(), Wait> {
        if self.free == 0 {
            return Ok(());
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let [address, others @ ..] = keys(from, name);
        let [name, pair] = others;
        let is_known = pair
            .as_ref()
            .and_then(|pair| counts.counts.get(pair))
            .is_some_and(|(count, _)| count.known > now);
        let asked = if is_known {
            [None, None, pair]
        } else {
            [address, name, pair]
        };
        let mut found: Option<Wait> = None;
        for key in asked.into_iter().flatten() {
            if let Some((count, _)) = counts.counts.get_mut(&key)
                && count.until > now
            {
                let left_us = count.until.since_us(now);
                let seconds = u32::try_from(left_us.div_euclid(1_000_000) + 1).unwrap_or(u32::MAX);
                let is_news = !std::mem::replace(&mut count.is_told, true);
                let known = found.unwrap_or(Wait {
                    is_news: false,
                    seconds: 0,
                });
                found = Some(Wait {
                    is_news: known.is_news || is_news,
                    seconds: known.seconds.max(seconds),
                });
            }
        }
        found.map_or(Ok(()), Err)
    }

    /// A credential from there, for that name, was wrong.
    pub fn wrong(&self, from: IpAddr, name: Option<&str>, now: Timestamp) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(from, name).into_iter().flatten() {
            let mut count = counts.take(&key, now);
            count.wrong = count.wrong.saturating_add(1);
            if let Some(over) = count.wrong.checked_sub(self.free) {
                let doubled = 1_u32.checked_shl(over).unwrap_or(u32::MAX);
                let wait_s = doubled.min(self.wait_s.max(1));
                count.until = now.plus_s(i64::from(wait_s));
                count.is_told = false;
            }
            counts.put(key, count, now);
        }
        counts.forget(self.places);
    }

    /// One from there came in by that name.
    pub fn right(&self, from: IpAddr, name: &str, now: Timestamp) {
        let [_, _, Some(pair)] = keys(from, Some(name)) else {
            return;
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = Count {
            known: now.plus_s(KNOWN_S),
            ..Count::default()
        };
        counts.take(&pair, now);
        counts.put(pair, count, now);
        counts.forget(self.places);
    }
}

impl Counts {
    /// Takes a count out; one that has been quiet for long is forgiven.
    fn take(&mut self, key: &Key, now: Timestamp) -> Count {
        let Some((count, number)) = self.counts.remove(key) else {
            return Count::default();
        };
        self.by_age.remove(&(count.last, number));
        if count.last.plus_s(QUIET_S) <= now {
            return Count {
                known: count.known,
                ..Count::default()
            };
        }
        count
    }

    fn put(&mut self, key: Key, count: Count, now: Timestamp) {
        let count = Count { last: now, ..count };
        self.next += 1;
        self.by_age.insert((now, self.next), key.clone());
        self.counts.insert(key, (count, self.next));
    }

    /// Forgets what was quiet longest, down to that many.
    fn forget(&mut self, places: usize) {
        while self.counts.len() > places {
            let Some((_, key)) = self.by_age.pop_first() else {
                return;
            };
            self.counts.remove(&key);
        }
    }
}

/// The address, the name, and both.
fn keys(from: IpAddr, name: Option<&str>) -> [Option<Key>; 3] {
    let from = match from.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        v4 @ IpAddr::V4(_) => v4,
    };
    let name = name.filter(|name| name.len() <= NAME_BYTES);
    [
        Some(Key::Address(from)),
        name.map(|name| Key::Name(name.into())),
        name.map(|name| Key::Pair(from, name.into())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guesses(places: usize) -> Guesses {
        Guesses::new(&Limits {
            guesses: 3,
            guess_places: places,
            guess_wait_s: 60,
            ..Limits::default()
        })
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_795_170_937_000_000).plus_s(seconds)
    }

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    const HERE: &str = "192.0.2.1";

    #[test]
    fn the_wait_doubles_to_its_most_and_is_told_once() {
        let guesses = guesses(100);
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..10 {
            guesses.wrong(from(HERE), Some("alice"), at(now));
            match guesses.may_try(from(HERE), Some("alice"), at(now)) {
                Ok(()) => waits.push(0),
                Err(wait) => {
                    assert!(wait.is_news);
                    let again = guesses.may_try(from(HERE), Some("alice"), at(now));
                    assert!(!again.unwrap_err().is_news);
                    waits.push(wait.seconds - 1);
                    now += i64::from(wait.seconds);
                    assert_eq!(guesses.may_try(from(HERE), Some("alice"), at(now)), Ok(()));
                }
            }
        }
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        // An hour of quiet, and all is as it was.
        guesses.wrong(from(HERE), Some("alice"), at(now + 3_700));
        assert_eq!(
            guesses.may_try(from(HERE), Some("alice"), at(now + 3_700)),
            Ok(())
        );
    }

    #[test]
    fn each_of_address_and_name_is_counted_and_a_known_pair_is_not_locked_out() {
        let guesses = guesses(100);
        guesses.right(from(HERE), "alice", at(0));
        // One machine, many names; many machines, one name.
        for (address, name) in [(HERE, "a"), (HERE, "b"), (HERE, "c")] {
            guesses.wrong(from(address), Some(name), at(1));
        }
        for address in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
            guesses.wrong(from(address), Some("alice"), at(1));
        }
        let tries = [
            (HERE, Some("alice"), true),
            (HERE, Some("dana"), false),
            (HERE, None, false),
            ("203.0.113.9", Some("alice"), false),
            ("203.0.113.9", Some("dana"), true),
        ];
        for (address, name, may) in tries {
            let tried = guesses.may_try(from(address), name, at(1));
            assert_eq!(tried.is_ok(), may, "{address} {name:?}");
        }
        // But the known pair itself may not guess without end.
        for _ in 0..3 {
            guesses.wrong(from(HERE), Some("alice"), at(2));
        }
        assert!(guesses.may_try(from(HERE), Some("alice"), at(2)).is_err());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_a_mapped_one_is_ipv4() {
        let guesses = guesses(100);
        for last in 1..4 {
            guesses.wrong(from(&format!("2001:db8::{last}")), None, at(0));
            guesses.wrong(from("::ffff:192.0.2.7"), None, at(0));
        }
        for (address, may) in [
            ("2001:db8::ffff", false),
            ("2001:db8:0:1::1", true),
            ("192.0.2.7", false),
            ("192.0.2.8", true),
        ] {
            assert_eq!(
                guesses.may_try(from(address), None, at(0)).is_ok(),
                may,
                "{address}"
            );
        }
    }

    #[test]
    fn memory_is_bounded_and_the_quietest_is_forgotten() {
        let guesses = guesses(10);
        for _ in 0..3 {
            guesses.wrong(from(HERE), None, at(0));
        }
        for last in 0..200 {
            guesses.wrong(from(&format!("198.51.100.{last}")), Some("x"), at(1));
            let counts = guesses.counts.lock().unwrap();
            assert!(counts.counts.len() <= 10 && counts.by_age.len() == counts.counts.len());
        }
        assert_eq!(guesses.may_try(from(HERE), None, at(1)), Ok(()));
    }
}
