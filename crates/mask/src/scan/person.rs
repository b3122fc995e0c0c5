//! Names of people in scripts that have capitals, and in those that set words apart by spaces.
//!
//! A name alone is weak evidence and two side by side are strong: a given name known as such, a
//! family name, what introduces them. Words that texts write in lower case, places, months and
//! products count for nothing by themselves.

use model::Class;

use super::found::Found;
use super::lexicon::{
    FREQUENT, GIVEN_NAME, GREETING, NAME_LABEL, ORDINARY, PARTICLE, STOPPED, STREET, STREET_LEAD,
    TITLE, USUAL,
};
use super::part::{Part, ends_as_family, is_written, part, parts};
use super::tokens::{Case, Kind, Scene, Token};

pub(super) fn names(scene: &Scene<'_>, found: &mut Found<'_>) {
    let mut at = 0;
    while at < scene.tokens.len() {
        at = match name_at(scene, at, found) {
            Some(next) => next.max(at + 1),
            None => at + 1,
        };
    }
}

/// Whether what stands before a token introduces a person, and whether by a title.
fn introduced(scene: &Scene<'_>, index: usize) -> (bool, bool) {
    let mut at = index;
    let mut is_near = true;
    let mut was_colon = false;
    for _ in 0..3 {
        let Some(before) = scene.before(at) else {
            break;
        };
        at -= 1;
        match before.kind {
            Kind::Sign(':' | '=' | '：') => was_colon = true,
            Kind::Sign('.' | '"' | '\'' | '(' | ',' | '\n') if is_near => {}
            Kind::Sign(_) => break,
            _ if before.is(TITLE) && !was_colon => return (true, true),
            // "name is", "by": only next to the name, or before a colon or a line's end.
            _ if before.is(NAME_LABEL | GREETING) => return (true, false),
            _ if matches!(
                scene.word(before),
                "is" | "ist" | "est" | "es" | "è" | "é" | "je" | "am"
            ) => {}
            _ => break,
        }
        is_near = true;
    }
    (false, false)
}

/// "Johnson & Johnson", "Wells & Co": firms.
fn is_firm(scene: &Scene<'_>, index: usize) -> bool {
    let is_and = |token: Option<&Token>| {
        token.is_some_and(|token| matches!(token.kind, Kind::Sign('&' | '®' | '™')))
    };
    let is_form = |token: &Token| {
        let word = scene.word(token).to_ascii_lowercase();
        matches!(
            word.as_str(),
            "inc"
                | "ltd"
                | "llc"
                | "gmbh"
                | "corp"
                | "plc"
                | "ag"
                | "bv"
                | "sa"
                | "co"
                | "group"
                | "holdings"
                | "brothers"
                | "bros"
        )
    };
    is_and(scene.get(index + 1))
        || is_and(scene.before(index))
        || scene.get(index + 1).is_some_and(is_form)
        || scene
            .get(index + 2)
            .is_some_and(|token| token.is_capital() && is_form(token))
}

fn name_at(scene: &Scene<'_>, index: usize, found: &mut Found<'_>) -> Option<usize> {
    let token = scene.get(index)?;
    // Inside a word, an address or a handle there is no name.
    let touches = index > 0
        && scene.touches(index - 1)
        && scene.before(index).is_some_and(|t| {
            matches!(
                t.kind,
                Kind::Sign('@' | '_' | '/' | '.' | '#' | '$' | '\\' | '-' | '\'')
                    | Kind::Mixed
                    | Kind::Digits
            )
        });
    let is_opening = token.is(TITLE | GREETING) && token.case != Case::Lower;
    if !token.is_word() || is_opening || touches || is_firm(scene, index) {
        return None;
    }
    if !is_written(scene, index) {
        return lower(scene, index, found);
    }
    let parts = parts(scene, index);
    let (is_introduced, is_titled) = introduced(scene, index);
    let count = accepted(scene, index, &parts, is_introduced, is_titled)?;
    let (first, last) = (parts.first()?, parts.get(count - 1)?);
    let range = first.range.start..last.range.end;
    let class = match count {
        1 if is_titled || !first.is_given && first.is_family => Class::LastName,
        1 => Class::FirstName,
        _ => Class::FullName,
    };
    // "Smith, John": the given name stands behind.
    if class == Class::LastName
        && let Some(given) = part(scene, last.next + 1)
        && scene.get(last.next).is_some_and(|t| t.is_sign(','))
        && given.is_given
        && is_written(scene, last.next + 1)
    {
        found.add(range.start..given.range.end, Class::FullName);
        return Some(given.next);
    }
    found.add(range, class);
    Some(last.next)
}

/// Before a name, these make a place of it.
const SAINTS: &[&str] = &[
    "San", "Santa", "Santo", "St", "Saint", "São", "Sankt", "Mount", "Lake", "Fort", "Port",
    "Cape", "Los", "Las", "El",
];

/// How many of the parts are a name.
fn accepted(
    scene: &Scene<'_>,
    index: usize,
    parts: &[Part],
    is_introduced: bool,
    is_titled: bool,
) -> Option<usize> {
    let first = parts.first()?;
    let is_street = |part: &Part| {
        scene
            .get(part.next - 1)
            .is_some_and(|t| t.is(STREET | STREET_LEAD) && t.is(ORDINARY | STOPPED))
    };
    // Where the name ends: at an ordinary word, a street, a place behind it.
    let fits = |part: &&Part| {
        let is_known = part.is_given || part.is_family || part.is_initial || part.is_particle;
        (part.is_rare || is_known && !is_street(part)) && (is_known || !part.is_stopped)
    };
    let mut length = 1 + parts.iter().skip(1).take_while(fits).count();
    while length > 1
        && parts
            .get(length - 1)
            .is_some_and(|part| part.is_particle && !part.is_family && !part.is_given)
    {
        length -= 1;
    }
    let rest = parts.get(1..length).unwrap_or(&[]);
    let is_saint = scene
        .before(index)
        .is_some_and(|t| SAINTS.contains(&scene.word(t)));
    if scene
        .get(index)
        .is_some_and(|t| SAINTS.contains(&scene.word(t)))
        && !is_titled
    {
        return None;
    }
    if is_saint && !is_titled || first.is_particle && !first.is_given {
        return is_particle_led(parts, is_introduced).then_some(length.max(2).min(parts.len()));
    }
    let family_behind = rest.iter().any(|part| part.is_family && part.is_rare);
    let known_behind = rest.iter().any(|part| part.is_family || part.is_given);
    let rare_behind = rest
        .iter()
        .any(|part| part.is_rare && !part.is_initial && !part.is_particle);
    // A place behind a given name ("Victoria Station") is in the list of streets and stops.
    let is_name = if strong(first) {
        known_behind || rare_behind
    } else if first.is_given {
        family_behind || is_introduced && (known_behind || rare_behind)
    } else if first.is_initial {
        family_behind || rare_behind && is_introduced
    } else {
        first.is_rare
            && !first.is_stopped
            && (family_behind
                && rest.iter().any(|part| frequent(scene, part))
                && !(scene.opens(index) && rest.len() > 2)
                || first.is_family && rest.iter().any(strong)
                || is_introduced && (rare_behind || known_behind))
    };
    if is_name && !rest.is_empty() {
        return Some(length);
    }
    is_alone(scene, index, first, is_introduced, is_titled).then_some(1)
}

/// A given name known as such and as nothing else.
fn strong(part: &Part) -> bool {
    part.is_given && part.is_rare && part.range.len() > 2
}

/// Whether one part alone is a name.
fn is_alone(
    scene: &Scene<'_>,
    index: usize,
    first: &Part,
    is_introduced: bool,
    is_titled: bool,
) -> bool {
    let is_name = if is_titled {
        first.range.len() > 1 && (first.is_family || !first.is_stopped)
    } else if is_introduced {
        strong(first)
            || first.is_given && !first.is_stopped
            || first.is_family && first.is_rare && frequent(scene, first)
    } else {
        let is_usual = scene.get(index).is_some_and(|token| token.is(USUAL));
        strong(first)
            && is_usual
            && !first.is_stopped
            && (!scene.opens(index) || first.range.len() >= 5)
    };
    let is_listed = first.is_family
        && first.is_rare
        && scene.get(first.next).is_some_and(|t| t.is_sign(','))
        && part(scene, first.next + 1).is_some_and(|given| given.is_given && given.is_rare)
        && is_written(scene, first.next + 1);
    is_name || is_listed
}

fn frequent(scene: &Scene<'_>, part: &Part) -> bool {
    let token = part.next.checked_sub(1).and_then(|at| scene.get(at));
    token.is_some_and(|token| token.is(FREQUENT))
        || ends_as_family(scene.str(part.range.start, part.range.end))
}

/// "van der Berg", "de Souza": introduced only.
fn is_particle_led(parts: &[Part], is_introduced: bool) -> bool {
    is_introduced && parts.iter().any(|part| part.is_rare && part.is_family) && parts.len() > 1
}

/// Names typed in small letters: a given and a family name side by side, both nothing else.
fn lower(scene: &Scene<'_>, index: usize, found: &mut Found<'_>) -> Option<usize> {
    let (given, family) = (scene.get(index)?, scene.get(index + 1)?);
    let is_pair = given.is(GIVEN_NAME)
        && !given.is(ORDINARY | STOPPED | PARTICLE)
        && family.is(FREQUENT)
        && !family.is(ORDINARY | STOPPED | GIVEN_NAME | PARTICLE)
        && family.is_word()
        && scene.gap(index) == " "
        && given.end - given.start >= 3
        && family.end - family.start >= 4;
    is_pair.then(|| {
        found.add(given.start..family.end, Class::FullName);
        index + 2
    })
}

/// `john.smith`, `jsmith42` behind "user", and the like are the labels'; here: "— John" and
/// "John:" at the start of a line, which sign and speak.
pub(super) fn speakers(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (index, token) in scene.tokens.iter().enumerate() {
        let opens = scene.before(index).is_none_or(|before| {
            matches!(before.kind, Kind::Sign('\n' | '—' | '–' | '-' | ']' | '~'))
        });
        let closes = scene
            .get(index + 1)
            .is_none_or(|after| matches!(after.kind, Kind::Sign(':' | '\n')));
        let is_name =
            token.is(GIVEN_NAME) && token.case == Case::Capital && !token.is(ORDINARY | STOPPED);
        if opens && closes && is_name {
            found.add(token.start..token.end, Class::FirstName);
        }
    }
}
