//! Prepared statements and portals, as the *target* said they are.
//!
//! Why: a name that means one text to us and another to the target is a way past every rule. So
//! a name changes only on `ParseComplete`, `BindComplete` and `CloseComplete`, and command tags
//! that could give a name a new meaning behind our back (SQL's own PREPARE and DECLARE) make us
//! forget it: an unknown name is refused. Keeping a name the target dropped is harmless, since the
//! target then answers with its own error. What a flight makes is its own overlay until confirmed.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use mask::{Column, Edits, Plan};
use model::{Format, Outcome, OutcomeKind, Parameter, StatementId};

use crate::message::client::format_of;

/// A name: any bytes but NUL; empty is the unnamed one.
pub(crate) type Name = Box<[u8]>;

/// A prepared statement.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What a Describe was answered with.
    pub(crate) columns: OnceLock<Vec<Column>>,
    /// How what went to the target differs from `text`.
    pub(crate) sent: OnceLock<Edits>,
    pub(crate) text: Arc<[u8]>,
    pub(crate) types: Vec<u32>,
}

/// A bound portal.
#[derive(Debug)]
pub(crate) struct Portal {
    /// What a Describe was answered with.
    pub(crate) columns: OnceLock<Vec<Column>>,
    /// Result formats, by the protocol's rule for short lists.
    pub(crate) formats: Vec<Format>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) prepared: Arc<Prepared>,
    /// How what went to the target differs from `parameters`.
    pub(crate) sent: OnceLock<Edits>,
}

impl Portal {
    /// The columns as far as they are known; `foreseen` of an unknown type otherwise.
    pub(crate) fn columns(&self, foreseen: usize) -> Vec<Column> {
        if let Some(columns) = self.columns.get() {
            return columns.clone();
        }
        let unknown = |_| Column {
            format: Format::Text,
            modifier: -1,
            type_oid: 0,
        };
        let known = self.prepared.columns.get().cloned();
        let mut columns = known.unwrap_or_else(|| (0..foreseen).map(unknown).collect());
        for (index, column) in columns.iter_mut().enumerate() {
            column.format = format_of(&self.formats, index);
        }
        columns
    }

    /// Whether a description told the columns.
    pub(crate) fn is_described(&self) -> bool {
        self.columns.get().is_some() || self.prepared.columns.get().is_some()
    }
}

/// An admitted statement until it is settled.
#[derive(Debug)]
pub(crate) struct Permit {
    pub(crate) id: StatementId,
    pub(crate) plan: Plan,
    /// Rows that were changed up to where its portal was suspended.
    spent: u64,
    pub(crate) tally: Outcome,
}

impl Permit {
    pub(crate) fn new(id: StatementId, plan: Plan) -> Self {
        Self {
            id,
            plan,
            spent: 0,
            tally: Outcome::of(OutcomeKind::Success),
        }
    }

    /// Rows it may still change, where that is limited.
    pub(crate) fn left(&self) -> Option<u64> {
        let most = self.plan.bounds().changes;
        most.map(|most| most.saturating_sub(self.spent))
    }

    /// A part was completed and changed that many rows: the bound, if it went over it.
    pub(crate) fn complete(&mut self, changed: u64) -> Option<u64> {
        let tally = &mut self.tally;
        tally.completed = tally.completed.saturating_add(1);
        tally.rows_affected = tally.rows_affected.saturating_add(changed);
        let most = self.plan.bounds().changes;
        most.filter(|most| tally.rows_affected > *most)
    }
}

/// The names of a session.
#[derive(Debug, Default)]
pub(crate) struct Names {
    has_deallocated: bool,
    /// Permits of suspended portals: their next Execute rides on them.
    live: BTreeMap<Name, Permit>,
    portals: BTreeMap<Name, Arc<Portal>>,
    statements: BTreeMap<Name, Arc<Prepared>>,
}

impl Names {
    pub(crate) fn count(&self) -> usize {
        self.portals.len().saturating_add(self.statements.len())
    }

    pub(crate) fn statement(&self, name: &[u8]) -> Option<&Arc<Prepared>> {
        self.statements.get(name)
    }

    pub(crate) fn portal(&self, name: &[u8]) -> Option<&Arc<Portal>> {
        self.portals.get(name)
    }

    /// The permit a suspended portal's next Execute rides on.
    pub(crate) fn permit(&self, portal: &[u8]) -> Option<StatementId> {
        self.live.get(portal).map(|permit| permit.id)
    }

    pub(crate) fn suspended(&self, portal: &[u8]) -> Option<&Permit> {
        self.live.get(portal)
    }

    /// Where its portal is suspended now, it may change fewer rows when it goes on.
    pub(crate) fn spend(&mut self, id: StatementId, changed: u64) {
        let mut live = self.live.values_mut();
        if let Some(permit) = live.find(|permit| permit.id == id) {
            permit.spent = permit.spent.saturating_add(changed);
        }
    }

    /// The suspended portal of that permit is gone.
    pub(crate) fn forget_permit(&mut self, id: StatementId) -> Option<Permit> {
        let mut live = self.live.iter();
        let name = live.find_map(|(name, permit)| (permit.id == id).then(|| name.clone()))?;
        self.live.remove(&name)
    }

    /// Hands a suspended portal's permit to the flight that goes on with it.
    pub(crate) fn resume(&mut self, portal: &[u8]) -> Option<Permit> {
        self.live.remove(portal)
    }

    pub(crate) fn suspend(&mut self, portal: Name, permit: Permit) {
        self.live.insert(portal, permit);
    }

    pub(crate) fn parsed(&mut self, name: Name, prepared: Arc<Prepared>) {
        self.statements.insert(name, prepared);
    }

    pub(crate) fn forget_statement(&mut self, name: &[u8]) {
        self.statements.remove(name);
    }

    /// The portal now means this; a permit its name held before is over.
    pub(crate) fn bound(&mut self, name: Name, portal: Arc<Portal>) -> Option<Permit> {
        let over = self.live.remove(&name);
        self.portals.insert(name, portal);
        over
    }

    pub(crate) fn forget_portal(&mut self, name: &[u8]) -> Option<Permit> {
        self.portals.remove(name);
        self.live.remove(name)
    }

    /// The transaction ended: every portal died with it.
    pub(crate) fn end_transaction(&mut self) -> Vec<Permit> {
        self.portals.clear();
        std::mem::take(&mut self.live).into_values().collect()
    }

    /// What a completed command does to names behind the protocol's back.
    pub(crate) fn completed(&mut self, tag: &[u8]) -> Vec<Permit> {
        match tag {
            b"DEALLOCATE" => self.has_deallocated = true,
            b"DEALLOCATE ALL" | b"DISCARD ALL" => self.forget_named_statements(),
            b"PREPARE" if self.has_deallocated => self.forget_named_statements(),
            b"COMMIT" => return self.end_transaction(),
            b"CLOSE CURSOR" | b"CLOSE CURSOR ALL" | b"DECLARE CURSOR" => {
                self.portals.retain(|name, _| name.is_empty());
                let named: Vec<Name> = self
                    .live
                    .keys()
                    .filter(|name| !name.is_empty())
                    .cloned()
                    .collect();
                return named
                    .iter()
                    .filter_map(|name| self.live.remove(name))
                    .collect();
            }
            _ => {}
        }
        Vec::new()
    }

    fn forget_named_statements(&mut self) {
        self.statements.retain(|name, _| name.is_empty());
        self.has_deallocated = false;
    }
}
