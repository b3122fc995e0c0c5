//! The policy files, read and validated.
//!
//! Why here: `policy` is pure; where its sources lie is the configuration's business.

use std::path::Path;

use anyhow::Context as _;
use model::TargetFacts;
use policy::{Rules, Source};

use crate::config::Policies;
use crate::exit::Stop;

/// Reads and validates what the configuration names.
pub(crate) fn load(from: &Policies, targets: &[TargetFacts]) -> anyhow::Result<Rules> {
    let sources = from
        .path
        .as_deref()
        .map(sources)
        .transpose()?
        .unwrap_or_default();
    Rules::load(from.builtin, targets, &sources).map_err(|found| {
        let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
        Stop::failed(
            lines.join("\n"),
            "nothing was put in force: mend the line and check again",
        )
    })
}

/// One file, or every `*.cedar` of a folder by name.
fn sources(path: &Path) -> anyhow::Result<Vec<Source>> {
    let unread = || format!("cannot read the policies in {}", path.display());
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).with_context(unread)?;
        let entries = entries
            .collect::<Result<Vec<_>, _>>()
            .with_context(unread)?;
        files = entries.into_iter().map(|entry| entry.path()).collect();
        files.retain(|file| {
            file.extension()
                .is_some_and(|extension| extension == "cedar")
        });
        files.sort();
    }
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the policy {}", file.display()))?;
        Ok(Source {
            name: file.display().to_string(),
            text,
        })
    };
    files.iter().map(read).collect()
}
