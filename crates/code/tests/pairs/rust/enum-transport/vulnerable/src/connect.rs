use anyhow::bail;
use rmcp::transport::TokioChildProcess;
use tokio::process::Command;

use crate::config::Transport;

pub async fn connect(transport: &Transport) -> anyhow::Result<()> {
    match transport {
        Transport::Stdio { command, args } => {
            let mut process = Command::new(command);
            process.args(args);
            TokioChildProcess::new(process)?;
            Ok(())
        }
        Transport::Http { url } => bail!("no connection to {url}"),
    }
}
