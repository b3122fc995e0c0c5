//! Places: constants and parameters of a client that are held against, or written to, a classified
//! column.
//!
//! Why: for a reader from whom a column is hidden the column *is* its stand-ins, so that what he
//! holds against it must be turned back into what is stored. Where each such constant stands is
//! found here; whether it is turned back, and into what, is `govern`'s.
//! A comparison with anything else than such a constant has no place, and is no equality.

use std::ops::Range;
use std::sync::Arc;

use model::{ColumnRef, FilterForm};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::instead::never_computed;
use crate::reader::{Reader, child, has_token};
use crate::value::Col;

/// What a client's constant or parameter is held against, or written to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which constant.
    pub source: Source,
    /// The classified column.
    pub column: ColumnRef,
    /// Whether it is an array, each element of which is meant.
    pub is_array: bool,
    /// Whether the same parameter is used for something else too.
    pub is_shared: bool,
    /// The type the server reads it by, of an array its elements': `pg_type.oid`.
    pub type_oid: u32,
    /// What is done with it.
    pub usage: Usage,
}

/// Which constant of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// One in a text that the session keeps under a name, and which went to the target long ago.
    Kept {
        /// A cursor, and no prepared statement.
        is_cursor: bool,
        /// The name.
        name: Arc<str>,
    },
    /// The literal of that number among the text's, from 0.
    Literal(usize),
    /// Something that is no constant.
    Other,
    /// The parameter of that number, from 0.
    Parameter(usize),
}

/// What is done with a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// It is held against the column for equality.
    Compared,
    /// It becomes the column's value.
    Written,
}

/// A place while its text is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) at: At,
    pub(crate) col: Col,
    pub(crate) is_array: bool,
    pub(crate) is_shared: bool,
    pub(crate) type_oid: u32,
    pub(crate) usage: Usage,
}

/// Where a noted constant stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    Kept { is_cursor: bool, name: Arc<str> },
    Literal(Range<usize>),
    Other,
    Parameter { number: usize, span: Range<usize> },
}

/// The text of a session that is being read under its name.
#[derive(Debug, Clone)]
pub(crate) struct KeptText {
    /// What EXECUTE hands in, and whether that stands in the client's own text.
    pub(crate) arguments: Vec<SyntaxNode>,
    pub(crate) is_cursor: bool,
    pub(crate) name: Arc<str>,
    /// Of what is handed in, the uses that are places, and the number handed in.
    pub(crate) used: Vec<(usize, Range<usize>)>,
    /// The one whose text names it.
    pub(crate) within: Option<Box<KeptText>>,
}

impl KeptText {
    /// Where its constants stand, and whether it is a cursor's.
    pub(crate) fn at(&self) -> (At, bool) {
        let (is_cursor, name) = (self.is_cursor, self.name.clone());
        (At::Kept { is_cursor, name }, is_cursor)
    }

    /// A text that is read under that name, handed these arguments.
    pub(crate) fn of(name: &str, is_cursor: bool, list: Option<&SyntaxNode>) -> Self {
        let arguments = list.into_iter().flat_map(SyntaxNode::children);
        Self {
            arguments: arguments.flat_map(|argument| operands(&argument)).collect(),
            is_cursor,
            name: name.into(),
            used: Vec::new(),
            within: None,
        }
    }
}

/// Functions that give the text of the statement that runs, in which constants stand as they were
/// sent.
const OWN_TEXT: [&str; 1] = ["current_query"];

impl Reader<'_> {
    /// A statement that reads its own text reads what its constants were turned into.
    pub(crate) fn reads_itself(&mut self) {
        if !self.notes.calls_one_of(&OWN_TEXT) {
            return;
        }
        for col in self.notes.placed() {
            self.notes.filter(col, FilterForm::Other);
        }
    }

    /// Parameters that are places here and something else elsewhere in the text.
    pub(crate) fn share(&mut self, statement: &SyntaxNode) {
        if !self.notes.has_parameters() {
            return;
        }
        for (number, span) in loose_parameters(statement) {
            self.notes.shared(number, &span);
        }
    }

    /// The same for what EXECUTE hands to the text that was read just now.
    pub(crate) fn shares(&mut self, statement: &SyntaxNode, kept: &KeptText) {
        if kept.used.is_empty() {
            return;
        }
        for (number, span) in loose_parameters(statement) {
            let is_used = kept.used.iter().any(|(used, _)| *used == number);
            let is_place = kept.used.contains(&(number, span));
            if is_used && !is_place {
                self.notes.all_shared();
            }
        }
    }
}

/// The number, from 0, and span of each parameter that is not only tested for NULL.
fn loose_parameters(statement: &SyntaxNode) -> Vec<(usize, Range<usize>)> {
    let mut all = Vec::new();
    for token in statement
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .filter(|token| token.kind() == SyntaxKind::POSITIONAL_PARAM)
    {
        let number = token.text().get(1..).and_then(|n| n.parse::<usize>().ok());
        let range = token.text_range();
        if let Some(number) = number
            && !is_tested_for_null(token.parent())
            && !is_never_computed(token.parent())
        {
            let span = usize::from(range.start())..usize::from(range.end());
            all.push((number.saturating_sub(1), span));
        }
    }
    all
}

/// What is computed in no row is compared with nothing.
fn is_never_computed(literal: Option<SyntaxNode>) -> bool {
    let mut around = literal.into_iter().flat_map(|literal| literal.ancestors());
    around.any(|node| node.kind() == SyntaxKind::CASE_EXPR && never_computed(&node).is_some())
}

/// `$1 IS NULL`: the same whatever stands for it.
fn is_tested_for_null(literal: Option<SyntaxNode>) -> bool {
    let mut node = literal.and_then(|literal| literal.parent());
    while let Some(inner) = &node
        && matches!(inner.kind(), SyntaxKind::CAST_EXPR | SyntaxKind::PAREN_EXPR)
    {
        node = inner.parent();
    }
    let Some(test) = node else { return false };
    let is_is = has_token(&test, SyntaxKind::IS_KW) || child(&test, SyntaxKind::IS_NOT).is_some();
    let has_null = operands(&test)
        .iter()
        .any(|side| side.kind() == SyntaxKind::LITERAL && has_token(side, SyntaxKind::NULL_KW));
    let is_postfix =
        has_token(&test, SyntaxKind::ISNULL_KW) || has_token(&test, SyntaxKind::NOTNULL_KW);
    (test.kind() == SyntaxKind::BIN_EXPR && is_is && has_null)
        || (test.kind() == SyntaxKind::POSTFIX_EXPR && is_postfix)
}
