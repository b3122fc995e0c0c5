//! Check characters, country by country: each function writes those of one kind.
//!
//! They take a compact text whose places are right, and say `false` where no check exists (a
//! remainder of ten, mostly). What is declared by weights alone stands in the table itself.
// tidy: table — one function an algorithm.

use super::alphabet::{at, digit, letter, number, put, value, weigh};

/// Luhn over `from..place`, written at `place` (ISO/IEC 7812-1).
pub(super) fn luhn_at(c: &mut [u8], from: usize, place: usize) -> bool {
    luhn_with(c, 0, from, place)
}

/// Likewise, with what a prefix that is not written adds to the sum.
pub(super) fn luhn_with(c: &mut [u8], added: u32, from: usize, place: usize) -> bool {
    let body = c.get(from..place).unwrap_or(&[]);
    let sum: u32 = body
        .iter()
        .rev()
        .enumerate()
        .map(|(index, byte)| match (index % 2, value(*byte) * 2) {
            (0, doubled) if doubled > 9 => doubled - 9,
            (0, doubled) => doubled,
            _ => value(*byte),
        })
        .sum();
    digit(c, place, (10 - (sum + added) % 10) % 10)
}

/// Luhn, the last digit checking all before it.
pub(super) fn luhn(c: &mut [u8]) -> bool {
    luhn_at(c, 0, c.len().saturating_sub(1))
}

/// `weights` modulo 11: the remainder itself is the last digit; ten is taken for zero.
pub(super) fn rest_11(c: &mut [u8], weights: &[u32]) -> bool {
    let rest = weigh(c, 0, weights) % 11 % 10;
    digit(c, weights.len(), rest)
}

/// `weights` modulo 11, the complement at the next place: eleven is zero, ten is `ten` (none if
/// more than nine).
pub(super) fn complement_11(c: &mut [u8], weights: &[u32], ten: u32) -> bool {
    let check = match 11 - weigh(c, 0, weights) % 11 {
        11 => 0,
        10 => ten,
        check => check,
    };
    digit(c, weights.len(), check)
}

/// `weights` modulo 10, the complement at the next place.
pub(super) fn complement_10(c: &mut [u8], weights: &[u32]) -> bool {
    digit(c, weights.len(), (10 - weigh(c, 0, weights) % 10) % 10)
}

/// ISO/IEC 7064 MOD 11,10, the last digit checking those from `from` on.
pub(super) fn mod_11_10(c: &mut [u8], from: usize) -> bool {
    let place = c.len().saturating_sub(1);
    let body = c.get(from..place).unwrap_or(&[]);
    let product = body.iter().fold(10, |product, byte| {
        let sum = (value(*byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    digit(c, place, (11 - product) % 10)
}

/// Verhoeff over `0..place`, written at `place`.
pub(super) fn verhoeff_at(c: &mut [u8], place: usize) -> bool {
    const STEPS: [&[u8; 10]; 8] = [
        b"0123456789",
        b"1576283094",
        b"5803796142",
        b"8916043527",
        b"9453126870",
        b"4286573901",
        b"2793806415",
        b"7046913258",
    ];
    // The dihedral group of the pentagon.
    let times = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a - 5 + 5 - (b - 5)) % 5,
    };
    let body = c.get(..place).unwrap_or(&[]);
    let sum = body
        .iter()
        .rev()
        .zip(STEPS.iter().cycle().skip(1))
        .fold(0, |sum, (byte, step)| {
            let index = usize::try_from(value(*byte)).unwrap_or(0);
            times(sum, step.get(index).map_or(0, |stepped| value(*stepped)))
        });
    let inverse = if (1..5).contains(&sum) { 5 - sum } else { sum };
    digit(c, place, inverse)
}

pub(super) fn verhoeff(c: &mut [u8]) -> bool {
    verhoeff_at(c, c.len().saturating_sub(1))
}

/// Two digits: 97 less the remainder by 97 of the number before them.
fn put_97(c: &mut [u8], place: usize, rest: u64) -> bool {
    let check = u32::try_from(97 - rest % 97).unwrap_or(0);
    digit(c, place, check / 10) && digit(c, place + 1, check % 10)
}

// Americas.

pub(super) fn us_npi(c: &mut [u8]) -> bool {
    // The prefix 80840 of a card adds 24.
    luhn_with(c, 24, 0, 9)
}

pub(super) fn us_dea(c: &mut [u8]) -> bool {
    let check = weigh(c, 2, &[1, 2, 1, 2, 1, 2]) % 10;
    digit(c, 8, check)
}

pub(super) fn mx_curp(c: &mut [u8]) -> bool {
    let spaced = |v: u32| if v > 23 { v + 1 } else { v };
    let sum: u32 = (0..17_u32)
        .zip(c.iter())
        .map(|(i, b)| spaced(value(*b)) * (18 - i))
        .sum();
    digit(c, 17, (10 - sum % 10) % 10)
}

pub(super) fn mx_rfc(c: &mut [u8]) -> bool {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ ";
    let place = c.len().saturating_sub(1);
    let of = |byte: &u8| {
        let index = ALPHABET.iter().position(|one| one == byte).unwrap_or(0);
        u32::try_from(index).unwrap_or(0)
    };
    let body = c.get(..place).unwrap_or(&[]);
    let sum: u32 = body
        .iter()
        .rev()
        .zip(2_u32..)
        .map(|(byte, weight)| of(byte) * weight)
        .sum();
    // A company's has one character less: a blank leads it.
    let sum = if place == 11 { sum + 37 * 13 } else { sum };
    put(
        c,
        place,
        match 11 - sum % 11 {
            11 => 0,
            check => check,
        },
    )
}

/// Sums of falling weights, written one after the other, each modulo 11 with ten and eleven zero.
pub(super) fn br_cpf(c: &mut [u8]) -> bool {
    let pair = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = pair(weigh(c, 0, &[10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let done = digit(c, 9, first);
    let second = pair(weigh(c, 0, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    done && digit(c, 10, second)
}

pub(super) fn br_cnpj(c: &mut [u8]) -> bool {
    // Letters came in 2026: they count by their code less that of zero.
    let sum = |c: &[u8], weights: &[u32]| -> u32 {
        c.iter()
            .zip(weights)
            .map(|(b, w)| u32::from(b.saturating_sub(b'0')) * w)
            .sum()
    };
    let pair = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = pair(sum(c, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    let done = digit(c, 12, first);
    let second = pair(sum(c, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
    done && digit(c, 13, second)
}

pub(super) fn br_cns(c: &mut [u8]) -> bool {
    let sum = weigh(c, 0, &[15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    digit(c, 14, (11 - sum % 11) % 11)
}

pub(super) fn cl_rut(c: &mut [u8]) -> bool {
    let place = c.len().saturating_sub(1);
    let weights = [2, 3, 4, 5, 6, 7].iter().cycle();
    let body = c.get(..place).unwrap_or(&[]);
    let sum: u32 = body
        .iter()
        .rev()
        .zip(weights)
        .map(|(byte, weight)| value(*byte) * weight)
        .sum();
    letter(c, place, b"0123456789K0", (11 - sum % 11) % 11)
}

pub(super) fn co_nit(c: &mut [u8]) -> bool {
    let place = c.len().saturating_sub(1);
    let weights = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let body = c.get(..place).unwrap_or(&[]);
    let sum: u32 = body
        .iter()
        .rev()
        .zip(weights)
        .map(|(byte, weight)| value(*byte) * weight)
        .sum();
    letter(c, place, b"01987654321", sum % 11)
}

pub(super) fn pe_ruc(c: &mut [u8]) -> bool {
    let rest = weigh(c, 0, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    digit(c, 10, (11 - rest) % 10)
}

// Europe.

pub(super) fn gb_nhs(c: &mut [u8]) -> bool {
    complement_11(c, &[10, 9, 8, 7, 6, 5, 4, 3, 2], 10)
}

pub(super) fn gb_utr(c: &mut [u8]) -> bool {
    let sum = weigh(c, 1, &[6, 7, 8, 9, 10, 5, 4, 3, 2]);
    letter(c, 0, b"21987654321", sum % 11)
}

pub(super) fn ie_pps(c: &mut [u8]) -> bool {
    // A second letter counts by its place in the alphabet; W and blank are zero.
    let second = c
        .get(8)
        .map_or(0, |b| if *b == b'W' { 0 } else { value(*b) - 9 });
    let sum = weigh(c, 0, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second;
    letter(c, 7, b"WABCDEFGHIJKLMNOPQRSTUV", sum % 23)
}

const DNI: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn dni_letter(c: &mut [u8], number: u64) -> bool {
    letter(c, 8, DNI, u32::try_from(number % 23).unwrap_or(0))
}

pub(super) fn es_dni(c: &mut [u8]) -> bool {
    dni_letter(c, number(c, 0, 8))
}

pub(super) fn es_nie(c: &mut [u8]) -> bool {
    let lead = u64::from(at(c, 0).saturating_sub(33));
    dni_letter(c, lead * 10_000_000 + number(c, 1, 8))
}

pub(super) fn es_cif(c: &mut [u8]) -> bool {
    let kind = c.first().copied().unwrap_or(0);
    let was_letter = c.get(8).is_some_and(u8::is_ascii_uppercase);
    if !luhn_at(c, 1, 8) {
        return false;
    }
    let check = at(c, 8);
    let is_letter = b"KLMNPQRSW".contains(&kind) || !b"ABEH".contains(&kind) && was_letter;
    !is_letter || letter(c, 8, b"JABCDEFGHI", check)
}

pub(super) fn es_nss(c: &mut [u8]) -> bool {
    let rest = u32::try_from(number(c, 0, 10) % 97).unwrap_or(0);
    digit(c, 10, rest / 10) && digit(c, 11, rest % 10)
}

pub(super) fn pt_nif(c: &mut [u8]) -> bool {
    complement_11(c, &[9, 8, 7, 6, 5, 4, 3, 2], 0)
}

pub(super) fn pt_cc(c: &mut [u8]) -> bool {
    let body = c.get(..11).unwrap_or(&[]);
    let sum: u32 = body
        .iter()
        .rev()
        .enumerate()
        .map(|(index, byte)| match (index % 2, value(*byte) * 2) {
            (0, doubled) if doubled > 9 => doubled - 9,
            (0, doubled) => doubled,
            _ => value(*byte),
        })
        .sum();
    digit(c, 11, (10 - sum % 10) % 10)
}

pub(super) fn fr_nir(c: &mut [u8]) -> bool {
    let mut body: Vec<u8> = c.get(..13).unwrap_or(&[]).to_vec();
    if let Some([tens, ones]) = body.get_mut(5..7) {
        match *ones {
            b'A' => (*tens, *ones) = (b'1', b'9'),
            b'B' => (*tens, *ones) = (b'1', b'8'),
            _ => {}
        }
    }
    put_97(c, 13, number(&body, 0, 13))
}

/// Corsica is 2A and 2B: no other department has a letter. Women 2, men 1, others provisional.
pub(super) fn is_nir(c: &[u8]) -> bool {
    let is_corsican = c.get(6).is_some_and(u8::is_ascii_uppercase);
    let month = number(c, 3, 5);
    (1..=12).contains(&month) && (!is_corsican || c.get(5) == Some(&b'2')) && number(c, 5, 7) > 0
}

pub(super) fn fr_spi(c: &mut [u8]) -> bool {
    let rest = u32::try_from(number(c, 0, 10) % 511).unwrap_or(0);
    digit(c, 10, rest / 100) && digit(c, 11, rest / 10 % 10) && digit(c, 12, rest % 10)
}

pub(super) fn it_fiscal(c: &mut [u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let rank = |byte: u8| {
        if byte.is_ascii_digit() {
            value(byte)
        } else {
            value(byte) - 10
        }
    };
    let odd = |rank: u32| {
        usize::try_from(rank)
            .ok()
            .and_then(|rank| ODD.get(rank))
            .copied()
    };
    let weight = |(index, byte): (usize, &u8)| match index % 2 {
        0 => odd(rank(*byte)).unwrap_or(0),
        _ => rank(*byte),
    };
    let sum: u32 = c.iter().take(15).enumerate().map(weight).sum();
    put(c, 15, sum % 26 + 10)
}

/// Digits may be letters of a second alphabet, where two people would share a code.
pub(super) fn is_fiscal(c: &[u8]) -> bool {
    let read = |from: usize| {
        let digit = |place: usize| {
            let byte = c.get(place)?;
            let second = b"LMNPQRSTUV".iter().position(|one| one == byte);
            second.or_else(|| byte.is_ascii_digit().then(|| usize::from(byte - b'0')))
        };
        Some(digit(from)? * 10 + digit(from + 1)?)
    };
    let serial = read(12).and(read(13));
    let day = read(9).is_some_and(|day| matches!(day, 1..=31 | 41..=71));
    day && read(6).is_some() && serial.is_some()
}

/// One digit of the ten stands there twice or thrice, every other once at most.
pub(super) fn is_steuer_id(c: &[u8]) -> bool {
    let mut counts = [0_u8; 10];
    for byte in c.iter().take(10) {
        if let Some(count) = counts.get_mut(usize::from(byte.wrapping_sub(b'0'))) {
            *count += 1;
        }
    }
    let repeated: Vec<u8> = counts.into_iter().filter(|count| *count > 1).collect();
    matches!(repeated.as_slice(), [2 | 3])
}

pub(super) fn de_kvnr(c: &mut [u8]) -> bool {
    let rank = at(c, 0) - 9;
    let head = [rank / 10, rank % 10];
    let body = (1..9).map(|place| at(c, place));
    let cross = |n: u32| n / 10 + n % 10;
    let sum: u32 = head
        .into_iter()
        .chain(body)
        .enumerate()
        .map(|(index, n)| match index % 2 {
            0 => n,
            _ => cross(n * 2),
        })
        .sum();
    digit(c, 9, sum % 10)
}

pub(super) fn de_rvnr(c: &mut [u8]) -> bool {
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let rank = at(c, 8) - 9;
    let head = (0..8).map(|place| at(c, place));
    let all = head.chain([rank / 10, rank % 10, at(c, 9), at(c, 10)]);
    let cross = |n: u32| n / 10 + n % 10;
    let sum: u32 = all.zip(WEIGHTS).map(|(n, weight)| cross(n * weight)).sum();
    digit(c, 11, sum % 10)
}

pub(super) fn weights_731(c: &mut [u8]) -> bool {
    digit(c, 9, weigh(c, 0, &[7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10)
}

pub(super) fn ean(c: &mut [u8]) -> bool {
    complement_10(c, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3])
}

pub(super) fn at_svnr(c: &mut [u8]) -> bool {
    let sum = weigh(c, 0, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    digit(c, 3, sum % 11)
}

pub(super) fn be_national(c: &mut [u8]) -> bool {
    let (body, given) = (number(c, 0, 9), number(c, 9, 11));
    let [old, new] = [body, 2_000_000_000 + body].map(|whole| 97 - whole % 97);
    let is_new = given == new || given != old && number(c, 0, 2) < 30;
    put_97(c, 9, if is_new { 2_000_000_000 + body } else { body })
}

pub(super) fn lu_national(c: &mut [u8]) -> bool {
    let mut second = c.get(..12).unwrap_or(&[]).to_vec();
    let verhoeff = verhoeff_at(&mut second, 11);
    luhn_at(c, 0, 11) && verhoeff && digit(c, 12, at(&second, 11))
}

pub(super) fn nl_bsn(c: &mut [u8]) -> bool {
    digit(c, 8, weigh(c, 0, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11)
}

pub(super) fn no_national(c: &mut [u8]) -> bool {
    complement_11(c, &[3, 7, 6, 1, 8, 9, 4, 5, 2], 10)
        && complement_11(c, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], 10)
}

pub(super) fn fi_national(c: &mut [u8]) -> bool {
    let whole = number(c, 0, 6) * 1000 + number(c, 7, 10);
    let rest = u32::try_from(whole % 31).unwrap_or(0);
    letter(c, 10, b"0123456789ABCDEFHJKLMNPRSTUVWXY", rest)
}

pub(super) fn is_kennitala(c: &[u8]) -> bool {
    matches!(c.get(9), Some(b'0' | b'8' | b'9'))
}

pub(super) fn baltic(c: &mut [u8]) -> bool {
    let first = weigh(c, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weigh(c, 0, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    digit(c, 10, if first < 10 { first } else { second % 10 })
}

pub(super) fn lv_national(c: &mut [u8]) -> bool {
    let sum = 1 + weigh(c, 0, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
    digit(c, 10, sum % 11 % 10)
}

pub(super) fn pl_idcard(c: &mut [u8]) -> bool {
    let sum = weigh(c, 0, &[7, 3, 1, 0, 7, 3, 1, 7, 3]);
    digit(c, 3, sum % 10)
}

pub(super) fn cz_national(c: &mut [u8]) -> bool {
    c.len() == 9 || digit(c, 9, u32::try_from(number(c, 0, 9) % 11 % 10).unwrap_or(10))
}

/// Nine digits were given out until 1953.
pub(super) fn is_rodne_cislo(c: &[u8]) -> bool {
    c.len() == 10 || number(c, 0, 2) < 54
}

pub(super) fn hu_tax(c: &mut [u8]) -> bool {
    digit(c, 9, weigh(c, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11)
}

pub(super) fn ro_cnp(c: &mut [u8]) -> bool {
    let rest = weigh(c, 0, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    digit(c, 12, if rest == 10 { 1 } else { rest })
}

pub(super) fn cy_tic(c: &mut [u8]) -> bool {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let odd = |v: u32| {
        usize::try_from(v)
            .ok()
            .and_then(|v| ODD.get(v))
            .copied()
            .unwrap_or(0)
    };
    let sum: u32 = (0..8)
        .map(|i| if i % 2 == 0 { odd(at(c, i)) } else { at(c, i) })
        .sum();
    put(c, 8, sum % 26 + 10)
}

pub(super) fn ru_inn(c: &mut [u8]) -> bool {
    if c.len() == 10 {
        return rest_11(c, &[2, 4, 10, 3, 5, 9, 4, 6, 8]);
    }
    rest_11(c, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) && rest_11(c, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
}

pub(super) fn ru_snils(c: &mut [u8]) -> bool {
    let rest = weigh(c, 0, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    digit(c, 9, rest / 10) && digit(c, 10, rest % 10)
}

pub(super) fn ua_tax(c: &mut [u8]) -> bool {
    // The first weight is minus one: ten, modulo 11.
    rest_11(c, &[10, 5, 7, 9, 4, 6, 10, 5, 7])
}

pub(super) fn tr_national(c: &mut [u8]) -> bool {
    let odd = weigh(c, 0, &[7, 0, 7, 0, 7, 0, 7, 0, 7]);
    let even = weigh(c, 0, &[0, 9, 0, 9, 0, 9, 0, 9]);
    // Minus one is nine, modulo ten.
    let tenth = (odd + even) % 10;
    digit(c, 9, tenth) && {
        let sum = weigh(c, 0, &[1; 10]);
        digit(c, 10, sum % 10)
    }
}

// Asia, Africa, Oceania.

pub(super) fn ir_national(c: &mut [u8]) -> bool {
    let rest = weigh(c, 0, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digit(c, 9, if rest < 2 { rest } else { 11 - rest })
}

pub(super) fn kz_iin(c: &mut [u8]) -> bool {
    let first = weigh(c, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
    let second = weigh(c, 0, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
    digit(c, 11, if first < 10 { first } else { second })
}

pub(super) fn in_gstin(c: &mut [u8]) -> bool {
    let sum: u32 = (0..14)
        .map(|i| {
            let product = at(c, i) * if i % 2 == 0 { 1 } else { 2 };
            product / 36 + product % 36
        })
        .sum();
    put(c, 14, (36 - sum % 36) % 36)
}

pub(super) fn cn_resident(c: &mut [u8]) -> bool {
    let sum = weigh(c, 0, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    letter(c, 17, b"10X98765432", sum % 11)
}

pub(super) fn hk_id(c: &mut [u8]) -> bool {
    let place = c.len().saturating_sub(1);
    // One letter stands behind a blank, which counts 36.
    let sum = if place == 7 {
        36 * 9 + weigh(c, 0, &[8, 7, 6, 5, 4, 3, 2])
    } else {
        weigh(c, 0, &[9, 8, 7, 6, 5, 4, 3, 2])
    };
    put(c, place, (11 - sum % 11) % 11)
}

pub(super) fn sg_nric(c: &mut [u8]) -> bool {
    let sum = weigh(c, 1, &[2, 7, 6, 5, 4, 3, 2]);
    let (alphabet, added): (&[u8], u32) = match c.first() {
        Some(b'S') => (b"JZIHGFEDCBA", 0),
        Some(b'T') => (b"JZIHGFEDCBA", 4),
        Some(b'F') => (b"XWUTRQPNMLK", 0),
        Some(b'G') => (b"XWUTRQPNMLK", 4),
        _ => (b"XWUTRQPNJLK", 3),
    };
    letter(c, 8, alphabet, (sum + added) % 11)
}

pub(super) fn tw_national(c: &mut [u8]) -> bool {
    const CODES: [u32; 26] = [
        10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32,
        30, 31, 33,
    ];
    let rank = usize::try_from(at(c, 0)).unwrap_or(10);
    let code = CODES.get(rank.saturating_sub(10)).copied().unwrap_or(0);
    let sum = code / 10 + code % 10 * 9 + weigh(c, 1, &[8, 7, 6, 5, 4, 3, 2, 1]);
    digit(c, 9, (10 - sum % 10) % 10)
}

pub(super) fn jp_my_number(c: &mut [u8]) -> bool {
    let rest = weigh(c, 0, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    digit(c, 11, if rest < 2 { 0 } else { 11 - rest })
}

pub(super) fn th_national(c: &mut [u8]) -> bool {
    let rest = weigh(c, 0, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digit(c, 12, (11 - rest) % 10)
}

pub(super) fn au_tfn(c: &mut [u8]) -> bool {
    digit(c, 8, weigh(c, 0, &[1, 4, 3, 7, 5, 8, 6, 9]) % 11)
}

pub(super) fn au_medicare(c: &mut [u8]) -> bool {
    digit(c, 8, weigh(c, 0, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10)
}

pub(super) fn nz_ird(c: &mut [u8]) -> bool {
    let from = 9_usize.saturating_sub(c.len());
    let check = |weights: [u32; 8]| {
        let weights = weights.get(from..).unwrap_or(&[]);
        (11 - weigh(c, 0, weights) % 11) % 11
    };
    let first = check([3, 2, 7, 6, 5, 4, 3, 2]);
    let check = if first < 10 {
        first
    } else {
        check([7, 4, 3, 2, 5, 2, 7, 6])
    };
    let place = c.len().saturating_sub(1);
    digit(c, place, check)
}

pub(super) fn is_ird(c: &[u8]) -> bool {
    (10_000_000..150_000_000).contains(&number(c, 0, c.len()))
}

pub(super) fn nz_nhi(c: &mut [u8]) -> bool {
    let rank = |byte: u8| match value(byte) {
        v if v < 10 => v,
        // I and O are left out.
        v => v - 9 - u32::from(byte > b'I') - u32::from(byte > b'O'),
    };
    let sum: u32 = c
        .iter()
        .take(6)
        .zip([7, 6, 5, 4, 3, 2])
        .map(|(b, w)| rank(*b) * w)
        .sum();
    match sum % 11 {
        0 => false,
        rest => digit(c, 6, (11 - rest) % 10),
    }
}

// Money, machines.

pub(super) fn us_routing(c: &mut [u8]) -> bool {
    complement_10(c, &[3, 7, 1, 3, 7, 1, 3, 7])
}

/// The districts of the Federal Reserve, its thrifts, electronic payments, the Treasury.
pub(super) fn is_routing(c: &[u8]) -> bool {
    matches!(number(c, 0, 2), 0..=12 | 21..=32 | 61..=72 | 80) && number(c, 0, 8) > 0
}

pub(super) fn mx_clabe(c: &mut [u8]) -> bool {
    complement_10(c, &[3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7])
}

pub(super) fn vin(c: &mut [u8]) -> bool {
    const VALUES: &[u8; 26] = b"12345678012345070923456789";
    let of = |byte: u8| match byte {
        b'A'..=b'Z' => VALUES
            .get(usize::from(byte - b'A'))
            .map_or(0, |v| value(*v)),
        _ => value(byte),
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = c
        .iter()
        .zip(weights)
        .map(|(byte, weight)| of(*byte) * weight)
        .sum();
    letter(c, 8, b"0123456789X", sum % 11)
}

/// Letters and digits both, and a year and serial that could be.
pub(super) fn is_vin(c: &[u8]) -> bool {
    let digits = c.iter().filter(|byte| byte.is_ascii_digit()).count();
    let serial = c.get(13..).unwrap_or(&[]);
    (3..17).contains(&digits) && serial.iter().all(u8::is_ascii_digit)
}

// What the places alone do not say.

pub(super) fn is_ssn(c: &[u8]) -> bool {
    let area = number(c, 0, 3);
    area != 0 && area != 666 && area < 900 && number(c, 3, 5) != 0 && number(c, 5, 9) != 0
}

pub(super) fn is_itin(c: &[u8]) -> bool {
    matches!(number(c, 3, 5), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

pub(super) fn is_ein(c: &[u8]) -> bool {
    matches!(number(c, 0, 2), 1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88
        | 90..=95 | 98 | 99)
}

pub(super) fn is_nino(c: &[u8]) -> bool {
    let head = c.get(..2).unwrap_or(&[]);
    let never: [&[u8]; 7] = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"];
    !never.contains(&head)
}

pub(super) fn is_ec_province(c: &[u8]) -> bool {
    matches!(number(c, 0, 2), 1..=24 | 30) && at(c, 2) < 6
}

pub(super) fn is_cuit(c: &[u8]) -> bool {
    matches!(number(c, 0, 2), 20 | 23..=27 | 30 | 33 | 34)
}

/// Not the same digit throughout, which passes many a sum.
pub(super) fn varies(c: &[u8]) -> bool {
    let first = c.first();
    c.iter().any(|byte| Some(byte) != first)
}

/// Prefix and length of the brands of payment cards. The short ones of Visa and Maestro are gone
/// from use, and every tenth article number would pass for one.
pub(super) fn is_card(c: &[u8]) -> bool {
    let (two, three, four) = (number(c, 0, 2), number(c, 0, 3), number(c, 0, 4));
    let is_branded = match c.len() {
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39 | 55 | 56..=69),
        15 => matches!(two, 34 | 37 | 50 | 56..=69) || matches!(four, 1800 | 2131),
        16 => {
            matches!(at(c, 0), 4 | 6)
                || matches!(two, 35 | 36 | 38 | 39 | 50..=59 | 81 | 82)
                || matches!(four, 2200..=2204 | 2221..=2720)
        }
        17 | 18 => matches!(two, 35 | 36 | 38 | 39 | 50 | 56..=69) || matches!(four, 2200..=2204),
        19 => {
            matches!(at(c, 0), 4 | 6)
                || matches!(two, 35 | 36 | 38 | 39 | 50 | 56..=59)
                || matches!(four, 2200..=2204)
        }
        _ => false,
    };
    is_branded && varies(c)
}

pub(super) fn any(_: &[u8]) -> bool {
    true
}

/// Born, or given out, between 1900 and 2099.
pub(super) fn is_of_our_time(c: &[u8]) -> bool {
    matches!(number(c, 6, 8), 19 | 20)
}
