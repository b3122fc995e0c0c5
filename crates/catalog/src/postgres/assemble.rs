//! From the rows of [`READ`](super::READ) to a [`Catalog`].
//!
//! Strict: a row that is not as its text promises is [`Malformed`], never skipped, since a relation
//! left out here is a relation nobody masks.

use std::sync::Arc;

use model::Volatility;
use rustc_hash::FxHashMap;

use super::beside;
use super::rows::{Cells, Malformed, Names, Rows, each};
use crate::Catalog;
use crate::snapshot::{
    Argument, ArgumentMode, Body, Column, Function, FunctionKind, Relation, RelationKind, Source,
    Type, TypeKind,
};

/// All bodies of users' functions together are kept up to this; what comes after is not read.
const MOST_SOURCE_BYTES: usize = 64 << 20;

/// A catalog of the rows each text gave; `rows` is asked by the text's name. Sealed, unclassified.
pub fn assemble(rows: &dyn Fn(&str) -> Rows) -> Result<Catalog, Malformed> {
    let mut names = Names::default();
    let relations = relations(rows, &mut names)?;
    let functions = functions(rows, &mut names)?;
    let types = each("types", rows, |cells| kind(cells, &mut names))?;
    let schemas = each("schemas", rows, |cells| cells.name(0, &mut names))?;
    let mut catalog =
        Catalog::of(relations, functions, types).with_roads(beside::roads(rows, &mut names)?);
    catalog.schemas = schemas;
    let server = each("server", rows, |cells| {
        let facts = (
            cells.number::<u32>(0)?,
            cells.text(1)?.into(),
            cells.text(2)?.into(),
        );
        let schema = cells.optional(4).map(|name| names.intern(name));
        Ok((facts, schema))
    })?;
    let missing = Malformed {
        column: 0,
        text: "server",
        value: None,
        wanted: "a row",
    };
    let (facts, _) = server.first().cloned().ok_or(missing)?;
    (catalog.server_version, catalog.database, catalog.role) = facts;
    catalog.search_path = server
        .into_iter()
        .filter_map(|(_, schema)| schema)
        .collect();
    Ok(catalog.sealed())
}

fn relations(rows: &dyn Fn(&str) -> Rows, names: &mut Names) -> Result<Vec<Relation>, Malformed> {
    let mut columns: FxHashMap<u32, Vec<Column>> = FxHashMap::default();
    for (relation, column) in each("columns", rows, |cells| column(cells, names))? {
        columns.entry(relation).or_default().push(column);
    }
    each("relations", rows, |cells| {
        let oid = cells.number(0)?;
        Ok(Relation {
            columns: columns.remove(&oid).unwrap_or_default(),
            definition: cells.optional(5).map(Into::into),
            estimated_rows: cells.number(4)?,
            kind: cells.word(3, "a relkind", |letter| match letter {
                "c" => Some(RelationKind::Composite),
                "f" => Some(RelationKind::Foreign),
                "m" => Some(RelationKind::MaterializedView),
                "p" => Some(RelationKind::Partitioned),
                "r" => Some(RelationKind::Table),
                "S" => Some(RelationKind::Sequence),
                "v" => Some(RelationKind::View),
                _ => None,
            })?,
            name: cells.name(2, names)?,
            oid,
            parents: cells.numbers(6)?,
            primary_key: cells.numbers(7)?,
            schema: cells.name(1, names)?,
        })
    })
}

fn column(cells: &Cells<'_>, names: &mut Names) -> Result<(u32, Column), Malformed> {
    let column = Column {
        class: None,
        evidence: String::new(),
        is_generated: cells.flag(6)?,
        is_not_null: cells.flag(5)?,
        modifier: cells.number(4)?,
        name: cells.name(2, names)?,
        number: cells.number(1)?,
        type_oid: cells.number(3)?,
    };
    Ok((cells.number(0)?, column))
}

fn functions(rows: &dyn Fn(&str) -> Rows, names: &mut Names) -> Result<Vec<Function>, Malformed> {
    let mut outputs: FxHashMap<u32, Vec<(Arc<str>, u32)>> = FxHashMap::default();
    let found = each("outputs", rows, |cells| {
        Ok((cells.number(0)?, (cells.name(1, names)?, cells.number(2)?)))
    })?;
    for (function, output) in found {
        outputs.entry(function).or_default().push(output);
    }
    let mut sources = sources(rows, names)?;
    each("functions", rows, |cells| {
        let oid = cells.number(0)?;
        Ok(Function {
            arguments: cells.numbers(9)?,
            defaults: cells.number(8)?,
            is_security_definer: cells.flag(6)?,
            is_variadic: cells.flag(7)?,
            kind: cells.word(3, "a prokind", |letter| match letter {
                "a" => Some(FunctionKind::Aggregate),
                "f" => Some(FunctionKind::Function),
                "p" => Some(FunctionKind::Procedure),
                "w" => Some(FunctionKind::Window),
                _ => None,
            })?,
            language: cells.name(4, names)?,
            name: cells.name(2, names)?,
            oid,
            outputs: outputs.remove(&oid).unwrap_or_default(),
            result: cells.number(10)?,
            returns_set: cells.flag(11)?,
            schema: cells.name(1, names)?,
            source: sources.remove(&oid),
            volatility: cells.word(5, "a provolatile", |letter| match letter {
                "i" => Some(Volatility::Immutable),
                "s" => Some(Volatility::Stable),
                "v" => Some(Volatility::Volatile),
                _ => None,
            })?,
        })
    })
}

/// How users' functions are written, by oid.
fn sources(
    rows: &dyn Fn(&str) -> Rows,
    names: &mut Names,
) -> Result<FxHashMap<u32, Arc<Source>>, Malformed> {
    let mut arguments: FxHashMap<u32, Vec<Argument>> = FxHashMap::default();
    for (function, argument) in each("arguments", rows, |cells| argument(cells, names))? {
        arguments.entry(function).or_default().push(argument);
    }
    let mut settings: FxHashMap<u32, Vec<Arc<str>>> = FxHashMap::default();
    let found = each("settings", rows, |cells| {
        Ok((cells.number(0)?, cells.name(1, names)?))
    })?;
    for (function, setting) in found {
        settings.entry(function).or_default().push(setting);
    }
    let mut room = MOST_SOURCE_BYTES;
    let sources = each("sources", rows, |cells| {
        let oid = cells.number(0)?;
        let body = match cells.word(3, "a kind of body", Some)? {
            "native" => Body::Native,
            "text" => {
                let text = cells.text(4)?;
                match room.checked_sub(text.len()) {
                    Some(left) => {
                        room = left;
                        Body::Text(text.into())
                    }
                    None => Body::Long,
                }
            }
            _ => Body::Long,
        };
        let source = Source {
            arguments: arguments.remove(&oid).unwrap_or_default(),
            body,
            digest: cells.text(2)?.into(),
            owner: cells.name(1, names)?,
            settings: settings.remove(&oid).unwrap_or_default(),
        };
        Ok((oid, Arc::new(source)))
    })?;
    Ok(sources.into_iter().collect())
}

fn argument(cells: &Cells<'_>, names: &mut Names) -> Result<(u32, Argument), Malformed> {
    let argument = Argument {
        mode: cells.word(1, "a proargmode", |letter| match letter {
            "b" => Some(ArgumentMode::InOut),
            "i" => Some(ArgumentMode::In),
            "o" => Some(ArgumentMode::Out),
            "t" => Some(ArgumentMode::Table),
            "v" => Some(ArgumentMode::Variadic),
            _ => None,
        })?,
        name: cells.name(2, names)?,
        type_oid: cells.number(3)?,
    };
    Ok((cells.number(0)?, argument))
}

fn kind(cells: &Cells<'_>, names: &mut Names) -> Result<Type, Malformed> {
    Ok(Type {
        base: cells.number(6)?,
        category: cells.word(4, "a typcategory", |letter| letter.chars().next())?,
        element: cells.number(5)?,
        kind: cells.word(3, "a typtype", |letter| match letter {
            "b" => Some(TypeKind::Base),
            "c" => Some(TypeKind::Composite),
            "d" => Some(TypeKind::Domain),
            "e" => Some(TypeKind::Enum),
            "m" => Some(TypeKind::Multirange),
            "p" => Some(TypeKind::Pseudo),
            "r" => Some(TypeKind::Range),
            _ => None,
        })?,
        name: cells.name(2, names)?,
        oid: cells.number(0)?,
        relation: cells.number(7)?,
        schema: cells.name(1, names)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_not_as_promised_is_named() {
        let server = || {
            vec![
                ["150018", "db", "app", "0"]
                    .map(|t| Some(t.to_owned()))
                    .to_vec(),
            ]
        };
        let empty = assemble(&|text| {
            if text == "server" {
                server()
            } else {
                Vec::new()
            }
        });
        let empty = empty.unwrap();
        assert_eq!(
            (empty.server_version, &*empty.database, &*empty.role),
            (150_018, "db", "app")
        );

        let fault = assemble(&|text| match text {
            "server" => server(),
            "types" => vec![vec![Some("oid".to_owned())]],
            _ => Vec::new(),
        });
        assert!(
            matches!(fault, Err(Malformed { text: "types", .. })),
            "{fault:?}"
        );
        let fault = assemble(&|_| Vec::new());
        assert!(
            matches!(
                fault,
                Err(Malformed {
                    text: "server",
                    column: 0,
                    ..
                })
            ),
            "{fault:?}"
        );
    }
}
