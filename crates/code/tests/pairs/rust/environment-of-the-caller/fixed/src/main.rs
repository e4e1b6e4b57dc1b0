use std::collections::HashMap;

use axum::{Json, Router, routing::post};
use rmcp::transport::TokioChildProcess;
use serde::Deserialize;
use tokio::process::Command;

#[derive(Deserialize)]
struct Run {
    env: HashMap<String, String>,
}

async fn run(Json(run): Json<Run>) -> String {
    let mut command = Command::new("node");
    command.arg("/opt/mcp/server.js");
    command.env("MCP_VARIABLES", "0");
    match TokioChildProcess::new(command) {
        Ok(_) => format!("{} variables", run.env.len()),
        Err(error) => error.to_string(),
    }
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/run", post(run));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
