use std::collections::HashMap;

use rmcp::transport::TokioChildProcess;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

#[derive(Clone, Serialize, Deserialize)]
pub struct Entry {
    pub command: String,
    #[serde(default)]
    pub args: Vec<String>,
}

#[derive(Default)]
pub struct Registry {
    entries: HashMap<String, Entry>,
}

impl Registry {
    pub fn add(&mut self, name: String, entry: Entry) {
        self.entries.insert(name, entry);
    }

    pub fn start_all(&self) -> Vec<TokioChildProcess> {
        self.entries
            .values()
            .filter_map(|entry| {
                let mut command = Command::new(&entry.command);
                command.args(&entry.args);
                TokioChildProcess::new(command).ok()
            })
            .collect()
    }
}
