//! What entries say, held against what they may say: form, place, and the table of statuses.
//!
//! The table is `model::Status::step`, the one the governor writes by; here it is read back from
//! what was recorded.

use std::collections::HashMap;

use model::status::Step;
use model::{GrantAct, ReviewState, Status, Timestamp, Verb};
use serde_json::Value;

use super::{Finding, Report};
use crate::entry::VERSION;
use crate::jcs;

/// What has been read so far.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    ends_unknown: u64,
    /// The last that happened to each right asked for ahead of time.
    grants: HashMap<Box<str>, GrantAct>,
    last: Option<Timestamp>,
    origin: Option<String>,
    statements: HashMap<Box<str>, Status>,
}

impl Meaning {
    pub(super) fn new(origin: Option<String>) -> Self {
        Self {
            origin,
            ..Self::default()
        }
    }

    /// One entry, whose bytes are those that were recorded.
    pub(super) fn read(&mut self, entry: u64, bytes: &[u8], report: &mut Report) {
        let read = match self.form(entry, bytes) {
            Ok(read) => read,
            Err(reason) => {
                report
                    .findings
                    .push(Finding::MalformedEntry { entry, reason });
                return;
            }
        };
        let at = text(&read, "/time").and_then(|time| time.parse::<Timestamp>().ok());
        if at < self.last {
            report.clock_steps += 1;
        }
        self.last = at;
        if let Some(step) = step(&read) {
            self.advance(entry, &read, step, report);
        }
        for (grant, reason) in self.grants(&read) {
            report.findings.push(Finding::IllegalGrant {
                entry,
                grant,
                reason,
            });
        }
    }

    /// What this entry says of grants, held against what was said before: what is wrong with it.
    fn grants(&mut self, read: &Value) -> Vec<(String, String)> {
        let act = text(read, "/type").and_then(GrantAct::of);
        if let Some(act) = act {
            let id = text(read, "/grant/id").unwrap_or_default();
            let before = self.grants.insert(id.into(), act);
            let said = before.map_or("nothing", GrantAct::as_str);
            let reason = || format!("{} may not follow {said}", act.as_str());
            let wrong = !act.may_follow(before);
            return wrong
                .then(|| (id.to_owned(), reason()))
                .into_iter()
                .collect();
        }
        let named = read.pointer("/decision/grants").and_then(Value::as_array);
        let named = named.into_iter().flatten().filter_map(Value::as_str);
        // A statement judged while it counted may be recorded a moment after its end.
        let was_given = |id: &&str| {
            use GrantAct::{Expired, Given, Revoked};
            matches!(self.grants.get(*id), Some(Expired | Given | Revoked))
        };
        let never = named.filter(|id| !was_given(id));
        let reason = "a decision rests on it, and it was never given";
        never.map(|id| (id.to_owned(), reason.to_owned())).collect()
    }

    /// The entry, if it has the form and the place it should have.
    fn form(&self, entry: u64, bytes: &[u8]) -> Result<Value, String> {
        let read: Value = serde_json::from_slice(bytes).map_err(|fault| fault.to_string())?;
        if jcs::canonical(&read).as_deref() != Some(bytes) {
            return Err("it is not canonical JSON (RFC 8785)".into());
        }
        let number = |name: &str| read.get(name).and_then(Value::as_u64);
        if number("v") != Some(VERSION) {
            return Err(format!("its version is not {VERSION}"));
        }
        if number("seq") != Some(entry) {
            return Err(format!(
                "it says it is entry {}",
                read.get("seq").unwrap_or(&Value::Null)
            ));
        }
        let origin = text(&read, "/origin").ok_or("it has no origin")?;
        if self
            .origin
            .as_deref()
            .is_some_and(|expected| expected != origin)
        {
            return Err(format!("it belongs to another ledger, {origin}"));
        }
        let time = text(&read, "/time").ok_or("it has no time")?;
        time.parse::<Timestamp>()
            .map_err(|fault| fault.to_string())?;
        for member in ["/id", "/type"] {
            text(&read, member).ok_or_else(|| format!("it has no {member}"))?;
        }
        Ok(read)
    }

    fn advance(&mut self, entry: u64, read: &Value, step: Step, report: &mut Report) {
        let Some(id) = text(read, "/action/id") else {
            let reason = "it names no statement".into();
            report
                .findings
                .push(Finding::MalformedEntry { entry, reason });
            return;
        };
        let before = self.statements.get(id).copied();
        match Status::step(before, step) {
            Some(after) => {
                if step == Step::Outcome && text(read, "/outcome/status") == Some("unknown") {
                    self.ends_unknown += 1;
                }
                self.statements.insert(id.into(), after);
            }
            None => report.findings.push(Finding::IllegalStep {
                before: before.map_or_else(|| "nothing".into(), |before| format!("{before:?}")),
                entry,
                statement: id.into(),
                step: format!("{step:?}"),
            }),
        }
    }

    pub(super) fn count(&self, report: &mut Report) {
        let is_open = |status: &&Status| !matches!(status, Status::Refused | Status::Settled);
        let open = self.statements.values().filter(is_open).count();
        report.statements = u64::try_from(self.statements.len()).unwrap_or(u64::MAX);
        report.unknown = self.ends_unknown + u64::try_from(open).unwrap_or(u64::MAX);
    }
}

fn text<'v>(entry: &'v Value, pointer: &str) -> Option<&'v str> {
    entry.pointer(pointer).and_then(Value::as_str)
}

/// The step an entry is, if it moves a statement at all.
fn step(entry: &Value) -> Option<Step> {
    match text(entry, "/type")? {
        "statement.intent" => Some(Step::Intent),
        "statement.outcome" => Some(Step::Outcome),
        "statement.decision" => Some(Step::Decision(match text(entry, "/decision/effect")? {
            "allow" => Verb::Allow,
            "hold" => Verb::Hold,
            // A word we do not know permits nothing.
            _ => Verb::Deny,
        })),
        "review.ended" => Some(Step::Ended(match text(entry, "/review/state")? {
            "approved" => ReviewState::Approved,
            "denied" => ReviewState::Denied,
            "expired" => ReviewState::Expired,
            "used" => ReviewState::Used,
            "withdrawn" => ReviewState::Withdrawn,
            _ => ReviewState::Open,
        })),
        _ => None,
    }
}

/// The statement an entry is about and the step it is: what recovery reads back.
pub fn statement_step(entry: &[u8]) -> Option<(String, Step)> {
    let read: Value = serde_json::from_slice(entry).ok()?;
    let step = step(&read)?;
    Some((text(&read, "/action/id")?.to_owned(), step))
}
