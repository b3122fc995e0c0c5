//! What a throwaway cluster should be like.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::account::Account;
use crate::launch::{find_bin, initdb, launch};
use crate::{Postgres, certificate, major};

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
        self.start_from(&find_bin(), false)
    }

    /// Starts one of that major version; why not, where `./test` has not put it on this machine.
    ///
    /// # Errors
    /// Where there is none, and nobody demands (`PORTCULLIS_TEST_STRICT`) that nothing is skipped.
    ///
    /// # Panics
    /// As [`Setup::start`].
    pub fn start_major(self, major: u32) -> Result<Postgres, String> {
        Ok(self.start_from(&major::bin_of(major)?, true))
    }

    fn start_from(self, bin: &Path, is_ours: bool) -> Postgres {
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
        let bin = if is_ours {
            major::reachable(bin, dir.path())
        } else {
            bin.to_owned()
        };
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
                "SET password_encryption = '{encryption}'; \
                 CREATE ROLE \"{name}\" LOGIN PASSWORD '{}'",
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

/// What must not fail.
pub(crate) fn must<T>(what: &str, result: std::io::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(fault) => panic!("cannot {what}: {fault}"),
    }
}
