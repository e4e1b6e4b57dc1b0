#![no_main]

//! What is accepted as a message is JSON for serde_json too, says the same there, and can be walked, judged by a
//! connection in any state, and answered.

use mantrap_mcp::meaning::walk;
use mantrap_mcp::{Batches, Connection, Kind, Limits, Raw, Scanner, Side, reply};
use serde_json::Value;

fn same(raw: Raw<'_>, value: &Value) -> bool {
    match value {
        Value::Null => raw.kind() == Kind::Null,
        Value::Bool(value) => raw.boolean() == Some(*value),
        Value::Number(_) => raw.kind() == Kind::Number,
        Value::String(value) => raw.text().is_some_and(|text| text == *value),
        Value::Array(values) => {
            raw.elements().count() == values.len()
                && raw.elements().zip(values).all(|(raw, value)| same(raw, value))
        }
        Value::Object(values) => {
            raw.members().count() == values.len()
                && raw.members().all(|(name, raw)| {
                    values.get(name.said().as_ref()).is_some_and(|value| same(raw, value))
                })
        }
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(line) = std::str::from_utf8(data) else { return };
    let limits = Limits::default();
    let mut scanner = Scanner::new(limits);
    let message = match scanner.read(line, Batches::Allow) {
        Ok(message) => message,
        Err(refusal) => {
            let reply = reply::refused(&refusal);
            assert!(scanner.read(&reply, Batches::Refuse).is_ok(), "{reply}");
            return;
        }
    };
    let value: Value = serde_json::from_str(line).expect("what is accepted is JSON");
    let values = value.as_array().cloned().unwrap_or_else(|| vec![value]);
    assert_eq!(values.len(), message.envelopes().len());
    for (envelope, value) in message.envelopes().iter().zip(&values) {
        use mantrap_mcp::Envelope::{Error, Notification, Request, Result};
        let (name, raw) = match envelope {
            Request { params, .. } | Notification { params, .. } => ("params", *params),
            Result { result, .. } => ("result", Some(*result)),
            Error { error, .. } => ("error", Some(*error)),
        };
        assert!(raw.is_none_or(|raw| same(raw, &value[name])));
        let _ = walk(envelope, &mut |_| {});
        for handshake in ["", "2025-11-25", "2026-07-28"] {
            let mut connection = Connection::new(limits);
            if !handshake.is_empty() {
                let first = r#"{"jsonrpc":"2.0","id":"first","method":"server/discover"}"#;
                let legacy = r#"{"jsonrpc":"2.0","id":"first","method":"initialize"}"#;
                let answer = r#"{"jsonrpc":"2.0","id":"first","result":{"protocolVersion":"2025-11-25"}}"#;
                let asked = if handshake == "2025-11-25" { legacy } else { first };
                for (side, line) in [(Side::Client, asked), (Side::Server, answer)] {
                    let message = scanner.read(line, Batches::Refuse).expect("a message");
                    connection.observe(side, &message.envelopes()[0]).expect("the usual");
                }
            }
            for side in [Side::Client, Side::Server] {
                let _ = connection.observe(side, envelope);
            }
        }
    }
});
