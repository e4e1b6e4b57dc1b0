//! The smallest server on the official Rust SDK, for the jail's tests of real software.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{ServiceExt, tool, tool_router};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct File {
    path: String,
}

struct Reader;

#[tool_router(server_handler)]
impl Reader {
    #[tool(description = "Reads a file")]
    fn read(&self, Parameters(File { path }): Parameters<File>) -> Result<String, String> {
        std::fs::read_to_string(&path).map_err(|error| format!("cannot read {path}: {error}"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let io = (tokio::io::stdin(), tokio::io::stdout());
    Reader.serve(io).await?.waiting().await?;
    Ok(())
}
