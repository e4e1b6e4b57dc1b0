use axum::Json;

use crate::config::{ServerConfig, Transport};
use crate::connect::connect;

pub async fn probe(Json(config): Json<ServerConfig>) -> String {
    match connect(&config.transport).await {
        Ok(()) => format!("{} answers", config.name),
        Err(error) => error.to_string(),
    }
}
