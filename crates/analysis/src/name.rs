//! Names, as the server folds them.
//!
//! Why: `"customers"`, `CUSTOMERS`, `U&"c\0075stomers"` and a name cut at 63 bytes are one thing.
//! It does not look anything up.

use squawk_syntax::{SyntaxKind, SyntaxNode, ast::normalize_name_node};

/// `NAMEDATALEN - 1`.
const LONGEST: usize = 63;

/// Cut as the server cuts: at 63 bytes, never inside a character.
pub(crate) fn cut(mut name: String) -> String {
    if name.len() > LONGEST {
        let end = (0..=LONGEST)
            .rev()
            .find(|at| name.is_char_boundary(*at))
            .unwrap_or(0);
        name.truncate(end);
    }
    name
}

/// The name a node holds.
pub(crate) fn of(node: &SyntaxNode) -> String {
    cut(normalize_name_node(node))
}

/// The parts of a dotted path, left to right, from a node that is or holds a `PATH_REF` or `PATH`.
pub(crate) fn path(node: &SyntaxNode) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for node in node.descendants() {
        if matches!(
            node.kind(),
            SyntaxKind::PATH_SEGMENT_REF | SyntaxKind::PATH_SEGMENT
        ) {
            parts.push(of(&node));
        }
    }
    if parts.is_empty() {
        parts.push(of(node));
    }
    parts
}

/// Schema and name of a path of one or two parts; of three, the database is dropped.
pub(crate) fn qualified(node: &SyntaxNode) -> (Option<String>, String) {
    let mut parts = path(node);
    let name = parts.pop().unwrap_or_default();
    (parts.pop(), name)
}

/// Schema and name in a text, as `regclass` reads one: folded unless quoted; of three parts the
/// database is dropped.
pub(crate) fn in_text(text: &str) -> Option<(Option<String>, String)> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_part(quoted)?
        } else {
            let end = rest
                .find(|c: char| c == '.' || c == '"' || c.is_whitespace())
                .unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            (part.to_ascii_lowercase(), after)
        };
        if part.is_empty() {
            return None;
        }
        parts.push(cut(part));
        let after = after.trim_start();
        match after.strip_prefix('.') {
            Some(next) => rest = next.trim_start(),
            None if after.is_empty() && parts.len() <= 3 => break,
            None => return None,
        }
    }
    let name = parts.pop()?;
    Some((parts.pop(), name))
}

/// What stands before the closing quote, and what follows it.
fn quoted_part(text: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                part.push('"');
                rest = next;
            }
            None => return Some((part, after)),
        }
    }
}

/// The name in the first node within that holds one.
pub(crate) fn of_first(node: &SyntaxNode) -> String {
    let deepest = node.descendants().last();
    deepest.map_or_else(|| of(node), |deepest| of(&deepest))
}
