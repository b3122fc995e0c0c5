//! The naive target: it answers each message in order, mostly well, and skips to Sync after an
//! error.

use wire::Input;

use super::World;

impl World {
    /// The naive target reads whole messages and answers each, mostly well.
    pub(super) fn play_target(&mut self) {
        if !self.is_opened {
            return;
        }
        let mut rounds = 0;
        loop {
            self.read_target();
            rounds += 1;
            if self.target_out.is_empty() || rounds > 1_000 {
                return;
            }
            let said = std::mem::take(&mut self.target_out);
            let mut rest = said.as_slice();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((1 + self.dice.below(40)).min(rest.len()));
                rest = after;
                self.feed(Input::FromTarget(piece), piece);
            }
        }
    }

    fn read_target(&mut self) {
        loop {
            if self.target_in.first() == Some(&0) {
                // The start-up message.
                self.target_in.clear();
                self.say(b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x07\0\0\0\x09Z\0\0\0\x05I");
                return;
            }
            let Some(head) = self.target_in.first_chunk::<5>() else {
                return;
            };
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let tag = head[0];
            if self.target_in.len() <= length {
                return;
            }
            let is_statement = self.target_in.get(5) == Some(&b'S');
            self.target_in.drain(..=length);
            if self.target_skips && tag != b'S' {
                continue;
            }
            let row = b"D\0\0\0\x0b\0\x01\0\0\0\x01a";
            let columns = b"T\0\0\0\x1a\0\x01x\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
            let status = [b"Z\0\0\0\x05I", b"Z\0\0\0\x05T", b"Z\0\0\0\x05E"][self.dice.below(3)];
            match tag {
                b'P' => self.say(b"1\0\0\0\x04"),
                b'B' => self.say(b"2\0\0\0\x04"),
                b'C' => self.say(b"3\0\0\0\x04"),
                b'D' => {
                    if is_statement {
                        self.say(b"t\0\0\0\x06\0\0");
                    }
                    self.say(columns);
                }
                b'S' => {
                    self.target_skips = false;
                    self.say(status);
                }
                b'E' => {
                    self.say(row);
                    let ends: [&[u8]; 3] = [
                        b"s\0\0\0\x04",
                        b"C\0\0\0\x0dSELECT 1\0",
                        b"G\0\0\0\x07\0\0\0",
                    ];
                    let end = self.dice.below(ends.len());
                    self.say(ends[end]);
                }
                b'c' => self.say(b"C\0\0\0\x0bCOPY 1\0"),
                b'Q' => {
                    self.say(columns);
                    self.say(row);
                    self.say(b"C\0\0\0\x0dSELECT 1\0");
                    self.say(status);
                }
                b'F' => {
                    self.say(b"V\0\0\0\x08\xff\xff\xff\xff");
                    self.say(status);
                }
                _ => {}
            }
            if matches!(tag, b'P' | b'B' | b'E') && self.dice.below(12) == 0 {
                self.target_skips = true;
                self.say(b"E\0\0\0\x17SERROR\0C22012\0Mno\0\0");
            }
        }
    }

    fn say(&mut self, message: &[u8]) {
        self.target_out.extend_from_slice(message);
    }
}
