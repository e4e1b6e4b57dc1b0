use serde::Deserialize;

#[derive(Deserialize, Clone)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Transport {
    Stdio { command: String, args: Vec<String> },
    Http { url: String },
}

#[derive(Deserialize)]
pub struct ServerConfig {
    pub name: String,
    pub transport: Transport,
}
