//! Policy cases: a file says who asks what, and what must be said; here it is asked.
//!
//! Why: rules are code, and code has tests that run before it is in force. Everything is judged as
//! a gateway judges it ([`house`]), and nothing runs anywhere.

mod contents;
pub(crate) mod file;
mod house;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use govern::Why;
use mask::Treatment;
use policy::Verdict;
use serde_json::{Value, json};

use crate::config::Policies;
use crate::policies;
use file::{Case, File};
pub(crate) use house::{House, Question};

/// How the name of a file of cases ends.
const ENDING: &str = ".test.toml";

/// What came of a case.
pub(crate) struct Outcome {
    /// What was expected and did not come, a line each; none: it passed.
    pub(crate) faults: Vec<String>,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) name: String,
    /// The verdict that came.
    pub(crate) verdict: String,
}

impl Outcome {
    pub(crate) fn json(&self) -> Value {
        json!({
            "faults": self.faults,
            "file": self.file,
            "line": self.line,
            "name": self.name,
            "passed": self.faults.is_empty(),
            "verdict": self.verdict,
        })
    }
}

/// The files of cases at a path: itself, or those of a folder, by name.
pub(crate) fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unread = || format!("cannot read {}", path.display());
    let entries = std::fs::read_dir(path).with_context(unread)?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(unread)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.to_string_lossy().ends_with(ENDING) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A file with what it is about, ready to be asked.
pub(crate) struct Scene {
    path: PathBuf,
    pub(crate) file: File,
    text: String,
}

impl Scene {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the cases in {}", path.display()))?;
        let file = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            text,
        })
    }

    /// The governor it describes.
    pub(crate) fn house(&self) -> anyhow::Result<House<'_>> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let beside = |path: &PathBuf| folder.join(path);
        let from = Policies {
            builtin: self.file.builtin,
            path: Some(match &self.file.policies {
                Some(path) => beside(path),
                None if folder.as_os_str().is_empty() => PathBuf::from("."),
                None => folder.to_owned(),
            }),
        };
        let rules = policies::load(&from, &house::targets(&self.file)?)?;
        let catalog = match &self.file.catalog {
            Some(path) => contents::recorded(&beside(path))?,
            None => contents::described(&self.file)?,
        };
        House::of(&self.file, rules, catalog)
    }

    /// Asks every case.
    pub(crate) fn ask(&self) -> anyhow::Result<Vec<Outcome>> {
        let house = self.house()?;
        let outcomes = self.file.cases.iter().map(|spanned| {
            let before = self.text.get(..spanned.span().start).unwrap_or_default();
            let case = spanned.get_ref();
            let (verdict, faults) = match ask(&house, case) {
                Ok(found) => found,
                Err(fault) => ("none".to_owned(), vec![format!("{fault:#}")]),
            };
            let named = case.name.clone().or_else(|| case.statement.clone());
            Outcome {
                faults,
                file: self.path.display().to_string(),
                line: before.matches('\n').count() + 1,
                name: named.unwrap_or_else(|| "connect".to_owned()),
                verdict,
            }
        });
        Ok(outcomes.collect())
    }
}

/// One case: the verdict that came, and what is wrong with it.
fn ask(house: &House<'_>, case: &Case) -> anyhow::Result<(String, Vec<String>)> {
    let asked = Question {
        at: case.at,
        before: &case.before,
        intent: case.intent.as_deref(),
        principal: &case.principal,
        statement: case.statement.as_deref().unwrap_or_default(),
        target: case.target.as_deref(),
    };
    let mut faults = Vec::new();
    if case.statement.is_none() {
        let judgement = house.connects(asked)?;
        let verdict = word(&judgement.verdict);
        compare("verdict", case.expect.as_str(), verdict, &mut faults);
        check_rules(case, &judgement.rules, &mut faults);
        return Ok((verdict.to_owned(), faults));
    }
    let why = house.why(asked)?;
    compare("verdict", case.expect.as_str(), why.verdict(), &mut faults);
    check_rules(case, &why.judgement.rules, &mut faults);
    check_masks(case, &why, &mut faults);
    let bound = why.obligations();
    for (name, wanted) in case.obligations.iter().flatten() {
        let found = bound.iter().find(|(known, _)| known == name);
        let found = found.map_or("none", |(_, value)| value.as_str());
        compare(&format!("obligation {name}"), wanted, found, &mut faults);
    }
    if !faults.is_empty() {
        // What was said, so that nobody has to ask again.
        let said = why.lines().into_iter();
        let said = said.filter(|line| ["verdict", "gap", "effect"].contains(&line.item));
        faults.extend(said.map(|line| {
            format!("  {} {} {}", line.item, line.name, line.detail)
                .trim_end()
                .to_owned()
        }));
    }
    Ok((why.verdict().to_owned(), faults))
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allow(_) => "allow",
        Verdict::Deny { .. } => "deny",
        Verdict::Hold { .. } => "hold",
    }
}

fn compare(what: &str, wanted: &str, found: &str, faults: &mut Vec<String>) {
    if wanted != found {
        faults.push(format!("{what}: expected {wanted}, found {found}"));
    }
}

fn check_rules(case: &Case, found: &[String], faults: &mut Vec<String>) {
    let Some(wanted) = &case.rules else { return };
    let mut wanted = wanted.clone();
    wanted.sort();
    compare("rules", &wanted.join(", "), &found.join(", "), faults);
}

fn check_masks(case: &Case, why: &Why, faults: &mut Vec<String>) {
    let shown: Vec<_> = (0..why.parts.len())
        .flat_map(|part| why.treatments(part))
        .collect();
    for (name, wanted) in case.masks.iter().flatten() {
        let found = shown.iter().find(|(known, _)| known == name);
        let found = match found.map(|(_, treatment)| *treatment) {
            Some(Treatment::Blank) => "blank".to_owned(),
            Some(Treatment::Hash) => "hash".to_owned(),
            Some(Treatment::Mask(class)) => class.to_string(),
            Some(Treatment::Pass) => "shown".to_owned(),
            Some(Treatment::Scan) => "searched".to_owned(),
            None => "no such column".to_owned(),
        };
        compare(&format!("mask of {name}"), wanted, &found, faults);
    }
}
