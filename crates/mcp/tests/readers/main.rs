//! What mantrap accepts, Python, Node and Go read as one and the same message. They are the languages of nearly all
//! servers and clients, and this is why bytes may be passed on as they are.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here is a failing test"
)]

#[path = "../generated/generate.rs"]
#[expect(dead_code, reason = "shared with the other test")]
mod generate;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use generate::{Dice, message};
use mantrap_mcp::{Batches, Kind, Limits, Raw, Scanner};

/// A message whose parameters are all there is to say about it.
const SHELL: (&str, &str) = (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":"#, "}");

/// Texts at the edge of what is accepted.
const ODD: &[&str] = &[
    r#"{"":{"":{"":null}}}"#,
    r#"{"\u0000":"\u0000","a\u0000":1,"a":2}"#,
    r#"{"é":1,"e\u0301":2,"\u00c9":3}"#,
    r#"{"K":1,"k":2,"\u212a":3}"#,
    r#"{"a":-0,"b":0.0,"c":-0.0e-0,"d":0e5000}"#,
    r#"{"a":9007199254740993,"b":-9223372036854775809,"c":123456789012345678901234567890123456789}"#,
    r#"{"a":1e-5000,"b":5e-324,"c":2.2250738585072011e-308,"d":9.9999999999999999999e307}"#,
    r#"{"a":0.1,"b":1E+0,"c":1e-0,"d":1.7976931348623157E+307}"#,
    r#"{"a":"\ud83d\ude00\uD83D\uDE00","b":"\ufffe\uffff\ufdd0","c":"\u2028\u2029"}"#,
    r#"{"__proto__":{"a":1},"constructor":2,"toString":3,"hasOwnProperty":4}"#,
    r#"{"a":"\/\\\"\b\f\n\r\t","b":"\\u0041","c":"</script>"}"#,
    "{\"a\":\"\u{7f}\u{80}\u{feff}\u{202e}\u{10ffff}\"}",
    "{ \"a\"\t:\t[ 1\t, 2 ,\t{ } , [ ] ] }",
    r#"{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"#,
    r#"{"10":1,"9":2,"1":3,"01":4,"-1":5,"1.0":6}"#,
];

fn said(raw: Raw<'_>) -> String {
    let hex = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            write!(out, "{byte:02x}").unwrap();
            out
        })
    };
    match raw.kind() {
        Kind::Null => "n".to_owned(),
        Kind::Boolean => if raw.boolean().unwrap() { "t" } else { "f" }.to_owned(),
        Kind::Number => {
            let number: f64 = raw.json().parse().unwrap();
            format!("#{:016x}", if number == 0.0 { 0 } else { number.to_bits() })
        }
        Kind::String => format!("\"{}", hex(&raw.text().unwrap())),
        Kind::Array => format!("[{}]", raw.elements().map(|element| said(element) + ",").collect::<String>()),
        Kind::Object => {
            let member =
                |(name, value): (mantrap_mcp::Text<'_>, _)| format!("{}!{},", hex(&name.said()), said(value));
            let mut members: Vec<String> = raw.members().map(member).collect();
            members.sort();
            format!("{{{}}}", members.concat())
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "readers of other languages, in a test")]
fn read_by(program: &str, arguments: &[&str], corpus: &str) -> Vec<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("`{program}`: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let corpus = corpus.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(corpus.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program} read something as no JSON");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn what_is_accepted_has_one_reading_in_python_node_and_go() {
    let mut dice = Dice(4);
    let mut lines: Vec<String> = ODD.iter().map(|odd| format!("{}{odd}{}", SHELL.0, SHELL.1)).collect();
    lines.extend(std::iter::repeat_with(|| message(&mut dice)).take(3_000));
    let mut scanner = Scanner::new(Limits::default());
    let mut expected = Vec::new();
    for line in &lines {
        scanner.read(line, Batches::Refuse).unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
        // The whole line as one value: as a parameter of another message it has been accepted too.
        let whole = format!("{}{}{}", SHELL.0, line.trim(), SHELL.1);
        let message = scanner.read(&whole, Batches::Refuse).unwrap();
        let mantrap_mcp::Envelope::Request { params: Some(params), .. } = &message.envelopes()[0] else {
            panic!("a request")
        };
        expected.push(said(*params));
    }
    let corpus = lines.join("\n") + "\n";
    for (program, arguments) in
        [("python3", ["read.py"].as_slice()), ("node", &["read.mjs"]), ("go", &["run", "read.go"])]
    {
        let read = read_by(program, arguments, &corpus);
        assert_eq!(read.len(), lines.len(), "{program}");
        for ((read, expected), line) in read.iter().zip(&expected).zip(&lines) {
            assert!(read == expected, "{program} reads something else: {line}");
        }
    }
}
