//! MERGE: what each of its arms does, and to which rows.
//!
//! Why: an arm for rows without a source changes every row the condition does not reach.
//! Single writes are in `write`.

use model::{Action, Predicate};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::narrow::{Narrow, changed};
use crate::notes::table;
use crate::reader::{Reader, child};
use crate::scope::{Offer, Scope};
use crate::select::Rows;
use crate::set::columns_written;
use crate::write::Target;

impl<'a> Reader<'a> {
    /// MERGE.
    pub(crate) fn merge(&mut self, node: &SyntaxNode, outer: &Scope<'_>) -> Rows {
        let target = self.target(node);
        let offer = Offer::one(target.source.clone());
        let Some(using) = child(node, SyntaxKind::USING_ON_CLAUSE) else {
            self.unread(node);
            return Rows::default();
        };
        let mut scope = Scope::new(offer, Some(outer));
        let on = child(&using, SyntaxKind::ON_CLAUSE);
        for item in using
            .children()
            .filter(|c| c.kind() != SyntaxKind::ON_CLAUSE)
        {
            let source = self.from_item(&item, outer, outer);
            scope.offer.add(source);
        }
        let verdict = on
            .and_then(|on| operands(&on).into_iter().next())
            .map(|condition| self.condition(&condition, &scope))
            .unwrap_or_default();
        let target_id = changed(&scope.offer);
        if let Some(relation) = target.relation {
            self.notes.act(Action::Merge, table(relation));
        }
        for clause in node.children() {
            let (changes, own) = self.merge_clause(&clause, &target, &scope);
            let is_of_source = clause.kind() == SyntaxKind::MERGE_WHEN_NOT_MATCHED_SOURCE;
            if changes {
                let mut narrow = own;
                if !is_of_source {
                    narrow.and(&scope.offer.narrow);
                    narrow.and(&verdict.narrow);
                }
                let is_bounded = narrow.sources().contains(&target_id);
                self.notes.predicate(Predicate {
                    has_where: true,
                    is_bounded,
                    is_tautology: !is_bounded && (verdict.always == Some(true) || is_of_source),
                });
            }
        }
        self.returning(node, scope.offer, outer)
    }

    /// One WHEN of MERGE; whether it changes or removes rows, and which by its own condition.
    fn merge_clause(
        &mut self,
        clause: &SyntaxNode,
        target: &Target<'a>,
        scope: &Scope<'_>,
    ) -> (bool, Narrow) {
        let mut changes = false;
        let mut narrow = Narrow::default();
        if !matches!(
            clause.kind(),
            SyntaxKind::MERGE_WHEN_MATCHED
                | SyntaxKind::MERGE_WHEN_NOT_MATCHED_SOURCE
                | SyntaxKind::MERGE_WHEN_NOT_MATCHED_TARGET
        ) {
            return (changes, narrow);
        }
        for part in clause.children() {
            match part.kind() {
                SyntaxKind::MERGE_CONDITION => {
                    for condition in operands(&part) {
                        let verdict = self.condition(&condition, scope);
                        narrow.and(&verdict.narrow);
                    }
                }
                SyntaxKind::MERGE_UPDATE => {
                    changes = true;
                    self.set_clause(&part, target.relation, scope);
                }
                SyntaxKind::MERGE_DELETE => {
                    changes = true;
                    if let Some(relation) = target.relation {
                        self.writes(Action::Delete, relation, &[], &[]);
                    }
                }
                SyntaxKind::MERGE_INSERT => self.merge_insert(&part, target, scope),
                SyntaxKind::MERGE_DO_NOTHING | SyntaxKind::BY_TARGET => {}
                _ => self.unread(&part),
            }
        }
        (changes, narrow)
    }

    fn merge_insert(&mut self, part: &SyntaxNode, target: &Target<'a>, scope: &Scope<'_>) {
        let mut values = Vec::new();
        if let Some(list) = child(part, SyntaxKind::VALUES) {
            for field in self.select(&list, scope).fields {
                self.carries(&field.value, None);
                values.push(field.value);
            }
        }
        let Some(relation) = target.relation else {
            return;
        };
        let mut names = columns_written(part);
        if child(part, SyntaxKind::COLUMN_TARGET_LIST).is_none() {
            names = relation
                .columns
                .iter()
                .map(|column| column.name.to_string())
                .collect();
        }
        let list = child(part, SyntaxKind::VALUES);
        self.puts_rows((relation, &names), list.as_ref(), &values);
        self.writes(Action::Insert, relation, &names, &values);
    }
}
