use rmcp::transport::TokioChildProcess;
use tokio::process::Command;

pub struct Spec {
    pub program: String,
    pub args: Vec<String>,
}

pub struct Launcher {
    spec: Spec,
}

impl Launcher {
    pub fn new(spec: Spec) -> Self {
        Self { spec }
    }

    pub fn start(&self) -> std::io::Result<TokioChildProcess> {
        TokioChildProcess::new(Command::new(&self.spec.program).args(&self.spec.args).env_clear())
    }
}
