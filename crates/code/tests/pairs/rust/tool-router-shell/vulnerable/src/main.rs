use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, Content};
use rmcp::{ErrorData, tool, tool_router};
use std::process::Command;

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Lookup {
    pub host: String,
    pub tries: u32,
}

#[derive(Clone)]
pub struct Server;

fn dig(host: &str) -> String {
    let output = Command::new("sh").arg("-c").arg(format!("dig +short {host}")).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

#[tool_router]
impl Server {
    #[tool(description = "Looks a name up")]
    async fn lookup(&self, Parameters(lookup): Parameters<Lookup>) -> Result<CallToolResult, ErrorData> {
        Ok(CallToolResult::success(vec![Content::text(dig(&lookup.host))]))
    }
}
