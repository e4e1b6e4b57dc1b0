//! What waits to be written to a side.

/// Space that is kept when nothing waits.
const USUAL: usize = 64 << 10;

/// Lines in the order in which they are written.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// Up to here they have been written.
    written: usize,
}

impl Outbox {
    /// Adds a message, and the end of its line.
    pub(super) fn push(&mut self, line: &str) {
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
    }

    /// Adds what waits in another one.
    pub(super) fn append(&mut self, other: &mut Self) {
        self.bytes.extend_from_slice(other.waiting());
        *other = Self::default();
    }

    /// What is to be written next.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting().len()
    }

    /// Whether none do.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// So many bytes were written.
    pub(crate) fn wrote(&mut self, count: usize) {
        self.written = self.written.saturating_add(count);
        if self.is_empty() {
            self.clear();
        }
    }

    /// Nobody reads any more.
    pub(crate) fn clear(&mut self) {
        self.written = 0;
        self.bytes.clear();
        self.bytes.shrink_to(USUAL);
    }
}
