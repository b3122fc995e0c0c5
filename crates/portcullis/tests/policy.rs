//! Policy as code: what ships is tested by its own cases, the guide's rules too, and a faulty file
//! says where it is faulty.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::{Demo, PORTCULLIS, run, said};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn portcullis(args: &[&str]) -> Output {
    let mut command = Command::new(PORTCULLIS);
    // Nobody's configuration but what is named.
    run(command
        .args(args)
        .current_dir(root())
        .env_remove("PORTCULLIS_DATA_DIR"))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn every_pack_says_what_its_cases_say() {
    let found = portcullis(&["policy", "test", "examples/policies", "--format", "json"]);
    let told: Value =
        serde_json::from_slice(&found.stdout).unwrap_or_else(|_| panic!("{}", said(&found)));
    assert_eq!(
        (code(&found), &told["failed"]),
        (0, &0.into()),
        "{}",
        said(&found)
    );
    for pack in fs::read_dir(root().join("examples/policies")).unwrap() {
        let pack = pack.unwrap().path();
        let cases = told["cases"].as_array().unwrap().iter();
        let name = format!("/{}/", pack.file_name().unwrap().to_string_lossy());
        let is_tested = cases
            .clone()
            .any(|case| case["file"].as_str().unwrap().contains(&name));
        let has_own = fs::read_dir(&pack).unwrap().any(|file| {
            file.unwrap()
                .path()
                .to_string_lossy()
                .ends_with(".test.toml")
        });
        assert_eq!(is_tested, has_own, "{}", pack.display());
    }
}

/// Blocks of the guide between fences of that language, in order, with their line.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut open: Option<(&str, String)> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language, String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[test]
fn the_rules_of_the_guide_do_what_it_says() {
    let guide = fs::read_to_string(root().join("docs/guide/policy.md")).unwrap();
    let blocks = blocks(&guide);
    let scene = |block: &str| block.contains("[principals.");
    let (_, people) = blocks.iter().find(|(_, block)| scene(block)).unwrap();
    let mut rules = 0;
    for pair in blocks.windows(2) {
        let [("cedar", rule), ("toml", cases)] = pair else {
            continue;
        };
        if !cases.contains("[[case]]") || scene(cases) {
            continue;
        }
        let dir = folder(&[
            ("rule.cedar", rule),
            ("rule.test.toml", &format!("{people}\n{cases}")),
        ]);
        let found = portcullis(&["policy", "test", &dir.path().display().to_string()]);
        assert_eq!(code(&found), 0, "{rule}\n{}", said(&found));
        rules += 1;
    }
    assert_eq!(rules, 10, "ten rules");
}

const PEOPLE: &str = r#"
[targets.shop]
groups = ["developers"]

[principals.alice]
kind = "person"
groups = ["developers"]

[tables."public.customers"]
columns = ["id int key", "email text pii.email"]
"#;

#[test]
fn a_case_that_fails_says_what_came() {
    let cases = format!(
        "{PEOPLE}\n[[case]]\nname = \"wrong\"\nas = \"alice\"\nstatement = \"SELECT email FROM \
         customers\"\nexpect = \"deny\"\nrules = [\"x\"]\n\
         masks = {{ email = \"shown\", age = \"shown\" }}\n"
    );
    let dir = folder(&[("a.test.toml", &cases)]);
    let path = dir.path().display().to_string();
    let found = portcullis(&["policy", "test", &path]);
    let text = said(&found);
    assert_eq!(code(&found), 1, "{text}");
    for wanted in [
        "a.test.toml:12: wrong",
        "verdict: expected deny, found allow",
        "rules: expected x, found base.shop.developers",
        "mask of email: expected shown, found pii.email",
        "mask of age: expected shown, found no such column",
        "1 cases in 1 files, 1 failed",
    ] {
        assert!(text.contains(wanted), "{wanted}\n--\n{text}");
    }
    let json = portcullis(&["policy", "test", &path, "--format", "json"]);
    let told: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (code(&json), &told["failed"], &told["passed"]),
        (1, &1.into(), &0.into())
    );
}

#[test]
fn a_faulty_file_says_where() {
    let case = "[[case]]\nas = \"alice\"\nstatement = \"SELECT 1\"\n";
    let table = [
        (format!("{PEOPLE}\n{case}expect = \"yes\"\n"), "line 15"),
        (format!("{PEOPLE}\n{case}expects = \"allow\"\n"), "expects"),
        (
            format!(
                "{PEOPLE}\n{}expect = \"allow\"\n",
                case.replace("alice", "bob")
            ),
            "no principal bob",
        ),
        (
            PEOPLE.replace("pii.email", "pii.mail") + case + "expect = \"allow\"\n",
            "neither a class",
        ),
        (
            PEOPLE.replace("text pii", "txt pii") + case + "expect = \"allow\"\n",
            "there is no type",
        ),
        (
            format!("catalog = \"none.json\"\n{PEOPLE}\n{case}expect = \"allow\"\n"),
            "none.json",
        ),
    ];
    for (text, wanted) in table {
        let dir = folder(&[("a.test.toml", &text)]);
        let found = portcullis(&["policy", "test", &dir.path().display().to_string()]);
        let told = said(&found);
        assert!(
            code(&found) != 0 && told.contains(wanted),
            "{wanted}\n--\n{told}\n{text}"
        );
    }
}

#[test]
fn check_hints_at_what_is_probably_not_meant() {
    let rules = "@id(\"one\")\nforbid (principal, action == Action::\"drop\", resource);\n\n\
                 @id(\"two\")\nforbid (principal, action == Action::\"drop\", resource);\n";
    let dir = folder(&[("a.cedar", rules), ("b.txt", "")]);
    let path = dir.path().display().to_string();
    let found = said(&portcullis(&["policy", "check", "--policies", &path]));
    assert!(
        found.contains("a.cedar:4: two: never heard: one ("),
        "{found}"
    );
    assert!(found.contains("the policies are sound: version"), "{found}");
    let dir = folder(&[(
        "a.cedar",
        "@advise(\"x\")\nforbid (principal, action, resource);",
    )]);
    let path = dir.path().display().to_string();
    let found = portcullis(&["policy", "check", "--policies", &path]);
    assert_eq!(code(&found), 1);
    let text = said(&found);
    assert!(
        text.contains("a.cedar:1: unknown annotation @advise: perhaps @advice"),
        "{text}"
    );
}

#[test]
fn a_recorded_catalog_is_judged_by_as_the_target_itself() {
    let demo = Demo::shared();
    let recorded = run(&mut demo.verb(&["catalog", "record", "shop"]));
    let recorded = String::from_utf8(recorded.stdout).unwrap();
    let people = PEOPLE.split("[tables.").next().unwrap();
    let cases = format!(
        "catalog = \"catalog.json\"\n{people}\n[[case]]\nas = \"alice\"\n\
         statement = \"SELECT email FROM customers\"\nexpect = \"allow\"\n\
         masks = {{ email = \"pii.email\" }}\n"
    );
    let dir = folder(&[("catalog.json", &recorded), ("a.test.toml", &cases)]);
    let file = dir.path().join("a.test.toml").display().to_string();
    let found = portcullis(&["policy", "test", &file]);
    assert_eq!(code(&found), 0, "{}", said(&found));
    // The same words, with and without the gateway.
    for sql in [
        "SELECT id, email FROM customers",
        "DELETE FROM payments",
        "SELECT refund(1)",
        "SELECT * FROM open_orders",
        "DROP TABLE paymnets",
    ] {
        let there = [
            "policy", "why", "--as", "alice", "--target", "shop", "--", sql,
        ];
        let mut command = Command::new(PORTCULLIS);
        let there = run(command
            .args(there)
            .env("PORTCULLIS_DATA_DIR", demo.data_dir()));
        let here = portcullis(&[
            "policy", "why", "--as", "alice", "--cases", &file, "--", sql,
        ]);
        let plain = |output: &Output| -> Vec<String> {
            let text = said(output);
            // The demo has more rules, and so another version.
            let lines = text.lines().filter(|line| !line.starts_with("policy"));
            lines.map(str::to_owned).collect()
        };
        assert_eq!(plain(&there), plain(&here), "{sql}");
        assert_eq!(code(&there), code(&here), "{sql}");
    }
}
