//! Verifies a ledger's folder, offline, with nothing but a public key.
//!
//! Why a crate: an auditor builds this alone (`cargo build -p verify`) and need trust neither the
//! gateway nor whoever runs it. All judgement is `ledger::verify`'s; this reads files and prints.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ledger::note::Verifier;
use ledger::verify::{Report, Source, verify};
use serde_json::{Value, json};

/// A ledger's folder, or a copy of it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// That folder; a data directory will do as well.
    pub fn new(path: &Path) -> Self {
        let inside = path.join("ledger");
        Self(if inside.is_dir() {
            inside
        } else {
            path.to_owned()
        })
    }
}

fn found<T>(path: &Path, result: io::Result<T>) -> Result<Option<T>, String> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(format!("{}: {fault}", path.display())),
    }
}

impl Source for Folder {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let path = self.0.join(path);
        found(&path, fs::read(&path))
    }

    fn segments(&self) -> Result<Vec<Vec<u8>>, String> {
        let folder = self.0.join("wal");
        let mut segments = Vec::new();
        for entry in found(&folder, fs::read_dir(&folder))?.into_iter().flatten() {
            let path = entry
                .map_err(|fault| format!("{}: {fault}", folder.display()))?
                .path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name.bytes().all(|byte| byte.is_ascii_digit()) {
                segments.extend(found(&path, fs::read(&path))?);
            }
        }
        Ok(segments)
    }
}

/// What to check, and how to say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Files of older checkpoints kept elsewhere.
    pub checkpoints: Vec<PathBuf>,
    /// The ledger's folder.
    pub folder: PathBuf,
    /// JSON instead of sentences.
    pub is_json: bool,
    /// Public keys: texts, or files that hold one.
    pub keys: Vec<String>,
}

/// Checks, and gives whether all is sound and what to print. `Err` where nothing could be checked.
pub fn run(asked: &Asked) -> Result<(bool, String), String> {
    if !asked.folder.is_dir() {
        return Err(format!("{} is not a folder", asked.folder.display()));
    }
    let keys = asked
        .keys
        .iter()
        .map(|key| read_key(key))
        .collect::<Result<Vec<_>, _>>()?;
    let read =
        |path: &PathBuf| fs::read(path).map_err(|fault| format!("{}: {fault}", path.display()));
    let anchors = asked
        .checkpoints
        .iter()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    let report = verify(&Folder::new(&asked.folder), &keys, &anchors)?;
    let text = if asked.is_json {
        as_json(&report).to_string()
    } else {
        as_text(&report)
    };
    Ok((report.is_sound(), text))
}

fn read_key(key: &str) -> Result<Verifier, String> {
    let text = match fs::read_to_string(key) {
        Ok(text) => text,
        Err(_) => key.to_owned(),
    };
    text.parse()
        .map_err(|fault: ledger::note::NoteFault| fault.to_string())
}

/// The report in sentences.
pub fn as_text(report: &Report) -> String {
    let mut lines: Vec<String> = report
        .findings
        .iter()
        .map(|finding| format!("FAIL  {finding}"))
        .collect();
    if let Some(head) = &report.checkpoint {
        lines.push(format!(
            "checkpoint of {}: {} entries, root {}",
            head.origin,
            head.size,
            ledger::tree::hex(&head.root)
        ));
    }
    lines.push(format!(
        "read {} signed entries and {} not yet signed; {} statements, {} of unknown outcome",
        report.entries, report.unsigned, report.statements, report.unknown
    ));
    if report.cut_bytes > 0 {
        lines.push(format!(
            "note: {} bytes torn off the end by a crash",
            report.cut_bytes
        ));
    }
    if report.clock_steps > 0 {
        lines.push(format!(
            "note: the writer's clock stepped back {} times",
            report.clock_steps
        ));
    }
    let verdict = match report.findings.len() {
        0 => "the ledger is sound".to_owned(),
        1 => "the ledger is NOT sound: 1 finding".to_owned(),
        count => format!("the ledger is NOT sound: {count} findings"),
    };
    lines.push(verdict);
    lines.join("\n")
}

/// The report for programs.
pub fn as_json(report: &Report) -> Value {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| json!({"kind": finding.kind(), "message": finding.to_string()}))
        .collect();
    let head = report.checkpoint.as_ref().map(|head| {
        json!({"origin": head.origin, "root": ledger::tree::hex(&head.root), "size": head.size})
    });
    json!({
        "checkpoint": head,
        "clock_steps": report.clock_steps,
        "cut_bytes": report.cut_bytes,
        "entries": report.entries,
        "findings": findings,
        "sound": report.is_sound(),
        "statements": report.statements,
        "unknown": report.unknown,
        "unsigned": report.unsigned,
    })
}

#[cfg(test)]
mod tests {
    use ledger::note::Signer;
    use ledger::{Checkpoint, Frontier};

    use super::*;

    #[test]
    fn a_folder_is_judged_and_the_judgement_printed() {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::new("example.com/l", &[1; 32]).unwrap();
        let root = Frontier::default().root();
        let head = Checkpoint {
            origin: "example.com/l".into(),
            root,
            size: 0,
        };
        fs::create_dir(folder.path().join("ledger")).unwrap();
        fs::write(folder.path().join("ledger/checkpoint"), head.sign(&signer)).unwrap();
        let asked = |key: &Signer| Asked {
            folder: folder.path().to_owned(),
            keys: vec![key.verifier().to_string()],
            ..Asked::default()
        };
        let (is_sound, text) = run(&asked(&signer)).unwrap();
        assert!(is_sound && text.ends_with("the ledger is sound"), "{text}");
        let other = Signer::new("example.com/l", &[2; 32]).unwrap();
        let (is_sound, text) = run(&Asked {
            is_json: true,
            ..asked(&other)
        })
        .unwrap();
        assert!(!is_sound && text.contains("foreign_key"), "{text}");
        assert!(
            run(&Asked {
                keys: vec!["x".into()],
                ..asked(&signer)
            })
            .is_err()
        );
        assert!(
            run(&Asked {
                folder: "nowhere".into(),
                ..asked(&signer)
            })
            .is_err()
        );
    }
}
