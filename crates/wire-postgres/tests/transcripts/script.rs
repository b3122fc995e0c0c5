//! A transcript: what is fed (`C>` client, `T>` target, `G>` governor and driver), and what comes
//! out (`C<`, `T<`, `O<` any other output, `F<` a fault). `#` is a remark, `= open` a session
//! signed in already.

use std::sync::Arc;
use std::time::Duration;

use model::{Limits, Refusal, RefusalKind, Route, Salt, StatementId};
use wire::{
    Cause, Challenge, HoldNotice, Input, Output, Payload, Reply, Shown, Side, TargetLogin,
    TargetTls, TlsFacts, Wire,
};
use wire_postgres::{Config, Postgres};

use crate::notation::{decode, encode, escape};
use crate::plans::plan;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    Bytes,
    Random(u64),
    Whole,
}

/// The transcript as it would be written: inputs and remarks as they are, outputs as they came.
pub(crate) fn replay(text: &str, cut: Cut) -> String {
    let mut play = Play::new(text, cut);
    let mut written = String::new();
    for line in text.lines() {
        if ["C<", "T<", "O<", "F<"]
            .iter()
            .any(|mark| line.starts_with(mark))
        {
            continue;
        }
        written.push_str(line);
        written.push('\n');
        for line in play.line(line) {
            written.push_str(&line);
            written.push('\n');
        }
    }
    written
}

/// One thing that came out.
enum Event {
    Client(Option<StatementId>, Vec<u8>),
    Other(String),
    Target(Cause, Vec<u8>),
}

struct Play {
    cut: Cut,
    events: Vec<Event>,
    seed: u64,
    wire: Postgres,
}

impl Play {
    fn new(text: &str, cut: Cut) -> Self {
        let setup = text
            .lines()
            .find_map(|line| line.strip_prefix("# config:"))
            .unwrap_or("");
        let mut limits = Limits {
            pending_bytes: 4_096,
            session_names: 8,
            target_message_bytes: 256,
            ..Limits::default()
        };
        limits.keep_alive_s = 10;
        let config = Config {
            allows_clear_text: !setup.contains("tls-only"),
            limits,
            offers_tls: setup.contains("tls"),
        };
        let seed = if let Cut::Random(seed) = cut { seed } else { 1 };
        Self {
            cut,
            events: Vec::new(),
            seed,
            wire: Postgres::new(config),
        }
    }

    fn line(&mut self, line: &str) -> Vec<String> {
        let (mark, rest) = line.split_at(line.len().min(2));
        let rest = rest.trim();
        match mark {
            "C>" => self.bytes(&encode(rest), Side::Client),
            "T>" => self.bytes(&encode(rest), Side::Target),
            "G>" => self.feed(&input(rest)),
            "= " => self.sign_in(rest),
            _ => {}
        }
        self.events.drain(..).flat_map(lines).collect()
    }

    fn bytes(&mut self, bytes: &[u8], side: Side) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = match self.cut {
                Cut::Bytes => 1,
                Cut::Random(_) => {
                    self.seed ^= self.seed << 13;
                    self.seed ^= self.seed >> 7;
                    self.seed ^= self.seed << 17;
                    1 + usize::try_from(self.seed % 23).unwrap()
                }
                Cut::Whole => rest.len(),
            };
            let (piece, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            let made = || match side {
                Side::Client => Input::FromClient(piece),
                Side::Target => Input::FromTarget(piece),
            };
            if self.step(made(), piece) {
                return;
            }
        }
    }

    fn feed(&mut self, made: &dyn Fn() -> Input<'static>) {
        self.step(made(), &[]);
    }

    /// Feeds one input; `true` after a fault.
    fn step(&mut self, input: Input<'_>, piece: &[u8]) -> bool {
        let fault = self.wire.handle(input).err();
        while let Some(output) = self.wire.poll() {
            let event = match output {
                Output::ToClient(Shown { cause, payload }) => {
                    Event::Client(cause, resolve(payload, piece))
                }
                Output::ToTarget(cause, payload) => Event::Target(cause, resolve(payload, piece)),
                other => Event::Other(format!("O< {}", describe(&other))),
            };
            self.join(event);
        }
        if let Some(fault) = &fault {
            self.events.push(Event::Other(format!("F< {fault}")));
        }
        fault.is_some()
    }

    fn join(&mut self, event: Event) {
        match (self.events.last_mut(), event) {
            (Some(Event::Client(last, held)), Event::Client(cause, bytes)) if *last == cause => {
                held.extend(bytes);
            }
            (Some(Event::Target(last, held)), Event::Target(cause, bytes)) if *last == cause => {
                held.extend(bytes);
            }
            (_, event) => self.events.push(event),
        }
    }

    /// `open [3.2]`: everything up to the first ReadyForQuery, unwritten.
    fn sign_in(&mut self, words: &str) {
        let minor = if words.contains("3.2") {
            196_610
        } else {
            196_608
        };
        let steps = [
            format!("C> . i32:{minor} \"user\\0alice\\0database\\0shop\\0\\0\""),
            "G> challenge clear".into(),
            "C> p \"token\\0\"".into(),
            "G> identified".into(),
            "G> opened disable".into(),
            "T> R i32:0 | S \"TimeZone\\0UTC\\0\" | K i32:7 i32:99 | Z \"I\"".into(),
        ];
        for step in steps {
            self.line(&step);
        }
    }
}

fn resolve(payload: Payload, piece: &[u8]) -> Vec<u8> {
    match payload {
        Payload::Made(bytes) => bytes,
        Payload::Pass(range) => piece[range].to_vec(),
    }
}

fn lines(event: Event) -> Vec<String> {
    match event {
        Event::Client(None, bytes) => mark("C<", decode(&bytes)),
        Event::Client(Some(id), bytes) => mark(&format!("C<{}", id.0), decode(&bytes)),
        Event::Other(line) => vec![line],
        Event::Target(Cause::Statement(id), bytes) => mark(&format!("T<{}", id.0), decode(&bytes)),
        Event::Target(Cause::Housekeeping(house), bytes) => {
            mark(&format!("T<{house:?}"), decode(&bytes))
        }
    }
}

fn mark(mark: &str, lines: Vec<String>) -> Vec<String> {
    lines
        .into_iter()
        .map(|line| format!("{mark} {line}"))
        .collect()
}

fn kept(is_kept: bool) -> &'static str {
    if is_kept { " kept" } else { "" }
}

fn describe(output: &Output) -> String {
    match output {
        Output::Submit(statement) => {
            let route = match &statement.route {
                Route::Bind { is_kept, portal } => format!("bind {portal:?}{}", kept(*is_kept)),
                Route::Execute { is_kept, portal } => {
                    format!("execute {portal:?}{}", kept(*is_kept))
                }
                Route::Function { oid } => format!("function {oid}"),
                Route::Parse { name } => format!("parse {name:?}"),
                other => other.as_str().to_owned(),
            };
            let mut line = format!(
                "submit {} {route} {}",
                statement.id.0,
                escape(&statement.text)
            );
            for parameter in &statement.parameters {
                let value = parameter.value.as_deref().map_or("null".to_owned(), escape);
                line.push_str(&format!(" {}:{value}", parameter.type_oid));
            }
            line
        }
        Output::Settle(id, o) => {
            let code = o.sqlstate.as_deref().unwrap_or("-");
            let state = o.transaction.unwrap_or('-');
            let masked = o.masked_cells;
            format!(
                "settle {} {:?} completed={} rows={} bytes={} changed={} masked={masked} {code} \
                 {state}",
                id.0, o.kind, o.completed, o.rows, o.bytes, o.rows_affected
            )
        }
        Output::Status { has_failed, status } => {
            format!(
                "status {status}{}",
                if *has_failed { " failed" } else { "" }
            )
        }
        Output::CancelTarget(bytes) => format!("cancel-target {}", escape(bytes)),
        other => format!("{other:?}"),
    }
}

fn bearer() -> Challenge {
    let discovery = "{\"status\":\"invalid_token\"}".into();
    Challenge::Bearer { discovery }
}

fn input(words: &str) -> Box<dyn Fn() -> Input<'static>> {
    let words = words.to_owned();
    Box::new(move || {
        let mut parts = words.split(' ');
        let verb = parts.next().unwrap();
        let rest: Vec<&str> = parts.collect();
        let id = || StatementId(rest[0].parse().unwrap());
        match verb {
            "admit" => Input::Admit(id(), plan(&rest[1..])),
            "answer" => Input::Answer(
                id(),
                Reply {
                    columns: vec!["plan".into()],
                    rows: vec![vec![Some("allowed".into())], vec![None]],
                    parameters: 0,
                    tag: "EXPLAIN".into(),
                },
            ),
            "cancel" => Input::Cancel,
            "cancelled" => Input::Cancelled,
            "challenge" if rest == ["bearer"] => Input::Challenge(bearer()),
            "challenge" if rest == ["clear"] => Input::Challenge(Challenge::ClearText),
            "challenge" => Input::Challenge(Challenge::Scram {
                nonce: b"123456789012345678".to_vec(),
                salt: Salt {
                    iterations: 4096,
                    salt: b"salt".to_vec(),
                },
            }),
            "closed" if rest == ["client"] => Input::Closed(Side::Client),
            "closed" => Input::Closed(Side::Target),
            "derived" => Input::Derived([7; 32]),
            "drain" => Input::Drain,
            "expire" => Input::Expire,
            "held" => Input::Held(
                id(),
                HoldNotice {
                    detail: "rule r1, review 42".into(),
                    hint: "portcullis reviews approve 42".into(),
                    message: "waiting for a review".into(),
                },
            ),
            "identified" if rest.is_empty() => Input::Identified(None),
            "identified" => Input::Identified(Some([9; 32])),
            "opened" => Input::Opened(Box::new(login(&rest))),
            "reject" => Input::Reject("28P01", "that is not you".into(), Some("Try again.".into())),
            "refuse" => {
                let refusal = Refusal::new(RefusalKind::Denied, rest[1..].join(" "));
                Input::Refuse(id(), refusal.hint("Ask first."))
            }
            "tick" => Input::Tick(Duration::from_secs(rest[0].parse().unwrap())),
            "tls" => {
                let side = if rest[0] == "client" {
                    Side::Client
                } else {
                    Side::Target
                };
                Input::TlsReady(
                    side,
                    TlsFacts {
                        server_end_point: rest.get(1).map(|point| point.as_bytes().to_vec()),
                        server_name: None,
                    },
                )
            }
            other => panic!("{other}"),
        }
    })
}

fn login(words: &[&str]) -> TargetLogin {
    TargetLogin {
        client_key: [0x61; 32],
        nonce: b"abcdefghijklmnopqr".to_vec(),
        parameters: vec![("application_name".into(), "psql".into())],
        database: "orders".into(),
        password: (!words.contains(&"nopassword")).then(|| Arc::from("secret")),
        tls: match words.first() {
            Some(&"require") => TargetTls::Require,
            Some(&"prefer") => TargetTls::Prefer,
            _ => TargetTls::Disable,
        },
        user: "app".into(),
    }
}
