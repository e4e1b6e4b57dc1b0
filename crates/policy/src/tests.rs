//! What the tests of several modules need.

use mantrap_mcp::{Batches, Envelope, Limits, Message, Raw, Scanner};

/// Calls `with` with a value.
pub(crate) fn raw<T>(json: &str, with: impl FnOnce(Raw<'_>) -> T) -> T {
    let line = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"value":{json}}}}}"#);
    let message = Scanner::new(Limits::default()).read(&line, Batches::Refuse).unwrap();
    let Message::Single(Envelope::Result { result, .. }) = message else { panic!("a result") };
    with(result.field("value").unwrap().unwrap())
}
