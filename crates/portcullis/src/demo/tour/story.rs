//! The chapters of the tour, each with what must have come of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::time::{Instant, sleep};

use super::run::{SOON, Stage, chapter, check, end, overhear, said, typed};

const READ: &str = "SELECT email, full_name, card_number FROM customers ORDER BY id LIMIT 3";
const EVERYONE: &str = "UPDATE customers SET points = points + 1";
const PAYMENTS: &str = "SELECT count(*) FROM payments";

pub(super) async fn masked_read(stage: &Stage<'_>) -> anyhow::Result<()> {
    chapter(
        1,
        "A masked read: stand-ins of the right form, the originals for those who may",
    )?;
    let shown = stage.sql("alice", READ).await?;
    let real = stage.sql("omar", READ).await?;
    check(
        "omar, who may, reads the originals",
        real.out.contains("hiro.nakamura1@example.org"),
    )?;
    let cells = real
        .out
        .split(['|', '\n'])
        .map(str::trim)
        .filter(|cell| cell.len() > 12);
    let leaked = cells
        .filter(|cell| !cell.contains("---") && shown.out.contains(cell))
        .count();
    check("alice reads none of them", shown.code == 0 && leaked == 0)?;
    check(
        "what alice reads still looks like addresses",
        shown.out.matches('@').count() == 3,
    )?;
    let cards = shown
        .out
        .split(['|', '\n'])
        .map(str::trim)
        .filter(|cell| is_card(cell))
        .count();
    check("and like card numbers, check digit included", cards == 3)
}

fn is_card(cell: &str) -> bool {
    let digits: Vec<u32> = cell.chars().filter_map(|c| c.to_digit(10)).collect();
    let doubled = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            1 => digit * 2 / 10 + digit * 2 % 10,
            _ => *digit,
        });
    digits.len() == 16 && cell.len() == 16 && doubled.sum::<u32>() % 10 == 0
}

pub(super) async fn stand_ins_join(stage: &Stage<'_>) -> anyhow::Result<()> {
    chapter(
        2,
        "Stand-ins join: one person is the same stand-in in every table",
    )?;
    let text = "SELECT c.email, o.contact_email, t.requester_email FROM customers c \
                JOIN orders o ON o.customer_id = c.id JOIN support_tickets t \
                ON t.customer_id = c.id ORDER BY c.id LIMIT 2";
    let shown = stage.sql("alice", text).await?;
    let rows: Vec<Vec<&str>> = shown
        .out
        .lines()
        .filter(|line| line.contains('@'))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let same = rows
        .iter()
        .all(|row| matches!(row.as_slice(), [a, b, c] if a == b && b == c));
    check(
        "the three columns agree",
        shown.code == 0 && !rows.is_empty() && same,
    )
}

pub(super) async fn refused_drop(stage: &Stage<'_>) -> anyhow::Result<()> {
    chapter(3, "DROP TABLE is refused, with what to do instead")?;
    let before = stage.truth(PAYMENTS).await?;
    let refused = stage.sql("alice", "DROP TABLE payments").await?;
    check(
        "it is refused",
        refused.code != 0 && refused.err.contains("ERROR"),
    )?;
    check("with a hint", refused.err.contains("HINT"))?;
    let hidden = stage.sql("alice", "SELECT 1; DROP TABLE payments").await?;
    check("also behind a harmless statement", hidden.code != 0)?;
    check(
        "the table is there, with every row",
        stage.truth(PAYMENTS).await? == before,
    )
}

pub(super) async fn held_update(stage: &Stage<'_>) -> anyhow::Result<()> {
    chapter(4, "A risky UPDATE waits in line until a colleague says yes")?;
    let points = "SELECT sum(points)::bigint FROM customers";
    let before = stage.truth(points).await?;
    let mut waiting = stage.begin("alice", EVERYONE)?;
    let told = overhear(&mut waiting).await?;
    check(
        "alice is told at once that it waits, and for whom",
        told.contains("held for review"),
    )?;
    let code = held(stage).await?;
    check("alice's psql waits", waiting.try_wait()?.is_none())?;
    check(
        "nothing has changed yet",
        stage.truth(points).await? == before,
    )?;
    stage.verb("dana", &["reviews", "show", &code]).await?;
    let own = stage.verb("alice", &["approve", &code]).await?;
    check("alice cannot answer her own", own.code != 0)?;
    let agent = stage.verb("fixer", &["approve", &code]).await?;
    check(
        "nor can an agent, on the same machine and socket",
        agent.code != 0,
    )?;
    check("it still waits", waiting.try_wait()?.is_none())?;
    let yes = stage.verb("dana", &["approve", &code]).await?;
    check("dana can", yes.code == 0)?;
    let ended = tokio::time::timeout(SOON, end(waiting)).await;
    let ended = ended.context("alice's psql did not come back")??;
    said(&ended)?;
    check("alice's statement has completed", ended.code == 0)?;
    check(
        "every row changed once",
        stage.truth(points).await? == before + 2_000,
    )
}

/// The code of the one review that waits.
async fn held(stage: &Stage<'_>) -> anyhow::Result<String> {
    let limit = Instant::now() + SOON;
    while Instant::now() < limit {
        let found = stage
            .unsaid("dana", &["reviews", "ls", "--format", "json"])
            .await?
            .json()?;
        if let Some(code) = found.pointer("/0/code").and_then(|code| code.as_str()) {
            return Ok(code.to_owned());
        }
        sleep(Duration::from_millis(100)).await;
    }
    bail!("no review came within {SOON:?}")
}

pub(super) async fn the_agent(stage: &Stage<'_>) -> anyhow::Result<()> {
    chapter(
        5,
        "An agent reads a ticket that gives it orders, and follows them",
    )?;
    let ticket = "SELECT body FROM support_tickets WHERE subject LIKE 'URGENT%'";
    let read = stage.sql("fixer", ticket).await?;
    check("the agent may read tickets", read.code == 0)?;
    let keys = stage
        .sql(
            "fixer",
            "SELECT owner, api_key FROM api_keys ORDER BY id LIMIT 2",
        )
        .await?;
    let keys = keys.all();
    let known = format!("SELECT count(*) FROM api_keys WHERE strpos($${keys}$$, api_key) > 0");
    let leaked = stage.truth(&known).await?;
    check("no key comes out", leaked == 0)?;
    let before = stage.truth(PAYMENTS).await?;
    let refused = stage.sql("fixer", "DROP TABLE payments").await?;
    check("the DROP is refused", refused.code != 0)?;
    check(
        "with advice an agent can act on",
        refused.err.contains("HINT"),
    )?;
    check(
        "the table is there, with every row",
        stage.truth(PAYMENTS).await? == before,
    )
}

pub(super) async fn the_ledger(stage: &Stage<'_>) -> anyhow::Result<()> {
    chapter(
        6,
        "All of it is on record, and the record can be checked by anybody",
    )?;
    // The head is signed about once a second.
    sleep(Duration::from_millis(1_500)).await;
    stage.verb("dana", &["ledger", "tail", "-n", "12"]).await?;
    let sound = stage.verb("dana", &["ledger", "verify"]).await?;
    check("the ledger is sound", sound.code == 0)?;
    let data_dir = &stage.demo.gate.house().config.data_dir;
    let copy = data_dir.join("ledger-copy");
    copy_folder(&data_dir.join("ledger"), &copy)?;
    let named = copy.display().to_string();
    let same = stage
        .unsaid("dana", &["ledger", "verify", "--ledger", &named])
        .await?;
    check("so is a copy", same.code == 0)?;
    let bundle = flip(&copy)?;
    typed(
        "mallory",
        &format!("(flips one bit in {})", bundle.display()),
    )?;
    let found = stage
        .verb("dana", &["ledger", "verify", "--ledger", &named])
        .await?;
    fs::remove_dir_all(&copy)?;
    check(
        "one flipped bit is found, and named",
        found.code == 1 && found.out.contains("altered"),
    )
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, target) = {
            let entry = entry?;
            (entry.path(), to.join(entry.file_name()))
        };
        if entry.is_dir() {
            copy_folder(&entry, &target)?;
        } else if entry.file_name().is_some_and(|name| name != "key") {
            fs::copy(&entry, &target)?;
        }
    }
    Ok(())
}

/// Flips a bit in the middle of the first bundle of entries.
fn flip(ledger: &Path) -> anyhow::Result<PathBuf> {
    let mut folder = ledger.join("tile/entries");
    while folder.is_dir() {
        let mut names: Vec<_> = fs::read_dir(&folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        // Whole bundles sort before folders of partial ones; the newest partial one is read.
        names.sort_by_key(|path| (path.is_dir(), path.clone()));
        folder = newest(&names).context("the ledger has no bundle of entries")?;
    }
    let mut bytes = fs::read(&folder)?;
    let middle = bytes.len() / 2;
    let byte = bytes.get_mut(middle).context("the bundle is empty")?;
    *byte ^= 1;
    fs::write(&folder, bytes)?;
    Ok(folder)
}

/// A whole bundle if there is one; else the widest partial one.
fn newest(names: &[PathBuf]) -> Option<PathBuf> {
    let number = |path: &&PathBuf| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        name.trim_start_matches('x')
            .parse::<u32>()
            .unwrap_or_default()
    };
    let whole = names
        .iter()
        .find(|path| path.is_file() && path.parent().is_none_or(|p| p.extension().is_none()));
    whole.or_else(|| names.iter().max_by_key(number)).cloned()
}
