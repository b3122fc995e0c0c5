//! Operators and casts that call users' functions.
//!
//! Why: `a = b` and `x::t` may run anybody's code, with no parenthesis to be seen. The server
//! chooses by types (`resolve`); where one is not known here, what may be chosen is taken for it.
//! Catalogs without such operators and casts cost nothing. What an operator means to a predicate
//! is in `operator`.

use catalog::roads::{Applied, Cast, Operator};
use catalog::{Function, TypeKind};
use model::Reach;
use smallvec::SmallVec;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::call::is_polymorphic;
use crate::name;
use crate::reach;
use crate::reader::Reader;
use crate::resolve::{Candidate, Given, Resolver, Sort, operators};
use crate::value::{Origin, Value};

/// What is searched first, unless the path names it.
const SYSTEM: &str = "pg_catalog";

/// `pg_type.oid` of `bool`.
const BOOL: u32 = 16;

/// The sign that a word or token of the grammar stands for.
fn sign_of(kind: SyntaxKind) -> Option<&'static str> {
    Some(match kind {
        SyntaxKind::EQ
        | SyntaxKind::IN_KW
        | SyntaxKind::IS_DISTINCT_FROM
        | SyntaxKind::IS_NOT_DISTINCT_FROM => "=",
        SyntaxKind::NEQ | SyntaxKind::NEQB | SyntaxKind::NOT_IN => "<>",
        SyntaxKind::L_ANGLE => "<",
        SyntaxKind::R_ANGLE => ">",
        SyntaxKind::LTEQ => "<=",
        SyntaxKind::GTEQ => ">=",
        SyntaxKind::LIKE_KW => "~~",
        SyntaxKind::ILIKE_KW => "~~*",
        SyntaxKind::NOT_LIKE => "!~~",
        SyntaxKind::NOT_ILIKE => "!~~*",
        SyntaxKind::SIMILAR_TO => "~",
        SyntaxKind::NOT_SIMILAR_TO => "!~",
        SyntaxKind::PLUS => "+",
        SyntaxKind::MINUS => "-",
        SyntaxKind::STAR => "*",
        SyntaxKind::SLASH => "/",
        SyntaxKind::PERCENT => "%",
        SyntaxKind::CARET => "^",
        _ => return None,
    })
}

/// What the server's own operator gives that takes just what is given; 0 where there is none.
fn exactly(sign: &str, given: &[Given]) -> u32 {
    let (left, right) = match *given {
        [Given::Known(right)] => (0, right),
        [Given::Known(left), Given::Known(right)] => (left, right),
        [Given::Known(one), Given::Unknown] | [Given::Unknown, Given::Known(one)] => (one, one),
        _ => return 0,
    };
    let mut own = operators(sign).iter();
    let found = own.find(|operator| (operator.left, operator.right) == (left, right));
    found.map_or(0, |operator| operator.result)
}

impl Reader<'_> {
    /// The schema and sign of an operator, as it is written.
    fn sign(node: &SyntaxNode) -> Option<(Option<String>, String)> {
        node.children_with_tokens().find_map(|element| {
            let custom = element.as_node().filter(|node| {
                matches!(
                    node.kind(),
                    SyntaxKind::CUSTOM_OP | SyntaxKind::OPERATOR_CALL
                )
            });
            match custom {
                Some(custom) => Some(Self::custom_sign(custom)),
                None => sign_of(element.kind()).map(|sign| (None, sign.to_owned())),
            }
        })
    }

    /// The same of one that the grammar has no word for.
    pub(crate) fn custom_sign(node: &SyntaxNode) -> (Option<String>, String) {
        let text = node.text().to_string();
        let is_call = node.kind() == SyntaxKind::OPERATOR_CALL;
        let sign: String = text
            .chars()
            .filter(|c| "~!@#^&|`?+-*/%<>=".contains(*c))
            .collect();
        let sign = if sign == "!=" { "<>".to_owned() } else { sign };
        let schema = if is_call {
            name::path(node).into_iter().find(|name| !name.is_empty())
        } else {
            None
        };
        (schema, sign)
    }

    /// Users' operators of that sign that the search path shows.
    pub(crate) fn users_operators(&self, schema: Option<&str>, sign: &str) -> Vec<Operator> {
        let is_seen = |operator: &&Operator| match schema {
            Some(schema) => &*operator.schema == schema,
            None => {
                &*operator.schema == "pg_catalog" || {
                    let mut path = self.world.search_path.iter();
                    path.any(|seen| *seen == operator.schema)
                }
            }
        };
        let all = self.world.catalog.operators(sign);
        all.iter().filter(is_seen).cloned().collect()
    }

    /// Notes what an operator of users' calls on these operands; the right one may be several, each
    /// held against the left. The type it gives; 0 where it is not plain.
    pub(crate) fn overloads(
        &mut self,
        node: &SyntaxNode,
        l: Option<&Value>,
        rights: &[Value],
    ) -> u32 {
        let Some((schema, sign)) = Self::sign(node) else {
            return 0;
        };
        let mut type_oid = 0;
        for r in rights {
            type_oid = self.overloaded(schema.as_deref(), &sign, l, r);
        }
        if rights.len() == 1 { type_oid } else { 0 }
    }

    /// The same of a sign. Rows are held against each other field by field.
    pub(crate) fn overloaded(
        &mut self,
        schema: Option<&str>,
        sign: &str,
        l: Option<&Value>,
        r: &Value,
    ) -> u32 {
        if let Some((ls, rs)) = l.and_then(|l| Some((l.row.as_ref()?, r.row.as_ref()?)))
            && ls.len() == rs.len()
        {
            for (l, r) in ls.iter().zip(rs.iter()) {
                self.overloaded(schema, sign, Some(&l.value), &r.value);
            }
            return BOOL;
        }
        for value in l.into_iter().chain([r]) {
            self.compares(value);
        }
        let operands: SmallVec<[&Value; 2]> = l.into_iter().chain([r]).collect();
        let given: SmallVec<[Given; 2]> = operands.iter().map(|value| Given::of(value)).collect();
        if !self.world.catalog.has_users_operators() {
            let has_own = schema.is_none_or(|schema| schema == SYSTEM);
            return if has_own { exactly(sign, &given) } else { 0 };
        }
        let candidates = self.candidates(schema, sign, operands.len());
        let is_own = candidates.iter().any(|one| one.what.is_err());
        let chosen = Resolver(self.world.catalog).choose(Sort::Operator, &given, candidates);
        let is_sure = chosen.len() == 1 || !is_own;
        for one in &chosen {
            if let Ok(operator) = &one.what
                && (is_sure || self.is_written(operator.function))
            {
                let via = format!("operator {}.{}", operator.schema, operator.name);
                self.runs(operator.function, None, &via);
            }
            for (value, wanted) in operands.iter().zip(&one.takes) {
                self.coerces(value, *wanted, Applied::Implicit);
            }
        }
        match chosen.as_slice() {
            [only] => {
                let result = only
                    .what
                    .as_ref()
                    .map_or_else(|own| *own, |users| users.result);
                if is_polymorphic(result) { 0 } else { result }
            }
            _ => 0,
        }
    }

    /// BETWEEN is two comparisons; SYMMETRIC, four.
    pub(crate) fn bounds(&mut self, values: &[Value]) {
        if let [column, low, high] = values {
            for end in [low, high] {
                self.overloaded(None, ">=", Some(column), end);
                self.overloaded(None, "<=", Some(column), end);
            }
        }
    }

    /// Operators of a sign that take so many operands: users' by what they are, the server's own
    /// by what they give.
    fn candidates(
        &self,
        schema: Option<&str>,
        sign: &str,
        count: usize,
    ) -> Vec<Candidate<Result<Operator, u32>>> {
        let takes = |left, right| match left {
            0 => vec![right],
            left => vec![left, right],
        };
        let users = self.users_operators(schema, sign).into_iter();
        let users = users.map(|operator| Candidate {
            takes: takes(operator.left, operator.right),
            place: self.place_of(&operator.schema),
            what: Ok(operator),
        });
        let has_own = schema.is_none_or(|schema| schema == SYSTEM);
        let own = operators(sign).iter().filter(|_| has_own);
        let own = own.map(|operator| Candidate {
            takes: takes(operator.left, operator.right),
            place: self.place_of(SYSTEM),
            what: Err(operator.result),
        });
        let all = users.chain(own);
        all.filter(|one| one.takes.len() == count).collect()
    }

    /// Where a schema stands on the search path.
    pub(crate) fn place_of(&self, schema: &str) -> usize {
        let path = self.world.path();
        path.iter()
            .position(|seen| *seen == schema)
            .unwrap_or(usize::MAX)
    }

    /// Whether a function is written in SQL or a procedural language.
    fn is_written(&self, function: u32) -> bool {
        let function = self.world.catalog.function(function);
        function.is_none_or(|function| reach::of(function) == Reach::UserDefined)
    }

    /// What calling any of these brings with it: the functions an aggregate is made of, and casts
    /// of arguments to what they take.
    pub(crate) fn brings(&mut self, chosen: &[Candidate<&Function>], values: &[Value]) {
        let catalog = self.world.catalog;
        for one in chosen {
            let function = one.what;
            for part in catalog.support(function.oid) {
                let via = format!("aggregate {}.{}", function.schema, function.name);
                self.runs(*part, None, &via);
            }
            if values.len() < function.arguments.len() {
                for called in catalog.parameter_defaults(function.oid) {
                    let via = format!("default of {}.{}", function.schema, function.name);
                    self.runs(*called, None, &via);
                }
            }
            for (value, wanted) in values.iter().zip(&one.takes) {
                self.coerces(value, *wanted, Applied::Implicit);
            }
        }
    }

    /// A value is made one of a type without a word: in a call, or where it is stored.
    pub(crate) fn coerces(&mut self, value: &Value, to: u32, applied: Applied) {
        let catalog = self.world.catalog;
        if !catalog.has_users_casts() || value.type_oid == to {
            return;
        }
        let is_met = |cast: &Cast| {
            cast.applied == Applied::Implicit
                || applied == Applied::Assignment && cast.applied == Applied::Assignment
        };
        let ends = self.element_of(to);
        let casts: Vec<u32> = [Some(to), ends]
            .into_iter()
            .flatten()
            .flat_map(|end| catalog.casts_of(end).iter().map(move |cast| (end, cast)))
            .filter(|(end, cast)| cast.to == *end && is_met(cast))
            .filter(|(_, cast)| match Given::of(value) {
                Given::Unknown => false,
                Given::Known(from) => {
                    let from = self.base_of(from);
                    cast.from == from || self.element_of(from) == Some(cast.from)
                }
                // Where it is stored it may be of any type; in a call it is what was found to fit.
                Given::Open => self.is_written(cast.function),
            })
            .map(|(_, cast)| cast.function)
            .collect();
        for function in casts {
            self.runs(function, None, "cast");
        }
    }

    /// Values of which each may be made what another is: branches, members, arms.
    pub(crate) fn meets(&mut self, values: &[Value]) {
        if !self.world.catalog.has_users_casts() {
            return;
        }
        let mut types: Vec<u32> = values.iter().map(|value| value.type_oid).collect();
        types.sort_unstable();
        types.dedup();
        for to in types.into_iter().filter(|to| *to != 0) {
            for value in values.iter().filter(|value| value.type_oid != 0) {
                self.coerces(value, to, Applied::Implicit);
            }
        }
    }

    /// A cast that is written: what it calls, and what the domain it makes checks.
    pub(crate) fn casts(&mut self, value: &Value, to: u32) {
        let catalog = self.world.catalog;
        self.makes(to);
        if !catalog.has_users_casts() {
            return;
        }
        let end = self.base_of(to);
        match Given::of(value) {
            // A constant of no type is read by the type itself.
            Given::Unknown => {}
            Given::Known(from) => {
                self.cast_by(from, to);
                self.cast_by(self.base_of(from), end);
            }
            // Of one that is not known: any.
            Given::Open => {
                for cast in catalog.casts_of(end) {
                    let is_from = self.may_be_of(value, cast.from);
                    let is_to = cast.to == end || end == 0;
                    if is_from && is_to && self.is_written(cast.function) {
                        self.runs(cast.function, None, "cast");
                    }
                }
            }
        }
    }

    /// Whether a value that is a row may be of that type: of a relation's own where it is the whole
    /// of one, of any row type where it is put together.
    fn may_be_of(&self, value: &Value, type_oid: u32) -> bool {
        let (Some(row), Some(kind)) = (&value.row, self.world.catalog.type_of(type_oid)) else {
            return true;
        };
        let relations = row.iter().map(|field| match field.value.origin {
            Origin::Bare(col) => Some(col.relation),
            _ => None,
        });
        let relation = relations.fold(None, |known, next| match known {
            None => Some(next),
            Some(known) if known == next => Some(known),
            Some(_) => Some(None),
        });
        let relation = relation.flatten();
        kind.kind == TypeKind::Composite && relation.is_none_or(|oid| oid == kind.relation)
    }

    fn cast_by(&mut self, from: u32, to: u32) {
        if let Some(cast) = self.world.catalog.cast(from, to) {
            self.runs(cast.function, None, "cast");
        }
    }
}
