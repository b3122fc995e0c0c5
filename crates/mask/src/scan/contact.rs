//! E-mail addresses, plainly written or spelled out, and handles.

use model::Class;

use super::found::Found;
use super::tokens::{Kind, Scene};

/// Addresses around an `@`.
pub(super) fn email(scene: &Scene<'_>, found: &mut Found<'_>) {
    let text = scene.text;
    for (at, _) in text.match_indices(['@', '＠']) {
        let sign = if text.get(at..).is_some_and(|rest| rest.starts_with('@')) {
            1
        } else {
            3
        };
        let before = text.get(..at).unwrap_or("");
        let is_local = |c: char| {
            c.is_alphanumeric()
                || matches!(
                    c,
                    '.' | '_' | '%' | '+' | '\'' | '-' | '!' | '#' | '$' | '&' | '*' | '~' | '^'
                )
        };
        let start = before.rfind(|c: char| !is_local(c)).map_or(0, |last| {
            last + before
                .get(last..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
        let local = before.get(start..).unwrap_or("");
        let local = local.trim_start_matches(['.', '\'', '-', '*', '!', '#', '&', '$', '~', '^']);
        // A quoted mailbox: "john doe"@example.com.
        let quoted = before.strip_suffix('"').and_then(|rest| rest.rfind('"'));
        let start = if local.is_empty() {
            quoted.unwrap_or(at)
        } else {
            at - local.len()
        };
        let host = host(text.get(at + sign..).unwrap_or(""));
        if start < at && host > 0 {
            found.add(start..at + sign + host, Class::Email);
        }
    }
}

/// How long the host at the start of a text is: labels with a dot among them, or none.
fn host(text: &str) -> usize {
    if let Some(literal) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return literal.0.len() + 2;
    }
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '。' | '．');
    let end = text.find(|c: char| !is_host(c)).unwrap_or(text.len());
    let host = text.get(..end).unwrap_or("").trim_end_matches(['.', '-']);
    let last = host.rsplit(['.', '。', '．']).next().unwrap_or("");
    let is_whole = host.contains(['.', '。', '．']) && !host.starts_with(['.', '-']);
    let is_named = last.chars().count() >= 2 && last.chars().any(char::is_alphabetic);
    if is_whole && is_named { host.len() } else { 0 }
}

/// "john (at) example dot com", `john [at] example.com`.
pub(super) fn spelled(scene: &Scene<'_>, found: &mut Found<'_>) {
    let is_word = |index: usize, words: &[&str]| {
        scene
            .get(index)
            .is_some_and(|token| words.contains(&scene.word(token).to_ascii_lowercase().as_str()))
    };
    for (index, token) in scene.tokens.iter().enumerate() {
        if !is_word(index, &["at", "arroba", "chez", "ät"]) || !token.is_word() {
            continue;
        }
        let opened = scene
            .before(index)
            .filter(|sign| matches!(sign.kind, Kind::Sign('(' | '[' | '{' | '<' | '_')));
        let (left, right) = if opened.is_some() {
            (index.checked_sub(2), index + 2)
        } else {
            (index.checked_sub(1), index + 1)
        };
        let Some(mut first) = left else { continue };
        // The mailbox may have dots in it, or "dot".
        while first >= 2
            && (is_word(first - 1, &["dot", "punkt", "punto"])
                || scene.get(first - 1).is_some_and(|t| {
                    matches!(t.kind, Kind::Sign('.' | '-' | '_'))
                        && scene.touches(first - 1)
                        && scene.touches(first - 2)
                }))
        {
            first -= 2;
        }
        let Some(mut last) = host_end(scene, right) else {
            continue;
        };
        let is_plain = opened.is_none();
        let has_dot = (right..=last).any(|at| is_word(at, &["dot", "punkt", "punto"]));
        // Without brackets "at" is a word: only a spelled dot shows it is an address.
        if is_plain && !has_dot {
            continue;
        }
        if scene.get(last).is_some_and(|token| token.is_sign(')')) {
            last -= 1;
        }
        if let (Some(from), Some(to)) = (scene.get(first), scene.get(last))
            && matches!(from.kind, Kind::Word | Kind::Mixed | Kind::Digits)
        {
            found.add(from.start..to.end, Class::Email);
        }
    }
}

/// The last token of a host that begins at one, its dots spelled or not.
fn host_end(scene: &Scene<'_>, from: usize) -> Option<usize> {
    let is_label = |index: usize| {
        scene
            .get(index)
            .is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Mixed | Kind::Digits))
    };
    let mut at = from;
    if !is_label(at) {
        return None;
    }
    let mut dots = 0;
    loop {
        let mut next = at + 1;
        if scene
            .get(next)
            .is_some_and(|t| matches!(t.kind, Kind::Sign('(' | '[')))
        {
            next += 1;
        }
        let token = scene.get(next);
        let is_dot = token.is_some_and(|token| {
            let word = scene.word(token).to_ascii_lowercase();
            matches!(word.as_str(), "dot" | "punkt" | "punto" | "point" | "ponto")
                || word == "." && scene.touches(at) && scene.touches(next)
        });
        if !is_dot {
            break;
        }
        let mut label = next + 1;
        if scene
            .get(label)
            .is_some_and(|t| matches!(t.kind, Kind::Sign(')' | ']')))
        {
            label += 1;
        }
        if !is_label(label) {
            break;
        }
        (at, dots) = (label, dots + 1);
    }
    (dots > 0).then_some(at)
}

/// `@handle` where it cannot be a word of the trade.
pub(super) fn handle(scene: &Scene<'_>, found: &mut Found<'_>) {
    for (index, token) in scene.tokens.iter().enumerate() {
        let Some(name) = scene.get(index + 1) else {
            break;
        };
        let touches_before = index > 0 && scene.touches(index - 1);
        if token.is_sign('@') && !touches_before && scene.touches(index) && name.kind == Kind::Mixed
        {
            found.add(name.start..name.end, Class::Username);
        }
    }
}
