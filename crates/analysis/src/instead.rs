//! Places of a client's text that are another where a column is masked: the edits that let a
//! statement be answered without what it would tell.
//!
//! Why: lists are sorted by name everywhere, and reports compute from what is hidden. An output
//! column that would tell is put where it is never computed, a sort key that would tell is left
//! out; what comes out of both is analysed again as any text, so that an edit too few is a refusal
//! and never a leak.
//! Who may see what is not known here: `govern` decides which edits are made. Predicates are never
//! edited: they would answer with other rows, and nobody would know.

use std::ops::Range;

use model::{ColumnRef, Filter, FilterForm};
use smallvec::SmallVec;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::notes::column_ref;
use crate::reader::{Reader, has_token};
use crate::value::{Col, Value};

/// What an edit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instead {
    /// An output column is never computed: NULL of its type in every row.
    Blank,
    /// Sort keys are left out.
    Unsorted,
    /// Rows come in no order that tells anything.
    Shuffled,
}

/// A change of a text for readers to whom one of its columns is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What it does.
    pub instead: Instead,
    /// What stands there instead, by place; in order, and none within another.
    pub changes: Vec<(Range<usize>, String)>,
    /// Where one of these is masked; sorted.
    pub columns: Vec<ColumnRef>,
    /// What the text chooses by where it is left as it is.
    pub filters: Vec<Filter>,
}

/// An edit while the part is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) instead: Instead,
    pub(crate) changes: Vec<(Range<usize>, String)>,
    /// Whether a statement that does more than read may go without it.
    pub(crate) is_by_the_way: bool,
    pub(crate) uses: Vec<(Col, FilterForm)>,
}

/// A text with these edits made.
pub fn edited<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut changes: Vec<&(Range<usize>, String)> =
        edits.into_iter().flat_map(|edit| &edit.changes).collect();
    // Of two at one place the wider goes first: what stands within it is gone.
    changes.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for (range, new) in changes {
        if range.start < at {
            continue;
        }
        made.push_str(text.get(at..range.start)?);
        made.push_str(new);
        at = range.end;
    }
    made.push_str(text.get(at..)?);
    Some(made)
}

/// Where a node's own words begin and end.
pub(crate) fn words_of(node: &SyntaxNode) -> Range<usize> {
    let tokens = node
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .filter(|token| !token.kind().is_trivia());
    let mut span: Option<Range<usize>> = None;
    for token in tokens {
        let range = usize::from(token.text_range().start())..usize::from(token.text_range().end());
        span = Some(span.map_or(range.clone(), |span| span.start..range.end));
    }
    let whole = node.text_range();
    span.unwrap_or(usize::from(whole.start())..usize::from(whole.end()))
}

/// Whether a node holds a parameter: one that is left out is one the client still sends.
fn has_parameter(node: &SyntaxNode) -> bool {
    node.descendants_with_tokens()
        .any(|element| element.kind() == SyntaxKind::POSITIONAL_PARAM)
}

impl Reader<'_> {
    /// Whether what is being read is the client's own text of a statement that only reads.
    pub(crate) fn is_editable(&self) -> bool {
        self.is_own_text
            && self.views.is_empty()
            && self.rules.is_empty()
            && self.active.is_empty()
            && self.target.is_none()
    }

    /// A classified column helps to choose in that form. Within an output column it is put down
    /// to that.
    pub(crate) fn uses(&mut self, col: Col, form: FilterForm) {
        use FilterForm::{Order, Other, Pattern, Range};
        match &mut self.collected {
            // What tells no more than stand-ins do is no reason to show less.
            Some(collected) if matches!(form, Order | Other | Pattern | Range) => {
                collected.push((col, form));
            }
            _ => self.notes.filter(col, form),
        }
    }

    /// Notes an edit.
    pub(crate) fn edits(&mut self, noted: Noted) {
        if !self.edits.contains(&noted) {
            self.edits.push(noted);
        }
    }

    /// Reads an output column's expression; what it would tell is answered for by an edit that
    /// has it never computed.
    pub(crate) fn blanked(
        &mut self,
        (target, expression, name): (&SyntaxNode, &SyntaxNode, &str),
        read: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let is_choosing = self.choosing > 0 || self.collected.is_some();
        if is_choosing || !self.is_editable() {
            return read(self);
        }
        self.collected = Some(Vec::new());
        let mut value = read(self);
        let mut uses = self.collected.take().unwrap_or_default();
        if uses.is_empty() {
            return value;
        }
        uses.sort_unstable();
        uses.dedup();
        let span = words_of(expression);
        let is_named = words_of(target).end > span.end;
        let quoted = name.replace('"', "\"\"");
        let end = if is_named {
            ") END".to_owned()
        } else {
            format!(") END AS \"{quoted}\"")
        };
        let opened = (span.start..span.start, "CASE WHEN false THEN (".to_owned());
        self.edits(Noted {
            changes: vec![opened, (span.end..span.end, end)],
            instead: Instead::Blank,
            is_by_the_way: false,
            uses,
        });
        value.is_telling = false;
        value
    }

    /// What stands where it is never computed: its type is all there is of it.
    pub(crate) fn never<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let collected = self.collected.replace(Vec::new());
        let level = std::mem::take(&mut self.level);
        // Constants there are compared with nothing.
        let places = self.notes.take_places();
        let value = read(self);
        self.notes.take_places();
        for place in places {
            self.notes.place(place);
        }
        self.level = level;
        self.collected = collected;
        value
    }

    /// Reads what chooses rows: nothing within it is edited.
    pub(crate) fn choosing<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.choosing = self.choosing.saturating_add(1);
        let read = read(self);
        self.choosing = self.choosing.saturating_sub(1);
        read
    }

    /// The edit that leaves the keys at these places out of an ORDER BY; `None` where something
    /// hangs on them. Where none is left `instead` is the key, if it may be.
    pub(crate) fn unsorted(
        &self,
        clause: &SyntaxNode,
        sorts: &[SyntaxNode],
        told: &[usize],
        instead: Option<&str>,
    ) -> Option<Vec<(Range<usize>, String)>> {
        let is_open = |at: &usize| sorts.get(*at).is_some_and(|sort| !has_parameter(sort));
        if !self.is_editable() || !told.iter().all(is_open) {
            return None;
        }
        let spans: Vec<Range<usize>> = sorts.iter().map(words_of).collect();
        if told.len() == sorts.len() {
            let whole = words_of(clause);
            return Some(match instead {
                Some(instead) => {
                    let keys = spans.first()?.start..spans.last()?.end;
                    vec![(keys, instead.to_owned())]
                }
                None => vec![(whole, String::new())],
            });
        }
        let is_told = |at: usize| told.contains(&at);
        let mut changes = Vec::new();
        let mut at = 0;
        while at < spans.len() {
            if !is_told(at) {
                at += 1;
                continue;
            }
            let first = at;
            while is_told(at) {
                at += 1;
            }
            let range = match spans.get(at) {
                Some(next) => spans.get(first)?.start..next.start,
                None => spans.get(first.checked_sub(1)?)?.end..spans.get(at - 1)?.end,
            };
            changes.push((range, String::new()));
        }
        Some(changes)
    }

    /// The edits of a part that only reads; those of any other are none, and its uses are uses.
    pub(crate) fn finished_edits(&mut self) -> Vec<Edit> {
        let noted = std::mem::take(&mut self.edits);
        let reads = |action: model::Action| {
            use model::Action::{Call, CopyOut, Lock, ReachHost, Select, Set};
            matches!(action, Call | CopyOut | Lock | ReachHost | Select | Set)
        };
        if self.notes.does(|action| !reads(action)) {
            let noted = noted.into_iter().filter(|noted| !noted.is_by_the_way);
            for (col, form) in noted.flat_map(|noted| noted.uses) {
                self.notes.filter(col, form);
            }
            return Vec::new();
        }
        let catalog = self.world.catalog;
        let made = |noted: Noted| {
            let filters: Vec<Filter> = noted
                .uses
                .iter()
                .filter_map(|(col, form)| {
                    let column = column_ref(catalog, *col)?;
                    Some(Filter {
                        column,
                        form: *form,
                    })
                })
                .collect();
            let mut columns: Vec<ColumnRef> = filters.iter().map(|f| f.column.clone()).collect();
            columns.sort_unstable();
            columns.dedup();
            Edit {
                instead: noted.instead,
                changes: noted.changes,
                columns,
                filters,
            }
        };
        noted.into_iter().map(made).collect()
    }
}

/// What CASE computes where it never computes it: `CASE WHEN false THEN … END`.
pub(crate) fn never_computed(case: &SyntaxNode) -> Option<SyntaxNode> {
    let is_when = |node: &SyntaxNode| node.kind() == SyntaxKind::WHEN_CLAUSE;
    if !operands(case).is_empty() {
        return None;
    }
    let holders: SmallVec<[SyntaxNode; 2]> = case
        .children()
        .flat_map(|child| {
            if is_when(&child) || child.kind() == SyntaxKind::ELSE_CLAUSE {
                vec![child]
            } else {
                child.children().collect()
            }
        })
        .collect();
    let [when] = holders.as_slice() else {
        return None;
    };
    let parts = operands(when);
    let [condition, then] = parts.as_slice() else {
        return None;
    };
    let is_false =
        condition.kind() == SyntaxKind::LITERAL && has_token(condition, SyntaxKind::FALSE_KW);
    (is_when(when) && is_false).then(|| then.clone())
}
