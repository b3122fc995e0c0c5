//! FF1 (NIST SP 800-38G), format-preserving encryption over AES-256.
//!
//! Why our own: the `fpe` crate expands the key and computes in big numbers for each value, which
//! costs many times the ten rounds. Here the key is expanded once and halves are machine words;
//! strings too long for that still go through `fpe`. Tested against NIST's samples and `fpe`.

use aes::Aes256Enc;
use aes::cipher::KeyInit;
use fpe::ff1::{FF1, FlexibleNumeralString};
use zeroize::Zeroizing;

use super::Way;
use super::block::{self, Work};

const ROUNDS: u8 = 10;
/// Bytes of a half that one AES block has room for beside what else stands there.
const WIDEST: u32 = 12;

/// Strings of so many symbols below a radix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) length: u32,
    pub(crate) radix: u32,
}

impl Shape {
    /// How many symbols stand in the second half, which is the longer one.
    pub(crate) fn tail(self) -> u32 {
        self.length - self.length / 2
    }

    /// How many values so many symbols have.
    fn values(self, symbols: u32) -> Option<u128> {
        u128::from(self.radix).checked_pow(symbols)
    }
}

/// The cipher under one key.
pub(crate) struct Ff1 {
    cipher: Aes256Enc,
    key: Zeroizing<[u8; 32]>,
}

/// The strings of one shape under one tweak: all that does not change from value to value.
pub(crate) struct Strings<'c> {
    cipher: &'c Aes256Enc,
    /// The state after all blocks that do not change from round to round.
    base: u128,
    moduli: (u128, u128),
    /// Bits of a half where it stands in the block.
    place: u32,
    /// Bits of a block that are not taken.
    rest: u32,
}

/// The state after all blocks before the one that changes from round to round.
struct Base<'t> {
    blocks: usize,
    head: u128,
    tweak: &'t [u8],
}

impl Work for Base<'_> {
    type Made = u128;

    #[expect(clippy::inline_always, reason = "else each block is a call")]
    #[inline(always)]
    fn done(self, sealed: impl Fn(u128) -> u128) -> u128 {
        let mut state = sealed(self.head);
        for block in 1..=self.blocks {
            let bytes = self.tweak.get((block - 1) * 16..).unwrap_or(&[]);
            let mut filled = [0; 16];
            filled
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, byte)| *to = *byte);
            state ^= u128::from_be_bytes(filled);
            if block < self.blocks {
                state = sealed(state);
            }
        }
        state
    }
}

/// The rounds of one value.
struct Rounds<'s> {
    halves: (u128, u128),
    strings: &'s Strings<'s>,
    way: Way,
}

impl Work for Rounds<'_> {
    type Made = (u128, u128);

    #[expect(clippy::inline_always, reason = "else each block is a call")]
    #[inline(always)]
    fn done(self, sealed: impl Fn(u128) -> u128) -> (u128, u128) {
        let of = self.strings;
        let (mut a, mut b) = self.halves;
        let number = |round: u8, half: u128, modulus: u128| {
            let block = of.base ^ (u128::from(round) << of.place) ^ half;
            reduced(sealed(block) >> of.rest, modulus)
        };
        let modulus = |round: u8| {
            if round.is_multiple_of(2) {
                of.moduli.0
            } else {
                of.moduli.1
            }
        };
        for step in 0..ROUNDS {
            if self.way == Way::Hide {
                let modulus = modulus(step);
                let sum = a + number(step, b, modulus);
                (a, b) = (b, if sum >= modulus { sum - modulus } else { sum });
            } else {
                let round = ROUNDS - 1 - step;
                let modulus = modulus(round);
                let taken = number(round, a, modulus);
                let rest = if b < taken {
                    b + modulus - taken
                } else {
                    b - taken
                };
                (a, b) = (rest, a);
            }
        }
        (a, b)
    }
}

impl Strings<'_> {
    /// Permutes a string given as the numbers of its two halves.
    pub(crate) fn turned(&self, way: Way, halves: (u128, u128)) -> (u128, u128) {
        let rounds = Rounds {
            halves,
            strings: self,
            way,
        };
        block::done(self.cipher, rounds)
    }
}

impl Ff1 {
    pub(super) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        let cipher = Aes256Enc::new(&(*key).into());
        Self { cipher, key }
    }

    /// The strings of a shape under a tweak; `None` where halves are too long for a word.
    pub(crate) fn strings(&self, tweak: &[u8], shape: Shape) -> Option<Strings<'_>> {
        let moduli = (shape.values(shape.length / 2)?, shape.values(shape.tail())?);
        let bits = u128::BITS - (moduli.1 - 1).leading_zeros();
        let width = bits.div_ceil(8);
        if width > WIDEST {
            return None;
        }
        let length = u128::try_from(tweak.len()).unwrap_or(0);
        let head = (1 << 120) | (2 << 112) | (1 << 104) | (u128::from(shape.radix) << 80);
        let head = head | (u128::from(ROUNDS) << 72) | (u128::from((shape.length / 2) & 255) << 64);
        let head = head | (u128::from(shape.length) << 32) | length;
        let changing = usize::try_from(width + 1).unwrap_or(16);
        let blocks = (tweak.len() + changing).div_ceil(16);
        let base = Base {
            blocks,
            head,
            tweak,
        };
        Some(Strings {
            cipher: &self.cipher,
            base: block::done(&self.cipher, base),
            moduli,
            place: width * 8,
            rest: u128::BITS - (width.div_ceil(4) * 4 + 4) * 8,
        })
    }

    /// Permutes a string of symbols, of any length.
    pub(crate) fn symbols(&self, way: Way, tweak: &[u8], symbols: &mut [u8], radix: u32) {
        let length = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
        let shape = Shape { length, radix };
        let (head, tail) = symbols.split_at_mut(symbols.len() / 2);
        if let Some(strings) = self.strings(tweak, shape) {
            let (a, b) = strings.turned(way, (number(head, radix), number(tail, radix)));
            write(a, head, radix);
            write(b, tail, radix);
            return;
        }
        let text = FlexibleNumeralString::from(
            symbols
                .iter()
                .map(|symbol| u16::from(*symbol))
                .collect::<Vec<u16>>(),
        );
        let cipher = FF1::<aes::Aes256>::new(self.key.as_slice(), radix);
        let turned = cipher.ok().and_then(|cipher| match way {
            Way::Find => cipher.decrypt(tweak, &text).ok(),
            Way::Hide => cipher.encrypt(tweak, &text).ok(),
        });
        // INVARIANT: there is always one, symbols below the radix are a valid numeral string;
        // should there ever be none, nothing of the value may pass.
        let turned = turned.map(Vec::<u16>::from).unwrap_or_default();
        let mut turned = turned
            .into_iter()
            .map(|symbol| u8::try_from(symbol).unwrap_or(0));
        symbols.fill_with(|| turned.next().unwrap_or(0));
    }
}

/// The remainder; most values are small enough for the machine's own division.
fn reduced(value: u128, modulus: u128) -> u128 {
    if modulus.is_power_of_two() {
        return value & (modulus - 1);
    }
    match (u64::try_from(value), u64::try_from(modulus)) {
        (Ok(value), Ok(modulus)) => u128::from(value % modulus),
        _ => value % modulus,
    }
}

/// The number that symbols write.
pub(crate) fn number(symbols: &[u8], radix: u32) -> u128 {
    symbols.iter().fold(0_u128, |number, symbol| {
        number
            .wrapping_mul(u128::from(radix))
            .wrapping_add(u128::from(*symbol))
    })
}

/// Writes a number in as many symbols as there are places.
pub(crate) fn write(mut number: u128, symbols: &mut [u8], radix: u32) {
    for symbol in symbols.iter_mut().rev() {
        (number, *symbol) = divided(number, radix);
    }
}

fn divided(number: u128, radix: u32) -> (u128, u8) {
    match u64::try_from(number) {
        Ok(number) => {
            let radix = u64::from(radix);
            (
                u128::from(number / radix),
                u8::try_from(number % radix).unwrap_or(0),
            )
        }
        Err(_) => {
            let radix = u128::from(radix);
            (number / radix, u8::try_from(number % radix).unwrap_or(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [
        0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
        0x3c, 0xef, 0x43, 0x59, 0xd8, 0xd5, 0x80, 0xaa, 0x4f, 0x7f, 0x03, 0x6d, 0x6f, 0x04, 0xfc,
        0x6a, 0x94,
    ];

    /// NIST's samples 7 to 9 for FF1.
    #[test]
    fn the_samples_of_nist_hold() {
        let cipher = Ff1::new(Zeroizing::new(KEY));
        let table: [(&[u8], u32, &str, &str); 3] = [
            (b"", 10, "0123456789", "6657667009"),
            (b"9876543210", 10, "0123456789", "1001623463"),
            (
                b"7777pqrs777",
                36,
                "0123456789abcdefghi",
                "xs8a0azh2avyalyzuwd",
            ),
        ];
        for (tweak, radix, plain, wanted) in table {
            let read = |text: &str| -> Vec<u8> {
                text.chars()
                    .map(|c| u8::try_from(c.to_digit(36).unwrap()).unwrap())
                    .collect()
            };
            let mut symbols = read(plain);
            cipher.symbols(Way::Hide, tweak, &mut symbols, radix);
            assert_eq!(symbols, read(wanted));
            cipher.symbols(Way::Find, tweak, &mut symbols, radix);
            assert_eq!(symbols, read(plain));
        }
    }

    #[test]
    fn another_implementation_agrees() {
        let cipher = Ff1::new(Zeroizing::new(KEY));
        for radix in [2_u32, 10, 16, 26, 36, 62] {
            let slow = FF1::<aes::Aes256>::new(&KEY, radix).unwrap();
            for length in [20_u32, 21, 28, 37, 40, 60, 81] {
                for tweak in [
                    &b""[..],
                    b"phone/1",
                    b"more than one block of tweak",
                    &[7; 48],
                ] {
                    let symbol = |at: u32| u8::try_from((at * at + 3) % radix).unwrap();
                    let plain: Vec<u8> = (0..length).map(symbol).collect();
                    let wide = plain.iter().map(|s| u16::from(*s)).collect::<Vec<_>>();
                    let wanted = slow
                        .encrypt(tweak, &FlexibleNumeralString::from(wide))
                        .unwrap();
                    let mut shown = plain.clone();
                    cipher.symbols(Way::Hide, tweak, &mut shown, radix);
                    let as_wide = shown.iter().map(|s| u16::from(*s)).collect::<Vec<_>>();
                    assert_eq!(as_wide, Vec::<u16>::from(wanted), "{radix} {length}");
                    cipher.symbols(Way::Find, tweak, &mut shown, radix);
                    assert_eq!(shown, plain);
                }
            }
        }
    }
}
