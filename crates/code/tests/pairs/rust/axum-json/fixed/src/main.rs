use std::collections::HashMap;

use axum::{Json, Router, http::StatusCode, routing::post};
use rmcp::{ServiceExt, transport::TokioChildProcess};
use serde::Deserialize;
use tokio::process::Command;

#[derive(Deserialize)]
struct TestRequest {
    name: String,
    command: String,
    args: Vec<String>,
}

fn known() -> HashMap<&'static str, (&'static str, Vec<&'static str>)> {
    HashMap::from([("files", ("/opt/mcp/files", vec!["--root", "/srv"]))])
}

async fn test_server(Json(request): Json<TestRequest>) -> Result<String, StatusCode> {
    let servers = known();
    let (program, args) = servers.get(request.name.as_str()).ok_or(StatusCode::NOT_FOUND)?;
    let mut command = Command::new(program);
    command.args(args);
    let transport = TokioChildProcess::new(command).map_err(|_| StatusCode::BAD_GATEWAY)?;
    let client = ().serve(transport).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let tools = client.list_all_tools().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(format!("{} tools", tools.len()))
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/servers/test", post(test_server));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
