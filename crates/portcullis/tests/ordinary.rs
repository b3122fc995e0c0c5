//! Ordinary work passes: start-up, catalog and business statements of the tools people use, byte
//! for byte as without us, under the strict policy.
//!
//! The sessions of `ordinary/*.txt` are captured from the programs they name, or written in the
//! shapes those send. Each is played through the gateway and then past it, as the same role of the
//! target, and every message is compared. What a policy stops is not here: that is `evasions`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::path::Path;

use support::Faults;
use support::cases::{Case, read};
use support::strict::{SHOPS, Strict};
use support::talk::{Answer, Talk};

/// Of a hundred statements so many at least pass unchanged.
const WANTED: usize = 99;

/// What every driver asks for, and what the gateway asks for where it does not.
const ENCODING: (&str, &str) = ("client_encoding", "UTF8");

/// Every step's answer; none after the session ended.
fn play(mut talk: Talk, case: &Case) -> Vec<Answer> {
    let mut answers = Vec::new();
    for step in &case.steps {
        let answer = talk.ask(&step.bytes, step.ready);
        let is_over = answer.is_ended || answer.is_hung;
        answers.push(answer);
        if is_over {
            break;
        }
    }
    talk.end();
    answers
}

fn past(strict: &Strict, case: &Case) -> Vec<Answer> {
    let address = format!("127.0.0.1:{}", strict.server.port());
    let mut parameters = vec![("user", "gate"), ("database", SHOPS[0]), ENCODING];
    let more = case.opening.iter();
    parameters.extend(more.map(|(n, v)| (n.as_str(), v.as_str())));
    play(Talk::open(&address, &parameters, None).ok().unwrap(), case)
}

/// The bytes without whom a notification came from.
fn bytes(answer: &Answer) -> Vec<u8> {
    let is_kept = |m: &&support::raw::Message| m.kind != b'A';
    let messages = answer.messages.iter().filter(is_kept);
    let whole = messages.map(|m| support::raw::message(m.kind, &m.body));
    whole.collect::<Vec<_>>().concat()
}

/// The kinds of its messages, for answers that differ from one time to the next.
fn kinds(answer: &Answer) -> Vec<u8> {
    answer.messages.iter().map(|message| message.kind).collect()
}

/// What became of a session: how many of its statements passed, and those that did not.
fn compare(strict: &Strict, case: &Case, faults: &mut Vec<String>) -> usize {
    let opening = case.opening.iter();
    let mut opening: Vec<_> = opening.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    opening.push(ENCODING);
    let Ok(talk) = strict.talk(&case.who, SHOPS[0], &opening) else {
        faults.push(format!("{}: nobody is let in", case.place));
        return 0;
    };
    let (ours, theirs) = (play(talk, case), past(strict, case));
    let mut again = None;
    let mut passed = 0;
    for (at, theirs) in theirs.iter().enumerate() {
        let ours = ours.get(at);
        if ours.is_some_and(|ours| bytes(ours) == bytes(theirs)) {
            passed += 1;
            continue;
        }
        let again = again.get_or_insert_with(|| past(strict, case));
        let is_steady = again
            .get(at)
            .is_some_and(|again| bytes(again) == bytes(theirs));
        if !is_steady && ours.is_some_and(|ours| kinds(ours) == kinds(theirs)) {
            passed += 1;
            continue;
        }
        let text = String::from_utf8_lossy(&case.steps[at].bytes).into_owned();
        let said = ours.and_then(|ours| {
            let odd = |m: &&support::raw::Message| !theirs.messages.contains(m);
            ours.messages.iter().find(odd)
        });
        faults.push(format!(
            "{} step {at}: {text:.600?}\n    {said:.300?}",
            case.place
        ));
    }
    passed
}

#[test]
fn ordinary_work_passes_as_it_is() {
    let strict = Strict::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ordinary");
    let only = std::env::var("ORDINARY").unwrap_or_default();
    let mut cases = read(&folder);
    cases.retain(|case| case.place.contains(&only));
    let mut missed = Vec::new();
    let (mut passed, mut all) = (0, 0);
    for case in &cases {
        passed += compare(&strict, case, &mut missed);
        all += case.steps.len();
    }
    println!(
        "{passed} of {all} ordinary statements passed\n{}",
        missed.join("\n")
    );
    let mut faults = Faults::default();
    faults.demand(passed * 100 >= all * WANTED, || missed.join("\n"));
    faults.end();
}
