use axum::Json;
use axum::extract::{Path, State};
use rmcp::transport::TokioChildProcess;
use serde::Deserialize;
use sqlx::SqlitePool;
use tokio::process::Command;

use crate::store::{self, ServerRow};

#[derive(Deserialize)]
pub struct Create {
    pub command: String,
    pub args: Vec<String>,
}

pub async fn create(State(pool): State<SqlitePool>, Json(body): Json<Create>) -> String {
    let row = ServerRow { id: 0, command: body.command, args: body.args.join(" ") };
    format!("{} {}", store::save(&pool, &row).await.is_ok(), body.args.len())
}

pub async fn start(State(pool): State<SqlitePool>, Path(id): Path<i64>) -> Result<(), String> {
    let row = store::load(&pool, id).await.map_err(|error| error.to_string())?;
    let mut command = Command::new(row.command);
    command.args(row.args.split_whitespace());
    TokioChildProcess::new(command).map_err(|error| error.to_string())?;
    Ok(())
}
