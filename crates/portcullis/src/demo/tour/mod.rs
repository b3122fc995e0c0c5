//! `demo --tour`: the whole story, played with real programs against the running gateway.
//!
//! Why with processes: what is shown is what a person would type, and dana answers from a process
//! of her own. Every step checks what really happened, past the gateway too, and the tour ends at
//! the first that did not.

mod run;
mod story;

use super::Demo;
use super::tell::{BOLD, GREEN, PLAIN};
use crate::output::line;
use run::Stage;

/// Plays it.
pub(crate) async fn play(demo: &Demo) -> anyhow::Result<()> {
    let stage = Stage::new(demo)?;
    story::masked_read(&stage).await?;
    story::stand_ins_join(&stage).await?;
    story::refused_drop(&stage).await?;
    story::held_update(&stage).await?;
    story::the_agent(&stage).await?;
    story::the_ledger(&stage).await?;
    line(&format!(
        "\n{GREEN}{BOLD}All of it happened.{PLAIN} Play it by hand: portcullis demo"
    ))
}
