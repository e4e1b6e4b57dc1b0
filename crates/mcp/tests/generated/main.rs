//! What holds for every message, tried on very many: what is accepted is JSON for others too, and they read the same.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected should fail"
)]

mod generate;

use generate::{Dice, broken, message};
use mantrap_mcp::{
    Batches, Connection, Envelope, Framing, Id, Kind, Limits, Lines, Message, Raw, Reason, Relay, Scanner,
    Side,
};
use serde_json::Value;

/// The same value through [`Raw`] and through serde_json. Numbers are compared as doubles: that is what others see.
fn same(raw: Raw<'_>, value: &Value) -> bool {
    match value {
        Value::Null => raw.kind() == Kind::Null && raw.json() == "null",
        Value::Bool(value) => raw.boolean() == Some(*value),
        Value::Number(value) => {
            // serde_json rounds quickly, and so the last bit may differ.
            let (ours, theirs): (f64, _) = (raw.json().parse().unwrap(), value.as_f64().unwrap());
            raw.kind() == Kind::Number && (ours - theirs).abs() <= ours.abs() * 1e-15
        }
        Value::String(value) => raw.text().is_some_and(|text| text == *value),
        Value::Array(values) => {
            raw.elements().count() == values.len()
                && raw.elements().zip(values).all(|(raw, value)| same(raw, value))
        }
        Value::Object(values) => {
            let alike = |((name, raw), (key, value)): ((mantrap_mcp::Text<'_>, _), (&String, _))| {
                name.said() == *key && same(raw, value)
            };
            raw.members().count() == values.len() && raw.members().zip(values).all(alike)
        }
    }
}

/// The envelope of an accepted line says what serde_json says.
fn agrees(line: &str, message: &Message<'_>) {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let Message::Single(envelope) = message else { panic!("no batch was allowed") };
    let member = |name: &str, raw: Option<Raw<'_>>| match raw {
        Some(raw) => assert!(value.get(name).is_some_and(|value| same(raw, value)), "{name}: {line}"),
        None => assert!(value.get(name).is_none_or(Value::is_null), "{name}: {line}"),
    };
    let text = |name: &str, text: &str| assert_eq!(value[name].as_str(), Some(text), "{line}");
    let id = |id: &Id<'_>| match id {
        Id::Integer(integer) => assert_eq!(value["id"].as_i64(), Some(*integer), "{line}"),
        Id::Text(id) => text("id", id),
    };
    text("jsonrpc", "2.0");
    match envelope {
        Envelope::Request { id: asked, method, params } => {
            id(asked);
            text("method", method);
            member("params", *params);
        }
        Envelope::Notification { method, params } => {
            assert!(value.get("id").is_none());
            text("method", method);
            member("params", *params);
        }
        Envelope::Result { id: asked, result } => {
            id(asked);
            member("result", Some(*result));
        }
        Envelope::Error { id: asked, error } => {
            asked.iter().for_each(id);
            member("error", Some(*error));
        }
    }
}

#[test]
fn every_legal_message_is_accepted_and_read_as_serde_json_reads_it() {
    let (mut dice, mut scanner) = (Dice(1), Scanner::new(Limits::default()));
    for _ in 0..20_000 {
        let line = message(&mut dice);
        match scanner.read(&line, Batches::Refuse) {
            Ok(read) => agrees(&line, &read),
            Err(refusal) => panic!("{refusal}: {line}"),
        }
    }
}

#[test]
fn what_is_accepted_of_broken_messages_is_read_as_serde_json_reads_it() {
    let (mut dice, mut scanner) = (Dice(2), Scanner::new(Limits::default()));
    let (mut accepted, mut refused) = (0, std::collections::BTreeMap::new());
    for _ in 0..60_000 {
        let line = broken(&mut dice);
        let Ok(line) = std::str::from_utf8(&line) else { continue };
        match scanner.read(line, Batches::Refuse) {
            Ok(read) => {
                accepted += 1;
                agrees(line, &read);
            }
            Err(refusal) => {
                assert!(refusal.at <= line.len());
                *refused.entry(refusal.reason.id()).or_insert(0) += 1;
                // The other way round: what is refused as no JSON is none.
                let syntax =
                    matches!(refusal.reason, Reason::NotJson | Reason::BadNumber | Reason::BadEscape);
                assert!(!syntax || serde_json::from_str::<Value>(line).is_err(), "{refusal}: {line}");
            }
        }
    }
    // A test that sees only one side proves nothing.
    assert!(accepted > 2_000 && refused.len() > 12, "{accepted} accepted, {refused:?}");
}

/// A million, because that is what is promised; the stream is cut anywhere, as pipes do.
#[test]
fn a_million_frames_pass_a_relay_byte_for_byte() {
    let limits = Limits { in_flight: 1 << 20, ..Limits::default() };
    let (mut relay, mut connection) =
        (Relay::new(Side::Client, Lines::new(&limits), limits), Connection::new(limits));
    let mut dice = Dice(3);
    // What goes round: requests and notifications of unknown methods, which state says nothing against.
    let mut bodies = Vec::new();
    while bodies.len() < 5_000 {
        let mut body = String::new();
        generate::object(&mut dice, 3, &mut body);
        if body.len() < 300 && !body.contains("_meta") {
            bodies.push(body);
        }
    }
    let (mut number, mut seen, mut waiting) = (0_u64, 0_u64, Vec::new());
    let mut expected = std::collections::VecDeque::new();
    while seen < 1_000_000 {
        if number < 1_000_000 && waiting.len() < 16_384 {
            let body = &bodies[dice.below(bodies.len())];
            let line = match dice.below(3) {
                0 => format!("{{\"jsonrpc\":\"2.0\",\"method\":\"x/{number}\",\"params\":{body}}}"),
                1 => {
                    format!("{{\"id\":{number},\"method\":\"x/y\",\"jsonrpc\":\"2.0\", \"params\" :{body}}}")
                }
                _ => format!(
                    " {{\"params\":{body},\"extra\":{body},\"id\":\"\\u0023{number}\",\"method\":\"\\u0078/y\",\"jsonrpc\":\"2.0\"}}\t"
                ),
            };
            waiting.extend_from_slice(line.as_bytes());
            waiting.extend_from_slice(if dice.below(10) == 0 { b"\r\n" } else { b"\n" });
            expected.push_back(line);
            number += 1;
            continue;
        }
        let space = relay.framing().space();
        let count = waiting.len().min(space.len()).min(1 + dice.below(40_000));
        space[..count].copy_from_slice(&waiting[..count]);
        waiting.drain(..count);
        relay.framing().filled(count);
        let mut asked = Vec::new();
        while let Some(passed) = relay.next(&mut connection) {
            let passed = passed.unwrap();
            let line = expected.pop_front().unwrap();
            assert!(passed.line == line, "{line}");
            seen += 1;
            asked.extend(passed.message.asker());
        }
        for id in asked {
            assert!(connection.withdraw(Side::Client, &id).is_some());
        }
    }
    assert!(expected.is_empty() && relay.framing().end().is_none());
    assert_eq!(connection.in_flight(Side::Client), 0);
}
