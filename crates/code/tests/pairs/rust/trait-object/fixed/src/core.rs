pub struct Definition {
    pub path: String,
    pub argv: Vec<String>,
}

pub trait Launch: Send + Sync {
    fn launch(&self, definition: &Definition) -> anyhow::Result<()>;
}

pub struct Service {
    pub launcher: Box<dyn Launch>,
}

impl Service {
    pub fn check(&self, definition: Definition) -> anyhow::Result<()> {
        self.launcher.launch(&definition)
    }
}
