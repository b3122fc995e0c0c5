//! A fixed number of worlds, one by `SIM_SEED`, and drivers with a flaw that must be found.

use sim::{Flaw, Scenario, Tally, World, run};

/// As many as a debug build plays in some ten seconds: the rules are loaded anew in each.
const SEEDS: std::ops::Range<u64> = 1..61;

#[test]
fn no_world_breaks_a_promise() {
    if let Ok(seed) = std::env::var("SIM_SEED") {
        let seed = seed.parse().expect("SIM_SEED is a number");
        if let Err(failure) = run(seed) {
            panic!("{failure}");
        }
        return;
    }
    let mut all = Tally::default();
    for seed in SEEDS {
        match run(seed) {
            Ok(tally) => all += tally,
            Err(failure) => panic!("{failure}"),
        }
    }
    let counts = [all.allowed, all.refused, all.held, all.committed];
    let is_busy = counts.iter().all(|count| *count > 100);
    assert!(is_busy, "worlds in which too little happens: {all:?}");
}

#[test]
fn a_seed_plays_the_same_again() {
    for seed in SEEDS.step_by(20) {
        assert_eq!(run(seed).ok(), run(seed).ok(), "seed {seed}");
    }
}

/// A flaw, and what the wiretap calls it.
const FLAWS: &[(Flaw, &str)] = &[
    (Flaw::AdmitsRefused, "without a permit"),
    (Flaw::DropsAbort, "committed what a refusal"),
    (Flaw::DropsEdits, "without a permit"),
    (Flaw::DropsOutcome, "ended as Some(Allowed)"),
    (Flaw::ForgetsUse, "more often than it was approved"),
    (Flaw::SendsEarly, "before its record was durable"),
    (Flaw::ShowsEarly, "shown before its record"),
    (Flaw::ShowsOriginals, "an original was shown"),
];

#[test]
fn every_flaw_is_found() {
    for (flaw, name) in FLAWS {
        let found = (1..100).any(|seed| {
            let played = World::new(seed, Scenario::Calm, *flaw).play();
            played.is_err_and(|failure| failure.faults.iter().any(|fault| fault.contains(name)))
        });
        assert!(found, "{flaw:?} goes unseen");
    }
}
