//! The only bytes of a conversation that are our own: refusals, for the client or the server that gets no answer.
//!
//! Codes: `-32020` to `-32099` belong to the protocol, and a client that probes for the era of a server would take one
//! of them as an answer; `-32000` to `-32019` are closed to newcomers since revision 2026-07-28. Ours are outside.

use std::fmt::Write;

use crate::envelope::Id;
use crate::refusal::{Reason, Refusal};

/// What kind of error it is, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// What was sent is not JSON: `-32700`.
    NotJson,
    /// It is no message, or none for now: `-32600`.
    BadMessage,
    /// Something of ours failed, and so nothing was passed on: `-32603`.
    Internal,
    /// Policy, or a person, said no: `-31403`.
    Denied,
    /// Too much at once, or too often: `-31429`.
    TooMany,
    /// No answer in time: `-31504`.
    TimedOut,
    /// The server is gone: `-31502`.
    Gone,
}

impl Code {
    /// On the wire.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::NotJson => -32_700,
            Self::BadMessage => -32_600,
            Self::Internal => -32_603,
            Self::Denied => -31_403,
            Self::TooMany => -31_429,
            Self::TimedOut => -31_504,
            Self::Gone => -31_502,
        }
    }
}

impl From<Reason> for Code {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::NotJson
            | Reason::NotUtf8
            | Reason::ByteOrderMark
            | Reason::BadNumber
            | Reason::BadEscape => Self::NotJson,
            Reason::TooManyInFlight => Self::TooMany,
            _ => Self::BadMessage,
        }
    }
}

/// An error for whoever asked; without an id for whoever sent something that could not be read.
#[must_use]
pub fn error(id: Option<&Id<'_>>, code: Code, message: &str) -> String {
    let mut line = String::from(r#"{"jsonrpc":"2.0","#);
    if let Some(id) = id {
        line.push_str("\"id\":");
        push_id(id, &mut line);
        line.push(',');
    }
    push(&mut line, format_args!(r#""error":{{"code":{},"message":"#, code.number()));
    push_string(message, &mut line);
    line.push_str("}}");
    line
}

/// The error for a message that was refused: names the reason, and no byte of the message.
#[must_use]
pub fn refused(refusal: &Refusal) -> String {
    let reason = refusal.reason;
    error(refusal.id.as_ref(), reason.into(), &format!("mantrap refused: {refusal} ({})", reason.id()))
}

/// The result of a tool call that was refused, where the model should read why. Both eras take it.
#[must_use]
pub fn tool_refused(id: &Id<'_>, message: &str) -> String {
    let mut line = String::from(r#"{"jsonrpc":"2.0","id":"#);
    push_id(id, &mut line);
    line.push_str(r#","result":{"resultType":"complete","content":[{"type":"text","text":"#);
    push_string(message, &mut line);
    line.push_str(r#"}],"isError":true}}"#);
    line
}

/// Tells a server that nobody waits for this answer any more.
#[must_use]
pub fn cancelled(id: &Id<'_>, why: &str) -> String {
    let mut line =
        String::from(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"#);
    push_id(id, &mut line);
    line.push_str(r#","reason":"#);
    push_string(why, &mut line);
    line.push_str("}}");
    line
}

fn push_id(id: &Id<'_>, line: &mut String) {
    match id {
        Id::Integer(integer) => push(line, format_args!("{integer}")),
        Id::Text(text) => push_string(text, line),
    }
}

/// Escapes more than JSON asks for: whatever a terminal or a log might act on is spelled out.
pub(crate) fn push_string(text: &str, line: &mut String) {
    line.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                line.push('\\');
                line.push(letter);
            }
            ' '..='~' => line.push(letter),
            _ => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    push(line, format_args!("\\u{unit:04x}"));
                }
            }
        }
    }
    line.push('"');
}

/// Writing to a string cannot fail.
fn push(line: &mut String, what: std::fmt::Arguments<'_>) {
    let _: std::fmt::Result = line.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batches, Limits, Scanner};

    #[test]
    fn what_we_say_is_what_we_would_let_pass() {
        let odd = "a\"b\\c\nd\u{0}e\u{1b}[31m\u{202e}f🙂";
        let ids = [Id::Integer(-3), Id::Text(odd.into())];
        for id in &ids {
            for line in [error(Some(id), Code::Denied, odd), tool_refused(id, odd), cancelled(id, odd)] {
                assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
                Scanner::new(Limits::default()).read(&line, Batches::Refuse).unwrap();
                assert!(
                    serde_json::from_str::<serde_json::Value>(&line).unwrap().to_string().contains("31m")
                );
            }
        }
        for reason in Reason::ALL {
            let line = refused(&Refusal::new(*reason, 7));
            let error = serde_json::from_str::<serde_json::Value>(&line).unwrap();
            assert!(error.get("id").is_none());
            assert!(error["error"]["message"].as_str().unwrap().contains(reason.id()));
            let code = error["error"]["code"].as_i64().unwrap();
            assert!(!(-32_099..=-32_000).contains(&code), "{code}");
        }
    }
}
