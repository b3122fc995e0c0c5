//! A fixed number of worlds, one by `SIM_SEED`, and drivers with a flaw that must be found.

use sim::{Flaw, Scenario, World, run};

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
    let mut heard = 0;
    for seed in SEEDS {
        match run(seed) {
            Ok(tally) => heard += tally.heard,
            Err(failure) => panic!("{failure}"),
        }
    }
    assert!(heard > 1_000, "worlds in which nothing happens: {heard}");
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
