//! What has been found out about one part, on its way to [`Effects`].
//!
//! Why: one place turns columns known by number into the names of the vocabulary, each once and
//! sorted.
//! It finds nothing out itself.

mod absorbed;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use catalog::{Catalog, Relation};
use model::{
    Act, Action, Call, ColumnRef, Effects, Filter, FilterForm, Gap, Lineage, Object, ObjectKind,
    Predicate, Reach, Volatility,
};

use smallvec::SmallVec;

use crate::gate::gap;
use crate::place::{At, Noted};
use crate::value::{Col, Origin};

/// The notes of one part.
#[derive(Clone, Default)]
pub(crate) struct Notes {
    acts: BTreeMap<(Action, Object, Option<String>), BTreeSet<Col>>,
    calls: BTreeSet<Call>,
    filters: BTreeSet<(Col, FilterForm)>,
    /// Constants of the client's held against, or written to, classified columns.
    places: Vec<Noted>,
    pub(crate) effects: Effects,
}

/// The relation as an object.
pub(crate) fn table(relation: &Relation) -> Object {
    Object {
        kind: ObjectKind::Table,
        name: relation.name.to_string(),
        oid: relation.oid,
        schema: relation.schema.to_string(),
    }
}

/// An object known by name alone.
pub(crate) fn named(kind: ObjectKind, schema: &str, name: &str) -> Object {
    Object {
        kind,
        name: name.to_owned(),
        oid: 0,
        schema: schema.to_owned(),
    }
}

/// The column as the vocabulary has it.
pub(crate) fn column_ref(catalog: &Catalog, col: Col) -> Option<ColumnRef> {
    let relation = catalog.relation(col.relation)?;
    let column = relation
        .columns
        .iter()
        .find(|column| column.number == col.number)?;
    Some(ColumnRef {
        class: column.class,
        column: column.name.to_string(),
        number: col.number,
        relation_oid: col.relation,
        schema: relation.schema.to_string(),
        table: relation.name.to_string(),
    })
}

/// The origin a lineage tells of.
pub(crate) fn origin(lineage: &Lineage) -> Origin {
    let col = |of: &ColumnRef| Col {
        relation: of.relation_oid,
        number: of.number,
    };
    match lineage {
        Lineage::Bare(of) => Origin::Bare(col(of)),
        Lineage::Clean => Origin::Clean,
        Lineage::Derived(from) => Origin::Derived(from.iter().map(col).collect()),
        Lineage::OneOf(of) => Origin::OneOf(of.iter().map(col).collect()),
        Lineage::Opaque => Origin::Opaque,
    }
}

impl Notes {
    /// An action on an object, with no columns.
    pub(crate) fn act(&mut self, action: Action, object: Object) {
        self.acts.entry((action, object, None)).or_default();
    }

    /// The same, by a road that the statement does not name.
    pub(crate) fn act_by(&mut self, action: Action, object: Object, via: &str) {
        let key = (action, object, Some(via.to_owned()));
        self.acts.entry(key).or_default();
    }

    /// Relations that were read.
    pub(crate) fn relations_read(&self) -> Vec<u32> {
        let mut oids: Vec<u32> = self.read().iter().map(|(object, ..)| object.oid).collect();
        oids.dedup();
        oids
    }

    /// An action on columns of a relation.
    pub(crate) fn columns(
        &mut self,
        action: Action,
        relation: &Relation,
        numbers: impl Iterator<Item = i16>,
    ) {
        self.columns_by(action, relation, numbers, None);
    }

    /// The same, by a road that the statement does not name.
    pub(crate) fn columns_by(
        &mut self,
        action: Action,
        relation: &Relation,
        numbers: impl Iterator<Item = i16>,
        via: Option<&str>,
    ) {
        let key = (action, table(relation), via.map(str::to_owned));
        let columns = self.acts.entry(key).or_default();
        columns.extend(numbers.map(|number| Col {
            relation: relation.oid,
            number,
        }));
    }

    pub(crate) fn call(&mut self, call: Call) {
        self.calls.insert(call);
    }

    pub(crate) fn filter(&mut self, col: Col, form: FilterForm) {
        self.filters.insert((col, form));
    }

    /// A constant of the client's is held against, or written to, a classified column.
    pub(crate) fn place(&mut self, place: Noted) {
        if !self.places.contains(&place) {
            self.places.push(place);
        }
    }

    pub(crate) fn take_places(&mut self) -> Vec<Noted> {
        std::mem::take(&mut self.places)
    }

    /// The places and filters noted so far, of which there are none from here.
    pub(crate) fn take_chosen(&mut self) -> (Vec<Noted>, BTreeSet<(Col, FilterForm)>) {
        (self.take_places(), std::mem::take(&mut self.filters))
    }

    /// Puts them back in place of those noted since.
    pub(crate) fn put_chosen(&mut self, places: Vec<Noted>, filters: BTreeSet<(Col, FilterForm)>) {
        (self.places, self.filters) = (places, filters);
    }

    /// The columns of all places.
    pub(crate) fn placed(&self) -> Vec<Col> {
        self.places.iter().map(|place| place.col).collect()
    }

    /// Whether a function of the server's own of such a name is called, by whatever road.
    pub(crate) fn calls_one_of(&self, names: &[&str]) -> bool {
        let is_one = |call: &Call| {
            call.function.schema == "pg_catalog" && names.contains(&&*call.function.name)
        };
        self.calls.iter().any(is_one)
    }

    pub(crate) fn has_parameters(&self) -> bool {
        let is_parameter = |place: &Noted| matches!(place.at, At::Parameter { .. });
        self.places.iter().any(is_parameter)
    }

    /// The parameter of that number stands where `span` is: if that is no place, its places are
    /// not all it is used for.
    pub(crate) fn shared(&mut self, parameter: usize, span: &Range<usize>) {
        let is_it = |at: &At| matches!(at, At::Parameter { number, .. } if *number == parameter);
        let stands = |at: &At| matches!(at, At::Parameter { span: at, .. } if at == span);
        if self.places.iter().any(|place| stands(&place.at)) {
            return;
        }
        for place in self.places.iter_mut().filter(|place| is_it(&place.at)) {
            place.is_shared = true;
        }
    }

    /// Of no place it is known that it is all its constant is used for.
    pub(crate) fn all_shared(&mut self) {
        for place in &mut self.places {
            place.is_shared = true;
        }
    }

    pub(crate) fn gap(&mut self, kind: &str, reason: impl Into<String>) {
        let gap: Gap = gap(kind, reason);
        if !self.effects.gaps.contains(&gap) {
            self.effects.gaps.push(gap);
        }
    }

    /// Whether such an action was noted, the statement's own or by another road.
    pub(crate) fn does(&self, is_such: impl Fn(Action) -> bool) -> bool {
        self.acts.keys().any(|(action, ..)| is_such(*action))
    }

    /// Whether such an action was noted that is not the statement's own, nor on the children of
    /// what it names.
    pub(crate) fn does_besides(&self, is_such: impl Fn(Action) -> bool) -> bool {
        let mut acts = self.acts.keys();
        acts.any(|(action, _, via)| {
            let is_besides = via.as_ref().is_some_and(|via| !via.starts_with("parent "));
            is_besides && is_such(*action)
        })
    }

    /// Schema and name of everything of that kind that is made, altered or dropped.
    pub(crate) fn defined(&self, kind: ObjectKind) -> Vec<(String, String)> {
        let defines = |action| matches!(action, Action::Create | Action::Alter | Action::Drop);
        let objects = self.acts.keys();
        objects
            .filter(|(action, object, _)| defines(*action) && object.kind == kind)
            .map(|(_, object, _)| (object.schema.clone(), object.name.clone()))
            .collect()
    }

    /// Whether something is made, altered or dropped that is of another kind.
    pub(crate) fn defines_but(&self, kind: ObjectKind) -> bool {
        let defines = |action| matches!(action, Action::Create | Action::Alter | Action::Drop);
        let mut acts = self.acts.keys();
        acts.any(|(action, object, _)| defines(*action) && object.kind != kind)
    }

    /// Whether something temporary is read.
    pub(crate) fn is_of_temporary(&self) -> bool {
        let mut read = self.acts.keys();
        read.any(|(action, object, _)| {
            *action == Action::Select && object.schema == catalog::TEMPORARY
        })
    }

    /// Relations acted upon in that way, and the columns of each.
    pub(crate) fn columns_read(&self, action: Action) -> BTreeMap<u32, BTreeSet<i16>> {
        let mut read: BTreeMap<u32, BTreeSet<i16>> = BTreeMap::new();
        for ((done, object, _), cols) in &self.acts {
            if *done == action && object.oid != 0 {
                let numbers = cols.iter().map(|col| col.number);
                read.entry(object.oid).or_default().extend(numbers);
            }
        }
        read
    }

    fn read(&self) -> Vec<(Object, Option<String>, BTreeSet<Col>)> {
        let reads = self
            .acts
            .iter()
            .filter(|((action, ..), _)| *action == Action::Select);
        reads
            .map(|((_, object, via), cols)| (object.clone(), via.clone(), cols.clone()))
            .collect()
    }

    /// Rows of every relation read are locked.
    pub(crate) fn lock_all_read(&mut self) {
        for (object, via, _) in self.read() {
            self.acts.entry((Action::Lock, object, via)).or_default();
        }
    }

    /// What is read is also read in that other way.
    pub(crate) fn all_read_also(&mut self, action: Action) {
        for (object, via, cols) in self.read() {
            let columns = self.acts.entry((action, object, via)).or_default();
            columns.extend(cols);
        }
    }

    /// What was noted is planned and not done: writes are reads of what they would write.
    pub(crate) fn only_planned(&mut self) {
        // A plan runs what is called immutable, and all that calls in turn.
        let is_run = |call: &Call| {
            call.reach == Reach::UserDefined && call.volatility == Some(Volatility::Immutable)
        };
        let runs = self.calls.iter().any(is_run);
        let is_called =
            |via: Option<&String>| runs && via.is_some_and(|via| via.starts_with("function "));
        // What hangs on a write hangs on it when it is done.
        let is_planned =
            |via: Option<&String>| via.is_none_or(|via| via.starts_with("view ")) || is_called(via);
        self.calls.retain(|call| is_planned(call.via.as_ref()));
        self.acts.retain(|(.., via), _| is_planned(via.as_ref()));
        let acts = std::mem::take(&mut self.acts);
        for ((action, object, via), cols) in acts {
            let action = match action {
                action if is_called(via.as_ref()) => action,
                Action::Insert | Action::Update | Action::Delete | Action::Merge => Action::Select,
                Action::Lock | Action::Create => continue,
                other => other,
            };
            let columns = self.acts.entry((action, object, via)).or_default();
            columns.extend(cols);
        }
        self.effects.predicate = None;
    }

    /// Classified columns that choose rows in such a form.
    pub(crate) fn filtered(&self, form: impl Fn(&FilterForm) -> bool) -> SmallVec<[Col; 4]> {
        let cols: BTreeSet<Col> = self
            .filters
            .iter()
            .filter(|(_, f)| form(f))
            .map(|(col, _)| *col)
            .collect();
        cols.into_iter().collect()
    }

    /// Another row-choosing clause: the weakest counts.
    pub(crate) fn predicate(&mut self, next: Predicate) {
        self.effects.predicate = Some(match self.effects.predicate {
            None => next,
            Some(former) => Predicate {
                has_where: former.has_where && next.has_where,
                is_bounded: former.is_bounded && next.is_bounded,
                is_tautology: former.is_tautology || next.is_tautology,
            },
        });
    }

    /// The lineage of a value, in the words of the vocabulary.
    pub(crate) fn lineage(catalog: &Catalog, origin: &Origin) -> Lineage {
        let refs = |cols: &[Col]| -> Vec<ColumnRef> {
            let refs = cols.iter().filter_map(|col| column_ref(catalog, *col));
            refs.collect::<BTreeSet<_>>().into_iter().collect()
        };
        match origin {
            Origin::Clean => Lineage::Clean,
            Origin::Opaque => Lineage::Opaque,
            Origin::Bare(col) => column_ref(catalog, *col).map_or(Lineage::Opaque, Lineage::Bare),
            Origin::Derived(cols) => Lineage::Derived(refs(cols)),
            Origin::OneOf(cols) => Lineage::OneOf(refs(cols)),
        }
    }

    /// The filters noted so far, sorted.
    pub(crate) fn filters_of(&self, catalog: &Catalog) -> Vec<Filter> {
        let named = |(col, form): &(Col, FilterForm)| {
            Some(Filter {
                column: column_ref(catalog, *col)?,
                form: *form,
            })
        };
        self.filters.iter().filter_map(named).collect()
    }

    /// Notes a filter by its name.
    pub(crate) fn filter_again(&mut self, filter: &Filter) {
        let col = Col {
            relation: filter.column.relation_oid,
            number: filter.column.number,
        };
        self.filter(col, filter.form);
    }

    /// Everything noted, sorted.
    pub(crate) fn finish(mut self, catalog: &Catalog) -> Effects {
        self.effects.filters = self.filters_of(catalog);
        let refs = |cols: BTreeSet<Col>| -> Vec<ColumnRef> {
            cols.into_iter()
                .filter_map(|col| column_ref(catalog, col))
                .collect()
        };
        self.effects.acts = self
            .acts
            .into_iter()
            .map(|((action, object, via), cols)| Act {
                action,
                columns: refs(cols),
                object,
                via,
            })
            .collect();
        self.effects.calls = self.calls.into_iter().collect();
        self.effects
    }
}
