//! What checking a value against a schema costs at most, in steps: one for each schema at each place of the value.
//!
//! A schema without references is checked at most once per place for each of its parts. With references it can
//! double at every level (`allOf: [#, #]` below a member), which no bound on bytes or depth keeps small. So the
//! way of the checker is walked beforehand with numbers instead of checks.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::BadSchema;

/// Steps that a check may take: some tens of milliseconds.
pub(super) const MOST: u64 = 1_000_000;
/// Schemas inside one schema.
const PARTS: usize = 20_000;

/// The parts of a schema, each with where it goes.
#[derive(Debug)]
pub(super) struct Plan {
    parts: Vec<Part>,
    /// Whether a part can be reached in two ways.
    is_shared: bool,
}

/// What a part does to a value, what it refers to at the same place included.
#[derive(Debug, Default)]
struct Part {
    steps: u64,
    /// Parts for a member of this name.
    named: BTreeMap<String, Counts>,
    /// Parts for any member.
    members: Counts,
    /// Parts for any element.
    elements: Counts,
}

/// Parts, and how often each is checked.
type Counts = BTreeMap<usize, u64>;

/// One part as it is written.
#[derive(Debug, Default)]
struct Written {
    here: Vec<Target>,
    named: Vec<(String, Target)>,
    members: Vec<Target>,
    elements: Vec<Target>,
}

#[derive(Clone, Debug)]
enum Target {
    Part(usize),
    /// A reference, to be resolved when all parts are known.
    Pointer(String),
}

impl Plan {
    pub(super) fn of(schema: &Value) -> Result<Self, BadSchema> {
        let mut reader = Reader::default();
        reader.part(schema, "")?;
        let is_shared = reader.refers;
        let written = reader.resolved()?;
        let mut parts: Vec<Option<Part>> = Vec::new();
        parts.resize_with(written.len(), || None);
        for at in 0..written.len() {
            flatten(at, &written, &mut parts, 0)?;
        }
        Ok(Self { parts: parts.into_iter().map(Option::unwrap_or_default).collect(), is_shared })
    }

    pub(super) fn is_affordable(&self, value: &Value) -> bool {
        let total = self.parts.first().map_or(1, |part| part.steps);
        if !self.is_shared {
            let parts = u64::try_from(self.parts.len()).unwrap_or(u64::MAX).max(total);
            // Not one place more than there can be steps is counted.
            return parts.saturating_mul(places(value, MOST / parts.max(1) + 1)) <= MOST.max(parts);
        }
        let mut left = MOST;
        self.walk(value, &Counts::from([(0, 1)]), &mut left)
    }

    fn walk(&self, value: &Value, counts: &Counts, left: &mut u64) -> bool {
        let parts = || counts.iter().filter_map(|(at, count)| Some((self.parts.get(*at)?, *count)));
        let steps =
            parts().fold(1_u64, |sum, (part, count)| sum.saturating_add(part.steps.saturating_mul(count)));
        let Some(rest) = left.checked_sub(steps) else { return false };
        *left = rest;
        match value {
            Value::Array(elements) => {
                let mut next = Counts::new();
                parts().for_each(|(part, count)| add(&mut next, &part.elements, count));
                elements.iter().all(|element| self.walk(element, &next, left))
            }
            Value::Object(members) => members.iter().all(|(name, member)| {
                let mut next = Counts::new();
                for (part, count) in parts() {
                    add(&mut next, &part.members, count);
                    if let Some(named) = part.named.get(name) {
                        add(&mut next, named, count);
                    }
                }
                self.walk(member, &next, left)
            }),
            _ => true,
        }
    }
}

fn add(to: &mut Counts, counts: &Counts, times: u64) {
    for (at, count) in counts {
        let sum = to.entry(*at).or_default();
        *sum = sum.saturating_add(count.saturating_mul(times));
    }
}

/// How many values there are in this one, itself included; no more than `most` are counted.
fn places(value: &Value, most: u64) -> u64 {
    let inner: &mut dyn Iterator<Item = &Value> = match value {
        Value::Array(elements) => &mut elements.iter(),
        Value::Object(members) => &mut members.values(),
        _ => return 1,
    };
    let mut sum = 1;
    for value in inner {
        if sum >= most {
            break;
        }
        sum += places(value, most - sum);
    }
    sum
}

/// Joins what a part refers to at its own place with it. A part that comes back to itself there never ends.
fn flatten(
    at: usize,
    written: &[Written],
    parts: &mut Vec<Option<Part>>,
    depth: usize,
) -> Result<(), BadSchema> {
    if parts.get(at).is_some_and(Option::is_some) {
        return Ok(());
    }
    let Some(source) = written.get(at).filter(|_| depth < 200) else { return Err(BadSchema::Endless) };
    let count = |targets: &mut dyn Iterator<Item = &Target>| {
        let mut counts = Counts::new();
        for target in targets {
            if let Target::Part(at) = target {
                *counts.entry(*at).or_default() += 1;
            }
        }
        counts
    };
    let mut part = Part {
        steps: 1,
        members: count(&mut source.members.iter()),
        elements: count(&mut source.elements.iter()),
        ..Part::default()
    };
    for (name, target) in &source.named {
        add(part.named.entry(name.clone()).or_default(), &count(&mut std::iter::once(target)), 1);
    }
    for target in &source.here {
        let Target::Part(next) = target else { continue };
        flatten(*next, written, parts, depth + 1)?;
        let Some(Some(inner)) = parts.get(*next) else { continue };
        part.steps = part.steps.saturating_add(inner.steps);
        add(&mut part.members, &inner.members, 1);
        add(&mut part.elements, &inner.elements, 1);
        inner
            .named
            .iter()
            .for_each(|(name, counts)| add(part.named.entry(name.clone()).or_default(), counts, 1));
        if part.steps > MOST {
            return Err(BadSchema::Endless);
        }
    }
    if let Some(place) = parts.get_mut(at) {
        *place = Some(part);
    }
    Ok(())
}

#[derive(Default)]
struct Reader {
    written: Vec<Written>,
    /// Parts by their JSON pointers and anchors, as references spell them.
    places: HashMap<String, usize>,
    refers: bool,
}

impl Reader {
    /// Reads the schema at a pointer; gives its number.
    fn part(&mut self, schema: &Value, pointer: &str) -> Result<Target, BadSchema> {
        let at = self.written.len();
        if at >= PARTS {
            return Err(BadSchema::Endless);
        }
        self.written.push(Written::default());
        self.places.insert(format!("#{pointer}"), at);
        let mut written = Written::default();
        for (name, value) in schema.as_object().into_iter().flatten() {
            let inside = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            match name.as_str() {
                "$ref" | "$recursiveRef" | "$dynamicRef" => {
                    self.refers = true;
                    let to = value.as_str().unwrap_or_default();
                    written.here.push(Target::Pointer(to.to_owned()));
                }
                "$anchor" | "$dynamicAnchor" => {
                    self.places.insert(format!("#{}", value.as_str().unwrap_or_default()), at);
                }
                // Another base for references would make them mean something else than they say.
                "$id" | "id" if !pointer.is_empty() && value.is_string() && !is_name(pointer) => {
                    return Err(BadSchema::Remote(value.as_str().unwrap_or_default().to_owned()));
                }
                "allOf" | "anyOf" | "oneOf" => written.here.extend(self.list(value, &inside)?),
                "not" | "if" | "then" | "else" => written.here.push(self.part(value, &inside)?),
                "dependentSchemas" | "dependencies" => {
                    let parts = self.map(value, &inside)?;
                    written.here.extend(parts.into_iter().map(|(_, part)| part));
                }
                "properties" => written.named.extend(self.map(value, &inside)?),
                "patternProperties" => {
                    let parts = self.map(value, &inside)?;
                    written.members.extend(parts.into_iter().map(|(_, part)| part));
                }
                "additionalProperties" | "unevaluatedProperties" | "propertyNames" => {
                    written.members.push(self.part(value, &inside)?);
                }
                "items" if value.is_array() => written.elements.extend(self.list(value, &inside)?),
                "prefixItems" => written.elements.extend(self.list(value, &inside)?),
                "items" | "additionalItems" | "unevaluatedItems" | "contains" => {
                    written.elements.push(self.part(value, &inside)?);
                }
                "$defs" | "definitions" => {
                    self.map(value, &inside)?;
                }
                _ => {}
            }
        }
        if let Some(place) = self.written.get_mut(at) {
            *place = written;
        }
        Ok(Target::Part(at))
    }

    fn list(&mut self, value: &Value, pointer: &str) -> Result<Vec<Target>, BadSchema> {
        let parts = value.as_array().into_iter().flatten().enumerate();
        parts.map(|(nth, part)| self.part(part, &format!("{pointer}/{nth}"))).collect()
    }

    fn map(&mut self, value: &Value, pointer: &str) -> Result<Vec<(String, Target)>, BadSchema> {
        let parts =
            value.as_object().into_iter().flatten().filter(|(_, part)| part.is_object() || part.is_boolean());
        parts
            .map(|(name, part)| {
                let inside = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                Ok((name.clone(), self.part(part, &inside)?))
            })
            .collect()
    }

    fn resolved(self) -> Result<Vec<Written>, BadSchema> {
        let Self { mut written, places, .. } = self;
        for target in written.iter_mut().flat_map(|written| &mut written.here) {
            if let Target::Pointer(to) = target {
                let decoded = to.replace("%24", "$").replace("%25", "%");
                let Some(at) = places.get(&decoded) else { return Err(BadSchema::Remote(to.clone())) };
                *target = Target::Part(*at);
            }
        }
        Ok(written)
    }
}

/// Whether a pointer leads to a member that is only called like a keyword.
fn is_name(pointer: &str) -> bool {
    pointer.ends_with("/properties")
}
