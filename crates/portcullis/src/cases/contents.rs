//! A target's contents, from a few words: what a file of cases describes, and what every
//! PostgreSQL has.
//!
//! `functions.txt` was read from a server's `pg_proc`. Enough to judge statements by; a target's
//! own recorded catalog is better, and one key away.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use catalog::{
    Body, Catalog, Column, Function, FunctionKind, Relation, RelationKind, Source, Type, TypeKind,
};
use model::{Class, Volatility};

use super::file::{File, Routine, Table};

/// The first oid of what is not the server's own.
const FIRST: u32 = 16_384;

/// Types by name, with their oid and category.
const TYPES: &[(&str, u32, char)] = &[
    ("bool", 16, 'B'),
    ("bytea", 17, 'U'),
    ("name", 19, 'S'),
    ("int8", 20, 'N'),
    ("int2", 21, 'N'),
    ("int4", 23, 'N'),
    ("text", 25, 'S'),
    ("oid", 26, 'N'),
    ("json", 114, 'U'),
    ("inet", 869, 'I'),
    ("float8", 701, 'N'),
    ("bpchar", 1042, 'S'),
    ("varchar", 1043, 'S'),
    ("date", 1082, 'D'),
    ("timestamp", 1114, 'D'),
    ("timestamptz", 1184, 'D'),
    ("interval", 1186, 'T'),
    ("numeric", 1700, 'N'),
    ("regclass", 2205, 'N'),
    ("trigger", 2279, 'P'),
    ("void", 2278, 'P'),
    ("uuid", 2950, 'U'),
    ("jsonb", 3802, 'U'),
    ("_int4", 1007, 'A'),
    ("_text", 1009, 'A'),
];

/// System catalogs every client reads.
const SYSTEM: &[(&str, &str, u32, &str)] = &[
    (
        "pg_catalog",
        "pg_authid",
        1260,
        "rolname name|rolpassword text",
    ),
    (
        "pg_catalog",
        "pg_class",
        1259,
        "oid oid|relname name|relnamespace oid|relkind text",
    ),
    ("pg_catalog", "pg_namespace", 2615, "oid oid|nspname name"),
    ("pg_catalog", "pg_roles", 12_001, "rolname name|oid oid"),
    (
        "pg_catalog",
        "pg_settings",
        12_002,
        "name text|setting text",
    ),
    (
        "pg_catalog",
        "pg_stat_activity",
        12_003,
        "pid int|usename name|query text",
    ),
    (
        "pg_catalog",
        "pg_type",
        1247,
        "oid oid|typname name|typnamespace oid",
    ),
    (
        "information_schema",
        "tables",
        12_004,
        "table_schema name|table_name name",
    ),
];

/// The catalog a file describes.
pub(crate) fn described(file: &File) -> anyhow::Result<Catalog> {
    let mut relations = Vec::new();
    for (schema, name, oid, columns) in SYSTEM {
        let columns: Vec<_> = columns.split('|').map(str::to_owned).collect();
        let table = Table {
            columns,
            view: None,
        };
        relations.push(relation(schema, name, *oid, &table)?);
    }
    let mut schemas: Vec<Arc<str>> = ["public", "pg_catalog", "information_schema"]
        .map(Arc::from)
        .to_vec();
    let mut functions: Vec<Function> = include_str!("functions.txt")
        .lines()
        .filter_map(built_in)
        .collect();
    let mut named = |name: &str| {
        let (schema, name) = name.split_once('.').unwrap_or(("public", name));
        if !schemas.iter().any(|known| &**known == schema) {
            schemas.push(schema.into());
        }
        (schema.to_owned(), name.to_owned())
    };
    let mut oid = FIRST;
    for (name, table) in &file.tables {
        let (schema, short) = named(name);
        let made = relation(&schema, &short, oid, table);
        relations.push(made.with_context(|| format!("[tables.{name:?}]"))?);
        oid += 1;
    }
    for (name, routine) in &file.functions {
        let (schema, short) = named(name);
        let made = function(&schema, &short, oid, routine);
        functions.push(made.with_context(|| format!("[functions.{name:?}]"))?);
        oid += 1;
    }
    let types = TYPES.iter().map(kind).collect();
    let classes = classes(file);
    let mut catalog = Catalog::of(relations, functions, types);
    catalog.search_path = vec!["public".into()];
    catalog.schemas = schemas;
    catalog.role = "gateway".into();
    catalog.server_version = 150_000;
    Ok(catalog.classified(|relation, column| {
        let is_it = |(schema, table, name, _): &&(String, String, String, Class)| {
            (&*relation.schema, &*relation.name, &*column.name) == (schema, table, name)
        };
        let (.., class) = classes.iter().find(is_it)?;
        Some((*class, "described".to_owned()))
    }))
}

/// A recorded catalog.
pub(crate) fn recorded(path: &std::path::Path) -> anyhow::Result<Catalog> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the catalog {}", path.display()))?;
    let found: catalog::Recorded = serde_json::from_str(&text)
        .with_context(|| format!("{} is no recorded catalog of this version", path.display()))?;
    Ok(found.into())
}

fn kind((name, oid, category): &(&str, u32, char)) -> Type {
    Type {
        base: 0,
        category: *category,
        element: match *name {
            "_int4" => 23,
            "_text" => 25,
            _ => 0,
        },
        kind: if *category == 'P' {
            TypeKind::Pseudo
        } else {
            TypeKind::Base
        },
        name: (*name).into(),
        oid: *oid,
        relation: 0,
        schema: "pg_catalog".into(),
    }
}

fn type_oid(written: &str) -> anyhow::Result<u32> {
    let name = match written {
        "int" | "integer" | "serial" => "int4",
        "bigint" | "bigserial" => "int8",
        "smallint" => "int2",
        "boolean" => "bool",
        "float" => "float8",
        "int[]" => "_int4",
        "text[]" => "_text",
        other => other,
    };
    let found = TYPES.iter().find(|(known, ..)| *known == name);
    let Some((_, oid, _)) = found else {
        let known: Vec<_> = TYPES.iter().map(|(name, ..)| *name).collect();
        bail!(
            "there is no type {written:?} here; there are {}",
            known.join(", ")
        );
    };
    Ok(*oid)
}

fn relation(schema: &str, name: &str, oid: u32, table: &Table) -> anyhow::Result<Relation> {
    let kind = match table.view {
        Some(_) => RelationKind::View,
        None => RelationKind::Table,
    };
    let mut made = Relation::new(kind, schema, name, oid);
    made.definition = table.view.as_deref().map(Arc::from);
    for (written, number) in table.columns.iter().zip(1_i16..) {
        let mut words = written.split_whitespace();
        let (Some(name), Some(of)) = (words.next(), words.next()) else {
            bail!("a column is \"name type [class] [key]\", and {written:?} is none");
        };
        let mut is_key = false;
        for word in words {
            match word {
                "key" => is_key = true,
                class if class.parse::<Class>().is_ok() => {}
                other => bail!("{other:?} in {written:?} is neither a class nor \"key\""),
            }
        }
        if is_key {
            made.primary_key.push(number);
        }
        made.columns.push(Column {
            class: None,
            evidence: String::new(),
            is_generated: false,
            is_not_null: is_key,
            modifier: -1,
            name: name.into(),
            number,
            type_oid: type_oid(of)?,
        });
    }
    Ok(made)
}

/// Schema, table, column and class of every column that has one.
fn classes(file: &File) -> Vec<(String, String, String, Class)> {
    let mut found = Vec::new();
    for (name, table) in &file.tables {
        let (schema, short) = name.split_once('.').unwrap_or(("public", name));
        for written in &table.columns {
            let mut words = written.split_whitespace();
            let column = words.next().unwrap_or_default().to_owned();
            if let Some(class) = words.skip(1).find_map(|word| word.parse().ok()) {
                found.push((schema.to_owned(), short.to_owned(), column, class));
            }
        }
    }
    found
}

fn function(schema: &str, name: &str, oid: u32, routine: &Routine) -> anyhow::Result<Function> {
    let arguments = routine.arguments.iter().map(|of| type_oid(of));
    let source = Source {
        arguments: Vec::new(),
        body: Body::Text(routine.body.as_str().into()),
        digest: "described".into(),
        owner: "owner".into(),
        settings: Vec::new(),
    };
    Ok(Function {
        arguments: arguments.collect::<Result<_, _>>()?,
        defaults: 0,
        is_security_definer: routine.is_security_definer,
        is_variadic: false,
        kind: FunctionKind::Function,
        language: routine.language.as_str().into(),
        name: name.into(),
        oid,
        outputs: Vec::new(),
        result: type_oid(&routine.returns)?,
        returns_set: false,
        schema: schema.into(),
        source: Some(Arc::new(source)),
        volatility: routine.volatility,
    })
}

/// A line of `functions.txt`: name, argument types, result, volatility, kind, language, defaults,
/// variadic, set, outputs, oid.
fn built_in(line: &str) -> Option<Function> {
    let mut fields = line.split('|');
    let mut next = || fields.next();
    let types = |text: &str| text.split(' ').filter_map(|oid| oid.parse().ok()).collect();
    Some(Function {
        name: next()?.into(),
        arguments: types(next()?),
        result: next()?.parse().ok()?,
        volatility: match next()? {
            "i" => Volatility::Immutable,
            "s" => Volatility::Stable,
            _ => Volatility::Volatile,
        },
        kind: match next()? {
            "a" => FunctionKind::Aggregate,
            "p" => FunctionKind::Procedure,
            "w" => FunctionKind::Window,
            _ => FunctionKind::Function,
        },
        language: next()?.into(),
        defaults: next()?.parse().ok()?,
        is_variadic: next()? == "1",
        returns_set: next()? == "1",
        outputs: next()?
            .split(' ')
            .filter_map(|output| output.rsplit_once(':'))
            .filter_map(|(name, oid)| Some((name.into(), oid.parse().ok()?)))
            .collect(),
        oid: next()?.parse().ok()?,
        is_security_definer: false,
        schema: "pg_catalog".into(),
        source: None,
    })
}
