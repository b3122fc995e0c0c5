//! The snapshot: relations, functions and types, by oid and by name.
//!
//! Immutable once shared; every look-up is by hash. What a session made of it is laid over it
//! without a copy. It reads nothing and resolves no overloads.

use std::sync::Arc;

use model::Class;
use rustc_hash::FxHashMap;

use crate::digest;
use crate::index::Index;
use crate::laid::Laid;
use crate::loads::{Load, Loads};
use crate::overlay::{Home, Overlay};
use crate::roads::{self, Beside, Cast, EventTrigger, Expression, Operator, Roads};
use crate::snapshot::{Column, Function, Relation, Type};

/// What a target contains at one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The database it was read from.
    pub database: Arc<str>,
    /// The role the gateway signs in as: what `$user` in a search path means.
    pub role: Arc<str>,
    /// Schemas by name.
    pub schemas: Vec<Arc<str>>,
    /// The search path a new session starts with, `$user` expanded, missing schemas left out.
    pub search_path: Vec<Arc<str>>,
    /// `server_version_num`.
    pub server_version: u32,
    /// SHA-256, in hex, over everything a verdict may depend on: equal catalogs, equal versions.
    pub version: Arc<str>,
    over: Option<Arc<Over>>,
    things: Arc<Things>,
}

/// What there is, by oid and by name: shared by a catalog and all that is laid over it.
#[derive(Debug, Clone, Default)]
struct Things {
    functions: FxHashMap<u32, Function>,
    functions_by_name: FxHashMap<Arc<str>, Vec<u32>>,
    loads: Loads,
    relations: FxHashMap<u32, Relation>,
    relations_by_name: FxHashMap<Arc<str>, Vec<u32>>,
    roads: Laid,
    /// What [`digest`] says of the roads.
    roads_digest: Vec<u8>,
    types: FxHashMap<u32, Type>,
    types_by_name: FxHashMap<Arc<str>, Vec<u32>>,
}

/// What one session made of a catalog, and the catalog.
#[derive(Debug)]
struct Over {
    base: Arc<Catalog>,
    overlay: Arc<Overlay>,
}

impl Catalog {
    /// A catalog of these things, without database, role, schemas and search path: whoever fills
    /// these in seals it again ([`Catalog::sealed`]).
    pub fn of(relations: Vec<Relation>, functions: Vec<Function>, types: Vec<Type>) -> Self {
        let mut this = Things {
            roads: Laid::of(Roads::default(), relations.iter()),
            ..Things::default()
        };
        for function in functions {
            this.functions_by_name
                .entry(function.name.clone())
                .or_default()
                .push(function.oid);
            this.functions.insert(function.oid, function);
        }
        for relation in relations {
            this.relations_by_name
                .entry(relation.name.clone())
                .or_default()
                .push(relation.oid);
            this.relations.insert(relation.oid, relation);
        }
        for kind in types {
            this.types_by_name
                .entry(kind.name.clone())
                .or_default()
                .push(kind.oid);
            this.types.insert(kind.oid, kind);
        }
        let things = Arc::new(this);
        let bare = Self {
            things,
            ..Self::default()
        };
        bare.sealed()
    }

    /// The same catalog with what stands beside its relations; sealed anew.
    #[must_use]
    pub fn with_roads(mut self, roads: Roads) -> Self {
        let things = Arc::make_mut(&mut self.things);
        things.roads_digest = digest::of_roads(&roads);
        things.roads = Laid::of(roads, things.relations.values());
        things.loads = Loads::of(&things.types, &things.relations, &things.roads);
        self.sealed()
    }

    /// What stands beside its relations, in an order of its own.
    pub(crate) fn roads(&self) -> Roads {
        self.things.roads.roads()
    }

    /// The catalog as a session sees it that made this of it. Its version stays the catalog's: it
    /// is the session's own and is put in force for nobody.
    #[must_use]
    pub fn laid(base: &Arc<Self>, overlay: &Arc<Overlay>) -> Arc<Self> {
        let base = match &base.over {
            Some(laid) => &laid.base,
            None => base,
        };
        let mut this = Self::clone(base);
        this.schemas.extend(overlay.schemas().iter().cloned());
        this.over = Some(Arc::new(Over {
            base: base.clone(),
            overlay: overlay.clone(),
        }));
        Arc::new(this)
    }

    /// What a session made of it; `None` for a catalog as it was read.
    pub fn overlay(&self) -> Option<&Arc<Overlay>> {
        self.over.as_ref().map(|laid| &laid.overlay)
    }

    /// The catalog in which a relation's definition was written, and the search path it means its
    /// names by: names in the view's text are those of then, whatever a session renamed since.
    pub fn home(&self, oid: u32) -> (&Self, &[Arc<str>]) {
        match &self.over {
            None => (self, &self.search_path),
            Some(laid) => match laid.overlay.home(oid) {
                Some(Home { catalog, path }) => (catalog, path),
                None => (&laid.base, &self.search_path),
            },
        }
    }

    /// The same catalog with its version computed from what it holds now.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.version = digest::of(&self);
        self
    }

    /// The relation of that oid.
    pub fn relation(&self, oid: u32) -> Option<&Relation> {
        let known = || self.things.relations.get(&oid);
        match self.overlay() {
            None => known(),
            Some(overlay) => match overlay.relation(oid) {
                None if overlay.hides(oid) => None,
                None => known(),
                made => made,
            },
        }
    }

    /// Every relation, in no order.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        let overlay = self.overlay();
        let made = overlay.into_iter().flat_map(|overlay| overlay.relations());
        let known = self.things.relations.values();
        made.chain(known.filter(move |known| overlay.is_none_or(|over| !over.hides(known.oid))))
    }

    /// The relation of that schema and name.
    pub fn relation_in(&self, schema: &str, name: &str) -> Option<&Relation> {
        let overlay = self.overlay();
        let made = overlay.and_then(|overlay| overlay.relation_in(schema, name));
        made.or_else(|| {
            let oids = self.things.relations_by_name.get(name)?;
            oids.iter()
                .filter(|oid| overlay.is_none_or(|overlay| !overlay.hides(**oid)))
                .filter_map(|oid| self.things.relations.get(oid))
                .find(|r| &*r.schema == schema)
        })
    }

    /// Whether a session changed what stands under that name in a way that was not followed: in
    /// whichever schema it is looked for, it is not known.
    pub fn is_lost(&self, name: &str) -> bool {
        self.overlay().is_some_and(|overlay| overlay.is_lost(name))
    }

    /// Whether a function of that name was made, changed or dropped by this session.
    pub fn is_lost_function(&self, name: &str) -> bool {
        self.overlay()
            .is_some_and(|overlay| overlay.is_lost_function(name))
    }

    /// What stands beside the relation of that oid; `None` where nothing does.
    pub fn beside(&self, oid: u32) -> Option<&Beside> {
        self.things.roads.beside.get(&oid)
    }

    /// Whether a session made that relation, or made it another.
    pub fn is_made(&self, oid: u32) -> bool {
        self.overlay()
            .is_some_and(|overlay| overlay.relation(oid).is_some())
    }

    /// The columns of each index of a relation that lets no two rows be alike; 0 is an expression.
    pub fn unique_keys(&self, relation: u32) -> &[Vec<i16>] {
        let keys = self.things.roads.unique_keys.get(&relation);
        keys.map_or(&[], Vec::as_slice)
    }

    /// The indexes of a relation that give its rows in an order.
    pub fn indexes(&self, relation: u32) -> &[Index] {
        let indexes = self.things.roads.indexes.get(&relation);
        indexes.map_or(&[], Vec::as_slice)
    }

    /// What a user's aggregate calls.
    pub fn support(&self, aggregate: u32) -> &[u32] {
        let support = self.things.roads.aggregates.get(&aggregate);
        support.map_or(&[], Vec::as_slice)
    }

    /// Whether a function of users' runs for values of some type.
    pub fn has_loads(&self) -> bool {
        !self.things.loads.is_empty()
    }

    /// Users' functions that run where a value of a type is made: checks of domains, its own and
    /// those of what it holds; of ranges what compares their ends.
    pub fn made(&self, type_oid: u32) -> &[Load] {
        let loads = self.things.loads.made.get(&type_oid);
        loads.map_or(&[], Vec::as_slice)
    }

    /// The same where it is compared, sorted or hashed.
    pub fn compared(&self, type_oid: u32) -> &[Load] {
        let loads = self.things.loads.compared.get(&type_oid);
        loads.map_or(&[], Vec::as_slice)
    }

    /// The same where it is turned into JSON.
    pub fn told(&self, type_oid: u32) -> &[Load] {
        let loads = self.things.loads.told.get(&type_oid);
        loads.map_or(&[], Vec::as_slice)
    }

    /// Whether there is a cast that calls a user's function.
    pub fn has_users_casts(&self) -> bool {
        !self.things.roads.casts.is_empty()
    }

    /// Whether a cast that did not come with the server makes one type another without a word.
    pub fn becomes(&self, from: u32, to: u32) -> bool {
        let roads = &self.things.roads;
        let cast = roads.casts.get(&(from, to));
        let cast = cast.or_else(|| roads.bare_casts.get(&(from, to)));
        cast.is_some_and(|cast| cast.applied == roads::Applied::Implicit)
    }

    /// The cast by a user's function from a type to another.
    pub fn cast(&self, from: u32, to: u32) -> Option<&Cast> {
        self.things.roads.casts.get(&(from, to))
    }

    /// Casts by users' functions from or to a type.
    pub fn casts_of(&self, type_oid: u32) -> &[Cast] {
        let casts = self.things.roads.casts_by_type.get(&type_oid);
        casts.map_or(&[], Vec::as_slice)
    }

    /// What a domain's default calls.
    pub fn type_defaults(&self, type_oid: u32) -> &[Expression] {
        let defaults = self.things.roads.type_defaults.get(&type_oid);
        defaults.map_or(&[], Vec::as_slice)
    }

    /// What the defaults of a users' function's parameters call.
    pub fn parameter_defaults(&self, function: u32) -> &[u32] {
        let called = self.things.roads.parameters.get(&function);
        called.map_or(&[], Vec::as_slice)
    }

    /// Event triggers.
    pub fn event_triggers(&self) -> &[EventTrigger] {
        &self.things.roads.event_triggers
    }

    /// Whether there are operators or casts that did not come with the server.
    pub fn has_users_operators(&self) -> bool {
        !self.things.roads.operators.is_empty() || !self.things.roads.casts.is_empty()
    }

    /// Operators of that sign that did not come with the server, in every schema.
    pub fn operators(&self, sign: &str) -> &[Operator] {
        let operators = self.things.roads.operators.get(sign);
        operators.map_or(&[], Vec::as_slice)
    }

    /// The digest of the roads.
    pub(crate) fn roads_digest(&self) -> &[u8] {
        &self.things.roads_digest
    }

    /// Functions of that name, in every schema.
    pub fn functions(&self, name: &str) -> impl Iterator<Item = &Function> {
        let oids = self.things.functions_by_name.get(name);
        let oids = oids.filter(|_| !self.is_lost_function(name));
        let oids = oids.map_or(&[][..], Vec::as_slice);
        oids.iter().filter_map(|oid| self.things.functions.get(oid))
    }

    /// Every function, in no order.
    pub fn all_functions(&self) -> impl Iterator<Item = &Function> {
        self.things.functions.values()
    }

    /// The function of that oid.
    pub fn function(&self, oid: u32) -> Option<&Function> {
        let found = self.things.functions.get(&oid);
        found.filter(|function| !self.is_lost_function(&function.name))
    }

    /// The type of that oid.
    pub fn type_of(&self, oid: u32) -> Option<&Type> {
        self.things.types.get(&oid)
    }

    /// The type of that schema and name.
    pub fn type_in(&self, schema: &str, name: &str) -> Option<&Type> {
        if self.overlay().is_some_and(|over| over.is_lost_type(name)) {
            return None;
        }
        let oids = self.things.types_by_name.get(name)?;
        oids.iter()
            .filter_map(|oid| self.things.types.get(oid))
            .find(|t| &*t.schema == schema)
    }

    /// Every type, in no order.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.things.types.values()
    }

    /// The relation an unqualified name means on this search path: `pg_catalog` first unless the
    /// path names it, then schema by schema. Temporary ones are the session's own and not here.
    pub fn resolve_relation(&self, search_path: &[Arc<str>], name: &str) -> Option<&Relation> {
        effective(search_path).find_map(|schema| self.relation_in(schema, name))
    }

    /// The type an unqualified name means on this search path, by the same rule.
    pub fn resolve_type(&self, search_path: &[Arc<str>], name: &str) -> Option<&Type> {
        effective(search_path).find_map(|schema| self.type_in(schema, name))
    }

    /// The same catalog with columns classified by `classify(relation, column)`: class and
    /// evidence, or `None`. It is sealed anew: verdicts depend on classes.
    #[must_use]
    pub fn classified(
        mut self,
        mut classify: impl FnMut(&Relation, &Column) -> Option<(Class, String)>,
    ) -> Self {
        let things = Arc::make_mut(&mut self.things);
        for relation in things.relations.values_mut() {
            let found: Vec<_> = relation
                .columns
                .iter()
                .map(|c| classify(relation, c))
                .collect();
            for (column, found) in relation.columns.iter_mut().zip(found) {
                let (class, evidence) = found.map_or((None, String::new()), |(c, e)| (Some(c), e));
                column.class = class;
                column.evidence = evidence;
            }
        }
        self.sealed()
    }
}

/// The schemas looked through for an unqualified name, in order.
fn effective(search_path: &[Arc<str>]) -> impl Iterator<Item = &str> {
    let is_named = search_path.iter().any(|schema| &**schema == "pg_catalog");
    (!is_named)
        .then_some("pg_catalog")
        .into_iter()
        .chain(search_path.iter().map(|s| &**s))
}
