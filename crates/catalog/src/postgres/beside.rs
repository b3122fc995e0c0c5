//! From rows to what stands beside relations ([`Roads`]).
//!
//! Relations, functions and types are [`super::assemble()`]'s.

use super::rows::{Cells, Malformed, Names, Rows, each};
use crate::index::Index;
use crate::roads::{
    Applied, Cast, Event, EventTrigger, Expression, ForeignKey, Moment, OnChange, Operator, Place,
    Roads, Rule, Timing, Trigger,
};

/// All of it.
pub(super) fn roads(rows: &dyn Fn(&str) -> Rows, names: &mut Names) -> Result<Roads, Malformed> {
    Ok(Roads {
        aggregates: each("aggregates", rows, |cells| {
            let mut support: Vec<u32> = cells.numbers(1)?;
            support.retain(|function| *function != 0);
            Ok((cells.number(0)?, support))
        })?,
        casts: each("casts", rows, cast)?,
        event_triggers: each("event_triggers", rows, |cells| {
            let tags = cells.optional(3).unwrap_or_default();
            let tags = tags.split(',').filter(|tag| !tag.is_empty());
            Ok(EventTrigger {
                event: cells.name(1, names)?,
                function: cells.number(2)?,
                name: cells.name(0, names)?,
                tags: tags.map(|tag| names.intern(tag)).collect(),
            })
        })?,
        expressions: each("expressions", rows, |cells| expression(cells, names))?,
        foreign_keys: each("foreign_keys", rows, |cells| foreign_key(cells, names))?,
        indexes: each("indexes", rows, |cells| {
            let holds: Vec<i16> = cells.numbers(1)?;
            let keys = holds.iter().take(cells.number(2)?).copied().collect();
            Ok(Index {
                holds,
                is_partial: cells.flag(3)?,
                keys,
                relation: cells.number(0)?,
            })
        })?,
        operators: each("operators", rows, |cells| {
            Ok(Operator {
                function: cells.number(5)?,
                left: cells.number(2)?,
                name: cells.name(1, names)?,
                result: cells.number(4)?,
                right: cells.number(3)?,
                schema: cells.name(0, names)?,
            })
        })?,
        parameters: each("parameters", rows, |cells| {
            Ok((cells.number(0)?, cells.number(1)?))
        })?,
        partition_keys: each("partition_keys", rows, |cells| {
            Ok((cells.number(0)?, cells.numbers(1)?))
        })?,
        ranges: each("ranges", rows, |cells| {
            Ok((cells.number(0)?, cells.number(1)?))
        })?,
        rules: each("rules", rows, |cells| rule(cells, names))?,
        triggers: each("triggers", rows, |cells| trigger(cells, names))?,
        type_functions: each("type_functions", rows, |cells| {
            let moment = cells.word(1, "a moment", |word| match word {
                "compared" => Some(Moment::Compared),
                "made" => Some(Moment::Made),
                _ => None,
            })?;
            Ok((cells.number(0)?, moment, cells.number(2)?))
        })?,
        ties: each("ties", rows, |cells| {
            Ok((cells.number(0)?, cells.numbers(1)?))
        })?,
        unique_keys: each("unique_keys", rows, |cells| {
            Ok((cells.number(0)?, cells.numbers(1)?))
        })?,
    })
}

fn cast(cells: &Cells<'_>) -> Result<Cast, Malformed> {
    Ok(Cast {
        applied: cells.word(3, "a castcontext", |letter| match letter {
            "a" => Some(Applied::Assignment),
            "e" => Some(Applied::Explicit),
            "i" => Some(Applied::Implicit),
            _ => None,
        })?,
        from: cells.number(0)?,
        function: cells.number(2)?,
        to: cells.number(1)?,
    })
}

fn expression(cells: &Cells<'_>, names: &mut Names) -> Result<Expression, Malformed> {
    Ok(Expression {
        column: cells.number(4)?,
        function: cells.number(5)?,
        name: cells.name(3, names)?,
        place: cells.word(2, "a place", |word| match word {
            "check" => Some(Place::Check),
            "default" => Some(Place::Default),
            "generated" => Some(Place::Generated),
            "index" => Some(Place::Index),
            "partition" => Some(Place::Partition),
            "policy" => Some(Place::Policy),
            "statistics" => Some(Place::Statistics),
            "trigger" => Some(Place::Trigger),
            _ => None,
        })?,
        relation: cells.number(0)?,
        type_oid: cells.number(1)?,
    })
}

fn foreign_key(cells: &Cells<'_>, names: &mut Names) -> Result<ForeignKey, Malformed> {
    let on = |index| {
        cells.word(index, "a foreign key's action", |letter| match letter {
            "c" => Some(OnChange::Cascade),
            "a" | "r" => Some(OnChange::Nothing),
            "d" | "n" => Some(OnChange::Set),
            _ => None,
        })
    };
    Ok(ForeignKey {
        columns: cells.numbers(5)?,
        keys: cells.numbers(6)?,
        name: cells.name(2, names)?,
        on_delete: on(3)?,
        on_update: on(4)?,
        referenced: cells.number(1)?,
        referencing: cells.number(0)?,
    })
}

fn rule(cells: &Cells<'_>, names: &mut Names) -> Result<Rule, Malformed> {
    Ok(Rule {
        definition: cells.optional(4).map(Into::into),
        event: cells.word(2, "an ev_type", |letter| match letter {
            "1" => Some(Event::Select),
            "2" => Some(Event::Update),
            "3" => Some(Event::Insert),
            "4" => Some(Event::Delete),
            _ => None,
        })?,
        is_instead: cells.flag(3)?,
        name: cells.name(1, names)?,
        relation: cells.number(0)?,
    })
}

fn trigger(cells: &Cells<'_>, names: &mut Names) -> Result<Trigger, Malformed> {
    // TRIGGER_TYPE_… of catalog/pg_trigger.h.
    let bits: u16 = cells.number(3)?;
    let is = |bit: u16| bits & bit != 0;
    let events = [
        (8, Event::Delete),
        (4, Event::Insert),
        (32, Event::Truncate),
        (16, Event::Update),
    ];
    let events = events.into_iter().filter(|(bit, _)| is(*bit));
    Ok(Trigger {
        columns: cells.numbers(4)?,
        events: events.map(|(_, event)| event).collect(),
        function: cells.number(2)?,
        has_condition: cells.flag(5)?,
        is_row: is(1),
        name: cells.name(1, names)?,
        relation: cells.number(0)?,
        timing: match (is(64), is(2)) {
            (true, _) => Timing::Instead,
            (false, true) => Timing::Before,
            (false, false) => Timing::After,
        },
    })
}
