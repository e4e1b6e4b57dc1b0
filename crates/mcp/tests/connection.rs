//! Both eras, message by message: what each side may send when.
#![expect(clippy::unwrap_used, reason = "what fails here is a failing test")]

use Side::{Client, Server};
use mantrap_mcp::{
    About, Batches, Connection, Era, Framing, Id, Limits, Lines, Method, Reason, Relay, Side, Turn, Turns,
    Version,
};

/// Two peers on one connection.
struct Wire {
    connection: Connection,
    client: Relay<Lines>,
    server: Relay<Lines>,
}

impl Wire {
    fn new() -> Self {
        let limits = Limits { in_flight: 4, ..Limits::default() };
        let relay = |from| Relay::new(from, Lines::new(&limits), limits);
        Self { connection: Connection::new(limits), client: relay(Client), server: relay(Server) }
    }

    /// What a line is; `jsonrpc` is added.
    fn say(&mut self, from: Side, members: &str) -> Result<Turn, Reason> {
        match self.line(from, &format!(r#"{{"jsonrpc":"2.0",{members}}}"#))? {
            Turns::One(turn) => Ok(turn),
            Turns::Many(_) => Err(Reason::Batch),
        }
    }

    fn line(&mut self, from: Side, line: &str) -> Result<Turns, Reason> {
        let relay = if from == Client { &mut self.client } else { &mut self.server };
        let line = format!("{line}\n");
        relay.framing().space().get_mut(..line.len()).unwrap().copy_from_slice(line.as_bytes());
        relay.framing().filled(line.len());
        let passed = relay.next(&mut self.connection).unwrap();
        passed.map(|passed| passed.turns).map_err(|refusal| refusal.reason)
    }

    fn legacy(version: &str) -> Self {
        let mut wire = Self::new();
        wire.say(Client, r#""id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}"#)
            .unwrap();
        wire.say(
            Server,
            &format!(r#""id":0,"result":{{"protocolVersion":"{version}","capabilities":{{}}}}"#),
        )
        .unwrap();
        wire.say(Client, r#""method":"notifications/initialized""#).unwrap();
        wire
    }

    fn modern() -> Self {
        let mut wire = Self::new();
        wire.say(Client, r#""id":0,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#).unwrap();
        wire.say(Server, r#""id":0,"result":{"resultType":"complete","supportedVersions":["2026-07-28"]}"#)
            .unwrap();
        wire
    }
}

#[test]
fn the_answer_to_the_handshake_settles_the_legacy_era_and_its_revision() {
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        assert_eq!(Wire::legacy(version).connection.era(), Era::Legacy(Version::of(version)));
    }
    assert_eq!(Wire::legacy("2023-01-01").connection.era(), Era::Legacy(None));
    let mut wire = Wire::new();
    wire.say(Client, r#""id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}"#).unwrap();
    assert_eq!(wire.connection.era(), Era::Undecided);
    assert_eq!(wire.say(Server, r#""id":0,"result":{}"#), Err(Reason::WrongShape));
    wire.say(Server, r#""id":0,"error":{"code":-32602,"message":"no"}"#).unwrap();
    assert_eq!(wire.connection.era(), Era::Undecided);
}

#[test]
fn a_probe_settles_the_modern_era_only_if_its_answer_is_one_that_modern_servers_give() {
    let probe = r#""id":"server-discover-probe-1","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#;
    for (answer, era) in [
        (r#""result":{"supportedVersions":["2026-07-28"]}"#, Era::Modern),
        (r#""error":{"code":-32022,"message":"m","data":{"supported":["2026-07-28"]}}"#, Era::Modern),
        (r#""error":{"code":-32601,"message":"m"}"#, Era::Undecided),
        (r#""error":{"code":-32600,"message":"m"}"#, Era::Undecided),
        (r#""error":{"code":-32000,"message":"m"}"#, Era::Undecided),
    ] {
        let mut wire = Wire::new();
        wire.say(Client, probe).unwrap();
        assert_eq!(wire.connection.era(), Era::Undecided);
        wire.say(Server, &format!(r#""id":"server-discover-probe-1",{answer}"#)).unwrap();
        assert_eq!(wire.connection.era(), era, "{answer}");
    }
    // A client that needs no probe says so in its first request.
    for (version, era) in [
        ("2026-07-28", Era::Modern),
        ("2031-01-01", Era::Modern),
        ("2025-11-25", Era::Undecided),
        ("z", Era::Undecided),
    ] {
        let mut wire = Wire::new();
        let meta = format!(r#"{{"io.modelcontextprotocol/protocolVersion":"{version}"}}"#);
        wire.say(Client, &format!(r#""id":1,"method":"tools/list","params":{{"_meta":{meta}}}"#)).unwrap();
        assert_eq!(wire.connection.era(), era, "{version}");
    }
    // A silent server is taken for a legacy one, and may still answer the probe afterwards.
    let mut wire = Wire::new();
    wire.say(Client, probe).unwrap();
    wire.say(Client, r#""id":1,"method":"initialize","params":{}"#).unwrap();
    wire.say(Server, r#""id":1,"result":{"protocolVersion":"2025-06-18"}"#).unwrap();
    wire.say(Server, r#""id":"server-discover-probe-1","result":{}"#).unwrap();
    assert_eq!(wire.connection.era(), Era::Legacy(Some(Version::V2025_06_18)));
}

#[test]
fn a_server_asks_only_where_a_legacy_era_was_agreed_on() {
    let sampling = r#""id":1,"method":"sampling/createMessage","params":{"messages":[]}"#;
    let mut wire = Wire::legacy("2025-11-25");
    assert_eq!(wire.say(Server, sampling), Ok(Turn::Request(Method::CreateMessage)));
    assert!(matches!(wire.say(Client, r#""id":1,"result":{}"#), Ok(Turn::Answer(_))));
    assert_eq!(Wire::new().say(Server, sampling), Err(Reason::ServerRequest));
    assert_eq!(Wire::modern().say(Server, sampling), Err(Reason::ServerRequest));
    let ping = r#""id":1,"method":"ping""#;
    assert!(Wire::new().say(Server, ping).is_ok());
    assert_eq!(Wire::modern().say(Server, ping), Err(Reason::ServerRequest));
    assert_eq!(Wire::modern().say(Client, r#""id":1,"result":{}"#), Err(Reason::ClientResponse));
    assert_eq!(Wire::modern().say(Client, r#""error":{"code":1,"message":""}"#), Err(Reason::ClientResponse));
}

#[test]
fn methods_belong_to_a_side_and_to_a_form() {
    for (side, members, reason) in [
        (Server, r#""id":1,"method":"tools/call","params":{"name":"a"}"#, Reason::WrongSide),
        (Client, r#""id":1,"method":"elicitation/create","params":{}"#, Reason::WrongSide),
        (Client, r#""method":"notifications/tools/list_changed""#, Reason::WrongSide),
        (Server, r#""method":"notifications/initialized""#, Reason::WrongSide),
        (Client, r#""method":"tools/call","params":{"name":"a"}"#, Reason::WrongForm),
        (Client, r#""id":1,"method":"notifications/cancelled","params":{"requestId":0}"#, Reason::WrongForm),
    ] {
        assert_eq!(Wire::legacy("2025-11-25").say(side, members), Err(reason), "{members}");
    }
    let roots = r#""method":"notifications/roots/list_changed""#;
    assert!(Wire::legacy("2025-11-25").say(Client, roots).is_ok());
    assert_eq!(Wire::modern().say(Client, roots), Err(Reason::WrongSide));
    assert!(
        Wire::modern().say(Client, r#""method":"notifications/cancelled","params":{"requestId":1}"#).is_ok()
    );
    assert!(Wire::legacy("2025-11-25").say(Client, r#""id":1,"method":"x/y""#).is_ok());
}

#[test]
fn answers_belong_to_questions() {
    let mut wire = Wire::legacy("2025-11-25");
    assert_eq!(wire.say(Server, r#""id":5,"result":{}"#), Err(Reason::UnknownId));
    assert_eq!(wire.say(Client, r#""id":5,"result":{}"#), Err(Reason::UnknownId));
    wire.say(Client, r#""id":5,"method":"tools/list""#).unwrap();
    assert_eq!(wire.say(Client, r#""id":5,"method":"tools/list""#), Err(Reason::DuplicateId));
    assert_eq!(wire.say(Client, r#""id":5,"result":{}"#), Err(Reason::UnknownId));
    assert_eq!(wire.say(Server, r#""id":"5","result":{}"#), Err(Reason::UnknownId));
    // The other side counts by itself.
    assert!(wire.say(Server, r#""id":5,"method":"ping""#).is_ok());
    let Ok(Turn::Answer(pending)) = wire.say(Server, r#""id":5,"result":{}"#) else { unreachable!() };
    assert_eq!((pending.method, pending.cancelled), (Method::ListTools, false));
    assert_eq!(wire.say(Server, r#""id":5,"result":{}"#), Err(Reason::UnknownId));
    wire.say(Client, r#""id":"\u0061","method":"ping""#).unwrap();
    assert!(matches!(wire.say(Server, r#""id":"a","error":{"code":1,"message":""}"#), Ok(Turn::Answer(_))));
    assert_eq!(wire.say(Server, r#""error":{"code":1,"message":""}"#), Ok(Turn::Fault));
    // A request that was not passed on leaves nothing behind.
    wire.say(Client, r#""id":6,"method":"ping""#).unwrap();
    assert!(wire.connection.withdraw(Client, &Id::Integer(6)).is_some());
    assert_eq!(wire.say(Server, r#""id":6,"result":{}"#), Err(Reason::UnknownId));
}

#[test]
fn questions_in_flight_are_bounded_and_cancelled_ones_make_room() {
    let mut wire = Wire::legacy("2025-11-25");
    for id in 1..=4 {
        wire.say(Client, &format!(r#""id":{id},"method":"ping""#)).unwrap();
    }
    assert_eq!(wire.say(Client, r#""id":5,"method":"ping""#), Err(Reason::TooManyInFlight));
    for id in [3, 2] {
        let cancelled = format!(r#""method":"notifications/cancelled","params":{{"requestId":{id}}}"#);
        let about = About::Request(Method::Ping);
        assert_eq!(wire.say(Client, &cancelled), Ok(Turn::Notification(Method::Cancelled, about)));
    }
    assert_eq!(wire.connection.waiting(Client), [Id::Integer(1), Id::Integer(4)]);
    wire.say(Client, r#""id":5,"method":"ping""#).unwrap();
    assert_eq!(wire.connection.in_flight(Client), 4);
    // The oldest cancelled one is forgotten, the other may still be answered.
    assert_eq!(wire.say(Server, r#""id":2,"result":{}"#), Err(Reason::UnknownId));
    let Ok(Turn::Answer(pending)) = wire.say(Server, r#""id":3,"result":{}"#) else { unreachable!() };
    assert!(pending.cancelled);
    let late = r#""method":"notifications/cancelled","params":{"requestId":77}"#;
    assert_eq!(wire.say(Client, late), Ok(Turn::Notification(Method::Cancelled, About::Unknown)));
}

#[test]
fn progress_names_the_request_that_it_is_about() {
    let mut wire = Wire::legacy("2025-11-25");
    wire.say(Client, r#""id":1,"method":"tools/call","params":{"name":"a","_meta":{"progressToken":"t"}}"#)
        .unwrap();
    let progress = |token: &str| {
        format!(r#""method":"notifications/progress","params":{{"progressToken":{token},"progress":1}}"#)
    };
    let about = |about| Ok(Turn::Notification(Method::Progress, about));
    assert_eq!(wire.say(Server, &progress("\"t\"")), about(About::Request(Method::CallTool)));
    assert_eq!(wire.say(Server, &progress("\"u\"")), about(About::Unknown));
    assert_eq!(wire.say(Client, &progress("\"t\"")), about(About::Unknown));
    assert_eq!(wire.say(Server, &progress("1.5")), Err(Reason::BadId));
    assert_eq!(wire.say(Server, r#""method":"notifications/progress""#), Err(Reason::WrongShape));
    let bad = r#""id":2,"method":"ping","params":{"_meta":{"progressToken":{}}}"#;
    assert_eq!(wire.say(Client, bad), Err(Reason::BadId));
}

#[test]
fn a_modern_push_names_an_open_subscription() {
    let mut wire = Wire::modern();
    let push = |id: &str| {
        format!(
            r#""method":"notifications/tools/list_changed","params":{{"_meta":{{"io.modelcontextprotocol/subscriptionId":{id}}}}}"#
        )
    };
    assert_eq!(wire.say(Server, &push("9")), Err(Reason::UnknownSubscription));
    wire.say(Client, r#""id":8,"method":"tools/list""#).unwrap();
    wire.say(Client, r#""id":9,"method":"subscriptions/listen","params":{"notifications":{}}"#).unwrap();
    assert!(wire.say(Server, &push("9")).is_ok());
    assert_eq!(wire.say(Server, &push("8")), Err(Reason::UnknownSubscription));
    assert_eq!(wire.say(Server, &push("\"9\"")), Err(Reason::UnknownSubscription));
    // A modern server takes back a subscription and nothing else.
    let cancelled = |id: u8| format!(r#""method":"notifications/cancelled","params":{{"requestId":{id}}}"#);
    assert_eq!(wire.say(Server, &cancelled(8)), Err(Reason::WrongSide));
    assert!(wire.say(Server, &cancelled(9)).is_ok());
}

#[test]
fn a_batch_passes_as_a_whole_or_not_at_all() {
    let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#;
    assert_eq!(Wire::legacy("2025-06-18").line(Client, batch), Err(Reason::Batch));
    let mut wire = Wire::legacy("2025-03-26");
    assert_eq!(wire.connection.batches(), Batches::Allow);
    let twice = batch.replace("\"id\":2", "\"id\":1");
    assert_eq!(wire.line(Client, &twice), Err(Reason::DuplicateId));
    assert_eq!(wire.connection.in_flight(Client), 0);
    assert_eq!(wire.line(Client, batch), Ok(Turns::Many(vec![Turn::Request(Method::Ping); 2])));
}
