//! FROM: relations, views, joins, functions and sub-selects as row sources.
//!
//! Why: a view is what its definition reads, an alias hides a name, and a joined column is chosen
//! by.
//! A view's definition is read where the view is used; the server's own views are not opened.

use std::rc::Rc;

use catalog::{Relation, RelationKind};
use model::Action;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::gate;
use crate::name;
use crate::reader::{Reader, child, has_token};
use crate::scope::{Offer, Scope, Source};
use crate::select::{Rows, columns_of, renamed};
use crate::tree::{Role, role};
use crate::value::{Col, Field, Origin, Touch, Value};
use crate::write::is_only;

/// Views within views.
const DEEPEST_VIEW: usize = 24;

pub(crate) fn is_item(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::EXPR_FROM_ITEM
            | SyntaxKind::FUNCTION_FROM_ITEM
            | SyntaxKind::GRAPH_TABLE_FROM_ITEM
            | SyntaxKind::JOIN_EXPR
            | SyntaxKind::JSON_TABLE_FROM_ITEM
            | SyntaxKind::PAREN_FROM_ITEM
            | SyntaxKind::RELATION_FROM_ITEM
            | SyntaxKind::ROWS_FROM_ITEM
            | SyntaxKind::XML_TABLE_FROM_ITEM
    )
}

#[expect(clippy::wrong_self_convention, reason = "FROM is SQL's word")]
impl Reader<'_> {
    /// FROM or USING: all its items.
    pub(crate) fn from_clause(&mut self, clause: &SyntaxNode, outer: &Scope<'_>) -> Offer {
        self.from_items(clause, Offer::default(), outer)
    }

    /// The items of a clause, added to what stands left of them.
    pub(crate) fn from_items(
        &mut self,
        clause: &SyntaxNode,
        offer: Offer,
        outer: &Scope<'_>,
    ) -> Offer {
        let mut scope = Scope::new(offer, Some(outer));
        for item in clause.children() {
            if !is_item(item.kind()) {
                self.unread(&item);
                continue;
            }
            let next = self.from_item(&item, outer, &scope);
            scope.offer.add(next);
        }
        scope.offer
    }

    /// One item: `outer` is what a plain sub-select sees, `lateral` what a lateral one sees.
    pub(crate) fn from_item(
        &mut self,
        item: &SyntaxNode,
        outer: &Scope<'_>,
        lateral: &Scope<'_>,
    ) -> Offer {
        if !self.descend() {
            self.ascend();
            return Offer::default();
        }
        let mut offer = match item.kind() {
            SyntaxKind::JOIN_EXPR => self.joins(item, outer, lateral),
            SyntaxKind::RELATION_FROM_ITEM => self.relation_item(item, lateral),
            SyntaxKind::PAREN_FROM_ITEM => self.paren_item(item, outer, lateral),
            SyntaxKind::FUNCTION_FROM_ITEM
            | SyntaxKind::EXPR_FROM_ITEM
            | SyntaxKind::ROWS_FROM_ITEM => self.function_item(item, lateral),
            SyntaxKind::JSON_TABLE_FROM_ITEM | SyntaxKind::XML_TABLE_FROM_ITEM => {
                self.document_item(item, lateral)
            }
            _ => {
                self.unread(item);
                Offer::default()
            }
        };
        let is_joined = child(item, SyntaxKind::PAREN_EXPR).is_some();
        if item.kind() != SyntaxKind::JOIN_EXPR && !is_joined {
            self.number(&mut offer);
        }
        self.ascend();
        offer
    }

    /// The relation or WITH name a reference means, as a source.
    pub(crate) fn relation_source(&mut self, reference: &SyntaxNode) -> Source {
        let (schema, name) = name::qualified(reference);
        let cte = self
            .ctes
            .iter()
            .enumerate()
            .rev()
            .find(|(at, cte)| *at >= self.cte_floor && schema.is_none() && cte.name == name);
        if let Some((_, cte)) = cte {
            return Source {
                alias: name,
                fields: cte.fields.clone(),
                ..Source::default()
            };
        }
        match self.world.relation(schema.as_deref(), &name) {
            Ok(relation) => {
                let fields = self.read_fields(relation);
                self.beside(Action::Select, relation, &[], is_only(reference));
                self.names_part(relation);
                Source {
                    parted: self.parted_by(relation.oid),
                    ..Self::source_of(relation, fields)
                }
            }
            Err(reason) => {
                if let Some(fields) = self.transition(schema.as_deref(), &name) {
                    return Source {
                        alias: name,
                        fields,
                        ..Source::default()
                    };
                }
                self.notes.gap("relation", reason);
                Source {
                    alias: name,
                    schema,
                    ..Source::default()
                }
            }
        }
    }

    /// The columns a relation gives when read, and the act of reading it.
    fn read_fields(&mut self, relation: &Relation) -> Vec<Field> {
        self.notes
            .columns(Action::Select, relation, std::iter::empty());
        if relation.kind == RelationKind::Foreign {
            self.notes
                .act(Action::ReachHost, crate::notes::table(relation));
        }
        let own = self.fields_of(relation);
        let is_system = matches!(&*relation.schema, "pg_catalog" | "information_schema");
        let is_view = matches!(
            relation.kind,
            RelationKind::View | RelationKind::MaterializedView
        );
        if !is_view || is_system {
            return own;
        }
        let numbers = relation.columns.iter().map(|column| column.number);
        self.notes.columns(Action::Select, relation, numbers);
        let kept = (relation.kind == RelationKind::MaterializedView)
            .then(|| std::mem::take(&mut self.notes));
        let rows = self.expand(relation);
        if let Some(kept) = kept {
            // The server reads what was stored, not what it was stored from.
            let gaps = std::mem::replace(&mut self.notes, kept).effects.gaps;
            for gap in gaps {
                self.notes.gap(&gap.kind, gap.reason);
            }
        }
        if rows.fields.len() != own.len() {
            let name = &relation.name;
            self.notes.gap(
                "relation",
                format!("the definition of {name} could not be read"),
            );
            return own.into_iter().map(opaque).collect();
        }
        let is_view_proper = relation.kind == RelationKind::View;
        let is_classified = self.is_classified();
        let through = |(own, read): (Field, Field)| {
            let Origin::Bare(col) = own.value.origin else {
                return own;
            };
            let is_known = !read.value.classified(&is_classified).is_empty();
            let value = if is_classified(col) && !is_known {
                own.value
            } else {
                read.value
            };
            Field {
                name: own.name,
                value: Value {
                    touch: Touch::None,
                    is_constant: false,
                    // What was computed when it was stored is not computed when it is read.
                    is_telling: value.is_telling && is_view_proper,
                    ..value
                },
            }
        };
        own.into_iter().zip(rows.fields).map(through).collect()
    }

    /// What a view shows, and what it reads, read without noting it.
    pub(crate) fn view_fields(&mut self, view: &Relation) -> (Vec<Field>, Vec<u32>) {
        let kept = std::mem::take(&mut self.notes);
        let rows = self.expand(view);
        let notes = std::mem::replace(&mut self.notes, kept);
        (rows.fields, notes.relations_read())
    }

    /// What a view's definition gives.
    fn expand(&mut self, view: &Relation) -> Rows {
        let is_too_deep = self.views.len() >= DEEPEST_VIEW || self.views.contains(&view.oid);
        // The view as it is now: this session may have replaced it.
        let view = self.world.catalog.relation(view.oid).unwrap_or(view);
        let Some(text) = view.definition.clone().filter(|_| !is_too_deep) else {
            return Rows::default();
        };
        if gate::check(&text, self.scene.limits, true).is_err() {
            return Rows::default();
        }
        let parsed = SourceFile::parse(&text);
        let statement = parsed
            .syntax_node()
            .children()
            .find(|c| role(c.kind()) == Role::Select);
        let (Some(statement), true) = (statement, parsed.errors().is_empty()) else {
            return Rows::default();
        };
        // Its names mean what they meant where it was written.
        let (names, path) = self.world.catalog.home(view.oid);
        let path = std::mem::replace(&mut self.world.search_path, path.to_vec());
        let names = std::mem::replace(&mut self.world.names, names);
        let is_own_text = std::mem::replace(&mut self.is_own_text, false);
        let floor = std::mem::replace(&mut self.cte_floor, self.ctes.len());
        let target = self.target.take();
        let gathered = self.gathered.take();
        self.views.push(view.oid);
        let rows = self.select(&statement, &Scope::empty());
        self.views.pop();
        self.gathered = gathered;
        self.target = target;
        self.cte_floor = floor;
        self.is_own_text = is_own_text;
        self.world.search_path = path;
        self.world.names = names;
        rows
    }

    fn relation_item(&mut self, item: &SyntaxNode, lateral: &Scope<'_>) -> Offer {
        let Some(reference) = child(item, SyntaxKind::RELATION_NAME_REF) else {
            self.unread(item);
            return Offer::default();
        };
        let source = self.relation_source(&reference);
        if let Some(sample) = child(item, SyntaxKind::TABLESAMPLE_CLAUSE) {
            self.sample(&sample, lateral);
        }
        Offer::one(aliased(source, item))
    }

    fn paren_item(&mut self, item: &SyntaxNode, outer: &Scope<'_>, lateral: &Scope<'_>) -> Offer {
        let is_lateral = has_token(item, SyntaxKind::LATERAL_KW);
        let seen = if is_lateral { lateral } else { outer };
        let inner = item
            .children()
            .find(|c| matches!(c.kind(), SyntaxKind::PAREN_SELECT | SyntaxKind::PAREN_EXPR));
        let Some(mut inner) = inner else {
            self.unread(item);
            return Offer::default();
        };
        loop {
            let Some(held) = inner.children().find(|c| {
                is_item(c.kind())
                    || role(c.kind()) == Role::Select
                    || c.kind() == SyntaxKind::PAREN_EXPR
            }) else {
                self.unread(&inner);
                return Offer::default();
            };
            if inner.kind() == SyntaxKind::PAREN_EXPR && held.kind() == SyntaxKind::PAREN_EXPR {
                inner = held;
                continue;
            }
            if is_item(held.kind()) {
                let offer = self.from_item(&held, outer, lateral);
                let Some(alias) = child(item, SyntaxKind::FROM_ALIAS) else {
                    return offer;
                };
                let source = Source {
                    fields: Rc::new(offer.columns),
                    ..Source::default()
                };
                return Offer {
                    narrow: offer.narrow,
                    ..Offer::one(named(source, &alias))
                };
            }
            let node = if inner.kind() == SyntaxKind::PAREN_SELECT {
                &inner
            } else {
                &held
            };
            let mark = self.sources;
            let lowest = std::mem::replace(&mut self.lowest, u32::MAX);
            let rows = self.select(node, seen);
            let is_once = self.lowest > mark;
            self.lowest = self.lowest.min(lowest);
            let fields = rows.fields.into_iter().map(settled);
            // What is few for each row of another source is not few.
            let fields = fields.map(|mut field| {
                field.value.is_narrow &= is_once;
                field
            });
            let fields: Vec<Field> = fields.collect();
            return Offer::one(aliased(
                Source {
                    fields: fields.into(),
                    ..Source::default()
                },
                item,
            ));
        }
    }
}

fn opaque(field: Field) -> Field {
    let value = match field.value.origin {
        Origin::Bare(Col { .. }) => Value::opaque(field.value.type_oid),
        _ => field.value,
    };
    Field {
        name: field.name,
        value,
    }
}

/// A column of a sub-select is no constant to those outside.
fn settled(field: Field) -> Field {
    Field {
        value: Value {
            is_constant: false,
            is_untyped: false,
            ..field.value
        },
        ..field
    }
}

/// A source under the alias its item gives it.
pub(crate) fn aliased(source: Source, item: &SyntaxNode) -> Source {
    match child(item, SyntaxKind::FROM_ALIAS) {
        Some(alias) => named(source, &alias),
        None => source,
    }
}

/// A source under this alias, which hides its own name.
pub(crate) fn named(source: Source, alias: &SyntaxNode) -> Source {
    let name = child(alias, SyntaxKind::TABLE_ALIAS).map(|n| name::of(&n));
    let names = columns_of(alias);
    let fields = if names.is_empty() {
        source.fields
    } else {
        Rc::new(renamed(source.fields.to_vec(), &names))
    };
    match name {
        Some(alias) => Source {
            alias,
            fields,
            schema: None,
            ..source
        },
        None => Source { fields, ..source },
    }
}
