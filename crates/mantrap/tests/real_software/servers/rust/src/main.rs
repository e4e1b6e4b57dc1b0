//! The smallest server on the official Rust SDK, for the jail's tests of real software.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{ServiceExt, tool, tool_router};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Text {
    text: String,
}

struct Echo;

#[tool_router(server_handler)]
impl Echo {
    #[tool(description = "Says it again")]
    fn echo(&self, Parameters(Text { text }): Parameters<Text>) -> String {
        text
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let io = (tokio::io::stdin(), tokio::io::stdout());
    Echo.serve(io).await?.waiting().await?;
    Ok(())
}
