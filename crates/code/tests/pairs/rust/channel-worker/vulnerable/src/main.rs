use axum::{Json, Router, extract::State, routing::post};
use rmcp::transport::TokioChildProcess;
use serde::Deserialize;
use tokio::process::Command;
use tokio::sync::mpsc;

#[derive(Deserialize)]
struct Job {
    command: String,
    args: Vec<String>,
}

async fn work(mut jobs: mpsc::Receiver<Job>) {
    while let Some(job) = jobs.recv().await {
        tokio::spawn(async move {
            let mut command = Command::new(&job.command);
            command.args(&job.args);
            if let Err(error) = TokioChildProcess::new(command) {
                eprintln!("{error}");
            }
        });
    }
}

async fn submit(State(queue): State<mpsc::Sender<Job>>, Json(job): Json<Job>) {
    let _ = queue.send(job).await;
}

#[tokio::main]
async fn main() {
    let (sender, receiver) = mpsc::channel::<Job>(16);
    tokio::spawn(work(receiver));
    let app = Router::new().route("/jobs", post(submit)).with_state(sender);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
