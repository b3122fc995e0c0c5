//! What people said of columns in the configuration: exact names, and names with `*`.

use catalog::{Catalog, Column, Relation};
use rustc_hash::FxHashMap;

use super::{Place, linked};
use crate::config::ClassOverride;

/// What a person said of a column: the most exact of what fits.
pub(super) fn of<'o>(
    overrides: &'o [ClassOverride],
    relation: &Relation,
    column: &Column,
) -> Option<&'o ClassOverride> {
    let fits = |said: &&ClassOverride| {
        is_like(&said.schema, &relation.schema)
            && is_like(&said.relation, &relation.name)
            && is_like(&said.column, &column.name)
    };
    overrides
        .iter()
        .filter(fits)
        .max_by_key(|said| exactness(said))
}

/// Fewer stars first, then more letters.
fn exactness(said: &ClassOverride) -> (usize, usize) {
    let parts = [&said.schema, &said.relation, &said.column];
    let whole = parts.iter().filter(|part| !part.contains('*')).count();
    let letters = parts.iter().map(|part| part.replace('*', "").len()).sum();
    (whole, letters)
}

/// Whether a name fits a pattern in which `*` stands for any letters, none among them.
fn is_like(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return name.ends_with(part);
        }
        let Some(at) = name.find(part) else {
            return false;
        };
        name = name.get(at + part.len()..).unwrap_or("");
    }
    true
}

/// What a person said of a parent's column, for its children's.
pub(super) fn above<'o>(
    catalog: &Catalog,
    overrides: &'o [ClassOverride],
) -> FxHashMap<Place, &'o ClassOverride> {
    let mut above = FxHashMap::default();
    if overrides.is_empty() {
        return above;
    }
    for relation in catalog.relations() {
        for (column, parent, same) in linked::shared(catalog, relation) {
            if let Some(said) = of(overrides, parent, same) {
                above.insert((relation.oid, column.number), said);
            }
        }
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::RelationKind;
    use model::Class;

    #[test]
    fn the_most_exact_word_counts() {
        let said = |schema: &str, relation: &str, column: &str, class| ClassOverride {
            class,
            column: column.to_owned(),
            relation: relation.to_owned(),
            schema: schema.to_owned(),
        };
        let overrides = [
            said("*", "*", "ip", None),
            said("public", "audit_*", "*", Some(Class::FreeText)),
            said("public", "audit_1", "ip", Some(Class::IpAddress)),
            said("*", "*", "*_mail", Some(Class::Email)),
        ];
        let told = |schema: &str, table: &str, name: &str| {
            let column = Column {
                class: None,
                evidence: String::new(),
                is_generated: false,
                is_not_null: false,
                modifier: -1,
                name: name.into(),
                number: 1,
                type_oid: 25,
            };
            let relation = Relation::new(RelationKind::Table, schema, table, 1);
            of(&overrides, &relation, &column).map(|said| said.class)
        };
        for (schema, table, column, expected) in [
            ("public", "audit_1", "ip", Some(Some(Class::IpAddress))),
            ("public", "audit_2", "who", Some(Some(Class::FreeText))),
            ("other", "logins", "ip", Some(None)),
            ("other", "logins", "work_mail", Some(Some(Class::Email))),
            ("other", "logins", "mail", None),
            ("other", "logins", "ips", None),
        ] {
            assert_eq!(
                told(schema, table, column),
                expected,
                "{schema}.{table}.{column}"
            );
        }
    }
}
