//! The machine readable zone of travel documents (ICAO 9303): TD1, TD2, TD3 and visas.

use super::alphabet::value;

/// Where a line's field is, and its check digit behind it.
struct Field {
    check: usize,
    from: usize,
    line: usize,
    to: usize,
}

const fn field(line: usize, from: usize, to: usize) -> Field {
    Field {
        check: to,
        from,
        line,
        to,
    }
}

const TD1: &[Field] = &[field(0, 5, 14), field(1, 0, 6), field(1, 8, 14)];
const TD2: &[Field] = &[field(1, 0, 9), field(1, 13, 19), field(1, 21, 27)];
const TD3: &[Field] = &[
    field(1, 0, 9),
    field(1, 13, 19),
    field(1, 21, 27),
    field(1, 28, 42),
];

/// What the composite check covers: line, from, to.
const TD1_ALL: &[(usize, usize, usize)] = &[(0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)];
const TD2_ALL: &[(usize, usize, usize)] = &[(1, 0, 10), (1, 13, 20), (1, 21, 35)];
const TD3_ALL: &[(usize, usize, usize)] = &[(1, 0, 10), (1, 13, 20), (1, 21, 43)];

/// The zone with its check digits made anew, its line ends kept.
pub(super) fn mended(text: &str) -> Option<String> {
    if text.len() > 100 || !text.contains('<') {
        return None;
    }
    let mut lines: Vec<Vec<u8>> = text
        .split_whitespace()
        .map(|l| l.as_bytes().to_vec())
        .collect();
    let is_zone = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'<';
    let length = lines.first()?.len();
    if !lines
        .iter()
        .all(|line| line.len() == length && line.iter().all(is_zone))
    {
        return None;
    }
    let kind = *lines.first()?.first()?;
    let (fields, all) = match (lines.len(), length) {
        (3, 30) if matches!(kind, b'A' | b'C' | b'I') => (TD1, TD1_ALL),
        (2, 36) if matches!(kind, b'A' | b'C' | b'I' | b'P') => (TD2, TD2_ALL),
        (2, 44) if kind == b'P' => (TD3, TD3_ALL),
        // Visas have no composite check.
        (2, 36 | 44) if kind == b'V' => (TD2, [].as_slice()),
        _ => return None,
    };
    for field in fields {
        let line = lines.get_mut(field.line)?;
        let check = check(line.get(field.from..field.to)?);
        // The personal number may be empty, and its check then a filler.
        let is_empty = line
            .get(field.from..field.to)?
            .iter()
            .all(|byte| *byte == b'<');
        let at = line.get_mut(field.check)?;
        if !(is_empty && *at == b'<') {
            *at = check;
        }
    }
    if !all.is_empty() {
        let mut covered = Vec::new();
        for (line, from, to) in all {
            covered.extend(lines.get(*line)?.get(*from..*to)?);
        }
        let (line, place) = if length == 30 {
            (1, 29)
        } else {
            (1, length - 1)
        };
        *lines.get_mut(line)?.get_mut(place)? = check(&covered);
    }
    let mut put = lines.into_iter().flatten();
    let write = |c: char| {
        if c.is_whitespace() {
            Some(c)
        } else {
            put.next().map(char::from)
        }
    };
    text.chars().map(write).collect()
}

fn check(field: &[u8]) -> u8 {
    let weights = [7, 3, 1].iter().cycle();
    let sum: u32 = field
        .iter()
        .zip(weights)
        .map(|(byte, weight)| value(*byte) * weight)
        .sum();
    b'0' + u8::try_from(sum % 10).unwrap_or(0)
}
