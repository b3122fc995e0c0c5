//! Joins: what two row sources offer together, and what they are chosen by.
//!
//! Why: USING and NATURAL compare columns without a predicate anybody can see.
//! The sources themselves are in `from`.

use std::rc::Rc;

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::from::{is_item, named};
use crate::narrow::Narrow;
use crate::reader::{Reader, child, has_token};
use crate::scope::{Offer, Scope, Source};
use crate::select::columns_of;
use crate::value::{Field, Value};

impl Reader<'_> {
    /// A tree of joins.
    pub(crate) fn joins(
        &mut self,
        item: &SyntaxNode,
        outer: &Scope<'_>,
        lateral: &Scope<'_>,
    ) -> Offer {
        // Joins lean to the left: down them without a step for each.
        let mut joins = Vec::new();
        let mut left = item.clone();
        while left.kind() == SyntaxKind::JOIN_EXPR {
            let join = child(&left, SyntaxKind::JOIN);
            let next = left.children().find(|c| is_item(c.kind()));
            let (Some(join), Some(next)) = (join, next) else {
                self.unread(&left);
                return Offer::default();
            };
            joins.push(join);
            left = next;
        }
        let mut offer = self.from_item(&left, outer, lateral);
        while let Some(join) = joins.pop() {
            offer = self.join(&join, offer, outer, lateral);
        }
        offer
    }

    fn join(
        &mut self,
        join: &SyntaxNode,
        left: Offer,
        outer: &Scope<'_>,
        lateral: &Scope<'_>,
    ) -> Offer {
        let Some(item) = join.children().find(|c| is_item(c.kind())) else {
            self.unread(join);
            return left;
        };
        let left_scope = Scope::new(left, Some(lateral));
        let right = self.from_item(&item, outer, &left_scope);
        let left = left_scope.offer;
        let mut using: Option<Vec<String>> = None;
        if has_token(join, SyntaxKind::NATURAL_KW) {
            let shared = |field: &&Field| right.columns.iter().any(|r| r.name == field.name);
            let names = left
                .columns
                .iter()
                .filter(shared)
                .map(|field| field.name.to_string());
            using = Some(names.collect());
        }
        let mut condition = None;
        let mut alias = None;
        for clause in join.children() {
            match clause.kind() {
                SyntaxKind::JOIN_USING_CLAUSE => {
                    using = Some(columns_of(&clause));
                    alias = child(&clause, SyntaxKind::REQUIRED_AS_ALIAS);
                }
                SyntaxKind::ON_CLAUSE => condition = operands(&clause).into_iter().next(),
                SyntaxKind::JOIN_INNER
                | SyntaxKind::JOIN_LEFT
                | SyntaxKind::JOIN_RIGHT
                | SyntaxKind::JOIN_FULL
                | SyntaxKind::JOIN_CROSS => {}
                kind if is_item(kind) => {}
                _ => self.unread(&clause),
            }
        }
        let mut joined = match using {
            Some(names) => self.merged(join, &names, left, right),
            None => {
                let mut all = left;
                all.add(right);
                all
            }
        };
        if let Some(alias) = alias {
            let source = Source {
                fields: Rc::new(joined.columns.clone()),
                ..Source::default()
            };
            joined.sources.push(named(source, &alias));
        }
        if let Some(condition) = condition {
            let scope = Scope::new(joined, Some(lateral));
            let verdict = self.choosing(|reader| reader.condition(&condition, &scope));
            joined = scope.offer;
            if drops_others(join) {
                joined.narrow.and(&verdict.narrow);
            }
        }
        joined
    }

    /// USING and NATURAL: columns of one name become one.
    fn merged(&mut self, join: &SyntaxNode, names: &[String], left: Offer, right: Offer) -> Offer {
        let is_right = child(join, SyntaxKind::JOIN_RIGHT).is_some();
        let is_full = child(join, SyntaxKind::JOIN_FULL).is_some();
        let is_classified = self.is_classified();
        let find = |offer: &Offer, name: &str| {
            offer
                .columns
                .iter()
                .find(|field| &*field.name == name)
                .map(|field| field.value.clone())
        };
        let mut columns = Vec::new();
        let mut equal = Narrow::default();
        for name in names {
            let (Some(l), Some(r)) = (find(&left, name), find(&right, name)) else {
                self.notes
                    .gap("column", format!("{name} is not on both sides of a join"));
                continue;
            };
            let form = self.joining(&l, &r);
            if drops_others(join) {
                equal.and(&Narrow::equal(&l, &r));
            }
            self.overloaded(None, "=", Some(&l), &r);
            for side in [&l, &r] {
                self.sorts_coming(side);
                self.chosen_by(side);
                self.seen(side);
                self.chooses(side, form);
            }
            let value = match (is_full, is_right) {
                (true, _) => Value::of([&l, &r], l.type_oid, &is_classified),
                (false, true) => r,
                (false, false) => l,
            };
            columns.push(Field {
                name: name.as_str().into(),
                value,
            });
        }
        let rest = |field: &Field| !names.iter().any(|name| **name == *field.name);
        columns.extend(left.columns.into_iter().filter(rest));
        columns.extend(right.columns.into_iter().filter(rest));
        let mut narrow = left.narrow;
        narrow.and(&right.narrow);
        narrow.and(&equal);
        let mut sources = left.sources;
        sources.extend(right.sources);
        Offer {
            columns,
            narrow,
            sources,
        }
    }
}

/// Whether a join keeps no row that its condition does not hold for.
fn drops_others(join: &SyntaxNode) -> bool {
    let is_outer = |kind| child(join, kind).is_some();
    !is_outer(SyntaxKind::JOIN_LEFT)
        && !is_outer(SyntaxKind::JOIN_RIGHT)
        && !is_outer(SyntaxKind::JOIN_FULL)
}
