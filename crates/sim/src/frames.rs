//! PostgreSQL's frames, as little as client and target models need: our own, on purpose.

/// Appends a message of that type.
pub(crate) fn put(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(tag);
    let length = u32::try_from(body.len() + 4).expect("a short body");
    out.extend(length.to_be_bytes());
    out.extend_from_slice(body);
}

/// Takes the first whole message off.
pub(crate) fn take(buffer: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let head: [u8; 5] = *buffer.first_chunk()?;
    let [tag, a, b, c, d] = head;
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
    let end = length.max(4) + 1;
    if buffer.len() < end {
        return None;
    }
    let rest = buffer.split_off(end);
    let frame = std::mem::replace(buffer, rest);
    Some((tag, frame.get(5..).unwrap_or_default().to_vec()))
}

/// A body, read from its head.
pub(crate) struct Body<'a>(pub(crate) &'a [u8]);

impl Body<'_> {
    pub(crate) fn text(&mut self) -> String {
        let end = self.0.iter().position(|byte| *byte == 0);
        let end = end.unwrap_or(self.0.len());
        let text = String::from_utf8_lossy(self.0.get(..end).unwrap_or_default()).into_owned();
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        text
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or_default()
    }

    pub(crate) fn short(&mut self) -> i16 {
        let bytes = self.bytes(2);
        bytes.first_chunk().map_or(0, |b| i16::from_be_bytes(*b))
    }

    pub(crate) fn word(&mut self) -> u32 {
        let bytes = self.bytes(4);
        bytes.first_chunk().map_or(0, |b| u32::from_be_bytes(*b))
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let count = count.min(self.0.len());
        let (head, rest) = self.0.split_at(count);
        self.0 = rest;
        head.to_vec()
    }
}

/// A text with its terminating NUL.
pub(crate) fn cstr(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(0);
}
