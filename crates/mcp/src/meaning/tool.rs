//! The definition of a tool, as a client is given it.

use super::Part;
use crate::json::{Raw, Text};
use crate::refusal::Reason;

/// A tool of `tools/list`, or one that a server offers to a model in a sampling request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool<'a> {
    /// By which it is called.
    pub name: Text<'a>,
    /// For people.
    pub title: Option<Text<'a>>,
    /// For the model.
    pub description: Option<Text<'a>>,
    /// What arguments it takes: JSON Schema.
    pub input_schema: Option<Raw<'a>>,
    /// What it gives: JSON Schema.
    pub output_schema: Option<Raw<'a>>,
    /// What it claims about itself. Hints at most.
    pub annotations: Option<Raw<'a>>,
    /// All of it, as it is written: what a pin is made of.
    pub definition: Raw<'a>,
}

pub(super) fn walk_tool<'a>(definition: Raw<'a>, see: &mut dyn FnMut(Part<'a>)) -> Result<(), Reason> {
    let [name, title, description, input_schema, output_schema, annotations, meta] = definition.fields([
        "name",
        "title",
        "description",
        "inputSchema",
        "outputSchema",
        "annotations",
        "_meta",
    ])?;
    // A tool without a name cannot be pinned, called or shown.
    let name = name.and_then(Raw::string).ok_or(Reason::WrongShape)?;
    see(Part::Tool(Tool {
        name,
        title: title.and_then(Raw::string),
        description: description.and_then(Raw::string),
        input_schema,
        output_schema,
        annotations,
        definition,
    }));
    if let Some(meta) = meta {
        see(Part::Meta(meta));
    }
    Ok(())
}
