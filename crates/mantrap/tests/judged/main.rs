//! The judge of `mantrap run`, from the outside: what a client sees, what a person is asked, what the journal holds.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test panics to fail, reads its own output, and starts what it tests"
)]

mod desk;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use desk::{Desk, said};
use serde_json::{Value, json};
use sha2::Digest as _;

/// The pin of a tool of the probe: SHA-256 of its definition in canonical form.
fn pin(definition: &str) -> String {
    let hash = sha2::Sha256::digest(definition.as_bytes());
    format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

const ECHO: &str = r#"{"description":"Echoes.","inputSchema":{"additionalProperties":false,"properties":{"path":{"type":"string"}},"type":"object"},"name":"echo"}"#;
const ERASE: &str = r#"{"annotations":{"destructiveHint":true},"description":"Erases.","inputSchema":{"additionalProperties":false,"properties":{"path":{"type":"string"}},"type":"object"},"name":"erase"}"#;

#[test]
fn an_approved_tool_passes_and_a_changed_one_is_not_even_shown() {
    for (mode, shown) in [("", vec!["echo", "erase"]), ("drifted", vec!["erase"])] {
        let desk = Desk::new();
        desk.approved(mode, &[("echo", &pin(ECHO)), ("erase", &pin(ERASE))]);
        let mut client = desk.start(&json!({}));
        let list = client.ask("tools/list", &json!({}));
        let names: Vec<&str> = list["result"]["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, shown);
        let echoed = client.call("echo", &json!({"path": "x"}));
        assert_eq!(echoed == "done echo", mode.is_empty(), "{echoed}");
        client.leave();
        let withheld: Vec<_> =
            desk.verdicts().into_iter().filter(|verdict| verdict["withheld"].is_array()).collect();
        assert_eq!(withheld.len(), usize::from(!mode.is_empty()), "{withheld:?}");
    }
}

#[test]
fn arguments_that_do_not_fit_never_reach_the_server() {
    let desk = Desk::new();
    desk.approved("", &[]);
    let mut client = desk.start(&json!({}));
    client.ask("tools/list", &json!({}));
    assert_eq!(client.call("echo", &json!({"path": "x"})), "done echo");
    assert!(client.call("echo", &json!({"path": 1})).contains("schema/arguments"));
    assert!(client.call("echo", &json!({"other": "x"})).contains("schema/arguments"));
}

#[test]
fn a_policy_of_the_user_denies_and_the_journal_says_by_which_rule() {
    let desk = Desk::new();
    desk.approved("", &[]);
    desk.policy(
        "own.cedar",
        "@id(\"no-echo\") @reason(\"no echoes here\")\nforbid (principal, action, resource == Tool::\"srv/echo\");\n\
         //: deny tools/call srv/echo\n//: allow tools/call srv/other\n",
    );
    assert!(desk.says(0, &["policy", "check"]).contains("user: "));
    let mut client = desk.start(&json!({}));
    let refused = client.call("echo", &json!({"path": "secret-value"}));
    assert!(refused.contains("no echoes here (cedar/user/own/no-echo)"), "{refused}");
    client.leave();
    let denied: Vec<_> =
        desk.verdicts().into_iter().filter(|verdict| verdict["verdict"] == json!("deny")).collect();
    assert_eq!(denied.len(), 1);
    assert_eq!(denied[0]["rules"], json!(["cedar/user/own/no-echo"]));
    assert!(denied[0]["digests"]["arguments"].as_str().unwrap().starts_with("sha256:"));
    assert!(!format!("{:?}", desk.verdicts()).contains("secret-value"));
}

#[test]
fn a_policy_that_does_not_count_means_that_nothing_is_launched() {
    let desk = Desk::new();
    desk.approved("", &[]);
    let path = desk.policy("own.cedar", "forbid (principal, action, resource) when { context.no };");
    assert!(desk.says(121, &["policy", "check"]).contains("cedar/user/own/policy0"));
    assert!(desk.says(121, &["run", "srv"]).contains("user's policy"));
    desk.policy("own.cedar", "//: deny tools/call srv/echo\n");
    assert!(desk.says(121, &["run", "srv"]).contains("own.cedar:1"));
    desk.policy("own.cedar", "//: allow tools/call srv/echo\n");
    assert!(desk.says(0, &["policy", "check"]).contains("user: "));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(desk.says(121, &["run", "srv"]).contains("others may write"));
}

#[test]
fn what_is_asked_waits_for_a_person_at_a_terminal() {
    let desk = Desk::new();
    desk.approved("", &[]);
    let mut client = desk.start(&json!({}));
    client.ask("tools/list", &json!({}));
    let erase = json!({"name": "erase", "arguments": {"path": "/x"}});
    client.begin("tools/call", &erase);
    let asked = desk.question();
    assert_eq!((&asked["server"], &asked["name"]), (&json!("srv"), &json!("erase")));
    assert_eq!(asked["arguments"], json!(r#"{"path": "/x"}"#.replace(": ", ":")));
    // Others pass meanwhile.
    assert_eq!(client.call("echo", &json!({})), "done echo");
    // Without a terminal there is no answer.
    assert!(desk.says(2, &["approvals"]).contains("terminal"));
    assert!(desk.types("o").contains("because it may delete or overwrite"));
    assert_eq!(said(&client.line()), "done erase");
    // Once was once.
    client.begin("tools/call", &erase);
    desk.question();
    desk.types("n");
    assert!(said(&client.line()).contains("somebody said no"));
    // For good: for arguments of this shape, in later sessions too.
    client.begin("tools/call", &erase);
    desk.question();
    desk.types("a");
    assert_eq!(said(&client.line()), "done erase");
    assert_eq!(client.call("erase", &json!({"path": "/y"})), "done erase");
    client.leave();
    let mut client = desk.start(&json!({}));
    client.ask("tools/list", &json!({}));
    assert_eq!(client.call("erase", &json!({"path": "/z"})), "done erase");
    client.begin("tools/call", &json!({"name": "erase", "arguments": {}}));
    assert_eq!(desk.question()["name"], json!("erase"));
    // A client that wants it no more takes the question back, and the server never hears of it.
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 4}}));
    assert!(said(&client.line()).contains("mantrap denied this"));
    assert_eq!(desk.says(0, &["approvals", "--list"]), "nothing waits\n");
    assert!(!client.leave().contains("cancelled"));
}

#[test]
fn a_client_that_shows_forms_is_asked_too() {
    for (decision, expected) in [("allow", "done erase"), ("deny", "somebody said no")] {
        let desk = Desk::new();
        desk.approved("", &[]);
        let mut client = desk.start(&json!({"elicitation": {}}));
        client.ask("tools/list", &json!({}));
        client.begin("tools/call", &json!({"name": "erase", "arguments": {"path": "/x"}}));
        let form = client.line();
        assert_eq!(form["method"], json!("elicitation/create"), "{form}");
        let result = json!({"action": "accept", "content": {"decision": decision}});
        client.send(&json!({"jsonrpc": "2.0", "id": form["id"], "result": result}));
        let answer = said(&client.line());
        assert!(answer.contains(expected), "{answer}");
    }
}

#[test]
fn a_modern_client_is_asked_in_the_answer_to_its_call_and_calls_again() {
    let desk = Desk::new();
    desk.approved("", &[]);
    let mut client = desk.start_modern();
    let with = |capabilities: Value| {
        json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": capabilities})
    };
    let meta = with(json!({"elicitation": {"form": {}}}));
    client.ask("tools/list", &json!({"_meta": meta}));
    let call = json!({"name": "erase", "arguments": {"path": "/x"}, "_meta": meta});
    let answered = |client: &mut desk::Client, decision: &str, changed: Option<&str>| {
        let asked = client.ask("tools/call", &call)["result"].clone();
        assert_eq!(asked["resultType"], json!("input_required"), "{asked}");
        let (key, request) = asked["inputRequests"].as_object().unwrap().iter().next().unwrap();
        assert_eq!(request["method"], json!("elicitation/create"));
        let mut again = call.clone();
        again["requestState"] = asked["requestState"].clone();
        let content = json!({"decision": decision});
        again["inputResponses"] = json!({key.as_str(): {"action": "accept", "content": content}});
        if let Some(path) = changed {
            again["arguments"]["path"] = json!(path);
        }
        (said(&client.ask("tools/call", &again)), again)
    };
    assert_eq!(answered(&mut client, "allow", None).0, "done erase");
    assert!(answered(&mut client, "deny", None).0.contains("consent/refused"));
    // What somebody said yes to is this call, once.
    let (said_of_another, another) = answered(&mut client, "allow", Some("/y"));
    assert!(said_of_another.contains("consent/changed"), "{said_of_another}");
    assert!(said(&client.ask("tools/call", &another)).contains("consent/silence"));
    // One that shows no forms waits for a person at a terminal.
    let mute = json!({"name": "erase", "arguments": {"path": "/x"}, "_meta": with(json!({"elicitation": {"url": {}}}))});
    client.begin("tools/call", &mute);
    desk.question();
    desk.types("n");
    assert!(said(&client.line()).contains("consent/refused"));
}

const OWN: &str = r#"
id = "projects"
what = "the name of a project that is not public"
act = "deny"
words = { anchors = ["bluebird"], patterns = ['\bproject bluebird\b'] }
example = [
  { at = "argument", text = "about Project Bluebird", matches = true },
  { at = "argument", text = "a bluebird", matches = false },
]
"#;

const OWN_ABOUT_ARGUMENTS: &str = r#"
id = "long-name"
what = "a name of twenty letters"
acts = { path = "deny" }
patterns = ['^[a-z]{20}$']
example = [
  { kind = "path", value = "abcdefghijabcdefghij", matches = true },
  { kind = "path", value = "abc", matches = false },
]
"#;

#[test]
fn a_rule_of_the_users_own_is_tried_and_has_to_keep_its_word() {
    let desk = Desk::new();
    desk.approved("", &[]);
    desk.policy("text/projects.toml", OWN);
    let about_arguments = desk.policy("arguments/long-name.toml", OWN_ABOUT_ARGUMENTS);
    assert!(desk.says(0, &["policy", "check"]).contains("1 about text and 1 about arguments"));
    let mut client = desk.start(&json!({}));
    assert_eq!(client.call("echo", &json!({"path": "a bluebird"})), "done echo");
    let refused = client.call("echo", &json!({"path": "about project bluebird"}));
    assert!(refused.contains("text/projects"), "{refused}");
    let refused = client.call("echo", &json!({"path": "abcdefghijabcdefghij"}));
    assert!(refused.contains("arguments/long-name"), "{refused}");
    client.leave();
    fs::remove_file(about_arguments).unwrap();
    desk.policy("text/projects.toml", &OWN.replace("a bluebird", "project bluebird"));
    for command in [&["policy", "check"][..], &["run", "srv"]] {
        let said = desk.says(121, command);
        assert!(said.contains("`projects`") && said.contains("must not"), "{said}");
    }
}

#[test]
fn a_call_that_takes_too_long_ends_on_both_sides() {
    let desk = Desk::new();
    desk.approved("", &[]);
    desk.write(".config/mantrap/policy.toml", "[server.srv.limits]\ncall-seconds = 1\n");
    let mut client = desk.start(&json!({}));
    let answer = client.ask("tools/call", &json!({"name": "echo", "arguments": {"path": "never"}}));
    assert_eq!(answer["error"]["code"], json!(-31504), "{answer}");
    assert_eq!(client.call("echo", &json!({"path": "x"})), "done echo");
    assert!(client.leave().contains("cancelled 2"));
}

#[test]
fn too_many_calls_in_a_minute_are_refused() {
    let desk = Desk::new();
    desk.approved("", &[]);
    desk.write(".config/mantrap/policy.toml", "[limits]\ncalls-per-minute = 5\n");
    let mut client = desk.start(&json!({}));
    let answers: Vec<_> = (0..6).map(|_| client.call("echo", &json!({}))).collect();
    assert!(answers[..4].iter().all(|answer| answer == "done echo"), "{answers:?}");
    assert!(answers[5].contains("-31429"), "{answers:?}");
}

#[test]
fn policies_are_tested_explained_and_tried_on_the_past() {
    let desk = Desk::new();
    desk.approved("", &[]);
    let mut client = desk.start(&json!({}));
    client.call("echo", &json!({}));
    client.leave();
    let stricter = desk.write(
        "stricter.cedar",
        "@id(\"no-echo\")\nforbid (principal, action == Action::\"tools/call\", resource == Tool::\"srv/echo\");\n\
         //: deny tools/call srv/echo\n",
    );
    let stricter = stricter.display().to_string();
    assert!(desk.says(0, &["policy", "test", &stricter]).contains("1 of 1"));
    let text = desk.says(1, &["policy", "simulate", "--policy", &stricter]);
    assert!(text.contains("tools/call echo: was allow, would be deny"), "{text}");
    assert!(desk.says(0, &["policy", "simulate"]).contains(" 0 would differ"));
    let text = desk.says(1, &["policy", "explain", r#"tools/call x/y {"labels": ["destructive"]}"#]);
    assert!(text.contains("ask\n") && text.contains("cedar/user/default/destructive"), "{text}");
    assert!(desk.says(0, &["policy", "explain", "tools/list x"]).contains("allow"));
    assert!(desk.says(2, &["policy", "explain", "nonsense"]).contains("no question"));
    let wrong = desk.write("wrong.cedar", "//: deny tools/call a/b\n").display().to_string();
    assert!(desk.says(1, &["policy", "test", &wrong]).contains("FAILED"));
}

#[test]
fn what_a_server_showed_can_be_looked_at_and_pinned() {
    let desk = Desk::new();
    desk.approved("", &[]);
    assert!(desk.says(2, &["policy", "pin", "srv"]).contains("shown nothing of itself"));
    let list = |desk: &Desk| {
        let mut client = desk.start(&json!({}));
        let list = client.ask("tools/list", &json!({}));
        client.leave();
        list["result"]["tools"].as_array().unwrap().len()
    };
    assert_eq!(list(&desk), 2);
    let pin_all = |desk: &Desk| {
        let text = desk.says(2, &["policy", "pin", "srv"]);
        let digest = text.rsplit("--digest ").next().unwrap().trim_end().trim_end_matches('`').to_owned();
        assert!(
            desk.says(121, &["policy", "pin", "srv", "--digest", &pin("x")]).contains("look at it again")
        );
        desk.says(0, &["policy", "pin", "srv", "--digest", &digest]);
        let shown: Value = serde_json::from_str(&desk.says(0, &["show", "srv", "--format", "json"])).unwrap();
        desk.says(0, &["approve", "srv", "--digest", shown["digest"].as_str().unwrap()]);
        text
    };
    let text = pin_all(&desk);
    assert!(text.contains("new: the tool `erase`") && text.contains("serverInfo"), "{text}");
    assert_eq!(list(&desk), 2);
    assert!(desk.says(0, &["policy", "pin", "srv"]).contains("shows what is pinned"));
    // The server changes under the same name, and somebody approves the program but not what it says.
    let probe = include_str!("probe.py").replace("if mode == \"drifted\":", "if True:");
    desk.write("probe.py", &probe);
    desk.says(0, &["update", "srv"]);
    let shown: Value = serde_json::from_str(&desk.says(0, &["show", "srv", "--format", "json"])).unwrap();
    desk.says(0, &["approve", "srv", "--digest", shown["digest"].as_str().unwrap()]);
    assert_eq!(list(&desk), 1);
    let text = pin_all(&desk);
    assert!(text.contains("changed: the tool `echo`") && text.contains("+ \"Echoes. Always read"), "{text}");
    assert_eq!(list(&desk), 3);
}
