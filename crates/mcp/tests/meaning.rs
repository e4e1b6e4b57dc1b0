//! Whatever hides in a message is shown, wherever it hides.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here is a failing test")]

use mantrap_mcp::meaning::{Ask, Content, Part, Place, walk};
use mantrap_mcp::{Batches, Limits, Message, Reason, Scanner};

/// The parts of a line, each as `Debug` shows it, which has all that it holds.
fn parts(line: &str) -> Result<Vec<String>, Reason> {
    let message = Scanner::new(Limits::default())
        .read(line, Batches::Refuse)
        .unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
    let mut seen = Vec::new();
    let Message::Single(envelope) = &message else { panic!("no batch was allowed") };
    walk(envelope, &mut |part| seen.push(format!("{part:?}")))?;
    Ok(seen)
}

/// Whether one part of a line is as wanted.
fn has(line: &str, wanted: fn(&Part<'_>) -> bool) -> bool {
    let message = Scanner::new(Limits::default()).read(line, Batches::Refuse).unwrap();
    let mut found = false;
    for envelope in message.envelopes() {
        walk(envelope, &mut |part| found |= wanted(&part)).unwrap();
    }
    found
}

fn result(body: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"result":{body}}}"#)
}

fn request(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
}

fn told(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)
}

const SAMPLING: &str = r#"{"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":"CANARY"}}],"systemPrompt":"be good","maxTokens":9}}"#;

#[test]
fn sampling_is_seen_in_every_place_where_it_can_hide() {
    let input =
        format!(r#"{{"resultType":"input_required","inputRequests":{{"k":{SAMPLING}}},"requestState":"s"}}"#);
    let task = format!(r#"{{"taskId":"t","status":"input_required","inputRequests":{{"k":{SAMPLING}}}}}"#);
    let done = format!(r#"{{"taskId":"t","status":"completed","result":{input}}}"#);
    let escaped =
        r#"{"\u0069nputRequests":{"k":{"m\u0065thod":"sampling\/createMessage","params":{"messages":[]}}}}"#;
    for line in [
        result(&input),
        result(&task),
        result(&done),
        result(escaped),
        told("notifications/tasks", &task),
        told("notifications/tasks", &done),
        told("notifications/message", &input),
        told("notifications/of/tomorrow", &done),
    ] {
        let sampling =
            |part: &Part<'_>| matches!(part, Part::Ask(Ask::Sampling { place: Place::Input { .. }, .. }));
        assert!(has(&line, sampling), "{line}");
    }
    assert!(has(&result(&task), |part| matches!(part, Part::Task(task) if task.said() == "t")));
    let own = r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[]}}"#;
    assert!(has(own, |part| matches!(part, Part::Ask(Ask::Sampling { place: Place::Request, .. }))));
}

#[test]
fn elicitation_is_told_apart_by_what_the_user_sees() {
    let ask = |params: &str| request("elicitation/create", params);
    let form = |part: &Part<'_>| matches!(part, Part::Ask(Ask::Form { .. }));
    let url = |part: &Part<'_>| matches!(part, Part::Ask(Ask::Url { .. }));
    let unknown = |part: &Part<'_>| matches!(part, Part::Ask(Ask::Unknown { .. }));
    assert!(has(&ask(r#"{"message":"m","requestedSchema":{}}"#), form));
    assert!(has(&ask(r#"{"mode":"form","message":"m","requestedSchema":{}}"#), form));
    assert!(has(&ask(r#"{"mode":"url","message":"m","url":"https://a.example"}"#), url));
    assert!(has(&ask(r#"{"message":"m","url":"https://a.example"}"#), unknown));
    assert!(has(&ask(r#"{"mode":"url","message":"m"}"#), unknown));
    assert!(has(&ask(r#"{"mode":"video","message":"m"}"#), unknown));
    let error = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m","data":{"elicitations":[{"mode":"url","message":"m","url":"https://a.example","elicitationId":"e"}]}}}"#;
    assert!(has(error, |part| matches!(part, Part::Ask(Ask::Url { place: Place::Error, .. }))));
    assert!(has(&request("roots/list", "{}"), |part| matches!(part, Part::Ask(Ask::Roots { .. }))));
    let bare = r#"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#;
    assert!(has(bare, |part| matches!(part, Part::Ask(Ask::Roots { .. }))));
}

#[test]
fn content_is_known_by_its_type_and_never_lost_when_it_is_not() {
    let block = |block: &str| result(&format!(r#"{{"content":[{block}]}}"#));
    assert!(has(&block(r#"{"type":"text","text":"a"}"#), |part| matches!(
        part,
        Part::Content(Content::Text { .. })
    )));
    let link = |part: &Part<'_>| matches!(part, Part::Content(Content::Link { uri, .. }) if uri.said() == "file:///a");
    assert!(has(&block(r#"{"type":"resource_link","uri":"file:\/\/\/a","name":"a"}"#), link));
    let resource = |part: &Part<'_>| matches!(part, Part::Content(Content::Resource { text: Some(_), .. }));
    assert!(has(&block(r#"{"type":"resource","resource":{"uri":"u","text":"t"}}"#), resource));
    assert!(has(&result(r#"{"contents":[{"uri":"u","text":"t"}]}"#), resource));
    let media = |part: &Part<'_>| matches!(part, Part::Content(Content::Media { .. }));
    assert!(has(&block(r#"{"type":"audio","data":"QQ==","mimeType":"audio/wav"}"#), media));
    let other = |part: &Part<'_>| matches!(part, Part::Content(Content::Other { .. }));
    for odd in [r#"{"type":"text"}"#, r#"{"type":"video"}"#, r#"{"type":5}"#, "{}", "7", r#"["text"]"#] {
        assert!(has(&block(odd), other), "{odd}");
    }
    let nested = r#"{"type":"tool_result","toolUseId":"u","content":[{"type":"text","text":"a"}]}"#;
    assert!(has(&block(nested), |part| matches!(part, Part::Content(Content::Text { .. }))));
}

#[test]
fn what_must_be_judged_has_the_shape_to_be_judged() {
    for (method, params) in [
        ("tools/call", "{}"),
        ("tools/call", r#"{"name":5}"#),
        ("tools/call", r#"{"name":"a","arguments":"ls"}"#),
        ("tools/call", r#"{"name":"a","arguments":["ls"]}"#),
        ("prompts/get", "{}"),
        ("resources/read", r#"{"uri":["a","b"]}"#),
        ("tools/call", "null"),
    ] {
        assert_eq!(parts(&request(method, params)), Err(Reason::WrongShape), "{method} {params}");
    }
    assert_eq!(parts(&result(r#"{"tools":[{"title":"nameless"}]}"#)), Err(Reason::WrongShape));
    assert_eq!(parts(&result(r#"{"inputRequests":{"k":{}}}"#)), Err(Reason::WrongShape));
    let call = request("tools/call", r#"{"name":"a","arguments":null,"_meta":{},"task":{"ttl":1}}"#);
    assert_eq!(parts(&call).unwrap().len(), 3);
}

#[test]
fn what_some_would_take_for_a_member_of_the_protocol_is_refused() {
    for line in [
        request("tools/call", r#"{"name":"a","Name":"b"}"#),
        request("tools/call", r#"{"name":"a","ARGUMENTS":{}}"#),
        request("tools/call", r#"{"name":"a","argument\u017f":{}}"#),
        request("tools/call", r#"{"name":"a","_Meta":{}}"#),
        request("resources/read", r#"{"uri":"a","URI":"b"}"#),
        request("elicitation/create", r#"{"mode":"form","message":"m","Url":"https://a.example"}"#),
        result(r#"{"inputrequests":{}}"#),
        request("tasks/cancel", r#"{"taskId":"a","taskID":"b"}"#),
        result(r#"{"tools":[{"name":"a","Description":"b"}]}"#),
        result(r#"{"content":[{"type":"text","text":"a","Text":"b"}]}"#),
        result(r#"{"content":[{"type":"resource","resource":{"uri":"u","Text":"b"}}]}"#),
        result(r#"{"inputRequests":{"k":{"method":"roots/list","Method":"sampling/createMessage"}}}"#),
    ] {
        assert_eq!(parts(&line), Err(Reason::CaseVariant), "{line}");
    }
    // Names that are data, and not of the protocol, may be as they like.
    assert!(parts(&request("tools/call", r#"{"name":"a","arguments":{"Name":1,"name":2}}"#)).is_ok());
    assert!(parts(&result(r#"{"structuredContent":{"Content":1,"content":2}}"#)).is_ok());
}

/// Puts a canary in the place of every string, number and word of a body, one at a time, and wants it seen.
#[test]
fn there_is_no_place_in_a_message_that_no_part_shows() {
    let bodies = [
        r#"{"content":[{"type":"text","text":"a","annotations":{"audience":["user"]},"x":{"y":1}},{"type":"resource","resource":{"uri":"u","text":"t","z":1},"annotations":{}},{"type":"tool_result","content":[{"type":"image","data":"d","mimeType":"m"}],"isError":true}],"structuredContent":{"a":[1,2]},"isError":false,"_meta":{"k":"v"},"more":[{"a":"b"}]}"#,
        r#"{"tools":[{"name":"n","description":"d","inputSchema":{"properties":{"p":{"description":"d"}}},"icons":[{"src":"s"}],"x":1,"_meta":{"a":1}}],"nextCursor":"c"}"#,
        r#"{"prompts":[{"name":"n","arguments":[{"name":"a"}]}],"resources":[{"uri":"u"},"x"],"resourceTemplates":[{"uriTemplate":"u"}]}"#,
        r#"{"messages":[{"role":"user","content":{"type":"text","text":"t"},"x":1},"odd",{"role":"user","content":["a",{"type":"audio"}]}],"description":"d"}"#,
        r#"{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{"message":"m","requestedSchema":{"properties":{"p":{}}},"x":1},"x":1},"l":{"method":"roots/list","params":{"x":1}},"m":{"method":"x","params":[1]},"n":{"method":"sampling/createMessage","params":{"messages":[{"role":"r","content":[]}],"tools":[{"name":"n"}],"metadata":{"a":1}}}},"requestState":"s"}"#,
        r#"{"taskId":"t","status":"failed","error":{"code":1,"message":"m","data":{"elicitations":[{"url":"u","x":1},"odd"],"x":1},"x":1},"result":{"content":"odd","result":{"contents":[{"uri":"u","blob":"b"}]}}}"#,
        r#"{"content":7,"messages":7,"tools":"odd","prompts":7,"resources":{"x":1},"inputRequests":["odd"],"inputResponses":7,"requestState":["odd"],"result":"odd","error":"odd","instructions":["odd"]}"#,
        r#"{"inputResponses":{"k":{"action":"accept","content":{"a":"b"}}},"instructions":"i","capabilities":{"x":{}},"serverInfo":{"name":"n"}}"#,
    ];
    let mut places = 0;
    for body in bodies {
        let bytes = body.as_bytes();
        for (start, _) in body.match_indices([':', '[', ',']) {
            let rest = body.split_at(start + 1).1;
            // A scalar value: a string, a number or a word that ends before the next comma or bracket.
            let end = match rest.as_bytes().first() {
                Some(b'"') => rest.split_at(1).1.find('"').unwrap() + 2,
                Some(b'{' | b'[' | b']') => continue,
                _ => rest.find([',', '}', ']']).unwrap(),
            };
            if bytes.get(start + 1 + end) == Some(&b':') {
                continue;
            }
            let line = result(&format!("{}\"CANARY\"{}", body.split_at(start + 1).0, rest.split_at(end).1));
            match parts(&line) {
                Ok(parts) => assert!(parts.iter().any(|part| part.contains("CANARY")), "{line}"),
                Err(reason) => assert_eq!(reason, Reason::WrongShape, "{line}"),
            }
            places += 1;
        }
    }
    assert!(places >= 80, "{places}");
}
