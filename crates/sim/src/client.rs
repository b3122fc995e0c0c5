//! A client: says what its script and its die tell it, by both protocols, and listens.
//!
//! It knows how many times it must be told "ready", so that a session that hangs is seen.

use model::SessionId;

use crate::dice::Dice;
use crate::frames::{cstr, put, take};
use crate::pool;
use crate::tap::Tap;

/// One client.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a peer"
)]
#[derive(Debug)]
pub(crate) struct Client {
    /// How often it must still hear ReadyForQuery.
    pub(crate) awaits: usize,
    /// It asked for a COPY and says nothing else before its end; by the extended protocol or not.
    copies: Option<bool>,
    heard: Vec<u8>,
    /// It sends what no client should.
    is_hostile: bool,
    pub(crate) is_signed_in: bool,
    /// Its side has closed.
    pub(crate) is_gone: bool,
    /// It said something no protocol knows: nothing is promised to it any more.
    pub(crate) is_garbled: bool,
    names: usize,
    number: u64,
    pub(crate) outbox: Vec<u8>,
    pub(crate) sees_all: bool,
    /// The transaction status it was told last.
    pub(crate) status: u8,
    rerun: Option<String>,
    pub(crate) has_heard_fatal: bool,
}

impl Client {
    pub(crate) fn new(who: &str, number: u64, is_hostile: bool) -> Self {
        let mut startup = vec![0, 3, 0, 0];
        for word in ["user", who, "database", "shop"] {
            cstr(&mut startup, word);
        }
        startup.push(0);
        let length = u32::try_from(startup.len() + 4).expect("short");
        let mut outbox = length.to_be_bytes().to_vec();
        outbox.extend(startup);
        Self {
            awaits: 1,
            copies: None,
            heard: Vec::new(),
            is_hostile,
            is_signed_in: false,
            is_gone: false,
            is_garbled: false,
            names: 0,
            number: number * 100_000,
            outbox,
            sees_all: who == "omar",
            status: b'I',
            rerun: None,
            has_heard_fatal: false,
        }
    }

    /// Bytes arrive.
    pub(crate) fn hear(&mut self, session: SessionId, bytes: &[u8], tap: &mut Tap) {
        self.heard.extend_from_slice(bytes);
        tap.shown(session, &self.heard, self.sees_all);
        while let Some((tag, body)) = take(&mut self.heard) {
            match tag {
                b'R' if body == [0, 0, 0, 3] => put(&mut self.outbox, b'p', b"token\0"),
                b'Z' => {
                    self.is_signed_in = true;
                    self.status = body.first().copied().unwrap_or_default();
                    if self.awaits == 0 && !self.is_garbled {
                        tap.faults
                            .push("a client was told ready once too often".into());
                    }
                    self.awaits = self.awaits.saturating_sub(1);
                    if self.awaits == 0 {
                        self.copies = None;
                    }
                }
                b'G' => self.copy_in(),
                b'E' if body.starts_with(b"SFATAL") => self.has_heard_fatal = true,
                b'R' | b'S' | b'K' | b'E' | b'N' | b'A' | b'T' | b't' | b'n' | b'D' | b'C'
                | b'I' | b's' | b'1' | b'2' | b'3' | b'H' | b'd' | b'c' | b'V' | b'v' => {}
                _ => tap.faults.push(format!("a client heard a frame {tag:#x}")),
            }
        }
    }

    fn copy_in(&mut self) {
        put(&mut self.outbox, b'd', b"1\tone\n2\ttwo\n");
        if self.number.is_multiple_of(3) {
            put(&mut self.outbox, b'f', b"no more\0");
        } else {
            put(&mut self.outbox, b'c', &[]);
        }
        if self.copies == Some(true) {
            put(&mut self.outbox, b'S', &[]);
        }
    }

    /// Says the next thing, if it may say anything now.
    pub(crate) fn act(&mut self, dice: &mut Dice) {
        if !self.is_signed_in || self.is_gone || self.has_heard_fatal {
            return;
        }
        // What follows a COPY is the COPY's: a client waits for its end.
        if self.copies.is_some() || (self.awaits > 0 && !dice.one_in(8)) {
            return;
        }
        self.number += 1;
        match dice.below(13) {
            4 => {
                let text = pool::pair(dice, self.number);
                self.simple(&text);
            }
            5 => self.transaction(dice),
            6 | 7 => self.extended(dice),
            8 => self.named(dice),
            9 => self.portal(dice),
            10 if self.awaits == 0 => self.copy(dice),
            11 => self.pipeline(dice),
            12 => self.flushed(dice),
            _ => self.one(dice),
        }
        if self.is_hostile && dice.one_in(15) {
            self.garble(dice);
        }
    }

    /// Ends what it began: the world is about to close.
    pub(crate) fn simple(&mut self, text: &str) {
        let mut body = Vec::new();
        cstr(&mut body, text);
        put(&mut self.outbox, b'Q', &body);
        self.awaits += 1;
    }

    fn one(&mut self, dice: &mut Dice) {
        let text = match self.rerun.take() {
            Some(text) if dice.one_in(2) => text,
            _ => pool::text(dice, self.number),
        };
        self.rerun = dice.one_in(3).then(|| text.clone());
        self.simple(&text);
    }

    fn transaction(&mut self, dice: &mut Dice) {
        self.simple("BEGIN");
        for _ in 0..dice.below(4) {
            self.number += 1;
            let text = if dice.one_in(6) {
                pool::held(dice, self.number)
            } else {
                pool::text(dice, self.number)
            };
            self.simple(&text);
        }
        if dice.one_in(3) {
            self.number += 1;
            let texts = pool::cursor(dice, self.number);
            for text in &texts {
                self.simple(text);
            }
        }
        if dice.one_in(5) {
            self.simple("SAVEPOINT s");
            self.number += 1;
            let text = pool::text(dice, self.number);
            self.simple(&text);
            self.simple("ROLLBACK TO s");
        }
        let end = if dice.one_in(4) { "ROLLBACK" } else { "COMMIT" };
        self.simple(end);
    }

    fn parse(&mut self, name: &str, text: &str) {
        let mut body = Vec::new();
        cstr(&mut body, name);
        cstr(&mut body, text);
        body.extend([0, 1, 0, 0, 0, 23]);
        put(&mut self.outbox, b'P', &body);
    }

    fn bind(&mut self, portal: &str, name: &str, text: &str, dice: &mut Dice) {
        let mut body = Vec::new();
        cstr(&mut body, portal);
        cstr(&mut body, name);
        let is_binary = dice.one_in(2);
        body.extend([0, 1, 0, u8::from(is_binary)]);
        if text.contains("$1") {
            body.extend([0, 1, 0, 0, 0]);
            if is_binary {
                body.extend([4, 0, 0, 0, 7]);
            } else {
                body.extend([1, b'7']);
            }
        } else {
            body.extend([0, 0]);
        }
        body.extend([0, 1, 0, u8::from(dice.one_in(3))]);
        put(&mut self.outbox, b'B', &body);
    }

    fn named_message(&mut self, tag: u8, kind: &[u8], name: &str, tail: &[u8]) {
        let mut body = kind.to_vec();
        cstr(&mut body, name);
        body.extend_from_slice(tail);
        put(&mut self.outbox, tag, &body);
    }

    fn execute(&mut self, portal: &str, most: u8) {
        self.named_message(b'E', b"", portal, &[0, 0, 0, most]);
    }

    fn sync(&mut self) {
        put(&mut self.outbox, b'S', &[]);
        self.awaits += 1;
    }

    fn text(&mut self, dice: &mut Dice) -> String {
        self.number += 1;
        if dice.one_in(2) {
            pool::with_parameter(dice, self.number)
        } else {
            pool::text(dice, self.number)
        }
    }

    fn whole(&mut self, dice: &mut Dice) {
        let text = self.text(dice);
        self.parse("", &text);
        self.bind("", "", &text, dice);
        if dice.one_in(2) {
            self.named_message(b'D', b"P", "", &[]);
        }
        self.execute("", 0);
    }

    fn extended(&mut self, dice: &mut Dice) {
        self.whole(dice);
        self.sync();
    }

    fn named(&mut self, dice: &mut Dice) {
        self.names += 1;
        let (name, text) = (format!("s{}", self.names), self.text(dice));
        self.parse(&name, &text);
        if dice.one_in(2) {
            self.named_message(b'D', b"S", &name, &[]);
        }
        if dice.one_in(2) {
            self.sync();
        }
        for _ in 0..=dice.below(2) {
            self.bind("", &name, &text, dice);
            self.execute("", 0);
            self.sync();
        }
        if dice.one_in(3) {
            self.named_message(b'C', b"S", &name, &[]);
            self.sync();
        }
    }

    fn portal(&mut self, dice: &mut Dice) {
        self.names += 1;
        let (name, text) = (format!("p{}", self.names), self.text(dice));
        self.parse("", &text);
        self.bind(&name, "", &text, dice);
        self.execute(&name, 1);
        if dice.one_in(2) {
            put(&mut self.outbox, b'H', &[]);
        }
        self.execute(&name, 1);
        self.execute(&name, 0);
        self.sync();
    }

    fn copy(&mut self, dice: &mut Dice) {
        let text = pool::copy(dice, self.number);
        let is_extended = dice.one_in(2);
        self.copies = text.contains("STDIN").then_some(is_extended);
        if !is_extended {
            return self.simple(&text);
        }
        self.parse("", &text);
        self.bind("", "", &text, dice);
        self.execute("", 0);
        self.sync();
    }

    fn pipeline(&mut self, dice: &mut Dice) {
        for _ in 0..2 + dice.below(3) {
            self.whole(dice);
            if dice.one_in(3) {
                self.sync();
            }
        }
        self.sync();
    }

    /// An implicit transaction over several flights.
    fn flushed(&mut self, dice: &mut Dice) {
        for _ in 0..=dice.below(3) {
            self.whole(dice);
            put(&mut self.outbox, b'H', &[]);
        }
        self.sync();
    }

    fn garble(&mut self, dice: &mut Dice) {
        self.is_garbled = true;
        match dice.below(4) {
            0 => {
                let at = dice.below(self.outbox.len());
                if let Some(byte) = self.outbox.get_mut(at) {
                    *byte = dice.roll().to_be_bytes()[0];
                }
            }
            1 => {
                let length = dice.below(self.outbox.len());
                self.outbox.truncate(length);
            }
            2 => put(
                &mut self.outbox,
                *dice.pick(b"QPBDECHSdcfFpXZ?"),
                b"x\0\0\0",
            ),
            _ => put(&mut self.outbox, b'F', &[0, 0, 3, 0x67, 0, 0, 0, 0, 0, 0]),
        }
    }
}
