//! `numeric` in binary: digits in base 10000, a weight, a sign and a display scale.
//!
//! NaN and the infinities have no canonical text here: such a cell is blanked.

const POSITIVE: u16 = 0;
const NEGATIVE: u16 = 0x4000;
/// More decimal digits than this are not masked digit by digit but blanked.
const MOST_DIGITS: usize = 2000;

/// The decimal text of a binary cell.
pub(crate) fn decode(cell: &[u8]) -> Option<String> {
    let (head, tail) = cell.split_at_checked(8)?;
    let mut head = words(head);
    let (count, weight) = (head.next()?, head.next()?.cast_signed());
    let (sign, scale) = (head.next()?, usize::from(head.next()?));
    let fits = tail.len() == usize::from(count) * 2 && usize::from(count) < MOST_DIGITS / 4;
    if !fits || !matches!(sign, POSITIVE | NEGATIVE) || scale > MOST_DIGITS {
        return None;
    }
    let groups: Vec<u16> = words(tail).collect();
    let group = |place: i32| {
        let index = usize::try_from(i32::from(weight) - place).ok();
        index
            .and_then(|index| groups.get(index))
            .copied()
            .unwrap_or(0)
    };
    if groups.iter().any(|group| *group > 9999) || usize::from(weight.unsigned_abs()) > MOST_DIGITS
    {
        return None;
    }
    let whole: String = (0..=i32::from(weight))
        .rev()
        .flat_map(|at| four(group(at)))
        .collect();
    let whole = whole.trim_start_matches('0');
    let needed = i32::try_from(scale.div_ceil(4)).ok()?;
    let fraction: String = (1..=needed).flat_map(|at| four(group(-at))).collect();
    let sign = if sign == NEGATIVE { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.get(..scale)?;
    let point = if scale == 0 { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// Appends the binary form of a decimal text; `false` if it is not one.
pub(crate) fn encode(text: &str, out: &mut Vec<u8>) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if !is_decimal(text) {
        return false;
    }
    let whole = whole.trim_start_matches('0');
    let padded = format!("{:0>width$}", whole, width = whole.len().div_ceil(4) * 4);
    let tail = format!(
        "{:0<width$}",
        fraction,
        width = fraction.len().div_ceil(4) * 4
    );
    let digits = padded + &tail;
    let mut groups: Vec<u16> = Vec::with_capacity(digits.len() / 4);
    for chunk in digits.as_bytes().chunks(4) {
        groups.push(
            chunk
                .iter()
                .fold(0, |group, digit| group * 10 + u16::from(digit - b'0')),
        );
    }
    let mut weight = i32::try_from(whole.len().div_ceil(4)).unwrap_or(0) - 1;
    let leading = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..leading);
    weight -= i32::try_from(leading).unwrap_or(0);
    while groups.last() == Some(&0) {
        groups.pop();
    }
    let is_zero = groups.is_empty();
    let sign = if text.starts_with('-') && !is_zero {
        NEGATIVE
    } else {
        POSITIVE
    };
    let weight = if is_zero {
        0
    } else {
        i16::try_from(weight).unwrap_or(0)
    };
    let count = u16::try_from(groups.len()).unwrap_or(0);
    let scale = u16::try_from(fraction.len()).unwrap_or(0);
    for word in [count, weight.cast_unsigned(), sign, scale]
        .into_iter()
        .chain(groups)
    {
        out.extend_from_slice(&word.to_be_bytes());
    }
    true
}

/// Whether a text is a plain decimal number short enough to be masked.
pub(crate) fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_point = unsigned.contains('.');
    let is_whole = !whole.is_empty() && is_digits(whole) && is_digits(fraction);
    is_whole && (!has_point || !fraction.is_empty()) && unsigned.len() <= MOST_DIGITS
}

/// The four decimal digits of a group.
fn four(group: u16) -> [char; 4] {
    [1000, 100, 10, 1]
        .map(|place| char::from_digit(u32::from(group / place % 10), 10).unwrap_or('0'))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).map(|pair| {
        pair.iter()
            .fold(0, |word, byte| (word << 8) | u16::from(*byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_the_round_trip() {
        for text in [
            "0",
            "1",
            "-1",
            "10000",
            "9999",
            "12345678901234567890",
            "0.5",
            "-0.00012",
            "85000.00",
            "1.0000",
            "100000000",
            "0.00",
            "52.520008",
            "4111111111111111",
        ] {
            let mut cell = Vec::new();
            assert!(encode(text, &mut cell));
            assert_eq!(decode(&cell).as_deref(), Some(text));
        }
    }

    #[test]
    fn the_bytes_are_postgresqls() {
        let mut cell = Vec::new();
        assert!(encode("-12345.67", &mut cell));
        // select numeric_send(-12345.67)
        assert_eq!(
            cell,
            [0, 3, 0, 1, 0x40, 0, 0, 2, 0, 1, 0x09, 0x29, 0x1a, 0x2c]
        );
        assert!(decode(&[0, 0, 0, 0, 0xc0, 0, 0, 0]).is_none(), "NaN");
    }
}
