//! A plan: for every column a statement gives back, what its reader may see.
//!
//! Made by `govern` before the statement is sent, bound by a wire when the columns come.

use std::sync::{Arc, LazyLock};

use model::{Bounds, Class, CopyShape, Format, Manner};

use crate::detect::{self, About};
use crate::edit::Edits;
use crate::keys::Keys;
use crate::row::RowPlan;
use crate::scan::Within;

/// What happens to the cells of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// Replaced whole, NULL included, by a constant of the same type, which is NULL where we know
    /// no other: the value is computed from something classified, or nobody knows from what.
    Blank,
    /// Replaced by a keyed fingerprint where the type can hold one, by its blank where not.
    Hash,
    /// Replaced by the stand-in of its class.
    Mask(Class),
    /// Shown as it is.
    Pass,
    /// Searched cell by cell; what is found is replaced by its stand-in.
    Scan,
}

/// Where the cells of an output column stand in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    about: About,
    column: String,
    /// How cells of a type that is not the server's own are read, where that is known.
    own: Option<Own>,
}

/// What a type that is not the server's own holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// Rows of these fields, each with its `atttypmod`: what each shows, the whole shows.
    Record(Arc<[(PlannedColumn, i32)]>),
    /// An array of rows, of elements of that type: nothing of them is shown.
    Records(u32),
    /// Pairs, in the forms of `hstore`.
    Store,
    /// A string, whose binary form is its characters (`citext`).
    Text,
    /// An array of such strings.
    Texts,
}

impl Origin {
    /// That column of that table.
    pub fn new(table: &str, column: &str, own: Option<Own>) -> Self {
        Self {
            about: detect::about_of(table, column),
            column: column.to_owned(),
            own,
        }
    }

    pub(crate) fn own(&self) -> Option<&Own> {
        self.own.as_ref()
    }

    pub(crate) fn within(&self) -> Within<'_> {
        Within {
            about: self.about,
            name: &self.column,
        }
    }
}

/// One output column as analysis foresaw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedColumn {
    /// Where its cells stand, if they are shown as they are there.
    pub origin: Option<Arc<Origin>>,
    /// What to do.
    pub treatment: Treatment,
    /// The type foreseen, if any: a cell of another type is refused.
    pub type_oid: Option<u32>,
}

/// The plan of one part of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartPlan {
    /// The columns foreseen; `None` means any number, none of them touched.
    pub columns: Option<Vec<PlannedColumn>>,
    /// How rows are written where the part is a COPY to the client.
    pub copy: Option<CopyShape>,
    /// Whether texts the target writes (errors, notices) are replaced, since they may quote values.
    pub scrubs_messages: bool,
    /// Classes of which cells are shown as they are, each with its cells of one row: counted, not
    /// touched.
    pub shown: Vec<(Class, u32)>,
}

impl PartPlan {
    /// Whether every row may pass as it lies.
    pub fn passes_rows(&self) -> bool {
        let passes = |column: &PlannedColumn| column.treatment == Treatment::Pass;
        self.columns
            .as_ref()
            .is_none_or(|columns| columns.iter().all(passes))
    }
}

/// What a part of a clean plan looks like.
static CLEAN: LazyLock<PartPlan> = LazyLock::new(PartPlan::default);

/// The plan of a whole statement. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Plan {
    bounds: Bounds,
    edits: Edits,
    is_clean: bool,
    keys: Arc<Keys>,
    manner: Option<Arc<Manner>>,
    parts: Arc<[PartPlan]>,
    /// For values nobody knows the origin of.
    stray: Arc<Keys>,
}

impl Plan {
    /// A plan of these parts, in the statement's order.
    pub fn new(keys: Arc<Keys>, parts: Vec<PartPlan>) -> Self {
        Self {
            bounds: Bounds::default(),
            edits: Edits::default(),
            is_clean: false,
            stray: Arc::clone(&keys),
            keys,
            manner: None,
            parts: parts.into(),
        }
    }

    /// A plan that touches nothing, whatever parts the statement has.
    pub fn clean(keys: Arc<Keys>) -> Self {
        Self {
            bounds: Bounds::default(),
            edits: Edits::default(),
            is_clean: true,
            stray: Arc::clone(&keys),
            keys,
            manner: None,
            parts: Arc::new([]),
        }
    }

    /// The same within these bounds.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// The same, with these sent in place of what came.
    #[must_use]
    pub fn edited(self, edits: Edits) -> Self {
        Self { edits, ..self }
    }

    /// What is sent in place of what the client wrote.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// The same for one reader: with the keys of its columns' stand-ins, and of those of values
    /// nobody knows the origin of. The two differ, so that a constant of a statement never comes
    /// back as the stand-in that a column shows.
    #[must_use]
    pub fn seen_by(self, keys: Arc<Keys>, stray: Arc<Keys>) -> Self {
        Self {
            keys,
            stray,
            ..self
        }
    }

    /// The same, of which a session that wants the JSON form is told in it.
    #[must_use]
    pub fn told(self, manner: Option<Arc<Manner>>) -> Self {
        Self { manner, ..self }
    }

    /// How its reader is told of what happens to it.
    pub fn manner(&self) -> Option<&Arc<Manner>> {
        self.manner.as_ref()
    }

    /// How much the statement may give back and change.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The plan of one part, from 0; `None` where the plan foresaw no such part.
    pub fn part(&self, part: usize) -> Option<&PartPlan> {
        if self.is_clean {
            Some(&CLEAN)
        } else {
            self.parts.get(part)
        }
    }

    /// Whether every row of every part may pass as it lies.
    pub fn passes_rows(&self) -> bool {
        self.parts.iter().all(PartPlan::passes_rows)
    }

    /// Whether texts the target writes are replaced, for any part.
    pub fn scrubs_messages(&self) -> bool {
        self.parts.iter().any(|part| part.scrubs_messages)
    }

    /// Binds one part to the columns that came. A part not foreseen is a change.
    pub fn bind(&self, part: usize, columns: &[Column]) -> Result<RowPlan, Unmaskable> {
        let plan = self.part(part).ok_or(Unmaskable::Changed)?;
        let keys = (Arc::clone(&self.keys), Arc::clone(&self.stray));
        RowPlan::bind(keys, plan, columns)
    }
}

/// One column as the target described it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// How its cells are written.
    pub format: Format,
    /// `atttypmod`; -1 is none.
    pub modifier: i32,
    /// `pg_type.oid`; 0 where the target does not say (COPY): the type foreseen is taken.
    pub type_oid: u32,
}

/// Why a plan cannot be applied to the columns that came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmaskable {
    /// The number or types of columns differ from what was foreseen.
    #[error("the result's columns are not those foreseen: the catalog changed, run it again")]
    Changed,
}
