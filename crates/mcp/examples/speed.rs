//! How fast bytes become meaning: `speed [SECONDS [WORD]]`. Framing and envelope over messages of several kinds (those
//! whose name holds WORD), one core, from memory to memory. Per second of processor time, where the system tells it.

use std::time::Instant;

use mantrap_mcp::{Batches, Connection, Envelope, Framing, Limits, Lines, Reason, Scanner, Side, meaning};

fn main() {
    let seconds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1.0);
    println!(
        "| messages | bytes each | messages/s | MB/s | framing only, MB/s | with state and parts, MB/s |"
    );
    println!("|---|---|---|---|---|---|");
    let word = std::env::args().nth(2).unwrap_or_default();
    for (name, message) in messages().into_iter().filter(|(name, _)| name.contains(&word)) {
        let length = message.len() + 1;
        let stream = format!("{message}\n").repeat((1 << 20) / length + 1).into_bytes();
        let limits = Limits::default();
        let framed = rate(&stream, seconds, |_| true);
        let mut scanner = Scanner::new(limits);
        let read = rate(&stream, seconds, |line| scanner.read(line, Batches::Refuse).is_ok());
        let judged = rate(&stream, seconds, |line| judge(line, &mut scanner, &mut Connection::new(limits)));
        let (each, mega) = (read / length as f64, read / 1e6);
        println!("| {name} | {length} | {each:.0} | {mega:.0} | {:.0} | {:.0} |", framed / 1e6, judged / 1e6);
    }
}

/// All that is done before a policy is asked, but for the hash table of a long session.
fn judge(line: &str, scanner: &mut Scanner, connection: &mut Connection) -> bool {
    let Ok(message) = scanner.read(line, Batches::Refuse) else { return false };
    message.envelopes().iter().all(|envelope| {
        let noted = match envelope {
            // To be known, its question would have to be asked again and again.
            Envelope::Result { .. } => connection.observe(Side::Server, envelope) == Err(Reason::UnknownId),
            _ => connection.observe(Side::Client, envelope).is_ok(),
        };
        let mut parts = 0;
        noted && meaning::walk(envelope, &mut |_| parts += 1).is_ok()
    })
}

/// Bytes per second of messages that pass.
fn rate(stream: &[u8], seconds: f64, mut passes: impl FnMut(&str) -> bool) -> f64 {
    let mut lines = Lines::new(&Limits::default());
    let (start, mut bytes, mut refused, mut spent) = (Clock::start(), 0_u64, 0, 0.0);
    while spent < seconds {
        let mut rest = stream;
        while !rest.is_empty() {
            let space = lines.space();
            let length = space.len().min(rest.len());
            let (now, later) = rest.split_at(length);
            space.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
            lines.filled(length);
            rest = later;
            while let Some(line) = lines.next() {
                refused += u32::from(!line.is_ok_and(&mut passes));
            }
        }
        bytes += stream.len() as u64;
        spent = start.seconds();
    }
    assert!(refused == 0, "{refused} messages were refused");
    bytes as f64 / spent
}

/// Processor time of this process, or time on the wall.
struct Clock {
    wall: Instant,
    processor: Option<u64>,
}

impl Clock {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: Self::processor() }
    }

    fn seconds(&self) -> f64 {
        match (self.processor, Self::processor()) {
            (Some(start), Some(now)) => (now - start) as f64 / 1e9,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "not a config file")]
    fn processor() -> Option<u64> {
        std::fs::read_to_string("/proc/self/schedstat").ok()?.split(' ').next()?.parse().ok()
    }
}

fn messages() -> Vec<(&'static str, String)> {
    let call = r#"{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/home/dev/project/src/main.rs","head":200},"_meta":{"progressToken":17,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"client","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let result = |text: &str| {
        format!(
            r#"{{"result":{{"content":[{{"type":"text","text":{}}}],"isError":false}},"jsonrpc":"2.0","id":17}}"#,
            serde_json::Value::from(text)
        )
    };
    let prose = "It was the afternoon, and the rain had not let up since the morning of the day before.\n";
    let code = "    if let Some(\"x\") = map.get(\"key\") {\n\t\treturn Err(\"no\\n\");\n    }\n";
    let other = "Все счастливые семьи похожи друг на друга. 雨は朝から降り続いていた。\n";
    let tool = |number: usize| {
        format!(
            r#"{{"name":"tool_{number}","title":"Tool {number}","description":"Reads the thing with the given number and returns what stands in it, with its context.","inputSchema":{{"type":"object","properties":{{"path":{{"type":"string","description":"where"}},"limit":{{"type":"integer","minimum":1,"maximum":500}}}},"required":["path"],"additionalProperties":false}},"annotations":{{"readOnlyHint":true,"openWorldHint":false}}}}"#
        )
    };
    let tools: Vec<String> = (0..100).map(tool).collect();
    let rows: Vec<String> = (0..10_000)
        .map(|row| format!(r#"{{"id":{row},"name":"row {row}","on":true,"share":0.{row}}}"#))
        .collect();
    vec![
        ("`ping`", r#"{"jsonrpc":"2.0","id":17,"method":"ping"}"#.to_owned()),
        ("a small result", result("42 files")),
        ("a tool call", call.to_owned()),
        ("100 tools", format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":[{}]}}}}"#, tools.join(","))),
        ("10,000 rows", format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"rows":[{}]}}}}"#, rows.join(","))),
        ("64 KB of prose", result(&prose.repeat(750))),
        ("64 KB of code", result(&code.repeat(1000))),
        ("64 KB of other scripts", result(&other.repeat(550))),
        ("3 MB of prose", result(&prose.repeat(35_000))),
        ("3 MB of base64", result(&"QUJD".repeat(750_000))),
    ]
}
