//! Rules: what a statement on a relation is rewritten to.
//!
//! Why: a rule does whatever statement its author wrote, over the rows of ours, and nothing in
//! ours says so. Its text is the catalog's, with every name qualified; it is read as a body is.
//! A rule that cannot be read is a gap.

use std::rc::Rc;

use catalog::Relation;
use catalog::roads::Rule;
use squawk_syntax::SyntaxKind;

use crate::condition::operands;
use crate::reader::{Reader, child};
use crate::scope::{Offer, Scope, Source};
use crate::value::Field;

impl<'a> Reader<'a> {
    /// Notes what a rule does.
    pub(crate) fn rewrites(&mut self, relation: &'a Relation, rule: &'a Rule) {
        let key = (relation.oid, rule.name.clone());
        if self.rules.contains(&key) {
            // The server refuses what rewrites itself.
            return;
        }
        let via = format!("rule {}", rule.name);
        self.rules.push(key);
        let kept = self.leave(Some(Vec::new()));
        let is_read = self.descend() && self.rewritten(relation, rule);
        self.ascend();
        let notes = self.come_back(kept);
        self.rules.pop();
        let is_whole = is_read && notes.effects.gaps.is_empty();
        // It is our statement, rewritten: how its parts choose rows is how ours does.
        let predicate = notes.effects.predicate;
        self.notes.absorb(&notes.of_trigger(), Some(&via), true);
        if let Some(predicate) = predicate {
            self.notes.predicate(predicate);
        }
        if !is_whole {
            let (name, table) = (&rule.name, &relation.name);
            self.notes.gap(
                "relation",
                format!("the rule {name} on {table} is not read"),
            );
        }
    }

    fn rewritten(&mut self, relation: &'a Relation, rule: &'a Rule) -> bool {
        let Some(root) = rule
            .definition
            .as_deref()
            .and_then(|text| self.parsed(text))
        else {
            return false;
        };
        let node = root
            .descendants()
            .find(|node| node.kind() == SyntaxKind::CREATE_RULE);
        let Some(node) = node else { return false };
        // The rows are those of the statement: what is classified in them stays so.
        let field = |field: Field| Field {
            value: self.computed(std::slice::from_ref(&field.value), field.value.type_oid),
            ..field
        };
        let fields = self.fields_of(relation).into_iter().map(field);
        let fields: Rc<Vec<Field>> = Rc::new(fields.collect());
        let row = |alias: &str| Source {
            alias: alias.to_owned(),
            fields: fields.clone(),
            ..Source::default()
        };
        let offer = Offer {
            sources: vec![row("new"), row("old")],
            ..Offer::default()
        };
        if let Some(condition) = child(&node, SyntaxKind::WHERE_CLAUSE) {
            let scope = Scope::new(offer.clone(), None);
            for expression in operands(&condition) {
                self.condition(&expression, &scope);
            }
        }
        self.rule(&node, &offer);
        true
    }
}
