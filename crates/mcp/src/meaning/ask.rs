//! What servers want of clients: of their model, their user and their disk.

use super::{Part, walk_body};
use crate::json::{Raw, Text};
use crate::refusal::Reason;

/// Where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a request of its own, as in the legacy era.
    Request,
    /// In a result that is incomplete without it, as in the modern era, or in the status of a task.
    Input {
        /// The name that the answer has to bear.
        key: Text<'a>,
        /// By which method.
        method: Text<'a>,
    },
    /// In an error, as in revision 2025-11-25.
    Error,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask<'a> {
    /// That a model completes something. Its messages and tools come as parts of their own, before this one.
    Sampling {
        /// Where.
        place: Place<'a>,
        /// What the model is told first.
        system: Option<Text<'a>>,
        /// Whose context the model is to see, beyond the messages.
        include_context: Option<Text<'a>>,
        /// All of it.
        params: Raw<'a>,
    },
    /// That the user fills in a form.
    Form {
        /// Where.
        place: Place<'a>,
        /// What the user reads.
        message: Option<Text<'a>>,
        /// The fields.
        schema: Option<Raw<'a>>,
        /// All of it.
        params: Raw<'a>,
    },
    /// That the user opens an address.
    Url {
        /// Where.
        place: Place<'a>,
        /// What the user reads.
        message: Option<Text<'a>>,
        /// The address.
        url: Text<'a>,
        /// All of it.
        params: Raw<'a>,
    },
    /// Which directories the client works in.
    Roots {
        /// Where.
        place: Place<'a>,
        /// All of it.
        params: Option<Raw<'a>>,
    },
    /// Something that no revision knows.
    Unknown {
        /// Where.
        place: Place<'a>,
        /// All of it.
        params: Option<Raw<'a>>,
    },
}

pub(super) fn walk_ask<'a>(
    method: &str,
    params: Option<Raw<'a>>,
    place: Place<'a>,
    see: &mut dyn FnMut(Part<'a>),
) -> Result<(), Reason> {
    let ask = match (method, params) {
        ("sampling/createMessage", Some(params)) => {
            let [system, context] = params.fields(["systemPrompt", "includeContext"])?;
            walk_body(params, see)?;
            Ask::Sampling {
                place,
                system: system.and_then(Raw::string),
                include_context: context.and_then(Raw::string),
                params,
            }
        }
        ("elicitation/create", Some(params)) => {
            let [mode, message, url, schema, meta] =
                params.fields(["mode", "message", "url", "requestedSchema", "_meta"])?;
            if let Some(meta) = meta {
                see(Part::Meta(meta));
            }
            let message = message.and_then(Raw::string);
            let mode = mode.and_then(Raw::text);
            match (mode.as_deref(), url.and_then(Raw::string)) {
                (Some("url"), Some(url)) => Ask::Url { place, message, url, params },
                // Before there were modes, a form was the only one.
                (Some("form") | None, None) => Ask::Form { place, message, schema, params },
                // A form with an address, an address without one, or a mode to come: nobody knows what is shown.
                _ => Ask::Unknown { place, params: Some(params) },
            }
        }
        ("roots/list", _) => Ask::Roots { place, params },
        _ => Ask::Unknown { place, params },
    };
    see(Part::Ask(ask));
    Ok(())
}
