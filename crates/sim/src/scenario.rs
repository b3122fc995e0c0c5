//! What may go wrong in a world, what one saw, and what it says when a promise broke.

use crate::dice::Dice;

/// What goes wrong in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing.
    Calm,
    /// Cancels rain.
    Cancels,
    /// Power is lost; what was not synced may be gone.
    Crash,
    /// The gateway is asked to stop.
    Drain,
    /// Writes are forbidden while sessions run, allowed again, sessions are ended.
    Freeze,
    /// Peers hang up in the middle.
    HangUps,
    /// Clients send what no protocol knows.
    Hostile,
    /// An append fails, kept or not.
    LedgerBreaks,
    /// The disk is full after some writes, so a write or a sync fails.
    DiskFull,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: &'static [Self] = &[
        Self::Calm,
        Self::Cancels,
        Self::Crash,
        Self::DiskFull,
        Self::Drain,
        Self::Freeze,
        Self::HangUps,
        Self::Hostile,
        Self::LedgerBreaks,
    ];

    /// The scenario of a seed.
    pub fn of(seed: u64) -> Self {
        *Dice::new(seed).pick(Self::ALL)
    }
}

/// What a world saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Statements that went to a target and ended.
    pub allowed: usize,
    /// Statements that waited for a person.
    pub held: usize,
    /// Statements that never went.
    pub refused: usize,
    /// Writes that targets committed.
    pub committed: usize,
    /// What the wiretap heard at the targets.
    pub heard: u64,
    /// A digest of everything that happened, to see that a seed plays the same again.
    pub trace: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.allowed += other.allowed;
        self.committed += other.committed;
        self.heard += other.heard;
        self.held += other.held;
        self.refused += other.refused;
        self.trace ^= other.trace;
    }
}

/// A promise was broken.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What broke.
    pub faults: Vec<String>,
    /// In which kind of world.
    pub scenario: Scenario,
    /// Which world.
    pub seed: u64,
    /// The last things that happened.
    pub trace: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.trace {
            writeln!(f, "  {line}")?;
        }
        let (seed, scenario) = (self.seed, self.scenario);
        writeln!(f, "seed {seed} ({scenario:?}):")?;
        for fault in &self.faults {
            writeln!(f, "  {fault}")?;
        }
        write!(f, "again: SIM_SEED={seed} cargo test -p sim")
    }
}
