//! What one session has made of a catalog: relations it created, renamed, altered or dropped, names
//! it changed in ways that were not followed, temporary things.
//!
//! Why: until it commits nobody else sees them, so no reading of the catalog will show them; and a
//! renamed column keeps its class only if somebody remembers what it was. It is a value: whoever
//! opens a transaction or a savepoint keeps the one of then, and a rollback returns to it.
//!
//! What cannot be followed is *lost*: a lost name is not known, wherever it is looked for. It
//! reads no statement (that is `analysis`) and knows no transaction (that is `govern`).

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Catalog, Relation};

/// Where a session's temporary things stand, by the name it may call the schema itself.
pub const TEMPORARY: &str = "pg_temp";

/// The first oid given to what a session made: far above any the server has given.
const FIRST_OID: u32 = 0xFF00_0000;

/// More things of a session than this are not followed: all names are lost.
const MOST: usize = 2_000;

/// The world a definition was written in: later renames do not change what its text means.
#[derive(Debug, Clone)]
pub struct Home {
    /// The catalog of then.
    pub catalog: Arc<Catalog>,
    /// The search path of then.
    pub path: Arc<[Arc<str>]>,
}

/// How long a thing lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Once committed, the next reading of the catalog brings it.
    Permanent,
    /// Until it is dropped, or the session ends.
    Session,
    /// Until the transaction ends (ON COMMIT DROP).
    Transaction,
}

#[derive(Debug, Clone)]
struct Made {
    home: Option<Home>,
    life: Life,
    relation: Arc<Relation>,
}

/// What a session made of a catalog.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    gone: FxHashSet<u32>,
    is_lost: bool,
    lost: FxHashMap<Arc<str>, Life>,
    lost_functions: FxHashSet<Arc<str>>,
    lost_types: FxHashMap<Arc<str>, Life>,
    made: FxHashMap<u32, Made>,
    next: u32,
    schemas: Vec<Arc<str>>,
}

impl Overlay {
    /// Whether nothing differs from the catalog beneath.
    pub fn is_empty(&self) -> bool {
        self.made.is_empty()
            && self.gone.is_empty()
            && self.lost.is_empty()
            && self.lost_functions.is_empty()
            && self.lost_types.is_empty()
            && self.schemas.is_empty()
            && !self.is_lost
    }

    /// Schemas it made.
    pub fn schemas(&self) -> &[Arc<str>] {
        &self.schemas
    }

    pub(crate) fn relation(&self, oid: u32) -> Option<&Relation> {
        self.made.get(&oid).map(|made| &*made.relation)
    }

    pub(crate) fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.made.values().map(|made| &*made.relation)
    }

    pub(crate) fn relation_in(&self, schema: &str, name: &str) -> Option<&Relation> {
        self.relations()
            .find(|made| *made.name == *name && *made.schema == *schema)
    }

    /// Whether the relation of that oid beneath is not seen: it is gone, or another stands for it.
    pub(crate) fn hides(&self, oid: u32) -> bool {
        self.gone.contains(&oid) || self.made.contains_key(&oid)
    }

    pub(crate) fn home(&self, oid: u32) -> Option<&Home> {
        self.made.get(&oid)?.home.as_ref()
    }

    pub(crate) fn is_lost(&self, name: &str) -> bool {
        self.is_lost || self.lost.contains_key(name)
    }

    pub(crate) fn is_lost_function(&self, name: &str) -> bool {
        self.lost_functions.contains(name)
    }

    pub(crate) fn is_lost_type(&self, name: &str) -> bool {
        self.is_lost || self.lost_types.contains_key(name)
    }

    /// An oid for a thing whose own nobody has told.
    pub fn fresh_oid(&mut self) -> u32 {
        self.next = self.next.saturating_add(1);
        FIRST_OID.saturating_add(self.next)
    }

    /// How long a relation of the session's lives; `None` where it is not the session's.
    pub fn life(&self, oid: u32) -> Option<Life> {
        self.made.get(&oid).map(|made| made.life)
    }

    /// A relation now is this. One that was known before keeps its home and its life.
    pub fn put(&mut self, relation: Relation) {
        let before = self.made.remove(&relation.oid);
        let (home, life) = before.map_or((None, Life::Permanent), |made| (made.home, made.life));
        self.make(relation, life, home);
    }

    /// A new relation.
    pub fn make(&mut self, relation: Relation, life: Life, home: Option<Home>) {
        if self.made.len() >= MOST {
            self.lose_all();
            return;
        }
        self.gone.remove(&relation.oid);
        let relation = Arc::new(relation);
        self.made.insert(
            relation.oid,
            Made {
                home,
                life,
                relation,
            },
        );
    }

    /// A relation is dropped.
    pub fn remove(&mut self, oid: u32) {
        self.made.remove(&oid);
        if oid < FIRST_OID {
            self.gone.insert(oid);
        }
    }

    /// A schema is made.
    pub fn make_schema(&mut self, name: &str) {
        self.schemas.push(name.into());
    }

    /// What stands under a relation's name is not known any more.
    pub fn lose(&mut self, name: &str, life: Life) {
        self.lost.insert(name.into(), life);
    }

    /// What stands under a function's name is not known any more.
    pub fn lose_function(&mut self, name: &str) {
        self.lost_functions.insert(name.into());
    }

    /// What stands under a type's name is not known any more.
    pub fn lose_type(&mut self, name: &str, life: Life) {
        self.lost_types.insert(name.into(), life);
    }

    /// No name is known any more.
    pub fn lose_all(&mut self) {
        self.is_lost = true;
    }

    /// Temporary things are dropped (DISCARD).
    pub fn drop_temporary(&mut self) {
        self.made.retain(|_, made| made.life == Life::Permanent);
        self.lost.retain(|_, life| *life == Life::Permanent);
        self.lost_types.retain(|_, life| *life == Life::Permanent);
    }

    /// Whether something of it ends with the transaction.
    pub fn is_transient(&self) -> bool {
        let ends = |life: &Life| *life == Life::Transaction;
        self.made.values().any(|made| ends(&made.life)) || self.lost.values().any(ends)
    }

    /// Whether only temporary things differ from the catalog beneath.
    pub fn is_temporary(&self) -> bool {
        let is_permanent = |life: &Life| *life == Life::Permanent;
        let mut all = self.made.values().map(|made| &made.life);
        let mut lost = self.lost.values().chain(self.lost_types.values());
        !all.any(is_permanent)
            && !lost.any(is_permanent)
            && self.gone.is_empty()
            && self.lost_functions.is_empty()
            && self.schemas.is_empty()
            && !self.is_lost
    }

    /// The transaction committed.
    pub fn commit(&mut self) {
        self.made.retain(|_, made| made.life != Life::Transaction);
        self.lost.retain(|_, life| *life != Life::Transaction);
        self.lost_types.retain(|_, life| *life != Life::Transaction);
    }

    /// The catalog beneath was read after everything permanent was committed: only what no reading
    /// shows stays.
    pub fn refreshed(&mut self) {
        self.made.retain(|_, made| made.life != Life::Permanent);
        self.lost.retain(|_, life| *life != Life::Permanent);
        self.gone.clear();
        self.lost_functions.clear();
        self.lost_types.retain(|_, life| *life != Life::Permanent);
        self.schemas.clear();
        self.is_lost = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RelationKind;

    fn table(oid: u32, schema: &str, name: &str) -> Relation {
        Relation::new(RelationKind::Table, schema, name, oid)
    }

    /// What a session sees: `schema.name` of every relation, sorted.
    fn seen(base: &Arc<Catalog>, overlay: &Overlay) -> String {
        let laid = Catalog::laid(base, &Arc::new(overlay.clone()));
        let mut names: Vec<_> = laid
            .relations()
            .map(|relation| {
                let found = laid.relation_in(&relation.schema, &relation.name).unwrap();
                assert_eq!(laid.relation(relation.oid), Some(found));
                format!("{}.{}", relation.schema, relation.name)
            })
            .collect();
        names.sort();
        names.join(" ")
    }

    #[test]
    fn what_a_session_made_lies_over_what_there_is() {
        let known = vec![table(10, "public", "a"), table(11, "public", "b")];
        let base = Arc::new(Catalog::of(known, Vec::new(), Vec::new()));
        let mut overlay = Overlay::default();
        assert!(overlay.is_empty());
        assert_eq!(seen(&base, &overlay), "public.a public.b");
        overlay.put(table(10, "public", "renamed"));
        let before = overlay.clone();
        overlay.remove(11);
        assert_eq!(seen(&base, &overlay), "public.renamed");
        assert_eq!(seen(&base, &before), "public.b public.renamed");
        overlay.remove(10);
        assert_eq!(seen(&base, &overlay), "");
        let oid = overlay.fresh_oid();
        overlay.make(table(oid, TEMPORARY, "t"), Life::Session, None);
        let oid = overlay.fresh_oid();
        overlay.make(table(oid, TEMPORARY, "u"), Life::Transaction, None);
        let oid = overlay.fresh_oid();
        overlay.make(table(oid, "public", "a"), Life::Permanent, None);
        assert_eq!(seen(&base, &overlay), "pg_temp.t pg_temp.u public.a");
        overlay.commit();
        assert_eq!(seen(&base, &overlay), "pg_temp.t public.a");
        overlay.refreshed();
        assert_eq!(seen(&base, &overlay), "pg_temp.t public.a public.b");
        overlay.drop_temporary();
        assert!(overlay.is_empty());
    }

    #[test]
    fn what_is_lost_is_not_known() {
        let base = Arc::new(Catalog::of(
            vec![table(10, "public", "a")],
            Vec::new(),
            Vec::new(),
        ));
        let mut overlay = Overlay::default();
        overlay.lose("a", Life::Permanent);
        overlay.lose("t", Life::Session);
        let laid = Catalog::laid(&base, &Arc::new(overlay.clone()));
        assert!(laid.is_lost("a") && !laid.is_lost("b") && !base.is_lost("a"));
        overlay.refreshed();
        let laid = Catalog::laid(&laid, &Arc::new(overlay.clone()));
        assert!(!laid.is_lost("a") && laid.is_lost("t"));
        overlay.lose_all();
        assert!(Catalog::laid(&base, &Arc::new(overlay)).is_lost("b"));
    }
}
