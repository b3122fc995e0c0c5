//! What would this statement do? Never fails; names its gaps.
//!
//! [`analyse()`] reads one text, part by part, as PostgreSQL would read it, resolves its names
//! against a catalog and what the session has made of it, and answers with [`model::Effects`].
//! What it cannot find out is a gap with a reason, never a guess.
//!
//! It decides nothing (that is `policy`) and runs nothing.

mod addressed;
mod alike;
mod altered;
mod analyse;
mod beside;
mod body;
mod call;
mod cast;
mod change;
mod changed;
mod compare;
mod condition;
mod conflict;
mod copy;
mod cut;
mod define;
mod definition;
mod dice;
mod expr;
mod field;
mod folded;
mod from;
mod gate;
mod group;
mod indexed;
mod inner;
mod instead;
pub mod intent;
mod itself;
mod join;
mod kept;
mod kinds;
mod laden;
mod level;
mod lex;
mod made;
mod meant;
mod meet;
mod merge;
mod name;
mod names;
mod narrow;
mod notes;
mod operator;
mod order;
mod overload;
mod parted;
mod place;
mod put;
mod reach;
mod reader;
mod resolve;
mod rewrite;
mod scope;
mod select;
mod session;
mod set;
mod setting;
pub mod shape;
mod shown;
mod source;
mod spelled;
mod statement;
mod total;
mod tree;
mod unnamed;
mod unordered;
mod upkeep;
mod value;
mod with;
mod world;
mod write;

use std::sync::Arc;

use catalog::{Catalog, Overlay};
use model::{Effects, Filter, Limits};

pub use addressed::{Addressed, SETTINGS, parameters};
pub use analyse::analyse;
pub use changed::{Change, edited};
pub use instead::{Edit, Instead};
pub use place::{Place, Source, Usage};
pub use shape::{Shape, Shaper};
pub use spelled::Spelled;

/// What a text is read against.
pub struct Scene<'a> {
    /// The target, with what the session has made of it laid over.
    pub catalog: &'a Arc<Catalog>,
    /// SQL cursors and wire portals by name: the text each runs.
    pub cursors: &'a dyn Fn(&str) -> Option<Arc<str>>,
    /// The types parameters were declared of, in order: of 0, and of those behind, the server makes
    /// what it finds them used as.
    pub declared: &'a [u32],
    /// Bounds on what is read at all.
    pub limits: &'a Limits,
    /// Prepared statements by name, made by SQL PREPARE or by the wire: the text each runs.
    pub prepared: &'a dyn Fn(&str) -> Option<Arc<str>>,
    /// The session's search path, `$user` expanded; `pg_catalog` and `pg_temp` are implied as the
    /// server implies them.
    pub search_path: &'a [Arc<str>],
    /// Whether a plain `'…'` takes backslashes literally: the server's own word.
    pub standard_conforming_strings: bool,
}

/// One statement of a text.
#[derive(Debug, Clone)]
pub struct Part {
    /// What would be written instead for readers to whom columns are masked.
    pub edits: Vec<Edit>,
    /// What it would do, as it stands.
    pub effects: Effects,
    /// What lies over the catalog once it was done, where that is another than before.
    pub overlay: Option<Arc<Overlay>>,
    /// Constants and parameters held against, or written to, classified columns; each once, sorted.
    pub places: Vec<Place>,
    /// Where it stands in the text, bytes, without the semicolon.
    pub span: std::ops::Range<usize>,
    /// Those of the filters that no edit answers for.
    pub unanswered: Vec<Filter>,
}

/// What a text would do.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// Whether the answer depends on the content of any literal or on a cursor or prepared
    /// statement of the session, so that it does not hold for another text of the same shape.
    pub depends_on_literals: bool,
    /// Byte ranges of literals (strings, numbers, bit strings) in the text, in order.
    pub literals: Vec<std::ops::Range<usize>>,
    /// Its statements, in order. Empty for an empty text.
    pub parts: Vec<Part>,
}
