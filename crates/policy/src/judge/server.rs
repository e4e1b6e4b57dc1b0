//! What a server answers, tells and wants.

use mantrap_mcp::edit::Cut;
use mantrap_mcp::meaning::{Ask, Part, Place};
use mantrap_mcp::{Envelope, Era, Method, Pending, Raw, Turn};

use super::{Asked, Event, Judge, Judgement};
use crate::cedar::On;
use crate::digest::Digest;
use crate::pins::{Kind, Surprise};
use crate::verdict::{Ground, Verdict};

/// The error by which revision 2025-11-25 asks for an address to be opened.
const URL_REQUIRED: i64 = -32_042;

/// What a list of this method is a list of.
pub(super) const fn listed(method: Method) -> Option<Kind> {
    match method {
        Method::ListTools => Some(Kind::Tool),
        Method::ListPrompts => Some(Kind::Prompt),
        Method::ListResourceTemplates => Some(Kind::Template),
        _ => None,
    }
}

impl Judge {
    pub(super) fn server<'a>(
        &mut self,
        event: &Event<'_, 'a>,
        parts: &[Part<'a>],
        judgement: &mut Judgement<'a>,
    ) {
        match event.turn {
            Turn::Answer(pending) => self.answer(event, pending, parts, judgement),
            Turn::Request(_) | Turn::Notification(..) | Turn::Fault => {
                if let Envelope::Request { method, .. } | Envelope::Notification { method, .. } =
                    event.envelope
                {
                    judgement.subject.method = method.chars().take(80).collect();
                }
                if !self.messages.spend(1, event.now.elapsed) {
                    judgement.limit = true;
                    judgement.say(Verdict::deny(
                        "limits/server-messages",
                        "more messages in a minute than allowed",
                    ));
                }
                let mut named = false;
                for part in parts {
                    if let Part::Ask(ask) = part {
                        named = true;
                        self.ask(event, None, ask, None, judgement);
                    }
                }
                // A sign of life is nobody's to forbid; what nobody knows is.
                let is_unknown = match event.turn {
                    Turn::Request(method) => !named && *method != Method::Ping,
                    Turn::Notification(method, _) => *method == Method::Other,
                    Turn::Answer(_) | Turn::Fault => false,
                };
                if is_unknown {
                    self.ask_policies(event, "other", &On::Server, None, None, judgement);
                }
            }
        }
    }

    fn answer<'a>(
        &mut self,
        event: &Event<'_, 'a>,
        pending: &Pending,
        parts: &[Part<'a>],
        judgement: &mut Judgement<'a>,
    ) {
        judgement.subject.method = pending.method.to_string();
        let asked: Option<Asked> = match event.envelope {
            Envelope::Result { id, .. } | Envelope::Error { id: Some(id), .. } => {
                self.asked.get(&id.clone().into_owned()).cloned()
            }
            _ => None,
        };
        // Of several requests that wait, each has its own.
        if let (Era::Modern, Some(asked)) = (event.era, &asked) {
            self.offers = asked.offers;
        }
        let tool = asked.and_then(|asked| asked.tool);
        judgement.subject.name.clone_from(&tool);
        let result = match event.envelope {
            Envelope::Result { result, .. } => Some(*result),
            _ => None,
        };
        if let (Some(kind), Some(result)) = (listed(pending.method), result) {
            self.list(kind, result, parts, judgement);
        }
        if let (Method::Initialize | Method::Discover, Some(result)) = (pending.method, result) {
            self.introduction(result, judgement);
        }
        let failed =
            || result.and_then(|result| result.field("isError").ok()?).is_some_and(|is| is.json() == "true");
        let code =
            parts.iter().find_map(|part| if let Part::Error { code, .. } = part { *code } else { None });
        for part in parts {
            match part {
                Part::Structured(value) if !failed() => {
                    if let Some(tool) = &tool {
                        judgement.say(self.tools.check_result(tool, *value, &self.setup));
                    }
                }
                Part::Ask(ask) => self.ask(event, Some(pending.method), ask, code, judgement),
                _ => {}
            }
        }
    }

    /// Weighs every definition of a list, and cuts those out that nobody approved.
    fn list<'a>(&mut self, kind: Kind, result: Raw<'a>, parts: &[Part<'a>], judgement: &mut Judgement<'a>) {
        for part in parts {
            let (name, definition) = match (part, kind) {
                (Part::Tool(tool), Kind::Tool) => (tool.name.said(), tool.definition),
                (Part::Definition { list, definition }, _) => {
                    let member = match (*list, kind) {
                        ("prompts", Kind::Prompt) => "name",
                        ("resourceTemplates", Kind::Template) => "uriTemplate",
                        _ => continue,
                    };
                    (
                        definition.field(member).ok().flatten().and_then(Raw::text).unwrap_or_default(),
                        *definition,
                    )
                }
                _ => continue,
            };
            self.show(kind, &name, definition);
            let weighed = self.seen.weigh(&self.setup.pins, &self.setup.shadows, kind, &name, definition);
            let weighed = weighed.and_then(|digest| match part {
                Part::Tool(tool) if !self.tools.keep(tool, digest, &self.setup) => Err(Surprise::Unpinnable),
                _ => Ok(()),
            });
            if let Err(surprise) = weighed {
                judgement.cuts.push(Cut::Element(definition));
                judgement.notices.extend(surprise.verdict(kind, &name).grounds);
                judgement.subject.digests.insert("definition", Digest::of(definition));
            }
        }
        // The last page.
        if result.field("nextCursor").ok().flatten().and_then(Raw::text).is_none() {
            for name in self.seen.removed(&self.setup.pins, kind) {
                let reason = format!(
                    "the {} `{}` was approved and is not there any more",
                    kind.word(),
                    crate::pins::shown(&name)
                );
                judgement.notices.insert(Ground { rule: "pins/removed".into(), reason });
            }
        }
    }

    /// What a server says of itself: its text for the model is cut out when it is not as it was approved, and a server that
    /// introduces itself as another one is refused.
    fn introduction<'a>(&mut self, result: Raw<'a>, judgement: &mut Judgement<'a>) {
        for (name, value) in result.members() {
            let said = name.said();
            let is_text = said == "instructions";
            if !is_text && said != "serverInfo" {
                continue;
            }
            self.show(Kind::Server, &said, value);
            let (pins, shadows) = (&self.setup.pins, &self.setup.shadows);
            if let Err(surprise) = self.seen.weigh(pins, shadows, Kind::Server, &said, value) {
                let verdict = surprise.verdict(Kind::Server, &said);
                if is_text {
                    judgement.cuts.push(Cut::Member(name, value));
                    judgement.notices.extend(verdict.grounds);
                } else {
                    judgement.say(verdict);
                }
                judgement.subject.digests.insert("definition", Digest::of(value));
            }
        }
    }

    /// Judges what a server wants of the client, wherever it says so. `within` is the method that it answers.
    fn ask(
        &mut self,
        event: &Event<'_, '_>,
        within: Option<Method>,
        ask: &Ask<'_>,
        code: Option<i64>,
        judgement: &mut Judgement<'_>,
    ) {
        let mut address = None;
        let (action, place, offered) = match ask {
            Ask::Sampling { place, .. } => ("sampling/createMessage", place, self.offers.sampling),
            Ask::Form { place, .. } => ("elicitation/form", place, self.offers.form),
            Ask::Url { place, url, .. } => {
                address = Some(url.said());
                ("elicitation/url", place, self.offers.url)
            }
            Ask::Roots { place, .. } => ("roots/list", place, self.offers.roots),
            Ask::Unknown { place, .. } => ("unknown-ask", place, true),
        };
        // Where a client looks for it in this era. Elsewhere it waits for one that looks where it should not.
        let belongs = match (place, event.era, within) {
            (Place::Request, Era::Legacy(_), None) => true,
            (Place::Error, Era::Legacy(_), Some(_)) => code == Some(URL_REQUIRED),
            (
                Place::Input { .. },
                Era::Modern,
                Some(Method::CallTool | Method::ReadResource | Method::GetPrompt | Method::GetTask),
            ) => true,
            // The status of a task that is told.
            (Place::Input { .. }, Era::Modern, None) => true,
            _ => false,
        };
        if !belongs {
            judgement.say(Verdict::deny(
                "asks/hidden",
                format!("`{action}` hides where no client should look for it"),
            ));
        }
        if !offered {
            judgement.say(Verdict::deny("asks/not-offered", format!("the client did not offer `{action}`")));
        }
        self.ask_policies(event, action, &On::Server, None, address.as_deref(), judgement);
        if judgement.subject.name.is_none() {
            judgement.subject.name = Some(action.to_owned());
        }
    }
}
