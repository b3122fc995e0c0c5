//! A throwaway PostgreSQL cluster.
//!
//! `initdb` into a temp dir, start on a free port of 127.0.0.1 with a socket in the same dir, stop
//! when the value is dropped or when our process dies by any other way (a watcher holds a pipe).
//! It keeps nothing: fsync is off and the folder goes with the value.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::setup::{Setup, must};

/// A running cluster with database `postgres` and superuser `postgres`, who needs no password.
#[derive(Debug)]
pub struct Postgres {
    pub(crate) bin: PathBuf,
    pub(crate) data_dir: PathBuf,
    pub(crate) dir: TempDir,
    pub(crate) port: u16,
    pub(crate) root_certificate: Option<PathBuf>,
    pub(crate) server: Child,
    pub(crate) watcher: Child,
}

impl Postgres {
    /// One with nothing special.
    pub fn start() -> Self {
        Setup::default().start()
    }

    /// One with these settings.
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        let setup = Setup::default();
        settings
            .iter()
            .fold(setup, |setup, (name, value)| setup.setting(name, value))
            .start()
    }

    /// What it should be like, to be said first.
    pub fn setup() -> Setup {
        Setup::default()
    }

    /// The folder of the server's programs.
    pub fn bin_dir(&self) -> &Path {
        &self.bin
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the Unix socket.
    pub fn socket_dir(&self) -> &Path {
        self.dir.path()
    }

    /// The PEM file of the authority that signed the server's certificate, with TLS.
    pub fn root_certificate(&self) -> Option<&Path> {
        self.root_certificate.as_deref()
    }

    /// `postgres://postgres@127.0.0.1:PORT/postgres`.
    pub fn url(&self) -> String {
        self.url_of("postgres", None, "postgres")
    }

    /// The URL of another role, with its password, and another database.
    pub fn url_of(&self, role: &str, password: Option<&str>, database: &str) -> String {
        let password = password.map(|word| format!(":{word}")).unwrap_or_default();
        format!(
            "postgres://{role}{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Runs SQL as the superuser; what `psql -qAt` prints.
    ///
    /// # Panics
    /// If any statement fails, with what psql said.
    pub fn psql(&self, sql: &str) -> String {
        self.psql_in("postgres", &["-c", sql])
    }

    /// Runs a file of SQL as the superuser.
    ///
    /// # Panics
    /// As [`Postgres::psql`].
    pub fn psql_file(&self, path: &Path) -> String {
        self.psql_in("postgres", &["-f", &path.display().to_string()])
    }

    /// Runs `psql` with these arguments on that database as the superuser.
    ///
    /// # Panics
    /// If it fails, with what psql said.
    pub fn psql_in(&self, database: &str, arguments: &[&str]) -> String {
        let ours = self.bin.join("psql");
        let program = if ours.exists() {
            ours
        } else {
            PathBuf::from("psql")
        };
        let mut command = Command::new(&program);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        command
            .arg("-d")
            .arg(self.url_of("postgres", None, database))
            .args(arguments);
        let output = must("run psql", command.stdin(Stdio::null()).output());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "psql {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The watcher first, so that it never signals a process id that is no longer ours.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        let pid = pid_of(&self.server);
        let _ = kill(pid, Signal::SIGQUIT);
        let limit = Instant::now() + Duration::from_secs(10);
        while Instant::now() < limit {
            if matches!(self.server.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = killpg(pid, Signal::SIGKILL);
        let _ = self.server.wait();
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}
