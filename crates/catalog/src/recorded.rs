//! A catalog written down, to judge by where no target can be asked.
//!
//! Names, types, classes and the texts of views and functions; no row and no value of a target.
//! Reading it back gives the same catalog; its version is its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::roads::Roads;
use crate::{Catalog, Function, Relation, Type};

/// The form of the file: one that cannot be read says so instead of being guessed at.
const FORM: u32 = 1;

/// A catalog as data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    database: Arc<str>,
    #[serde(deserialize_with = "known")]
    form: u32,
    functions: Vec<Function>,
    relations: Vec<Relation>,
    roads: Roads,
    role: Arc<str>,
    schemas: Vec<Arc<str>>,
    search_path: Vec<Arc<str>>,
    server_version: u32,
    types: Vec<Type>,
}

fn known<'de, D: serde::Deserializer<'de>>(source: D) -> Result<u32, D::Error> {
    use serde::de::Error as _;
    let form = u32::deserialize(source)?;
    let fault = || D::Error::custom(format!("form {form} is not known: record it again"));
    (form == FORM).then_some(form).ok_or_else(fault)
}

impl From<&Catalog> for Recorded {
    fn from(catalog: &Catalog) -> Self {
        let mut functions: Vec<_> = catalog.all_functions().cloned().collect();
        let mut relations: Vec<_> = catalog.relations().cloned().collect();
        let mut types: Vec<_> = catalog.types().cloned().collect();
        functions.sort_by_key(|function| function.oid);
        relations.sort_by_key(|relation| relation.oid);
        types.sort_by_key(|kind| kind.oid);
        Self {
            database: catalog.database.clone(),
            form: FORM,
            functions,
            relations,
            roads: catalog.roads(),
            role: catalog.role.clone(),
            schemas: catalog.schemas.clone(),
            search_path: catalog.search_path.clone(),
            server_version: catalog.server_version,
            types,
        }
    }
}

impl From<Recorded> for Catalog {
    fn from(recorded: Recorded) -> Self {
        let Recorded {
            database,
            functions,
            relations,
            roads,
            role,
            schemas,
            search_path,
            server_version,
            types,
            ..
        } = recorded;
        let mut catalog = Self::of(relations, functions, types).with_roads(roads);
        catalog.database = database;
        catalog.role = role;
        catalog.schemas = schemas;
        catalog.search_path = search_path;
        catalog.server_version = server_version;
        catalog.sealed()
    }
}
