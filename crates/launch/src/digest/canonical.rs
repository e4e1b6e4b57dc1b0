//! The one way to write a JSON document as bytes: RFC 8785 (JCS), of which only objects, arrays and strings occur.
//! `sha256sum` of a kept document is its digest.

use serde_json::Value;

/// `value` in canonical form: no white space, members sorted by the UTF-16 code units of their names, strings with the
/// shortest escapes. Numbers, booleans and null, which no document holds, are written as `serde_json` does.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            out.push(b'{');
            for (nth, (name, value)) in members.into_iter().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                string(name, out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (nth, item) in items.iter().enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::String(text) => string(text, out),
        other => out.extend(other.to_string().bytes()),
    }
}

/// RFC 8785, 3.2.2.2: `serde_json` escapes just that much and just so.
fn string(text: &str, out: &mut Vec<u8>) {
    // Writing a string to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        // RFC 8785, 3.2.3: sorted by UTF-16 code units, so a surrogate pair stands before U+FB33.
        let value = serde_json::json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let text = String::from_utf8(canonical(&value)).unwrap();
        let order: Vec<usize> = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
            .iter()
            .map(|word| text.find(word).unwrap())
            .collect();
        assert!(order.is_sorted(), "{text}");
        // RFC 8785, 3.2.2.2.
        let value = serde_json::json!(["\u{20ac}$\u{f}\nA'\u{42}\u{22}\u{5c}\\\"/\u{7f}"]);
        assert_eq!(canonical(&value), "[\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\"]".as_bytes());
    }
}
