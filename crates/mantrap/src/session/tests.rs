//! What is allowed is untouched: through the whole of a session, judged by the default policy, every byte of every message
//! comes out on the other side as it went in.

#[path = "../../../mcp/tests/generated/generate.rs"]
#[expect(dead_code, reason = "made for the tests of the crate that cuts messages")]
mod generate;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use mantrap_launch::lock::ScopeName;
use mantrap_launch::scope::{Places, Whose};
use mantrap_launch::{Located, Lock};
use mantrap_mcp::Side;
use mantrap_policy::cedar::Who;

use super::Session;
use super::policed::shown::Shown;
use super::policed::{Desk, Policed, Recording};
use generate::Dice;

/// A million, because that is what is promised.
const FRAMES: u64 = 1_000_000;
/// Frames of one side at once, fewer than may be in flight.
const ROUND: usize = 500;

/// A journal that counts.
#[derive(Default)]
struct Counted(AtomicU64);

impl Recording for Counted {
    fn verdicts(&self, verdicts: Vec<mantrap_journal::Verdict>) -> anyhow::Result<()> {
        self.0.fetch_add(verdicts.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// A home whose user limits nothing, gone when the test is over.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("mantrap-session-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        let limits = "[limits]\ncalls-per-minute = 1000000000\nserver-messages-per-minute = 1000000000\nin-flight = 1000\n";
        std::fs::write(root.join("policy.toml"), limits).unwrap();
        Self(root.canonicalize().unwrap())
    }

    fn judge<'a>(&self, journal: &'a Counted) -> Policed<'a> {
        let user = Some(self.0.clone());
        let places = Places { system: (self.0.join("none"), Whose::User), user, project: None };
        let digest = format!("sha256:{}", "0".repeat(64));
        let lock = format!(
            "version = 1\n\n[server.srv]\nsource = \"bin:/srv/server\"\nruntime = {{ path = \"/srv/server\", digest = \"{digest}\" }}\n"
        );
        let name = "srv".parse().unwrap();
        let entry = Lock::parse(lock.as_bytes()).unwrap().servers[&name].clone();
        let located = Located { name, entry, scope: ScopeName::User, lock: self.0.join("mantrap.lock") };
        let desk = Desk {
            places: &places,
            queue: self.0.join("questions"),
            consents: self.0.join("consents.json"),
            shown: Shown::beneath(&self.0),
            who: Who { user: "ada".into(), client: "test".into(), session: "1".into() },
            now: 1_700_000_000,
        };
        Policed::open(&located, desk, journal).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Sends lines of a side, cut anywhere, as pipes do; gives what the other side and the sender itself get.
fn send(session: &mut Session<'_>, dice: &mut Dice, from: Side, lines: &[String]) -> (Vec<u8>, Vec<u8>) {
    let bytes: Vec<u8> = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let space = session.space(from);
        let count = rest.len().min(space.len()).min(1 + dice.below(60_000));
        space[..count].copy_from_slice(&rest[..count]);
        session.came(from, count);
        rest = &rest[count..];
    }
    let mut take = |side| {
        let out = session.out(side);
        let taken = out.waiting().to_vec();
        out.wrote(taken.len());
        taken
    };
    (take(from.other()), take(from))
}

/// All of it arrives, and nothing comes back.
fn pass(session: &mut Session<'_>, dice: &mut Dice, from: Side, lines: &[String]) {
    let (there, back) = send(session, dice, from, lines);
    let mut expected = lines.iter();
    for came in there.split_inclusive(|byte| *byte == b'\n') {
        let line = expected.next().unwrap();
        let came = &came[..came.len() - 1];
        assert!(came == line.as_bytes(), "{line}\ncame as {}", String::from_utf8_lossy(came));
    }
    assert_eq!((expected.next(), String::from_utf8_lossy(&back).as_ref()), (None, ""));
}

fn hello() -> [Vec<String>; 4] {
    let tools = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"echo","description":"Says it again","inputSchema":{"type":"object"},"future":1e3},{"inputSchema":{"type":"object","properties":{"a":{"type":"number"}}},"name":"add"}], "nextThing":null }}"#;
    [
        vec![r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"},"newer":[]}}"#.into()],
        vec![r#" {"id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}},"jsonrpc":"2.0"}"#.into()],
        vec![
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.into(),
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#.into(),
        ],
        vec![tools.into()],
    ]
}

fn greet(session: &mut Session<'_>, dice: &mut Dice) {
    for (number, lines) in hello().iter().enumerate() {
        pass(session, dice, if number % 2 == 0 { Side::Client } else { Side::Server }, lines);
    }
}

/// A call and its answer, with members that nobody knows, numbers of any size, and whatever else is legal and odd.
fn exchange(number: u64, body: &str) -> (String, [String; 2]) {
    let call = match number % 3 {
        0 => format!(
            r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"echo","arguments":{body}}}}}"#
        ),
        1 => format!(
            r#" {{"params" :{{"arguments":{body} ,"name":"e\u0063ho","newer":{body}}},"id":"\u0023{number}", "method":"tools\/call","jsonrpc":"2.0"}}"#
        ),
        _ => format!(
            r#"{{"id":-{number},"extra":{body},"method":"tools/call","jsonrpc":"2.0","params":{{"name":"add","arguments":{{"a":{number}.50e0}}}}}}"#
        ),
    };
    let id = match number % 3 {
        0 => number.to_string(),
        1 => format!(r##""#{number}""##),
        _ => format!("-{number}"),
    };
    let news = format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","data":{body}}}}}"#
    );
    let result = format!(
        r#"{{"id":{id},"jsonrpc":"2.0","result":{{"content":[{{"type":"text","text":"{number} \/ \u00e9"}}],"structuredContent":{body},"later":{body}}}}}"#
    );
    (call, [news, result])
}

/// Objects of every odd shape about which no rule has anything to say.
fn bodies(home: &Home, dice: &mut Dice) -> Vec<String> {
    let journal = Counted::default();
    let mut judge = home.judge(&journal);
    let mut session = Session::new(&mut judge);
    greet(&mut session, dice);
    let mut kept = Vec::new();
    for candidate in 1..3000 {
        let mut body = String::new();
        generate::object(dice, 3, &mut body);
        let body = body.replace('\u{202e}', "é").replace("\\u0000", "\\u0041");
        if body.len() > 120 {
            continue;
        }
        let all = (3 * candidate..3 * candidate + 3).map(|number| exchange(number, &body));
        let is_untouched = all.into_iter().all(|(call, answers)| {
            let there = send(&mut session, dice, Side::Client, std::slice::from_ref(&call)).0;
            let back = send(&mut session, dice, Side::Server, &answers).0;
            there == format!("{call}\n").as_bytes()
                && back == format!("{}\n{}\n", answers[0], answers[1]).as_bytes()
        });
        if is_untouched {
            kept.push(body);
        }
    }
    assert!(kept.len() > 300, "{}", kept.len());
    kept
}

#[test]
fn a_million_frames_pass_a_session_byte_for_byte() {
    let home = Home::new("million");
    let mut dice = Dice(7);
    let bodies = bodies(&home, &mut dice);
    let journal = Counted::default();
    let mut judge = home.judge(&journal);
    let mut session = Session::new(&mut judge);
    greet(&mut session, &mut dice);
    let mut number = 3;
    let mut frames = 0;
    while frames < FRAMES {
        let (mut calls, mut answers) = (Vec::new(), VecDeque::new());
        for _ in 0..ROUND {
            let (call, both) = exchange(number, &bodies[dice.below(bodies.len())]);
            calls.push(call);
            answers.extend(both);
            number += 1;
        }
        frames += (calls.len() + answers.len()) as u64;
        pass(&mut session, &mut dice, Side::Client, &calls);
        pass(&mut session, &mut dice, Side::Server, answers.make_contiguous());
        session.tick();
    }
    let tally = session.tally().clone();
    assert_eq!((tally.refused_client, tally.refused_server, tally.dropped), (0, 0, 0));
    assert_eq!(tally.client + tally.server, frames + 5);
    assert!(journal.0.load(Ordering::Relaxed) > 0);
}

#[test]
fn what_real_servers_and_clients_said_passes_a_session_byte_for_byte() {
    let home = Home::new("recorded");
    let mut dice = Dice(8);
    let mut passed = 0;
    for recording in include_str!("../../tests/frames/recorded.txt").split("\n# ") {
        let journal = Counted::default();
        let mut judge = home.judge(&journal);
        let mut session = Session::new(&mut judge);
        for line in recording.lines().skip(1) {
            let from = if line.starts_with('>') { Side::Client } else { Side::Server };
            pass(&mut session, &mut dice, from, &[line.get(1..).unwrap_or_default().to_owned()]);
            passed += 1;
        }
    }
    assert!(passed > 50, "{passed}");
}
