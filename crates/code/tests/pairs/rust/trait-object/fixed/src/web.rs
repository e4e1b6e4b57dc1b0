use std::sync::Arc;

use axum::extract::{Json, State};
use serde::Deserialize;

use crate::core::{Definition, Service};

#[derive(Deserialize)]
pub struct Payload {
    pub path: String,
    pub argv: Vec<String>,
}

pub async fn preview(State(service): State<Arc<Service>>, Json(payload): Json<Payload>) -> String {
    let definition = Definition { path: "/opt/mcp/preview".to_owned(), argv: Vec::new() };
    match service.check(definition) {
        Ok(()) => format!("ok, {} arguments", payload.argv.len()),
        Err(error) => error.to_string(),
    }
}
