use super::*;
use crate::{Passed, Side};

/// Allows everything.
struct Nobody;

impl Judge for Nobody {
    fn judge(&mut self, _: Side, _: &Passed<'_>, _: &Connection) -> Verdict {
        Verdict::Forward
    }
}

fn send(session: &mut Session<'_>, from: Side, mut bytes: &[u8], piece: usize, out: &mut Vec<u8>) {
    while !bytes.is_empty() {
        let space = session.space(from);
        let (now, later) = bytes.split_at(space.len().min(bytes.len()).min(piece));
        space[..now.len()].copy_from_slice(now);
        session.came(from, now.len());
        bytes = later;
        // A peer that takes less than there is.
        let waiting = session.out(from.other()).waiting();
        let count = waiting.len().min(piece / 2 + 1);
        out.extend_from_slice(&waiting[..count]);
        session.out(from.other()).wrote(count);
    }
}

#[test]
fn long_lines_pass_byte_for_byte_however_they_come_and_go() {
    for piece in [1 << 22, 65_536, 40_000] {
        let mut judge = Nobody;
        let mut session = Session::new(&mut judge);
        let mut out = Vec::new();
        let hello = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#;
        let answer = r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}}"#;
        let (mut calls, mut results, mut expected) =
            (format!("{hello}\n"), format!("{answer}\n"), format!("{answer}\n"));
        let lengths =
            [10, LONG - 80, LONG + 1, 3_000_000, 5, 3_500_000, 3_500_001, 1, LONG, 70_000, 4_000_000];
        for (length, id) in lengths.iter().cycle().take(22).zip(1..) {
            calls += &format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"t\"}}}}\n"
            );
            let text = "a line of é, and the next one\\n".repeat(length / 32);
            let line = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"content\":\"{text}\"}}}}");
            results += &format!("{line}{}", if id % 3 == 0 { "\r\n" } else { "\n" });
            expected += &format!("{line}\n");
        }
        send(&mut session, Side::Client, calls.as_bytes(), 4096, &mut Vec::new());
        send(&mut session, Side::Server, results.as_bytes(), piece, &mut out);
        out.extend_from_slice(session.out(Side::Client).waiting());
        let rest = session.out(Side::Client).waiting().len();
        session.out(Side::Client).wrote(rest);
        out.extend_from_slice(session.out(Side::Client).waiting());
        assert!(out == expected.as_bytes(), "{piece}: {} of {} bytes", out.len(), expected.len());
        let tally = session.tally();
        assert_eq!((tally.server, tally.refused_server, tally.dropped), (23, 0, 0));
    }
}
