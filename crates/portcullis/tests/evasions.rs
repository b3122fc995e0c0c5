//! The corpus of evasions: what the strict policy stops does not happen, however it is said.
//!
//! Each case of `evasions/*.txt` is sent as its bytes to the gateway, whose own role is a
//! superuser. What counts is not our answer but the target afterwards: a digest over everything a
//! statement could have changed, its log, and the bytes that came back, searched for every secret
//! in clear and in disguise, and compared with those of a shop that differs in its secrets alone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::path::Path;
use std::time::Instant;

use support::Faults;
use support::attempt::{Watch, attempt, first_words};
use support::cases::{Case, Wanted, read};
use support::strict::{SHOPS, Strict};
use support::talk::Answer;

/// What a case's answer must be.
fn check(case: &Case, strict: &Strict, answer: &Answer, ran: bool, faults: &mut Faults) {
    let told = |what: &str| {
        let last = answer.messages.last();
        format!("{} {what}: {}\n    {last:.400?}", case.place, case.last)
    };
    faults.demand(!answer.is_hung, || told("hangs"));
    if case.who != "app"
        && let Some(secret) = strict.secret_in(&answer.bytes())
    {
        faults.note(told(&format!("shows {secret}")));
    }
    match case.wanted {
        Wanted::Ended => faults.demand(answer.is_ended, || told("goes on")),
        Wanted::Held => faults.demand(answer.was_held && !ran, || told("is not held")),
        Wanted::Masked | Wanted::Same => {}
        Wanted::Refused if answer.was_held => faults.note(told("is held")),
        Wanted::Refused | Wanted::Stopped => {
            let is_stopped = answer.code().is_some() || answer.is_ended;
            faults.demand(is_stopped, || told("is not refused"));
            faults.demand(!ran, || told("ran"));
        }
    }
}

/// The answer in words. The two shops gave their tables and types different numbers.
fn told(answer: &Answer) -> Vec<String> {
    let messages = answer.messages.iter();
    let told = messages.map(|message| match message.kind {
        b'T' => format!("T {:?}", without_numbers(&message.body)),
        _ => format!("{message:?}"),
    });
    told.collect()
}

/// A row description without the oids that a database gives out itself.
fn without_numbers(body: &[u8]) -> Option<Vec<u8>> {
    let mut body = body.to_vec();
    let mut at = 2;
    while at < body.len() {
        at += body.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        for number in [at, at + 6] {
            let oid = body.get_mut(number..number + 4)?;
            if u32::from_be_bytes(oid.try_into().ok()?) >= 16_384 {
                oid.fill(0);
            }
        }
        at += 18;
    }
    Some(body)
}

#[test]
fn no_evasion_does_what_the_policy_stops() {
    let strict = Strict::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evasions");
    let only = std::env::var("EVASIONS").unwrap_or_default();
    let mut cases = read(&folder);
    cases.retain(|case| case.place.contains(&only));
    let mut watch = Watch::over(&strict);
    let mut faults = Faults::default();
    let start = Instant::now();
    for case in &cases {
        let answer = attempt(&strict, case, SHOPS[0], &watch.victim);
        let ran = watch.ran(&strict, &first_words(&case.last));
        check(case, &strict, &answer, ran, &mut faults);
        if case.is_twin {
            let other = attempt(&strict, case, SHOPS[1], &watch.victim);
            let (ours, theirs) = (told(&answer), told(&other));
            faults.demand(ours == theirs, || {
                let pairs = ours.iter().zip(&theirs);
                let at = pairs.take_while(|(a, b)| a == b).count();
                let (ours, theirs) = (ours.get(at), theirs.get(at));
                let place = format!("{} tells of secrets: {}", case.place, case.last);
                format!("{place}\n    {ours:.200?}\n    {theirs:.200?}")
            });
        }
        faults.demand(!watch.is_changed(), || {
            format!("{} changed the database: {}", case.place, case.last)
        });
    }
    faults.demand(watch.is_alive(), || "another session was ended".to_owned());
    println!("{} evasions in {:?}", cases.len(), start.elapsed());
    faults.end();
}
