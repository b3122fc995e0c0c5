//! From lineage and what is revealed to a mask plan.
//!
//! The table: bare and revealed passes, bare and classified gets its class's stand-in, computed
//! from something unrevealed is blanked, of unknown origin is blanked beside anything classified
//! and searched otherwise. Rows nobody can foresee are refused where anything is classified, and
//! never shown as they lie where a part could not be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use analysis::Place;
use catalog::{Catalog, TypeKind};
use mask::{Keys, Origin, PartPlan, Plan, PlannedColumn, Treatment};
use model::{
    Act, Action, Class, ColumnRef, Effects, Filter, FilterForm, Lineage, Refusal, RefusalKind,
    Transform,
};

use crate::translate::Translation;

/// How many domains and arrays are unwrapped before a type is called strange.
pub(crate) const DEEPEST_TYPE: u32 = 32;

/// What one reader may see of one catalog.
pub(crate) struct Sight<'a> {
    pub(crate) catalog: &'a Catalog,
    /// Classified columns the statement touches that may be shown.
    pub(crate) revealed: &'a [ColumnRef],
    /// Whether every classified column of the catalog may be shown: then nothing needs hiding.
    pub(crate) sees_all: bool,
    /// `@mask`: other transforms than the classes' own, sorted by class.
    pub(crate) transforms: &'a [(Class, Transform)],
}

impl Sight<'_> {
    pub(crate) fn hides(&self, column: &ColumnRef) -> bool {
        let is_same =
            |r: &ColumnRef| (r.relation_oid, r.number) == (column.relation_oid, column.number);
        column.class.is_some() && !self.sees_all && !self.revealed.iter().any(is_same)
    }

    /// Whether the part touches a classified column its reader may not see.
    fn hides_something(&self, part: &Effects) -> bool {
        let mut in_acts = part.acts.iter().flat_map(|act| &act.columns);
        let mut in_filters = part.filters.iter().map(|filter| &filter.column);
        let mut outputs = part.outputs.iter().flatten();
        in_acts.any(|column| self.hides(column))
            || in_filters.any(|column| self.hides(column))
            || outputs.any(|output| match &output.lineage {
                Lineage::Bare(column) => self.hides(column),
                Lineage::Clean | Lineage::Opaque => false,
                Lineage::Derived(columns) | Lineage::OneOf(columns) => {
                    columns.iter().any(|column| self.hides(column))
                }
            })
    }

    /// Whether the part changes rows of a relation that holds a hidden column: the server's errors
    /// about a row quote all of it ("Failing row contains …"), whichever columns were named.
    fn writes_beside_hidden(&self, part: &Effects) -> bool {
        use Action::{CopyIn, Delete, Insert, Merge, Update};
        let writes = |act: &&Act| matches!(act.action, CopyIn | Delete | Insert | Merge | Update);
        let is_classified = |act: &Act| {
            let relation = self.catalog.relation(act.object.oid);
            relation.is_none_or(|r| r.columns.iter().any(|column| column.class.is_some()))
        };
        !self.sees_all && part.acts.iter().filter(writes).any(is_classified)
    }

    pub(crate) fn hidden(&self, class: Class) -> Treatment {
        let place = self
            .transforms
            .binary_search_by_key(&class, |(class, _)| *class);
        let named = place.ok().and_then(|place| self.transforms.get(place));
        match named.map(|(_, transform)| *transform) {
            Some(Transform::Blank) => Treatment::Blank,
            Some(Transform::Hash) => Treatment::Hash,
            // What is not known cannot have a stand-in of its kind.
            Some(Transform::StandIn) | None if class == Class::Unsampled => Treatment::Hash,
            Some(Transform::StandIn) | None => Treatment::Mask(class),
        }
    }

    /// Where a column's cells stand, for those that are shown as they are there, but hidden.
    fn origin(&self, lineage: &Lineage) -> Option<Arc<Origin>> {
        let Lineage::Bare(column) = lineage else {
            return None;
        };
        let origin = || Origin::new(&column.table, &column.column, self.own(column));
        self.hides(column).then(|| Arc::new(origin()))
    }

    pub(crate) fn type_of(&self, column: &ColumnRef) -> u32 {
        let relation = self.catalog.relation(column.relation_oid);
        let mut columns = relation.iter().flat_map(|relation| &relation.columns);
        let known = columns.find(|known| known.number == column.number);
        known.map_or(0, |known| known.type_oid)
    }

    /// Whether a stand-in can be written where the column's value stood: not where that value is
    /// a row, a range, or of a type somebody made that is no string.
    fn is_scalar(&self, column: &ColumnRef) -> bool {
        self.own(column).is_some() || self.is_plain(self.type_of(column))
    }

    pub(crate) fn is_plain(&self, mut oid: u32) -> bool {
        for _ in 0..DEEPEST_TYPE {
            let Some(found) = self.catalog.type_of(oid) else {
                return true;
            };
            let is_own = &*found.schema == "pg_catalog";
            oid = match found.kind {
                TypeKind::Base if found.category == 'A' && found.element != 0 => found.element,
                TypeKind::Base => return is_own || found.category == 'S',
                TypeKind::Domain => found.base,
                TypeKind::Pseudo => return is_own,
                TypeKind::Composite | TypeKind::Enum | TypeKind::Multirange | TypeKind::Range => {
                    return false;
                }
            };
        }
        false
    }

    /// What its reader sees of a column.
    pub(crate) fn shown(&self, column: &ColumnRef) -> Treatment {
        match column.class {
            Some(_) if self.hides(column) && !self.is_scalar(column) => Treatment::Blank,
            Some(class) if self.hides(column) => self.hidden(class),
            _ => Treatment::Pass,
        }
    }

    /// What its reader sees of a value that may be any of these columns'.
    fn shown_of(&self, columns: &[ColumnRef]) -> Treatment {
        let mut hidden = columns.iter().filter(|column| self.hides(column));
        match hidden.next().map(|first| self.shown(first)) {
            None => Treatment::Pass,
            // Where one is hidden all are: which it is, is not known.
            Some(shown) if hidden.all(|column| self.shown(column) == shown) => shown,
            Some(_) => Treatment::Blank,
        }
    }

    /// Whether what is shown of a column tells as much as it is used for.
    fn is_shown_by(&self, filter: &Filter) -> bool {
        use FilterForm::{Group, Join, Shown};
        match (filter.form, self.shown(&filter.column)) {
            (Group | Join | Shown, Treatment::Blank) | (Shown, Treatment::Hash) => false,
            (Group | Join | Shown, Treatment::Mask(_)) => !self.is_of_rows(&filter.column),
            _ => true,
        }
    }

    fn treatment(&self, lineage: &Lineage, hides: bool) -> Treatment {
        match lineage {
            Lineage::Bare(column) => self.shown(column),
            Lineage::Derived(columns) if columns.iter().any(|column| self.hides(column)) => {
                Treatment::Blank
            }
            Lineage::OneOf(columns) => self.shown_of(columns),
            Lineage::Opaque if hides => Treatment::Blank,
            Lineage::Opaque if !self.sees_all => Treatment::Scan,
            Lineage::Clean | Lineage::Derived(_) | Lineage::Opaque => Treatment::Pass,
        }
    }
}

/// What a reader may see of a statement's results, and what becomes of the constants in it.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) mask: Plan,
    pub(crate) translation: Arc<Translation>,
}

/// The plan of a statement, or why there can be none.
pub(crate) fn plan(
    keys: &Arc<Keys>,
    (parts, places): (&[Effects], &[Vec<Place>]),
    sight: &Sight<'_>,
) -> Result<Planned, Refusal> {
    let parts = parts
        .iter()
        .map(|part| part_plan(part, sight))
        .collect::<Result<_, _>>()?;
    Ok(Planned {
        mask: Plan::new(keys.clone(), parts),
        translation: Arc::new(sight.translation(places)?),
    })
}

/// Whether a plan needs to know if its reader sees everything: nothing else is asked for it.
pub(crate) fn asks_for_all(parts: &[Effects]) -> bool {
    let is_opaque = |part: &Effects| {
        let mut outputs = part.outputs.iter().flatten();
        outputs.any(|output| output.lineage == Lineage::Opaque)
    };
    parts
        .iter()
        .any(|part| is_opaque(part) || !part.only_reads())
}

fn part_plan(part: &Effects, sight: &Sight<'_>) -> Result<PartPlan, Refusal> {
    let hides = sight.hides_something(part);
    let mut filters = part.filters.iter();
    if let Some(filter) = filters.find(|filter| !sight.is_shown_by(filter)) {
        return Err(not_shown(&filter.column));
    }
    let columns = match &part.outputs {
        Some(outputs) => {
            let planned = |output: &model::OutputColumn| PlannedColumn {
                origin: sight.origin(&output.lineage),
                treatment: sight.treatment(&output.lineage, hides),
                type_oid: output.type_oid,
            };
            Some(outputs.iter().map(planned).collect())
        }
        None if part.returns_rows && hides => return Err(unforeseen()),
        // What could not be read may give rows all the same, even after a person's yes: a lone
        // column is blanked, and a wire withholds any other result as not foreseen.
        None if !part.gaps.is_empty() => Some(vec![PlannedColumn {
            origin: None,
            treatment: Treatment::Blank,
            type_oid: None,
        }]),
        // Rows that nobody foresaw (a rule's, say) have no columns that may be shown.
        None if !part.returns_rows && !sight.sees_all && !part.only_reads() => Some(Vec::new()),
        None => None,
    };
    Ok(PartPlan {
        columns,
        copy: part.copy.clone(),
        scrubs_messages: hides
            || sight.writes_beside_hidden(part)
            || (!sight.sees_all && is_unread(part)),
        shown: shown(part, sight),
    })
}

/// The classes of which every row shows cells as they are, each with how many. A cell computed from
/// several counts for each; one of unknown origin for everything that the part reads.
fn shown(part: &Effects, sight: &Sight<'_>) -> Vec<(Class, u32)> {
    let hides = sight.hides_something(part);
    let read = || -> BTreeSet<Class> {
        let columns = part.acts.iter().flat_map(|act| &act.columns);
        columns.filter_map(|column| column.class).collect()
    };
    let of = |lineage: &Lineage| -> BTreeSet<Class> {
        if sight.treatment(lineage, hides) != Treatment::Pass {
            return BTreeSet::new();
        }
        match lineage {
            Lineage::Bare(column) => column.class.into_iter().collect(),
            Lineage::Clean => BTreeSet::new(),
            Lineage::Derived(columns) | Lineage::OneOf(columns) => {
                columns.iter().filter_map(|column| column.class).collect()
            }
            Lineage::Opaque => read(),
        }
    };
    let mut cells: BTreeMap<Class, u32> = BTreeMap::new();
    let told = part.outputs.iter().flatten();
    let unforeseen = part.outputs.is_none() && part.returns_rows;
    let all = told
        .map(|output| of(&output.lineage))
        .chain(unforeseen.then(read));
    for class in all.flatten() {
        *cells.entry(class).or_default() += 1;
    }
    cells.into_iter().collect()
}

/// Whether something in the part was not read, so that its messages may quote anything. A name
/// the catalog does not have is left to the server's own words.
fn is_unread(part: &Effects) -> bool {
    let is_name = |gap: &model::Gap| matches!(gap.kind.as_str(), "column" | "relation");
    !part.gaps.iter().all(is_name)
}

/// A column is grouped, joined or looked into as its class's stand-in would be, and is shown as
/// something else.
fn not_shown(column: &ColumnRef) -> Refusal {
    let name = format!("{}.{}", column.table, column.column);
    let message = format!("{name} is masked so that nothing of it may be grouped, joined or dated");
    Refusal::new(RefusalKind::Unmaskable, message)
        .hint("It may be selected, masked; group and join by a column that is not.")
}

fn unforeseen() -> Refusal {
    Refusal::new(
        RefusalKind::Unmaskable,
        "the columns of this result cannot be foreseen, and it touches masked columns",
    )
    .hint("name the columns you want in a plain SELECT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::OutputColumn;

    fn column(number: i16, class: Option<Class>) -> ColumnRef {
        ColumnRef {
            class,
            column: format!("c{number}"),
            number,
            relation_oid: 16_384,
            schema: "public".into(),
            table: "customers".into(),
        }
    }

    #[test]
    fn lineage_decides_the_treatment() {
        let (email, name) = (
            column(1, Some(Class::Email)),
            column(2, Some(Class::FullName)),
        );
        let (id, revealed) = (column(3, None), [column(2, Some(Class::FullName))]);
        let (iban, phone) = (column(4, Some(Class::Iban)), column(5, Some(Class::Phone)));
        let catalog = Catalog::default();
        let sight = Sight {
            catalog: &catalog,
            revealed: &revealed,
            sees_all: false,
            transforms: &[
                (Class::FullName, Transform::Blank),
                (Class::Iban, Transform::Hash),
                (Class::Phone, Transform::Blank),
            ],
        };
        let table = [
            (Lineage::Clean, Treatment::Pass),
            (Lineage::Bare(id.clone()), Treatment::Pass),
            (Lineage::Bare(email.clone()), Treatment::Mask(Class::Email)),
            (Lineage::Bare(name.clone()), Treatment::Pass),
            (Lineage::Bare(iban.clone()), Treatment::Hash),
            (Lineage::Derived(vec![iban]), Treatment::Blank),
            (Lineage::Bare(phone), Treatment::Blank),
            (Lineage::Derived(vec![name.clone()]), Treatment::Pass),
            (Lineage::Derived(vec![email, name]), Treatment::Blank),
            (Lineage::Derived(vec![id]), Treatment::Pass),
            (Lineage::Opaque, Treatment::Blank),
        ];
        for (lineage, expected) in table {
            assert_eq!(sight.treatment(&lineage, true), expected, "{lineage:?}");
        }
        assert_eq!(sight.treatment(&Lineage::Opaque, false), Treatment::Scan);
    }

    #[test]
    fn rows_of_what_could_not_be_read_do_not_pass() {
        let gap = model::Gap {
            kind: "syntax".into(),
            reason: "the text does not parse".into(),
        };
        let catalog = Catalog::default();
        let sight = Sight {
            catalog: &catalog,
            revealed: &[],
            sees_all: false,
            transforms: &[],
        };
        let mut part = Effects::default();
        assert!(part_plan(&part, &sight).unwrap().passes_rows());
        part.gaps = vec![gap];
        assert!(!part_plan(&part, &sight).unwrap().passes_rows());
    }

    #[test]
    fn rows_nobody_foresees_are_refused_beside_something_masked() {
        let catalog = Catalog::default();
        let sight = Sight {
            catalog: &catalog,
            revealed: &[],
            sees_all: false,
            transforms: &[],
        };
        let filter = model::Filter {
            column: column(1, Some(Class::Email)),
            form: model::FilterForm::Equality,
        };
        let mut part = Effects {
            returns_rows: true,
            ..Effects::default()
        };
        assert!(part_plan(&part, &sight).is_ok());
        part.filters = vec![filter];
        assert!(part_plan(&part, &sight).is_err());
        let output = OutputColumn {
            lineage: Lineage::Clean,
            name: None,
            type_oid: None,
        };
        part.outputs = Some(vec![output]);
        assert!(part_plan(&part, &sight).unwrap().scrubs_messages);
    }
}
