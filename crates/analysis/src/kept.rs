//! Expressions and statements that a definition holds: defaults, checks, generated columns, keys
//! of indexes, conditions of triggers and policies, what a rule does.
//!
//! Why: a default may call anything, and `ALTER … TYPE text USING email` moves what was masked to
//! where it is not. What a definition only keeps for later is noted as read and called, and not as
//! done.
//! Queries of views and tables are in `define`, bodies of functions in `body`.

use std::rc::Rc;

use model::{Action, Call, ObjectKind};
use squawk_syntax::ast::{AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::name;
use crate::notes::{Notes, named};
use crate::reach;
use crate::reader::{Reader, child};
use crate::scope::{Offer, Scope, Source};
use crate::tree::{Role, role};
use crate::unnamed::digest_of;
use crate::value::{Col, Field, Origin, Value};

/// Nodes whose expressions are computed, now or later.
fn is_holder(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::CHECK_CONSTRAINT
            | SyntaxKind::CONSTRAINT_EXCLUSION
            | SyntaxKind::DEFAULT_CONSTRAINT
            | SyntaxKind::GENERATED_STORED
            | SyntaxKind::PARAM_DEFAULT
            | SyntaxKind::PARTITION_ITEM
            | SyntaxKind::SET_DEFAULT
            | SyntaxKind::SET_EXPRESSION
            | SyntaxKind::STATISTICS_ON_CLAUSE
            | SyntaxKind::USING_EXPR
            | SyntaxKind::USING_EXPR_CLAUSE
            | SyntaxKind::WHEN_CONDITION
            | SyntaxKind::WHERE_CLAUSE
            | SyntaxKind::WHERE_CONDITION_CLAUSE
            | SyntaxKind::WITH_CHECK_EXPR_CLAUSE
    )
}

/// Nodes whose expressions are computed by the definition, whatever it is.
fn is_bound(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::PARTITION_FOR_VALUES_IN
            | SyntaxKind::PARTITION_FROM_VALUES
            | SyntaxKind::PARTITION_TO_VALUES
    )
}

/// Definitions that compute nothing until somebody uses what they made.
fn is_put_off(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::ALTER_POLICY
            | SyntaxKind::CREATE_DOMAIN
            | SyntaxKind::CREATE_EVENT_TRIGGER
            | SyntaxKind::CREATE_FOREIGN_TABLE
            | SyntaxKind::CREATE_FUNCTION
            | SyntaxKind::CREATE_POLICY
            | SyntaxKind::CREATE_PROCEDURE
            | SyntaxKind::CREATE_RULE
            | SyntaxKind::CREATE_TABLE
            | SyntaxKind::CREATE_TRIGGER
            | SyntaxKind::CREATE_VIEW
    )
}

impl Reader<'_> {
    /// What a definition holds besides its query.
    pub(crate) fn holds(&mut self, node: &SyntaxNode) {
        let offer = self.defined_columns(node);
        self.computed_in(node, &offer, is_bound);
        if is_put_off(node.kind()) {
            let kept = std::mem::take(&mut self.notes);
            self.computed_in(node, &offer, is_holder);
            self.rule(node, &offer);
            self.called(node);
            let held = std::mem::replace(&mut self.notes, kept);
            self.puts_off(&held);
        } else {
            self.computed_in(node, &offer, is_holder);
            self.called(node);
        }
        self.hangs(node);
    }

    /// What was noted is kept for later: what it reads and calls is said, what it would do is not.
    pub(crate) fn puts_off(&mut self, held: &Notes) {
        let is_said = |action| matches!(action, Action::Call | Action::Filter | Action::Select);
        self.notes.keep(held, is_said);
    }

    /// The columns that expressions of a definition speak of.
    fn defined_columns(&mut self, node: &SyntaxNode) -> Offer {
        let mut fields: Vec<Field> = Vec::new();
        for (schema, name) in self.notes.defined(ObjectKind::Table) {
            if let Ok(relation) = self.world.relation(Some(&schema), &name) {
                fields.extend(self.fields_of(relation));
            }
        }
        // Of statistics.
        let from = child(node, SyntaxKind::FROM_TABLE);
        for reference in from.iter().flat_map(SyntaxNode::children) {
            let (schema, name) = name::qualified(&reference);
            if let Ok(relation) = self.world.relation(schema.as_deref(), &name) {
                fields.extend(self.fields_of(relation));
            }
        }
        let columns = node
            .descendants()
            .filter(|n| matches!(n.kind(), SyntaxKind::ADD_COLUMN | SyntaxKind::COLUMN));
        for column in columns {
            let own = child(&column, SyntaxKind::COLUMN_NAME).map(|n| name::of(&n));
            fields.extend(own.map(|name| Field {
                name: name.into(),
                value: Value::clean(0),
            }));
        }
        if node.kind() == SyntaxKind::CREATE_DOMAIN {
            fields.push(Field {
                name: "value".into(),
                value: Value::clean(0),
            });
        }
        let fields = Rc::new(fields);
        let row = |alias: &str| Source {
            alias: alias.to_owned(),
            fields: fields.clone(),
            rest: Some(Value::clean(0)),
            ..Source::default()
        };
        let tables = self.notes.defined(ObjectKind::Table).into_iter();
        let mut sources: Vec<Source> = tables.map(|(_, name)| row(&name)).collect();
        sources.push(row("new"));
        sources.push(row("old"));
        Offer {
            columns: fields.to_vec(),
            sources,
            ..Offer::default()
        }
    }

    /// Expressions in the node, each in the scope of the columns it is put on.
    fn computed_in(
        &mut self,
        node: &SyntaxNode,
        offer: &Offer,
        is_meant: impl Fn(SyntaxKind) -> bool,
    ) {
        let scope = Scope::new(offer.clone(), None);
        let before = self.notes.effects.gaps.len();
        for holder in node.descendants().filter(|n| is_meant(n.kind())) {
            if is_within(&holder, node) {
                continue;
            }
            for expression in operands(&holder) {
                let value = self.expr(&expression, &scope);
                match holder.kind() {
                    SyntaxKind::DEFAULT_CONSTRAINT
                    | SyntaxKind::GENERATED_STORED
                    | SyntaxKind::SET_DEFAULT
                    | SyntaxKind::SET_EXPRESSION => {
                        self.carries(&value, None);
                    }
                    SyntaxKind::USING_EXPR => {
                        let home = altered_column(&holder, &scope);
                        self.carries(&value, home);
                    }
                    _ => {}
                }
            }
        }
        // A column that is declared elsewhere in it, or not at all: the server will tell.
        let gaps = &mut self.notes.effects.gaps;
        let new = gaps.split_off(before.min(gaps.len()));
        gaps.extend(new.into_iter().filter(|gap| gap.kind != "column"));
    }

    /// What a rule does instead or besides, over the row it is done for.
    pub(crate) fn rule(&mut self, node: &SyntaxNode, offer: &Offer) {
        let Some(action) = child(node, SyntaxKind::RULE_DO) else {
            return;
        };
        let names = std::mem::replace(&mut self.names, Rc::new(offer.clone()));
        let statements = action.descendants().filter_map(Stmt::cast);
        let is_inner = |n: &SyntaxNode| {
            let mut above = n.ancestors().skip(1).take_while(|a| *a != action);
            above.any(|a| Stmt::can_cast(a.kind()))
        };
        for statement in statements.filter(|s| !is_inner(s.syntax())) {
            self.statement_rows(&statement);
        }
        self.names = names;
    }

    /// Functions that are called with nothing we can see: what is left of calls.
    fn called(&mut self, node: &SyntaxNode) {
        let calls = node
            .descendants()
            .filter(|n| n.kind() == SyntaxKind::CALL_EXPR && n.parent().as_ref() != Some(node));
        for call in calls {
            let is_read = call.ancestors().any(|a| {
                role(a.kind()) == Role::Select
                    || is_holder(a.kind())
                    || is_bound(a.kind())
                    || a.kind() == SyntaxKind::RULE_DO
                    || matches!(a.kind(), SyntaxKind::ATOMIC_BODY | SyntaxKind::RETURN_STMT)
            });
            let Some(parts) = call.children().next().and_then(|n| Self::dotted(&n)) else {
                continue;
            };
            match parts.as_slice() {
                _ if is_read => continue,
                [.., schema, name] => self.apply(Some(schema), name, &[]),
                [name] if is_grammar(name) => continue,
                [name] => self.apply(None, name, &[]),
                [] => continue,
            };
        }
    }

    /// The function a trigger runs from now on: it is not run by the definition.
    fn hangs(&mut self, node: &SyntaxNode) {
        let is_trigger = matches!(
            node.kind(),
            SyntaxKind::CREATE_EVENT_TRIGGER | SyntaxKind::CREATE_TRIGGER
        );
        let Some(call) = child(node, SyntaxKind::CALL_EXPR).filter(|_| is_trigger) else {
            return;
        };
        let parts = call.children().next().and_then(|n| Self::dotted(&n));
        let mut parts = parts.unwrap_or_default();
        let name = parts.pop().unwrap_or_default();
        let schema = parts.pop();
        let found = self.world.functions(schema.as_deref(), &name, Some(0));
        if found.is_empty() {
            self.notes
                .gap("function", format!("function {name} is not in the catalog"));
        }
        for function in found {
            let mut object = named(ObjectKind::Function, &function.schema, &function.name);
            object.oid = function.oid;
            let via = format!("trigger {}.{}", function.schema, function.name);
            self.notes.act_by(Action::Call, object.clone(), &via);
            let body = self.reading(function, None).body;
            self.notes.call(Call {
                body,
                digest: digest_of(function),
                is_security_definer: function.is_security_definer,
                function: object,
                reach: reach::of(function),
                via: Some(via),
                volatility: Some(function.volatility),
            });
        }
    }
}

/// Whether a node stands in a query of the definition, or in a function's own body.
fn is_within(holder: &SyntaxNode, node: &SyntaxNode) -> bool {
    let mut above = holder.ancestors().skip(1).take_while(|a| a != node);
    above.any(|a| {
        role(a.kind()) == Role::Select
            || is_holder(a.kind())
            || matches!(
                a.kind(),
                SyntaxKind::ATOMIC_BODY | SyntaxKind::RETURN_STMT | SyntaxKind::RULE_DO
            )
    })
}

/// The column that ALTER COLUMN … USING fills.
fn altered_column(holder: &SyntaxNode, scope: &Scope<'_>) -> Option<Col> {
    let column = holder
        .ancestors()
        .find(|a| a.kind() == SyntaxKind::ALTER_COLUMN)?;
    let name = name::of(&child(&column, SyntaxKind::COLUMN_NAME_REF)?);
    let field = scope.offer.columns.iter().find(|f| *f.name == *name)?;
    match field.value.origin {
        Origin::Bare(col) => Some(col),
        Origin::Clean | Origin::Derived(_) | Origin::OneOf(_) | Origin::Opaque => None,
    }
}

/// Functions that are words of the grammar.
fn is_grammar(name: &str) -> bool {
    matches!(
        name,
        "coalesce" | "greatest" | "least" | "nullif" | "grouping" | "xmlconcat"
    ) || name.starts_with("current_")
        || name.starts_with("localtime")
}
