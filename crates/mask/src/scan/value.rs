//! The value behind a label, and the pairs `key=value`.

use std::ops::Range;

use model::Class;

use super::found::Found;
use super::labels::{Label, Takes};
use super::lexicon::FILLER;
use super::said::is_month;
use super::secret::is_random;
use super::tokens::{Case, Kind, Scene};

/// Fillers between a label and its value.
const MOST_FILLERS: usize = 6;

/// Words that stand where a value would and are none.
pub(super) const NO_VALUES: &[&str] = &[
    "null",
    "none",
    "nil",
    "true",
    "false",
    "required",
    "optional",
    "missing",
    "invalid",
    "valid",
    "expired",
    "empty",
    "undefined",
    "unknown",
    "redacted",
    "masked",
    "hidden",
    "changed",
    "reset",
    "updated",
    "incorrect",
    "wrong",
    "failed",
    "protected",
    "disabled",
    "enabled",
    "yes",
    "no",
    "n/a",
    "na",
    "tbd",
    "string",
    "text",
    "must",
    "should",
    "field",
    "policy",
    "hash",
    "login",
    "change",
    "new",
    "old",
    "needs",
    "cannot",
    "not",
    "too",
    "has",
    "have",
    "will",
    "was",
    "were",
    "been",
    "email",
    "read",
    "write",
    "admin",
    "profile",
    "all",
    "repo",
];

/// Claims the value behind a label, if it looks as the label's values do.
pub(super) fn behind(scene: &Scene<'_>, index: usize, label: &Label, found: &mut Found<'_>) {
    let Some((at, is_marked)) = value_start(scene, index, label.takes) else {
        return;
    };
    let range = match label.takes {
        Takes::Coded(least) => coded(scene, at, least, is_marked),
        Takes::Digits(..) if label.class == Class::BirthDate => birth(scene, at),
        Takes::Digits(least, most) => digits(scene, at, (least, most), label.class),
        Takes::Random => random(scene, at, is_marked),
        Takes::Word if label.class == Class::Username => user(scene, at, is_marked),
        Takes::Word => word(scene, at, is_marked),
    };
    let Some(range) = range else { return };
    let (end, is_code) = (range.end, label.class == Class::OneTimeCode);
    found.add(range, label.class);
    if is_code {
        more_codes(scene, end, found);
    }
}

/// A list of recovery codes: each of the same make, a comma, space or line end between.
fn more_codes(scene: &Scene<'_>, mut end: usize, found: &mut Found<'_>) {
    let mut at = scene.tokens.partition_point(|token| token.start < end);
    while let Some(token) = scene.get(at) {
        if matches!(token.kind, Kind::Sign(',' | '\n' | ';' | '/')) && token.start - end <= 2 {
            (end, at) = (token.end, at + 1);
            continue;
        }
        let Some(range) = bare(scene, at).filter(|range| range.start - end <= 2) else {
            break;
        };
        let code = scene.str(range.start, range.end);
        let digits = code.bytes().filter(u8::is_ascii_digit).count();
        if digits < 2
            || !(4..=24).contains(&code.len())
            || !code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            break;
        }
        end = range.end;
        found.add(range, Class::OneTimeCode);
        at = scene.tokens.partition_point(|token| token.start < end);
    }
}

/// A user name: marked, or with something in it that words have not.
fn user(scene: &Scene<'_>, at: usize, is_marked: bool) -> Option<Range<usize>> {
    let range = bare(scene, at)?;
    let value = scene.str(range.start, range.end).trim_end_matches(':');
    let is_capital =
        value.starts_with(char::is_uppercase) && !value.bytes().any(|b| b.is_ascii_digit());
    let has_sign = value
        .bytes()
        .any(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.'));
    let is_name = value.chars().filter(|c| c.is_alphabetic()).count() >= 2
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '+' | '\\'));
    let is_none = NO_VALUES.contains(&value.to_lowercase().as_str());
    let is_path = value.to_ascii_lowercase().ends_with(".com") || value.contains("..");
    (is_name && !is_none && !is_path && (is_marked && !is_capital || has_sign))
        .then(|| range.start..range.start + value.len())
}

/// The first token that can be the value, and whether a colon or equals sign leads to it.
fn value_start(scene: &Scene<'_>, index: usize, takes: Takes) -> Option<(usize, bool)> {
    // A password may be any word: only what plainly leads to one stands between.
    let leads = |token: &super::tokens::Token| match takes {
        Takes::Word => [
            "is",
            "was",
            "to",
            "ist",
            "est",
            "es",
            "è",
            "é",
            "jest",
            "is:",
            "として",
            "は",
            "是",
            "为",
        ]
        .contains(&scene.word(token)),
        _ => token.is(FILLER),
    };
    let mut at = index + 1;
    let mut is_marked = false;
    for _ in 0..MOST_FILLERS {
        let token = scene.get(at)?;
        match token.kind {
            // "user.updated", "pin-code": one word.
            Kind::Sign('.' | '-' | '/')
                if at == index + 1 && scene.touches(index) && scene.touches(at) =>
            {
                return None;
            }
            Kind::Sign(':' | '=' | '：' | '→' | '>') => is_marked = true,
            Kind::Sign('\n') if !is_marked => return None,
            Kind::Sign(
                '#' | '$' | '€' | '£' | '"' | '\'' | '`' | '(' | '[' | '-' | '.' | '*' | '№' | '“'
                | '«' | '„' | '\n',
            ) => {
                // A minus or plus that touches the value is its own.
            }
            Kind::Word if leads(token) && !is_marked => {}
            _ => return Some((at, is_marked)),
        }
        at += 1;
    }
    Some((at, is_marked))
}

/// Letters and digits with inner signs; groups behind one space while they hold digits.
fn coded(scene: &Scene<'_>, first: usize, least: usize, is_marked: bool) -> Option<Range<usize>> {
    let token = scene.get(first)?;
    if !matches!(token.kind, Kind::Digits | Kind::Mixed | Kind::Word) {
        return None;
    }
    let start = token.start;
    let mut end = token.end;
    let mut at = first;
    while let Some(next) = scene.get(at + 1) {
        let gap = scene.gap(at);
        let is_digits = |index: usize| {
            scene
                .get(index)
                .is_some_and(|t| matches!(t.kind, Kind::Digits | Kind::Mixed))
        };
        let is_inner = gap.is_empty()
            && matches!(next.kind, Kind::Sign('-' | '.' | '/' | '+' | '·'))
            && scene.touches(at + 1)
            && scene
                .get(at + 2)
                .is_some_and(|t| matches!(t.kind, Kind::Digits | Kind::Mixed | Kind::Word));
        let is_glued =
            gap.is_empty() && matches!(next.kind, Kind::Digits | Kind::Mixed | Kind::Word);
        let short_capitals =
            next.kind == Kind::Word && next.case != Case::Lower && next.end - next.start <= 3;
        let is_group = gap == " " && (is_digits(at + 1) || short_capitals && is_digits(at));
        if !(is_inner || is_glued || is_group) || end - start > 40 {
            break;
        }
        at += 1;
        end = next.end;
    }
    let value = scene.str(start, end);
    let count = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let is_dated = crate::types::date::read_iso(value).is_some();
    let is_code = count >= least && value.len() >= 4 && letters <= 14 && !is_dated;
    (is_code || is_marked && count >= 2 && value.len() >= 5 && letters <= 14 && !is_dated)
        .then_some(start..end)
}

fn digits(
    scene: &Scene<'_>,
    first: usize,
    (least, most): (usize, usize),
    class: Class,
) -> Option<Range<usize>> {
    let is_phone = class == Class::Phone;
    // "call Bob on 555 123": a name may stand between.
    let reach = if is_phone { 3 } else { 1 };
    let at = (first..first + reach).find(|at| {
        scene
            .get(*at)
            .is_some_and(|t| matches!(t.kind, Kind::Digits | Kind::Sign('+' | '(')))
    });
    let Some(at) = at else {
        // Recovery codes have letters: ABCD-1234-EFGH.
        let is_code = class == Class::OneTimeCode;
        return if is_code {
            coded(scene, first, 2, false)
                .filter(|range| !scene.str(range.start, range.end).contains(' '))
        } else {
            None
        };
    };
    let start = scene.get(at)?.start;
    let mut end = start;
    let mut count = 0;
    for token in scene.tokens.iter().skip(at) {
        let gap = scene.str(end, token.start);
        let is_near = end == start || gap.chars().count() <= 1;
        match token.kind {
            Kind::Digits
                if is_near
                    && (is_phone
                        || gap.is_empty()
                        || count == 3 && token.end - token.start == 3
                        || class == Class::Salary) =>
            {
                count += token.end - token.start;
                end = token.end;
            }
            Kind::Sign('+' | '(' | ')' | '-' | '.' | '/' | ',')
                if is_near && (is_phone || class == Class::Salary || token.is_sign('-')) =>
            {
                if end == start {
                    end = token.end;
                }
            }
            _ => break,
        }
        if count > most {
            return None;
        }
    }
    let is_year = class == Class::OneTimeCode
        && count == 4
        && scene.str(start, end).starts_with("20")
        && is_month(scene, at.wrapping_sub(1));
    (count >= least && !is_year).then_some(start..end)
}

/// A date in any customary form.
fn birth(scene: &Scene<'_>, first: usize) -> Option<Range<usize>> {
    // "born in Berlin on 3 May 1980": within six tokens.
    let at = (first..first + 6).find(|at| {
        scene
            .get(*at)
            .is_some_and(|t| matches!(t.kind, Kind::Digits | Kind::Mixed))
            || is_month(scene, *at) && scene.get(*at + 1).is_some_and(|t| t.kind == Kind::Digits)
    })?;
    let start = scene.get(at)?.start;
    let mut end = start;
    let mut digits = 0;
    for (index, token) in scene.tokens.iter().enumerate().skip(at) {
        let length = token.end - token.start;
        let is_part = match token.kind {
            Kind::Digits => length <= 4 || length == 8,
            Kind::Mixed => {
                length <= 4 && scene.word(token).starts_with(|c: char| c.is_ascii_digit())
            }
            Kind::Word => {
                is_month(scene, index)
                    || matches!(
                        scene.word(token),
                        "de" | "of" | "the" | "年" | "月" | "日" | "년" | "월" | "일" | "г"
                    )
            }
            Kind::Sign(sign) => {
                matches!(sign, '-' | '/' | '.' | ',')
                    && scene
                        .get(index + 1)
                        .is_some_and(|t| t.kind == Kind::Digits || is_month(scene, index + 1))
            }
        };
        if !is_part || digits >= 8 || end > start && scene.str(end, token.start).len() > 1 {
            break;
        }
        if matches!(token.kind, Kind::Digits | Kind::Mixed) {
            digits += scene.word(token).bytes().filter(u8::is_ascii_digit).count();
        }
        end = token.end;
    }
    (digits >= 4).then_some(start..end)
}

/// The word at a token up to what ends a value.
fn bare(scene: &Scene<'_>, at: usize) -> Option<Range<usize>> {
    let token = scene.get(at)?;
    // Signs before the token may be the value's own: they touch it.
    let mut start = token.start;
    let mut index = at;
    while index > 0
        && scene.touches(index - 1)
        && scene
            .before(index)
            .is_some_and(|t| matches!(t.kind, Kind::Sign('#' | '-' | '.' | '*' | '$' | '!')))
    {
        index -= 1;
        start = scene.get(index)?.start;
    }
    let rest = scene.str(start, scene.text.len());
    let end = rest.find(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '`' | ',' | ';' | '<' | '>' | '”' | '»' | ')' | ']' | '}'
            )
    });
    let value = rest
        .get(..end.unwrap_or(rest.len()))?
        .trim_end_matches(['.', ':', '?']);
    (!value.is_empty()).then(|| start..start + value.len())
}

fn random(scene: &Scene<'_>, at: usize, is_marked: bool) -> Option<Range<usize>> {
    let range = bare(scene, at)?;
    let value = scene.str(range.start, range.end);
    let is_long = value.len() >= if is_marked { 8 } else { 12 };
    (is_long && is_random(value) && !value.contains("://")).then_some(range)
}

fn word(scene: &Scene<'_>, at: usize, is_marked: bool) -> Option<Range<usize>> {
    let range = bare(scene, at)?;
    let value = scene.str(range.start, range.end);
    let lower = value.to_lowercase();
    let is_none = NO_VALUES.contains(&lower.trim_matches(|c: char| !c.is_alphanumeric()))
        || value.starts_with(['<', '{', '$', '[', '%']) && value.len() < 4
        || value
            .bytes()
            .all(|byte| matches!(byte, b'*' | b'x' | b'X' | b'.' | b'-'));
    let has_sign = value
        .chars()
        .any(|c| c.is_ascii_digit() || "!@#$%^&*_+=?~".contains(c));
    let is_enough = value.len() >= 3 && (is_marked || has_sign);
    (is_enough && !is_none).then_some(range)
}
