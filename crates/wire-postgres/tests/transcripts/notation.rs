//! The notation of messages: `Q "SELECT 1\0"`, `. i32:196608 "user\0alice\0\0"`, `! "raw"`.
//!
//! A tag (`.` is a packet without one, `!` bytes without a frame), then strings with escapes and
//! integers; ` | ` joins messages of one input.

/// The bytes of a line.
pub(crate) fn encode(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for message in line.split(" | ") {
        let (tag, rest) = message.trim().split_at(1);
        let body = items(rest);
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        match tag {
            "!" => {}
            "." => out.extend_from_slice(&length),
            tag => {
                out.extend_from_slice(tag.as_bytes());
                out.extend_from_slice(&length);
            }
        }
        out.extend_from_slice(&body);
    }
    out
}

fn items(mut rest: &str) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return out;
        }
        if let Some(text) = rest.strip_prefix('"') {
            let end = closing(text);
            out.extend(unescape(&text[..end]));
            rest = &text[end + 1..];
            continue;
        }
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        let (kind, number) = word.split_once(':').unwrap();
        let number: i64 = number.parse().unwrap();
        let bytes = number.to_be_bytes();
        match kind {
            "i8" => out.extend_from_slice(&bytes[7..]),
            "i16" => out.extend_from_slice(&bytes[6..]),
            "i32" => out.extend_from_slice(&bytes[4..]),
            other => panic!("{other}"),
        }
        rest = after;
    }
}

fn closing(text: &str) -> usize {
    let mut is_escaped = false;
    let found = text.char_indices().find(|(_, character)| {
        let ends = *character == '"' && !is_escaped;
        is_escaped = *character == '\\' && !is_escaped;
        ends
    });
    found.unwrap().0
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next().unwrap() {
            b'0' => out.push(0),
            b'n' => out.push(b'\n'),
            b'x' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            other => out.push(other),
        }
    }
    out
}

/// Bytes as a string with escapes.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        match byte {
            0 => out.push_str("\\0"),
            b'\n' => out.push_str("\\n"),
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            0x20..=0x7e => out.push(char::from(*byte)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out.push('"');
    out
}

/// The messages in `bytes`, one line each; what is no whole frame is raw.
pub(crate) fn decode(mut bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    while !bytes.is_empty() {
        let length = bytes
            .get(1..5)
            .map(|l| u32::from_be_bytes(l.try_into().unwrap()) as usize);
        match length.filter(|length| *length >= 4 && *length < bytes.len()) {
            Some(length) if bytes[0].is_ascii_alphanumeric() => {
                let body = &bytes[5..=length];
                let tag = char::from(bytes[0]);
                lines.push(match body {
                    [] => tag.to_string(),
                    body => format!("{tag} {}", escape(body)),
                });
                bytes = &bytes[length + 1..];
            }
            _ => {
                lines.push(format!("! {}", escape(bytes)));
                return lines;
            }
        }
    }
    lines
}
