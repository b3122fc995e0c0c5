//! The texts by `psql`: their rows, and the catalog assembled of them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::fmt::Write as _;

use catalog::Catalog;
use catalog::postgres::{READ, assemble};
use testkit::Postgres;

/// Runs texts in one psql session as that role; the rows of each.
pub(crate) fn run(server: &Postgres, texts: &[String]) -> Vec<Vec<Vec<Option<String>>>> {
    let mut script =
        String::from("\\pset null '\u{2}'\n\\pset fieldsep '\u{1}'\n\\pset recordsep '\u{3}'\n");
    for text in texts {
        write!(script, "{text};\n\\echo '\u{4}'\n").unwrap();
    }
    let path = server.socket_dir().join("script.sql");
    std::fs::write(&path, script).unwrap();
    let url = server.url_of("app", None, "postgres");
    let output = std::process::Command::new("psql")
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &url,
            "-f",
        ])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8(output.stdout).unwrap();
    let cell = |text: &str| (text != "\u{2}").then(|| text.to_owned());
    let rows = |block: &str| -> Vec<Vec<Option<String>>> {
        let block = block.trim_matches('\n');
        let lines = block.split('\u{3}').filter(|line| !line.trim().is_empty());
        lines
            .map(|line| {
                line.trim_end_matches('\n')
                    .split('\u{1}')
                    .map(cell)
                    .collect()
            })
            .collect()
    };
    said.split('\u{4}').take(texts.len()).map(rows).collect()
}

/// The catalog of a server.
pub(crate) fn read(server: &Postgres) -> Catalog {
    let texts: Vec<String> = READ.iter().map(|text| text.sql.to_owned()).collect();
    let blocks = run(server, &texts);
    let find = |name: &str| READ.iter().position(|text| text.name == name).unwrap();
    assemble(&|name| blocks[find(name)].clone()).unwrap()
}
