//! New policies without a restart: on SIGHUP, and when their files change.
//!
//! A bad file leaves the rules of before in force, and says so. Other parts of the configuration
//! need a restart; a change of the file says that too. Nothing in here decides.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::config::{self, Policies};
use crate::house::House;
use crate::policies;

/// Editors write a file in several steps: we look once they are still.
const SETTLE: Duration = Duration::from_millis(300);

/// Watches from now on, for as long as the answer lives.
pub(crate) fn watch(house: &Arc<House>, file: Option<&Path>) -> Option<RecommendedWatcher> {
    let (sender, changes) = mpsc::channel(1);
    tokio::spawn(follow(house.clone(), file.map(Path::to_owned), changes));
    let own = file.and_then(Path::file_name).map(ToOwned::to_owned);
    let seen = move |event: notify::Result<notify::Event>| {
        // Other files of the folder, such as a log of ours, must not wake us.
        let is_ours = |path: &PathBuf| {
            let is_rule = path
                .extension()
                .is_some_and(|extension| extension == "cedar");
            is_rule || own.is_some() && path.file_name() == own.as_deref()
        };
        let matters = |event: notify::Event| {
            !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(is_ours)
        };
        if event.is_ok_and(matters) {
            // Full means that a look is due already.
            let _ = sender.try_send(());
        }
    };
    let started = notify::recommended_watcher(seen).and_then(|mut watcher| {
        let paths = [house.config.policies.path.as_deref(), file];
        for path in paths.into_iter().flatten() {
            watcher.watch(folder_of(path), RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    });
    started
        .inspect_err(|fault| tracing::warn!(%fault, "files are not watched; SIGHUP reloads them"))
        .ok()
}

async fn follow(house: Arc<House>, file: Option<PathBuf>, mut changes: mpsc::Receiver<()>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return;
    };
    let mut is_watched = true;
    loop {
        tokio::select! {
            _ = hangup.recv() => {}
            change = changes.recv(), if is_watched => {
                is_watched = change.is_some();
                tokio::time::sleep(SETTLE).await;
                let _ = changes.try_recv();
            }
        }
        let (house, file) = (house.clone(), file.clone());
        let looked = tokio::task::spawn_blocking(move || look(&house, file));
        match looked.await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::error!("{fault:#}\n  the rules of before stay in force"),
            Err(_) => tracing::error!("the policies could not be looked at"),
        }
    }
}

fn look(house: &House, file: Option<PathBuf>) -> anyhow::Result<()> {
    let mut from = house.config.policies.clone();
    let mut targets: Vec<_> = house
        .config
        .targets
        .iter()
        .map(|target| target.facts.clone())
        .collect();
    if let Some(file) = file {
        let found = config::load(&file)?;
        let Policies { builtin, path } = found.policies;
        from = Policies { builtin, path };
        let facts: Vec<_> = found
            .targets
            .into_iter()
            .map(|target| target.facts)
            .collect();
        if facts != targets {
            tracing::warn!("targets changed in the configuration: restart to use them");
            // Groups may change on their own: the base permit is made of them.
            targets.retain(|target| facts.iter().any(|other| other.name == target.name));
        }
    }
    let rules = policies::load(&from, &targets)?;
    if rules.version() == house.governor.rules().version() {
        return Ok(());
    }
    let version = rules.version().clone();
    house.governor.publish(rules, "local".to_owned())?;
    tracing::info!(%version, "new rules are in force");
    Ok(())
}

/// The folder something lies in.
fn folder_of(path: &Path) -> &Path {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if path.is_dir() {
        path
    } else {
        parent.unwrap_or(Path::new("."))
    }
}
