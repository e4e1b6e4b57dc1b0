//! A case as the lines that go over the wire.

use mantrap_mcp::Side;
use serde_json::{Value, json};

use crate::case::{Class, Step, approved};

/// A line, who sends it and when.
pub(crate) struct Line {
    pub(crate) from: Side,
    pub(crate) text: String,
    pub(crate) at_ms: u64,
}

pub(crate) struct Session {
    pub(crate) lines: Vec<Line>,
    /// The definitions that are approved.
    pub(crate) approved: Vec<Value>,
    pub(crate) other: Vec<String>,
    next: u64,
    now: u64,
}

impl Session {
    pub(crate) fn of(class: &Class, steps: &[Step]) -> Self {
        let mut approved = approved();
        approved.extend(steps.iter().filter_map(|step| step.define.clone()));
        let mut session = Self { lines: Vec::new(), approved, other: class.other.clone(), next: 100, now: 0 };
        session.open(steps.iter().find_map(|step| step.instructions.clone()));
        let mut asked = None;
        for step in steps {
            for _ in 0..step.times.unwrap_or(1) {
                session.step(step, &mut asked);
                session.now += step.every_ms;
            }
        }
        session
    }

    fn say(&mut self, from: Side, message: &Value) {
        let text = message.to_string();
        self.lines.push(Line { from, text, at_ms: self.now });
    }

    fn open(&mut self, instructions: Option<String>) {
        let client = json!({"name": "corpus", "version": "1"});
        let capabilities = json!({"elicitation": {"form": {}, "url": {}}});
        let params =
            json!({"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": client});
        self.say(Side::Client, &json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}));
        let server = json!({"name": "corpus-server", "version": "1"});
        let capabilities =
            json!({"tools": {"listChanged": true}, "resources": {}, "prompts": {}, "logging": {}});
        let mut result =
            json!({"protocolVersion": "2025-11-25", "capabilities": capabilities, "serverInfo": server});
        if let Some(instructions) = instructions {
            result["instructions"] = instructions.into();
        }
        self.say(Side::Server, &json!({"jsonrpc": "2.0", "id": 1, "result": result}));
        self.say(Side::Client, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        self.say(Side::Client, &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
        let tools = self.approved.clone();
        self.say(Side::Server, &json!({"jsonrpc": "2.0", "id": 2, "result": {"tools": tools}}));
    }

    fn ask(&mut self, method: &str, params: &Value) -> u64 {
        self.next += 1;
        let id = self.next;
        self.say(Side::Client, &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    fn step(&mut self, step: &Step, asked: &mut Option<u64>) {
        if let Some(list) = &step.list {
            let id = self.ask("tools/list", &json!({}));
            let mut tools = if step.only { Vec::new() } else { self.approved.clone() };
            for tool in list {
                match tools.iter_mut().find(|other| !step.only && other["name"] == tool["name"]) {
                    Some(other) => *other = tool.clone(),
                    None => tools.push(tool.clone()),
                }
            }
            self.say(Side::Server, &json!({"jsonrpc": "2.0", "id": id, "result": {"tools": tools}}));
        }
        if let Some(name) = &step.call {
            let id = self.ask("tools/call", &json!({"name": name, "arguments": step.with}));
            *asked = Some(id);
            if step.answered {
                // Put together by hand: serializing megabytes takes seconds here.
                let words = "lorem ipsum dolor sit amet, ".repeat(step.answer_bytes / 28 + 1);
                let text = format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":"{words}"}}]}}}}"#
                );
                self.lines.push(Line { from: Side::Server, text, at_ms: self.now });
            }
        }
        let text = |text: &String| json!({"type": "text", "text": text});
        let mut content: Vec<Value> = step.result.iter().map(text).collect();
        content.extend(step.results.iter().flatten().map(text));
        let answer = match (&step.error, &step.reply) {
            (Some(message), _) => Some(json!({"error": {"code": -32000, "message": message}})),
            (_, Some(reply)) => Some(json!({"result": serde_json::from_str::<Value>(reply).unwrap()})),
            _ if !content.is_empty() => Some(json!({"result": {"content": content}})),
            _ => None,
        };
        if let Some(mut answer) = answer {
            answer["jsonrpc"] = "2.0".into();
            answer["id"] = asked.take().expect("an answer needs a call before it").into();
            self.say(Side::Server, &answer);
        }
        if let Some(resource) = &step.resource {
            let id = self.ask("resources/read", &json!({"uri": "doc://guide"}));
            let contents = json!([{"uri": "doc://guide", "text": resource}]);
            self.say(Side::Server, &json!({"jsonrpc": "2.0", "id": id, "result": {"contents": contents}}));
        }
        if let Some(prompt) = &step.prompt {
            let id = self.ask("prompts/get", &json!({"name": "summary"}));
            let messages = json!([{"role": "user", "content": {"type": "text", "text": prompt}}]);
            self.say(Side::Server, &json!({"jsonrpc": "2.0", "id": id, "result": {"messages": messages}}));
        }
        if let Some(message) = &step.elicit {
            let params = json!({"mode": "form", "message": message, "requestedSchema": step.schema});
            self.server_asks("elicitation/create", &params);
        }
        if let Some(url) = &step.open {
            let params =
                json!({"mode": "url", "url": url, "message": step.message_text, "elicitationId": "e1"});
            self.server_asks("elicitation/create", &params);
        }
        if let Some(message) = &step.message {
            self.next += 1;
            let mut message: Value = serde_json::from_str(message).unwrap();
            if message["id"] == "@" {
                message["id"] = format!("s{}", self.next).into();
            }
            if let Some(method) = &step.asked {
                let params = match method.as_str() {
                    "prompts/get" => json!({"name": "summary"}),
                    "resources/read" => json!({"uri": "file:///a"}),
                    "tasks/get" => json!({"taskId": "t1"}),
                    _ => json!({}),
                };
                let id = &message["id"];
                self.say(
                    Side::Client,
                    &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}),
                );
            }
            let from = if step.from.as_deref() == Some("client") { Side::Client } else { Side::Server };
            self.say(from, &message);
        }
    }

    fn server_asks(&mut self, method: &str, params: &Value) {
        self.next += 1;
        let id = format!("s{}", self.next);
        self.say(Side::Server, &json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    }
}
