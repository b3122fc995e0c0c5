//! A throwaway PostgreSQL: found on the machine, made, filled, stopped with us.
//!
//! `initdb` and `postgres` refuse root, so as root they run as another account, in a folder of
//! their own beside the data directory, which stays ours alone. It installs nothing: `./demo` does.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};

use crate::exit::Stop;

const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// A running server; it and its folder go with the value.
pub(crate) struct Cluster {
    folder: PathBuf,
    /// The superuser's password.
    pub(crate) password: String,
    /// On 127.0.0.1.
    pub(crate) port: u16,
    server: Child,
    watcher: Child,
}

/// Its superuser.
pub(crate) const SUPERUSER: &str = "postgres";

impl Cluster {
    /// Makes one and starts it.
    pub(crate) fn start(data_dir: &Path, password: String) -> anyhow::Result<Self> {
        let bin = find()?;
        let account = account()?;
        let folder = folder(data_dir, account)?;
        let cluster = folder.join("cluster");
        initdb(&bin, &cluster, &password, account)?;
        let (server, port) = launch(&bin, &folder, account)?;
        let watcher = watch(&server, &folder)?;
        let mut started = Self {
            folder,
            password,
            port,
            server,
            watcher,
        };
        started.wait()?;
        Ok(started)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let limit = Instant::now() + START_LIMIT;
        let state = self.folder.join("cluster/postmaster.pid");
        while Instant::now() < limit {
            if let Ok(Some(status)) = self.server.try_wait() {
                bail!(
                    "PostgreSQL did not start ({status}): {}",
                    tail(&self.folder)
                );
            }
            // The postmaster writes its state as the eighth line of its pid file.
            let text = fs::read_to_string(&state).unwrap_or_default();
            if text
                .lines()
                .nth(7)
                .is_some_and(|line| line.trim() == "ready")
            {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!(
            "PostgreSQL did not start within a minute: {}",
            tail(&self.folder)
        )
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The watcher first, so that it never signals a process id that is no longer ours.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        if let Ok(pid) = i32::try_from(self.server.id()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
        }
        let limit = Instant::now() + STOP_LIMIT;
        while Instant::now() < limit && matches!(self.server.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The last of what the server said.
fn tail(folder: &Path) -> String {
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    let from = log.lines().count().saturating_sub(5);
    log.lines().skip(from).collect::<Vec<_>>().join("\n")
}

/// The folder with `initdb` and `postgres`: by the PATH, or the newest a distribution installed.
pub(crate) fn find() -> anyhow::Result<PathBuf> {
    let has_both = |dir: &PathBuf| dir.join("initdb").exists() && dir.join("postgres").exists();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(dir) = std::env::split_paths(&path).find(has_both) {
        // Links on the PATH lead to the real folder, where initdb finds its neighbours.
        let real = fs::canonicalize(dir.join("initdb")).ok();
        return Ok(real
            .and_then(|file| file.parent().map(Path::to_owned))
            .unwrap_or(dir));
    }
    let usual = [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql@"),
    ];
    let folders = usual.into_iter().flat_map(|(root, prefix)| {
        let versions = (14..=18).rev();
        versions.map(move |version| {
            Path::new(root)
                .join(format!("{prefix}{version}"))
                .join("bin")
        })
    });
    { folders }.find(has_both).ok_or_else(|| {
        Stop::failed(
            "there is no PostgreSQL server on this machine",
            "apt-get install -y postgresql (or --target postgres://… to use one of yours)",
        )
    })
}

/// The account to run as: none for ours, another's ids where we are root.
fn account() -> anyhow::Result<Option<(u32, u32)>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let found = ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| User::from_name(name).ok()?);
    let found = found.context("PostgreSQL refuses root, and there is no account `postgres`")?;
    Ok(Some((found.uid.as_raw(), found.gid.as_raw())))
}

fn run_as(command: &mut Command, account: Option<(u32, u32)>) {
    command.current_dir("/").stdin(Stdio::null());
    if let Some((uid, gid)) = account {
        command.uid(uid).gid(gid);
    }
}

fn folder(data_dir: &Path, account: Option<(u32, u32)>) -> anyhow::Result<PathBuf> {
    let folder = match account {
        None => std::path::absolute(data_dir)?.join("postgres"),
        // Another account cannot pass through our data directory.
        Some(_) => std::env::temp_dir().join(format!("portcullis-postgres-{}", std::process::id())),
    };
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
    if let Some((uid, gid)) = account {
        chown(&folder, Some(uid), Some(gid))?;
    }
    Ok(folder)
}

fn initdb(
    bin: &Path,
    cluster: &Path,
    password: &str,
    account: Option<(u32, u32)>,
) -> anyhow::Result<()> {
    let secret = cluster.with_file_name("password");
    fs::write(&secret, password)?;
    fs::set_permissions(&secret, Permissions::from_mode(0o600))?;
    if let Some((uid, gid)) = account {
        chown(&secret, Some(uid), Some(gid))?;
    }
    let mut command = Command::new(bin.join("initdb"));
    command.args([
        "-U",
        SUPERUSER,
        "-A",
        "scram-sha-256",
        "--no-sync",
        "-E",
        "UTF8",
    ]);
    command
        .args(["--locale=C", "--pwfile"])
        .arg(&secret)
        .arg("-D")
        .arg(cluster);
    run_as(&mut command, account);
    let output = command.output().context("cannot run initdb")?;
    fs::remove_file(&secret)?;
    if !output.status.success() {
        bail!(
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn launch(bin: &Path, folder: &Path, account: Option<(u32, u32)>) -> anyhow::Result<(Child, u16)> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let log = File::create(folder.join("log"))?;
    let mut command = Command::new(bin.join("postgres"));
    command
        .arg("-D")
        .arg(folder.join("cluster"))
        .args(["-p", &port.to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "full_page_writes=off",
        "shared_buffers=32MB",
        "logging_collector=off",
    ] {
        command.args(["-c", setting]);
    }
    command.stdout(log.try_clone()?).stderr(log);
    run_as(&mut command, account);
    // A Ctrl-C in our terminal is ours: we stop the server ourselves.
    let server = command
        .process_group(0)
        .spawn()
        .context("cannot start postgres")?;
    Ok((server, port))
}

/// A shell that stops the server when our end of its pipe closes, however we die, and clears up.
fn watch(server: &Child, folder: &Path) -> anyhow::Result<Child> {
    let script = "read _; kill -QUIT \"$1\" 2>/dev/null; sleep 2; rm -rf \"$2\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", &server.id().to_string()]);
    command.arg(folder).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
        .process_group(0)
        .spawn()
        .context("cannot start the server's watcher")
}
