//! What Cedar is told besides: the context of a question.
//!
//! What all questions of an access share is built once, what a part adds once a part, what a
//! question adds each time. A fact Cedar cannot be told (`None` here) is a no.

use std::collections::BTreeSet;

use cedar_policy::{Context, RestrictedExpression};
use model::Class;
use rustc_hash::FxHashMap;

use crate::entities::text;
use crate::question::{Extra, PartFacts, Question};
use crate::{Access, words};

const SECOND_US: i64 = 1_000_000;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;

/// The contexts of one access.
pub(crate) struct Contexts<'a> {
    access: &'a Access<'a>,
    by_part: FxHashMap<PartFacts<'a>, Context>,
}

impl<'a> Contexts<'a> {
    /// Contexts for this access.
    pub(crate) fn of(access: &'a Access<'a>) -> Self {
        Self {
            access,
            by_part: FxHashMap::default(),
        }
    }

    /// The context of a question.
    pub(crate) fn told(&mut self, question: &Question<'a>, is_revealed: bool) -> Option<Context> {
        if !self.by_part.contains_key(&question.part) {
            let built = self.build(question.part)?;
            self.by_part.insert(question.part, built);
        }
        let shared = self.by_part.get(&question.part)?.clone();
        let mut extra: Vec<(&str, RestrictedExpression)> = Vec::new();
        match &question.extra {
            Extra::None => return Some(shared),
            Extra::Columns(columns, via) => {
                let names = columns.iter().map(|column| text(&column.column));
                extra.push(("columns", RestrictedExpression::new_set(names)));
                extra.extend(via.map(|via| ("via", text(via))));
            }
            Extra::Control(control) => extra.push(("control", text(control))),
            Extra::Filter(form) => {
                extra.push(("form", text(words::form(*form))));
                extra.push(("is_revealed", RestrictedExpression::new_bool(is_revealed)));
            }
            Extra::Gap(kind) => extra.push(("gap", text(kind))),
            Extra::Setting {
                is_local,
                name,
                value,
            } => {
                extra.push(("is_local", RestrictedExpression::new_bool(*is_local)));
                extra.push(("name", text(name)));
                let amount = value.as_deref().and_then(amount);
                extra.extend(amount.map(|amount| ("amount", long(amount))));
                extra.extend(value.as_deref().map(|value| ("value", text(value))));
            }
            Extra::Via(via) => extra.push(("via", text(via))),
        }
        shared
            .merge(
                extra
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value)),
            )
            .ok()
    }

    fn build(&self, part: PartFacts<'_>) -> Option<Context> {
        let pairs = vec![
            ("intent".to_owned(), self.intent()?),
            ("session".to_owned(), self.session()?),
            ("statement".to_owned(), self.statement(part)?),
            ("time".to_owned(), self.time()?),
        ];
        Context::from_pairs(pairs).ok()
    }

    /// The strongest claim, and what comparing all of them came to.
    fn intent(&self) -> Option<RestrictedExpression> {
        let intent = self.access.intent;
        let mut fields = vec![("verdict".to_owned(), text(intent.verdict.as_str()))];
        if let Some(claim) = intent.claims.first() {
            let attested = RestrictedExpression::new_bool(claim.source.is_attested());
            fields.push(("attested".to_owned(), attested));
            fields.push(("source".to_owned(), text(claim.source.as_str())));
            fields.push(("text".to_owned(), text(&claim.text)));
        }
        RestrictedExpression::new_record(fields).ok()
    }

    fn session(&self) -> Option<RestrictedExpression> {
        let session = self.access.session;
        let age_s = self.access.now.since_us(session.opened) / SECOND_US;
        let history = self.access.history;
        let (read, revealed) = history.within(self.access.effects);
        let role = history.role_within(self.access.effects);
        let mut fields = vec![
            (
                "acts_for",
                RestrictedExpression::new_bool(session.identity.acts_for.is_some()),
            ),
            ("age_s", long(age_s)),
            ("bytes_hour", count(history.bytes_hour)),
            ("bytes_read", count(history.bytes_read)),
            ("classes_read", classes(&read)),
            ("classes_revealed", classes(&revealed)),
            (
                "encrypted",
                RestrictedExpression::new_bool(session.is_encrypted),
            ),
            ("method", text(words::method(session.identity.method))),
            ("role", text(&role.name)),
            (
                "role_switched",
                RestrictedExpression::new_bool(role.is_switched),
            ),
            ("rows_hour", count(history.rows_hour)),
            ("rows_read", count(history.rows_read)),
            ("statements", count(history.statements)),
        ];
        if let Some(address) = session.address {
            let address = address.ip().to_canonical().to_string();
            fields.push(("address", RestrictedExpression::new_ip(address)));
        }
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        RestrictedExpression::new_record(fields).ok()
    }

    fn statement(&self, part: PartFacts<'_>) -> Option<RestrictedExpression> {
        let effects = self.access.effects;
        let gaps = || effects.iter().flat_map(|part| &part.gaps);
        let kinds = effects.iter().map(|part| text(&part.kind));
        record([
            ("bounded", RestrictedExpression::new_bool(part.is_bounded)),
            ("estimated_rows", long(self.access.estimated_rows)),
            ("fingerprint", text(self.access.fingerprint)),
            (
                "gap_kinds",
                RestrictedExpression::new_set(gaps().map(|gap| text(&gap.kind))),
            ),
            (
                "gaps",
                RestrictedExpression::new_bool(gaps().next().is_some()),
            ),
            ("has_where", RestrictedExpression::new_bool(part.has_where)),
            ("kind", text(part.kind)),
            ("kinds", RestrictedExpression::new_set(kinds)),
            ("parts", long(i64::try_from(effects.len()).ok()?)),
        ])
    }

    fn time(&self) -> Option<RestrictedExpression> {
        let epoch_s = self.access.now.0.div_euclid(SECOND_US);
        // The epoch was a Thursday, the fourth day.
        let weekday = (epoch_s.div_euclid(DAY_S) + 3).rem_euclid(7) + 1;
        record([
            ("epoch_s", long(epoch_s)),
            ("hour", long(epoch_s.rem_euclid(DAY_S) / HOUR_S)),
            ("weekday", long(weekday)),
        ])
    }
}

/// A count; beyond what Cedar can hold it is as large as can be.
fn count(number: u64) -> RestrictedExpression {
    long(i64::try_from(number).unwrap_or(i64::MAX))
}

fn classes(classes: &BTreeSet<Class>) -> RestrictedExpression {
    RestrictedExpression::new_set(classes.iter().map(|class| text(class.as_str())))
}

/// A setting's value as a number, in milliseconds or kilobytes where it has a unit: what a rule can
/// compare. A number without one stays as it is: the server takes most times in milliseconds and
/// most memory in kilobytes.
fn amount(value: &str) -> Option<i64> {
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = value.split_at_checked(digits)?;
    let scale = match unit.trim() {
        "" | "kb" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "mb" => 1_024,
        "gb" => 1_048_576,
        "tb" => 1_073_741_824,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(scale)
}

fn long(number: i64) -> RestrictedExpression {
    RestrictedExpression::new_long(number)
}

fn record<const N: usize>(
    fields: [(&str, RestrictedExpression); N],
) -> Option<RestrictedExpression> {
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    RestrictedExpression::new_record(fields).ok()
}
