//! What stands beside relations, by what it is asked for.
//!
//! Why: it is laid out once, so that a statement's own roads are found by following a few links.
//! What each is stands in `roads`.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::index::Index;
use crate::roads::{Beside, Cast, EventTrigger, Expression, Moment, Operator, Place, Roads};
use crate::snapshot::Relation;

/// The same by what they are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Laid {
    pub(crate) aggregates: FxHashMap<u32, Vec<u32>>,
    pub(crate) beside: FxHashMap<u32, Beside>,
    pub(crate) casts: FxHashMap<(u32, u32), Cast>,
    pub(crate) casts_by_type: FxHashMap<u32, Vec<Cast>>,
    pub(crate) checks: FxHashMap<u32, Vec<Expression>>,
    /// Casts that call nothing.
    pub(crate) bare_casts: FxHashMap<(u32, u32), Cast>,
    pub(crate) event_triggers: Vec<EventTrigger>,
    pub(crate) indexes: FxHashMap<u32, Vec<Index>>,
    pub(crate) operators: FxHashMap<Arc<str>, Vec<Operator>>,
    pub(crate) parameters: FxHashMap<u32, Vec<u32>>,
    pub(crate) ranges: Vec<(u32, u32)>,
    /// Defaults of domains.
    pub(crate) type_defaults: FxHashMap<u32, Vec<Expression>>,
    pub(crate) type_functions: Vec<(u32, Moment, u32)>,
    pub(crate) unique_keys: FxHashMap<u32, Vec<Vec<i16>>>,
}

impl Laid {
    pub(crate) fn of<'r>(roads: Roads, relations: impl Iterator<Item = &'r Relation>) -> Self {
        let mut this = Self {
            aggregates: roads.aggregates.into_iter().collect(),
            event_triggers: roads.event_triggers,
            ranges: roads.ranges,
            type_functions: roads.type_functions,
            ..Self::default()
        };
        for relation in relations {
            for parent in &relation.parents {
                this.at(*parent).children.push(relation.oid);
            }
        }
        for beside in this.beside.values_mut() {
            beside.children.sort_unstable();
        }
        for trigger in roads.triggers {
            this.at(trigger.relation).triggers.push(trigger);
        }
        for (relation, columns) in roads.partition_keys {
            this.at(relation).partition_key = columns;
        }
        for (relation, tie) in roads.ties {
            this.at(relation).ties.push(tie);
        }
        for (relation, key) in roads.unique_keys {
            this.unique_keys.entry(relation).or_default().push(key);
        }
        for index in roads.indexes {
            this.indexes.entry(index.relation).or_default().push(index);
        }
        for rule in roads.rules {
            this.at(rule.relation).rules.push(rule);
        }
        for key in roads.foreign_keys {
            this.at(key.referenced).referenced_by.push(Arc::new(key));
        }
        for expression in roads.expressions {
            if expression.type_oid == 0 {
                this.at(expression.relation).expressions.push(expression);
                continue;
            }
            let of_types = match expression.place {
                Place::Default => &mut this.type_defaults,
                _ => &mut this.checks,
            };
            let known = of_types.entry(expression.type_oid).or_default();
            known.push(expression);
        }
        for (function, called) in roads.parameters {
            this.parameters.entry(function).or_default().push(called);
        }
        for cast in roads.casts {
            if cast.function == 0 {
                this.bare_casts.insert((cast.from, cast.to), cast);
                continue;
            }
            for end in [cast.from, cast.to] {
                let known = this.casts_by_type.entry(end).or_default();
                known.push(cast.clone());
            }
            this.casts.insert((cast.from, cast.to), cast);
        }
        for operator in roads.operators {
            let alike = this.operators.entry(operator.name.clone()).or_default();
            alike.push(operator);
        }
        this
    }

    /// What it was laid out from, in an order of its own.
    pub(crate) fn roads(&self) -> Roads {
        let beside = || self.beside.values();
        let expressions = beside().flat_map(|beside| &beside.expressions);
        let aggregates = self.aggregates.iter();
        let mut roads = Roads {
            aggregates: aggregates.map(|(oid, all)| (*oid, all.clone())).collect(),
            casts: self
                .casts
                .values()
                .chain(self.bare_casts.values())
                .cloned()
                .collect(),
            event_triggers: self.event_triggers.clone(),
            expressions: expressions
                .chain(self.checks.values().flatten())
                .chain(self.type_defaults.values().flatten())
                .cloned()
                .collect(),
            foreign_keys: beside()
                .flat_map(|beside| &beside.referenced_by)
                .map(|key| (**key).clone())
                .collect(),
            indexes: self.indexes.values().flatten().cloned().collect(),
            operators: self.operators.values().flatten().cloned().collect(),
            parameters: self
                .parameters
                .iter()
                .flat_map(|(function, all)| all.iter().map(|called| (*function, *called)))
                .collect(),
            partition_keys: self
                .beside
                .iter()
                .filter(|(_, beside)| !beside.partition_key.is_empty())
                .map(|(oid, beside)| (*oid, beside.partition_key.clone()))
                .collect(),
            ranges: self.ranges.clone(),
            rules: beside().flat_map(|beside| &beside.rules).cloned().collect(),
            ties: self
                .beside
                .iter()
                .flat_map(|(oid, beside)| beside.ties.iter().map(|tie| (*oid, tie.clone())))
                .collect(),
            triggers: beside()
                .flat_map(|beside| &beside.triggers)
                .cloned()
                .collect(),
            type_functions: self.type_functions.clone(),
            unique_keys: self
                .unique_keys
                .iter()
                .flat_map(|(oid, keys)| keys.iter().map(|key| (*oid, key.clone())))
                .collect(),
        };
        // Stable: what stood in order at one relation still does.
        roads.aggregates.sort_by_key(|(oid, _)| *oid);
        roads.ties.sort_by_key(|(oid, _)| *oid);
        roads.unique_keys.sort_by_key(|(oid, _)| *oid);
        roads.casts.sort_by_key(|cast| (cast.from, cast.to));
        roads.expressions.sort_by_key(|e| (e.relation, e.type_oid));
        roads.foreign_keys.sort_by_key(|key| key.referenced);
        roads.parameters.sort_unstable();
        roads.indexes.sort_by_key(|index| index.relation);
        roads.operators.sort_by(|a, b| a.name.cmp(&b.name));
        roads.partition_keys.sort_by_key(|(oid, _)| *oid);
        roads.rules.sort_by_key(|rule| rule.relation);
        roads.triggers.sort_by_key(|trigger| trigger.relation);
        roads
    }

    fn at(&mut self, relation: u32) -> &mut Beside {
        self.beside.entry(relation).or_default()
    }
}
