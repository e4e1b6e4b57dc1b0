use rmcp::transport::TokioChildProcess;
use tokio::process::Command;

use crate::core::{Definition, Launch};

pub struct Stdio;

impl Launch for Stdio {
    fn launch(&self, definition: &Definition) -> anyhow::Result<()> {
        let mut command = Command::new(&definition.path);
        for arg in &definition.argv {
            command.arg(arg);
        }
        TokioChildProcess::new(command)?;
        Ok(())
    }
}
