//! Which installation a verb is about: its data directory.
//!
//! Why a search: a person at the gateway's machine should not have to say it every time. Named
//! beats found, near beats far. It makes nothing.

use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use crate::config::{self, Config};
use crate::exit::Stop;

/// The names given on the command line or in the environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Place {
    /// The gateway's configuration
    #[arg(long, global = true, value_name = "FILE", env = "PORTCULLIS_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The gateway's data directory
    #[arg(long, global = true, value_name = "DIR", env = "PORTCULLIS_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

const SYSTEM_FILE: &str = "/etc/portcullis/portcullis.toml";
const NEAR_FILE: &str = "portcullis.toml";

impl Place {
    /// The configuration file: the one named, here, or the system's.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let found = [NEAR_FILE, SYSTEM_FILE].into_iter().map(PathBuf::from);
        self.config
            .clone()
            .or_else(|| found.into_iter().find(|path| path.exists()))
    }

    /// The configuration file, or words on how to come by one.
    pub(crate) fn need_file(&self) -> anyhow::Result<PathBuf> {
        self.file().ok_or_else(|| {
            Stop::usage(
                format!("there is no {NEAR_FILE} here, nor {SYSTEM_FILE}"),
                "name one with --config, or write one with `portcullis init`",
            )
        })
    }

    /// What is known of the installation without looking at its targets.
    pub(crate) fn bare(&self) -> anyhow::Result<Config> {
        match (&self.data_dir, self.file()) {
            (None, Some(file)) => config::bare_of(&file),
            _ => Ok(config::bare(&self.data_dir()?)),
        }
    }

    /// The data directory.
    pub(crate) fn data_dir(&self) -> anyhow::Result<PathBuf> {
        if let Some(named) = &self.data_dir {
            return Ok(named.clone());
        }
        if let Some(file) = self.file() {
            return Ok(config::bare_of(&file)?.data_dir);
        }
        let demo = demo_dir();
        if socket(&demo).exists() {
            return Ok(demo);
        }
        Err(Stop::usage(
            "which gateway? there is no portcullis.toml here, and no demo is running",
            "name its data directory with --data-dir, or its configuration with --config",
        ))
    }
}

/// Where `portcullis demo` lives unless it is told otherwise.
pub(crate) fn demo_dir() -> PathBuf {
    std::env::temp_dir().join(format!("portcullis-demo-{}", Uid::effective()))
}

/// The control socket of a data directory.
pub(crate) fn socket(data_dir: &Path) -> PathBuf {
    data_dir.join("control.sock")
}
