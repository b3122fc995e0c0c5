//! Operators: what a sign or word between two operands means to a predicate.
//!
//! Why: equality with a constant may be allowed on a masked column where a pattern is not; and an
//! operator that is not the server's own may call anybody's function.
//! Which users' functions it may call is in `overload`.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::reader::Reader;

/// What an operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    And,
    /// `||`.
    Concat,
    /// `=`, `IS NOT DISTINCT FROM`.
    Equal,
    /// `->`, `->>`, `#>`, `#>>`: a part of a document.
    Field,
    In,
    /// `IS NULL`, `IS TRUE` …
    Is,
    IsNot,
    /// `<`, `>`.
    Less,
    /// `<=`, `>=`.
    LessOrEqual,
    Like,
    /// `<>`, `IS DISTINCT FROM`.
    NotEqual,
    NotIn,
    Or,
    /// A computation.
    Other,
    /// NOT LIKE, SIMILAR TO, regular expressions, text search.
    Pattern,
}

/// Signs of the server's own operators.
const BUILT_IN: [&str; 87] = [
    "!!", "!=", "!~", "!~*", "!~~", "!~~*", "#", "##", "#-", "#>", "#>>", "%", "&", "&&", "&<",
    "&<|", "&>", "*", "*<", "*<=", "*<>", "*=", "*>", "*>=", "+", "-", "->", "->>", "-|-", "/",
    "<", "<->", "<<", "<<=", "<<|", "<=", "<>", "<@", "<^", "=", ">", ">=", ">>", ">>=", ">^", "?",
    "?#", "?&", "?-", "?-|", "?|", "?||", "@", "@-@", "@>", "@?", "@@", "@@@", "^", "^@", "|",
    "|&>", "|/", "|>>", "||", "||/", "~", "~*", "~<=~", "~<~", "~=", "~>=~", "~>~", "~~", "~~*",
    // Of the extensions every second database has: pg_trgm, hstore, vector.
    "%>", "%>>", "<#>", "<%", "<+>", "<->>", "<<%", "<<->", "<=>", "<~>", "%%", "?<",
];

fn meaning(sign: &str) -> Op {
    match sign {
        "=" => Op::Equal,
        "||" => Op::Concat,
        "->" | "->>" | "#>" | "#>>" => Op::Field,
        "<>" | "!=" => Op::NotEqual,
        "<" | ">" | "~<~" | "~>~" => Op::Less,
        "<=" | ">=" | "~<=~" | "~>=~" => Op::LessOrEqual,
        "~~" | "~~*" => Op::Like,
        "!~~" | "!~~*" | "~" | "~*" | "!~" | "!~*" | "^@" | "@@" | "@@@" | "%" | "<%" | "%>" => {
            Op::Pattern
        }
        _ => Op::Other,
    }
}

impl Reader<'_> {
    /// The operator of a binary or prefix expression.
    pub(crate) fn operator(&mut self, node: &SyntaxNode) -> Op {
        for element in node.children_with_tokens() {
            let op = match element.kind() {
                SyntaxKind::AND_KW => Op::And,
                SyntaxKind::OR_KW => Op::Or,
                SyntaxKind::EQ | SyntaxKind::IS_NOT_DISTINCT_FROM => Op::Equal,
                SyntaxKind::NEQ | SyntaxKind::NEQB | SyntaxKind::IS_DISTINCT_FROM => Op::NotEqual,
                SyntaxKind::L_ANGLE | SyntaxKind::R_ANGLE => Op::Less,
                SyntaxKind::LTEQ | SyntaxKind::GTEQ => Op::LessOrEqual,
                SyntaxKind::LIKE_KW | SyntaxKind::ILIKE_KW => Op::Like,
                SyntaxKind::NOT_LIKE
                | SyntaxKind::NOT_ILIKE
                | SyntaxKind::SIMILAR_TO
                | SyntaxKind::NOT_SIMILAR_TO => Op::Pattern,
                SyntaxKind::IN_KW => Op::In,
                SyntaxKind::NOT_IN => Op::NotIn,
                SyntaxKind::IS_KW => Op::Is,
                SyntaxKind::IS_NOT => Op::IsNot,
                SyntaxKind::PLUS
                | SyntaxKind::MINUS
                | SyntaxKind::STAR
                | SyntaxKind::SLASH
                | SyntaxKind::PERCENT
                | SyntaxKind::CARET
                | SyntaxKind::ESCAPE_KW
                | SyntaxKind::OVERLAPS_KW
                | SyntaxKind::AT_TIME_ZONE
                | SyntaxKind::NOT_KW => Op::Other,
                SyntaxKind::CUSTOM_OP | SyntaxKind::OPERATOR_CALL => {
                    let Some(custom) = element.as_node() else {
                        continue;
                    };
                    return self.custom(custom);
                }
                _ => continue,
            };
            return op;
        }
        self.notes.gap("node", "an operator that is not known");
        Op::Other
    }

    fn custom(&mut self, node: &SyntaxNode) -> Op {
        let is_call = node.kind() == SyntaxKind::OPERATOR_CALL;
        let (schema, sign) = Self::custom_sign(node);
        let range = usize::from(node.text_range().start())..usize::from(node.text_range().end());
        if !is_call && self.is_own_text && range.len() > 1 && !self.operators.contains(&range) {
            self.notes
                .gap("syntax", "operator signs the server would cut differently");
        }
        let is_system = schema.as_deref().is_none_or(|name| name == "pg_catalog");
        let is_own = is_system && is_built_in(&sign);
        if !is_own && self.users_operators(schema.as_deref(), &sign).is_empty() {
            self.notes
                .gap("function", "an operator that is not the server's own");
        }
        meaning(&sign)
    }
}

/// Whether the server has operators of that sign.
pub(crate) fn is_built_in(sign: &str) -> bool {
    BUILT_IN.contains(&sign)
}
