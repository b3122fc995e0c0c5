//! Expressions: where their value comes from.
//!
//! Why: lineage, not names, decides what is masked; every node kind is read by name.
//! Calls are in `call`, conditions in `condition`, statements that give rows in `select`.

use model::FilterForm;
use squawk_syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

use crate::cast::zoned;
use crate::condition::operands;
use crate::instead::never_computed;
use crate::kinds::session_value;
use crate::name;
use crate::operator::Op;
use crate::reader::{Reader, child, has_token};
use crate::scope::{Found, Scope};
use crate::shape::width;
use crate::tree::{Role, is_of_rows, role};
use crate::value::{MIXED, Origin, Value};

/// `pg_type.oid` of rows of no type of their own.
pub(crate) const RECORD: u32 = 2249;

impl Reader<'_> {
    /// Reads an expression.
    pub(crate) fn expr(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        if !self.descend() {
            self.ascend();
            return Value::opaque(0);
        }
        let value = match node.kind() {
            SyntaxKind::LITERAL => self.literal(node),
            SyntaxKind::NAME_REF => self.name(node, scope),
            SyntaxKind::FIELD_EXPR => self.field(node, scope),
            SyntaxKind::CALL_EXPR => self.call(node, scope),
            SyntaxKind::CAST_EXPR => self.cast(node, scope),
            SyntaxKind::BIN_EXPR => self.binary(node, scope),
            SyntaxKind::PAREN_EXPR => self.paren(node, scope),
            SyntaxKind::CASE_EXPR => self.case(node, scope),
            SyntaxKind::ARRAY_EXPR | SyntaxKind::TUPLE_EXPR => {
                // An array of rows is in their order.
                let mut value = self.listed(node, scope).0;
                let is_of_rows = is_of_rows(node);
                value.is_constant &= !is_of_rows;
                self.level.is_gathered |= is_of_rows && !self.is_masked(&value);
                value
            }
            SyntaxKind::PREFIX_EXPR => {
                self.operator(node);
                let (mut value, values) = self.gathered(node, scope, 0);
                value.type_oid = self.overloads(node, None, &values);
                self.telling(value)
            }
            SyntaxKind::POSTFIX_EXPR => {
                let values = self.sweep(node, scope);
                let is_nullness = has_token(node, SyntaxKind::ISNULL_KW)
                    || has_token(node, SyntaxKind::NOTNULL_KW);
                self.truth(&values, is_nullness)
            }
            SyntaxKind::BETWEEN_EXPR => {
                let (value, values) = self.gathered(node, scope, 16);
                self.bounds(&values);
                self.telling(value)
            }
            SyntaxKind::COLLATE => match operands(node).first() {
                Some(inner) => self.expr(inner, scope),
                None => Value::clean(0),
            },
            SyntaxKind::INDEX_EXPR | SyntaxKind::SLICE_EXPR => {
                let (mut value, values) = self.gathered(node, scope, 0);
                value.type_oid = self.part_of(node.kind(), values.first());
                self.telling(value)
            }
            _ => {
                self.unread(node);
                Value::opaque(0)
            }
        };
        self.ascend();
        value
    }

    /// Every expression a node holds, however it holds it.
    pub(crate) fn sweep(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Vec<Value> {
        let mut values = Vec::new();
        for child in node.children() {
            match role(child.kind()) {
                Role::Expression => match self.starred(&child, scope) {
                    // A function is given `c.*` as one row.
                    Some(fields) if node.kind() == SyntaxKind::ARG => {
                        let each: Vec<Value> = fields.iter().map(|f| f.value.clone()).collect();
                        values.push(Value {
                            row: Some(fields.into()),
                            ..self.computed(&each, RECORD)
                        });
                    }
                    Some(fields) => values.extend(fields.into_iter().map(|field| field.value)),
                    None => values.push(self.expr(&child, scope)),
                },
                Role::Select => {
                    let rows = self.select(&child, scope);
                    values.extend(rows.fields.into_iter().map(|field| field.value));
                }
                Role::Holder => values.extend(self.sweep(&child, scope)),
                Role::Condition => {
                    for condition in operands(&child) {
                        values.push(self.condition(&condition, scope).value);
                    }
                }
                Role::Order => self.gathered_by(&child, scope),
                Role::Type => {
                    self.written(&child);
                }
                Role::Inert => {}
                Role::Unknown => self.unread(&child),
            }
        }
        values
    }

    fn truth(&mut self, values: &[Value], is_nullness: bool) -> Value {
        match values {
            [only] if is_nullness && matches!(only.origin, Origin::Bare(_)) => Value {
                from: if only.from == 0 { 0 } else { MIXED },
                ..Value::clean(16)
            },
            _ => {
                let value = self.computed(values, 16);
                self.telling(value)
            }
        }
    }

    fn literal(&self, node: &SyntaxNode) -> Value {
        match node.first_token() {
            Some(token) if token.kind() == SyntaxKind::POSITIONAL_PARAM => self.parameter(&token),
            Some(token) => literal(&token),
            None => Value::constant(0),
        }
    }

    /// `$1`: of the type it was declared of, or of what it meets.
    fn parameter(&self, token: &SyntaxToken) -> Value {
        let number = token.text().trim_start_matches('$').parse::<usize>();
        let at = number.ok().and_then(|number| number.checked_sub(1));
        let type_oid = self.declared.as_ref().zip(at).map(|(declared, at)| {
            let type_oid = declared.get(at);
            type_oid.copied().filter(|oid| *oid != 705).unwrap_or(0)
        });
        match type_oid {
            None => Value::constant(0),
            Some(0) => Value::untyped(0),
            Some(type_oid) => Value::constant(type_oid),
        }
    }

    fn name(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        let token = node.first_token().map(|token| token.kind());
        if let Some(type_oid) = token.and_then(session_value) {
            return Value::clean(type_oid);
        }
        let name = name::of(node);
        let variable = self.names.columns.iter().find(|field| *field.name == *name);
        let hides = self.hides_columns && self.views.is_empty();
        let found = match variable.filter(|_| hides) {
            Some(variable) => Found::Value(variable.value.clone()),
            None => scope.column(&name),
        };
        match found {
            Found::Value(value) => {
                self.seen(&value);
                value
            }
            Found::Ambiguous => {
                self.notes.gap("column", format!("{name} is ambiguous"));
                Value::opaque(0)
            }
            Found::Nothing => match scope.source(None, &name) {
                Some(source) => {
                    let source = source.clone();
                    self.whole(&source)
                }
                None => {
                    self.notes
                        .gap("column", format!("column {name} is not known"));
                    Value::opaque(0)
                }
            },
        }
    }

    /// A row source as one value; all its columns are read.
    pub(crate) fn whole(&mut self, source: &crate::scope::Source) -> Value {
        for field in source.fields.iter() {
            self.seen(&field.value);
        }
        let is_classified = self.is_classified();
        source.whole(|values| Value::of(values.iter().copied(), RECORD, &is_classified))
    }

    fn binary(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        // A chain leans to the left: down it without a step for each link.
        let mut rights = Vec::new();
        let mut left = node.clone();
        while left.kind() == SyntaxKind::BIN_EXPR {
            let op = self.operator(&left);
            let mut sides = left.children().filter(|c| role(c.kind()) != Role::Inert);
            let (Some(next), Some(right)) = (sides.next(), sides.next()) else {
                self.unread(&left);
                return Value::opaque(0);
            };
            rights.push((op, right, left));
            left = next;
        }
        let mut value = self.expr(&left, scope);
        while let Some((op, right, node)) = rights.pop() {
            value = self.link((value, &node), op, &right, scope);
        }
        value
    }

    fn link(
        &mut self,
        (l, node): (Value, &SyntaxNode),
        op: Op,
        right: &SyntaxNode,
        scope: &Scope<'_>,
    ) -> Value {
        if matches!(op, Op::Is | Op::IsNot) {
            let is_nullness = has_token(right, SyntaxKind::NULL_KW);
            return self.truth(&[l], is_nullness);
        }
        let (r, each) = match op {
            Op::In | Op::NotIn => self.members(right, scope).parted(),
            Op::Concat | Op::Field | Op::Other => {
                let r = self.expr(right, scope);
                (r.clone(), vec![r])
            }
            _ => self.quantified(right, scope).parted(),
        };
        let result = self.overloads(node, Some(&l), &each);
        let is_text = op == Op::Concat && Self::is_text_join(&l, &r);
        let type_oid = match op {
            Op::Concat if is_text => 25,
            Op::Other
                if has_token(node, SyntaxKind::AT_TIME_ZONE)
                    || child(node, SyntaxKind::AT_TIME_ZONE).is_some() =>
            {
                zoned(l.type_oid)
            }
            // `date - date` is no date.
            Op::Concat | Op::Field | Op::Other | Op::Pattern => result,
            _ => 16,
        };
        // A document has the part or has it not, which the blank hides; a key may be guessed.
        let is_part = op == Op::Field && !self.is_masked(&r);
        let is_constant = l.is_constant && r.is_constant;
        let value = Value {
            is_constant,
            ..self.computed(&[l, r], type_oid)
        };
        self.told(value, is_text || is_part)
    }

    fn paren(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        let Some(inner) = node.children().next() else {
            self.unread(node);
            return Value::opaque(0);
        };
        match role(inner.kind()) {
            Role::Expression => self.expr(&inner, scope),
            Role::Select => {
                let rows = self.select(&inner, scope);
                match rows.fields.into_iter().next() {
                    // One value, if it is no array, which is nowhere to be seen.
                    Some(field) => Value {
                        is_constant: false,
                        is_narrow: false,
                        ..field.value.of_rows()
                    },
                    None => Value::opaque(0),
                }
            }
            _ => {
                self.unread(&inner);
                Value::opaque(0)
            }
        }
    }

    /// The value of all a node holds, and what it holds.
    pub(crate) fn gathered(
        &mut self,
        node: &SyntaxNode,
        scope: &Scope<'_>,
        type_oid: u32,
    ) -> (Value, Vec<Value>) {
        let values = self.sweep(node, scope);
        self.loses(&values);
        let is_constant = values.iter().all(|value| value.is_constant);
        let value = Value {
            is_constant,
            ..self.computed(&values, type_oid)
        };
        (value, values)
    }

    fn case(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        if let Some(then) = never_computed(node) {
            let value = self.never(|reader| reader.expr(&then, scope));
            return Value::clean(value.type_oid);
        }
        let (mut values, mut results) = (Vec::new(), Vec::new());
        let operand = operands(node)
            .first()
            .map(|operand| self.expr(operand, scope));
        for clause in node.descendants().filter(|n| is_clause_of(n, node)) {
            let parts = operands(&clause);
            match (clause.kind(), parts.as_slice()) {
                (SyntaxKind::WHEN_CLAUSE, [wanted, then]) => {
                    match &operand {
                        None => values.push(self.condition(wanted, scope).value),
                        Some(operand) => {
                            let when = self.expr(wanted, scope);
                            self.overloaded(None, "=", Some(operand), &when);
                            let stands =
                                when.is_constant && self.stands(operand, wanted, Op::Equal);
                            let form = if stands {
                                FilterForm::Equality
                            } else {
                                FilterForm::Other
                            };
                            self.chooses(operand, form);
                            self.chooses(&when, FilterForm::Other);
                            values.push(when);
                        }
                    }
                    results.push(self.expr(then, scope));
                }
                (SyntaxKind::ELSE_CLAUSE, [otherwise]) => {
                    results.push(self.expr(otherwise, scope));
                }
                _ => self.unread(&clause),
            }
        }
        self.meets(&results);
        let type_oid = self.alike(&results);
        values.extend(results);
        values.extend(operand);
        self.loses(&values);
        self.computed(&values, type_oid)
    }
}

/// Whether a clause belongs to this CASE, and not to one inside it.
fn is_clause_of(clause: &SyntaxNode, case: &SyntaxNode) -> bool {
    let is_clause = matches!(
        clause.kind(),
        SyntaxKind::WHEN_CLAUSE | SyntaxKind::ELSE_CLAUSE
    );
    is_clause
        && clause
            .ancestors()
            .find(|a| a.kind() == SyntaxKind::CASE_EXPR)
            .as_ref()
            == Some(case)
}

fn literal(token: &SyntaxToken) -> Value {
    let type_oid = match token.kind() {
        SyntaxKind::TRUE_KW | SyntaxKind::FALSE_KW => 16,
        SyntaxKind::INT_NUMBER => match width(token.text()) {
            4 => 23,
            8 => 20,
            _ => 1700,
        },
        SyntaxKind::NUMERIC_NUMBER => 1700,
        SyntaxKind::BIT_STRING | SyntaxKind::BYTE_STRING => 1560,
        SyntaxKind::DEFAULT_KW => return Value::untyped(0),
        _ => return Value::untyped(25),
    };
    Value::constant(type_oid)
}

/// The first child of that kind among a node's, as a condition.
pub(crate) fn condition_in(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    operands(&child(node, kind)?).into_iter().next()
}
