//! Every reason that a line alone can be refused for, with lines that must be and twins that must not be.

use mantrap_mcp::{Batches, Framing, Limits, Lines, Message, Reason, Refusal, Scanner};

fn read(line: &str, batches: Batches) -> Result<usize, Refusal> {
    let limits = Limits { depth: 10, members: 20, name: 40, batch: 3, line: 400, in_flight: 8 };
    let read = Scanner::new(limits).read(line, batches)?;
    Ok(match &read {
        Message::Single(_) => 1,
        Message::Batch(envelopes) => envelopes.len(),
    })
}

/// A request around a value.
fn with(value: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"v":{value}}}}}"#)
}

#[test]
fn what_parsers_read_differently_is_refused_and_its_twin_passes() {
    let escaped = r#"{"jsonrpc":"2.0","\u0069d":1,"id":2,"method":"m"}"#;
    let cases: &[(Reason, &str, &str)] = &[
        (Reason::NotJson, "{'a':1}", "1"),
        (Reason::NotJson, "[1,]", "[1]"),
        (Reason::NotJson, "[1 2]", "[1,2]"),
        (Reason::NotJson, r#"{"a":1,}"#, r#"{"a":1}"#),
        (Reason::NotJson, r#"{"a" 1}"#, r#"{"a":1}"#),
        (Reason::NotJson, r#"{1:1}"#, r#"{"1":1}"#),
        (Reason::NotJson, "nul", "null"),
        (Reason::NotJson, "True", "true"),
        (Reason::NotJson, "nulll", "null"),
        (Reason::NotJson, "NaN", "0"),
        (Reason::NotJson, "Infinity", "0"),
        (Reason::BadNumber, "-Infinity", "-1"),
        (Reason::NotJson, "1/**/", "1"),
        (Reason::NotJson, "1\u{a0}", "1 \t"),
        (Reason::NotJson, "1\n", "1"),
        (Reason::CarriageReturn, "1\r", "1"),
        (Reason::CarriageReturn, "\"a\rb\"", r#""a\rb""#),
        (Reason::Nul, "\0", "1"),
        (Reason::Nul, "\"a\0b\"", r#""a\u0000b""#),
        (Reason::ControlCharacter, "\"a\tb\"", r#""a\tb""#),
        (Reason::ControlCharacter, "\"a\nb\"", r#""a\nb""#),
        (Reason::ControlCharacter, "\"\u{1f}\"", "\"\u{7f}\u{80}\""),
        (Reason::BadEscape, r#""\x41""#, r#""\u0041""#),
        (Reason::BadEscape, r#""\u00g1""#, r#""\u00F1""#),
        (Reason::BadEscape, r#""\'""#, r#""\"""#),
        (Reason::LoneSurrogate, r#""\ud83d""#, r#""\ud83d\ude00""#),
        (Reason::LoneSurrogate, r#""\ude00""#, r#""\u1234""#),
        (Reason::LoneSurrogate, r#""\ud83d\ud83d""#, r#""\uD83D\uDE00""#),
        (Reason::LoneSurrogate, r#""\ud83dxxxxxx""#, r#""\ud83d\ude00xxxxxx""#),
        (Reason::BadNumber, "01", "0"),
        (Reason::BadNumber, "-", "-0"),
        (Reason::BadNumber, "+1", "1"),
        (Reason::BadNumber, ".5", "0.5"),
        (Reason::BadNumber, "1.", "1.0"),
        (Reason::BadNumber, "1e", "1e0"),
        (Reason::BadNumber, "1e+", "1E+07"),
        (Reason::BadNumber, "-01", "-0.0e-0"),
        (Reason::HugeNumber, "1e308", "9.99e307"),
        (Reason::HugeNumber, "1e400", "1e-400"),
        (Reason::HugeNumber, "0.001e311", "0.0001e311"),
        (Reason::HugeNumber, "1e99999999999999999999", "0e99999999999999999999"),
        (Reason::DuplicateMember, r#"{"a":1,"a":1}"#, r#"{"a":1,"A":1}"#),
        (Reason::DuplicateMember, r#"[{"a":{"b":1,"c":2,"b":3}}]"#, r#"[{"a":{"b":1,"c":{"b":3}}}]"#),
        (Reason::DuplicateMember, r#"{"name":1,"n\u0061me":2}"#, r#"{"name":1,"n\\u0061me":2}"#),
        (Reason::DuplicateMember, r#"{"\/":1,"/":2}"#, r#"{"\\/":1,"/":2}"#),
        (Reason::DuplicateMember, r#"{"":1,"":2}"#, r#"{"":1," ":2}"#),
        (
            Reason::DuplicateMember,
            r#"{"long name 1":1,"long name 1":2}"#,
            r#"{"long name 1":1,"long name 2":2}"#,
        ),
        (Reason::DuplicateMember, r#"{"\u0000":1,"\u0000":2}"#, r#"{"\u0000":1,"":2,"\u0000\u0000":3}"#),
        (Reason::TooDeep, "[[[[[[[[[]]]]]]]]]", "[[[[[[[[]]]]]]]]"),
        (
            Reason::TooDeep,
            r#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}}"#,
            "[[],[],[],[],[],[],[],[],[]]",
        ),
    ];
    for (reason, bad, good) in cases {
        let refused = read(&with(bad), Batches::Refuse).expect_err(bad);
        assert_eq!(refused.reason, *reason, "{bad}");
        assert_eq!(read(&with(good), Batches::Refuse).map_err(|refusal| refusal.reason), Ok(1), "{good}");
    }
    assert_eq!(
        read(escaped, Batches::Refuse).map_err(|refusal| refusal.reason),
        Err(Reason::DuplicateMember)
    );
}

#[test]
fn what_is_no_message_is_refused_and_its_twin_passes() {
    let cases: &[(Reason, &str, &str)] = &[
        (Reason::NotJson, "starting up", r#"{"jsonrpc":"2.0","method":"m"}"#),
        (Reason::NotJson, "{", r#" {"jsonrpc":"2.0","method":"m"} "#),
        (Reason::NotJson, "null and void", "\t{\"jsonrpc\":\"2.0\",\"method\":\"m\"}"),
        (Reason::SecondValue, r#"{"jsonrpc":"2.0","method":"m"}{"jsonrpc":"2.0","method":"m"}"#, ""),
        (Reason::SecondValue, r#"{"jsonrpc":"2.0","method":"m"} x"#, r#"{"jsonrpc":"2.0","method":"m"} "#),
        (
            Reason::CarriageReturn,
            "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}\r{\"jsonrpc\":\"2.0\",\"method\":\"n\"}",
            "",
        ),
        (Reason::NotAnObject, "3", ""),
        (Reason::NotAnObject, "null ", ""),
        (Reason::Batch, r#"[{"jsonrpc":"2.0","method":"m"}]"#, ""),
        (
            Reason::CaseVariant,
            r#"{"jsonrpc":"2.0","method":"m","Method":"n"}"#,
            r#"{"jsonrpc":"2.0","method":"m","methods":"n"}"#,
        ),
        (
            Reason::CaseVariant,
            r#"{"jsonrpc":"2.0","method":"m","ID":1}"#,
            r#"{"jsonrpc":"2.0","method":"m","IDs":1}"#,
        ),
        (
            Reason::CaseVariant,
            r#"{"jsonrpc":"2.0","method":"m","\u0050arams":{}}"#,
            r#"{"jsonrpc":"2.0","method":"m","\u0070arams":{}}"#,
        ),
        (
            Reason::CaseVariant,
            "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"param\u{17f}\":{}}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"param\u{df}\":{}}",
        ),
        (Reason::BadVersion, r#"{"method":"m"}"#, ""),
        (Reason::BadVersion, r#"{"jsonrpc":"1.0","method":"m"}"#, ""),
        (Reason::BadVersion, r#"{"jsonrpc":2.0,"method":"m"}"#, r#"{"jsonrpc":"2\u002e0","method":"m"}"#),
        (Reason::BadVersion, "{}", ""),
        (
            Reason::BadId,
            r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":0,"method":"m"}"#,
        ),
        (
            Reason::BadId,
            r#"{"jsonrpc":"2.0","id":1.0,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":-1,"method":"m"}"#,
        ),
        (
            Reason::BadId,
            r#"{"jsonrpc":"2.0","id":1e2,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":"1e2","method":"m"}"#,
        ),
        (Reason::BadId, r#"{"jsonrpc":"2.0","id":-0,"method":"m"}"#, ""),
        (
            Reason::BadId,
            r#"{"jsonrpc":"2.0","id":9223372036854775808,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":9223372036854775807,"method":"m"}"#,
        ),
        (
            Reason::BadId,
            r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":"","method":"m"}"#,
        ),
        (Reason::BadId, r#"{"jsonrpc":"2.0","id":[1],"method":"m"}"#, ""),
        (
            Reason::BadId,
            r#"{"jsonrpc":"2.0","id":true,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{}}"#,
        ),
        (Reason::BadMethod, r#"{"jsonrpc":"2.0","id":1,"method":5}"#, ""),
        (Reason::BadMethod, r#"{"jsonrpc":"2.0","id":1,"method":""}"#, ""),
        (
            Reason::LongName,
            r#"{"jsonrpc":"2.0","id":1,"method":"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"}"#,
        ),
        (
            Reason::LongName,
            r#"{"jsonrpc":"2.0","id":"iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii","method":"m"}"#,
            "",
        ),
        (
            Reason::BadParams,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":[]}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":null}"#,
        ),
        (
            Reason::BadParams,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":"{}"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{}}"#,
        ),
        (
            Reason::BadResult,
            r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ),
        (Reason::BadResult, r#"{"jsonrpc":"2.0","id":1,"result":[]}"#, ""),
        (
            Reason::BadError,
            r#"{"jsonrpc":"2.0","id":1,"error":null}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#,
        ),
        (
            Reason::BadError,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":""}}"#,
            r#"{"jsonrpc":"2.0","error":{"code":-1,"message":""}}"#,
        ),
        (Reason::BadError, r#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#, ""),
        (Reason::CaseVariant, r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","Code":2}}"#, ""),
        (Reason::MixedKinds, r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#, ""),
        (Reason::MixedKinds, r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, ""),
        (Reason::MixedKinds, r#"{"jsonrpc":"2.0","id":1,"method":"m","result":{}}"#, ""),
        (Reason::MixedKinds, r#"{"jsonrpc":"2.0","id":1,"method":"m","error":{"code":1,"message":""}}"#, ""),
        (Reason::MixedKinds, r#"{"jsonrpc":"2.0","id":1,"result":{},"params":{}}"#, ""),
        (Reason::NoKind, r#"{"jsonrpc":"2.0","id":1}"#, ""),
        (Reason::NoKind, r#"{"jsonrpc":"2.0","result":{}}"#, ""),
        (
            Reason::DuplicateMember,
            r#"{"jsonrpc":"2.0","method":"m","x":1,"x":2}"#,
            r#"{"jsonrpc":"2.0","method":"m","x":1,"y":2}"#,
        ),
        (Reason::BlankLine, " ", ""),
    ];
    for (reason, bad, good) in cases {
        let refused = read(bad, Batches::Refuse).expect_err(bad);
        assert_eq!(refused.reason, *reason, "{bad}");
        if !good.is_empty() {
            assert_eq!(read(good, Batches::Refuse).map_err(|refusal| refusal.reason), Ok(1), "{good}");
        }
    }
}

#[test]
fn a_batch_is_taken_where_it_was_agreed_on_and_only_in_the_simplest_shape() {
    let one = r#"{"jsonrpc":"2.0","method":"m"}"#;
    let batch = |count: usize| format!(" [ {} ] ", vec![one; count].join(" , "));
    assert_eq!(read(&batch(3), Batches::Allow), Ok(3));
    for (line, reason) in [
        (batch(4), Reason::BadBatch),
        ("[]".to_owned(), Reason::BadBatch),
        (format!("[[{one}]]"), Reason::BadBatch),
        (format!("[{one},]"), Reason::BadBatch),
        (format!("[{one}]]"), Reason::SecondValue),
        (format!("[{one} {one}]"), Reason::NotJson),
        (format!("[{one},3]"), Reason::NotJson),
        (batch(2), Reason::Batch),
    ] {
        let batches = if reason == Reason::Batch { Batches::Refuse } else { Batches::Allow };
        assert_eq!(read(&line, batches).map_err(|refusal| refusal.reason), Err(reason), "{line}");
    }
}

#[test]
fn more_open_members_than_allowed_are_refused() {
    let object = |count: usize| {
        let members: Vec<String> = (0..count).map(|number| format!("\"{number}\":0")).collect();
        with(&format!("{{{}}}", members.join(",")))
    };
    // Four of the envelope and one of the parameters are open too.
    assert_eq!(read(&object(15), Batches::Refuse), Ok(1));
    assert_eq!(read(&object(16), Batches::Refuse).unwrap_err().reason, Reason::TooManyMembers);
}

#[test]
fn a_refused_request_names_its_asker_as_far_as_it_was_read() {
    let id = |line: &str| read(line, Batches::Refuse).unwrap_err().id.map(|id| id.to_string());
    assert_eq!(id(r#"{"jsonrpc":"2.0","id":5,"method":"m","params":{"a":1,"a":2}}"#).as_deref(), Some("5"));
    assert_eq!(id(r#"{"jsonrpc":"2.0","id":"five","method":"m","params":[]}"#).as_deref(), Some("\"five\""));
    assert_eq!(id(r#"{"method":"m","params":{"a":1,"a":2},"jsonrpc":"2.0","id":5}"#), None);
    // The answer to our question is not somebody's question.
    assert_eq!(id(r#"{"jsonrpc":"2.0","result":{},"id":5,"error":{}}"#), None);
}

#[test]
fn lines_are_refused_for_what_framing_sees() {
    let limits = Limits { line: 40, ..Limits::default() };
    let long = "x".repeat(40);
    let stream = [
        b"first\n".as_slice(),
        b"second\r\n",
        b"\n",
        b" \t\r\n",
        b"\xEF\xBB\xBF{}\n",
        b"\xff\n",
        long.as_bytes(),
        b"\r\n",
        long.as_bytes(),
        b"y\n",
        long.repeat(5).as_bytes(),
        b"\nlast\npartial",
    ]
    .concat();
    let expected = [
        Ok("first".to_owned()),
        Ok("second".to_owned()),
        Err(Reason::BlankLine),
        Err(Reason::BlankLine),
        Err(Reason::ByteOrderMark),
        Err(Reason::NotUtf8),
        Ok(long),
        Err(Reason::LongLine),
        Err(Reason::LongLine),
        Ok("last".to_owned()),
        Err(Reason::PartialLine),
    ];
    for step in [1, 2, 3, 7, 41, 43, 1000] {
        let mut lines = Lines::new(&limits);
        let mut seen = Vec::new();
        for piece in stream.chunks(step) {
            lines.space()[..piece.len()].copy_from_slice(piece);
            lines.filled(piece.len());
            while let Some(line) = lines.next() {
                seen.push(line.map(str::to_owned));
            }
        }
        seen.extend(lines.end().map(Err));
        assert_eq!(seen, expected, "in steps of {step}");
        assert_eq!(lines.end(), None);
    }
}

#[test]
fn every_reason_is_documented_and_nothing_else_is() {
    let page = include_str!("../../../docs/wire.md");
    let rows: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.id()).collect();
    assert_eq!(rows, reasons);
}
