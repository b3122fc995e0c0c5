//! A catalog's columns as effects name them.

use catalog::{Column, Relation};
use model::ColumnRef;

/// A column by its place and class.
pub(crate) fn column_of(relation: &Relation, column: &Column) -> ColumnRef {
    ColumnRef {
        class: column.class,
        column: column.name.to_string(),
        number: column.number,
        relation_oid: relation.oid,
        schema: relation.schema.to_string(),
        table: relation.name.to_string(),
    }
}

/// The classified columns of a relation.
pub(crate) fn classified(relation: &Relation) -> impl Iterator<Item = ColumnRef> + '_ {
    let columns = relation.columns.iter();
    let classified = columns.filter(|column| column.class.is_some());
    classified.map(|column| column_of(relation, column))
}
