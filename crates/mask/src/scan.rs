//! Sensitive spans inside a text: prose, logs, SQL literals.
//!
//! One look at its bytes says which detectors can find anything; the text is cut into words once,
//! each looked up once, and the detectors walk the words, the surest first. A place belongs to the
//! first that claims it. Disguises (full-width digits, characters of no width) are taken off
//! before. What a detector cannot know by form, a word beside it must say.

mod coded;
mod contact;
mod found;
pub(crate) mod json;
mod keyed;
mod labels;
mod lexicon;
mod look;
pub(crate) mod markup;
mod members;
mod mixed;
mod network;
mod number;
mod pair;
mod part;
mod person;
mod place;
mod plain;
mod said;
mod script;
mod secret;
pub(crate) mod store;
mod tokens;
mod value;
mod vendors;
mod words;

use std::ops::Range;

use model::Class;

use crate::detect::{About, is_worded};
use crate::keys::Keys;
use crate::{formats, stand};
use found::Found;
use look::{AT, CAPITAL, COLON, DIGIT, DOLLAR, DOT, EQUAL, FOUR, LETTER, Look, MINUS, SLASH, WIDE};
use tokens::Scene;

/// One detector: what must be in a text for it to find anything, and how it looks.
struct Detector {
    find: fn(&Scene<'_>, &mut Found<'_>),
    needs: fn(Look) -> bool,
}

/// All of them, the surest first.
const DETECTORS: &[Detector] = &[
    Detector {
        find: secret::block,
        needs: |look| look.any(MINUS),
    },
    Detector {
        find: secret::jwt,
        needs: |look| look.all(DOT | LETTER),
    },
    Detector {
        find: secret::address,
        needs: |look| look.all(COLON | SLASH),
    },
    Detector {
        find: secret::hash,
        needs: |look| look.any(DOLLAR) || look.all(DIGIT | LETTER),
    },
    Detector {
        find: secret::vendor,
        needs: |look| look.all(DIGIT | LETTER),
    },
    Detector {
        find: secret::formed,
        needs: |look| look.all(DIGIT | LETTER),
    },
    Detector {
        find: secret::machine_read,
        needs: |look| look.all(DIGIT | CAPITAL),
    },
    Detector {
        find: contact::email,
        needs: |look| look.any(AT | WIDE),
    },
    Detector {
        find: secret::authorization,
        needs: |look| look.any(LETTER),
    },
    Detector {
        find: network::address,
        needs: |look| look.any(COLON | DOT | MINUS),
    },
    Detector {
        find: network::place,
        needs: |look| look.all(DIGIT | DOT),
    },
    Detector {
        find: number::cards,
        needs: |look| look.any(FOUR),
    },
    Detector {
        find: mixed::mixed,
        needs: |look| look.any(DIGIT | LETTER),
    },
    Detector {
        find: said::labelled,
        needs: |look| look.any(LETTER | WIDE),
    },
    Detector {
        find: number::numbers,
        needs: |look| look.any(FOUR),
    },
    Detector {
        find: said::codes_before,
        needs: |look| look.any(FOUR),
    },
    Detector {
        find: pair::pairs,
        needs: |look| look.any(EQUAL | COLON),
    },
    Detector {
        find: contact::spelled,
        needs: |look| look.any(LETTER),
    },
    Detector {
        find: place::addresses,
        needs: |look| look.any(DIGIT),
    },
    Detector {
        find: script::names,
        needs: |look| look.any(WIDE),
    },
    Detector {
        find: person::speakers,
        needs: |look| look.any(CAPITAL | WIDE),
    },
    Detector {
        find: person::names,
        needs: |look| look.any(LETTER | WIDE),
    },
    Detector {
        find: coded::words,
        needs: |look| look.any(LETTER),
    },
    Detector {
        find: contact::handle,
        needs: |look| look.any(AT),
    },
];

/// Spans that hold something sensitive, in order, none overlapping another.
pub fn sensitive_spans(text: &str) -> Vec<(Range<usize>, Class)> {
    if text.len() < 3 {
        return Vec::new();
    }
    let look = Look::of(text);
    if look.any(WIDE) && plain::is_disguised(text) {
        let plain = plain::Plain::of(text);
        let spans = spans_in(&plain.text, Some(Look::of(&plain.text)));
        let back = |(span, class): (Range<usize>, Class)| (plain.original(&span, text), class);
        return spans.into_iter().map(back).collect();
    }
    spans_in(text, Some(look))
}

/// What [`sensitive_spans`] finds, by every detector on every text: the reference for tests and
/// the bench.
#[doc(hidden)]
pub fn sensitive_spans_slowly(text: &str) -> Vec<(Range<usize>, Class)> {
    if text.len() < 3 {
        return Vec::new();
    }
    let plain = plain::Plain::of(text);
    let spans = spans_in(&plain.text, None).into_iter();
    spans
        .map(|(span, class)| (plain.original(&span, text), class))
        .collect()
}

/// The spans of a plain text, by the detectors that a look calls for, or by all of them.
fn spans_in(text: &str, look: Option<Look>) -> Vec<(Range<usize>, Class)> {
    let scene = Scene::of(text);
    let mut found = Found::new(text);
    for detector in DETECTORS {
        if look.is_none_or(detector.needs) {
            (detector.find)(&scene, &mut found);
        }
    }
    found.sorted()
}

/// Where a document stands: what it says of itself is read in that light.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Within<'a> {
    /// What the column, or the table around it, is about.
    pub(crate) about: About,
    /// The column's name: the key above the outermost ones.
    pub(crate) name: &'a str,
}

impl Within<'_> {
    /// Where nobody knows: a name is a person's.
    pub(crate) fn strict() -> Self {
        Self {
            about: About::Person,
            name: "",
        }
    }
}

/// The text with every sensitive span replaced by the stand-in its own column would show.
pub(crate) fn scrub(keys: &Keys, text: &str) -> String {
    replaced(keys, text, |_| true)
}

/// As [`scrub`] for what is a thing's: its name and its place are for all to see.
fn scrub_thing(keys: &Keys, text: &str) -> String {
    replaced(keys, text, |class| {
        !is_worded(class) || class == Class::Username
    })
}

/// As [`scrub`] for digits that nothing is said of: but cards are cards.
fn scrub_bare(keys: &Keys, text: &str) -> String {
    replaced(keys, text, |class| class == Class::CardNumber)
}

fn replaced(keys: &Keys, text: &str, counts: impl Fn(Class) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    let spans = sensitive_spans(text).into_iter();
    for (range, class) in spans.filter(|(_, class)| counts(*class)) {
        let (Some(before), Some(span)) = (text.get(at..range.start), text.get(range.clone()))
        else {
            continue;
        };
        shown.push_str(before);
        let stand_in = match class {
            // An encoded text: only its inside is looked at, or this would go on for ever.
            Class::FreeText => coded::scrub(keys, span),
            class => stand::text(keys, class, span, usize::MAX),
        };
        match stand_in {
            Some(stand_in) => shown.push_str(&stand_in),
            None => shown.push_str("****"),
        }
        at = range.end;
    }
    shown.push_str(text.get(at..).unwrap_or(""));
    shown
}

/// As [`scrub`], but a text that is a document (JSON, XML, `hstore`, or one of them or prose
/// encoded) is walked as such.
pub(crate) fn scrub_any(keys: &Keys, text: &str) -> String {
    scrub_within(keys, Within::default(), text)
}

/// As [`scrub_any`], for a text that stands in a column.
pub(crate) fn scrub_within(keys: &Keys, within: Within<'_>, text: &str) -> String {
    let opening = text.trim_start();
    if opening.starts_with(['{', '[']) {
        return json::scrub_any(keys, within, text);
    }
    if markup::is_markup(opening) {
        return markup::scrub(keys, within, text);
    }
    store::scrub(keys, within, text)
        .or_else(|| coded::scrub(keys, text.trim()))
        .unwrap_or_else(|| scrub(keys, text))
}

/// What the words of a value are, by the dictionaries of names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NameWords {
    /// Words that are family names.
    pub(crate) family: usize,
    /// Words that are given names.
    pub(crate) given: usize,
    /// Words that texts write in lower case, places, months, products.
    pub(crate) ordinary: usize,
    /// All words.
    pub(crate) words: usize,
}

/// Looks each word of a value up.
pub(crate) fn name_words(value: &str) -> NameWords {
    use lexicon::{FAMILY_NAME, GIVEN_NAME, ORDINARY, PARTICLE, STOPPED, TITLE};
    let mut found = NameWords::default();
    let scene = Scene::of(value);
    for token in scene.tokens.iter().filter(|token| token.is_word()) {
        if token.is(TITLE | PARTICLE) {
            continue;
        }
        found.words += 1;
        found.given += usize::from(token.is(GIVEN_NAME));
        found.family += usize::from(token.is(FAMILY_NAME));
        found.ordinary += usize::from(token.is(ORDINARY | STOPPED));
    }
    found
}

/// Whether the whole value is a payment card number.
pub(crate) fn is_card_number(value: &str) -> bool {
    formats::named("card").is_some_and(|card| formats::holds(card, value))
}

/// Whether the whole value is an IP address, perhaps with a netmask.
pub(crate) fn is_ip(value: &str) -> bool {
    network::is_ip(value)
}

#[cfg(test)]
mod tests;
