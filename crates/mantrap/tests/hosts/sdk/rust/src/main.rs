//! A host on the official Rust SDK. See ../../README.md.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use futures::StreamExt;
use rmcp::model::{CallToolRequestParams, GetPromptRequestParams, JsonObject, ReadResourceRequestParams};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::TokioChildProcess;
use rmcp::ServiceExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

#[derive(Deserialize)]
struct Document {
    server: Server,
    calls: Vec<Call>,
    everything: Option<Everything>,
    patience: u64,
}

#[derive(Deserialize)]
struct Server {
    command: String,
    args: Vec<String>,
    #[serde(default)]
    env: HashMap<String, String>,
    cwd: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    name: String,
    arguments: JsonObject,
}

#[derive(Deserialize)]
struct Everything {
    prompt: Option<String>,
    slow: Option<Call>,
}

const AT_ONCE: usize = 8;

type Answer = Map<String, Value>;
type Client = RunningService<RoleClient, ()>;

impl Call {
    fn params(&self) -> CallToolRequestParams {
        CallToolRequestParams::new(self.name.clone()).with_arguments(self.arguments.clone())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut documents: Vec<Document> = Vec::new();
    while let Some(line) = lines.next_line().await? {
        documents.push(serde_json::from_str(&line)?);
    }
    let mut answers = futures::stream::iter(&documents).map(answer).buffered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        println!("{answer}");
    }
    Ok(())
}

async fn answer(document: &Document) -> Value {
    match timeout(Duration::from_secs(document.patience), visit(document)).await {
        Ok(Ok(answer)) => Value::Object(answer),
        Ok(Err(error)) => json!({ "failed": error.to_string() }),
        Err(_) => json!({ "failed": "out of patience" }),
    }
}

fn note<T: Serialize>(answer: &mut Answer, step: &str, said: &T) -> Result<(), serde_json::Error> {
    answer.insert(step.to_owned(), serde_json::to_value(said)?);
    Ok(())
}

async fn visit(document: &Document) -> Result<Answer, Box<dyn Error>> {
    let mut command = Command::new(&document.server.command);
    command.args(&document.server.args).envs(&document.server.env);
    if let Some(place) = &document.server.cwd {
        command.current_dir(place);
    }
    let client = ().serve(TokioChildProcess::new(command)?).await?;
    let mut answer = Answer::new();
    note(&mut answer, "server", &client.peer_info())?;
    note(&mut answer, "tools", &client.list_tools(None).await?)?;
    let mut results = Vec::new();
    for call in &document.calls {
        results.push(client.call_tool(call.params()).await?);
    }
    note(&mut answer, "results", &results)?;
    if let Some(wanted) = &document.everything {
        everything(&client, document, wanted, &mut answer).await?;
    }
    client.cancel().await?;
    Ok(answer)
}

async fn everything(
    client: &Client,
    document: &Document,
    wanted: &Everything,
    answer: &mut Answer,
) -> Result<(), Box<dyn Error>> {
    let offered = client.peer_info().map(|info| info.capabilities.clone()).unwrap_or_default();
    if offered.resources.is_some() {
        let listed = client.list_resources(None).await?;
        note(answer, "resources", &listed)?;
        if let Some(first) = listed.resources.first() {
            let read = client.read_resource(ReadResourceRequestParams::new(first.uri.clone())).await?;
            note(answer, "read", &read)?;
        }
    }
    if offered.prompts.is_some() {
        note(answer, "prompts", &client.list_prompts(None).await?)?;
    }
    if let Some(prompt) = &wanted.prompt {
        note(answer, "prompt", &client.get_prompt(GetPromptRequestParams::new(prompt.clone())).await?)?;
    }
    client.send_request(rmcp::model::ClientRequest::PingRequest(Default::default())).await?;
    if let Some(slow) = &wanted.slow {
        // What is abandoned, the SDK cancels.
        let late = timeout(Duration::from_millis(300), client.call_tool(slow.params())).await.is_err();
        note(answer, "cancelled", &late)?;
        note(answer, "after", &client.call_tool(document.calls[0].params()).await?)?;
    }
    Ok(())
}
