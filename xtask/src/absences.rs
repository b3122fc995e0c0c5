//! What must not be there: invariants of ARCHITECTURE.md that are a text's absence.
//!
//! Types hold most of them; these are the ones a type cannot. Tests and doc comments do not count.

use std::fs;
use std::path::Path;

use anyhow::bail;

/// A text, the folders it must not stand in, and the only files there that may have it.
struct Absence {
    except: &'static [&'static str],
    from: &'static [&'static str],
    texts: &'static [&'static str],
    why: &'static str,
}

/// Crates below layer 3.
const PURE: &[&str] = &[
    "crates/analysis/src",
    "crates/catalog/src",
    "crates/govern/src",
    "crates/ledger/src",
    "crates/mask/src",
    "crates/model/src",
    "crates/policy/src",
    "crates/wire-postgres/src",
    "crates/wire/src",
];

/// Crates that act, and the one that governs.
const ACTING: &[&str] = &[
    "crates/gateway/src",
    "crates/govern/src",
    "crates/identity/src",
    "crates/portcullis/src",
    "crates/reviewers/src",
];

const ABSENCES: &[Absence] = &[
    Absence {
        except: &["crates/govern/src/governor.rs"],
        from: ACTING,
        texts: &[
            "ledger.append(",
            "ledger.fill(",
            "Ledger::append(",
            "Ledger::fill(",
        ],
        why: "only Governor::write records",
    },
    Absence {
        except: &[],
        from: PURE,
        texts: &[
            "SystemTime::now",
            "Instant::now",
            "std::env::",
            "thread::spawn",
            "getrandom",
        ],
        why: "below layer 3 time, chance and surroundings are arguments",
    },
    Absence {
        except: &[],
        from: &[
            "crates/gateway/src",
            "crates/wire-postgres/src",
            "crates/wire/src",
        ],
        texts: &["policy::", "Rules::judge"],
        why: "only the governor asks for a verdict",
    },
];

/// Fails with every place where something stands that must not.
pub(crate) fn check() -> anyhow::Result<()> {
    let mut found = Vec::new();
    for absence in ABSENCES {
        for folder in absence.from {
            look(Path::new(folder), absence, &mut found)?;
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    bail!("what must be absent is there:\n  {}", found.join("\n  "))
}

fn look(folder: &Path, absence: &Absence, found: &mut Vec<String>) -> anyhow::Result<()> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        let name = path.display().to_string();
        if path.is_dir() {
            look(&path, absence, found)?;
        } else if path.extension().is_some_and(|e| e == "rs") && !name.contains("tests") {
            let text = fs::read_to_string(&path)?;
            let code = text.lines().take_while(|line| !line.contains("mod tests"));
            for (number, line) in code
                .enumerate()
                .filter(|(_, l)| !l.trim().starts_with("//"))
            {
                let has = absence.texts.iter().any(|text| line.contains(text));
                if has && !absence.except.contains(&name.as_str()) {
                    found.push(format!("{name}:{}: {}", number + 1, absence.why));
                }
            }
        }
    }
    Ok(())
}
