//! The whole story, as a newcomer sees it: `portcullis demo --tour` ends with 0 only if every step
//! of it really happened, against a real PostgreSQL.

#![allow(clippy::expect_used, reason = "a test says so by failing")]

use std::process::Command;

#[test]
fn the_tour_really_happens() {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["demo", "--tour"])
        .output()
        .expect("the program runs");
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("All of it happened."), "{out}");
}
