//! A whole gateway for a test: real server, real ledger, real principals, port 0, a temp dir.
// tidy: table — a house is furnished room by room, in one go

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails in a test's house ends the test"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{SystemTime, UNIX_EPOCH};

use gateway::config::{Address, ClientTls, Config, Listener, Password, SignIn, SslMode, Target};
use gateway::{Gateway, Parts, Running};
use govern::Governor;
use identity::certificates::Certificates;
use identity::certificates::authority::Authority;
use identity::oidc::Issuers;
use identity::{Admin, Exchange, LocalDirectory, NewPrincipal};
use ledger::{Durable, Ledger, Receipt, Unrecorded};
use model::{Clock, Event, Limits, Mode, PrincipalKind, PrincipalName, TargetFacts, Timestamp};
use policy::{Rules, Source};
use reviewers::Desk;
use store::ledger::{Disk, Options};
use store::{FileLedger, SqliteStore};
use testkit::Postgres;

/// The wall clock.
pub(crate) struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp(i64::try_from(since.as_micros()).unwrap())
    }
}

/// What a test's house should be like.
pub(crate) struct Plan {
    pub(crate) allows_unencrypted: bool,
    pub(crate) environment: &'static str,
    pub(crate) limits: Limits,
    pub(crate) policy: &'static str,
    pub(crate) sign_in: SignIn,
    pub(crate) ssl_mode: SslMode,
    pub(crate) user: (&'static str, Option<&'static str>),
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            allows_unencrypted: true,
            environment: "staging",
            limits: Limits::default(),
            policy: "",
            sign_in: SignIn::Scram,
            ssl_mode: SslMode::Disable,
            user: ("postgres", None),
        }
    }
}

/// The ledger, with a disk that can be made to hang and to fail.
pub(crate) struct Tap {
    inner: FileLedger,
    is_broken: AtomicBool,
    is_stuck: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

impl Tap {
    /// From now on nothing becomes durable.
    pub(crate) fn stick(&self) {
        self.is_stuck.store(true, SeqCst);
    }

    /// The disk goes on, or has failed for ever.
    pub(crate) fn loosen(&self, is_broken: bool) {
        self.is_broken.store(is_broken, SeqCst);
        self.is_stuck.store(false, SeqCst);
        self.waiting.lock().unwrap().drain(..).for_each(Waker::wake);
    }
}

/// A test's ledger, shared with its governor.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<Tap>);

impl Ledger for Shared {
    fn append(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.0.inner.append(events, at)
    }

    fn fill(&self, events: &[Event], at: Timestamp) -> Result<Receipt, Unrecorded> {
        self.0.inner.fill(events, at)
    }

    fn hand_over(&self, receipt: Receipt) -> Result<(), Unrecorded> {
        self.0.inner.hand_over(receipt)
    }

    fn is_handed_over(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        self.0.inner.is_handed_over(receipt)
    }

    fn is_durable(&self, receipt: Receipt) -> Result<bool, Unrecorded> {
        if self.0.is_broken.load(SeqCst) {
            return Err(Unrecorded("the test's disk failed".into()));
        }
        Ok(!self.0.is_stuck.load(SeqCst) && self.0.inner.is_durable(receipt)?)
    }

    fn durable(&self, receipt: Receipt) -> Durable {
        let this = self.clone();
        Box::pin(async move {
            std::future::poll_fn(|cx| {
                this.0.waiting.lock().unwrap().push(cx.waker().clone());
                if this.0.is_stuck.load(SeqCst) {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            })
            .await;
            this.is_durable(receipt)?;
            this.0.inner.durable(receipt).await
        })
    }
}

/// A gateway before a target.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) admin: Admin,
    _data_dir: tempfile::TempDir,
    pub(crate) governor: Arc<Governor>,
    pub(crate) tap: Arc<Tap>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) directory: Arc<LocalDirectory>,
    pub(crate) running: Option<Running>,
    pub(crate) runtime: tokio::runtime::Runtime,
}

fn target(plan: &Plan, server: &Postgres) -> Target {
    Target {
        accounts: None,
        is_named: false,
        roles: None,
        rehearse: gateway::config::Rehearse::Run,
        address: Address::Tcp {
            host: "localhost".to_owned(),
            port: server.port(),
        },
        classes: Vec::new(),
        facts: Arc::new(TargetFacts {
            database: "postgres".to_owned(),
            environment: plan.environment.to_owned(),
            groups: vec!["developers".parse().unwrap()],
            labels: Vec::new(),
            mode: Mode::Enforce,
            name: "shop".parse().unwrap(),
        }),
        password: plan.user.1.map(|word| Password(word.into())),
        root_certificate: server.root_certificate().map(Path::to_owned),
        ssl_mode: plan.ssl_mode,
        user: plan.user.0.to_owned(),
    }
}

impl House {
    /// Starts one before `server`, with `alice` of the developers.
    pub(crate) fn start(plan: Plan, server: &Postgres) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(Disk::new(data_dir.path().join("ledger")));
        let (ledger, _) = FileLedger::open(disk, Options::default(), Wall.now()).unwrap();
        let tap = Arc::new(Tap {
            inner: ledger,
            is_broken: AtomicBool::new(false),
            is_stuck: AtomicBool::new(false),
            waiting: Mutex::default(),
        });
        let limits = Arc::new(plan.limits.clone());
        let kept = Arc::new(SqliteStore::in_memory().unwrap());
        let directory = Arc::new(LocalDirectory::new(kept.clone(), [7; 32], &limits));
        let admin = Admin::new(directory.clone(), Arc::new(|_, _, _| Ok(())), "test");
        let desk = Arc::new(Desk::new(kept, Arc::new(|_| Ok(())), &limits));
        let target = target(&plan, server);
        let facts = [(*target.facts).clone()];
        let source = Source {
            name: "test.cedar".to_owned(),
            text: plan.policy.to_owned(),
        };
        let governor = Arc::new(Governor::new(govern::Parts {
            clock: Arc::new(Wall),
            ids: Arc::new(|| {
                let mut bytes = [0; 16];
                getrandom::fill(&mut bytes).unwrap();
                uuid::Uuid::from_bytes(bytes)
            }),
            keys: Arc::new(mask::Keys::from_root(&[9; 32])),
            ledger: Arc::new(Shared(tap.clone())),
            limits: limits.clone(),
            reviews: desk.clone(),
            rules: Rules::load(true, &facts, &[source]).unwrap(),
            scopes: mask::Scopes::default(),
            secret: [5; 32],
        }));
        let config = Config {
            data_dir: data_dir.path().to_owned(),
            installation: [7; 32],
            limits: limits.clone(),
            listeners: vec![Listener {
                address: "127.0.0.1:0".parse().unwrap(),
                allows_unencrypted: plan.allows_unencrypted,
                sign_in: plan.sign_in,
                target: None,
            }],
            reactors: Some(2),
            targets: vec![target],
            tls: ClientTls::SelfSigned,
        };
        let wire = wire_postgres::Config {
            allows_clear_text: plan.allows_unencrypted,
            limits: plan.limits,
            offers_tls: true,
        };
        let authority = Authority::open(&data_dir.path().join("clients"), Wall.now()).unwrap();
        let certificates = Certificates::new(admin.clone(), Arc::new(authority), Vec::new());
        let parts = Parts {
            certificates: Arc::new(certificates),
            bearers: Arc::new(Exchange::new(admin.clone(), Issuers::default())),
            changes: directory.changes(),
            clock: Arc::new(Wall),
            directory: directory.clone(),
            governor: governor.clone(),
            guesses: Arc::new(model::Guesses::new(&limits)),
            wire: Arc::new(move || Box::new(wire_postgres::Postgres::new(wire.clone()))),
        };
        let running = Gateway::start(&config, parts).unwrap();
        let address = running.addresses()[0];
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let running = Some(running);
        let house = Self {
            address,
            admin,
            _data_dir: data_dir,
            desk,
            directory,
            governor,
            running,
            runtime,
            tap,
        };
        house.add("alice", "developers");
        house
    }

    /// Waits until the target's catalog was read.
    pub(crate) fn ready(self) -> Self {
        let target = "shop".parse().unwrap();
        for _ in 0..600 {
            if self.governor.catalog(&target).is_some() {
                return self;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the catalog was not read");
    }

    /// Adds a person to a group.
    pub(crate) fn add(&self, name: &str, group: &str) {
        let name: PrincipalName = name.parse().unwrap();
        let groups = vec![group.parse().unwrap()];
        let new = NewPrincipal {
            acts_for: None,
            groups,
            kind: PrincipalKind::Person,
            name,
        };
        self.admin.add(new, Wall.now()).unwrap();
    }

    /// A fresh token.
    pub(crate) fn token(&self, name: &str) -> String {
        let issued = self
            .admin
            .issue(&name.parse().unwrap(), 3600, Wall.now())
            .unwrap();
        issued.token.to_string()
    }

    /// The connection string of a principal at a database.
    pub(crate) fn dsn(&self, user: &str, token: &str, database: &str, rest: &str) -> String {
        let port = self.address.port();
        format!("host=127.0.0.1 port={port} user={user} password={token} dbname={database} {rest}")
    }

    /// Runs `psql` as alice with these arguments.
    pub(crate) fn psql(&self, arguments: &[&str]) -> Output {
        let token = self.token("alice");
        psql(
            &self.dsn("alice", &token, "shop", "sslmode=disable"),
            arguments,
        )
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.drain());
        }
    }
}

/// Runs `psql`.
pub(crate) fn psql(dsn: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("psql");
    command
        .args(["-X", "-q", "-A", "-t", "-d", dsn])
        .args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

/// What it printed, if it went well.
pub(crate) fn said(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

/// What it complained of.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A request to an HTTP surface; what it answers.
pub(crate) async fn http(at: SocketAddr, method: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
