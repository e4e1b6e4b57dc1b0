//! What the tests of several modules need.

use mantrap_mcp::Raw;

/// Calls `with` with a value.
pub(crate) fn raw<T>(json: &str, with: impl FnOnce(Raw<'_>) -> T) -> T {
    crate::read(json, with).unwrap()
}
