//! What a column holds: from its name, type, neighbours and a sample.

use model::Class;

/// What is known of a column.
#[derive(Debug, Clone, Copy)]
pub struct ColumnEvidence<'a> {
    /// Its name.
    pub column: &'a str,
    /// Its comment, if any.
    pub comment: Option<&'a str>,
    /// Values that are not NULL, as text.
    pub sample: &'a [&'a str],
    /// Its schema.
    pub schema: &'a str,
    /// Names of the other columns of its table.
    pub siblings: &'a [&'a str],
    /// Its table.
    pub table: &'a str,
    /// Its type's name.
    pub type_name: &'a str,
}

/// A class and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The class.
    pub class: Class,
    /// Why, in words for a person; quotes no value.
    pub why: String,
}

/// The class of a column, if it has one.
pub fn classify(_evidence: &ColumnEvidence<'_>) -> Option<Found> {
    None
}

/// The class that a key of a JSON object names.
pub(crate) fn class_of_key(_parent: &str, _name: &str) -> Option<Class> {
    None
}
