//! Identifiers with letters in them: IBANs, national numbers, wallets, chassis numbers.
//!
//! A run of letters and digits is tried whole and then without its last parts, against the kinds
//! of that many characters. One that passes a check chance does not pass needs no word beside it.

use model::Class;

use super::found::Found;
use super::lexicon::{ID_WORD, Lexicon};
use super::number::REACH;
use super::tokens::{Case, Kind, Scene};
use crate::formats::{self, Format};

/// Identifiers with letters in them: IBANs, national numbers, wallets, chassis numbers.
pub(super) fn mixed(scene: &Scene<'_>, found: &mut Found<'_>) {
    let lexicon = Lexicon::the();
    let mut named: Vec<&Format> = Vec::new();
    let mut words_since = 0;
    let mut index = 0;
    while let Some(token) = scene.get(index) {
        let touches_before = index > 0
            && scene.touches(index - 1)
            && scene
                .before(index)
                .is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Mixed));
        if token.is(ID_WORD) {
            if words_since > 0 {
                named.clear();
            }
            words_since = 0;
            named.extend(lexicon.kinds(token.hash));
        } else if matches!(token.kind, Kind::Word | Kind::Mixed | Kind::Digits) {
            words_since += 1;
        }
        if token.is_sign('\n') {
            named.clear();
        }
        if words_since > REACH {
            named.clear();
        }
        let next = if touches_before {
            None
        } else {
            mixed_at(scene, index, &named, found)
        };
        index = next.unwrap_or(index + 1);
    }
}

/// Tries the runs of letters and digits that start at a token; the index behind one that holds.
fn mixed_at(
    scene: &Scene<'_>,
    index: usize,
    named: &[&Format],
    found: &mut Found<'_>,
) -> Option<usize> {
    let token = scene.get(index)?;
    if !can_begin(scene, index)? {
        return None;
    }
    for (next, end) in ends(scene, index).into_iter().rev() {
        let text = scene.str(token.start, end);
        if let Some(class) = identified(text, named) {
            found.add(token.start..end, class);
            return Some(next);
        }
    }
    None
}

fn identified(text: &str, named: &[&Format]) -> Option<Class> {
    let (mut letters, mut digits, mut spaces) = (0, 0, 0);
    for byte in text.bytes() {
        letters += usize::from(byte.is_ascii_alphabetic());
        digits += usize::from(byte.is_ascii_digit());
        spaces += usize::from(byte == b' ');
    }
    if letters == 0 || digits < 3 && letters + digits < 26 || letters + digits < 7 {
        return None;
    }
    let kind = formats::candidates(letters + digits).find(|kind| {
        let is_named = named.contains(kind);
        // Spaces only where the kind has its groups so, or a word says what it is.
        let is_spaced = spaces == 0
            || is_named
            || kind.name == "iban"
            || kind.name == "gb.nino"
            || kind.name == "fr.nir";
        if !is_spaced || kind.class == Class::CardNumber {
            return false;
        }
        is_named && formats::is_shaped(kind, text) || kind.odds >= 50 && formats::holds(kind, text)
    })?;
    Some(kind.class)
}

/// Whether an identifier with letters may begin at a token.
fn can_begin(scene: &Scene<'_>, index: usize) -> Option<bool> {
    let token = scene.get(index)?;
    let can_begin = match token.kind {
        Kind::Mixed => true,
        Kind::Digits => {
            // A letter must follow soon: 123456-789X, 12345678-Z, 311280-888Y.
            let after = scene.get(index + 1)?;
            let letter = scene.get(index + 2);
            after.kind == Kind::Mixed
                || matches!(after.kind, Kind::Sign('-' | '+' | '.' | ' ' | '('))
                    && letter.is_some_and(|t| matches!(t.kind, Kind::Mixed | Kind::Word))
                || after.kind == Kind::Word && after.case == Case::Upper
                || scene.str(after.start, after.end).len() == 1
                || scene
                    .tokens
                    .iter()
                    .skip(index + 1)
                    .take(6)
                    .any(|t| t.kind == Kind::Mixed)
        }
        Kind::Word => {
            token.end - token.start <= 4
                && scene
                    .get(index + 1)
                    .is_some_and(|t| matches!(t.kind, Kind::Digits | Kind::Mixed | Kind::Sign('-')))
        }
        Kind::Sign(_) => false,
    };
    Some(can_begin)
}

/// Where a run may end: behind each part; the next token and the place.
fn ends(scene: &Scene<'_>, index: usize) -> Vec<(usize, usize)> {
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut at = index;
    let mut letters = 0;
    while let Some(part) = scene.get(at) {
        let is_part = matches!(part.kind, Kind::Word | Kind::Mixed | Kind::Digits)
            && part.end - part.start <= 64;
        if is_part {
            letters += scene
                .word(part)
                .bytes()
                .filter(u8::is_ascii_alphanumeric)
                .count();
            ends.push((at + 1, part.end));
        }
        let is_sign = matches!(
            part.kind,
            Kind::Sign('-' | '.' | '/' | '+' | '(' | ')' | '<')
        );
        let gap = scene.gap(at);
        if !(is_part || is_sign)
            || at > index + 14
            || letters > 64
            || !(gap.is_empty() || gap == " ")
        {
            if part.is_sign(')') {
                ends.push((at + 1, part.end));
            }
            break;
        }
        if part.is_sign(')') {
            ends.push((at + 1, part.end));
        }
        at += 1;
    }
    ends
}
