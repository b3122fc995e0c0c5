//! Read buffers, lent by a reactor to the session that reads just now.
//!
//! Why: an idle session holds none, so it costs kilobytes; a streaming one is lent larger ones.
//! A buffer is initialised once and keeps old bytes of others: only what was read is looked at.

use std::cell::RefCell;
use std::rc::Rc;

/// Buffer sizes in bytes, and how many free ones of each a reactor keeps.
const SIZES: [(usize, usize); 3] = [(16 << 10, 64), (64 << 10, 16), (256 << 10, 8)];

/// A reactor's free buffers.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: RefCell<[Vec<Box<[u8]>>; 3]>,
}

/// How large a buffer a lane is lent: grows while its reads fill it, falls back when they do not.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Appetite(usize);

/// A lent buffer: back in the pool when the last holder drops it.
#[derive(Debug)]
pub(crate) struct Lease {
    bytes: Box<[u8]>,
    pool: Rc<Pool>,
    size: usize,
}

impl Pool {
    /// Lends a buffer.
    pub(crate) fn lend(self: &Rc<Self>, appetite: Appetite) -> Lease {
        let size = appetite.0;
        let free = self.free.borrow_mut().get_mut(size).and_then(Vec::pop);
        let (length, _) = SIZES.get(size).copied().unwrap_or((16 << 10, 0));
        let bytes = free.unwrap_or_else(|| vec![0; length].into_boxed_slice());
        Lease {
            bytes,
            pool: self.clone(),
            size,
        }
    }
}

impl Appetite {
    /// What the next buffer should be after `read` bytes came.
    pub(crate) fn after(&mut self, read: usize) {
        let (length, _) = SIZES.get(self.0).copied().unwrap_or_default();
        if read == length {
            self.0 = (self.0 + 1).min(SIZES.len() - 1);
        } else if read < length / 8 {
            self.0 = self.0.saturating_sub(1);
        }
    }
}

impl Lease {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, to read into.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut free = self.pool.free.borrow_mut();
        let most = SIZES.get(self.size).map_or(0, |(_, most)| *most);
        if let Some(free) = free.get_mut(self.size)
            && free.len() < most
        {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_grow_with_the_stream_and_come_back() {
        let pool = Rc::new(Pool::default());
        let mut appetite = Appetite::default();
        for (read, length) in [
            (16 << 10, 64 << 10),
            (64 << 10, 256 << 10),
            (256 << 10, 256 << 10),
        ] {
            appetite.after(read);
            assert_eq!(pool.lend(appetite).bytes().len(), length);
        }
        appetite.after(100);
        assert_eq!(pool.lend(appetite).bytes().len(), 64 << 10);
        let kept: usize = pool.free.borrow().iter().map(Vec::len).sum();
        assert_eq!(
            kept, 2,
            "the 64 KiB one was lent twice, the 256 KiB one twice"
        );
    }
}
