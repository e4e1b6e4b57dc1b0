//! One text through the rules: as it stands, and with its disguises undone.

use std::collections::BTreeMap;
use std::ops::Range;

use super::rule::{Lead, Looks, Rule, Rules};
use super::scan::{self, Seen};
use super::view::{self, DEPTH, View};
use super::{Act, Match, Where};

/// Matches of one rule that are told apart.
pub(super) const MOST: usize = 64;
/// Bytes before and after an anchor in which its words are looked for.
const AROUND: usize = 96;
/// Of each part of a message, the bytes at either end that may go on in the next.
const EDGE: usize = 2048;

pub(super) fn screen(rules: &Rules, place: Where, text: &str) -> Vec<Match> {
    // Views may be longer than what they are made of, and each is paid from here.
    let mut budget = text.len().saturating_mul(6) + (64 << 10);
    let mut found = Looker { rules, place, budget: &mut budget }.look(text, 0);
    // Patterns see bytes; whoever redacts needs characters.
    for one in &mut found {
        one.span = view::on_characters(text, one.span.clone());
    }
    found.sort_by(|one, other| (one.span.start, &one.rule).cmp(&(other.span.start, &other.rule)));
    found.dedup_by(|later, first| later.rule == first.rule && later.span.start < first.span.end);
    found
}

pub(super) fn screen_parts(rules: &Rules, place: Where, parts: &[&str]) -> Vec<(usize, Match)> {
    let mut found: Vec<(usize, Match)> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        found.extend(screen(rules, place, part).into_iter().map(|one| (number, one)));
    }
    if parts.len() < 2 {
        return found;
    }
    // Where a long part is cut, what is left on either side must not look as if it were one.
    let mut whole = String::new();
    let mut starts = Vec::new();
    for part in parts {
        let head = view::on_characters(part, 0..part.len().min(EDGE));
        starts.push((whole.len(), 0));
        whole.push_str(part.get(head.clone()).unwrap_or_default());
        let tail = view::on_characters(part, part.len().saturating_sub(EDGE).max(head.end)..part.len());
        if tail.start > head.end {
            whole.push('\n');
            starts.push((whole.len(), tail.start));
            whole.push_str(part.get(tail).unwrap_or_default());
        } else {
            whole.push_str(part.get(head.end..).unwrap_or_default());
        }
    }
    for mut one in screen(rules, place, &whole) {
        // It ends in a part behind the one in which it begins, and can be taken out of none.
        let is_spread = starts.iter().any(|(start, _)| one.span.start < *start && *start < one.span.end);
        if !is_spread && found.iter().any(|(_, other)| other.rule == one.rule) {
            continue;
        }
        if is_spread && one.act == Act::Redact {
            one.act = Act::Ask;
        }
        // The part in which it begins: the last that starts before it, tails counting with their heads.
        let mut number = 0;
        let mut start = (0, 0);
        let mut parts_before = 0;
        for piece in &starts {
            if piece.0 > one.span.start {
                break;
            }
            number = if piece.1 == 0 { parts_before } else { number };
            parts_before += usize::from(piece.1 == 0);
            start = *piece;
        }
        let length = parts.get(number).map_or(0, |part| part.len());
        let from = (start.1 + one.span.start - start.0).min(length);
        let to = (from + one.span.len()).min(length);
        found.push((number, Match { span: from..to, ..one }));
    }
    found
}

struct Looker<'a> {
    rules: &'a Rules,
    place: Where,
    budget: &'a mut usize,
}

impl Looker<'_> {
    fn look(&mut self, text: &str, depth: usize) -> Vec<Match> {
        let seen = scan::scan(&self.rules.anchors, text.as_bytes());
        let suspicious = if seen.beyond_ascii { view::suspicious(text) } else { Vec::new() };
        let mut found = Vec::new();
        if depth == 0 && (!suspicious.is_empty() || seen.control) {
            for rule in &self.rules.rules {
                if let (Looks::Check(check), Some(act)) = (&rule.looks, rule.act(self.place)) {
                    found.extend(check(text).into_iter().take(MOST).map(|span| matched(rule, span, act)));
                }
            }
        }
        if !seen.hits.is_empty() || self.rules.everywhere(self.place).next().is_some() {
            self.words(text, &seen, depth, &mut found);
        }
        for token in &seen.tokens {
            self.token(text, token, depth, &mut found);
        }
        if depth < DEPTH {
            self.undo(text, &seen, &suspicious, depth, &mut found);
        }
        found
    }

    /// Looks at a text made of this one, and brings back what was found to where it comes from.
    fn look_at(&mut self, view: &View, depth: usize, found: &mut Vec<Match>) {
        let Some(left) = self.budget.checked_sub(view.text.len()) else { return };
        *self.budget = left;
        for mut one in self.look(&view.text, depth + 1) {
            one.span = view.origin(&one.span);
            one.through.insert(0, view.how);
            found.push(one);
        }
    }

    fn undo(
        &mut self,
        text: &str,
        seen: &Seen,
        suspicious: &[Range<usize>],
        depth: usize,
        found: &mut Vec<Match>,
    ) {
        if !suspicious.is_empty() && *self.budget > text.len() {
            for view in view::plain(text, suspicious) {
                if view.text != text {
                    self.look_at(&view, depth, found);
                }
            }
        }
        if seen.escapes && *self.budget > text.len() {
            let view = view::unescaped(text);
            if view.text != text {
                self.look_at(&view, depth, found);
            }
        }
        for run in merged_tokens(text, &seen.tokens) {
            for view in view::decoded(text, &run, *self.budget) {
                self.look_at(&view, depth, found);
            }
        }
        for run in &seen.numbers {
            if run.len() <= *self.budget
                && let Some(view) = view::numbers(text, run)
            {
                self.look_at(&view, depth, found);
            }
        }
        for span in &seen.spaced {
            if let Some(view) = view::joined(text, span) {
                self.look_at(&view, DEPTH - 1, found);
            }
        }
        // What follows maps letters to letters: doing it to its own result leads nowhere new.
        if depth + 1 < DEPTH {
            for span in &seen.leet {
                for view in view::unleet(text, span) {
                    self.look_at(&view, DEPTH - 1, found);
                }
            }
            for span in self.disguises(seen, Lead::Rotated, text.len()) {
                self.look_at(&view::rotated(text, span), DEPTH - 1, found);
            }
            for span in self.disguises(seen, Lead::Reversed, text.len()) {
                self.look_at(&view::reversed(text, span), DEPTH - 1, found);
            }
        }
    }

    /// The neighbourhoods of anchors in rot13, or backwards.
    fn disguises(&self, seen: &Seen, lead: Lead, length: usize) -> Vec<Range<usize>> {
        let hits = seen.hits.iter().filter(|(anchor, _)| self.rules.leads.get(*anchor) == Some(&lead));
        union(hits.map(|(_, at)| at.saturating_sub(512)..(at + 512).min(length)).collect())
    }

    /// Secrets among the runs without a blank, as they stand, in rot13 and backwards.
    fn token(&mut self, text: &str, token: &Range<usize>, depth: usize, found: &mut Vec<Match>) {
        // A little on either side: what stands before may name the service, and a point may be part of it.
        let bytes = text.as_bytes();
        let blank = |byte: &u8| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'=' | b'(' | b')' | b',' | b';')
        };
        let before = bytes
            .get(..token.start)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(48)
            .take_while(|byte| !blank(byte));
        let start = token.start - before.count();
        let after =
            bytes.get(token.end..).unwrap_or_default().iter().take(2048).take_while(|byte| !blank(byte));
        let end = token.end + after.count();
        let run = view::on_characters(text, start..end);
        let Some(said) = text.get(run.clone()) else { return };
        let letters = said.bytes().any(|byte| byte.is_ascii_alphabetic())
            && said.bytes().any(|byte| byte.is_ascii_digit());
        if !letters {
            return;
        }
        for rule in &self.rules.rules {
            let (Some(act), Looks::Token(pattern)) = (rule.act(self.place), &rule.looks) else {
                continue;
            };
            let Some(regex) = pattern.regex() else {
                found.push(matched(rule, run.clone(), act));
                continue;
            };
            let real =
                |bytes: &[u8]| !super::secret::is_placeholder(bytes) && super::secret::entropy(bytes) > 2.5;
            let hits = regex.find_iter(said.as_bytes()).filter(|hit| real(hit.as_bytes()));
            let before = found.len();
            found.extend(
                hits.take(MOST).map(|hit| matched(rule, run.start + hit.start()..run.start + hit.end(), act)),
            );
            if found.len() > before || depth + 1 >= DEPTH || said.len() > 512 {
                continue;
            }
            for view in [view::rotated(text, run.clone()), view::reversed(text, run.clone())] {
                if let Some(hit) = regex.find(view.text.as_bytes()).filter(|hit| real(hit.as_bytes())) {
                    let mut one = matched(rule, view.origin(&hit.range()), act);
                    one.through.push(view.how);
                    found.push(one);
                }
            }
        }
    }

    /// The rules that are made of words.
    fn words(&mut self, text: &str, seen: &Seen, depth: usize, found: &mut Vec<Match>) {
        let bytes = text.as_bytes();
        // Which words an anchor speaks for, and where to look for them.
        let mut leads: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
        for (anchor, at) in &seen.hits {
            let Some(Lead::Words(number)) = self.rules.leads.get(*anchor) else { continue };
            let span = at.saturating_sub(AROUND)..(at + AROUND).min(bytes.len());
            let spans = leads.entry(*number).or_default();
            match spans.last_mut() {
                Some(last) if (last.start..=last.end).contains(&span.start) => {
                    last.end = last.end.max(span.end)
                }
                _ => spans.push(span),
            }
        }
        for number in self.rules.everywhere(self.place) {
            leads.insert(number, std::iter::once(0..bytes.len()).collect());
        }
        let said: BTreeMap<usize, Vec<Said>> = leads
            .into_iter()
            .map(|(number, spans)| (number, self.said(bytes, number, &union(spans))))
            .filter(|(_, said)| !said.is_empty())
            .collect();
        let mut others: BTreeMap<usize, Vec<Said>> = BTreeMap::new();
        let mut near: Option<Vec<Range<usize>>> = None;
        for rule in &self.rules.rules {
            let (Some(act), Looks::Words { groups, within, random }) = (rule.act(self.place), &rule.looks)
            else {
                continue;
            };
            if rule.surface_only && depth > 0 {
                continue;
            }
            let Some((first, rest)) = groups.split_first() else { continue };
            let leading = first.iter().filter_map(|number| said.get(number)).flatten();
            let leading: Vec<_> = leading.filter(|one| !random || one.random).collect();
            if leading.is_empty() {
                continue;
            }
            // What stands near anything that leads a rule is read once for each kind of words.
            let near = near.get_or_insert_with(|| {
                let around =
                    |one: &Said| one.span.start.saturating_sub(400)..(one.span.end + 400).min(bytes.len());
                union(said.values().flatten().map(around).collect())
            });
            for number in rest.iter().flatten() {
                if !others.contains_key(number) {
                    others.insert(*number, self.said(bytes, *number, near));
                }
            }
            let stands_near = |lead: &Said, number: &usize| {
                let candidates = others.get(number).map_or(&[][..], Vec::as_slice);
                let from = candidates.partition_point(|one| one.span.end + within < lead.span.start);
                candidates.get(from).is_some_and(|one| one.span.start <= lead.span.end + within)
            };
            let whole = leading
                .into_iter()
                .filter(|lead| rest.iter().all(|group| group.iter().any(|number| stands_near(lead, number))));
            found.extend(whole.take(MOST).map(|lead| matched(rule, lead.span.clone(), act)));
        }
    }

    /// Where words of a kind stand within these spans, in order.
    fn said(&self, bytes: &[u8], number: usize, spans: &[Range<usize>]) -> Vec<Said> {
        let Some(words) = self.rules.words.get(number) else { return Vec::new() };
        let mut said = Vec::new();
        for span in spans {
            let Some(regex) = words.pattern.regex() else {
                said.push(Said { span: span.clone(), random: true });
                continue;
            };
            let part = bytes.get(span.clone()).unwrap_or_default();
            // A group is what has to be random, and what is to be redacted.
            if regex.captures_len() > 1 {
                for captures in regex.captures_iter(part) {
                    let group = captures.iter().skip(1).flatten().next().or(captures.get(0));
                    if let Some(group) = group {
                        let random = super::secret::is_random(group.as_bytes());
                        said.push(Said {
                            span: span.start + group.start()..span.start + group.end(),
                            random,
                        });
                    }
                }
            } else {
                let hits = regex.find_iter(part).filter(|hit| !hit.is_empty());
                said.extend(hits.map(|hit| Said {
                    span: span.start + hit.start()..span.start + hit.end(),
                    random: false,
                }));
            }
        }
        said
    }
}

struct Said {
    span: Range<usize>,
    random: bool,
}

fn matched(rule: &Rule, span: Range<usize>, act: Act) -> Match {
    Match { rule: rule.id.clone(), span, act, through: Vec::new() }
}

/// Spans without overlap, in order.
fn union(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| span.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

/// Runs that go on in the next line, as encodings of mail and of keys do, as one.
fn merged_tokens(text: &str, tokens: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for token in tokens {
        let goes_on = |last: &Range<usize>| {
            let gap = text.get(last.end..token.start).unwrap_or("?");
            last.len() >= 48
                && !gap.is_empty()
                && gap.len() <= 2
                && gap.bytes().all(|byte| matches!(byte, b'\n' | b'\r'))
        };
        match out.last_mut() {
            Some(last) if goes_on(last) => last.end = token.end,
            _ => out.push(token.clone()),
        }
    }
    out
}
