use axum::{Router, extract::Query, routing::get};
use rmcp::transport::{ConfigureCommandExt, TokioChildProcess};
use serde::Deserialize;
use tokio::process::Command;

#[derive(Deserialize)]
struct Params {
    package: String,
}

async fn open(Query(params): Query<Params>) -> String {
    let transport = TokioChildProcess::new(Command::new("npx").configure(|cmd| {
        cmd.arg("-y").arg("@acme/files@1.2.3");
    }));
    format!("{} {}", transport.is_ok(), params.package.len())
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/open", get(open));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
