//! Names to things: relations, functions and types as the server would find them.
//!
//! Why: `public.orders`, `orders` and a user's own `pg_catalog` look-alike must end at what the
//! server would touch. Where the catalog cannot tell, the answer is a gap.
//! It reads no syntax but names, and keeps no notes.

use std::sync::Arc;

use catalog::{Catalog, Function, Relation, TEMPORARY};

/// The catalog as one session sees it, from part to part of a text.
pub(crate) struct World<'a> {
    pub(crate) catalog: &'a Catalog,
    /// Where names are looked up: the same, or that in which the view being read was written.
    pub(crate) names: &'a Catalog,
    /// Whether it has defined something else that names may mean.
    pub(crate) is_unsettled: bool,
    pub(crate) search_path: Vec<Arc<str>>,
    /// Relations the body being read has defined: what they are after that is not followed.
    pub(crate) unsettled: Vec<String>,
}

/// `pg_catalog`, which is searched first unless the path names it.
const SYSTEM: &str = "pg_catalog";

impl<'a> World<'a> {
    pub(crate) fn new(catalog: &'a Catalog, search_path: &[Arc<str>]) -> Self {
        Self {
            catalog,
            names: catalog,
            is_unsettled: false,
            search_path: search_path.to_vec(),
            unsettled: Vec::new(),
        }
    }

    /// The schemas looked through, in order.
    pub(crate) fn path(&self) -> Vec<&str> {
        let mut path: Vec<&str> = self.search_path.iter().map(|schema| &**schema).collect();
        if !path.contains(&SYSTEM) {
            path.insert(0, SYSTEM);
        }
        // Before all else, unless the path names it; no function is looked for there.
        if !path.contains(&TEMPORARY) {
            path.insert(0, TEMPORARY);
        }
        path
    }

    /// The relation of that name, or the reason why it is not known.
    pub(crate) fn relation(
        &self,
        schema: Option<&str>,
        name: &str,
    ) -> Result<&'a Relation, String> {
        if self.unsettled.iter().any(|unsettled| unsettled == name) {
            return Err(format!("{name} is defined by the body that names it"));
        }
        if self.names.is_lost(name) {
            return Err(format!(
                "what {name} is was changed by this session in a way that cannot be followed"
            ));
        }
        let found = match schema {
            Some(schema) => self.names.relation_in(schema, name),
            None => self
                .path()
                .iter()
                .find_map(|schema| self.names.relation_in(schema, name)),
        };
        found.ok_or_else(|| match schema {
            Some(schema) => format!("relation {schema}.{name} is not in the catalog"),
            None => format!("relation {name} is not in the catalog or not on the search path"),
        })
    }

    /// The functions a call of that name with so many arguments may reach, in the path's order.
    ///
    /// The server chooses among them by type; all that fit by number are given.
    pub(crate) fn functions(
        &self,
        schema: Option<&str>,
        name: &str,
        arguments: Option<usize>,
    ) -> Vec<&'a Function> {
        let path = self.path();
        let is_seen = |function: &&Function| match schema {
            Some(schema) => &*function.schema == schema,
            None => path.contains(&&*function.schema),
        };
        let fits = |function: &&Function| {
            let Some(given) = arguments else { return true };
            let most = function.arguments.len();
            let least = most.saturating_sub(usize::from(function.defaults));
            let is_any = function.is_variadic && given + 1 >= least;
            is_any || (least..=most).contains(&given)
        };
        let seen: Vec<&Function> = self.names.functions(name).filter(is_seen).collect();
        let fitting: Vec<&Function> = seen.iter().copied().filter(|f| fits(f)).collect();
        if fitting.is_empty() { seen } else { fitting }
    }

    /// The type of that name: its oid, or 0.
    pub(crate) fn type_oid(&self, schema: Option<&str>, name: &str) -> u32 {
        let found = match schema {
            Some(schema) => self.names.type_in(schema, name),
            None => self
                .path()
                .iter()
                .find_map(|schema| self.names.type_in(schema, name)),
        };
        if let Some(found) = found {
            return found.oid;
        }
        let is_system = schema.is_none_or(|schema| schema == SYSTEM);
        BUILT_IN
            .iter()
            .find(|(built_in, _)| is_system && *built_in == name)
            .map_or(0, |(_, o)| *o)
    }
}

/// `pg_type.oid` of the types every server has, by name.
const BUILT_IN: [(&str, u32); 37] = [
    ("bit", 1560),
    ("bool", 16),
    ("bpchar", 1042),
    ("bytea", 17),
    ("char", 18),
    ("cidr", 650),
    ("date", 1082),
    ("float4", 700),
    ("float8", 701),
    ("inet", 869),
    ("int2", 21),
    ("int4", 23),
    ("int8", 20),
    ("interval", 1186),
    ("json", 114),
    ("jsonb", 3802),
    ("money", 790),
    ("name", 19),
    ("numeric", 1700),
    ("oid", 26),
    ("record", 2249),
    ("regclass", 2205),
    ("regnamespace", 4089),
    ("regproc", 24),
    ("regrole", 4096),
    ("regtype", 2206),
    ("text", 25),
    ("time", 1083),
    ("timestamp", 1114),
    ("timestamptz", 1184),
    ("timetz", 1266),
    ("unknown", 705),
    ("uuid", 2950),
    ("varbit", 1562),
    ("varchar", 1043),
    ("xid", 28),
    ("xml", 142),
];

/// The type's name that a word of the grammar stands for.
pub(crate) fn spelled(word: &str) -> &str {
    match word {
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "real" => "float4",
        "float" => "float8",
        "boolean" => "bool",
        "decimal" | "dec" => "numeric",
        other => other,
    }
}

/// Types whose text is their value: text, varchar, name, bpchar, citext is unknown here.
pub(crate) fn is_text_like(type_oid: u32) -> bool {
    matches!(type_oid, 25 | 1043 | 1042 | 19 | 705)
}

/// Types whose constants name things of the catalog.
pub(crate) fn is_name_like(type_oid: u32) -> bool {
    matches!(
        type_oid,
        24 | 2202..=2206 | 3734 | 3769 | 4089 | 4096 | 4191
    )
}
