//! A tiny PostgreSQL: frames, names, portals, transactions, COPY, errors that skip to Sync. It
//! hears at once, runs at its own pace, and asks the wiretap about everything it hears.
//!
//! It has one table whose rows carry marks (`row-<run>-<n>`) and secrets
//! (`secret-<n>@raw.example`), and a second one like it that the catalog does not know.

mod extended;
mod rows;

use std::collections::BTreeMap;

use model::{SessionId, StatementId};

use crate::dice::Dice;
use crate::frames::{Body, cstr, put, take};
use crate::sql::{self, Part, Shown};
use crate::tap::{Bound, RAW, Tap};

#[derive(Debug, Clone)]
struct Prepared {
    text: String,
    types: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Portal {
    bound: Vec<Bound>,
    formats: Vec<i16>,
    /// Its permit and its rows' mark, once it ran.
    run: Option<(usize, StatementId)>,
    rows_left: usize,
    is_done: bool,
    text: String,
}

/// One connection at the target.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a peer"
)]
#[derive(Debug)]
pub(crate) struct Target {
    /// What the cursor `c` of this transaction shows.
    cursor: Option<Vec<Shown>>,
    /// A statement of this transaction was refused: it must never be committed.
    pub(crate) is_doomed: bool,
    inbox: Vec<u8>,
    /// Extended messages ran since the last Sync: an implicit transaction.
    pub(crate) is_implicit: bool,
    is_signed_in: bool,
    pub(crate) outbox: Vec<u8>,
    portals: BTreeMap<String, Portal>,
    session: SessionId,
    skips: bool,
    /// It is busy with a statement: what follows is not read.
    pub(crate) stalls: bool,
    is_cancelled: bool,
    statements: BTreeMap<String, Prepared>,
    pub(crate) status: u8,
    /// COPY FROM STDIN runs: by the simple protocol or not, by which permit.
    copying: Option<(bool, Option<StatementId>)>,
    /// Writes of the open transaction.
    writes: usize,
}

impl Target {
    pub(crate) fn new(session: SessionId) -> Self {
        Self {
            cursor: None,
            is_doomed: false,
            inbox: Vec::new(),
            is_implicit: false,
            is_signed_in: false,
            outbox: Vec::new(),
            portals: BTreeMap::new(),
            session,
            skips: false,
            stalls: false,
            is_cancelled: false,
            statements: BTreeMap::new(),
            status: b'I',
            copying: None,
            writes: 0,
        }
    }

    /// Whether a refusal now must undo something.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.status == b'T' || (self.status == b'I' && self.is_implicit)
    }

    /// Bytes arrive.
    pub(crate) fn hear(&mut self, bytes: &[u8], tap: &mut Tap, dice: &mut Dice) {
        self.inbox.extend_from_slice(bytes);
        self.work(tap, dice);
    }

    /// Somebody asks to stop what runs.
    pub(crate) fn cancel(&mut self, tap: &mut Tap, dice: &mut Dice) {
        if self.stalls {
            self.is_cancelled = true;
            self.stalls = false;
            self.work(tap, dice);
        } else {
            // It came late, and may hit what runs next.
            self.is_cancelled = dice.one_in(3);
        }
    }

    /// What ran has ended.
    pub(crate) fn go_on(&mut self, tap: &mut Tap, dice: &mut Dice) {
        if std::mem::take(&mut self.stalls) {
            self.work(tap, dice);
        }
    }

    fn work(&mut self, tap: &mut Tap, dice: &mut Dice) {
        if !self.is_signed_in {
            // The start-up message has no type: its length comes first.
            let Some(head) = self.inbox.first_chunk::<4>() else {
                return;
            };
            let length = u32::from_be_bytes(*head) as usize;
            if self.inbox.len() < length {
                return;
            }
            self.inbox.drain(..length);
            self.is_signed_in = true;
            self.greet();
        }
        while !self.stalls
            && let Some((tag, body)) = take(&mut self.inbox)
        {
            self.message(tag, &body, tap, dice);
        }
    }

    fn greet(&mut self) {
        put(&mut self.outbox, b'R', &[0; 4]);
        for setting in ["server_version\x0015.18\0", "TimeZone\0UTC\0"] {
            put(&mut self.outbox, b'S', setting.as_bytes());
        }
        put(&mut self.outbox, b'K', &[0, 0, 0, 7, 0, 0, 0, 9]);
        self.ready();
    }

    fn ready(&mut self) {
        put(&mut self.outbox, b'Z', &[self.status]);
    }

    fn message(&mut self, tag: u8, body: &[u8], tap: &mut Tap, dice: &mut Dice) {
        if self.copying.is_some() {
            return self.copied(tag, tap);
        }
        if self.skips && !matches!(tag, b'S' | b'X') {
            return;
        }
        let mut body = Body(body);
        match tag {
            b'Q' => self.simple(&body.text(), tap, dice),
            b'P' => self.parse(&mut body, tap),
            b'B' => self.bind(&mut body, tap),
            b'D' => self.describe(&mut body),
            b'E' => self.execute(&mut body, tap, dice),
            b'C' => {
                let kind = body.byte();
                let name = body.text();
                if kind == b'S' {
                    self.statements.remove(&name);
                } else {
                    self.portals.remove(&name);
                }
                put(&mut self.outbox, b'3', &[]);
            }
            b'F' => {
                tap.calls(self.session);
                self.error("0A000", "function calls are not here");
                self.skips = false;
                self.ready();
            }
            b'S' => self.sync(tap),
            b'H' | b'X' | b'd' | b'c' | b'f' => {}
            _ => tap
                .faults
                .push(format!("the target heard a frame {tag:#x}")),
        }
    }

    fn sync(&mut self, tap: &mut Tap) {
        self.skips = false;
        if self.status == b'I' && self.is_implicit {
            self.end(true, tap);
        }
        self.is_implicit = false;
        self.ready();
    }

    fn error(&mut self, code: &str, text: &str) {
        let mut body = Vec::new();
        let fields = [(b'S', "ERROR"), (b'V', "ERROR"), (b'C', code), (b'M', text)];
        for (field, value) in fields {
            body.push(field);
            cstr(&mut body, value);
        }
        body.push(0);
        put(&mut self.outbox, b'E', &body);
        self.writes = 0;
        if self.status == b'T' {
            self.status = b'E';
        } else if self.status == b'I' {
            self.is_doomed = false;
        }
        self.is_implicit = false;
        self.skips = true;
    }

    fn fetch(&mut self, mark: usize, rows: usize) {
        let Some(columns) = self.cursor.clone() else {
            return self.error("34000", "no such cursor");
        };
        self.row_description(&columns, &[]);
        self.rows(&columns, (mark, rows, &[]));
        self.complete(&format!("FETCH {rows}"));
    }

    fn notice(&mut self, text: &str) {
        let body = format!("SNOTICE\0VNOTICE\0C00000\0M{text}\0\0");
        put(&mut self.outbox, b'N', body.as_bytes());
    }

    /// A transaction ends.
    fn end(&mut self, commits: bool, tap: &mut Tap) {
        if commits && self.is_doomed {
            let what = "the target committed what a refusal should have undone";
            tap.faults.push(what.into());
        }
        tap.committed += if commits { self.writes } else { 0 };
        self.writes = 0;
        self.is_doomed = false;
        self.status = b'I';
        self.is_implicit = false;
        self.portals.clear();
        self.cursor = None;
    }

    fn simple(&mut self, text: &str, tap: &mut Tap, dice: &mut Dice) {
        self.statements.remove("");
        let (mark, id) = tap.runs(self.session, text, &[], "simple", None);
        for part in sql::parts(text) {
            if part == Part::CopyIn && self.status != b'E' {
                self.copying = Some((true, id));
                put(&mut self.outbox, b'G', &[0, 0, 2, 0, 0, 0, 0]);
                return;
            }
            if part == Part::Empty {
                put(&mut self.outbox, b'I', &[]);
                continue;
            }
            let rows = 1 + dice.below(3);
            if let Some(columns) = part.columns()
                && self.status != b'E'
            {
                self.row_description(columns, &[]);
            }
            self.run(&part, (mark, rows, &[]), tap);
            if self.skips {
                break;
            }
        }
        let is_well = !std::mem::take(&mut self.skips);
        tap.ended(self.session, id, is_well);
        if self.status == b'I' {
            self.end(true, tap);
        }
        self.ready();
    }

    /// Runs a part: rows and the command tag, or an error.
    fn run(&mut self, part: &Part, how: (usize, usize, &[i16]), tap: &mut Tap) {
        let (mark, rows, formats) = how;
        let ends = matches!(part, Part::Commit | Part::Rollback | Part::RollbackTo);
        if self.status == b'E' && !ends {
            return self.error("25P02", "current transaction is aborted");
        }
        if std::mem::take(&mut self.is_cancelled) {
            return self.error("57014", "canceling statement due to user request");
        }
        match part {
            Part::Begin => {
                self.status = b'T';
                self.complete("BEGIN");
            }
            Part::Commit => {
                let commits = self.status != b'E';
                self.end(commits, tap);
                self.complete(if commits { "COMMIT" } else { "ROLLBACK" });
            }
            Part::Rollback => {
                self.end(false, tap);
                self.complete("ROLLBACK");
            }
            Part::Declare(_) | Part::RollbackTo | Part::Savepoint if self.status == b'I' => {
                self.error("25P01", "no transaction");
            }
            Part::RollbackTo => {
                self.status = b'T';
                self.is_doomed = false;
                self.complete("ROLLBACK");
            }
            Part::Savepoint => self.complete("SAVEPOINT"),
            Part::Select(columns) if columns.contains(&Shown::EmailAsNumber) => self.error(
                "22P02",
                &format!("invalid input syntax for type integer: \"secret-{mark}{RAW}\""),
            ),
            Part::Select(columns) => {
                if columns.contains(&Shown::Email) && mark.is_multiple_of(3) {
                    self.notice(&format!("a trigger saw secret-{mark}{RAW}"));
                }
                self.rows(columns, (mark, rows, formats));
                self.complete(&format!("SELECT {rows}"));
            }
            Part::Unforeseen(columns) => {
                self.rows(columns, (mark, rows, formats));
                self.complete(&format!("SELECT {rows}"));
            }
            Part::CopyOut(columns) => self.copy_out(columns, mark, rows),
            Part::Declare(columns) => {
                self.cursor = Some(columns.clone());
                self.complete("DECLARE CURSOR");
            }
            Part::Fetch => self.fetch(mark, rows),
            Part::Forbidden => {
                tap.faults.push("what is denied to all was run".into());
                self.complete("DROP TABLE");
            }
            Part::Write(tag) => {
                self.writes += 1;
                self.complete(tag);
            }
            Part::ZeroDivision => self.error("22012", "division by zero"),
            Part::SyntaxError | Part::CopyIn | Part::Empty => self.error("42601", "syntax error"),
        }
    }

    fn copied(&mut self, tag: u8, tap: &mut Tap) {
        let Some((is_simple, id)) = self.copying else {
            return;
        };
        match tag {
            b'd' | b'H' | b'S' | b'X' => return,
            b'c' => {
                self.copying = None;
                self.writes += 1;
                self.complete("COPY 2");
                tap.ended(self.session, id, true);
                self.is_implicit |= !is_simple;
            }
            _ => {
                self.copying = None;
                self.error("57014", "COPY from stdin failed");
                tap.ended(self.session, id, false);
                if tag != b'f' {
                    tap.faults.push(format!("a frame {tag:#x} amid COPY"));
                }
            }
        }
        if is_simple {
            self.skips = false;
            if self.status == b'I' {
                self.end(true, tap);
            }
            self.ready();
        }
    }
}
