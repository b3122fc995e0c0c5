//! Holds every crate's dependencies to `layers.toml`: the walls of the house.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, bail};
use serde::Deserialize;

#[derive(Deserialize)]
struct Layers {
    crates: BTreeMap<String, Room>,
}

#[derive(Deserialize)]
struct Room {
    knows: Vec<String>,
    layer: u8,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

/// From this layer up a crate may know tokio.
const EFFECTS_LAYER: u8 = 3;

/// Fails with every crossing at once.
pub(crate) fn check() -> anyhow::Result<()> {
    let layers: Layers = toml::from_str(&fs::read_to_string("layers.toml")?)?;
    let mut crossings = Vec::new();
    for folder in fs::read_dir("crates")? {
        let folder = folder?;
        let name = folder.file_name().to_string_lossy().into_owned();
        // The oracle is a workspace of its own: no crate of the house can depend on it.
        let Ok(manifest) = fs::read_to_string(folder.path().join("Cargo.toml")) else {
            continue;
        };
        if name == "sql-oracle" {
            continue;
        }
        let room = layers
            .crates
            .get(&name)
            .with_context(|| format!("layers.toml lacks {name}"))?;
        let manifest: Manifest = toml::from_str(&manifest).with_context(|| name.clone())?;
        for dependency in manifest.dependencies.keys() {
            let is_ours = layers.crates.contains_key(dependency);
            let is_known = room
                .knows
                .iter()
                .any(|known| known == dependency || known == "*");
            let is_effect = dependency.starts_with("tokio") && room.layer < EFFECTS_LAYER;
            if (is_ours && !is_known) || is_effect {
                crossings.push(format!(
                    "{name} (layer {}) may not know {dependency}",
                    room.layer
                ));
            }
        }
    }
    if crossings.is_empty() {
        return Ok(());
    }
    bail!("walls crossed:\n  {}", crossings.join("\n  "))
}
