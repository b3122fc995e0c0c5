//! The answer to `policy why`.

use policy::{Finding, Judgement};

/// Effects, gaps, each rule that spoke, and the verdict.
#[derive(Debug, Clone)]
pub struct Why {
    /// Question by question.
    pub findings: Vec<Finding>,
    /// The verdict.
    pub judgement: Judgement,
    /// What each part would do.
    pub parts: Vec<model::Effects>,
}
