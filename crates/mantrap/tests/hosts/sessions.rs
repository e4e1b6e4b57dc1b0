//! Whole sessions of real clients with real servers: through mantrap each result is what it is without.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::held::run;
use crate::home::{SERVERS, Server, home, mantrap};
use crate::scratch::alone;
use crate::sdk::{SDKS, Sdk, of_each};
use crate::vectors::tools;

/// Where the two differ, by server.
fn differences(sdk: &Sdk) -> Vec<String> {
    let start = |server: &Server, through: bool| {
        let started = if through { run(&[server.name.to_owned()]) } else { server.direct() };
        server.document(&started, true, 90)
    };
    let documents: Vec<Value> =
        SERVERS.iter().flat_map(|server| [start(server, false), start(server, true)]).collect();
    let answers = sdk.visit(&documents, home(), Duration::from_secs(400));
    let mut wrong = Vec::new();
    for (server, pair) in SERVERS.iter().zip(answers.chunks(2)) {
        let place = format!("{} with {}", sdk.name, server.name);
        let said = pair[0]["results"].to_string();
        if !said.contains(server.says) || server.prompt.is_some() && pair[0]["after"].is_null() {
            wrong.push(format!("{place} without mantrap: {}", pair[0]));
        }
        if pair[0] != pair[1] {
            wrong.push(format!("{place}:\n{}\nand through mantrap\n{}", pair[0], pair[1]));
        }
    }
    wrong
}

#[test]
fn every_sdk_has_the_same_whole_session_with_three_real_servers_as_without_mantrap() {
    let _alone = alone();
    mantrap(&["list"]).unwrap(); // the home is there before the clocks start
    let wrong = of_each(&SDKS.iter().collect::<Vec<_>>(), differences).concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One method by the Inspector's command line, as it prints its result.
fn inspect(started: &Value, how: &str, method: &[&str]) -> Value {
    let config = home().join(format!("inspector-{how}.json"));
    fs::write(&config, json!({ "mcpServers": { "it": started } }).to_string()).unwrap();
    let done = Command::new("node")
        .arg(tools().join(
            "hosts/inspector/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
        ))
        .args(["--cli", "--config"])
        .arg(&config)
        .args(["--server", "it", "--method"])
        .args(method)
        .env("HOME", home())
        .output()
        .unwrap();
    let (said, complained) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    serde_json::from_str(&said)
        .unwrap_or_else(|error| panic!("{method:?} of {started}: {error}: {said}{complained}"))
}

#[test]
fn the_inspector_prints_the_same_through_mantrap() {
    let _alone = alone();
    let everything: &[&[&str]] = &[
        &["tools/list"],
        &["tools/call", "--tool-name", "get-sum", "--tool-arg", "a=40", "b=2"],
        &["resources/list"],
        &["resources/read", "--uri", "demo://resource/static/document/architecture.md"],
        &["prompts/list"],
        &["prompts/get", "--prompt-name", "simple-prompt"],
    ];
    for (name, methods) in
        [("everything", everything), ("time", &[&["tools/list"]]), ("reader", &[&["tools/list"]])]
    {
        let server = Server::named(name);
        for method in methods {
            let (direct, through) = std::thread::scope(|scope| {
                let direct = scope.spawn(|| inspect(&server.direct(), "direct", method));
                let through = inspect(&run(&[name.to_owned()]), "through", method);
                (direct.join().unwrap(), through)
            });
            assert!(direct.as_object().is_some_and(|said| !said.is_empty()), "{method:?}: {direct}");
            assert_eq!(direct, through, "{method:?} of {name}");
        }
    }
}
