//! What the rules about text and arguments find, and what becomes of it here.

use std::collections::BTreeMap;
use std::sync::Arc;

use mantrap_mcp::edit::{Cut, Retold};
use mantrap_mcp::meaning::Part;
use mantrap_mcp::{Envelope, Method, Side, Text, Turn};

use super::{Event, Judge, Judgement};
use crate::pins::{Kind, Surprise};
use crate::screening::Finding;
use crate::text::{self, Act, MOST, Where};
use crate::verdict::{Action, Ground};

impl Judge {
    /// A definition that a rule speaks against is cut out of its list, unless a person approved it as it is; so are a server's
    /// instructions. Anything else passes, is asked about or is refused as a whole.
    pub(super) fn screen<'a>(
        &mut self,
        event: &Event<'_, 'a>,
        parts: &[Part<'a>],
        judgement: &mut Judgement<'a>,
    ) {
        let Some(screening) = self.setup.screening.as_ref().map(Arc::clone) else { return };
        let asked = match event.turn {
            Turn::Answer(pending) => Some(pending.method),
            _ => None,
        };
        let found = screening.message(event.envelope, asked, parts, &|name| self.tools.shape(name));
        let found = redacted(event.from, found, judgement);
        for finding in found {
            let verdict = finding.verdict();
            if verdict.action == Action::Allow {
                judgement.notices.extend(verdict.grounds);
                continue;
            }
            let is_list = event.from == Side::Server && asked.is_some();
            let cut = match finding.place {
                Where::Definition if is_list => self.definition(asked, &finding, parts),
                Where::Instructions if is_list => self.instructions(event.envelope),
                _ => None,
            };
            match cut {
                Some(Cutting::Out(cut)) => {
                    judgement.cuts.push(cut);
                    judgement.notices.extend(verdict.grounds);
                }
                Some(Cutting::Approved) => judgement.notices.extend(verdict.grounds),
                None => judgement.say(verdict),
            }
        }
    }

    fn definition<'a>(
        &mut self,
        asked: Option<Method>,
        finding: &Finding<'a>,
        parts: &[Part<'a>],
    ) -> Option<Cutting<'a>> {
        let text = finding.text?;
        let kind = asked.and_then(super::server::listed);
        parts.iter().find_map(|part| {
            let (name, definition) = match part {
                Part::Tool(tool) if kind == Some(Kind::Tool) => (tool.name.said(), tool.definition),
                Part::Definition { definition, .. } => {
                    let named = |member| definition.field(member).ok().flatten()?.text();
                    let name = match kind {
                        Some(Kind::Template) => named("uriTemplate"),
                        _ => named("name"),
                    };
                    (name.unwrap_or_default(), *definition)
                }
                _ => return None,
            };
            if !holds(definition.json(), text) {
                return None;
            }
            let reason = finding.reason.clone();
            let surprise = Surprise::Suspicious { rule: finding.rule.clone(), reason };
            let out = kind.is_none_or(|kind| self.seen.suspect(&self.setup.pins, kind, &name, surprise));
            Some(if out { Cutting::Out(Cut::Element(definition)) } else { Cutting::Approved })
        })
    }

    fn instructions<'a>(&self, envelope: &Envelope<'a>) -> Option<Cutting<'a>> {
        let Envelope::Result { result, .. } = envelope else { return None };
        let (name, value) = result.members().find(|(name, _)| name.said() == "instructions")?;
        let approved = self.setup.pins.of(Kind::Server, "instructions").is_some();
        Some(if approved { Cutting::Approved } else { Cutting::Out(Cut::Member(name, value)) })
    }
}

/// Takes what may be redacted out of what a server says, and gives the other findings back.
///
/// A call without part of its arguments is another call, and a definition without part of its text another tool: there a
/// person decides. So it is where there may be more than was found.
fn redacted<'a>(from: Side, found: Vec<Finding<'a>>, judgement: &mut Judgement<'a>) -> Vec<Finding<'a>> {
    let can_be = |finding: &Finding<'_>| {
        from == Side::Server
            && finding.act == Act::Redact
            && matches!(finding.place, Where::Result | Where::Prompt | Where::Error)
    };
    let at = |text: Text<'_>| (text.spelled().as_ptr() as usize, text.spelled().len());
    let mut strings: BTreeMap<(usize, usize), (Text<'a>, Vec<Finding<'a>>)> = BTreeMap::new();
    let mut others = Vec::new();
    for finding in found {
        match finding.text {
            Some(text) if can_be(&finding) => {
                strings.entry(at(text)).or_insert((text, Vec::new())).1.push(finding);
            }
            _ => others.push(finding),
        }
    }
    for (text, findings) in strings.into_values() {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &findings {
            *counts.entry(&finding.rule).or_default() += 1;
        }
        if counts.values().any(|count| *count >= MOST) {
            others.extend(findings);
            continue;
        }
        let spans = findings.iter().map(|one| (one.span.clone(), one.rule.as_str())).collect();
        judgement.redactions.push(Retold { text, says: text::redact(&text.said(), spans) });
        let grounds = findings.into_iter().map(|one| Ground { rule: one.rule.into(), reason: one.reason });
        judgement.notices.extend(grounds);
    }
    others
}

/// What becomes of something that can be cut out.
enum Cutting<'a> {
    Out(Cut<'a>),
    /// A person looked at it and pinned it; had it changed, the pins would have cut it out.
    Approved,
}

/// Whether a string stands in this very piece of the line.
fn holds(outer: &str, inner: Text<'_>) -> bool {
    let (outer, inner) = (outer.as_bytes().as_ptr_range(), inner.spelled().as_bytes().as_ptr_range());
    outer.start <= inner.start && inner.end <= outer.end
}
