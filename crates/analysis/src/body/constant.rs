//! SQL made when it runs, of which all but the literals is known.
//!
//! Why: `EXECUTE format('DELETE FROM orders WHERE id = %L', id)` does what a prepared statement
//! would; to call it unreadable would stop what nothing is wrong with.
//! What sets names or bare text into SQL (`%I`, `%s`, `||`) is not known.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::lex::{Kind, Lexer};
use crate::reader::{Reader, child};

/// Where a literal is set: a parameter nobody writes, between blanks.
const PLACE: &str = " $9999 ";

impl Reader<'_> {
    /// The SQL that an EXECUTE's expression is known to give: constants, and constants among which
    /// only literals are set, by `format('… %L …')` or `quote_literal`.
    pub(super) fn constant_sql(&mut self, root: &SyntaxNode) -> Option<String> {
        let target = root
            .descendants()
            .find(|n| n.kind() == SyntaxKind::TARGET)?;
        let expression = operands(&target).into_iter().next()?;
        let text = self.folded(&expression, 0)?;
        is_whole(&text).then_some(text)
    }

    fn folded(&mut self, node: &SyntaxNode, depth: usize) -> Option<String> {
        if depth > 40 {
            return None;
        }
        if let Some(text) = self.string(node) {
            return Some(text);
        }
        match node.kind() {
            SyntaxKind::PAREN_EXPR => self.folded(operands(node).first()?, depth + 1),
            SyntaxKind::BIN_EXPR => {
                if self.operator(node) != crate::operator::Op::Concat {
                    return None;
                }
                let sides = operands(node);
                let (left, right) = (sides.first()?, sides.get(1)?);
                let left = self.folded(left, depth + 1)?;
                Some(left + &self.folded(right, depth + 1)?)
            }
            SyntaxKind::CALL_EXPR => {
                let path = Self::dotted(&node.children().next()?)?;
                let list = child(node, SyntaxKind::ARG_LIST)?;
                let first = operands(&list.children().next()?).into_iter().next()?;
                let [name] = path.as_slice() else { return None };
                let own = self.world.functions(None, name, None);
                if !own.iter().all(|f| &*f.schema == "pg_catalog") || own.is_empty() {
                    return None;
                }
                match name.as_str() {
                    "quote_literal" | "quote_nullable" => Some(PLACE.to_owned()),
                    "format" => filled(&self.string(&first)?),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Whether each place is where a literal may stand by itself: inside of quotes, or next to a
/// prefix of them, a literal's own quotes would be read as something else.
fn is_whole(text: &str) -> bool {
    let parameters = Lexer::new(text)
        .filter(|token| token.kind == Kind::Parameter)
        .filter(|token| text.get(token.start..token.end) == Some(PLACE.trim()));
    let places = text.match_indices(PLACE);
    let is_apart = |at: usize| {
        let joins = |c: char| c.is_alphanumeric() || "_$&'\"\\".contains(c);
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + PLACE.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(joins) && !after.is_some_and(joins)
    };
    parameters.count() == places.clone().count() && places.map(|(at, _)| at).all(is_apart)
}

/// A format whose places are all literals, each a parameter; `None` where it has others.
fn filled(format: &str) -> Option<String> {
    let mut sql = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        sql.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            sql.push('%');
            rest = after;
            continue;
        }
        let numbered = after
            .split_once('$')
            .filter(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        let after = numbered.map_or(after, |(_, after)| after);
        rest = after.strip_prefix('L')?;
        sql.push_str(PLACE);
    }
    sql.push_str(rest);
    Some(sql)
}
