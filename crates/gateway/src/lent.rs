//! Login roles lent to principals: made, granted, ended and dropped, at targets that want it.
//!
//! ```text
//! asked for ─▶ CREATE ROLE … VALID UNTIL, member of the principal's role ─▶ sessions sign in as it
//!    held until half its life ─▶ nobody's session any more ─▶ DROP ROLE
//!    we died ─▶ its life ends by itself; the next gateway, or another's reaper, drops it
//! ```
//! The database's own log then names the person as the user. The password never travels: the
//! target is given its SCRAM verifier. A name carries our mark, so that what a crash left behind is
//! known: what bears this installation's own and is not held now is nobody's, what bears another's
//! is left until its life is over. Nothing is dropped that a session is signed in as.
//!
//! It holds no rights of its own: a lent role inherits nothing and acts as the role it is a member
//! of, which a session takes on when it signs in.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::{Account, Event, Session, TargetName};
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::rim::Rim;
use crate::session::said::quoted;
use crate::way::{Unread, Way};

/// Between looks for what is to be dropped.
const PERIOD: Duration = Duration::from_secs(30);
/// How long making or dropping roles may take.
const LIMIT: Duration = Duration::from_secs(20);
/// PBKDF2 iterations of the verifier: the password is 256 random bits.
const ITERATIONS: u32 = 4_096;
/// The longest name PostgreSQL keeps, bytes.
const NAME_BYTES: usize = 63;

/// A role that sessions are signed in as.
pub(crate) struct Loan {
    account: Account,
    made: Instant,
}

/// By whom they are lent to, and the role they act as.
type Held = FxHashMap<(String, Arc<str>), Vec<Arc<Loan>>>;

/// The lender of one target.
struct Lender {
    held: Mutex<Held>,
    life: Duration,
    /// What every name begins with that this installation lends at this target.
    mark: String,
    way: Arc<Way>,
}

/// The lenders by target: of those that want it.
pub(crate) struct Lenders(FxHashMap<TargetName, Arc<Lender>>);

impl Lenders {
    pub(crate) fn of<'a>(
        installation: &[u8; 32],
        ways: impl Iterator<Item = &'a Arc<Way>>,
    ) -> Self {
        let lender = |way: &Arc<Way>| {
            let life = way.target.roles.as_ref()?.lent?;
            let name = way.target.name().clone();
            let digest = Sha256::new_with_prefix(installation)
                .chain_update(name.as_str())
                .finalize();
            let mark = format!("pct_{}_", hex(digest.get(..4).unwrap_or_default()));
            let lender = Lender {
                held: Mutex::default(),
                life,
                mark,
                way: way.clone(),
            };
            Some((name, Arc::new(lender)))
        };
        Self(ways.filter_map(lender).collect())
    }

    /// What a session signs in as: the role lent to its principal, or the gateway's account.
    pub(crate) async fn account(
        &self,
        way: &Way,
        session: &Session,
        rim: &Rim,
    ) -> Result<(Account, Option<Arc<Loan>>), Unread> {
        let role = way.target.roles.as_ref();
        let role = role.and_then(|roles| roles.of(&session.identity));
        let (Some(lender), Some(role)) = (self.0.get(way.target.name()), role) else {
            return Ok((way.account().await?, None));
        };
        let lent = tokio::time::timeout(LIMIT, lender.lend(session, role, rim)).await;
        let loan = lent.unwrap_or(Err(Unread::Slow))?;
        Ok((loan.account.clone(), Some(loan)))
    }

    /// Drops every role that nobody is signed in as: at the end, when nobody comes any more.
    pub(crate) async fn give_back(&self) {
        for lender in self.0.values() {
            lender.look(None).await;
        }
    }
}

/// Drops what is nobody's any more, until it is dropped itself.
pub(crate) async fn reap(rim: Arc<Rim>) {
    if rim.lenders.0.is_empty() {
        return;
    }
    loop {
        for lender in rim.lenders.0.values() {
            lender.look(Some(PERIOD)).await;
        }
        tokio::time::sleep(PERIOD).await;
    }
}

impl Lender {
    /// The role of that principal: one that has more than half its life left, or a new one. One at
    /// a time, so that many sessions at once make one role.
    async fn lend(
        &self,
        session: &Session,
        role: &Arc<str>,
        rim: &Rim,
    ) -> Result<Arc<Loan>, Unread> {
        let identity = &session.identity;
        let name = match &identity.acts_for {
            Some(whom) => format!("{}-for-{}", identity.name(), whom.name),
            None => identity.name().to_string(),
        };
        let mut held = self.held.lock().await;
        let of_it = held.entry((name.clone(), role.clone())).or_default();
        let fresh = of_it
            .iter()
            .find(|loan| loan.made.elapsed() < self.life / 2);
        if let Some(loan) = fresh {
            return Ok(loan.clone());
        }
        let (random, password) = secrets()?;
        let mut user = format!("{}{random}_{name}", self.mark);
        user.truncate(NAME_BYTES);
        let facts = vec![
            ("target", self.way.target.name().to_string()),
            ("principal", identity.name().to_string()),
            ("role", role.to_string()),
            ("login", user.clone()),
        ];
        let act = "role.lent";
        let by = "gateway".to_owned();
        let noted = rim.governor.write(&[Event::Admin { act, by, facts }]);
        noted.map_err(|fault| Unread::Refused(fault.to_string()))?;
        let texts = [
            "SET lock_timeout = '5s'".to_owned(),
            created(&user, role, &password, self.life)?,
        ];
        self.run(&texts).await?;
        let account = Account {
            password: Some(password.into()),
            user: user.into(),
        };
        let made = Instant::now();
        let loan = Arc::new(Loan { account, made });
        of_it.push(loan.clone());
        Ok(loan)
    }

    /// Lets go of what no session uses (and has not just been made for one), and drops at the
    /// target what is nobody's.
    async fn look(&self, grace: Option<Duration>) {
        let mut held = self.held.lock().await;
        for loans in held.values_mut() {
            loans.retain(|loan| {
                let is_new = grace.is_some_and(|grace| loan.made.elapsed() < grace);
                is_new || Arc::strong_count(loan) > 1
            });
        }
        held.retain(|_, loans| !loans.is_empty());
        let kept: Vec<_> = held
            .values()
            .flatten()
            .map(|loan| loan.account.user.clone())
            .collect();
        let dropped = tokio::time::timeout(LIMIT, self.drop_all_but(&kept)).await;
        let target = self.way.target.name();
        match dropped.unwrap_or(Err(Unread::Slow)) {
            Ok(0) => {}
            Ok(count) => tracing::info!(target_name = %target, count, "lent roles were dropped"),
            Err(fault) => {
                tracing::warn!(target_name = %target, %fault, "lent roles were not looked at");
            }
        }
    }

    async fn drop_all_but(&self, kept: &[Arc<str>]) -> Result<usize, Unread> {
        let found = self.run(&[left(&self.mark)]).await?;
        let mut count = 0;
        for name in found
            .iter()
            .filter(|name| !kept.iter().any(|kept| **kept == ***name))
        {
            // One that owns something stays, and cannot be signed in as any more.
            let texts = [format!("DROP ROLE IF EXISTS {}", quoted(name))];
            match self.run(&texts).await {
                Ok(_) => count += 1,
                Err(fault) => {
                    tracing::warn!(role = %name, %fault, "a lent role could not be dropped");
                    let closed = [format!("ALTER ROLE {} NOLOGIN", quoted(name))];
                    let _ = self.run(&closed).await;
                }
            }
        }
        Ok(count)
    }

    /// Runs fixed texts with names of ours in them; the first column of what they give.
    async fn run(&self, texts: &[String]) -> Result<Vec<String>, Unread> {
        let (client, connection) = self.way.client().await?;
        let mut connection = connection.fuse();
        let mut work = std::pin::pin!(first_columns(&client, texts).fuse());
        tokio::select! {
            done = &mut work => done,
            ended = &mut connection => match ended {
                Ok(()) => Err(Unread::Refused("it closed the connection".to_owned())),
                Err(fault) => Err(fault.into()),
            },
        }
    }
}

async fn first_columns(client: &Client, texts: &[String]) -> Result<Vec<String>, Unread> {
    let mut found = Vec::new();
    for text in texts {
        for message in client.simple_query(text).await? {
            if let SimpleQueryMessage::Row(row) = message {
                found.extend(row.get(0).map(str::to_owned));
            }
        }
    }
    Ok(found)
}

/// The names that are nobody's: ours, or any gateway's whose life is over; and nobody is signed in
/// as them. A role of a person's that only looks like one has no end to its life.
fn left(mark: &str) -> String {
    format!(
        "SELECT r.rolname FROM pg_catalog.pg_roles r \
         WHERE r.rolname ~ '^pct_[0-9a-f]{{8}}_[0-9a-f]{{12}}_' \
         AND r.rolvaliduntil IS NOT NULL AND r.rolvaliduntil <> 'infinity' \
         AND (r.rolvaliduntil < pg_catalog.now() OR r.rolname LIKE '{}%') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.usename = r.rolname)",
        mark.replace('_', "\\_")
    )
}

/// The text that makes a role. `VALID UNTIL` takes a literal only: the server counts from its own
/// clock, inside a block of its own.
fn created(user: &str, role: &str, password: &str, life: Duration) -> Result<String, Unread> {
    let text = format!(
        "CREATE ROLE {} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION \
         PASSWORD '{}' IN ROLE {} VALID UNTIL ",
        quoted(user),
        verifier(password)?,
        quoted(role)
    );
    Ok(format!(
        "DO $portcullis$ BEGIN EXECUTE {} || pg_catalog.quote_literal((pg_catalog.now() + \
         interval '{} seconds')::text); END $portcullis$",
        literal(&text),
        life.as_secs()
    ))
}

/// A string of SQL, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "''");
    format!("E'{escaped}'")
}

/// What PostgreSQL keeps of a password (`scram-common.c`).
fn verifier(password: &str) -> Result<String, Unread> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|fault| Unread::Refused(fault.to_string()))?;
    let mut salted = [0_u8; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &salt, ITERATIONS, &mut salted);
    let key = |text: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(&salted);
        let mut mac = mac.map_err(|fault| Unread::Refused(fault.to_string()))?;
        mac.update(text);
        Ok::<_, Unread>(mac.finalize().into_bytes())
    };
    let (client, server) = (key(b"Client Key")?, key(b"Server Key")?);
    let stored = Sha256::digest(client);
    Ok(format!(
        "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    ))
}

/// Twelve letters to tell names apart, and a password of 256 bits.
fn secrets() -> Result<(String, String), Unread> {
    let mut bytes = [0_u8; 38];
    getrandom::fill(&mut bytes).map_err(|fault| Unread::Refused(fault.to_string()))?;
    let (name, password) = bytes.split_at(6);
    Ok((hex(name), hex(password)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
