use std::collections::BTreeSet;

use super::*;
use crate::tests::raw;

fn scope(name: &str, files: &[(&str, &str)]) -> Arc<Scope> {
    Scope::parse(name, files.iter().copied()).unwrap()
}

fn labels(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What scopes say of a call of `files/write` with these labels and arguments.
fn call(scopes: Vec<Arc<Scope>>, with: &[&str], arguments: &str) -> Verdict {
    let (labels, seen, who) = (labels(with), BTreeSet::new(), Who::default());
    let on = On::Tool { name: "write", labels: &labels, pinned: true };
    raw(arguments, |arguments| {
        Policies::new(scopes).decide(&Facts {
            who: &who,
            action: "tools/call",
            server: "files",
            on,
            era: "legacy",
            seen: &seen,
            time: 0,
            arguments: Some(arguments),
        })
    })
}

fn user(text: &str) -> Arc<Scope> {
    scope("user", &[("own.cedar", text)])
}

#[test]
fn the_default_policy_is_what_its_examples_say_and_fits_the_schema() {
    let default = scope("built-in", &[]);
    default.check().unwrap();
    assert!(default.examples().len() >= 10);
    default.prove().unwrap();
}

#[test]
fn nothing_that_permits_denies() {
    let silent = scope("user", &[("default.cedar", "")]);
    let verdict = call(vec![silent], &[], "{}");
    assert_eq!(verdict.action, Action::Deny);
    assert_eq!(verdict.rules().collect::<Vec<_>>(), ["cedar/user/silence"]);
    assert_eq!(call(vec![], &[], "{}").action, Action::Deny);
    let ask_only = scope("user", &[("default.cedar", "@ask(\"x\") forbid (principal, action, resource);")]);
    assert_eq!(call(vec![ask_only], &[], "{}").action, Action::Deny);
}

#[test]
fn a_rule_that_fails_still_denies() {
    // Without the tag, Cedar has an error and skips the policy.
    let fails =
        r#"forbid (principal, action, resource) when { context.arguments.getTag("path") == "/etc" };"#;
    let verdict = call(vec![user(fails)], &[], "{}");
    assert_eq!(verdict.action, Action::Deny);
    assert_eq!(verdict.rules().collect::<Vec<_>>(), ["cedar/user/own/policy0"]);
    assert_eq!(call(vec![user(fails)], &[], r#"{"path":"/x"}"#).action, Action::Allow);
    let fails = r#"@id("asks") @ask("?") forbid (principal, action, resource) when { context.arguments.getTag("path") == "/etc" };"#;
    assert_eq!(call(vec![user(fails)], &[], "{}").action, Action::Deny);
    let fails = r#"permit (principal, action, resource) when { resource.nothing };"#;
    assert_eq!(call(vec![user(fails)], &[], "{}").action, Action::Deny);
}

#[test]
fn the_strictest_wins_within_a_scope_and_between_scopes() {
    let deny = r#"@id("no") @reason("because") forbid (principal, action, resource) when { resource.labels.contains("destructive") };"#;
    let verdict = call(vec![user(deny)], &["destructive"], "{}");
    assert_eq!((verdict.action, verdict.reason().as_str()), (Action::Deny, "because (cedar/user/own/no)"));
    let permit = r#"permit (principal, action, resource);"#;
    let ask = call(vec![user(permit)], &["destructive"], "{}");
    assert_eq!(ask.rules().collect::<Vec<_>>(), ["cedar/user/default/destructive"]);
    // A user who permits everything widens nothing that the system asks or denies.
    let open = || scope("user", &[("default.cedar", permit)]);
    assert_eq!(call(vec![open()], &["destructive"], "{}").action, Action::Allow);
    assert_eq!(call(vec![scope("system", &[]), open()], &["destructive"], "{}").action, Action::Ask);
    let system = || scope("system", &[("x.cedar", deny)]);
    assert_eq!(call(vec![system(), open()], &["destructive"], "{}").action, Action::Deny);
    assert_eq!(call(vec![open(), system()], &["destructive"], "{}").action, Action::Deny);
}

#[test]
fn adding_a_deny_never_widens_and_order_is_irrelevant() {
    let rules = [
        r#"@id("a") forbid (principal, action, resource) when { resource.labels.contains("a") };"#,
        r#"@id("b") @ask("b") forbid (principal, action, resource) when { resource.labels.contains("b") };"#,
        r#"@id("c") forbid (principal, action == Action::"tools/list", resource);"#,
        r#"@id("d") permit (principal, action, resource) when { context.era == "modern" };"#,
        r#"@id("e") forbid (principal, action, resource) when { context.arguments.getTag("x") == "1" };"#,
    ];
    for chosen in 0_u32..32 {
        let some: Vec<&str> = rules
            .iter()
            .enumerate()
            .filter(|(nth, _)| chosen >> nth & 1 == 1)
            .map(|(_, rule)| *rule)
            .collect();
        let before = user(&some.join("\n"));
        let turned = user(&some.iter().rev().copied().collect::<Vec<_>>().join("\n"));
        let others = [rules[0], rules[1], rules[2], rules[4]].into_iter().filter(|rule| !some.contains(rule));
        let more: Vec<_> = others.map(|rule| user(&format!("{}\n{rule}", some.join("\n")))).collect();
        for with in [&[][..], &["a"], &["b"], &["a", "b"]] {
            for arguments in ["{}", r#"{"x":"1"}"#, r#"{"x":"2"}"#] {
                let verdict = call(vec![before.clone()], with, arguments);
                assert_eq!(verdict, call(vec![turned.clone()], with, arguments));
                for more in &more {
                    assert!(call(vec![more.clone()], with, arguments).action >= verdict.action, "{some:?}");
                }
            }
        }
    }
}

#[test]
fn arguments_are_told_apart_wherever_they_hide() {
    let rule = r#"forbid (principal, action, resource) when { context["argu\u{6d}ents"].hasTag("a/0~1b") };"#;
    assert_eq!(call(vec![user(rule)], &[], r#"{"a":{"0/b":1}}"#).action, Action::Deny);
    assert_eq!(call(vec![user(rule)], &[], r#"{"a":[{"b":1}]}"#).action, Action::Allow);
    let many: Vec<String> = (0..1000).map(|nth| format!("\"a{nth}\":{nth}")).collect();
    let many = format!("{{{}}}", many.join(","));
    assert_eq!(call(vec![user(rule)], &[], &many).action, Action::Deny);
    assert_eq!(call(vec![scope("user", &[])], &[], &many).action, Action::Allow);
}

#[test]
fn what_is_asked_twice_is_answered_alike_and_what_differs_is_not_mixed_up() {
    let rule = r#"forbid (principal, action, resource) when { context.arguments.hasTag("x") && context.arguments.getTag("x") == "1" };"#;
    let (labels, seen, who) = (BTreeSet::new(), BTreeSet::new(), Who::default());
    let mut policies = Policies::new(vec![user(rule)]);
    for (arguments, expected) in [("{\"x\":\"1\"}", Action::Deny), ("{\"x\":\"2\"}", Action::Allow)].repeat(2)
    {
        let verdict = raw(arguments, |arguments| {
            policies.decide(&Facts {
                who: &who,
                action: "tools/call",
                server: "files",
                on: On::Tool { name: "write", labels: &labels, pinned: true },
                era: "legacy",
                seen: &seen,
                time: 0,
                arguments: Some(arguments),
            })
        });
        assert_eq!(verdict.action, expected);
    }
}

#[test]
fn paths_and_hosts_are_in_what_is_above_them() {
    let text = r#"
        @id("paths") forbid (principal, action == Action::"path", resource) unless { resource in Path::"/srv/data" };
        @id("hosts") forbid (principal, action == Action::"host", resource)
        when { resource in Server::"web" && !(resource in Host::"example.com") };
        //: allow path files//srv/data/a.txt {"tool": "read"}
        //: allow path files//srv/data
        //: deny path files//srv/database
        //: deny path files//srv
        //: deny path files//etc/passwd {"tool": "read"}
        //: allow host web/api.example.com {"tool": "fetch"}
        //: allow host web/example.com
        //: deny host web/badexample.com
        //: deny host web/example.com.evil.net
        //: deny host web/10.0.0.1
        //: allow host other/10.0.0.1
    "#;
    let scope = user(text);
    scope.check().unwrap();
    scope.prove().unwrap();
    let names = Policies::new(vec![scope]).names();
    assert!(names.paths && names.hosts && !names.arguments);
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_its_place() {
    let bad = |text: &str| Scope::parse("user", [("own.cedar", text)]).unwrap_err().to_string();
    for (text, says) in [
        ("forbid (principal, action", "own.cedar"),
        ("permit (principal == ?principal, action, resource);", "templates"),
        ("@ask(\"x\") permit (principal, action, resource);", "permits"),
        ("@later(\"x\") forbid (principal, action, resource);", "@later"),
        ("@id(\"a b\") forbid (principal, action, resource);", "@id"),
        (
            "@id(\"a\") forbid (principal, action, resource); @id(\"a\") forbid (principal, action, resource);",
            "only one",
        ),
        ("//: maybe tools/call x/y", "own.cedar:1"),
        ("//: deny tools/call", "own.cedar:1"),
        ("//: deny tools/call x/y {\"lables\": []}", "lables"),
        ("//: deny tools/call x/y {\"time\": \"8\"}", "Mon 08:30"),
    ] {
        assert!(bad(text).contains(says), "{text}: {}", bad(text));
    }
    let wrong = user("forbid (principal, action, resource) when { resource.lables.contains(\"x\") };");
    assert!(wrong.check().unwrap_err().to_string().contains("lables"));
    let wrong = user("forbid (principal, action == Action::\"tools/cal\", resource);");
    assert!(wrong.check().is_err());
}

#[test]
fn the_policies_of_the_documentation_do_what_their_examples_say() {
    let filesystem = include_str!("../../../../docs/policies/filesystem.cedar");
    let github = include_str!("../../../../docs/policies/github.cedar");
    let team = include_str!("../../../../docs/policies/team.cedar");
    for (file, text) in [("filesystem.cedar", filesystem), ("github.cedar", github), ("team.cedar", team)] {
        let scope = scope("user", &[(file, text)]);
        scope.check().unwrap();
        assert!(scope.examples().len() >= 5, "{file}");
        scope.prove().unwrap();
    }
    // Together too: none is in the way of another.
    scope("user", &[("filesystem.cedar", filesystem), ("github.cedar", github), ("team.cedar", team)])
        .prove()
        .unwrap();
}

#[test]
fn what_was_asked_can_be_asked_again() {
    let (labels, seen) = (labels(&["a b", "c"]), labels(&["reads-untrusted"]));
    let who = Who { user: "ada".into(), client: "c d".into(), session: "1".into() };
    let rule = r#"@id("x") forbid (principal in User::"ada", action, resource)
        when { context.time.weekday == 7 && context.seen.contains("reads-untrusted") && resource has labels && resource.labels.contains("a b") };"#;
    let mut policies = Policies::new(vec![user(rule)]);
    let facts = |time| Facts {
        who: &who,
        action: "tools/call",
        server: "files",
        on: On::Tool { name: "odd {name}/ \u{e9}", labels: &labels, pinned: true },
        era: "legacy",
        seen: &seen,
        time,
        arguments: None,
    };
    // The fourth day of 1970 was a Sunday.
    for time in [0, 3 * 86_400 + 61] {
        let was = policies.decide(&facts(time));
        let again =
            Example::question(&facts(time).to_question()).unwrap().at_time(time).decide(&mut policies);
        assert_eq!(was, again);
        assert_eq!(was.action == Action::Deny, time > 0);
    }
}

/// Rules that look at a question in every way that there is.
const LOOKS: [&str; 20] = [
    r#"@id("a") forbid (principal, action == Action::"tools/call", resource == Tool::"s/one");"#,
    r#"@id("b") @ask("b") forbid (principal, action in [Action::"tools/call", Action::"path"], resource) when { resource in Tool::"s/two" };"#,
    r#"@id("c") forbid (principal, action == Action::"path", resource) when { resource in Path::"/a/b" };"#,
    r#"@id("d") @ask("d") forbid (principal, action == Action::"path", resource == Path::"/a");"#,
    r#"@id("e") forbid (principal, action, resource) when { Path::"/a/b" in Path::"/a" && Path::"/a/b" in Server::"t" };"#,
    r#"@id("f") forbid (principal, action == Action::"host", resource) when { resource in Host::"x.org" };"#,
    r#"@id("g") forbid (principal in User::"u", action in Action::"client", resource);"#,
    r#"@id("h") @ask("h") forbid (principal == Session::"9", action, resource is Tool);"#,
    r#"@id("i") forbid (principal, action, resource) when { resource has labels && resource.labels.contains("l") };"#,
    r#"@id("j") forbid (principal, action, resource) when { Tool::"s/one" has pinned && !(Tool::"s/one".pinned) };"#,
    r#"@id("k") @ask("k") forbid (principal, action, resource) when { resource has name && resource["na\u{6d}e"] like "t*" };"#,
    r#"@id("l") forbid (principal, action, resource) when { context.arguments.hasTag("x/y") && context.arguments.getTag("x/y") == "1" };"#,
    r#"@id("m") forbid (principal, action, resource) when { context.arguments.getTag("z") == "1" };"#,
    r#"@id("n") forbid (principal, action, resource) when { context.time.hour == 3 };"#,
    r#"@id("o") forbid (principal, action, resource) when { context.era == "modern" || context.seen.contains("l") };"#,
    r#"@id("p") forbid (principal, action == Action::"resources/read", resource) when { resource.uri like "*secret*" };"#,
    r#"@id("q") @ask("q") forbid (principal, action == Action::"resources/read", resource) when { resource.scheme == "file" };"#,
    r#"@id("r") forbid (principal, action, resource) when { Session::"9" in Client::"c" && resource in Server::"s" };"#,
    r#"@id("s") forbid (principal, action in Action::"server", resource) when { [principal, resource].contains(Server::"t") };"#,
    r#"@id("t") forbid (principal, action, resource) when { resource has name && context.arguments.hasTag(resource.name) };"#,
];

#[test]
fn what_is_remembered_and_left_out_changes_no_answer() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut roll = move |sides: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % sides
    };
    let arguments =
        ["{}", r#"{"x":{"y":1},"z":"1"}"#, r#"{"x":{"y":2},"z":1}"#, r#"{"x":[1],"two":"1"}"#, "[]"];
    let (mut denied, mut asked, mut known) = (0, 0, 0);
    for _ in 0..24 {
        let some: String = LOOKS.iter().filter(|_| roll(4) == 0).copied().collect();
        let files = [("default.cedar", "permit (principal, action, resource);"), ("own.cedar", &some)];
        let mut policies = Policies::new(vec![scope("system", &files[1..]), scope("user", &files)]);
        for _ in 0..120 {
            let who = Who {
                user: ["u", "v"][roll(2)].into(),
                client: ["c", "d"][roll(2)].into(),
                session: ["9", "8"][roll(2)].into(),
            };
            let (with, seen) = (labels(&["l", "m"][roll(2)..]), labels(&["l", "m"][roll(3).min(2)..]));
            let tool = On::Tool {
                name: ["one", "two", "three", "four"][roll(4)],
                labels: &with,
                pinned: roll(2) == 0,
            };
            let path = ["/a", "/a/b", "/a/b/c", "/a/bc", "/", "//a", "/a/d", "x"][roll(8)];
            let host = ["x.org", "y.x.org", "xx.org", "1.2.3.4", "org", "::1"][roll(6)];
            let of = Box::new(if roll(2) == 0 { tool.clone() } else { On::Server });
            let (action, on) = match roll(6) {
                0 => ("path", On::Path(path, of)),
                1 => ("host", On::Host(host, of)),
                2 => ("resources/read", On::Resource(["file:///secret", "file:///x", "x:y", "z"][roll(4)])),
                3 => (["tools/list", "roots/list", "other"][roll(3)], On::Server),
                4 => ("prompts/get", On::Prompt(["one", "t"][roll(2)])),
                _ => ("tools/call", tool),
            };
            raw(arguments[roll(arguments.len())], |arguments| {
                let facts = Facts {
                    who: &who,
                    action,
                    server: ["s", "t"][roll(2)],
                    on,
                    era: ["legacy", "modern"][roll(2)],
                    seen: &seen,
                    time: [0, 3 * 3600][roll(2)],
                    arguments: Some(arguments),
                };
                let anew = policies
                    .decide_by(&facts, |scope, request, entities| scope.decide_by_all(request, entities));
                let before = policies.answers.len();
                assert_eq!(policies.decide(&facts), anew, "{some}\n{facts:?}");
                known += usize::from(policies.answers.len() == before);
                denied += usize::from(anew.action == Action::Deny);
                asked += usize::from(anew.action == Action::Ask);
            });
        }
    }
    assert!(denied > 500 && asked > 30 && known > 300, "{denied} {asked} {known}");
}

#[test]
fn a_resource_that_no_policy_names_is_no_new_question() {
    let (seen, who) = (BTreeSet::new(), Who::default());
    let mut policies = Policies::new(vec![scope("user", &[])]);
    for number in 0..100 {
        let uri = format!("file:///notes/{number}.txt");
        let on = On::Resource(&uri);
        let facts = Facts {
            who: &who,
            action: "resources/read",
            server: "notes",
            on,
            era: "legacy",
            seen: &seen,
            time: 0,
            arguments: None,
        };
        assert_eq!(policies.decide(&facts).action, Action::Allow);
    }
    assert_eq!(policies.answers.len(), 1);
}
