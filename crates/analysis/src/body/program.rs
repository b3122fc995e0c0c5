//! A PL/pgSQL body as a list of steps.
//!
//! Why: what a body may do is what its steps may do in whatever order; blocks and loops matter
//! only for which variables a step sees. A flat list needs no recursion to read.
//! It holds text, and reads none.

use model::TransactionControl;

/// A text of SQL by its place in [`Program::texts`].
pub(super) type Text = usize;

/// What a variable is declared as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Another name for that one.
    Alias(Vec<String>),
    /// A bound cursor: its query.
    Cursor(Text),
    /// Of a known type.
    Oid(u32),
    /// RECORD: whatever it is given.
    Record,
    /// `relation%ROWTYPE`.
    RowOf(Vec<String>),
    /// A type as written, in a cast of NULL.
    Type(Text),
    /// `variable%TYPE` or `table.column%TYPE`.
    TypeOf(Vec<String>),
}

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) kind: Kind,
    pub(super) name: String,
}

/// The variables of one block, and the block around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) label: Option<String>,
    /// The level around it; its own number where there is none.
    pub(super) parent: usize,
    pub(super) variables: Vec<Variable>,
}

/// Where a step puts what it finds: a path of names.
pub(super) type Target = Vec<String>;

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doing {
    /// `target := text`.
    Assign { target: Target, text: Text },
    /// What the text gives decides what is done.
    Choose(Text),
    /// A cursor is closed.
    Close,
    /// GET STACKED DIAGNOSTICS: what an error said.
    Diagnose {
        targets: Vec<Target>,
        is_stacked: bool,
    },
    /// EXECUTE.
    Dynamic {
        into: Vec<Target>,
        returns: bool,
        text: Text,
        using: Vec<Text>,
    },
    /// A cursor's row, from the query it is bound to.
    Fetch { cursor: Target, into: Vec<Target> },
    /// OPEN: the query the cursor runs from here, where it is given one.
    Open { cursor: Target, text: Option<Text> },
    /// RAISE: what the text gives is told.
    Raise(Text),
    /// RAISE: a text that its format spells out in a message.
    Say(Text),
    /// RETURN or RETURN NEXT with a value.
    Return(Text),
    /// RETURN NEXT of the OUT parameters as they stand.
    ReturnNext,
    /// RETURN QUERY.
    ReturnQuery(Text),
    /// A statement.
    Run { into: Vec<Target>, text: Text },
    /// COMMIT or ROLLBACK.
    Transaction(TransactionControl),
}

/// A step, and the level whose names it sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) doing: Doing,
    pub(super) level: usize,
}

/// A body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Program {
    /// What could not be read, and why: kinds and reasons of gaps.
    pub(super) gaps: Vec<(&'static str, String)>,
    pub(super) levels: Vec<Level>,
    /// `#variable_conflict use_variable`: a variable hides a column.
    pub(super) prefers_variables: bool,
    pub(super) steps: Vec<Step>,
    pub(super) texts: Vec<String>,
}

impl Program {
    /// The variable that a name means from a level, and the level it stands in.
    pub(super) fn find(&self, from: usize, name: &str) -> Option<(usize, usize)> {
        let mut level = from;
        loop {
            let here = self.levels.get(level)?;
            if let Some(at) = here.variables.iter().rposition(|v| v.name == name) {
                return Some((level, at));
            }
            if here.parent == level {
                return None;
            }
            level = here.parent;
        }
    }

    /// The variable of a block's label and a name.
    pub(super) fn find_in(&self, from: usize, label: &str, name: &str) -> Option<(usize, usize)> {
        let mut level = from;
        loop {
            let here = self.levels.get(level)?;
            if here.label.as_deref() == Some(label)
                && let Some(at) = here.variables.iter().rposition(|v| v.name == name)
            {
                return Some((level, at));
            }
            if here.parent == level {
                return None;
            }
            level = here.parent;
        }
    }
}
