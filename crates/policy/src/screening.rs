//! What the rules about text and about arguments say of a whole message.
//!
//! Owns which part of a message stands at which [`Where`]. Never decides: it gives findings, and [`Finding::verdict`] what
//! each amounts to. A redaction is for whoever can edit the message; where nobody can, it counts as a question.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use mantrap_mcp::meaning::{Ask, Content, Part};
use mantrap_mcp::{Envelope, Kind as JsonKind, Method, Raw, Text};

use crate::arguments::{self, Kind, Shape};
use crate::text::{self, Act, RuleError, Where};
use crate::verdict::{Action, Verdict};

/// The rules about what messages say.
#[derive(Debug)]
pub struct Screening {
    text: text::Rules,
    arguments: arguments::Rules,
}

/// One thing that a rule found in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// Which rule: `text/override`, `arguments/traversal`.
    pub rule: String,
    /// What it asks for.
    pub act: Act,
    /// Where it stands.
    pub place: Where,
    /// The string that it was found in, as it stands in the message; none for a value of an argument.
    pub text: Option<Text<'a>>,
    /// Where in what that string says.
    pub span: std::ops::Range<usize>,
    /// Why, for people: what was found and where. Nothing of the message itself but names of members.
    pub reason: String,
}

impl Finding<'_> {
    /// What it amounts to where nothing can be redacted.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let action = match self.act {
            Act::Flag => Action::Allow,
            Act::Redact | Act::Ask => Action::Ask,
            Act::Deny => Action::Deny,
        };
        Verdict::new(action, self.rule.clone(), self.reason.clone())
    }
}

impl Screening {
    /// The rules of this crate.
    ///
    /// # Errors
    /// Never: tests load them with their examples.
    pub fn built_in() -> Result<Self, RuleError> {
        Ok(Self { text: text::Rules::built_in()?, arguments: arguments::Rules::built_in()? })
    }

    /// The rules of this crate and those of people, each a file by its name: about text, and about arguments. One that has
    /// the id of a rule of this crate replaces it.
    ///
    /// # Errors
    /// The first thing that is wrong with a file, its examples included.
    pub fn with(text: &[(&str, &str)], arguments: &[(&str, &str)]) -> Result<Self, RuleError> {
        Ok(Self { text: text::Rules::with(text)?, arguments: arguments::Rules::with(arguments)? })
    }

    /// Whether this crate has a rule of this id, about text or about arguments.
    #[must_use]
    pub fn has(id: &str) -> bool {
        text::Rules::has(id) || arguments::Rules::has(id)
    }

    /// These rules.
    #[must_use]
    pub fn new(text: text::Rules, arguments: arguments::Rules) -> Self {
        Self { text, arguments }
    }

    /// Everything that the rules find in the parts of a message. `asked` is the method that a result answers; `shape` knows what
    /// the arguments of a tool are bound for.
    #[must_use]
    pub fn message<'a>(
        &self,
        envelope: &Envelope<'a>,
        asked: Option<Method>,
        parts: &[Part<'a>],
        shape: &dyn Fn(&str) -> Option<Arc<Shape>>,
    ) -> Vec<Finding<'a>> {
        let own = match (envelope, asked) {
            (Envelope::Result { .. }, Some(Method::GetPrompt)) => Where::Prompt,
            (Envelope::Result { .. }, _) => Where::Result,
            (Envelope::Request { method, .. }, _)
                if matches!(Method::of(method), Method::CreateMessage | Method::Elicit | Method::Other) =>
            {
                Where::Ask
            }
            (Envelope::Request { .. }, _) => Where::Argument,
            (Envelope::Notification { .. } | Envelope::Error { .. }, _) => Where::Error,
        };
        let mut said: BTreeMap<Where, Said<'a>> = BTreeMap::new();
        let mut found = Vec::new();
        for part in parts {
            self.part(own, *part, shape, &mut said, &mut found);
        }
        for (place, Said { mut values, names }) in said {
            values.extend(names);
            self.texts(place, &values, &mut found);
        }
        found
    }

    fn part<'a>(
        &self,
        own: Where,
        part: Part<'a>,
        shape: &dyn Fn(&str) -> Option<Arc<Shape>>,
        said: &mut BTreeMap<Where, Said<'a>>,
        found: &mut Vec<Finding<'a>>,
    ) {
        let mut take = |place: Where, value: Raw<'a>| said.entry(place).or_default().collect(value);
        match part {
            Part::Call { name, arguments } => {
                if let Some(arguments) = arguments {
                    take(Where::Argument, arguments);
                    self.arguments(shape(&name.said()).as_deref(), arguments, found);
                }
            }
            Part::Prompt { arguments, .. } => {
                if let Some(arguments) = arguments {
                    take(Where::Argument, arguments);
                }
            }
            Part::Resource { uri } => said.entry(Where::Argument).or_default().values.push(uri),
            Part::Ask(ask) => {
                if let Ask::Url { url, .. } = ask {
                    let broken = arguments::screen_value(&self.arguments, Kind::Opened, &url.said());
                    found.extend(broken.into_iter().map(|one| of_arguments(one, Where::Ask)));
                }
                let params = match ask {
                    Ask::Sampling { params, .. } | Ask::Form { params, .. } | Ask::Url { params, .. } => {
                        Some(params)
                    }
                    Ask::Roots { params, .. } | Ask::Unknown { params, .. } => params,
                };
                params.into_iter().for_each(|params| take(Where::Ask, params));
            }
            Part::Answer { answer, .. } => take(Where::Argument, answer),
            Part::Tool(tool) => take(Where::Definition, tool.definition),
            Part::Definition { definition, .. } => take(Where::Definition, definition),
            Part::Instructions(text) => said.entry(Where::Instructions).or_default().values.push(text),
            Part::Content(content) => match content {
                // A picture says nothing in letters; its base64 is the bulk of many a result.
                Content::Media { .. } => {}
                // What it said comes as parts of its own.
                Content::ToolResult { .. } => {}
                Content::Text { block, .. }
                | Content::Link { block, .. }
                | Content::Resource { block, .. }
                | Content::ToolUse { block, .. }
                | Content::Other { block } => take(own, block),
            },
            Part::Structured(value) => take(own, value),
            Part::Error { error, .. } => take(Where::Error, error),
            Part::Meta(value) | Part::Other { value, .. } => take(own, value),
            Part::State(_) | Part::Task(_) => {}
        }
    }

    fn arguments<'a>(&self, shape: Option<&Shape>, arguments: Raw<'a>, found: &mut Vec<Finding<'a>>) {
        let unknown = Shape::default();
        // What was scanned is legal, and what serde cannot hold is judged by nobody.
        let Ok(value) = serde_json::from_str(arguments.json()) else {
            found.push(Finding {
                rule: "arguments/too-much-to-screen".to_owned(),
                act: Act::Deny,
                place: Where::Argument,
                text: None,
                span: 0..0,
                reason: "the arguments cannot be read".to_owned(),
            });
            return;
        };
        let broken = arguments::screen(&self.arguments, shape.unwrap_or(&unknown), &value);
        found.extend(broken.into_iter().map(|one| of_arguments(one, Where::Argument)));
    }

    fn texts<'a>(&self, place: Where, texts: &[Text<'a>], found: &mut Vec<Finding<'a>>) {
        let said: Vec<Cow<'_, str>> = texts.iter().map(|text| text.said()).collect();
        let parts: Vec<&str> = said.iter().map(AsRef::as_ref).collect();
        for (number, one) in text::screen_parts(&self.text, place, &parts) {
            let what = self.text.what(&one.rule).unwrap_or_default();
            let through = match one.through.as_slice() {
                [] => String::new(),
                several => format!(", in {}", several.join(" in ")),
            };
            found.push(Finding {
                reason: format!("{what}{through}"),
                rule: format!("text/{}", one.rule),
                act: one.act,
                place,
                text: texts.get(number).copied(),
                span: one.span,
            });
        }
    }
}

/// Every string of a message that stands at one place. What is spread over several values is one text only without what
/// stands between them, so the rest goes behind them.
#[derive(Default)]
struct Said<'a> {
    values: Vec<Text<'a>>,
    /// The names of members, and the values that name a type.
    names: Vec<Text<'a>>,
}

impl<'a> Said<'a> {
    fn collect(&mut self, value: Raw<'a>) {
        match value.kind() {
            JsonKind::String => self.values.extend(value.string()),
            JsonKind::Array => value.elements().for_each(|element| self.collect(element)),
            JsonKind::Object => value.members().for_each(|(name, member)| {
                self.names.push(name);
                match (name.spelled(), member.string()) {
                    ("type" | "mimeType", Some(text)) => self.names.push(text),
                    _ => self.collect(member),
                }
            }),
            _ => {}
        }
    }
}

fn of_arguments(one: arguments::Match, place: Where) -> Finding<'static> {
    let at: String = one.at.chars().filter(|letter| !letter.is_control()).take(80).collect();
    let reason = match at.as_str() {
        "" => one.what,
        at => format!("{}, at `{at}`", one.what),
    };
    Finding { rule: format!("arguments/{}", one.rule), act: one.act, place, text: None, span: 0..0, reason }
}
