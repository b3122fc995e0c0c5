//! Identifiers of a known kind: their free places permuted, their checks made anew.
//!
//! What a text is ([`Nature`]) is kept by its stand-in: the two surest kinds it is one of, since a
//! number often passes more checks than that of its own office. So the texts of each nature are
//! permuted among themselves, and a text of none among those of none. Zeros that a number column
//! loses are not counted.

use super::digits;
use crate::formats::{self, Kind, Place};
use crate::keys::Key;
use model::Class;

/// From these odds on a kind is proven by its check; below, by its shape alone.
const PROVEN: u32 = 10;
/// How many zeros a number column may have lost.
const LOST: usize = 2;

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Nature {
    /// The two surest kinds that the text proves.
    proven: [Option<&'static str>; 2],
    /// The first kind of no check that it is shaped as.
    shaped: Option<&'static str>,
}

impl Nature {
    fn of(classes: &[Class], text: &str) -> (Self, Option<Kind>) {
        let length = text.bytes().filter(u8::is_ascii_alphanumeric).count();
        let mut proven: [Option<Kind>; 2] = [None; 2];
        let mut shaped: Option<Kind> = None;
        for kind in formats::candidates(length) {
            if !classes.contains(&kind.class) || !proves(kind, text) {
                continue;
            }
            if kind.odds < PROVEN {
                shaped = shaped.or(Some(kind));
                continue;
            }
            let [first, second] = proven;
            let surer = |other: Option<Kind>| other.is_none_or(|other| kind.odds > other.odds);
            proven = match (surer(first), surer(second)) {
                (true, _) => [Some(kind), first],
                (false, true) => [first, Some(kind)],
                (false, false) => proven,
            };
        }
        let nature = Self {
            proven: proven.map(|kind| kind.map(|kind| kind.name)),
            shaped: shaped.map(|kind| kind.name),
        };
        (nature, proven.first().copied().flatten().or(shaped))
    }

    fn is_proven(self) -> bool {
        self.proven.iter().any(Option::is_some)
    }
}

/// Whether a text is one of the kind, and its checks are those that its other places alone would be
/// given: some kinds have two (Belgium's numbers of either century).
fn proves(kind: Kind, text: &str) -> bool {
    if !formats::holds(kind, text) {
        return false;
    }
    let wiped = wiped(kind, text);
    wiped.is_none_or(|wiped| formats::mend(kind, &wiped).as_deref() == Some(text))
}

/// The text with something else in the places of its checks.
fn wiped(kind: Kind, text: &str) -> Option<String> {
    let places = formats::places(kind, text)?;
    let mut places = places.iter();
    let put = |c: char| {
        let is_check = !kind.separators.contains(c) && places.next() == Some(&Place::Check);
        match c {
            '0'..='9' if is_check => '0',
            'a'..='z' if is_check => 'a',
            'A'..='Z' if is_check => 'A',
            c => c,
        }
    };
    Some(text.chars().map(put).collect())
}

/// An identifier of one of these classes.
pub(crate) fn identifier(key: Key<'_>, classes: &[Class], text: &str) -> String {
    let is_figures = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte.is_ascii() && !byte.is_ascii_alphanumeric());
    if is_figures && !is_signed(classes, text) {
        return figures(key, classes, text);
    }
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_plain = text.chars().all(|c| c.is_ascii() || !c.is_alphanumeric());
    let read = |text: &str, compact: &str| {
        let as_written = Nature::of(classes, text);
        if as_written.1.is_some() || !is_plain {
            return (as_written, false);
        }
        (Nature::of(classes, compact), true)
    };
    let ((nature, kind), is_compact) = read(text, &compact);
    if let Some(kind) = kind {
        let spelling = if is_compact { &compact } else { text };
        let respelt = |shown: &str| {
            if is_compact {
                digits::fill(text, shown)
            } else {
                shown.to_owned()
            }
        };
        let is_alike = |shown: &str| {
            let bare: String = shown.chars().filter(char::is_ascii_alphanumeric).collect();
            let ((other, _), was_compact) = read(&respelt(shown), &bare);
            other == nature && was_compact == is_compact
        };
        if let Some(shown) = walked(key, kind, spelling, is_alike) {
            return respelt(&shown);
        }
    }
    if let Some(kind) = kind {
        // Without places of its own (an MRZ): its checks made anew, if it comes out as one.
        let shown = digits::identifier(key, "", text);
        return formats::mend(kind, &shown).unwrap_or(shown);
    }
    let step = |text: &String| digits::identifier(key, "", text);
    let is_alike = |text: &String| {
        let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        read(text, &bare).0.0 == nature
    };
    digits::walk(&text.to_owned(), step, is_alike)
}

/// Whether a text proves a kind that one of its signs is a place of (Finland's centuries).
fn is_signed(classes: &[Class], text: &str) -> bool {
    let (nature, kind) = Nature::of(classes, text);
    let sign = |place: Place| match place {
        Place::OneOf(any) => any.bytes().any(|one| !one.is_ascii_alphanumeric()),
        _ => false,
    };
    let places = kind.and_then(|kind| formats::places(kind, text));
    nature.is_proven() && places.is_some_and(|places| places.into_iter().any(sign))
}

/// A text whose letters and digits are digits.
fn figures(key: Key<'_>, classes: &[Class], text: &str) -> String {
    let all = digits::of(text);
    let zeros = all.iter().take_while(|digit| **digit == 0).count();
    let number = digits::written(all.get(zeros..).unwrap_or(&[]));
    if number.is_empty() {
        return text.to_owned();
    }
    let (pad, nature, kind) = read(classes, &number, zeros);
    let put = |number: &str| digits::fill(text, &padded(number, zeros));
    let is_alike = |bare: &str| {
        let (other, same, _) = read(classes, bare, zeros);
        let is_same = other == pad && same == nature && !is_signed(classes, &put(bare));
        is_same && bare.len() == number.len() && !bare.starts_with('0')
    };
    let shown = kind.and_then(|kind| {
        let is_alike = |shown: &str| {
            let zeros = shown.bytes().take(pad).all(|byte| byte == b'0');
            zeros && shown.get(pad..).is_some_and(is_alike)
        };
        walked(key, kind, &padded(&number, pad), is_alike)
    });
    if let Some(bare) = shown.as_deref().and_then(|shown| shown.get(pad..)) {
        return put(bare);
    }
    let step =
        |number: &String| digits::written(&digits::permute(key, b"number", &digits::of(number)));
    put(&digits::walk(&number, step, |bare| {
        kind.is_some() || is_alike(bare)
    }))
}

fn padded(number: &str, zeros: usize) -> String {
    let mut padded = "0".repeat(zeros);
    padded.push_str(number);
    padded
}

/// What a number without its leading zeros is, and behind how many of them: those it has, if they
/// make it prove something, or else as few as let it be anything.
fn read(classes: &[Class], number: &str, zeros: usize) -> (usize, Nature, Option<Kind>) {
    let of = |pad: usize| {
        let (nature, kind) = Nature::of(classes, &padded(number, pad));
        (pad, nature, kind)
    };
    if (1..=LOST).contains(&zeros) {
        let given = of(zeros);
        if given.1.is_proven() {
            return given;
        }
    }
    let all: Vec<_> = (0..=LOST).map(of).collect();
    let is_proven = |(_, nature, _): &&(usize, Nature, Option<Kind>)| nature.is_proven();
    let is_any = |(_, _, kind): &&(usize, Nature, Option<Kind>)| kind.is_some();
    let found = all
        .iter()
        .find(is_proven)
        .or_else(|| all.iter().find(is_any));
    found.copied().unwrap_or_else(|| of(0))
}

/// One free place of an identifier.
struct Slot {
    index: u32,
    size: u32,
    write: Write,
}

/// How a free place is written.
enum Write {
    Digit(usize),
    Letter(usize),
    OneOf(usize, &'static str),
    /// Two digits, of numbers from this on.
    Pair(usize, usize, u32),
}

/// Permutes the free places until what they say is alike; `None` where there are none to permute.
fn walked(key: Key<'_>, kind: Kind, text: &str, is_alike: impl Fn(&str) -> bool) -> Option<String> {
    /// More than any nature needs: the odds of missing it so often are none.
    const MOST_STEPS: usize = 100_000;
    let mut signs = wiped(kind, text)?.into_bytes();
    let slots = slots(kind, text)?;
    let size = slots
        .iter()
        .try_fold(1_u128, |size, slot| size.checked_mul(slot.size.into()))?;
    if !(2..=1 << 120).contains(&size) {
        return None;
    }
    let start = slots.iter().fold(0_u128, |number, slot| {
        number * u128::from(slot.size) + u128::from(slot.index)
    });
    let mut number = start;
    for _ in 0..MOST_STEPS {
        number = key.below(kind.name.as_bytes(), number, size);
        let mut rest = number;
        for slot in slots.iter().rev() {
            let index = u32::try_from(rest % u128::from(slot.size)).unwrap_or(0);
            slot.put(index, &mut signs);
            rest /= u128::from(slot.size);
        }
        let spelt = std::str::from_utf8(&signs).ok()?;
        let shown = formats::mend(kind, spelt);
        let shown = shown.filter(|shown| is_spelt_alike(shown, text) && is_alike(shown));
        if shown.is_some() || number == start {
            return shown;
        }
    }
    None
}

/// Whether digits stand where digits stood: a check that may be either says which it was.
fn is_spelt_alike(shown: &str, text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    shown.bytes().map(is_digit).eq(text.bytes().map(is_digit))
}

fn is_alike(one: u8, other: u8) -> bool {
    let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_alphabetic());
    class(one) == class(other)
}

/// The free places of a text of that kind.
fn slots(kind: Kind, text: &str) -> Option<Vec<Slot>> {
    let places = formats::places(kind, text)?;
    let years = places.iter().filter(|place| **place == Place::Year).count();
    let is_sign = |(_, byte): &(usize, u8)| !kind.separators.as_bytes().contains(byte);
    let signs: Vec<(usize, u8)> = text.bytes().enumerate().filter(is_sign).collect();
    let mut pairs = signs.iter().zip(&places).peekable();
    let mut slots = Vec::with_capacity(places.len());
    let mut seen_years = 0;
    while let Some(((at, byte), place)) = pairs.next() {
        let byte = byte.to_ascii_uppercase();
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
                slot(digit(), 10, Write::Digit(*at))
            }
            Place::Day | Place::Month => {
                let next = pairs.next_if(|(_, next)| *next == place);
                let Some(((second, low), _)) = next else {
                    slots.push(slot(digit(), 10, Write::Digit(*at)));
                    continue;
                };
                let value = digit() * 10 + u32::from(low.wrapping_sub(b'0'));
                let (least, most) = formats::dated(kind, *place, value)?;
                slot(
                    value - least,
                    most - least + 1,
                    Write::Pair(*at, *second, least),
                )
            }
            Place::OneOf(any) => {
                // Digits for digits, where either may stand.
                let mut same = any.bytes().filter(|one| is_alike(*one, byte));
                let count = u32::try_from(same.clone().count()).ok()?;
                let index = same.position(|one| one == byte)?;
                slot(u32::try_from(index).ok()?, count, Write::OneOf(*at, any))
            }
            _ if byte.is_ascii_digit() => slot(digit(), 10, Write::Digit(*at)),
            _ => slot(u32::from(byte.wrapping_sub(b'A')), 26, Write::Letter(*at)),
        });
    }
    Some(slots)
}

impl Slot {
    /// Writes a number into this place, in the case of what stood there.
    fn put(&self, index: u32, signs: &mut [u8]) {
        let index_byte = u8::try_from(index).unwrap_or(0);
        let set = |signs: &mut [u8], at: usize, byte: u8| {
            if let Some(sign) = signs.get_mut(at) {
                let is_lower = sign.is_ascii_lowercase();
                *sign = if is_lower {
                    byte.to_ascii_lowercase()
                } else {
                    byte
                };
            }
        };
        match self.write {
            Write::Digit(at) => set(signs, at, b'0' + index_byte),
            Write::Letter(at) => set(signs, at, b'A' + index_byte),
            Write::OneOf(at, any) => {
                let place = usize::try_from(index).unwrap_or(0);
                let stood = signs.get(at).map_or(b'0', u8::to_ascii_uppercase);
                let mut same = any.bytes().filter(|one| is_alike(*one, stood));
                set(signs, at, same.nth(place).unwrap_or(b'0'));
            }
            Write::Pair(at, second, least) => {
                let value = u8::try_from(index + least).unwrap_or(1);
                set(signs, at, b'0' + value / 10 % 10);
                set(signs, second, b'0' + value % 10);
            }
        }
    }
}
