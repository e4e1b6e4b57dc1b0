//! Content blocks, and the messages that hold them: what a model reads.

use super::{Part, walk_body};
use crate::json::{Kind, Raw, Text};
use crate::refusal::Reason;

/// One block of content. What it is made of is a hint: a block that is not quite of its type is still
/// [`Content::Other`], because a client may be more lenient than its revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Text.
    Text {
        /// What the model reads.
        text: Text<'a>,
        /// All of it.
        block: Raw<'a>,
    },
    /// An image or a sound.
    Media {
        /// `image` or `audio`.
        kind: Text<'a>,
        /// What it claims to be.
        mime_type: Option<Text<'a>>,
        /// Base64.
        data: Text<'a>,
        /// All of it.
        block: Raw<'a>,
    },
    /// A resource that the client may fetch.
    Link {
        /// From where.
        uri: Text<'a>,
        /// All of it, with name, title and description.
        block: Raw<'a>,
    },
    /// A resource itself, or the part of one that was read.
    Resource {
        /// From where.
        uri: Text<'a>,
        /// Text.
        text: Option<Text<'a>>,
        /// Base64.
        blob: Option<Text<'a>>,
        /// All of it.
        block: Raw<'a>,
    },
    /// A model wants a tool called, in a sampling answer.
    ToolUse {
        /// Which.
        name: Text<'a>,
        /// With what.
        input: Option<Raw<'a>>,
        /// All of it.
        block: Raw<'a>,
    },
    /// What that tool said. Its own content comes as parts of its own.
    ToolResult {
        /// All of it.
        block: Raw<'a>,
    },
    /// Of another type, or not of its type.
    Other {
        /// All of it.
        block: Raw<'a>,
    },
}

pub(super) fn walk_content<'a>(block: Raw<'a>, see: &mut dyn FnMut(Part<'a>)) -> Result<(), Reason> {
    // One pass: the text may be long.
    let fields = ["uri", "text", "blob", "data", "mimeType", "name", "type", "_meta", "resource", "input"];
    let [fields @ .., kind, meta, embedded, input] = block.fields(fields)?;
    let kind = kind.and_then(Raw::string);
    let said = kind.map(Text::said);
    // An embedded resource stands one object deeper than one that was read, and is the same.
    let inner = embedded.filter(|_| said.as_deref() == Some("resource"));
    let fields = match inner {
        Some(inner) => inner.fields(["uri", "text", "blob", "data", "mimeType", "name"])?,
        None => fields,
    };
    let [uri, text, blob, data, mime_type, name] = fields.map(|field| field.and_then(Raw::string));
    let content = match (said.as_deref(), text, uri) {
        (Some("text"), Some(text), _) => Content::Text { text, block },
        (Some("image" | "audio"), ..) if let Some((kind, data)) = kind.zip(data) => {
            Content::Media { kind, mime_type, data, block }
        }
        (Some("resource_link"), _, Some(uri)) => Content::Link { uri, block },
        (Some("tool_use"), ..) if let Some(name) = name => Content::ToolUse { name, input, block },
        (Some("tool_result"), ..) => Content::ToolResult { block },
        // What `resources/read` gives has no type.
        (None | Some("resource"), text, Some(uri)) => Content::Resource { uri, text, blob, block },
        _ => Content::Other { block },
    };
    see(Part::Content(content));
    if let Content::ToolResult { .. } = content {
        return walk_body(block, see);
    }
    let inner = inner.map(|inner| inner.field("_meta")).transpose()?.flatten();
    meta.into_iter().chain(inner).for_each(|meta| see(Part::Meta(meta)));
    Ok(())
}

/// The messages of a prompt or a sampling request: each holds one block or a list of them.
pub(super) fn walk_messages<'a>(messages: Raw<'a>, see: &mut dyn FnMut(Part<'a>)) -> Result<(), Reason> {
    messages.elements().try_for_each(|message| match message.kind() {
        Kind::Object => walk_body(message, see),
        _ => {
            see(Part::Content(Content::Other { block: message }));
            Ok(())
        }
    })
}
