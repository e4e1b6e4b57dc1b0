//! What a session costs, from memory to memory: `session [SECONDS [WORD]]`. Calls and results of several kinds (those whose name
//! holds WORD) pass framing, envelope, the default policy and all rules about text, on one thread. What descriptors cost, and what a
//! journal and a jail do beside it, `scripts/bench wire` measures. By processor time, where the system tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use mantrap_mcp::session::{Judge, Session, Verdict};
use mantrap_mcp::{Connection, Passed, Side};
use mantrap_policy::cedar::{Policies, Scope, Who};
use mantrap_policy::judge::{self, Consent, Event, Outcome, Setup};
use mantrap_policy::labels::Labels;
use mantrap_policy::limits::{Limits, Now};
use mantrap_policy::pins::{Pins, Shadows};
use mantrap_policy::screening::Screening;

/// Calls that are on their way at once.
const WINDOW: u64 = 200;
/// What a pipe holds, and so what is read at once.
const PIPE: usize = 64 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1.0);
    let word = std::env::args().nth(2).unwrap_or_default();
    let began = Instant::now();
    let scope = Scope::parse("built-in", [])?;
    let screening = Arc::new(Screening::built_in()?);
    println!("begun in {:?}, {}\n", began.elapsed(), memory());
    println!("| messages | bytes of a result | messages/s | GB/s | memory |\n|---|---|---|---|---|");
    for (name, text) in results().into_iter().filter(|(name, _)| name.contains(&word)) {
        let mut judge = Pure(judge::Judge::new(setup(&scope, &screening)), Instant::now());
        let mut session = Session::new(&mut judge);
        send(&mut session, Side::Client, HELLO[0]);
        send(&mut session, Side::Server, HELLO[1]);
        let window = if text.len() > 1000 { 2 } else { WINDOW };
        let (mut number, mut bytes, mut spent) = (1, 0, 0.0);
        while spent < seconds {
            let (mut calls, mut answers) = (String::new(), String::new());
            for id in number..number + window {
                calls += &format!(
                    "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"echo\",\"arguments\":{{\"text\":\"x\"}}}}}}\n"
                );
                answers += &format!(
                    "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}],\"isError\":false}}}}\n"
                );
            }
            let start = processor();
            let passed =
                send(&mut session, Side::Client, &calls) + send(&mut session, Side::Server, &answers);
            spent += processor() - start;
            if passed != calls.len() + answers.len() {
                return Err(
                    format!("`{name}`: {passed} bytes came of {}", calls.len() + answers.len()).into()
                );
            }
            bytes += passed;
            number += window;
        }
        let (rate, speed) = (2.0 * (number - 1) as f64 / spent, bytes as f64 / spent / 1e9);
        println!("| {name} | {} | {rate:.0} | {speed:.2} | {} |", text.len(), memory());
    }
    Ok(())
}

const HELLO: [&str; 2] = [
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}\n",
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"s\",\"version\":\"1\"}}}\n",
];

/// Sends bytes of a side as a pipe does; how many came out on the other.
fn send(session: &mut Session<'_>, from: Side, bytes: &str) -> usize {
    let (mut rest, mut came) = (bytes.as_bytes(), 0);
    while !rest.is_empty() {
        let space = session.space(from);
        let (now, later) = rest.split_at(space.len().min(rest.len()).min(PIPE));
        space.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
        session.came(from, now.len());
        rest = later;
        let out = session.out(from.other());
        came += out.len();
        out.wrote(out.len());
    }
    session.tick();
    came
}

/// The policy's judge with a clock, and without a journal and a person.
struct Pure(judge::Judge, Instant);

impl Judge for Pure {
    fn judge(&mut self, from: Side, passed: &Passed<'_>, connection: &Connection) -> Verdict {
        let (bytes, era) = (passed.line.len(), connection.era());
        let now = Now { elapsed: self.1.elapsed(), unix: 0 };
        for (envelope, turn) in passed.each() {
            let event = Event { from, envelope, turn, era, bytes, now, consent: Consent::Unasked };
            if self.0.judge(&event).outcome(passed.line, &event) != Outcome::Forward {
                return Verdict::Withhold;
            }
        }
        Verdict::Forward
    }
}

fn setup(scope: &Arc<Scope>, screening: &Arc<Screening>) -> Setup {
    Setup {
        who: Who::default(),
        server: "files".into(),
        pins: Pins::default(),
        shadows: Shadows::default(),
        labels: Labels::default(),
        definitions: BTreeMap::new(),
        limits: Limits {
            calls_per_minute: u64::MAX >> 20,
            bytes_per_minute: u64::MAX >> 20,
            ..Limits::default()
        },
        screening: Some(Arc::clone(screening)),
        remembered: BTreeSet::new(),
        policies: Policies::new(vec![Arc::clone(scope)]),
    }
}

/// What results say, as it stands in JSON.
fn results() -> Vec<(&'static str, String)> {
    let prose = "the quick brown fox jumps over the lazy dog and then it rests ";
    let log = r"2026-11-22 06:30:12 INFO  worker-3 finished in 12 ms, 3 of 40 rows skipped (see data/part-0007.csv)\n";
    let code = r#"    if let Some(\"x\") = map.get(\"key\") {\n\t\treturn Err(\"no\\n\");\n    }\n"#;
    let other = "Все счастливые семьи похожи друг на друга. 雨は朝から降り続いていた。";
    vec![
        ("small", "a short answer of a tool".to_owned()),
        ("3 MB of prose", prose.repeat(3_000_000 / prose.len())),
        ("3 MB of log", log.repeat(3_000_000 / log.len())),
        ("3 MB of code", code.repeat(3_000_000 / code.len())),
        ("3 MB of other scripts", other.repeat(3_000_000 / other.len())),
        ("64 KB of prose", prose.repeat(64_000 / prose.len())),
    ]
}

/// Seconds of processor time of this process so far, where the system tells it; else on the wall.
#[expect(clippy::disallowed_methods, reason = "not a config file")]
fn processor() -> f64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let spent = std::fs::read_to_string("/proc/self/schedstat").ok();
    let spent = spent.and_then(|spent| spent.split(' ').next()?.parse::<f64>().ok());
    spent.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64(), |spent| spent / 1e9)
}

/// What this process holds, where the system tells it.
#[expect(clippy::disallowed_methods, reason = "not a config file")]
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| status.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
    let [all, own] = ["VmRSS:", "RssAnon:"].map(|name| of(name).unwrap_or_else(|| "?".into()));
    format!("{all}, of which {own} its own")
}
