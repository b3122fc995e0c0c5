//! What dictionaries of names say of a sample, whatever its column is called.
//!
//! A given name beside another word, none of them ordinary, is most often a person; a given name
//! alone may be a brand or a town. Rates decide, never one value.

use model::Class;

use super::sample::Sample;
use crate::scan::{self, NameWords};

/// How much of a sample is names of people of that class.
pub(super) fn rate(class: Class, sample: &Sample<'_>) -> f64 {
    let is = |value: &str| {
        let words = scan::name_words(value);
        match class {
            Class::FirstName => is_given(words),
            Class::LastName => is_family(words),
            _ => is_full(words),
        }
    };
    // What the scan finds whole covers scripts written without spaces.
    sample.rate(is).max(sample.whole(class))
}

fn is_given(words: NameWords) -> bool {
    (1..=3).contains(&words.words) && words.given >= 1 && words.ordinary < words.words
}

fn is_family(words: NameWords) -> bool {
    (1..=4).contains(&words.words) && words.family >= 1 && words.ordinary == 0
}

fn is_full(words: NameWords) -> bool {
    let is_known = words.given >= 1 || words.family >= 2;
    (2..=6).contains(&words.words) && is_known && words.ordinary * 3 < words.words
}

/// Whether a handle is made of a name: `jane_doe`, `karl89`.
pub(super) fn is_handle(value: &str) -> bool {
    let is_name = |part: &str| {
        let words = scan::name_words(part);
        words.given + words.family > 0 && words.ordinary == 0
    };
    let parts = value.split(|c: char| !c.is_alphabetic());
    let mut parts = parts.filter(|part| part.chars().count() >= 4);
    parts.any(|part| {
        // An initial before it, or behind: "jkowalski", "hobbss".
        let mut cut = part.char_indices().map(|(at, _)| at);
        let (second, last) = (cut.nth(1), cut.next_back());
        let tail = second.and_then(|at| part.get(at..));
        let head = last.and_then(|at| part.get(..at));
        let is_long = |part: &&str| part.chars().count() >= 5;
        let mut without = [tail, head].into_iter().flatten().filter(is_long);
        is_name(part) || without.any(is_name)
    })
}
