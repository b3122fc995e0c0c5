//! Why a statement gets the verdict it gets: for `policy why`, and for `EXPLAIN PORTCULLIS`.
//!
//! Everything here is told from names, classes and rules; nothing runs and no value is looked at.
//! What a reader may not read is not named to them (`unseen`); operators see it all.

use std::sync::Arc;

use mask::{Plan, Treatment};
use model::{Effects, Object, Reply, SettingChange};
use policy::{Finding, Judgement, Obligations, Verdict};
use serde_json::{Value, json};

use crate::advise::snake;

/// Effects, gaps, each rule that spoke, the verdict, and what would be allowed instead.
#[derive(Debug, Clone)]
pub struct Why {
    /// What would be allowed instead, in sentences.
    pub allowed: Vec<String>,
    /// Question by question.
    pub findings: Vec<Finding>,
    /// The verdict.
    pub judgement: Judgement,
    /// What each part would do.
    pub parts: Vec<Effects>,
    /// What its reader would see of each column, where it would run.
    pub plan: Option<Plan>,
    /// Under which policy.
    pub policy_version: Arc<str>,
}

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What kind of line.
    pub item: &'static str,
    /// What it is about.
    pub name: String,
    /// What is said of it.
    pub detail: String,
}

fn line(item: &'static str, name: impl Into<String>, detail: impl Into<String>) -> Line {
    Line {
        item,
        name: name.into(),
        detail: detail.into(),
    }
}

impl Why {
    /// `allow`, `deny` or `hold`.
    pub fn verdict(&self) -> &'static str {
        match self.judgement.verdict {
            Verdict::Allow(_) => "allow",
            Verdict::Deny { .. } => "deny",
            Verdict::Hold { .. } => "hold",
        }
    }

    fn sentence(&self) -> &str {
        match &self.judgement.verdict {
            Verdict::Allow(_) => "",
            Verdict::Deny { message, .. } | Verdict::Hold { message, .. } => message,
        }
    }

    fn advice(&self) -> Option<&str> {
        match &self.judgement.verdict {
            Verdict::Deny { advice, .. } => advice.as_deref(),
            Verdict::Allow(_) | Verdict::Hold { .. } => None,
        }
    }

    fn bound_by(&self) -> Option<&Obligations> {
        match &self.judgement.verdict {
            Verdict::Allow(obligations) | Verdict::Hold { obligations, .. } => Some(obligations),
            Verdict::Deny { .. } => None,
        }
    }

    /// The conditions of a yes, by the names of their annotations.
    pub fn obligations(&self) -> Vec<(String, String)> {
        self.bound_by().map(bound).unwrap_or_default()
    }

    /// The explanation, line by line.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = vec![line("verdict", self.verdict(), self.sentence())];
        lines.extend(self.advice().map(|advice| line("advice", "", advice)));
        if let Verdict::Hold { holds, .. } = &self.judgement.verdict {
            lines.extend(holds.iter().map(|hold| {
                let people = format!("{} of {}", hold.quorum, hold.group);
                line("reviewers", &hold.rule, people)
            }));
        }
        lines.extend(self.allowed.iter().map(|told| line("allowed", "", told)));
        for (index, part) in self.parts.iter().enumerate() {
            lines.push(line("part", (index + 1).to_string(), &part.kind));
            lines.extend(effects(part));
            lines.extend(
                self.shown(index)
                    .into_iter()
                    .map(|(name, fate)| line("output", name, fate)),
            );
        }
        let bound = self.obligations().into_iter();
        lines.extend(bound.map(|(name, value)| line("obligation", name, value)));
        lines.extend(self.findings.iter().map(|finding| {
            let rules = finding.rules.join(", ");
            line(
                "rule",
                finding.answer,
                format!("{} [{rules}]", finding.question),
            )
        }));
        lines.push(line("policy", "version", &*self.policy_version));
        lines
    }

    /// The output columns of a part, and what happens to each.
    pub fn treatments(&self, part: usize) -> Vec<(String, Treatment)> {
        let Some(plan) = self.plan.as_ref().and_then(|plan| plan.part(part)) else {
            return Vec::new();
        };
        let of = self.parts.get(part);
        let outputs = of
            .and_then(|part| part.outputs.as_deref())
            .unwrap_or_default();
        let planned = plan.columns.iter().flatten().map(|column| column.treatment);
        let planned = planned.chain(std::iter::repeat(Treatment::Pass));
        let name = |output: &model::OutputColumn| output.name.clone();
        let names = outputs
            .iter()
            .map(|output| name(output).unwrap_or_else(|| "?".to_owned()));
        names.zip(planned).collect()
    }

    /// The same in words.
    fn shown(&self, part: usize) -> Vec<(String, String)> {
        let treatments = self.treatments(part).into_iter();
        treatments
            .map(|(name, treatment)| (name, fate(treatment)))
            .collect()
    }

    /// The same as one JSON object; its members stay what they are within a version.
    pub fn json(&self) -> Value {
        let parts = self.parts.iter().enumerate().map(|(index, part)| {
            let outputs = self.shown(index);
            let outputs = outputs
                .iter()
                .map(|(name, fate)| json!({ "name": name, "shown": fate }));
            let mut value = part_json(part);
            if let Some(members) = value.as_object_mut() {
                members.insert("outputs".to_owned(), outputs.collect());
            }
            value
        });
        let findings = self.findings.iter().map(|finding| {
            let (answer, question) = (finding.answer, &finding.question);
            json!({ "answer": answer, "question": question, "rules": finding.rules })
        });
        let holds = match &self.judgement.verdict {
            Verdict::Hold { holds, .. } => holds.as_slice(),
            Verdict::Allow(_) | Verdict::Deny { .. } => &[],
        };
        let obligations: serde_json::Map<_, _> = self
            .obligations()
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        json!({
            "advice": self.advice(),
            "allowed": self.allowed,
            "findings": findings.collect::<Vec<_>>(),
            "holds": holds,
            "message": self.sentence(),
            "obligations": obligations,
            "parts": parts.collect::<Vec<_>>(),
            "policy_version": &*self.policy_version,
            "portcullis": 1,
            "rules": self.judgement.rules,
            "verdict": self.verdict(),
        })
    }

    /// The lines as rows.
    pub(crate) fn table(&self) -> Reply {
        let row = |line: Line| {
            let cells = [line.item.to_owned(), line.name, line.detail];
            cells
                .map(|cell| (!cell.is_empty()).then_some(cell))
                .to_vec()
        };
        Reply {
            columns: ["item", "name", "detail"].map(str::to_owned).to_vec(),
            rows: self.lines().into_iter().map(row).collect(),
            tag: "EXPLAIN".to_owned(),
            ..Reply::default()
        }
    }

    /// The JSON object as the only cell.
    pub(crate) fn document(&self) -> Reply {
        Reply {
            columns: vec!["portcullis".to_owned()],
            rows: vec![vec![Some(self.json().to_string())]],
            tag: "EXPLAIN".to_owned(),
            ..Reply::default()
        }
    }
}

fn dotted(schema: &str, name: &str) -> String {
    let dot = if schema.is_empty() { "" } else { "." };
    format!("{schema}{dot}{name}")
}

fn named(object: &Object) -> String {
    let name = dotted(&object.schema, &object.name);
    if name.is_empty() {
        snake(object.kind)
    } else {
        name
    }
}

/// By which road something is done that the statement does not name.
fn by(via: Option<&str>) -> String {
    via.map_or_else(String::new, |via| format!("via {via}"))
}

/// What a part would do, a line each.
fn effects(part: &Effects) -> Vec<Line> {
    let mut lines = Vec::new();
    for act in &part.acts {
        let columns = act.columns.iter().map(|column| match column.class {
            Some(class) => format!("{} ({class})", column.column),
            None => column.column.clone(),
        });
        let told = [
            columns.collect::<Vec<_>>().join(", "),
            by(act.via.as_deref()),
        ];
        let name = format!("{} {}", snake(act.action), named(&act.object));
        lines.push(line("effect", name, told.join(" ").trim()));
    }
    if let Some(predicate) = part.predicate {
        let told = match (
            predicate.has_where,
            predicate.is_bounded && !predicate.is_tautology,
        ) {
            (_, true) => "its WHERE narrows it",
            (true, false) => "its WHERE does not narrow it",
            (false, false) => "no WHERE",
        };
        lines.push(line("rows", "", told));
    }
    lines.extend(part.calls.iter().map(|call| {
        let volatility = call.volatility.map(snake).unwrap_or_default();
        let told = format!(
            "{} {volatility} {}",
            snake(call.reach),
            by(call.via.as_deref())
        );
        line("call", named(&call.function), told.trim_end())
    }));
    lines.extend(part.filters.iter().map(|filter| {
        let column = &filter.column;
        let name = format!(
            "{}.{}",
            dotted(&column.schema, &column.table),
            column.column
        );
        let class = column.class.map_or("", |class| class.as_str());
        line("filter", name, format!("{} ({class})", snake(filter.form)))
    }));
    lines.extend(
        part.settings
            .iter()
            .map(|SettingChange { name, value, .. }| {
                let value = value.as_ref().map_or("the default", String::as_str);
                line("setting", name, format!("to {value}"))
            }),
    );
    lines.extend(
        part.gaps
            .iter()
            .map(|gap| line("gap", &gap.kind, &gap.reason)),
    );
    lines
}

fn part_json(part: &Effects) -> Value {
    json!({
        "acts": part.acts,
        "calls": part.calls,
        "filters": part.filters,
        "gaps": part.gaps,
        "kind": part.kind,
        "predicate": part.predicate,
        "settings": part.settings,
        "transaction": part.transaction,
    })
}

fn fate(treatment: Treatment) -> String {
    match treatment {
        Treatment::Blank => {
            "blank: a rule hides it whole, or it is computed from what is masked".to_owned()
        }
        Treatment::Hash => "hashed: equal values stay equal".to_owned(),
        Treatment::Mask(class) => format!("masked: a stand-in for {class}"),
        Treatment::Pass => "as it is".to_owned(),
        Treatment::Scan => "searched: what is found in it is masked".to_owned(),
    }
}

/// The conditions of a yes, by their annotations' names.
fn bound(obligations: &Obligations) -> Vec<(String, String)> {
    let number = |name: &str, value: Option<u64>| Some((name.to_owned(), value?.to_string()));
    let mut found: Vec<_> = [
        number("limit_bytes", obligations.limit_bytes),
        number("limit_changes", obligations.limit_changes),
        number("limit_rows", obligations.limit_rows),
        number("timeout_s", obligations.timeout_s.map(u64::from)),
        obligations
            .is_read_only
            .then(|| ("read_only".to_owned(), "true".to_owned())),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.extend(
        obligations
            .review_after
            .iter()
            .map(|hold| ("review_after".to_owned(), hold.group.to_string())),
    );
    found.extend(
        obligations
            .transforms
            .iter()
            .map(|(class, transform)| ("mask".to_owned(), format!("{class}={transform}"))),
    );
    found.extend(obligations.revealed.iter().map(|column| {
        let table = dotted(&column.schema, &column.table);
        ("reveal".to_owned(), format!("{table}.{}", column.column))
    }));
    found
}
