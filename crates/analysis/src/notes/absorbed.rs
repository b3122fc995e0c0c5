//! Notes of what was read apart: a body, a trigger, a definition's own expressions.
//!
//! Why: what a body does is done by its caller, and each thing says by which road it came.
//! What is noted in the first place is in `notes`.

use std::collections::BTreeSet;

use model::{Action, Call, CallBody, FilterForm, Volatility};
use smallvec::SmallVec;

use super::Notes;
use crate::value::Col;

impl Notes {
    /// What a body was found to do, by that road where it names none nearer. Its gaps are the
    /// caller's to judge. Where one value after another may be tried (`is_loose`), whatever chooses
    /// chooses in the loosest form.
    pub(crate) fn absorb(&mut self, other: &Self, via: Option<&str>, is_loose: bool) {
        let via = via.map(str::to_owned);
        for ((action, object, nearer), cols) in &other.acts {
            let road = nearer.clone().or_else(|| via.clone());
            let columns = self
                .acts
                .entry((*action, object.clone(), road))
                .or_default();
            columns.extend(cols);
        }
        for call in &other.calls {
            let road = call.via.clone().or_else(|| via.clone());
            self.calls.insert(Call {
                via: road,
                ..call.clone()
            });
        }
        for (col, form) in &other.filters {
            let form = match form {
                FilterForm::Carried | FilterForm::Nullness => *form,
                // A function chooses as a view does, by what it is given.
                form if !is_loose => *form,
                FilterForm::Equality
                | FilterForm::Group
                | FilterForm::Join
                | FilterForm::Order
                | FilterForm::Other
                | FilterForm::Pattern
                | FilterForm::Range
                | FilterForm::Shown => FilterForm::Other,
            };
            self.filters.insert((*col, form));
        }
        for setting in &other.effects.settings {
            if !self.effects.settings.contains(setting) {
                self.effects.settings.push(setting.clone());
            }
        }
        for name in &other.effects.names {
            if !self.effects.names.contains(name) {
                self.effects.names.push(name.clone());
            }
        }
        if let Some(predicate) = other.effects.predicate {
            self.predicate(predicate);
        }
    }

    /// Of what a definition holds, such actions and all it calls, chooses and cannot tell.
    pub(crate) fn keep(&mut self, held: &Self, is_said: impl Fn(Action) -> bool) {
        for ((action, object, via), cols) in &held.acts {
            if is_said(*action) {
                let key = (*action, object.clone(), via.clone());
                self.acts.entry(key).or_default().extend(cols);
            }
        }
        self.calls.extend(held.calls.iter().cloned());
        self.filters.extend(&held.filters);
        for gap in &held.effects.gaps {
            self.gap(&gap.kind, gap.reason.clone());
        }
    }

    /// What a trigger's body did: how it chooses rows is not how the statement does.
    pub(crate) fn of_trigger(mut self) -> Self {
        self.filters
            .retain(|(_, form)| *form == FilterForm::Carried);
        self.effects.predicate = None;
        self
    }

    /// Whether anything is done but reading and computing.
    pub(crate) fn changes(&self) -> bool {
        // What a call keeps of its arguments is known where it is called.
        let is_quiet = |action| matches!(action, Action::Call | Action::Select);
        self.acts.keys().any(|(action, ..)| !is_quiet(*action)) || !self.effects.settings.is_empty()
    }

    /// Classified columns that are read, or that choose.
    pub(crate) fn classified(&self, is_classified: &dyn Fn(Col) -> bool) -> SmallVec<[Col; 4]> {
        let read = self.acts.values().flatten().copied();
        let chosen = self.filters.iter().map(|(col, _)| *col);
        let cols: BTreeSet<Col> = read
            .chain(chosen)
            .filter(|col| is_classified(*col))
            .collect();
        cols.into_iter().collect()
    }

    /// Whether the statement calls a body that could not be read whole, and that may define
    /// anything. Those of triggers are their tables', and not the client's choice.
    pub(crate) fn has_unread_body(&self) -> bool {
        let is_unread = |call: &Call| {
            call.body == CallBody::Partly
                && call.via.is_none()
                && call.volatility == Some(Volatility::Volatile)
        };
        self.calls.iter().any(is_unread)
    }
}
