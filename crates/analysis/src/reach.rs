//! What a function can reach beyond its arguments.
//!
//! Why: a SELECT can read a file, run SQL from a string, or end another's session by calling one
//! function. The server's own are judged by [`system`], functions in C by [`extension`]; what
//! stands in neither is unknown or native, and neither is trusted.
//! Bodies in SQL and PL/pgSQL are not read here.

mod extension;
mod system;

use std::sync::LazyLock;

use catalog::{Function, FunctionKind};
use model::{Reach, Volatility};
use rustc_hash::FxHashMap;

/// What has a lower oid came with the server.
const FIRST_OF_USERS: u32 = 16_384;
/// `pg_type.oid` of `internal`: no statement can make a value of it.
const INTERNAL: u32 = 2281;

type Table = FxHashMap<&'static str, Reach>;

static SYSTEM: LazyLock<Table> = LazyLock::new(|| table(&[system::SYSTEM]));
static EXTENSION: LazyLock<Table> =
    LazyLock::new(|| table(&[extension::OTHERS, extension::CONTRIB]));

fn table(groups: &[&'static [(Reach, &'static str)]]) -> Table {
    let names = |(reach, names): &'static (Reach, &'static str)| {
        names.split_whitespace().map(|name| (name, *reach))
    };
    groups
        .iter()
        .flat_map(|groups| groups.iter().flat_map(names))
        .collect()
}

/// What a function that is not in the catalog would reach: the worst its name is known for.
pub(crate) fn missing(name: &str) -> Reach {
    match SYSTEM.get(name).copied().or_else(|| of_extension(name)) {
        None | Some(Reach::Pure | Reach::Catalog | Reach::Settings) => Reach::Unknown,
        Some(reach) => reach,
    }
}

fn of_extension(name: &str) -> Option<Reach> {
    let of_family = || {
        let is_of = |names: &str| {
            names
                .split_whitespace()
                .any(|start| name.starts_with(start))
        };
        extension::FAMILIES
            .iter()
            .find(|(_, names)| is_of(names))
            .map(|(reach, _)| *reach)
    };
    EXTENSION.get(name).copied().or_else(of_family)
}

/// What a function of the catalog reaches.
pub(crate) fn of(function: &Function) -> Reach {
    let is_system = matches!(&*function.schema, "pg_catalog" | "information_schema");
    if is_system && function.oid < FIRST_OF_USERS {
        return match function.volatility {
            Volatility::Immutable => Reach::Pure,
            Volatility::Stable | Volatility::Volatile => SYSTEM
                .get(&*function.name)
                .copied()
                .unwrap_or(Reach::Unknown),
        };
    }
    match &*function.language {
        // Its functions of transition are users' own.
        _ if function.kind == FunctionKind::Aggregate => Reach::UserDefined,
        "c" | "internal" if function.arguments.contains(&INTERNAL) => Reach::Pure,
        "c" | "internal" => of_extension(&function.name).unwrap_or(Reach::Native),
        // Languages that reach nothing but the database.
        "sql" | "plpgsql" | "plperl" | "pltcl" | "plv8" | "plcoffee" | "plls" | "pljava"
        | "pllua" | "plrust" => Reach::UserDefined,
        _ => Reach::Native,
    }
}

#[cfg(test)]
mod tests;
