//! Groups by what may not tell rows apart: the edits that group by nothing instead.
//!
//! Why: a report groups by the host of an address, and a list tells its rows apart whatever columns
//! it has. What computes the key is never computed then, wherever the statement says it again,
//! since the server holds a key and an output column to be the same by their words.
//! Keys that are columns as they are, and whose stand-ins show which are equal, are `level`'s.

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::changed::Change;
use crate::condition::operands;
use crate::instead::{By, Instead, Noted, blank, never, quoted, words_of};
use crate::reader::{Reader, child, has_token};
use crate::scope::Scope;
use crate::tree::{Role, role};
use crate::value::{Col, Field, Value};

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

    /// DISTINCT: rows are told apart by all their columns. A star is written out where one of its
    /// columns is to be blanked.
    pub(crate) fn distinct_by_all(
        &mut self,
        select: &SyntaxNode,
        scope: &Scope<'_>,
        fields: &[Field],
    ) {
        let (mut told, mut uses) = (Vec::new(), Vec::new());
        for (at, field) in fields.iter().enumerate() {
            let going = self.level.going.len();
            let ((), gathered) = self.gathers(By::Key, |reader| reader.groups(&field.value));
            if gathered.uses.is_empty() {
                continue;
            }
            // All are alike then: nothing is sorted by it.
            self.level.going.truncate(going);
            if field.value.output.is_some() {
                self.grouped(&field.value, None);
                continue;
            }
            told.push(at);
            uses.extend(gathered.uses);
        }
        if told.is_empty() {
            return;
        }
        let is_open = self.is_editable() && self.choosing == 0 && self.gathered.is_none();
        let changes = self.written_out(select, scope, (fields, &told));
        match changes.filter(|_| is_open) {
            Some(changes) => {
                self.edits(Noted {
                    changes,
                    instead: Instead::Blank,
                    is_by_the_way: false,
                    uses,
                });
            }
            None => {
                for (col, form) in uses {
                    self.uses(col, form);
                }
            }
        }
    }

    /// The stars of a SELECT written out, those at these places never computed; none where it is
    /// not plain which columns a star is.
    fn written_out(
        &mut self,
        select: &SyntaxNode,
        scope: &Scope<'_>,
        (fields, told): (&[Field], &[usize]),
    ) -> Option<Vec<Change>> {
        let mut changes = Vec::new();
        let mut at = 0;
        let list = child(select, SyntaxKind::TARGET_LIST)?;
        for target in list.children() {
            let expression = operands(&target).into_iter().next();
            let columns: Vec<(String, &str)> = if has_token(&target, SyntaxKind::STAR) {
                let each = scope.offer.sources.iter().flat_map(|source| {
                    let own = source.fields.iter();
                    own.map(|field| (quoted(&source.alias), &*field.name))
                });
                each.collect()
            } else if let Some(starred) = self.starred(expression.as_ref()?, scope) {
                let base = expression?.children().next()?.text().to_string();
                let own = fields.get(at..)?.iter().take(starred.len());
                own.map(|field| (base.clone(), &*field.name)).collect()
            } else {
                at += 1;
                continue;
            };
            let own = fields.get(at..at + columns.len())?;
            if !own
                .iter()
                .zip(&columns)
                .all(|(field, (_, name))| *field.name == **name)
            {
                return None;
            }
            let written = columns.iter().enumerate().map(|(n, (base, name))| {
                let column = format!("{base}.{}", quoted(name));
                if told.contains(&(at + n)) {
                    blank(&column, name)
                } else {
                    column
                }
            });
            let written: Vec<String> = written.collect();
            changes.push(Change::Put(words_of(&target), written.join(", ")));
            at += columns.len();
        }
        (at == fields.len()).then_some(changes)
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
