//! Labels in a text, alone or as phrases, and codes that are called one behind themselves.

use model::Class;

use super::found::Found;
use super::labels::{LABELS, Takes};
use super::lexicon::{Lexicon, MONTH, PHRASE_END};
use super::tokens::{Hash, Kind, Scene};
use super::value;

/// Values behind labels that only a word tells: passports, record numbers, codes, plates.
pub(super) fn labelled(scene: &Scene<'_>, found: &mut Found<'_>) {
    let lexicon = Lexicon::the();
    for (index, token) in scene.tokens.iter().enumerate() {
        let mut label = token.sense.label();
        if token.is(PHRASE_END) {
            let two = scene
                .before(index)
                .map(|before| Hash::both(before.hash, token.hash));
            let three = index
                .checked_sub(2)
                .and_then(|at| scene.get(at))
                .zip(scene.before(index));
            let three = three
                .map(|(first, second)| Hash::both(Hash::both(first.hash, second.hash), token.hash));
            let phrase = three
                .and_then(|h| lexicon.phrase(h))
                .or_else(|| two.and_then(|h| lexicon.phrase(h)));
            label = phrase.or(label);
        }
        if let Some(label) = label.and_then(|label| LABELS.get(label)) {
            value::behind(scene, index, label, found);
        }
    }
}

/// Dates of birth, and "492817 is your code".
pub(super) fn codes_before(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (index, token) in scene.tokens.iter().enumerate() {
        let digits = token.end - token.start;
        if token.kind != Kind::Digits || !(4..=8).contains(&digits) {
            continue;
        }
        let after: Vec<_> = scene.tokens.iter().skip(index + 1).take(6).collect();
        let is_said = after.first().is_some_and(|t| {
            matches!(
                scene.word(t),
                "is" | "est" | "ist" | "es" | "è" | "é" | "as"
            )
        }) && after.iter().any(|t| {
            let label = t.sense.label().and_then(|label| LABELS.get(label));
            scene.word(t).eq_ignore_ascii_case("code")
                || label.is_some_and(|l| {
                    matches!(l.takes, Takes::Digits(4, 10)) && l.class == Class::OneTimeCode
                })
        });
        if is_said {
            found.add(token.start..token.end, Class::OneTimeCode);
        }
    }
}

/// Whether a token is the name of a month.
pub(super) fn is_month(scene: &Scene<'_>, index: usize) -> bool {
    scene.get(index).is_some_and(|token| token.is(MONTH))
}
