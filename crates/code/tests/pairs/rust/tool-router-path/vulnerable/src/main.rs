use rmcp::handler::server::wrapper::Parameters;
use rmcp::{tool, tool_router};
use std::path::{Path, PathBuf};

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Note {
    pub name: String,
}

#[derive(Clone)]
pub struct Notes {
    base: PathBuf,
}

#[tool_router]
impl Notes {
    #[tool(description = "Reads a note")]
    async fn read(&self, Parameters(note): Parameters<Note>) -> Result<String, String> {
        self.load(&note.name)
    }

    fn load(&self, name: &str) -> Result<String, String> {
        let base: &Path = &self.base;
        let file = base.join(name);
        std::fs::read_to_string(file).map_err(|error| error.to_string())
    }
}
