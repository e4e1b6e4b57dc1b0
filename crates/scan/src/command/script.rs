//! Shell text.

/// Shell text that a step executes.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// How it is judged.
    pub grade: Grade,
    /// The words that carry danger.
    pub dangers: Vec<Danger>,
}

/// How shell text is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Grade {
    /// One known launcher, nothing else.
    #[default]
    Launches,
    /// Anything else.
    Composes,
}

/// A danger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Danger;
