mod check;

use axum::{Json, Router, http::StatusCode, routing::post};
use rmcp::transport::TokioChildProcess;
use serde::Deserialize;
use tokio::process::Command;

#[derive(Deserialize)]
struct Request {
    command: String,
    args: Vec<String>,
}

async fn launch(Json(request): Json<Request>) -> Result<(), StatusCode> {
    let mut command = Command::new(request.command);
    command.args(request.args);
    TokioChildProcess::new(command).map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(())
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/launch", post(launch));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
