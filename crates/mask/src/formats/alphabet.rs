//! Digits and letters of a compact identifier as numbers: what the checks are written in.

/// The value of a character: 0 to 9, then A as 10.
pub(super) fn value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        b'a'..=b'z' => u32::from(byte - b'a') + 10,
        _ => 0,
    }
}

/// The value of the character at a place.
pub(super) fn at(compact: &[u8], place: usize) -> u32 {
    compact.get(place).map_or(0, |byte| value(*byte))
}

/// The decimal number in `from..to`.
pub(super) fn number(compact: &[u8], from: usize, to: usize) -> u64 {
    let digits = compact.get(from..to).unwrap_or(&[]);
    digits.iter().fold(0, |number: u64, byte| {
        number
            .wrapping_mul(10)
            .wrapping_add(u64::from(value(*byte)))
    })
}

/// The sum of the characters from a place on, each by its weight.
pub(super) fn weigh(compact: &[u8], from: usize, weights: &[u32]) -> u32 {
    let values = compact.iter().skip(from).map(|byte| value(*byte));
    values
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum()
}

/// Writes a value as a character; `false` if it is none or there is no such place.
pub(super) fn put(compact: &mut [u8], place: usize, value: u32) -> bool {
    let written = char::from_digit(value, 36).and_then(|c| u8::try_from(c).ok());
    match (compact.get_mut(place), written) {
        (Some(byte), Some(written)) => {
            *byte = written.to_ascii_uppercase();
            true
        }
        _ => false,
    }
}

/// Writes a digit; `false` if it is more than one.
pub(super) fn digit(compact: &mut [u8], place: usize, value: u32) -> bool {
    value < 10 && put(compact, place, value)
}

/// Writes the character of an alphabet at an index; `false` if it has no such character.
pub(super) fn letter(compact: &mut [u8], place: usize, alphabet: &[u8], index: u32) -> bool {
    let written = usize::try_from(index)
        .ok()
        .and_then(|index| alphabet.get(index));
    match (compact.get_mut(place), written) {
        (Some(byte), Some(written)) => {
            *byte = *written;
            true
        }
        _ => false,
    }
}
