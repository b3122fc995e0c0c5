//! A catalog's version: SHA-256 over a canonical dump of what a verdict may depend on.
//!
//! Every text goes in with its length before it, every list with its count, everything sorted by
//! oid: two catalogs with the same dump are the same. Row estimates stay out: they move with every
//! ANALYZE and no verdict reads them. Evidence stays out too: it explains a class, it is none.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::catalog::Catalog;
use crate::roads::Roads;
use crate::snapshot::{Column, Function, Relation, Type};

/// The version of this catalog.
pub(crate) fn of(catalog: &Catalog) -> Arc<str> {
    let mut dump = Dump(Sha256::new());
    dump.text("portcullis catalog 1");
    dump.text(&catalog.database);
    dump.text(&catalog.role);
    dump.number(catalog.server_version);
    dump.texts(&catalog.schemas);
    dump.texts(&catalog.search_path);
    let mut relations: Vec<&Relation> = catalog.relations().collect();
    relations.sort_unstable_by_key(|relation| relation.oid);
    dump.list(relations, Dump::relation);
    let mut functions: Vec<&Function> = catalog.all_functions().collect();
    functions.sort_unstable_by_key(|function| function.oid);
    dump.list(functions, Dump::function);
    let mut types: Vec<&Type> = catalog.types().collect();
    types.sort_unstable_by_key(|kind| kind.oid);
    dump.list(types, Dump::kind);
    dump.bytes(catalog.roads_digest());
    dump.hex()
}

/// What goes into the version of the roads beside relations: their lists were read sorted.
pub(crate) fn of_roads(roads: &Roads) -> Vec<u8> {
    Sha256::digest(format!("{roads:?}")).to_vec()
}

struct Dump(Sha256);

impl Dump {
    fn number(&mut self, number: impl Into<i64>) {
        self.0.update(number.into().to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.number(text.is_some());
        self.text(text.unwrap_or_default());
    }

    fn list<T>(&mut self, items: Vec<T>, mut each: impl FnMut(&mut Self, T)) {
        self.0.update((items.len() as u64).to_be_bytes());
        for item in items {
            each(self, item);
        }
    }

    fn texts(&mut self, texts: &[Arc<str>]) {
        self.list(texts.iter().collect(), |dump, text| dump.text(text));
    }

    fn oids(&mut self, oids: &[u32]) {
        self.list(oids.iter().collect(), |dump, oid| dump.number(*oid));
    }

    fn relation(&mut self, relation: &Relation) {
        self.number(relation.oid);
        self.text(&relation.schema);
        self.text(&relation.name);
        self.number(relation.kind as u8);
        self.optional(relation.definition.as_deref());
        self.oids(&relation.parents);
        self.list(relation.primary_key.iter().collect(), |dump, number| {
            dump.number(*number);
        });
        self.list(relation.columns.iter().collect(), Self::column);
    }

    fn column(&mut self, column: &Column) {
        self.number(column.number);
        self.text(&column.name);
        self.optional(column.class.map(model::Class::as_str));
        self.number(column.is_generated);
        self.number(column.is_not_null);
        self.number(column.modifier);
        self.number(column.type_oid);
    }

    fn function(&mut self, function: &Function) {
        self.number(function.oid);
        self.text(&function.schema);
        self.text(&function.name);
        self.number(function.kind as u8);
        self.text(&function.language);
        self.oids(&function.arguments);
        self.number(function.defaults);
        self.number(function.is_security_definer);
        self.number(function.is_variadic);
        self.number(function.result);
        self.number(function.returns_set);
        self.number(function.volatility as u8);
        let source = function.source.as_deref();
        // The definition's digest stands for arguments, body and settings.
        self.optional(source.map(|source| &*source.digest));
        self.optional(source.map(|source| &*source.owner));
        self.list(function.outputs.iter().collect(), |dump, (name, oid)| {
            dump.text(name);
            dump.number(*oid);
        });
    }

    fn kind(&mut self, kind: &Type) {
        self.number(kind.oid);
        self.text(&kind.schema);
        self.text(&kind.name);
        self.number(kind.kind as u8);
        self.number(u32::from(kind.category));
        self.number(kind.base);
        self.number(kind.element);
        self.number(kind.relation);
    }

    fn hex(self) -> Arc<str> {
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            let _ = write!(hex, "{byte:02x}");
        }
        hex.into()
    }
}
