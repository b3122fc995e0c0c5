//! Groups by what may not tell rows apart: the edits that group by nothing instead.
//!
//! Why: a report groups by the host of an address, and a list tells its rows apart whatever columns
//! it has. What computes the key is never computed then, wherever the statement says it again,
//! since the server holds a key and an output column to be the same by their words.
//! Keys that are columns as they are, and whose stand-ins show which are equal, are `level`'s.

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::changed::Change;
use crate::instead::{By, Instead, Noted, never, words_of};
use crate::reader::Reader;
use crate::tree::{Role, role};
use crate::value::{Col, Value};

/// A SELECT, and the expression it groups by.
type Key<'k> = (SyntaxNode, &'k SyntaxNode);

impl Reader<'_> {
    /// Rows are told apart by a value: one that tells more than its stand-ins do is blanked where
    /// it comes from, or never computed as a key.
    pub(crate) fn grouped(&mut self, value: &Value, key: Option<Key<'_>>) {
        self.grouped_by(value, Vec::new(), key);
    }

    /// The same for what was read already, and would tell so much.
    pub(crate) fn grouped_by(
        &mut self,
        value: &Value,
        mut uses: Vec<(Col, FilterForm)>,
        key: Option<Key<'_>>,
    ) {
        let level = self.level.going.len();
        let ((), told) = self.gathers(By::Key, |reader| reader.groups(value));
        uses.extend(told.uses);
        if uses.is_empty() {
            return;
        }
        uses.sort_unstable();
        uses.dedup();
        let is_open = self.is_editable() && self.choosing == 0 && self.gathered.is_none();
        match (value.output, key) {
            (Some(output), _) if is_open => self.blanks(output, uses),
            (None, Some((select, key))) if is_open => {
                let changes = self.wherever(&select, key);
                self.edits(Noted {
                    changes,
                    instead: Instead::Blank,
                    is_by_the_way: false,
                    uses,
                });
            }
            _ => {
                for (col, form) in uses {
                    self.uses(col, form);
                }
                return;
            }
        }
        // All are alike: nothing is sorted by it.
        self.level.going.truncate(level);
    }

    /// Rows of a set operation are told apart by a value in that form.
    pub(crate) fn told_apart(&mut self, value: &Value, form: FilterForm) {
        let ((), told) = self.gathers(By::Key, |reader| reader.chooses(value, form));
        let is_open = self.is_editable() && self.choosing == 0 && self.gathered.is_none();
        match value.output.filter(|_| is_open && !told.uses.is_empty()) {
            Some(output) => self.blanks(output, told.uses),
            None => {
                for (col, form) in told.uses {
                    self.uses(col, form);
                }
            }
        }
    }

    /// The changes by which a key is never computed, as the key and where it is said again.
    fn wherever(&self, select: &SyntaxNode, key: &SyntaxNode) -> Vec<Change> {
        let wanted = spelled(key);
        let mut changes = vec![never(key)];
        let mut next: Vec<SyntaxNode> = select.children().filter(says_again).collect();
        while let Some(node) = next.pop() {
            if role(node.kind()) == Role::Expression && spelled(&node) == wanted {
                changes.push(self.output_of(&node).unwrap_or_else(|| never(&node)));
            } else if role(node.kind()) != Role::Select {
                next.extend(node.children());
            }
        }
        changes
    }

    /// What blanks the output column that an expression is.
    fn output_of(&self, node: &SyntaxNode) -> Option<Change> {
        let span = words_of(node);
        let is_it = |change: &&Change| matches!(change, Change::Around(own, ..) if *own == span);
        let mut known = self.outputs.iter().map(|(change, _)| change);
        known.find(is_it).cloned()
    }
}

/// Clauses of a SELECT that may say a key of its GROUP BY again.
fn says_again(clause: &SyntaxNode) -> bool {
    matches!(
        clause.kind(),
        SyntaxKind::GROUP_BY_CLAUSE
            | SyntaxKind::HAVING_CLAUSE
            | SyntaxKind::ORDER_BY_CLAUSE
            | SyntaxKind::SELECT_CLAUSE
            | SyntaxKind::WINDOW_CLAUSE
    )
}

/// The words of an expression, without what qualifies its names.
fn spelled(node: &SyntaxNode) -> Vec<String> {
    let tokens = node
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .filter(|token| !token.kind().is_trivia());
    let mut words: Vec<String> = Vec::new();
    let mut is_qualified = false;
    for token in tokens {
        if token.kind() == SyntaxKind::DOT {
            words.pop();
            is_qualified = true;
            continue;
        }
        let is_name = is_qualified || token.kind() == SyntaxKind::IDENT;
        is_qualified = false;
        let text = token.text();
        let text = text
            .strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'))
            .unwrap_or(text);
        words.push(if is_name {
            text.to_lowercase()
        } else {
            text.to_owned()
        });
    }
    words
}
