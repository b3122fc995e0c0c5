//! What an expression's value comes from, while a statement is being read.
//!
//! Why: columns as two numbers are cheap to copy; names are looked up once, at the end.
//! It reads no syntax.

use std::rc::Rc;
use std::sync::Arc;

use smallvec::SmallVec;

/// A column of a relation in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Col {
    pub(crate) relation: u32,
    pub(crate) number: i16,
}

/// Where a value comes from. `Derived` holds classified columns alone, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    Bare(Col),
    #[default]
    Clean,
    Derived(SmallVec<[Col; 4]>),
    /// One of these columns of one class, as it is; sorted.
    OneOf(SmallVec<[Col; 4]>),
    Opaque,
}

/// Whether a value speaks of the relation a statement changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Touch {
    /// It is a column of it.
    Column,
    /// It is computed from a column of it.
    Mentions,
    #[default]
    None,
}

/// A value's source where it is not plainly a column of one.
pub(crate) const MIXED: u32 = u32::MAX;

/// A value. Two are the same where they hold the same, wherever they were met.
#[derive(Debug, Clone, Default)]
pub(crate) struct Value {
    /// The row source it is a column of; 0 where no row decides it, [`MIXED`] where one may.
    pub(crate) from: u32,
    /// Whether it is a constant or a parameter.
    pub(crate) is_constant: bool,
    /// Whether there are few of it, whatever the rows: a small LIMIT, a list of values.
    pub(crate) is_narrow: bool,
    /// Whether an operation in its making may have failed, or chosen, by something classified.
    pub(crate) is_telling: bool,
    pub(crate) origin: Origin,
    /// The output column of the client's text that it is, by its number.
    pub(crate) output: Option<usize>,
    /// Whether it is a constant that has no type yet: it is read by what it meets.
    pub(crate) is_untyped: bool,
    /// Its columns, where it is a row.
    pub(crate) row: Option<Rc<Vec<Field>>>,
    pub(crate) touch: Touch,
    /// `pg_type.oid`; 0 where it is not known.
    pub(crate) type_oid: u32,
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let facts = |value: &Self| {
            let Self {
                is_constant,
                is_narrow,
                is_telling,
                is_untyped,
                touch,
                type_oid,
                ..
            } = *value;
            (
                is_constant,
                is_narrow,
                is_telling,
                is_untyped,
                touch,
                type_oid,
            )
        };
        facts(self) == facts(other) && self.origin == other.origin && self.row == other.row
    }
}

impl Eq for Value {}

/// A named value: a column of a row source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: Arc<str>,
    pub(crate) value: Value,
}

impl Value {
    pub(crate) fn clean(type_oid: u32) -> Self {
        Self {
            type_oid,
            ..Self::default()
        }
    }

    pub(crate) fn constant(type_oid: u32) -> Self {
        Self {
            is_constant: true,
            type_oid,
            ..Self::default()
        }
    }

    /// A constant that is read by what it meets; of a text it has the type in the end.
    pub(crate) fn untyped(type_oid: u32) -> Self {
        Self {
            is_untyped: true,
            ..Self::constant(type_oid)
        }
    }

    pub(crate) fn opaque(type_oid: u32) -> Self {
        Self {
            from: MIXED,
            origin: Origin::Opaque,
            type_oid,
            ..Self::default()
        }
    }

    /// A value computed from these.
    #[expect(clippy::match_same_arms, reason = "a table by origin")]
    pub(crate) fn of<'v>(
        values: impl IntoIterator<Item = &'v Value>,
        type_oid: u32,
        is_classified: &dyn Fn(Col) -> bool,
    ) -> Self {
        let mut cols: SmallVec<[Col; 4]> = SmallVec::new();
        let mut this = Self::clean(type_oid);
        let mut is_opaque = false;
        for value in values {
            this.is_telling |= value.is_telling;
            if value.from != 0 {
                this.from = MIXED;
            }
            if value.touch != Touch::None {
                this.touch = Touch::Mentions;
            }
            match &value.origin {
                Origin::Clean => {}
                Origin::Opaque => is_opaque = true,
                Origin::Bare(col) if is_classified(*col) => cols.push(*col),
                Origin::Bare(_) => {}
                Origin::Derived(more) | Origin::OneOf(more) => cols.extend_from_slice(more),
            }
        }
        cols.sort_unstable();
        cols.dedup();
        this.origin = match (is_opaque, cols.is_empty()) {
            // What is opaque stays so, but not at the price of forgetting what it is known to hold.
            (_, false) => Origin::Derived(cols),
            (true, true) => Origin::Opaque,
            (false, true) => Origin::Clean,
        };
        this
    }

    /// The same column of two arms of a set operation.
    pub(crate) fn joined(&self, other: &Self, is_classified: &dyn Fn(Col) -> bool) -> Self {
        let type_oid = if self.type_oid == other.type_oid {
            self.type_oid
        } else {
            0
        };
        if self.origin == other.origin && matches!(self.origin, Origin::Bare(_)) {
            return Self {
                is_narrow: self.is_narrow && other.is_narrow,
                output: None,
                row: None,
                type_oid,
                ..self.clone()
            };
        }
        Self {
            is_narrow: self.is_narrow && other.is_narrow,
            is_untyped: self.is_untyped && other.is_untyped,
            ..Self::of([self, other], type_oid, is_classified)
        }
    }

    /// The columns of which it is one, unchanged.
    pub(crate) fn one_of(&self) -> &[Col] {
        match &self.origin {
            Origin::Bare(col) => std::slice::from_ref(col),
            Origin::OneOf(cols) => cols,
            Origin::Clean | Origin::Derived(_) | Origin::Opaque => &[],
        }
    }

    /// The column it is, unchanged.
    pub(crate) fn bare(&self) -> Option<Col> {
        match self.origin {
            Origin::Bare(col) => Some(col),
            _ => None,
        }
    }

    /// The same as a row decides it.
    pub(crate) fn of_rows(self) -> Self {
        Self {
            from: MIXED,
            ..self
        }
    }

    /// The classified columns it holds, and whether it may hold others.
    pub(crate) fn classified(&self, is_classified: &dyn Fn(Col) -> bool) -> SmallVec<[Col; 4]> {
        match &self.origin {
            Origin::Bare(col) if is_classified(*col) => SmallVec::from_slice(&[*col]),
            Origin::Derived(cols) | Origin::OneOf(cols) => cols.clone(),
            Origin::Bare(_) | Origin::Clean | Origin::Opaque => SmallVec::new(),
        }
    }
}
