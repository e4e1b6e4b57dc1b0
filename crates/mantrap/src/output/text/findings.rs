//! The findings: what is high or critical with its excerpt; of many, what is less as one line each.

use mantrap_scan::finding::{Confidence, Finding, Location, Severity};
use unicode_width::UnicodeWidthStr;

use super::super::Spot;
use super::super::words;
use super::Page;
use super::layout::{brief, fitted, wrapped};

/// Further places of one finding that are listed.
const MAX_PLACES: usize = 6;
/// Up to so many facts are all drawn; with more, medium and low ones take a line each.
const MAX_FRAMES: usize = 8;

/// A fact, and every finding that states it.
type Group<'a> = Vec<&'a Finding>;

impl Page<'_> {
    pub(super) fn findings(&mut self) {
        let scene = self.scene;
        // The products below say theirs.
        let is_drawn = |group: &Group<'_>| group.first().is_some_and(|first| !super::products::says(first));
        let groups: Vec<Group<'_>> = scene.groups().into_iter().filter(is_drawn).collect();
        let is_few = groups.len() <= MAX_FRAMES || scene.style.is_verbose;
        let is_framed =
            |group: &Group<'_>| is_few || group.first().is_some_and(|first| first.severity >= Severity::High);
        let (framed, short): (Vec<Group<'_>>, Vec<Group<'_>>) = groups.into_iter().partition(is_framed);
        let mut rest = framed.iter().peekable();
        while let Some(group) = rest.next() {
            let Some(first) = group.first() else { continue };
            // What is said of a rule is said once, after its last finding in a row.
            let is_last_of_rule = rest
                .peek()
                .and_then(|next| next.first())
                .is_none_or(|next| next.rule.id != first.rule.id || next.remedy != first.remedy);
            self.line("");
            self.finding(group, first, is_last_of_rule);
        }
        if !short.is_empty() {
            self.in_short(&short);
        }
    }

    /// One line a fact, below its rule where a rule has several.
    fn in_short(&mut self, groups: &[Group<'_>]) {
        let scene = self.scene;
        let mut rules: Vec<(&Finding, Vec<&Group<'_>>)> = Vec::new();
        for group in groups {
            let Some(first) = group.first() else { continue };
            let key = |other: &Finding| (other.severity, other.rule.id);
            match rules.iter_mut().find(|(other, _)| key(other) == key(first)) {
                Some((_, facts)) => facts.push(group),
                None => rules.push((first, vec![group])),
            }
        }
        self.line("");
        for (first, facts) in rules {
            let plain = format!("{}[{}]", words::severity(first.severity), first.rule.id);
            let grade = self.paint.severity(first.severity, &plain);
            if let [fact] = facts.as_slice() {
                self.hanging(&grade, plain.width() + 2, &self.fact(fact));
                continue;
            }
            let title = self.paint.bold(first.rule.title);
            self.line(&format!("{grade}: {title} ({})", facts.len()));
            for fact in facts {
                let text = self.fact(fact);
                for (nth, line) in wrapped(&text, scene.style.width, 2, 4).iter().enumerate() {
                    self.line(&format!("{}{line}", if nth == 0 { "  " } else { "    " }));
                }
            }
        }
        let hint = "--verbose shows the lines of these, why they matter, and what to do";
        let hint = self.paint.dim(hint);
        self.line(&hint);
    }

    /// What is wrong, and where it is first.
    fn fact(&self, group: &Group<'_>) -> String {
        let Some(first) = group.first() else { return String::new() };
        let place = first.primary().map(|location| self.scene.address(self.places, location));
        let more = match group.len() {
            1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        let message = brief(&self.scene.shown(&first.message));
        format!("{message}{} · {}{more}", unsure(first), place.unwrap_or_default())
    }

    /// `lead: text`, broken below an indent. `width` is that of the lead and its colon.
    pub(super) fn hanging(&mut self, lead: &str, width: usize, text: &str) {
        for (nth, line) in wrapped(text, self.scene.style.width, width, 4).iter().enumerate() {
            self.line(&if nth == 0 { format!("{lead}: {line}") } else { format!("    {line}") });
        }
    }

    fn finding(&mut self, group: &[&Finding], first: &Finding, is_last_of_rule: bool) {
        let scene = self.scene;
        self.title(first);
        let mut spots = group
            .iter()
            .flat_map(|finding| &finding.locations)
            .map(|location| scene.spot(self.places, location));
        let drawn = if group.len() == 1 { first.locations.len() } else { 1 };
        let mut gutter = 2;
        if first.steps.is_empty() {
            for spot in spots.by_ref().take(drawn.min(3)) {
                gutter = self.frame(&spot);
            }
        } else {
            // The last step is the primary place.
            spots.next();
            gutter = self.steps(&first.steps);
        }
        let rest: Vec<String> = spots.map(|spot| spot.address()).collect();
        self.further_places(&rest, gutter);
        if is_last_of_rule {
            self.note(gutter, "why", &scene.shown(first.rule.why));
            self.note(gutter, "help", &scene.shown(&first.remedy));
        }
        if let Some(edit) = &first.edit {
            self.note(gutter, "edit", &scene.shown(&edit.title));
            for line in edit.replacement.lines().take(6) {
                let shown = scene.shown(line);
                let added = self.paint.good(&format!("+ {shown}"));
                self.line(&format!("{}       {added}", " ".repeat(gutter)));
            }
        }
        if scene.style.is_verbose {
            let ids: Vec<String> = words::mappings(first.rule)
                .iter()
                .map(|(framework, ids)| match *framework {
                    "CWE" => ids.join(", "),
                    _ => format!("{framework} {}", ids.join(", ")),
                })
                .collect();
            self.note(gutter, "also", &ids.join(" · "));
            self.note(gutter, "print", &first.fingerprint());
        }
    }

    fn title(&mut self, finding: &Finding) {
        let severity = words::severity(finding.severity);
        let mut grade = format!("{severity}[{}]", finding.rule.id);
        let width = grade.width() + 2;
        grade = self.paint.severity(finding.severity, &grade);
        let message = brief(&self.scene.shown(&finding.message));
        let text = format!("{message}{}", unsure(finding));
        let lines = wrapped(&text, self.scene.style.width, width, 4);
        let mut lines = lines.iter();
        let first = self.paint.bold(lines.next().map_or("", String::as_str));
        self.line(&format!("{grade}: {first}"));
        for line in lines {
            let line = self.paint.bold(line);
            self.line(&format!("    {line}"));
        }
    }

    /// Draws an excerpt; answers with the width of its gutter.
    pub(super) fn frame(&mut self, spot: &Spot) -> usize {
        let digits = spot.lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1);
        let gutter = digits + 1;
        let pad = " ".repeat(gutter);
        let arrow = self.paint.frame("-->");
        self.line(&format!("{}{arrow} {}", " ".repeat(digits), spot.address()));
        if spot.lines.is_empty() {
            return gutter;
        }
        let bar = self.paint.frame("|");
        self.line(&format!("{pad}{bar}"));
        // Indentation that every line shares says nothing.
        let indent = |text: &str| text.len() - text.trim_start_matches(' ').len();
        let common = spot
            .lines
            .iter()
            .filter(|line| !line.text.is_empty())
            .map(|line| indent(&line.text))
            .min()
            .unwrap_or(0);
        let room = self.scene.style.width.saturating_sub(gutter + 2).max(20);
        let last = spot.lines.len() - 1;
        for (nth, line) in spot.lines.iter().enumerate() {
            let (text, mark) = fitted(
                line.text.get(common..).unwrap_or_default(),
                line.mark.start.saturating_sub(common)..line.mark.end.saturating_sub(common),
                room,
            );
            let number = self.paint.frame(&format!("{:>digits$}", line.number));
            self.line(&format!("{number} {bar} {text}"));
            // A span of many lines is marked by its first line's start; carets under each would be noise.
            if last == 0 || nth == 0 {
                let carets = "^".repeat(mark.len().max(1));
                let carets = self.paint.severity(Severity::High, &carets);
                let lead = " ".repeat(mark.start);
                let label = if mark.start + mark.len() + spot.label.width() < room || spot.label.is_empty() {
                    format!(" {}", spot.label)
                } else {
                    format!("\n{pad}{bar} {lead}{}", spot.label)
                };
                self.line(&format!("{pad}{bar} {lead}{carets}{label}"));
            }
            if line.gap {
                self.line(&format!("{pad}…"));
            }
        }
        gutter
    }

    /// The way of a value, every step with its number and excerpt.
    fn steps(&mut self, steps: &[Location]) -> usize {
        let mut gutter = 2;
        for (nth, step) in steps.iter().enumerate() {
            let mut spot = self.scene.spot(self.places, step);
            // One line says what happens; a call of many lines is at its first.
            spot.lines.truncate(1);
            spot.label = format!("{} {}", nth + 1, spot.label);
            gutter = self.frame(&spot);
        }
        gutter
    }

    fn further_places(&mut self, addresses: &[String], gutter: usize) {
        if addresses.is_empty() {
            return;
        }
        let all = if self.scene.style.is_verbose { addresses.len() } else { MAX_PLACES };
        let pad = " ".repeat(gutter);
        for address in addresses.iter().take(all) {
            let text = self.paint.frame(":::");
            self.line(&format!("{}{text} also {address}", pad.get(1..).unwrap_or_default()));
        }
        if addresses.len() > all {
            self.line(&format!("{pad}    and {} more; --verbose lists them", addresses.len() - all));
        }
    }

    pub(super) fn note(&mut self, gutter: usize, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let lead = gutter + 4 + name.len();
        let lines = wrapped(text, self.scene.style.width, lead, lead);
        let equals = self.paint.frame("=");
        let pad = " ".repeat(gutter);
        for (nth, line) in lines.iter().enumerate() {
            if nth == 0 {
                let name = self.paint.bold(name);
                self.line(&format!("{pad}{equals} {name}: {line}"));
            } else {
                self.line(&format!("{}{line}", " ".repeat(lead)));
            }
        }
    }
}

fn unsure(finding: &Finding) -> String {
    match finding.confidence {
        Confidence::High => String::new(),
        less => format!(" (confidence {})", words::confidence(less)),
    }
}
