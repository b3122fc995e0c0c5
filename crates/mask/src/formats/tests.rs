//! Every kind by numbers that are one and numbers that are none, and the doors against each other.

use super::*;

/// `kind +text` holds, `kind -text` does not. Published examples, and others whose checks an
/// independent implementation confirmed.
const VECTORS: &str = include_str!("vectors.txt");

fn vectors() -> impl Iterator<Item = (Kind, bool, String)> {
    VECTORS.lines().map(|line| {
        let (name, text) = line.split_once(' ').unwrap();
        let kind = named(name).unwrap_or_else(|| panic!("no kind {name}"));
        let (sign, text) = text.split_at(1);
        (kind, sign == "+", text.replace("\\n", "\n"))
    })
}

#[test]
fn kinds_hold_what_they_are() {
    let wrong: Vec<String> = vectors()
        .filter(|(kind, is_one, text)| holds(kind, text) != *is_one)
        .map(|(kind, is_one, text)| {
            format!("{} {}{text}", kind.name, if is_one { '+' } else { '-' })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_has_two_of_each() {
    for kind in FORMATS {
        for sign in [true, false] {
            let count = vectors()
                .filter(|(of, is_one, _)| *of == kind && *is_one == sign)
                .count();
            assert!(count >= 2, "{}: {count} of {sign}", kind.name);
        }
    }
}

#[test]
fn a_mended_text_holds_and_keeps_its_form() {
    for (kind, is_one, text) in vectors() {
        let Some(mended) = mend(kind, &text) else {
            assert!(!is_one, "{} {text}", kind.name);
            continue;
        };
        assert!(holds(kind, &mended), "{} {text} {mended}", kind.name);
        if is_one {
            assert_eq!(mended, text, "{}", kind.name);
        }
        let form = |text: &str| {
            let bare = |c: &char| kind.separators.contains(*c) || c.is_ascii_lowercase();
            text.chars()
                .map(|c| if bare(&c) { c } else { '#' })
                .collect::<String>()
                .len()
        };
        assert_eq!(form(&text), form(&mended), "{}", kind.name);
    }
}

#[test]
fn found_in_names_every_kind_that_holds() {
    for (kind, is_one, text) in vectors() {
        let is_found = found_in(&text).any(|found| found == kind);
        assert_eq!(is_found, is_one, "{} {text}", kind.name);
    }
}

#[test]
fn places_tell_checks_from_what_is_free() {
    let dni = named("es.dni").unwrap();
    let found = places(dni, "54362315-K").unwrap();
    assert_eq!(found.len(), 9);
    assert_eq!(found.last(), Some(&Place::Check));
    assert_eq!(found.first(), Some(&Place::Digit));
    let countries: std::collections::BTreeSet<&str> = FORMATS.iter().map(|f| f.country).collect();
    assert!(countries.len() > 50, "{}", countries.len());
}
