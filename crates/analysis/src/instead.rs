//! Places of a client's text that are another where a column is masked: the edits that let a
//! statement be answered without what it would tell.
//!
//! Why: lists are sorted by name everywhere, and reports compute from what is hidden. An output
//! column that would tell is put where it is never computed, a sort key that would tell is left
//! out; what comes out of both is analysed again as any text, so that an edit too few is a refusal
//! and never a leak.
//! A condition that would tell is unknown in every row, as over a column of NULLs; the client is
//! told so.
//! Who may see what is not known here: `govern` decides which edits are made. A statement that does
//! more than read is never edited: it would change other rows than were meant.

use std::ops::Range;

use model::{ColumnRef, Filter, FilterForm};
use smallvec::SmallVec;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::changed::Change;
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
    /// A condition compares for equality what no stand-in can be turned back to: it is unknown in
    /// every row, where its columns are masked so.
    Unfound,
    /// A condition is never computed: it is unknown in every row.
    Unknown,
}

/// A change of a text for readers to whom one of its columns is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What it does.
    pub instead: Instead,
    /// What becomes of which stretches of the text.
    pub changes: Vec<Change>,
    /// Where one of these is masked; sorted.
    pub columns: Vec<ColumnRef>,
    /// What the text chooses by where it is left as it is.
    pub filters: Vec<Filter>,
}

/// Between these an expression is never computed: NULL of its type.
const NEVER: (&str, &str) = ("CASE WHEN false THEN (", ") END");

/// A node that is never computed.
pub(crate) fn never(node: &SyntaxNode) -> Change {
    Change::Around(words_of(node), NEVER.0.to_owned(), NEVER.1.to_owned())
}

/// A name in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A column of that name that is never computed.
pub(crate) fn blank(expression: &str, name: &str) -> String {
    format!("{}{expression}{} AS {}", NEVER.0, NEVER.1, quoted(name))
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum By {
    Condition,
    Key,
    #[default]
    Output,
}

/// What something being read would tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered {
    pub(crate) by: By,
    /// Columns that constants are held against for equality.
    pub(crate) held: Vec<Col>,
    pub(crate) uses: Vec<(Col, FilterForm)>,
}

/// An edit while the part is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) instead: Instead,
    pub(crate) changes: Vec<Change>,
    /// Whether a statement that does more than read may go without it.
    pub(crate) is_by_the_way: bool,
    pub(crate) uses: Vec<(Col, FilterForm)>,
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

    /// A classified column helps to choose in that form. Within an output column, a condition or a
    /// key it is put down to that.
    pub(crate) fn uses(&mut self, col: Col, form: FilterForm) {
        use FilterForm::{Order, Other, Pattern, Range};
        match &mut self.gathered {
            // What tells no more than stand-ins do is no reason to show less.
            Some(gathered) if matches!(form, Order | Other | Pattern | Range) => {
                gathered.uses.push((col, form));
            }
            _ => self.notes.filter(col, form),
        }
    }

    /// Reads something, with what it would tell put aside.
    pub(crate) fn gathers<T>(
        &mut self,
        by: By,
        read: impl FnOnce(&mut Self) -> T,
    ) -> (T, Gathered) {
        let own = Gathered {
            by,
            ..Gathered::default()
        };
        let around = self.gathered.replace(own);
        let read = read(self);
        let mut gathered = std::mem::replace(&mut self.gathered, around).unwrap_or_default();
        gathered.uses.sort_unstable();
        gathered.uses.dedup();
        (read, gathered)
    }

    /// Notes an edit; the place it is kept at.
    pub(crate) fn edits(&mut self, noted: Noted) -> usize {
        let known = self.edits.iter().position(|edit| *edit == noted);
        known.unwrap_or_else(|| {
            self.edits.push(noted);
            self.edits.len() - 1
        })
    }

    /// Reads an output column's expression; what it would tell is answered for by an edit that
    /// has it never computed.
    pub(crate) fn blanked(
        &mut self,
        (target, expression, name): (&SyntaxNode, &SyntaxNode, &str),
        read: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        if self.choosing > 0 || self.gathered.is_some() || !self.is_editable() {
            return read(self);
        }
        let (mut value, gathered) = self.gathers(By::Output, read);
        let span = words_of(expression);
        let is_named = words_of(target).end > span.end;
        let named = format!("{} AS {}", NEVER.1, quoted(name));
        let end = if is_named { NEVER.1.to_owned() } else { named };
        let output = self.output(Change::Around(span, NEVER.0.to_owned(), end));
        value.output = Some(output);
        if !gathered.uses.is_empty() {
            value.is_telling = false;
            self.blanks(output, gathered.uses);
        } else if !gathered.held.is_empty() {
            self.unfound(gathered.held, self.change_of(output));
        }
        value
    }

    /// The number of an output column of the client's text, by what blanks it.
    fn output(&mut self, change: Change) -> usize {
        let known = self.outputs.iter().position(|(own, _)| *own == change);
        known.unwrap_or_else(|| {
            self.outputs.push((change, None));
            self.outputs.len() - 1
        })
    }

    fn change_of(&self, output: usize) -> Vec<Change> {
        let known = self.outputs.get(output).map(|(change, _)| change.clone());
        known.into_iter().collect()
    }

    /// An output column is never computed, since it would be used so.
    pub(crate) fn blanks(&mut self, output: usize, uses: Vec<(Col, FilterForm)>) {
        let changes = self.change_of(output);
        let Some((_, edit)) = self.outputs.get_mut(output) else {
            return;
        };
        if let Some(edit) = edit.and_then(|at| self.edits.get_mut(at)) {
            edit.uses.extend(uses);
            edit.uses.sort_unstable();
            edit.uses.dedup();
            return;
        }
        *edit = Some(self.edits.len());
        self.edits.push(Noted {
            changes,
            instead: Instead::Blank,
            is_by_the_way: false,
            uses,
        });
    }

    /// What can be found by no stand-in is not looked for, where that is so.
    fn unfound(&mut self, held: Vec<Col>, changes: Vec<Change>) {
        let uses = held.into_iter().map(|col| (col, FilterForm::Equality));
        self.edits(Noted {
            changes,
            instead: Instead::Unfound,
            is_by_the_way: false,
            uses: uses.collect(),
        });
    }

    /// Reads a condition that is no AND, OR or NOT of others; what it would tell is answered for by
    /// an edit that has it unknown in every row.
    pub(crate) fn unknown<T>(&mut self, node: &SyntaxNode, read: impl FnOnce(&mut Self) -> T) -> T {
        let is_open = self.gathered.as_ref().is_none_or(|g| g.by == By::Condition);
        if !is_open || !self.is_editable() {
            return read(self);
        }
        let (read, gathered) = self.gathers(By::Condition, read);
        let changes = vec![never(node)];
        if !gathered.uses.is_empty() {
            self.edits(Noted {
                changes,
                instead: Instead::Unknown,
                is_by_the_way: false,
                uses: gathered.uses,
            });
        } else if !gathered.held.is_empty() {
            self.unfound(gathered.held, changes);
        }
        read
    }

    /// What stands where it is never computed: its type is all there is of it.
    pub(crate) fn never<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let level = std::mem::take(&mut self.level);
        let uses_order = self.uses_order;
        let edits = self.edits.len();
        // Constants there are compared with nothing, and nothing is chosen.
        let (places, filters) = self.notes.take_chosen();
        let (value, _) = self.gathers(By::Output, read);
        self.notes.put_chosen(places, filters);
        self.edits.truncate(edits);
        self.uses_order = uses_order;
        self.level = level;
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
    ) -> Option<Vec<Change>> {
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
                    vec![Change::Put(keys, instead.to_owned())]
                }
                None => vec![Change::Put(whole, String::new())],
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
            changes.push(Change::Put(range, String::new()));
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
