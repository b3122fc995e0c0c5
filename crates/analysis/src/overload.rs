//! Operators and casts that call users' functions.
//!
//! Why: `a = b` and `x::t` may run anybody's code, with no parenthesis to be seen. The server
//! chooses by types; where a type is not known here, whatever may be chosen is taken for chosen.
//! Catalogs without such operators and casts cost nothing. What an operator means to a predicate
//! is in `operator`.

use catalog::roads::{Applied, Cast, Operator};
use catalog::{Function, FunctionKind};
use model::Reach;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::name;
use crate::reach;
use crate::reader::Reader;
use crate::value::Value;

/// `pg_type.oid` of a text constant before it has a type.
const TEXT: u32 = 25;

/// What has a lower oid came with the server.
const FIRST_OF_USERS: u32 = 16_384;

/// Signs the server has for nearly every two types of its own.
fn is_ordering(sign: &str) -> bool {
    matches!(
        sign,
        "=" | "<>" | "<" | ">" | "<=" | ">=" | "+" | "-" | "*" | "/" | "%"
    )
}

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

/// Types that stand for any.
fn is_any(type_oid: u32) -> bool {
    matches!(
        type_oid,
        2276 | 2277 | 2283 | 2776 | 3500 | 3831 | 4537 | 4538 | 5077..=5080
    )
}

/// How well a candidate's operand fits a value.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// The value's type is not known.
    Open,
    Exact,
}

fn fit(want: u32, value: Option<&Value>) -> Fit {
    match value {
        None if want == 0 => Fit::Exact,
        Some(value) if value.type_oid == want || is_any(want) => Fit::Exact,
        // A text constant becomes what is wanted.
        Some(value) if value.type_oid == 0 || value.is_constant && value.type_oid == TEXT => {
            Fit::Open
        }
        None | Some(_) => Fit::No,
    }
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

    /// Notes what an operator of users' calls on these operands.
    pub(crate) fn overloads(&mut self, node: &SyntaxNode, l: Option<&Value>, r: &Value) {
        for value in l.into_iter().chain([r]) {
            self.compares(value);
        }
        if self.world.catalog.has_users_operators()
            && let Some((schema, sign)) = Self::sign(node)
        {
            self.overloaded(schema.as_deref(), &sign, l, r);
        }
    }

    /// The same of a sign.
    pub(crate) fn overloaded(
        &mut self,
        schema: Option<&str>,
        sign: &str,
        l: Option<&Value>,
        r: &Value,
    ) {
        for value in l.into_iter().chain([r]) {
            self.compares(value);
        }
        let is_own = schema.is_none() && crate::operator::is_built_in(sign);
        for operator in self.users_operators(schema, sign) {
            let fits = (fit(operator.left, l), fit(operator.right, Some(r)));
            let is_met = match fits {
                (Fit::Exact, Fit::Exact | Fit::Open) | (Fit::Open, Fit::Exact) => true,
                // By nothing but a name: that of an extension's own is the server's as well.
                (Fit::Open, Fit::Open) => {
                    // Two constants without a type are texts.
                    let are_texts = r.is_constant && l.is_none_or(|l| l.is_constant);
                    !is_own || !are_texts && self.is_written(operator.function)
                }
                // An operand may be cast; where the server has the sign too, it has one that fits.
                (Fit::No, Fit::No) => !is_own,
                (Fit::No, other) | (other, Fit::No) => {
                    !is_own || other == Fit::Exact && self.is_written(operator.function)
                }
            };
            if is_met {
                let via = format!("operator {}.{}", operator.schema, operator.name);
                self.runs(operator.function, None, &via);
            }
        }
        let (Some(l), true) = (l, self.world.catalog.has_users_casts()) else {
            return;
        };
        // Where types differ one may be made the other's, or what an operator of that sign wants.
        let wants = |to: u32, other: &Value| {
            let is_wanted = |operator: &Operator| operator.left == to || operator.right == to;
            let candidates = self.users_operators(schema, sign);
            to == other.type_oid
                || !is_own && candidates.iter().any(is_wanted)
                || to < FIRST_OF_USERS && !is_ordering(sign)
        };
        if l.type_oid != r.type_oid {
            let casts = [
                self.casts_without_word(l, |to| wants(to, r)),
                self.casts_without_word(r, |to| wants(to, l)),
            ];
            for function in casts.into_iter().flatten() {
                self.runs(function, None, "cast");
            }
        }
    }

    /// Whether a function is written in SQL or a procedural language.
    fn is_written(&self, function: u32) -> bool {
        let function = self.world.catalog.function(function);
        function.is_none_or(|function| reach::of(function) == Reach::UserDefined)
    }

    /// What makes a value another's without a word, where that is wanted.
    fn casts_without_word(&self, value: &Value, is_wanted: impl Fn(u32) -> bool) -> Vec<u32> {
        let casts = self.world.catalog.casts_of(value.type_oid).iter();
        let is_met = |cast: &&Cast| {
            cast.from == value.type_oid
                && cast.applied == Applied::Implicit
                && is_wanted(cast.to)
                && self.is_written(cast.function)
        };
        casts.filter(is_met).map(|cast| cast.function).collect()
    }

    /// What calling any of these brings with it: the functions an aggregate is made of, and casts
    /// of arguments that are of no function's type.
    pub(crate) fn brings(&mut self, found: &[&Function], values: &[Value]) {
        let catalog = self.world.catalog;
        for function in found.iter().filter(|f| f.kind == FunctionKind::Aggregate) {
            for part in catalog.support(function.oid) {
                let via = format!("aggregate {}.{}", function.schema, function.name);
                self.runs(*part, None, &via);
            }
        }
        if !catalog.has_users_casts() {
            return;
        }
        let is_exact = |function: &&&Function| {
            let mut wanted = function.arguments.iter().zip(values);
            wanted.all(|(want, value)| *want == value.type_oid)
        };
        if found.iter().any(|function| is_exact(&function)) {
            return;
        }
        for (at, value) in values.iter().enumerate() {
            let is_wanted = |to| found.iter().any(|f| f.arguments.get(at) == Some(&to));
            for function in self.casts_without_word(value, is_wanted) {
                self.runs(function, None, "cast");
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
        if value.type_oid != 0
            && let Some(cast) = catalog.cast(value.type_oid, to)
        {
            self.runs(cast.function, None, "cast");
            return;
        }
        // Of one that is not known: any.
        let end = if to == 0 { value.type_oid } else { to };
        for cast in catalog.casts_of(end) {
            let is_met = match (value.type_oid, to) {
                (0, to) => cast.to == to,
                (from, 0) => cast.from == from,
                _ => false,
            };
            if is_met && self.is_written(cast.function) {
                self.runs(cast.function, None, "cast");
            }
        }
    }

    /// A value is put into a column of that type, whatever type it has.
    pub(crate) fn puts_into(&mut self, type_oid: u32) {
        let catalog = self.world.catalog;
        for cast in catalog.casts_of(type_oid) {
            if cast.to == type_oid
                && cast.applied != Applied::Explicit
                && self.is_written(cast.function)
            {
                self.runs(cast.function, None, "cast");
            }
        }
    }
}
