//! Postal addresses: the name of a street with a house number, and what follows of the town.

use model::Class;

use super::found::Found;
use super::lexicon::{PARTICLE, STREET, STREET_LEAD, THING, UNIT};
use super::tokens::{Case, Kind, Scene, Token};

/// Endings of streets in one word.
const ENDINGS: &[&str] = &[
    "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "damm", "ufer", "ring", "straat",
    "laan", "plein", "gracht", "kade", "dijk", "singel", "gatan", "vägen", "gata", "väg", "gränd",
    "torget", "gade", "vej", "stræde", "veien", "gate", "vei", "katu", "katu", "tie", "kuja",
    "polku", "stígur", "gata", "utca", "markt", "chaussee", "steig", "pfad", "graben",
];

pub(super) fn addresses(scene: &Scene<'_>, found: &mut Found<'_>) {
    let mut at = 0;
    while let Some(token) = scene.get(at) {
        let span = match token.kind {
            Kind::Digits | Kind::Mixed => numbered(scene, at),
            Kind::Word => led(scene, at)
                .or_else(|| joined(scene, at))
                .or_else(|| eastern(scene, at)),
            Kind::Sign(_) => None,
        };
        if let Some((start, last)) = span {
            let last = town(scene, last);
            if let (Some(from), Some(to)) = (scene.get(start), scene.get(last)) {
                found.add(from.start..to.end, Class::Address);
            }
            at = last + 1;
        } else {
            at += 1;
        }
    }
}

/// A house number: 12, 12a, 12-14.
fn is_house(scene: &Scene<'_>, token: &Token) -> bool {
    let word = scene.word(token);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (1..=5).contains(&digits) && word.len() <= digits + 1 && !word.starts_with("00")
}

fn is_name(token: &Token) -> bool {
    token.is_word() && (token.case != Case::Lower || token.is(PARTICLE))
        || token.kind == Kind::Mixed && token.end - token.start <= 5
}

/// "12 Main Street", "221B Baker St", "12, rue de la Paix", "350 5th Ave".
fn numbered(scene: &Scene<'_>, at: usize) -> Option<(usize, usize)> {
    let house = scene.get(at)?;
    let glued = at > 0
        && scene.touches(at - 1)
        && scene
            .before(at)
            .is_some_and(|t| !matches!(t.kind, Kind::Sign('(' | '"' | ',' | ':' | '\n' | '#')));
    let is_counted = scene.before(at).is_some_and(|t| t.is(THING));
    if !is_house(scene, house) || glued || is_counted {
        return None;
    }
    let mut next = at + 1;
    // 12-14, 12/3.
    if scene
        .get(next)
        .is_some_and(|t| matches!(t.kind, Kind::Sign('-' | '/')))
        && scene.get(next + 1).is_some_and(|t| is_house(scene, t))
        && scene.touches(next)
    {
        next += 2;
    }
    if scene.get(next).is_some_and(|t| t.is_sign(',')) {
        next += 1;
    }
    if scene
        .get(next)
        .is_some_and(|t| t.is(STREET_LEAD) && t.is_word())
        && is_lead(scene, next)
    {
        let last = lead_name(scene, next)?;
        return Some((at, last));
    }
    let mut names = 0;
    while names <= 4 {
        let token = scene.get(next)?;
        let is_end = token.is(STREET)
            && token.is_word()
            && (token.case != Case::Lower || names > 0 && token.end - token.start > 3);
        if is_end && (names > 0) {
            let dotted = scene.get(next + 1).is_some_and(|t| t.is_sign('.')) && scene.touches(next);
            return Some((
                at,
                if dotted && token.end - token.start <= 4 {
                    next + 1
                } else {
                    next
                },
            ));
        }
        let is_dot = matches!(token.kind, Kind::Sign('.' | '\'' | '’' | '-'))
            && scene.touches(next.checked_sub(1)?);
        let is_glued =
            token.is_word() && token.end - token.start == 1 && scene.touches(next.checked_sub(1)?);
        if !(is_glued || is_name(token) || token.kind == Kind::Digits && names == 0 || is_dot)
            || token.is_sign('\n')
        {
            return None;
        }
        names += usize::from(!is_dot);
        next += 1;
    }
    None
}

/// Whether a leading street word is written as one: abbreviated with a dot, or before a name.
fn is_lead(scene: &Scene<'_>, at: usize) -> bool {
    let mut next = at + 1;
    if scene.get(next).is_some_and(|t| t.is_sign('.')) {
        next += 1;
    }
    scene.get(next).is_some_and(|t| {
        is_name(t)
            || t.is_word() && t.case == Case::Lower && !t.word_is_ascii(scene)
            || t.kind == Kind::Digits
    })
}

/// The last token of the name that a leading street word has.
fn lead_name(scene: &Scene<'_>, at: usize) -> Option<usize> {
    let mut last = at;
    let mut names = 0;
    for index in at + 1..at + 8 {
        let Some(token) = scene.get(index) else { break };
        let is_dot =
            matches!(token.kind, Kind::Sign('.' | '\'' | '’' | '-')) && scene.touches(index - 1);
        let is_part =
            is_name(token) || token.is(PARTICLE) || token.is_word() && !token.word_is_ascii(scene);
        if !(is_dot || is_part) {
            break;
        }
        if !is_dot {
            names += 1;
            last = index;
        }
    }
    (names > 0).then_some(last)
}

/// "Via Roma 12", "Calle Mayor, 5", "ul. Marszałkowska 10/12", "ул. Ленина, д. 5".
fn led(scene: &Scene<'_>, at: usize) -> Option<(usize, usize)> {
    let lead = scene.get(at)?;
    if !lead.is(STREET_LEAD) || !is_lead(scene, at) {
        return None;
    }
    let last = lead_name(scene, at)?;
    for next in last + 1..last + 6 {
        let Some(token) = scene.get(next) else { break };
        let is_filler = matches!(token.kind, Kind::Sign(',' | '.' | '№' | '#' | 'º' | '°'))
            || token.is(UNIT)
            || matches!(
                scene.word(token),
                "n" | "no" | "nr" | "Nr" | "No" | "núm" | "bldg"
            );
        if is_house(scene, token) {
            let mut end = next;
            if scene
                .get(end + 1)
                .is_some_and(|t| matches!(t.kind, Kind::Sign('/' | '-')))
                && scene.get(end + 2).is_some_and(|t| is_house(scene, t))
                && scene.touches(end)
            {
                end += 2;
            }
            return Some((at, end));
        }
        if !is_filler {
            break;
        }
    }
    None
}

/// "Hauptstraße 12", "Lange Str. 4a", "Drottninggatan 5", "Kossuth Lajos utca 3".
fn joined(scene: &Scene<'_>, at: usize) -> Option<(usize, usize)> {
    let token = scene.get(at)?;
    let is_numbered = (at + 1..at + 3).any(|at| {
        let next = scene.get(at);
        next.is_some_and(|next| matches!(next.kind, Kind::Digits | Kind::Mixed))
    });
    if !is_numbered {
        return None;
    }
    let word = scene.word(token).to_lowercase();
    let is_ended = token.case != Case::Lower
        && ENDINGS
            .iter()
            .any(|ending| word.len() >= ending.len() + 2 && word.ends_with(ending));
    let is_apart =
        token.is(STREET) && scene.before(at).is_some_and(Token::is_capital) && token.is_word();
    if !(is_ended || is_apart) {
        return None;
    }
    let mut next = at + 1;
    if scene.get(next).is_some_and(|t| t.is_sign('.')) && scene.touches(at) {
        next += 1;
    }
    let house = scene.get(next).filter(|t| {
        is_house(scene, t)
            && scene.str(token.end, t.start).len() <= 2
            && !scene.str(token.end, t.start).contains('\n')
    })?;
    let _ = house;
    let mut first = at;
    while is_apart
        && first > 0
        && at - first < 3
        && scene.before(first).is_some_and(Token::is_capital)
        && scene.gap(first - 1) == " "
    {
        first -= 1;
    }
    let mut end = next;
    if scene
        .get(end + 1)
        .is_some_and(|t| matches!(t.kind, Kind::Sign('/' | '-')))
        && scene.get(end + 2).is_some_and(|t| is_house(scene, t))
        && scene.touches(end)
    {
        end += 2;
    }
    // "12 a".
    if scene
        .get(end + 1)
        .is_some_and(|t| t.is_word() && t.end - t.start == 1)
    {
        end += 1;
    }
    Some((first, end))
}

/// 東京都渋谷区…1-2-3, 北京市朝阳区建国路88号, 서울시 강남구 테헤란로 123.
fn eastern(scene: &Scene<'_>, at: usize) -> Option<(usize, usize)> {
    let token = scene.get(at)?;
    let first = scene.word(token).chars().next()?;
    if !matches!(first, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
    {
        return None;
    }
    let mut signs = 0;
    let mut digits = false;
    let mut last = at;
    for index in at..at + 16 {
        let Some(token) = scene.get(index) else { break };
        let word = scene.word(token);
        match token.kind {
            Kind::Digits if token.end - token.start <= 5 => digits = true,
            Kind::Mixed => digits = true,
            Kind::Sign('-' | '−' | '－' | '~') => {}
            Kind::Word
                if scene
                    .str(scene.get(last).map_or(0, |t| t.end), token.start)
                    .len()
                    <= 1 =>
            {
                let marks = [
                    "都", "道", "府", "県", "省", "市", "区", "區", "縣", "县", "町", "丁目",
                    "番地", "路", "街", "号", "號", "弄", "室", "시", "도", "구", "동", "로", "길",
                    "번지", "읍", "면",
                ];
                signs += marks.iter().filter(|mark| word.contains(**mark)).count();
            }
            _ => break,
        }
        last = index;
    }
    (digits && signs >= 2).then_some((at, last))
}

/// Behind a street: a dwelling, a town, a postcode, as far as they are there.
fn town(scene: &Scene<'_>, last: usize) -> usize {
    let mut end = last;
    let mut at = last + 1;
    let mut words = 0;
    while let Some(token) = scene.get(at) {
        let is_comma = token.is_sign(',')
            || token.is_sign('.') && token.start == scene.get(at - 1).map_or(0, |t| t.end);
        if token.is(UNIT) && token.is_word() && scene.get(at + 1).is_some_and(|t| !t.is_sign('\n'))
        {
            // "Apt 4", "Suite 200", "2. OG".
            let number = (at + 1..at + 4).find(|at| {
                scene.get(*at).is_some_and(|t| {
                    matches!(t.kind, Kind::Digits | Kind::Mixed)
                        || t.is_word() && t.end - t.start == 1
                })
            });
            if let Some(number) = number {
                (end, at) = (number, number + 1);
                continue;
            }
        }
        if token.is_sign('#')
            && scene
                .get(at + 1)
                .is_some_and(|t| matches!(t.kind, Kind::Digits | Kind::Mixed))
        {
            (end, at) = (at + 1, at + 2);
            continue;
        }
        let is_split = token.kind == Kind::Digits
            && token.end - token.start == 2
            && scene.get(at + 1).is_some_and(|t| t.is_sign('-'))
            && scene.touches(at)
            && scene.touches(at + 1);
        let is_code = is_split
            || matches!(token.kind, Kind::Digits | Kind::Mixed)
                && (3..=10).contains(&(token.end - token.start));
        if is_code && words <= 6 {
            end = code(scene, at, words == 0);
            break;
        }
        let is_part = is_comma || is_name(token) && token.kind == Kind::Word || token.is_sign('-');
        if !is_part || words > 6 {
            break;
        }
        words += usize::from(token.is_word());
        at += 1;
    }
    end
}

/// Where a postcode ends; of two parts where they are short (SW1A 1AA, 111 22, 62704-1234).
fn code(scene: &Scene<'_>, at: usize, leads: bool) -> usize {
    let mut end = at;
    if scene.get(at + 1).is_some_and(|t| {
        matches!(t.kind, Kind::Mixed | Kind::Digits) && t.end - t.start <= 4 && scene.gap(at) == " "
    }) {
        end = at + 1;
    } else if scene.get(at + 1).is_some_and(|t| t.is_sign('-'))
        && scene.touches(at)
        && scene.get(at + 2).is_some_and(|t| t.kind == Kind::Digits)
    {
        end = at + 2;
    }
    // A town behind its code (10115 Berlin).
    if scene
        .get(end + 1)
        .is_some_and(|t| t.is_capital() && scene.gap(end) == " ")
        && leads
    {
        end += 1;
    }
    end
}

impl Token {
    fn word_is_ascii(&self, scene: &Scene<'_>) -> bool {
        scene.word(self).is_ascii()
    }
}
