//! The free places of an identifier: which there are, what each may hold, how one is written.
//!
//! A place keeps its nature: a digit stays one, a day or month stays one said in the same way. It
//! knows no key and no check.

use crate::formats::{self, Place, Ready};

/// One free place of an identifier.
pub(super) struct Slot {
    pub(super) index: u32,
    pub(super) size: u32,
    write: Write,
}

/// How a free place is written.
enum Write {
    Digit(usize),
    Letter(usize),
    OneOf(usize, &'static str),
    /// Two digits, of numbers from this on.
    Pair(usize, u32),
}

fn is_alike(one: u8, other: u8) -> bool {
    let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_alphabetic());
    class(one) == class(other)
}

/// The free places of a text of that kind.
pub(super) fn slots(ready: &Ready, places: &[Place], text: &[u8]) -> Option<Vec<Slot>> {
    let years = places.iter().filter(|place| **place == Place::Year).count();
    let mut pairs = text.iter().enumerate().zip(places).peekable();
    let mut slots = Vec::with_capacity(places.len());
    let mut seen_years = 0;
    while let Some(((at, byte), place)) = pairs.next() {
        let digit = || u32::from(byte.wrapping_sub(b'0'));
        let slot = |index, size, write| Slot { index, size, write };
        slots.push(match place {
            Place::Check => continue,
            Place::Year => {
                seen_years += 1;
                // The century stays.
                if years == 4 && seen_years < 3 {
                    continue;
                }
                slot(digit(), 10, Write::Digit(at))
            }
            Place::Day | Place::Month => {
                let next = pairs.next_if(|(_, next)| *next == place);
                let Some(((_, low), _)) = next else {
                    slots.push(slot(digit(), 10, Write::Digit(at)));
                    continue;
                };
                let value = digit() * 10 + u32::from(low.wrapping_sub(b'0'));
                let (least, most) = formats::dated(ready.kind, *place, value)?;
                slot(value - least, most - least + 1, Write::Pair(at, least))
            }
            Place::OneOf(any) => {
                // Digits for digits, where either may stand.
                let mut same = any.bytes().filter(|one| is_alike(*one, *byte));
                let count = u32::try_from(same.clone().count()).ok()?;
                let index = same.position(|one| one == *byte)?;
                slot(u32::try_from(index).ok()?, count, Write::OneOf(at, any))
            }
            _ if byte.is_ascii_digit() => slot(digit(), 10, Write::Digit(at)),
            _ => slot(u32::from(byte.wrapping_sub(b'A')), 26, Write::Letter(at)),
        });
    }
    Some(slots)
}

impl Slot {
    /// Writes a number into this place.
    pub(super) fn put(&self, index: u32, signs: &mut [u8]) {
        let index_byte = u8::try_from(index).unwrap_or(0);
        let mut set = |at: usize, byte: u8| {
            if let Some(sign) = signs.get_mut(at) {
                *sign = byte;
            }
        };
        match self.write {
            Write::Digit(at) => set(at, b'0' + index_byte),
            Write::Letter(at) => set(at, b'A' + index_byte),
            Write::OneOf(at, any) => {
                let place = usize::try_from(index).unwrap_or(0);
                let stood = signs.get(at).copied().unwrap_or(b'0');
                let mut same = any.bytes().filter(|one| is_alike(*one, stood));
                if let Some(sign) = signs.get_mut(at) {
                    *sign = same.nth(place).unwrap_or(b'0');
                }
            }
            Write::Pair(at, least) => {
                let value = u8::try_from(index + least).unwrap_or(1);
                set(at, b'0' + value / 10 % 10);
                set(at + 1, b'0' + value % 10);
            }
        }
    }
}
