//! The parts of a name: words, initials, particles, and what each is known as.

use std::ops::Range;

use super::lexicon::{FAMILY_NAME, GIVEN_NAME, ORDINARY, PARTICLE, STOPPED};
use super::tokens::{Case, Kind, Scene, Token};

/// The most parts a name has.
const MOST_PARTS: usize = 6;

/// One part of a name: a word, or words joined by hyphen or apostrophe.
pub(super) struct Part {
    pub(super) is_family: bool,
    pub(super) is_given: bool,
    pub(super) is_initial: bool,
    pub(super) is_particle: bool,
    /// Neither an ordinary word nor a place.
    pub(super) is_rare: bool,
    pub(super) is_stopped: bool,
    pub(super) next: usize,
    pub(super) range: Range<usize>,
}

pub(super) fn part(scene: &Scene<'_>, index: usize) -> Option<Part> {
    let token = scene.get(index)?;
    if !token.is_word() {
        return None;
    }
    let mut next = index + 1;
    let mut end = token.end;
    let mut senses = (
        token.is(GIVEN_NAME),
        token.is(FAMILY_NAME),
        !token.is(ORDINARY | STOPPED),
    );
    // O'Brien, Jean-Pierre, Al-Sayed, D’Angelo.
    while scene
        .get(next)
        .is_some_and(|t| matches!(t.kind, Kind::Sign('-' | '\'' | '’' | '‑')))
        && scene.touches(next - 1)
        && scene.touches(next)
    {
        let Some(more) = scene.get(next + 1).filter(|t| t.is_word()) else {
            break;
        };
        let is_possessive = more.end - more.start == 1 && !more.is_capital();
        if is_possessive || more.case == Case::Lower && is_cased(scene, more) {
            break;
        }
        senses = (
            senses.0 || more.is(GIVEN_NAME),
            senses.1 || more.is(FAMILY_NAME),
            true,
        );
        end = more.end;
        next += 2;
    }
    let word = scene.str(token.start, end);
    let is_initial = word.chars().count() == 1 && token.case == Case::Capital;
    if is_initial && scene.get(next).is_some_and(|t| t.is_sign('.')) && scene.touches(next - 1) {
        end += 1;
        next += 1;
    }
    Some(Part {
        is_family: senses.1 || ends_as_family(word),
        is_given: senses.0,
        is_initial,
        is_particle: token.is(PARTICLE) && next == index + 1,
        is_rare: senses.2,
        is_stopped: token.is(STOPPED) && next == index + 1,
        next,
        range: token.start..end,
    })
}

/// Whether a word is of a script that has capitals.
pub(super) fn is_cased(scene: &Scene<'_>, token: &Token) -> bool {
    scene
        .word(token)
        .chars()
        .next()
        .is_some_and(|c| c.is_lowercase() || c.is_uppercase())
}

#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "sson", "sdóttir", "dottir", "ović", "ević", "ovic", "evic", 
    "owski", "owska", "ewski", "ewska", "ński", "ńska", 
    "czyk", "ová", "oğlu", "escu", "opoulos", "opoulou", "idis", "iadis", "akis", "enko",
    "shvili", "yan", "mäki", "niemi", "nen", 
    "ов", "ова", "ев", "ева", "ёв", "ёва", "ин", "ина", "ский", "ская", "ський", "ська", "цкий",
    "цкая", "енко", "чук", "ян", "швили", "ович", "евич", "овна", "евна", 
    "ову", "овым", "овой", "еву", "евым", "евой", "ского", "скому", "ской", 
    "όπουλος", "οπούλου", "ίδης", "ίδου", "άκης", "άκη", "ιάδης",
];

/// Endings that family names have and few words: patronymics, Slavic, Nordic, Greek, Armenian.
pub(super) fn ends_as_family(word: &str) -> bool {
    word.len() >= 6 && ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// A part that may stand in a name by how it is written.
pub(super) fn is_written(scene: &Scene<'_>, index: usize) -> bool {
    scene
        .get(index)
        .is_some_and(|token| token.is_capital() || token.is_word() && !is_cased(scene, token))
}

/// The parts of a name that may start at a token: capitals, with particles between them.
pub(super) fn parts(scene: &Scene<'_>, from: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut at = from;
    while parts.len() < MOST_PARTS {
        let Some(part) = part(scene, at) else { break };
        let is_near = parts.last().is_none_or(|last| {
            matches!(
                scene.str(last.range.end, part.range.start),
                " " | ". " | "\u{a0}" | ""
            )
        });
        let is_upright = is_written(scene, at);
        let continues = part.is_particle
            && !parts.is_empty()
            && (is_written(scene, part.next)
                || scene.get(part.next).is_some_and(|t| t.is(PARTICLE)));
        if !is_near || !(is_upright || continues) {
            break;
        }
        at = part.next;
        parts.push(part);
    }
    while parts
        .last()
        .is_some_and(|part| part.is_particle && !part.is_given && !part.is_family)
    {
        parts.pop();
    }
    parts
}
