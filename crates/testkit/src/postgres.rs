//! A throwaway PostgreSQL cluster.
//!
//! `initdb` into a temp dir, start on a free port of 127.0.0.1 with a socket in the same dir, stop
//! when the value is dropped or when our process dies by any other way (a watcher holds a pipe).
//! It keeps nothing: fsync is off and the folder goes with the value.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::account::Account;
use crate::certificate;

/// How long a server may take to start on a machine that does other things too.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What the cluster should be like; [`Setup::start`] starts it.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Setup {
    has_tls: bool,
    logins: Vec<(String, String, String)>,
    settings: Vec<(String, String)>,
    sql: Vec<String>,
}

impl Setup {
    /// A line of `postgresql.conf`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Every statement in the server's log, marked `statement:` or `execute …:`.
    pub fn log_statements(self) -> Self {
        self.setting("log_statement", "all")
    }

    /// A role that signs in over TCP by this `pg_hba` method: `scram-sha-256`, `md5`, `password`.
    pub fn login(mut self, name: &str, password: &str, method: &str) -> Self {
        self.logins
            .push((name.to_owned(), password.to_owned(), method.to_owned()));
        self
    }

    /// SQL run as the superuser in database `postgres` once the server is up.
    pub fn sql(mut self, text: &str) -> Self {
        self.sql.push(text.to_owned());
        self
    }

    /// TLS with a certificate for `localhost` and 127.0.0.1 of an authority of its own
    /// ([`Postgres::root_certificate`]).
    pub fn tls(mut self) -> Self {
        self.has_tls = true;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// Where no server is installed, or it does not start: with its own log.
    pub fn start(self) -> Postgres {
        let bin = find_bin();
        let account = Account::choose();
        let dir = must(
            "make a temp dir",
            tempfile::Builder::new().prefix("pg-").tempdir(),
        );
        // Another account has to pass through it.
        must(
            "open the temp dir",
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)),
        );
        account.own(dir.path());
        let data_dir = dir.path().join("data");
        initdb(&bin, &data_dir, account);
        let root_certificate = self
            .has_tls
            .then(|| certificate::write(dir.path(), account));
        self.configure(dir.path(), &data_dir);
        let (server, watcher, port) = launch(&bin, dir.path(), &data_dir, account);
        let started = Postgres {
            bin,
            data_dir,
            dir,
            port,
            root_certificate,
            server,
            watcher,
        };
        for (name, password, method) in &self.logins {
            let encryption = if method == "md5" {
                "md5"
            } else {
                "scram-sha-256"
            };
            started.psql(&format!(
                "SET password_encryption = '{encryption}'; CREATE ROLE \"{name}\" LOGIN PASSWORD '{}'",
                password.replace('\'', "''")
            ));
        }
        for text in &self.sql {
            started.psql(text);
        }
        started
    }

    fn configure(&self, dir: &Path, data_dir: &Path) {
        let mut conf = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nfsync = off\n\
             synchronous_commit = off\nfull_page_writes = off\nmax_connections = 200\n\
             shared_buffers = 32MB\nlogging_collector = off\nlog_line_prefix = '%m [%p] %u@%d '\n",
            dir.display()
        );
        if self.has_tls {
            let at = dir.display();
            let _ = write!(
                conf,
                "ssl = on\nssl_cert_file = '{at}/server.crt'\nssl_key_file = '{at}/server.key'\n"
            );
        }
        for (name, value) in &self.settings {
            let _ = writeln!(conf, "{name} = '{}'", value.replace('\'', "''"));
        }
        let mut hba = String::from("local all all trust\n");
        for (name, _, method) in &self.logins {
            let _ = writeln!(hba, "host all \"{name}\" 127.0.0.1/32 {method}");
        }
        hba.push_str("host all all 127.0.0.1/32 trust\n");
        let conf_path = data_dir.join("postgresql.auto.conf");
        must("write the settings", fs::write(conf_path, conf));
        must(
            "write pg_hba.conf",
            fs::write(data_dir.join("pg_hba.conf"), hba),
        );
    }
}

/// A running cluster with database `postgres` and superuser `postgres`, who needs no password.
#[derive(Debug)]
pub struct Postgres {
    bin: PathBuf,
    data_dir: PathBuf,
    dir: TempDir,
    port: u16,
    root_certificate: Option<PathBuf>,
    server: Child,
    watcher: Child,
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

/// The folder with `initdb` and `postgres`: by the PATH, or the newest a distribution installed.
fn find_bin() -> PathBuf {
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

fn initdb(bin: &Path, data_dir: &Path, account: Account) {
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
fn launch(bin: &Path, dir: &Path, data_dir: &Path, account: Account) -> (Child, Child, u16) {
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

fn must<T>(what: &str, result: std::io::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(fault) => panic!("cannot {what}: {fault}"),
    }
}
