use rmcp::transport::TokioChildProcess;
use tokio::process::Command;

#[derive(serde::Deserialize)]
pub struct Server {
    pub command: String,
    pub args: Vec<String>,
}

pub fn bundled() -> Server {
    Server { command: "/usr/lib/app/mcp".into(), args: vec![] }
}

pub fn spawn(server: Server) -> Result<TokioChildProcess, String> {
    let mut command = Command::new(&server.command);
    command.args(server.args.iter());
    TokioChildProcess::new(command).map_err(|error| error.to_string())
}
