use std::sync::Arc;

use axum::extract::State;
use axum::Json;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::registry::{Entry, Registry};

#[derive(Deserialize)]
pub struct Add {
    pub name: String,
    pub entry: Entry,
}

pub async fn add(State(registry): State<Arc<Mutex<Registry>>>, Json(add): Json<Add>) {
    let mut registry = registry.lock().await;
    registry.add(add.name, add.entry);
    registry.start_all();
}
