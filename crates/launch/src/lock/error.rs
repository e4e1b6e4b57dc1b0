//! Why a text is no lock, and where.

/// Why a text is no lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// More than anybody reviews.
    #[error("a lock has at most 4 MiB")]
    Large,
    /// Not text.
    #[error("line {line} is not UTF-8")]
    Encoding {
        /// Counted from 1.
        line: usize,
    },
    /// Another version, or none.
    #[error("the lock has to say `version = 1`, which is what this mantrap reads; it says {said}")]
    Version {
        /// What it says instead.
        said: String,
    },
    /// No TOML, or a field that does not exist, is missing or of another type.
    #[error("line {line}, column {column}: {problem}")]
    Shape {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A value that means nothing.
    #[error("line {line}: {field}: {problem}")]
    Value {
        /// Counted from 1.
        line: usize,
        /// The field, as a path from the top.
        field: String,
        /// What is wrong, and what to write instead.
        problem: String,
    },
}
