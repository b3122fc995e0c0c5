//! Finding, making and starting a server, with a watcher that stops it however we die.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::setup::must;

/// How long a server may take to start on a machine that does other things too.
const START_LIMIT: Duration = Duration::from_mins(1);

/// The folder with `initdb` and `postgres`: by the PATH, or the newest a distribution installed.
pub(crate) fn find_bin() -> PathBuf {
    let has_both = |dir: &Path| dir.join("initdb").exists() && dir.join("postgres").exists();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(dir) = std::env::split_paths(&path).find(|dir| has_both(dir)) {
        // Links on the PATH lead to the real folder, where initdb finds its neighbours.
        let real = fs::canonicalize(dir.join("initdb")).ok();
        return real
            .and_then(|file| file.parent().map(Path::to_owned))
            .unwrap_or(dir);
    }
    let entries = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, path)| has_both(path))
        .collect();
    found.sort();
    match found.pop() {
        Some((_, path)) => path,
        None => {
            panic!("no PostgreSQL server found: install one, e.g. `apt-get install postgresql`")
        }
    }
}

/// Makes a cluster.
pub(crate) fn initdb(bin: &Path, data_dir: &Path, account: Account) {
    let mut command = Command::new(bin.join("initdb"));
    command.args([
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C",
        "-D",
    ]);
    command.arg(data_dir).current_dir("/").stdin(Stdio::null());
    account.apply(&mut command);
    let output = must("run initdb", command.output());
    assert!(
        output.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Starts the server and its watcher; another port when somebody was quicker on the first.
pub(crate) fn launch(
    bin: &Path,
    dir: &Path,
    data_dir: &Path,
    account: Account,
) -> (Child, Child, u16) {
    let log_path = dir.join("log");
    for _ in 0..5 {
        let log = must("make the log", File::create(&log_path));
        let copy = must("share the log", log.try_clone());
        let port = free_port();
        let mut command = Command::new(bin.join("postgres"));
        command
            .arg("-D")
            .arg(data_dir)
            .args(["-p", &port.to_string()])
            .current_dir("/");
        command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(copy)
            .process_group(0);
        account.apply(&mut command);
        let mut server = must("start postgres", command.spawn());
        let mut watcher = watch(&server);
        if is_ready(&mut server, data_dir) {
            return (server, watcher, port);
        }
        let _ = watcher.kill();
        let _ = watcher.wait();
        let _ = server.kill();
        let _ = server.wait();
    }
    panic!(
        "postgres did not start:\n{}",
        fs::read_to_string(log_path).unwrap_or_default()
    );
}

/// A shell that stops the server when our end of its pipe closes, however we die.
fn watch(server: &Child) -> Child {
    let script = format!("read _; kill -QUIT {} 2>/dev/null", server.id());
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    must("start the watcher", command.process_group(0).spawn())
}

fn is_ready(server: &mut Child, data_dir: &Path) -> bool {
    let limit = Instant::now() + START_LIMIT;
    while Instant::now() < limit {
        if matches!(server.try_wait(), Ok(Some(_)) | Err(_)) {
            return false;
        }
        // The postmaster writes its state as the eighth line of its pid file.
        let text = fs::read_to_string(data_dir.join("postmaster.pid")).unwrap_or_default();
        if text
            .lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
        {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn free_port() -> u16 {
    let listener = must("bind a port", TcpListener::bind(("127.0.0.1", 0)));
    must("read the port", listener.local_addr()).port()
}
