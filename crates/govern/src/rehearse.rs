//! Which held statement may be rehearsed, and the right to do so.
//!
//! A rehearsal runs what nobody has approved, so its list is closed: one statement that changes
//! rows, read whole, and nothing beside that a rollback would not take back. All else is planned
//! at most, and the reviewer is told why.
//! It runs nothing itself: [`Rehearsals`] does, and what it may run is a [`Rehearsing`], which only
//! this crate makes, after the ledger has it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use catalog::{Catalog, RelationKind, TEMPORARY};
use mask::{Column, RowPlan};
use model::rehearsal::Sample;
use model::{
    Action, Effects, Event, Format, Lineage, OutputColumn, Parameter, Rehearsal, Route, Statement,
    TargetName,
};

use crate::Governor;
use crate::case::Case;
use crate::columns::column_of;
use crate::make::Made;
use crate::plan::{Sight, plan};
use crate::read::Reading;

/// Comes when it is done, or given up.
pub type Rehearsed = Pin<Box<dyn Future<Output = Rehearsal> + Send>>;

/// Who runs a statement and rolls it back. `gateway` implements it.
pub trait Rehearsals: Send + Sync {
    /// Does it, on a connection of its own. Dropping the future gives it up; nothing of it stays
    /// at the target in any case. Samples come as the target has them.
    fn rehearse(&self, asked: Rehearsing) -> Rehearsed;
}

/// The right to run one text and roll it back: a permit of its own kind.
pub struct Rehearsing {
    /// Tables it adds rows to.
    added_to: Vec<u32>,
    catalog: Arc<Catalog>,
    parameters: Vec<Parameter>,
    path: String,
    role: Option<String>,
    runs: bool,
    target: TargetName,
    text: String,
}

impl Rehearsing {
    /// Tables it adds rows to, by oid: what they draw from is looked at before it runs.
    pub fn added_to(&self) -> &[u32] {
        &self.added_to
    }

    /// What the target holds.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Its parameters.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Where its names are looked up: a value for `search_path`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The role it runs as, where that is not the one we sign in as.
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// Whether it may run; else it is planned only.
    pub fn runs(&self) -> bool {
        self.runs
    }

    /// Where.
    pub fn target(&self) -> &TargetName {
        &self.target
    }

    /// The one statement.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// How far a statement may be rehearsed, with the reason where not to the end.
enum Reach {
    No(String),
    Plan(String),
    Run,
}

impl Governor {
    /// Held statements are rehearsed by these from now on; told once, by whoever drives targets.
    pub fn rehearse_by(&self, rehearsals: Arc<dyn Rehearsals>) {
        // A second telling changes nothing: there is one gateway to a governor.
        let _ = self.rehearsals.set(rehearsals);
    }

    /// What is done before a held statement's reviewer is asked, if anything can be: recorded
    /// before the target hears of it.
    pub(crate) fn rehearse(
        &self,
        case: &mut Case<'_>,
        (reading, statement): (&Reading, &Statement),
        made: &Made,
    ) -> Option<Rehearsed> {
        let rehearsals = self.rehearsals.get()?;
        let catalog = case.session.catalog();
        let why_not = match reach(&reading.known.parts, &statement.route, &catalog) {
            Reach::No(why) => return Some(ready(Rehearsal::unrun(why))),
            Reach::Plan(why) => Some(why),
            Reach::Run => case.session.memory.lock().is_in_transaction().then(|| {
                let why = "its session has a transaction open, which another connection cannot see";
                why.to_owned()
            }),
        };
        let role = case.session.memory.lock().role();
        if role.is_switched && role.name.is_empty() {
            let why = "the role it would run as is not known";
            return Some(ready(Rehearsal::unrun(why)));
        }
        let begun = Event::RehearsalBegun {
            session: case.facts().clone(),
            statement: statement.id,
        };
        if let Err(refusal) = case.write(&[begun]) {
            return Some(ready(Rehearsal::unrun(refusal.message)));
        }
        let edits = made.mask.edits();
        let text = edits.text(reading.text.as_bytes());
        let acts = reading.known.parts.iter().flat_map(|part| &part.acts);
        let adds = acts.filter(|act| matches!(act.action, Action::Insert | Action::Merge));
        let asked = Rehearsing {
            added_to: adds.map(|act| act.object.oid).collect(),
            parameters: edits.parameters_of(&statement.parameters),
            path: reading
                .path
                .iter()
                .map(|name| quoted(name))
                .collect::<Vec<_>>()
                .join(", "),
            role: role.is_switched.then_some(role.name),
            runs: why_not.is_none(),
            target: case.facts().target.name.clone(),
            text: String::from_utf8_lossy(&text).into_owned(),
            catalog,
        };
        let doing = rehearsals.rehearse(asked);
        Some(Box::pin(async move {
            let mut rehearsal = doing.await;
            rehearsal.unrun = rehearsal.unrun.or(why_not);
            rehearsal
        }))
    }

    /// Samples as anyone sees them: what cannot be masked is left out.
    pub(crate) fn masked(&self, catalog: &Catalog, mut rehearsal: Rehearsal) -> Rehearsal {
        let samples = std::mem::take(&mut rehearsal.samples).into_iter();
        let masked = samples.filter_map(|sample| self.masked_sample(catalog, sample));
        rehearsal.samples = masked.collect();
        rehearsal
    }

    fn masked_sample(&self, catalog: &Catalog, sample: Sample) -> Option<Sample> {
        let mut relations = catalog.relations();
        let relation = relations.find(|relation| {
            let (schema, name) = (&relation.schema, &relation.name);
            format!("{schema}.{name}") == sample.relation
        })?;
        let shown = |column: &catalog::Column| OutputColumn {
            lineage: Lineage::Bare(column_of(relation, column)),
            name: None,
            type_oid: Some(column.type_oid),
        };
        let part = Effects {
            outputs: Some(relation.columns.iter().map(shown).collect()),
            returns_rows: true,
            ..Effects::default()
        };
        let sight = Sight {
            catalog,
            revealed: &[],
            sees_all: false,
            transforms: &[],
        };
        let columns = relation.columns.iter().map(|column| Column {
            format: Format::Text,
            modifier: -1,
            type_oid: column.type_oid,
        });
        let columns: Vec<Column> = columns.collect();
        let planned = plan(&self.keys, (&[part], &[Vec::new()]), &sight).ok()?;
        let plan = planned.mask.bind(0, &columns).ok()?;
        let masked = |row: Vec<Option<String>>| masked_row(&plan, row);
        Some(Sample {
            after: sample.after.map(masked),
            before: sample.before.map(masked),
            ..sample
        })
    }
}

fn masked_row(plan: &RowPlan, row: Vec<Option<String>>) -> Vec<Option<String>> {
    let cells = row.into_iter().enumerate();
    let masked = cells.map(|(column, cell)| {
        let cell = cell?;
        if plan.nulls(column) {
            return None;
        }
        if !plan.touches(column) {
            return Some(cell);
        }
        let mut out = Vec::new();
        plan.apply(column, cell.as_bytes(), &mut out);
        Some(String::from_utf8_lossy(&out).into_owned())
    });
    masked.collect()
}

fn ready(rehearsal: Rehearsal) -> Rehearsed {
    Box::pin(std::future::ready(rehearsal))
}

/// How far these parts may be rehearsed.
fn reach(parts: &[Effects], route: &Route, catalog: &Catalog) -> Reach {
    let [part] = parts else {
        return Reach::No("it is several statements in one text".to_owned());
    };
    if matches!(route, Route::Function { .. }) || !part.gaps.is_empty() {
        return Reach::No("what it does is not fully known".to_owned());
    }
    let kind = part.kind.as_str();
    if !matches!(kind, "DELETE" | "INSERT" | "MERGE" | "SELECT" | "UPDATE") {
        return Reach::No(format!("{kind} is not run to see what it does"));
    }
    let is_temporary = |act: &model::effects::Act| act.object.schema == TEMPORARY;
    if part.acts.iter().any(is_temporary) {
        return Reach::No("it uses the session's own temporary tables".to_owned());
    }
    if let Some(why) = part.acts.iter().find_map(|act| beyond(act, catalog)) {
        return Reach::Plan(why);
    }
    if kind == "SELECT" {
        return Reach::Plan("it changes nothing".to_owned());
    }
    Reach::Run
}

/// Why a rollback would not take an act back, if it would not.
fn beyond(act: &model::effects::Act, catalog: &Catalog) -> Option<String> {
    let name = || format!("{}.{}", act.object.schema, act.object.name);
    let kind = catalog
        .relation(act.object.oid)
        .map(|relation| relation.kind);
    match (act.action, kind) {
        (_, Some(RelationKind::Sequence)) => Some(format!(
            "it draws from {}, which no rollback gives back",
            name()
        )),
        (_, Some(RelationKind::Foreign)) => Some(format!("{} lies on another server", name())),
        (
            Action::Call
            | Action::Delete
            | Action::Insert
            | Action::Merge
            | Action::Select
            | Action::Update,
            _,
        ) => None,
        (action, _) => Some(format!("it would also {}", crate::advise::snake(action))),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
