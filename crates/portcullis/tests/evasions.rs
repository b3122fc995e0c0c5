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

use support::Faults;
use support::cases::{Case, Wanted, read};
use support::raw::query;
use support::strict::{SHOPS, Strict};
use support::talk::Answer;

const READING: &str = include_str!("strict/reading.sql");

/// Runs a case; what came back to its client.
fn run(strict: &Strict, case: &Case, shop: &str, victim: &str) -> Answer {
    let own = |text: &str| text.replace("{victim}", victim);
    let opening: Vec<(&str, &str)> = case
        .opening
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let mut talk = match strict.talk(&case.who, shop, &opening) {
        Ok(talk) => talk,
        Err(said) => {
            let message = support::raw::Message {
                kind: b'E',
                body: said,
            };
            return Answer {
                messages: vec![message],
                is_ended: true,
                ..Answer::default()
            };
        }
    };
    let mut whole = Answer::default();
    for step in &case.steps {
        let bytes = if step.bytes.windows(8).any(|window| window == b"{victim}") {
            query(&own(&case.last))
        } else {
            step.bytes.clone()
        };
        let answer = if step.is_raw {
            talk.send(&bytes);
            talk.glance(std::time::Duration::from_millis(400))
        } else {
            talk.ask(&bytes, step.ready)
        };
        let is_over = answer.is_ended || answer.is_hung;
        whole.add(answer);
        if is_over {
            return whole;
        }
    }
    talk.end();
    whole
}

/// What a case's answer must be.
fn check(case: &Case, strict: &Strict, answer: &Answer, log: &str, faults: &mut Faults) {
    let told = |what: &str| {
        format!(
            "{} {what}: {}\n    {:.400?}",
            case.place,
            case.last,
            answer.messages.last()
        )
    };
    faults.demand(!answer.is_hung, || told("hangs"));
    if case.who != "app"
        && let Some(secret) = strict.secret_in(&answer.bytes())
    {
        faults.note(told(&format!("shows {secret}")));
    }
    let start: String = case
        .last
        .split(['⏎', '⇥', '␍', '␌', '␀', '‹'])
        .next()
        .unwrap()
        .trim()
        .chars()
        .take(60)
        .collect();
    let ran = !start.is_empty()
        && log.lines().any(|line| {
            let is_run = line.contains("gate@")
                && (line.contains("statement: ") || line.contains("execute "));
            is_run && line.contains(start.as_str())
        });
    match case.wanted {
        Wanted::Ended => faults.demand(answer.is_ended, || told("goes on")),
        Wanted::Held => faults.demand(answer.was_held && !ran, || told("is not held")),
        Wanted::Masked => {}
        Wanted::Refused if answer.was_held => faults.note(told("is held")),
        Wanted::Refused | Wanted::Stopped => {
            faults.demand(answer.code().is_some() || answer.is_ended, || {
                told("is not refused")
            });
            faults.demand(!ran, || told("ran"));
        }
    }
}

/// The answer without what differs between any two sessions.
fn told(answer: &Answer) -> Vec<String> {
    let shown = |m: &support::raw::Message| format!("{m:?}");
    answer.messages.iter().map(shown).collect()
}

#[test]
fn no_evasion_does_what_the_policy_stops() {
    let strict = Strict::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evasions");
    let only = std::env::var("EVASIONS").unwrap_or_default();
    let mut cases = read(&folder);
    cases.retain(|case| case.place.contains(&only));
    let mut direct = SHOPS.map(|shop| strict.direct(shop));
    let mut bystander = strict.direct("shop");
    let victim = bystander.ask(&query("SELECT pg_backend_pid()"), 1);
    let victim = victim.iter().find(|m| m.kind == b'D').unwrap();
    let victim = String::from_utf8_lossy(&victim.body[6..]).into_owned();
    let mut reading = |at: usize| {
        let said = direct[at].ask(&query(READING), 1);
        let row = said.iter().find(|message| message.kind == b'D');
        format!("{:?}", row.unwrap_or_else(|| panic!("{said:?}")))
    };
    let mut before = [reading(0), reading(1)];
    let mut faults = Faults::default();
    let mut at = strict.log_since(0).1;
    for case in &cases {
        let answer = run(&strict, case, SHOPS[0], &victim);
        let (log, end) = strict.log_since(at);
        check(case, &strict, &answer, &log, &mut faults);
        if case.is_twin {
            let other = run(&strict, case, SHOPS[1], &victim);
            let (ours, theirs) = (told(&answer), told(&other));
            faults.demand(ours == theirs, || {
                let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
                format!(
                    "{} tells of secrets: {}\n    {:.200?}\n    {:.200?}",
                    case.place,
                    case.last,
                    ours.get(at),
                    theirs.get(at)
                )
            });
        }
        let now = [
            reading(0),
            if case.is_twin {
                reading(1)
            } else {
                before[1].clone()
            },
        ];
        faults.demand(now == before, || {
            format!("{} changed the database: {}", case.place, case.last)
        });
        before = now;
        at = strict.log_since(end).1;
    }
    let alive = bystander.ask(&query("SELECT 'alive'"), 1);
    faults.demand(alive.iter().any(|m| m.kind == b'D'), || {
        "another session was ended".to_owned()
    });
    println!("{} evasions", cases.len());
    faults.end();
}
