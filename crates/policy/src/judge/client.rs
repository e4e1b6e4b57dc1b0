//! What a client asks.

use mantrap_mcp::meaning::Part;
use mantrap_mcp::{Envelope, Method, Side, Turn};

use super::{Event, Judge, Judgement};
use crate::cedar::On;
use crate::digest::Digest;
use crate::pins::Kind;
use crate::verdict::Verdict;

impl Judge {
    pub(super) fn client<'a>(
        &mut self,
        event: &Event<'_, 'a>,
        parts: &[Part<'a>],
        judgement: &mut Judgement<'a>,
    ) {
        let method = match (event.envelope, event.turn) {
            (Envelope::Request { method, .. }, Turn::Request(known)) => {
                judgement.subject.method = method.chars().take(80).collect();
                self.within_limits(event, judgement);
                *known
            }
            (Envelope::Notification { method, .. }, Turn::Notification(known, _)) => {
                judgement.subject.method = method.chars().take(80).collect();
                if *known != Method::Other {
                    return;
                }
                Method::Other
            }
            // An answer to a server that was allowed to ask.
            (_, Turn::Answer(pending)) => {
                judgement.subject.method = pending.method.to_string();
                return;
            }
            _ => return,
        };
        let mut named = false;
        for part in parts {
            match part {
                Part::Call { name, arguments } => {
                    named = true;
                    let name = name.said();
                    judgement.subject.name = Some(name.to_string());
                    if let Some(arguments) = arguments {
                        judgement.subject.digests.insert("arguments", Digest::of(*arguments));
                    }
                    self.may_ask(Kind::Tool, &name, judgement);
                    judgement.say(self.tools.check_arguments(&name, *arguments, &self.setup));
                    let labels = self.tools.labels(&name, &self.setup);
                    let pinned = self.setup.pins.of(Kind::Tool, &name).is_some();
                    let on = On::Tool { name: &name, labels: &labels, pinned };
                    self.ask_policies(event, "tools/call", &on, *arguments, None, judgement);
                }
                Part::Prompt { name, arguments } => {
                    named = true;
                    let name = name.said();
                    judgement.subject.name = Some(name.to_string());
                    self.may_ask(Kind::Prompt, &name, judgement);
                    self.ask_policies(event, "prompts/get", &On::Prompt(&name), *arguments, None, judgement);
                }
                Part::Resource { uri } => {
                    named = true;
                    let uri = uri.said();
                    judgement.subject.name = Some(uri.to_string());
                    let action = method.name().unwrap_or("other");
                    self.ask_policies(event, action, &On::Resource(&uri), None, Some(&uri), judgement);
                }
                _ => {}
            }
        }
        if !named {
            // A method that both sides know belongs to the client here; one that nobody knows, or that is about a resource
            // and names none, is one action to policies.
            let is_about_nothing = matches!(method, Method::SubscribeResource | Method::UnsubscribeResource);
            let is_known = method.sender() != Some(Side::Server) && !is_about_nothing;
            let action = method.name().filter(|_| is_known).unwrap_or("other");
            self.ask_policies(event, action, &On::Server, None, None, judgement);
        }
    }

    fn may_ask(&self, kind: Kind, name: &str, judgement: &mut Judgement<'_>) {
        if let Err(surprise) = self.seen.may_ask(&self.setup.pins, kind, name) {
            judgement.say(surprise.verdict(kind, name));
        }
    }

    fn within_limits(&mut self, event: &Event<'_, '_>, judgement: &mut Judgement<'_>) {
        if self.asked.len() >= self.setup.limits.in_flight {
            judgement.limit = true;
            judgement.say(Verdict::deny("limits/in-flight", "too many requests wait for an answer"));
        }
        if !self.calls.spend(1, event.now.elapsed) {
            judgement.limit = true;
            judgement.say(Verdict::deny("limits/calls", "more requests in a minute than allowed"));
        }
    }
}
