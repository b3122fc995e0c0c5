//! A whole flight becomes statements with numbers, and messages with accounts.

use std::sync::Arc;

use model::{Parameter, Route, Statement, StatementId};
use wire::{Cause, Housekeeping};

use super::{Flight, Kind, Owner, Step, Sub, Touched, TouchedKind, readable};

/// A flight whose statements have numbers.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) bytes: Vec<u8>,
    /// In the order of the messages: what answers it, its account, where its bytes end.
    pub(crate) steps: Vec<(Kind, Cause, usize)>,
    /// In the order of their numbers, and whether each came by the simple protocol.
    pub(crate) statements: Vec<(Statement, bool)>,
}

impl Flight {
    /// What nothing executes is a statement of its own: portals first, since a Bind carries the
    /// Parse before it.
    fn ask_for_the_rest(&mut self) {
        for is_portal in [true, false] {
            for number in 0..self.touched.len() {
                let asked = self.touched.get(number).and_then(|touched| {
                    let is_due = touched.sub.is_none() && touched.is_used;
                    (is_due && touched.is_portal() == is_portal)
                        .then(|| touched.question(&self.touched))
                });
                if let Some((route, text, parameters, of)) = asked {
                    let sub = self.ask(route, text, parameters, false);
                    self.own(number, sub);
                    if let Some(of) = of {
                        self.own(of, sub);
                    }
                }
            }
        }
    }

    /// Which statement a message belongs to.
    fn sub_of(&self, step: &Step) -> Option<usize> {
        match step.owner {
            Owner::Sub(sub) => Some(sub),
            Owner::Thing(thing) => self.touched.get(thing).and_then(|touched| touched.sub),
            Owner::House(_) | Owner::Last | Owner::Permit(_) => None,
        }
    }

    /// The statements in the order in which the target plans them: at their Bind where they have
    /// one, since what ran between Parse and Bind counts then.
    fn in_order(&self) -> Vec<usize> {
        let mut due: Vec<Option<usize>> = vec![None; self.subs.len()];
        for (at, step) in self.steps.iter().enumerate() {
            let is_bind = matches!(step.kind, Kind::Bind { .. });
            if let Some(due) = self.sub_of(step).and_then(|sub| due.get_mut(sub))
                && (due.is_none() || is_bind)
            {
                *due = Some(at);
            }
        }
        let mut order: Vec<usize> = (0..due.len()).collect();
        order.retain(|sub| due.get(*sub).is_some_and(Option::is_some));
        order.sort_by_key(|sub| due.get(*sub).copied().flatten());
        order
    }

    /// Gives the statements their numbers, in the order in which they are planned.
    pub(crate) fn finish(mut self, next: &mut u64) -> Ready {
        if self.touched.iter().any(|touched| touched.sub.is_none()) {
            self.ask_for_the_rest();
        }
        let mut numbers: Vec<Option<StatementId>> = vec![None; self.subs.len()];
        let order = self.in_order();
        let subs = std::mem::take(&mut self.subs);
        let mut subs: Vec<Option<Sub>> = subs.into_iter().map(Some).collect();
        let steps = std::mem::take(&mut self.steps);
        let mut ready = Ready {
            bytes: std::mem::take(&mut self.bytes),
            steps: Vec::new(),
            statements: Vec::new(),
        };
        for index in order {
            let (Some(sub), Some(number)) = (
                subs.get_mut(index).and_then(Option::take),
                numbers.get_mut(index),
            ) else {
                continue;
            };
            let id = StatementId(*next);
            *next = next.saturating_add(1);
            *number = Some(id);
            ready.statements.push(sub.numbered(id));
        }
        let mut last = Cause::Housekeeping(Housekeeping::Sync);
        for step in steps {
            let sub = self.sub_of(&step);
            let number = sub.and_then(|sub| numbers.get(sub).copied().flatten());
            let cause = match (step.owner, number) {
                (Owner::House(house), _) => Cause::Housekeeping(house),
                (Owner::Permit(id), _) | (_, Some(id)) => Cause::Statement(id),
                _ => last,
            };
            if matches!(cause, Cause::Statement(_)) {
                last = cause;
            }
            ready.steps.push((step.kind, cause, step.end));
        }
        ready
    }
}

impl Sub {
    fn numbered(self, id: StatementId) -> (Statement, bool) {
        let statement = Statement {
            id,
            parameters: self.parameters,
            route: self.route,
            text: self.text,
        };
        (statement, self.is_simple)
    }
}

/// Route, text, parameters, and the statement it carries along.
type Question = (Route, Arc<[u8]>, Vec<Parameter>, Option<usize>);

impl Touched {
    /// Whether it was there before the flight, under a name that SQL could have given to another.
    pub(super) fn is_kept(&self) -> bool {
        !self.is_new && !self.name.is_empty()
    }

    fn is_portal(&self) -> bool {
        matches!(self.kind, TouchedKind::Portal { .. })
    }

    /// What it asks for where nothing executes it.
    fn question(&self, all: &[Self]) -> Question {
        match &self.kind {
            TouchedKind::Portal { of, portal } if self.is_new => (
                Route::Bind {
                    is_kept: of.and_then(|of| all.get(of)).is_none_or(Self::is_kept),
                    portal: readable(&self.name),
                },
                Arc::clone(&portal.prepared.text),
                portal.parameters.clone(),
                *of,
            ),
            TouchedKind::Portal { portal, .. } => (
                Route::Describe,
                Arc::clone(&portal.prepared.text),
                Vec::new(),
                None,
            ),
            TouchedKind::Statement(prepared) => {
                let name = readable(&self.name);
                let route = if self.is_new {
                    Route::Parse { name }
                } else {
                    Route::Describe
                };
                (route, Arc::clone(&prepared.text), Vec::new(), None)
            }
        }
    }
}
