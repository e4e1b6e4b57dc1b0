//! What a message holds, part by part, wherever it stands.
//!
//! A request has a head of one shape. Results and notifications are walked by the names of their members and not by
//! what was asked, because that is how things hide: a sampling request inside the result of a tool call, a tool's output
//! inside the status of a task. A member that has no type here is still a part, [`Part::Other`], so that a judge
//! who looks at every part has looked at every byte that a client or server would.

mod ask;
mod content;
mod tool;

pub use ask::{Ask, Place};
pub use content::Content;
pub use tool::Tool;

use crate::envelope::Envelope;
use crate::json::{Kind, Raw, Text, folds_to};
use crate::method::Method;
use crate::refusal::Reason;

/// One thing in a message that somebody may want to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A tool is to be called: `tools/call`.
    Call {
        /// Which.
        name: Text<'a>,
        /// With what: an object.
        arguments: Option<Raw<'a>>,
    },
    /// A prompt is to be filled in: `prompts/get`.
    Prompt {
        /// Which.
        name: Text<'a>,
        /// With what: an object.
        arguments: Option<Raw<'a>>,
    },
    /// A resource is to be read or watched: `resources/read`, `resources/subscribe`, `resources/unsubscribe`.
    Resource {
        /// Which.
        uri: Text<'a>,
    },
    /// A server wants something of the user, the model or the disk.
    Ask(Ask<'a>),
    /// What the client answers to that.
    Answer {
        /// To which of several.
        key: Text<'a>,
        /// An object.
        answer: Raw<'a>,
    },
    /// What a server wants to have said back to it, and what a client says back. Opaque.
    State(Text<'a>),
    /// Which task this is about: `taskId`.
    Task(Text<'a>),
    /// The definition of a tool.
    Tool(Tool<'a>),
    /// The definition of a prompt, a resource or a resource template, by the list in which it stands.
    Definition {
        /// `prompts`, `resources` or `resourceTemplates`.
        list: &'static str,
        /// An object.
        definition: Raw<'a>,
    },
    /// What a server tells the model about itself.
    Instructions(Text<'a>),
    /// Content for the model.
    Content(Content<'a>),
    /// The result of a tool as data, of any kind.
    Structured(Raw<'a>),
    /// An error, of this request or of a task.
    Error {
        /// What kind.
        code: Option<i64>,
        /// For people.
        message: Option<Text<'a>>,
        /// Anything.
        data: Option<Raw<'a>>,
        /// All of it.
        error: Raw<'a>,
    },
    /// A `_meta` object, of the message or of something in it.
    Meta(Raw<'a>),
    /// A member that nothing above is about.
    Other {
        /// Its name.
        name: Text<'a>,
        /// Its value.
        value: Raw<'a>,
    },
}

/// Shows every part of a message, in its order.
///
/// # Errors
/// [`Reason::WrongShape`] where what must be judged lacks its name or has arguments that are no object, and
/// [`Reason::CaseVariant`] for a member that some would take for one of the protocol. Parts before it were shown.
pub fn walk<'a>(envelope: &Envelope<'a>, see: &mut dyn FnMut(Part<'a>)) -> Result<(), Reason> {
    match envelope {
        Envelope::Request { method, params, .. } => {
            let method = Method::of(method);
            match params {
                Some(params) => request(method, *params, see),
                None if needs_params(method) => Err(Reason::WrongShape),
                None if method == Method::ListRoots => {
                    see(Part::Ask(Ask::Roots { place: Place::Request, params: None }));
                    Ok(())
                }
                None => Ok(()),
            }
        }
        Envelope::Notification { params: Some(body), .. } | Envelope::Result { result: body, .. } => {
            walk_body(*body, see)
        }
        Envelope::Notification { params: None, .. } => Ok(()),
        Envelope::Error { error, .. } => walk_error(*error, see),
    }
}

const fn needs_params(method: Method) -> bool {
    matches!(
        method,
        Method::CallTool
            | Method::GetPrompt
            | Method::ReadResource
            | Method::SubscribeResource
            | Method::UnsubscribeResource
            | Method::CreateMessage
            | Method::Elicit
    )
}

fn request<'a>(method: Method, params: Raw<'a>, see: &mut dyn FnMut(Part<'a>)) -> Result<(), Reason> {
    let named: &[&str] = match method {
        Method::CallTool | Method::GetPrompt => {
            let [name, arguments] = params.fields(["name", "arguments"])?;
            let name = name.and_then(Raw::string).ok_or(Reason::WrongShape)?;
            let arguments = arguments.filter(|arguments| arguments.kind() != Kind::Null);
            if arguments.is_some_and(|arguments| arguments.kind() != Kind::Object) {
                return Err(Reason::WrongShape);
            }
            see(match method {
                Method::CallTool => Part::Call { name, arguments },
                _ => Part::Prompt { name, arguments },
            });
            &["name", "arguments"]
        }
        Method::ReadResource | Method::SubscribeResource | Method::UnsubscribeResource => {
            match params.field("uri")? {
                // Of nothing there is nothing to judge. The later era lacks both methods, and its servers have a word for that.
                None if method != Method::ReadResource => {}
                uri => {
                    let uri = uri.and_then(Raw::string).ok_or(Reason::WrongShape)?;
                    see(Part::Resource { uri });
                }
            }
            &["uri"]
        }
        Method::CreateMessage | Method::Elicit | Method::ListRoots => {
            return ask::walk_ask(method.name().unwrap_or_default(), Some(params), Place::Request, see);
        }
        _ => &[],
    };
    for (name, value) in params.members() {
        let said = name.said();
        if !named.contains(&said.as_ref()) {
            member(name, &said, value, see)?;
        }
    }
    Ok(())
}

/// The members of a result, or of what a notification tells.
fn walk_body<'a>(body: Raw<'a>, see: &mut dyn FnMut(Part<'a>)) -> Result<(), Reason> {
    body.members().try_for_each(|(name, value)| member(name, &name.said(), value, see))
}

/// The members that have a meaning of their own, in requests, results and notifications alike.
const KNOWN: [&str; 17] = [
    "_meta",
    "content",
    "structuredContent",
    "toolResult",
    "contents",
    "messages",
    "tools",
    "prompts",
    "resources",
    "resourceTemplates",
    "instructions",
    "inputRequests",
    "inputResponses",
    "requestState",
    "taskId",
    "result",
    "error",
];

fn member<'a>(
    name: Text<'a>,
    said: &str,
    value: Raw<'a>,
    see: &mut dyn FnMut(Part<'a>),
) -> Result<(), Reason> {
    let other = Part::Other { name, value };
    let object = value.kind() == Kind::Object;
    match said {
        "_meta" => see(Part::Meta(value)),
        "structuredContent" | "toolResult" => see(Part::Structured(value)),
        "content" if object => content::walk_content(value, see)?,
        "content" | "contents" if value.kind() == Kind::Array => {
            value.elements().try_for_each(|content| content::walk_content(content, see))?;
        }
        "messages" if value.kind() == Kind::Array => content::walk_messages(value, see)?,
        "tools" if value.kind() == Kind::Array => {
            value.elements().try_for_each(|tool| tool::walk_tool(tool, see))?;
        }
        "prompts" | "resources" | "resourceTemplates" if value.kind() == Kind::Array => {
            let list = KNOWN.into_iter().find(|known| *known == said).unwrap_or_default();
            value.elements().for_each(|definition| see(Part::Definition { list, definition }));
        }
        "instructions" => see(value.string().map_or(other, Part::Instructions)),
        "inputRequests" if object => {
            for (key, asked) in value.members() {
                let [method, params] = asked.fields(["method", "params"])?;
                let method = method.and_then(Raw::string).ok_or(Reason::WrongShape)?;
                ask::walk_ask(&method.said(), params, Place::Input { key, method }, see)?;
                let rest = asked.members().filter(|(name, _)| !matches!(&*name.said(), "method" | "params"));
                rest.for_each(|(name, value)| see(Part::Other { name, value }));
            }
        }
        "inputResponses" if object => {
            value.members().for_each(|(key, answer)| see(Part::Answer { key, answer }));
        }
        "requestState" => see(value.string().map_or(other, Part::State)),
        "taskId" => see(value.string().map_or(other, Part::Task)),
        // The outcome of a task stands inside its status.
        "result" if object => walk_body(value, see)?,
        "error" if object => walk_error(value, see)?,
        _ if KNOWN.iter().any(|known| folds_to(said, known)) => return Err(Reason::CaseVariant),
        _ => see(other),
    }
    Ok(())
}

fn walk_error<'a>(error: Raw<'a>, see: &mut dyn FnMut(Part<'a>)) -> Result<(), Reason> {
    let [code, message, data] = error.fields(["code", "message", "data"])?;
    let code = code.and_then(Raw::integer);
    see(Part::Error { code, message: message.and_then(Raw::string), data, error });
    // Revision 2025-11-25 asks for URLs to be opened by an error, -32042; some read the list whatever the code.
    let asked = data.map(|data| data.field("elicitations")).transpose()?.flatten();
    for asked in asked.into_iter().flat_map(Raw::elements) {
        ask::walk_ask("elicitation/create", Some(asked), Place::Error, see)?;
    }
    Ok(())
}
