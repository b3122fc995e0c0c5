//! The steps of a session that wait for something else than bytes: sign-in, opening, TLS.
//!
//! A session has one job at a time and reads nothing while it runs, so that no byte is read on the
//! wrong side of a TLS upgrade and no stranger makes us work twice.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use govern::{Assigned, OpenSession};
use model::{Identity, Session, SessionId, SignInFault};
use uuid::Builder;
use wire::{Challenge, Derivation, Side, TargetLogin, TlsFacts};

use super::said;
use super::sign_in::{Claim, random};
use crate::config::Listener;
use crate::lent::Loan;
use crate::rim::{NoWay, Rim};
use crate::stream::{Socket, Stream};
use crate::way::{Reached, Way};

/// A job, kept by its session.
pub(super) type Job = Pin<Box<dyn Future<Output = Done>>>;

/// What a job gave.
pub(super) enum Done {
    Challenge(Challenge),
    Connected(Box<TargetLogin>, Socket, Reached, Option<Arc<Loan>>),
    Derived([u8; 32]),
    Identified(Box<Identity>, Option<[u8; 32]>),
    /// The governor let the session in.
    Judged(Arc<OpenSession>, Arc<Way>, Vec<(String, String)>),
    /// Too many credentials before this one were wrong.
    MustWait(String, model::Wait),
    /// The first byte is not TLS.
    Plain(Stream),
    Reject(&'static str, String, Option<String>),
    SignInFailed(String, SignInFault),
    Tls(Side, io::Result<(Stream, TlsFacts)>),
}

/// Finds out whether the client starts with TLS at once (`sslnegotiation=direct`).
pub(super) async fn first_byte(rim: Arc<Rim>, stream: Stream) -> Done {
    let Stream::Plain(Socket::Tcp(socket)) = stream else {
        return Done::Plain(stream);
    };
    let mut first = [0];
    match socket.peek(&mut first).await {
        Ok(1) if first == [0x16] => {
            let accepted = accept(&rim, Socket::Tcp(socket)).await;
            Done::Tls(Side::Client, accepted.and_then(must_name_us))
        }
        _ => Done::Plain(Stream::Plain(Socket::Tcp(socket))),
    }
}

/// Direct TLS must name the protocol (ALPN), or another protocol's client could be led here.
fn must_name_us(made: (Stream, TlsFacts)) -> io::Result<(Stream, TlsFacts)> {
    let named = match &made.0 {
        Stream::TlsAccepted(tls) => tls.get_ref().1.alpn_protocol(),
        Stream::Plain(_) | Stream::TlsConnected(_) => None,
    };
    if named == Some(b"postgresql") {
        Ok(made)
    } else {
        Err(io::Error::other("no ALPN"))
    }
}

async fn accept(rim: &Rim, socket: Socket) -> io::Result<(Stream, TlsFacts)> {
    let stream = rim.tls.acceptor.accept(socket).await?;
    let server_name = stream.get_ref().1.server_name().map(str::to_owned);
    let server_end_point = rim.tls.server_end_point.clone();
    Ok((
        Stream::TlsAccepted(Box::new(stream)),
        TlsFacts {
            server_end_point,
            server_name,
        },
    ))
}

/// Upgrades a side.
pub(super) async fn start_tls(
    rim: Arc<Rim>,
    way: Option<Arc<Way>>,
    side: Side,
    stream: Stream,
) -> Done {
    let Stream::Plain(socket) = stream else {
        return Done::Tls(side, Err(io::Error::other("TLS inside TLS")));
    };
    let made = match (side, way) {
        (Side::Client, _) => accept(&rim, socket).await,
        (Side::Target, Some(way)) => way.start_tls(socket).await,
        (Side::Target, None) => Err(io::Error::other("no target")),
    };
    Done::Tls(side, made)
}

/// Finds the target, and asks the governor whether this identity may open a session there.
pub(super) async fn judge(
    rim: Arc<Rim>,
    listener: Rc<Listener>,
    claim: Claim,
    who: (Arc<Identity>, SocketAddr),
) -> Done {
    let way = match rim.way(&listener, &claim.database, claim.server_name.as_deref()) {
        Ok(way) => way,
        Err(fault) => return no_way(fault, &claim.database),
    };
    let target = way.target.facts.clone();
    if rim.governor.catalog(&target.name).is_none() {
        let reason = rim
            .keepers
            .of_target(&target.name)
            .and_then(|keeper| keeper.fault());
        let reason = reason.unwrap_or_else(|| "it is being read".to_owned());
        let message = format!(
            "the catalog of target {} has not been read yet: {reason}",
            target.name
        );
        return Done::Reject("57P03", message, Some("try again in a moment".to_owned()));
    }
    let parameters = match Parameters::of(claim.parameters) {
        Ok(parameters) => parameters,
        Err((message, hint)) => return Done::Reject("22023", message, Some(hint)),
    };
    let now = rim.now();
    let millis = u64::try_from(now.0 / 1000).unwrap_or_default();
    let Ok(tail) = random::<10>() else {
        return Done::Reject("58000", "no random numbers can be had".to_owned(), None);
    };
    let (identity, address) = who;
    let session = Session {
        address: Some(address),
        application_name: parameters.application_name,
        id: SessionId(Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()),
        identity,
        intent: None,
        is_encrypted: claim.is_encrypted,
        opened: now,
        target,
    };
    let roles = way.target.roles.as_ref();
    let role = match roles.map(|roles| roles.of(&session.identity)) {
        Some(None) => return no_role(&way),
        role => role.flatten().cloned(),
    };
    let is_named = way.target.is_named;
    let assigned = Assigned { is_named, role };
    let startup = [&*parameters.forwarded, &*parameters.ours].concat();
    match rim
        .governor
        .open_as(session, &startup, assigned.clone())
        .await
    {
        Ok(open) => {
            let path = rim.governor.catalog(way.target.name());
            let path = path.map(|catalog| catalog.search_path.clone());
            let path = path.unwrap_or_default();
            let parameters = said::of(&open.facts(), &assigned, parameters.forwarded, &path);
            Done::Judged(open, way, parameters)
        }
        Err(no) => {
            let code = no.sqlstate();
            Done::Reject(code, no.message, no.hint.or(no.detail))
        }
    }
}

fn no_role(way: &Way) -> Done {
    let name = way.target.name();
    let message = format!("target {name} has no role for you");
    let hint = "an operator names one for a group of yours under [targets.….roles]";
    Done::Reject("42501", message, Some(hint.to_owned()))
}

fn no_way(fault: NoWay, database: &str) -> Done {
    let shown: String = database.escape_default().take(128).collect();
    let (message, hint) = match fault {
        NoWay::Unknown => (
            format!("there is no target \"{shown}\""),
            "name a target as the database; portcullis ls lists those you may reach",
        ),
        NoWay::OtherDatabase => (
            format!("\"{shown}\" names another database than its target leads to"),
            "leave out what follows the slash; another database is another target",
        ),
    };
    Done::Reject("3D000", message, Some(hint.to_owned()))
}

/// The start-up parameters, sorted out.
#[derive(Debug, Default)]
struct Parameters {
    application_name: Option<String>,
    /// What policy judges and the target hears.
    forwarded: Vec<(String, String)>,
    /// `portcullis.*`: the governor's, and never the target's.
    ours: Vec<(String, String)>,
}

impl Parameters {
    /// Keeps what is ours, and makes sure that both ends speak UTF-8: a text in another encoding
    /// could read differently to the target than to us (security.md §4.3).
    fn of(given: Vec<(String, String)>) -> Result<Self, (String, String)> {
        let mut this = Self::default();
        for (name, value) in given {
            match name.to_ascii_lowercase().as_str() {
                lower if lower.starts_with("portcullis.") => this.ours.push((name, value)),
                "client_encoding" if is_utf8(&value) => {}
                "client_encoding" => {
                    let message = "client_encoding must be UTF8 through this gateway".to_owned();
                    return Err((message, "set PGCLIENTENCODING=UTF8".to_owned()));
                }
                "application_name" => {
                    this.application_name = Some(value.clone());
                    this.forwarded.push((name, value));
                }
                _ => this.forwarded.push((name, value)),
            }
        }
        this.forwarded
            .push(("client_encoding".to_owned(), "UTF8".to_owned()));
        Ok(this)
    }
}

/// PostgreSQL ignores case and everything but letters and digits (`pg_char_to_encoding`).
fn is_utf8(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    ["utf8", "unicode"].contains(&plain.to_ascii_lowercase().as_str())
}

/// Connects to the target, as the account of now or the role lent to this principal.
pub(super) async fn connect(
    (rim, way): (Arc<Rim>, Arc<Way>),
    open: Arc<OpenSession>,
    parameters: Vec<(String, String)>,
) -> Done {
    let target = &way.target;
    let (account, loan) = match rim.lenders.account(&way, &open.facts(), &rim).await {
        Ok(account) => account,
        Err(fault) => return no_account(&way, &fault),
    };
    let connected = way.connect().await;
    let (socket, reached) = match connected {
        Ok(connected) => connected,
        Err(fault) => {
            tracing::warn!(target_name = %target.name(), %fault, "a target cannot be reached");
            return unreachable_target(&way, fault.kind());
        }
    };
    let (Ok(client_key), Ok(nonce)) = (random::<32>(), random::<24>()) else {
        return Done::Reject("58000", "no random numbers can be had".to_owned(), None);
    };
    let login = TargetLogin {
        client_key,
        nonce: nonce.to_vec(),
        parameters,
        database: target.facts.database.clone(),
        password: account.password,
        tls: way.tls(),
        user: account.user.as_ref().to_owned(),
    };
    Done::Connected(Box::new(login), socket, reached, loan)
}

/// What a client reads where there is nothing to sign in with: no name of what failed.
fn no_account(way: &Way, fault: &dyn std::fmt::Display) -> Done {
    let name = way.target.name();
    tracing::warn!(target_name = %name, %fault, "there is no account at a target");
    let message = format!("target {name} cannot be signed in to just now");
    let hint = "the gateway's log tells its operator why";
    Done::Reject("08001", message, Some(hint.to_owned()))
}

/// What a client reads of a target that cannot be reached: its name, never its address.
pub(super) fn unreachable_target(way: &Way, why: io::ErrorKind) -> Done {
    let message = format!("target {} cannot be reached: {why}", way.target.name());
    let hint = "the target may be down; the gateway's log tells its operator more";
    Done::Reject("08001", message, Some(hint.to_owned()))
}

/// Derives the SCRAM key of the password this session signs in with.
pub(super) async fn derive(
    rim: Arc<Rim>,
    way: Arc<Way>,
    password: Option<Arc<str>>,
    asked: Derivation,
) -> Done {
    let name = way.target.name().clone();
    let Some(password) = password else {
        let message = format!("target {name} asks for a password, and none is configured");
        return Done::Reject("08001", message, None);
    };
    if let Some(key) = rim.derivations.known(&name, &password, &asked) {
        return Done::Derived(**key);
    }
    let derivations = rim.derivations.clone();
    let derived = tokio::task::spawn_blocking(move || derivations.derive(&name, &password, &asked));
    match derived.await {
        Ok(key) => Done::Derived(**key),
        Err(_) => Done::Reject(
            "58000",
            "sign-in failed inside the gateway".to_owned(),
            None,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_speak_utf8_or_nothing() {
        let given = |value: &str| {
            let pairs = [
                ("client_encoding", value),
                ("portcullis.intent", "look"),
                ("a", "b"),
            ];
            Parameters::of(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec())
        };
        for good in ["UTF8", "utf-8", "Unicode"] {
            let parameters = given(good).unwrap();
            let ours = ("portcullis.intent".to_owned(), "look".to_owned());
            assert_eq!(parameters.ours, [ours]);
            let names: Vec<_> = parameters
                .forwarded
                .iter()
                .map(|(name, _)| &**name)
                .collect();
            assert_eq!(names, ["a", "client_encoding"]);
        }
        for bad in ["LATIN1", "sql_ascii", "auto", ""] {
            assert!(given(bad).is_err(), "{bad}");
        }
    }
}
