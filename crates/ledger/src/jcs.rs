//! Canonical JSON (RFC 8785), written straight into bytes.
//!
//! Why our own: an entry costs microseconds on the hot path, and its keys and number forms are
//! known: keys are ASCII and given in order, numbers are integers below 2^53. `serde_json::Value`
//! would cost a tree per entry.
//! It writes no floats and no nulls: an absent thing is absent. [`canonical`] is the slow road
//! back, for the verifier.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

/// The largest integer every JSON reader keeps exact (RFC 8785 §3.2.2.3).
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// How large things may become; all without bound but for an entry that did not fit.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// One list, bytes: items beyond are left out.
    pub list: usize,
    /// The list of parameters, bytes.
    pub parameters: usize,
    /// One string, bytes: cut at a character beyond.
    pub string: usize,
    /// The statement's text, bytes.
    pub text: usize,
}

impl Room {
    /// No bound.
    pub const WIDE: Self = Self {
        list: usize::MAX,
        parameters: usize::MAX,
        string: usize::MAX,
        text: usize::MAX,
    };
    /// Bounds under which any entry fits a leaf: about 20 lists, 30 strings, one text.
    pub const TIGHT: Self = Self {
        list: 1_536,
        parameters: 8_192,
        string: 400,
        text: 12_288,
    };
}

/// An object being written. Keys come in order; that is asserted in debug builds.
#[derive(Debug)]
pub struct Object<'w> {
    is_empty: bool,
    last: &'static str,
    out: &'w mut Vec<u8>,
    room: &'w Room,
}

impl<'w> Object<'w> {
    /// Opens an object.
    pub fn open(out: &'w mut Vec<u8>, room: &'w Room) -> Self {
        out.push(b'{');
        Self {
            is_empty: true,
            last: "",
            out,
            room,
        }
    }

    /// Closes it.
    pub fn close(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &'static str) {
        debug_assert!(
            self.is_empty || self.last < key,
            "{key} after {}",
            self.last
        );
        self.last = key;
        debug_assert!(
            first_special(key.as_bytes()).is_none(),
            "{key} needs an escape"
        );
        let start: &[u8] = if self.is_empty { b"\"" } else { b",\"" };
        self.is_empty = false;
        for part in [start, key.as_bytes(), b"\":"] {
            self.out.extend_from_slice(part);
        }
    }

    /// A key known only now; the caller sees to the order.
    fn dynamic_key(&mut self, key: &str) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        string(self.out, key, usize::MAX);
        self.out.push(b':');
    }

    /// A boolean.
    pub fn flag(&mut self, key: &'static str, value: bool) {
        self.key(key);
        self.out
            .extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// An integer; one that JSON readers would round is written as a string.
    pub fn int(&mut self, key: &'static str, value: u64) {
        self.key(key);
        if value > INTEGER_MAX {
            self.out.push(b'"');
            digits(self.out, value);
            self.out.push(b'"');
        } else {
            digits(self.out, value);
        }
    }

    /// A list; nothing at all if it has no items.
    pub fn list<T>(
        &mut self,
        key: &'static str,
        items: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut Vec<u8>, &Room, T),
    ) {
        let room = self.room.list;
        self.list_within(key, room, items, write);
    }

    /// A list that may take `room` bytes; nothing at all if it has no items.
    pub fn list_within<T>(
        &mut self,
        key: &'static str,
        room: usize,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Vec<u8>, &Room, T),
    ) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        self.key(key);
        self.out.push(b'[');
        let start = self.out.len();
        for item in items {
            let before = self.out.len();
            if before > start {
                self.out.push(b',');
            }
            write(self.out, self.room, item);
            if self.out.len() - start > room {
                self.out.truncate(before);
                break;
            }
        }
        self.out.push(b']');
    }

    /// An object; nothing at all if nothing is written into it.
    pub fn object(&mut self, key: &'static str, fill: impl FnOnce(&mut Object<'_>)) {
        let before = self.out.len();
        let (was_empty, last) = (self.is_empty, self.last);
        self.key(key);
        let mut inner = Object::open(self.out, self.room);
        fill(&mut inner);
        if inner.is_empty {
            self.out.truncate(before);
            (self.is_empty, self.last) = (was_empty, last);
        } else {
            inner.close();
        }
    }

    /// Names and values known only now: sorted here, values of one name joined.
    pub fn facts(&mut self, facts: &[(&'static str, String)]) {
        let mut facts: Vec<_> = facts
            .iter()
            .map(|(key, value)| (*key, value.clone()))
            .collect();
        facts.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        facts.dedup_by(|(key, value), (kept, all)| {
            let is_same = key == kept;
            if is_same {
                *all = format!("{all}, {value}");
            }
            is_same
        });
        let start = self.out.len();
        for (key, value) in &facts {
            let before = (self.out.len(), self.is_empty);
            self.dynamic_key(key);
            string(self.out, value, self.room.string);
            if self.out.len() - start > self.room.list {
                self.out.truncate(before.0);
                self.is_empty = before.1;
                break;
            }
        }
    }

    /// A string.
    pub fn str(&mut self, key: &'static str, value: &str) {
        let room = self.room.string;
        self.str_within(key, room, value);
    }

    /// A string that may take `room` bytes.
    pub fn str_within(&mut self, key: &'static str, room: usize, value: &str) {
        self.key(key);
        string(self.out, value, room);
    }

    /// A string, if there is one.
    pub fn str_opt(&mut self, key: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.str(key, value);
        }
    }

    /// Something that prints itself in characters that need no escape: a time, an address, an id.
    pub fn plain(&mut self, key: &'static str, value: impl std::fmt::Display) {
        self.key(key);
        self.out.push(b'"');
        let wrote = write!(self.out, "{value}");
        debug_assert!(wrote.is_ok(), "writing to memory does not fail");
        self.out.push(b'"');
    }

    /// The word of one of `model`'s enumerations.
    pub fn word(&mut self, key: &'static str, value: &impl Serialize) {
        self.key(key);
        word(self.out, value);
    }
}

/// The word of one of `model`'s enumerations, quoted.
pub fn word(out: &mut Vec<u8>, value: &impl Serialize) {
    let before = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        // A fieldless variant always has a word; should that ever change, say nothing false.
        out.truncate(before);
        out.extend_from_slice(b"\"?\"");
    }
}

fn digits(out: &mut Vec<u8>, mut value: u64) {
    let start = out.len();
    loop {
        out.push(b'0' + u8::try_from(value % 10).unwrap_or(0));
        value /= 10;
        if value == 0 {
            break;
        }
    }
    if let Some(written) = out.get_mut(start..) {
        written.reverse();
    }
}

/// Where the first byte stands that needs an escape. A block is looked through without a branch
/// for each byte: most have none.
fn first_special(bytes: &[u8]) -> Option<usize> {
    let is_special = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\');
    let (blocks, _) = bytes.as_chunks::<32>();
    let is_clean = |block: &&[u8; 32]| {
        let specials = block.iter().map(|byte| u8::from(is_special(byte)));
        specials.sum::<u8>() == 0
    };
    let at = blocks.iter().take_while(is_clean).count() * 32;
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(is_special).map(|found| at + found)
}

/// A string, escaped as RFC 8785 §3.2.2.2 asks, in at most `room` bytes between the quotes.
pub fn string(out: &mut Vec<u8>, text: &str, room: usize) {
    out.push(b'"');
    let start = out.len();
    let mut rest = text;
    let plain_to = loop {
        let Some(at) = first_special(rest.as_bytes()) else {
            break rest.len();
        };
        let (plain, from) = rest.split_at(at);
        let mut escape = [0; 6];
        let escape = escaped(from.as_bytes().first().copied().unwrap_or(0), &mut escape);
        if out.len() - start + plain.len() + escape.len() > room {
            break at;
        }
        out.extend_from_slice(plain.as_bytes());
        out.extend_from_slice(escape);
        rest = from.get(1..).unwrap_or_default();
    };
    let fits = rest.floor_char_boundary(plain_to.min(room.saturating_sub(out.len() - start)));
    out.extend_from_slice(rest.as_bytes().get(..fits).unwrap_or_default());
    out.push(b'"');
}

/// The escape of one byte, within `room`.
fn escaped(byte: u8, room: &mut [u8; 6]) -> &[u8] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' => b"\\\"",
        b'\\' => b"\\\\",
        0x08 => b"\\b",
        0x09 => b"\\t",
        0x0a => b"\\n",
        0x0c => b"\\f",
        0x0d => b"\\r",
        _ => {
            let [high, low] = [byte >> 4, byte & 15]
                .map(|nibble| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            *room = [b'\\', b'u', b'0', b'0', high, low];
            room
        }
    }
}

/// The canonical bytes of a value, or `None` if it holds what an entry never holds: a float, an
/// integer of 2^53 or more, a null.
#[must_use]
pub fn canonical(value: &Value) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(1_024);
    put(&mut out, value)?;
    Some(out)
}

fn put(out: &mut Vec<u8>, value: &Value) -> Option<()> {
    match value {
        Value::Null => return None,
        Value::Bool(is) => out.extend_from_slice(if *is { b"true" } else { b"false" }),
        Value::Number(number) => {
            let number = number.as_u64().filter(|n| *n <= INTEGER_MAX)?;
            digits(out, number);
        }
        Value::String(text) => string(out, text, usize::MAX),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                put(out, item)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (at, (key, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                string(out, key, usize::MAX);
                out.push(b':');
                put(out, value)?;
            }
            out.push(b'}');
        }
    }
    Some(())
}
