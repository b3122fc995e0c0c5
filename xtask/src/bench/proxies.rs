//! The proxies under measurement: our gateway with everything on, and pgbouncer.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use testkit::Postgres;

use crate::bench::{Way, client};

const PORTCULLIS: &str = "target/release/portcullis";

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Portcullis: identity, policy, masks and a durable ledger, as it comes.
pub(crate) struct Gate {
    child: Running,
    port: u16,
    token: String,
}

impl Gate {
    pub(crate) fn start(postgres: &Postgres, folder: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let config = folder.join("portcullis.toml");
        let text = format!(
            "data_dir = \"{data}\"\n[listen]\nhttp = \"127.0.0.1:0\"\n\
             [[listeners]]\naddress = \"127.0.0.1:{port}\"\nallow_unencrypted = true\n\
             [targets.bench]\nkind = \"postgres\"\n\
             url = \"postgres://postgres@127.0.0.1:{target}/postgres?sslmode=disable\"\n\
             environment = \"production\"\ngroups = [\"bench\"]\n",
            data = folder.join("data").display(),
            target = postgres.port(),
        );
        std::fs::write(&config, text)?;
        verb(
            &config,
            &[
                "principals",
                "add",
                "bench",
                "--kind",
                "person",
                "--group",
                "bench",
            ],
        )?;
        let issued = verb(&config, &["tokens", "issue", "bench", "--format", "json"])?;
        let issued: serde_json::Value = serde_json::from_str(&issued)?;
        let token = issued
            .get("token")
            .and_then(|token| token.as_str())
            .context("no token")?;
        let child = Command::new(PORTCULLIS)
            .args(["serve", "--config"])
            .arg(&config)
            .stderr(std::fs::File::create(folder.join("portcullis.log"))?)
            .spawn()?;
        let gate = Self {
            child: Running(child),
            port,
            token: token.to_owned(),
        };
        gate.wait_until_ready()?;
        Ok(gate)
    }

    /// The catalog has to be read before anyone is let in.
    fn wait_until_ready(&self) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_mins(1) {
            let out = client("psql", &self.way())
                .args(["-qAtXc", "SELECT 1"])
                .output()?;
            if out.status.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        bail!("the gateway did not become ready in a minute")
    }

    pub(crate) fn way(&self) -> Way {
        Way {
            database: "bench".into(),
            database_for_prepared: "bench".into(),
            name: "portcullis",
            password: self.token.clone(),
            pid: Some(self.child.0.id()),
            port: self.port,
            role: "bench".into(),
        }
    }

    /// Resident memory of the gateway with `count` idle sessions, MB.
    pub(crate) fn idle_mb(&self, count: usize) -> anyhow::Result<u64> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let resident = runtime.block_on(async {
            let mut clients = Vec::with_capacity(count);
            for _ in 0..count {
                let mut config = tokio_postgres::Config::new();
                config
                    .host("127.0.0.1")
                    .port(self.port)
                    .user("bench")
                    .dbname("bench");
                config.password(&self.token);
                let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
                clients.push((client, tokio::spawn(connection)));
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
            anyhow::Ok(self.resident_kb()?)
        })?;
        Ok(resident / 1024)
    }

    fn resident_kb(&self) -> anyhow::Result<u64> {
        let path = PathBuf::from("/proc")
            .join(self.child.0.id().to_string())
            .join("status");
        let status = std::fs::read_to_string(path)?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }
}

fn verb(config: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let out = Command::new(PORTCULLIS)
        .args(arguments)
        .arg("--config")
        .arg(config)
        .output()?;
    if !out.status.success() {
        bail!(
            "portcullis {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&out.stderr)
        );
    }
    Ok(String::from_utf8(out.stdout)?)
}

/// pgbouncer, as its package ships it: pooling by transaction, and by session for prepared
/// statements, which versions before 1.21 cannot pool otherwise.
pub(crate) struct Bouncer {
    child: Running,
    port: u16,
}

impl Bouncer {
    /// `None` where it is not installed.
    pub(crate) fn start(postgres: &Postgres, folder: &Path) -> anyhow::Result<Option<Self>> {
        let found = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];
        let Some(program) = found.iter().find(|path| Path::new(path).exists()) else {
            eprintln!(
                "pgbouncer is not installed: its column is left out (apt-get install pgbouncer)"
            );
            return Ok(None);
        };
        let port = free_port()?;
        let (users, file) = (folder.join("users.txt"), folder.join("pgbouncer.ini"));
        std::fs::write(&users, "\"postgres\" \"\"\n")?;
        let text = format!(
            "[databases]\npostgres = host=127.0.0.1 port={target} user=postgres\n\
             prepared = host=127.0.0.1 port={target} user=postgres dbname=postgres \
             pool_mode=session\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\n\
             auth_file = {users}\npool_mode = transaction\nmax_client_conn = 2000\n\
             default_pool_size = 32\nunix_socket_dir =\n\
             ignore_startup_parameters = extra_float_digits\n",
            target = postgres.port(),
            users = users.display(),
        );
        std::fs::write(&file, text)?;
        // pgbouncer refuses to run as root; the folder must be open to whoever it runs as.
        open_to_all(folder)?;
        let child = Command::new(program)
            .args(["-q", "-u", "nobody"])
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()?;
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if start.elapsed() > Duration::from_secs(10) {
                bail!("pgbouncer did not start");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Some(Self {
            child: Running(child),
            port,
        }))
    }

    pub(crate) fn way(&self) -> Way {
        Way {
            database: "postgres".into(),
            database_for_prepared: "prepared".into(),
            name: "pgbouncer",
            password: String::new(),
            pid: Some(self.child.0.id()),
            port: self.port,
            role: "postgres".into(),
        }
    }
}

fn open_to_all(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for folder in folder.ancestors().take(2) {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
