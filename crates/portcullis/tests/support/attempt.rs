//! One attempt at what the policy stops, and whether anything came of it.
//!
//! What counts is the target afterwards: a digest over everything a statement could have changed,
//! and its log. It knows no verdicts of ours but an error or a notice on the wire.

use std::time::Duration;

use super::cases::Case;
use super::raw::{Message, Raw, query};
use super::strict::{SHOPS, Strict};
use super::talk::Answer;

/// Everything in a database.
const READING: &str = include_str!("../strict/reading.sql");

/// What moves with every change: the write-ahead log, and the files that do not pass through it.
const PULSE: &str = "SELECT concat_ws(' ', pg_current_wal_insert_lsn(), \
     md5(pg_read_file('postgresql.auto.conf')), \
     (SELECT md5(string_agg(f, ',' ORDER BY f)) FROM \
      (SELECT pg_ls_dir('.') UNION ALL SELECT pg_ls_dir('..')) AS l (f)))";

/// Watches both shops for any change.
pub(crate) struct Watch {
    direct: [Raw; 2],
    digests: [String; 2],
    log: u64,
    pulse: String,
    bystander: Raw,
    /// The process id of a session that must live on.
    pub(crate) victim: String,
}

impl Watch {
    /// From now on.
    pub(crate) fn over(strict: &Strict) -> Self {
        let mut direct = SHOPS.map(|shop| strict.direct(shop));
        let mut bystander = strict.direct(SHOPS[0]);
        let digests = [read(&mut direct[0], READING), read(&mut direct[1], READING)];
        let pulse = read(&mut direct[0], PULSE);
        let log = strict.log_since(0).1;
        let victim = read(&mut bystander, "SELECT pg_backend_pid()");
        Self {
            direct,
            digests,
            log,
            pulse,
            bystander,
            victim,
        }
    }

    /// Whether anything changed since it was last asked.
    pub(crate) fn is_changed(&mut self) -> bool {
        let pulse = read(&mut self.direct[0], PULSE);
        if pulse == self.pulse {
            return false;
        }
        self.pulse = pulse;
        let digests = [0, 1].map(|at| read(&mut self.direct[at], READING));
        let is_changed = digests != self.digests;
        self.digests = digests;
        is_changed
    }

    /// Whether the target ran a text that holds these words since it was last asked.
    pub(crate) fn ran(&mut self, strict: &Strict, words: &str) -> bool {
        let (log, end) = strict.log_since(self.log);
        self.log = end;
        let is_run = |line: &str| {
            line.contains("gate@") && (line.contains("statement: ") || line.contains("execute "))
        };
        let mut lines = log.lines().filter(|line| is_run(line));
        !words.is_empty() && lines.any(|line| line.contains(words))
    }

    /// Whether the bystander's session lives.
    pub(crate) fn is_alive(&mut self) -> bool {
        read(&mut self.bystander, "SELECT 'alive'") == "alive"
    }
}

/// One value, past the gateway.
fn read(direct: &mut Raw, sql: &str) -> String {
    let said = direct.ask(&query(sql), 1);
    let row = said.iter().find(|message| message.kind == b'D');
    let row = row.unwrap_or_else(|| panic!("{said:?}"));
    String::from_utf8_lossy(&row.body[6..]).into_owned()
}

/// The words of a case's last text that its line in the target's log would begin with.
pub(crate) fn first_words(text: &str) -> String {
    let ends = ['⏎', '⇥', '␍', '␌', '␀', '‹'];
    let line = text.split(ends).next().unwrap().trim();
    line.chars().take(60).collect()
}

/// Sends a case's messages in a session of its own; what came back.
pub(crate) fn attempt(strict: &Strict, case: &Case, shop: &str, victim: &str) -> Answer {
    let opening = case.opening.iter();
    let opening: Vec<(&str, &str)> = opening.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut talk = match strict.talk(&case.who, shop, &opening) {
        Ok(talk) => talk,
        Err(said) => {
            let body = said;
            return Answer {
                messages: vec![Message { kind: b'E', body }],
                is_ended: true,
                ..Answer::default()
            };
        }
    };
    let mut whole = Answer::default();
    for step in &case.steps {
        let bytes = if step.bytes.windows(8).any(|window| window == b"{victim}") {
            query(&case.last.replace("{victim}", victim))
        } else {
            step.bytes.clone()
        };
        let answer = if step.is_raw {
            talk.send(&bytes);
            talk.glance(Duration::from_millis(400))
        } else {
            talk.ask(&bytes, step.ready)
        };
        let is_over = answer.is_ended || answer.is_hung;
        whole.add(answer);
        if is_over {
            return whole;
        }
    }
    talk.end();
    whole
}
