//! What a policy can know of one message, and how it is said in Cedar.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use mantrap_mcp::{Kind, Raw};

/// Leaves of the arguments that a policy can look at.
pub(super) const MOST_ARGUMENTS: usize = 512;

/// On whose behalf.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Who {
    /// The account.
    pub user: String,
    /// The client, as it names itself or as its program is known.
    pub client: String,
    /// The session.
    pub session: String,
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum On<'a> {
    /// The server as a whole.
    Server,
    /// A tool.
    Tool {
        /// Its name.
        name: &'a str,
        /// What it does.
        labels: &'a BTreeSet<String>,
        /// Whether its definition is pinned.
        pinned: bool,
    },
    /// A prompt, by its name.
    Prompt(&'a str),
    /// A resource, by its address.
    Resource(&'a str),
    /// A path that the message names, and what it is given to.
    Path(&'a str, Box<On<'a>>),
    /// A host that the message names, and what it is given to.
    Host(&'a str, Box<On<'a>>),
}

/// One question to the policies.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Who asks.
    pub who: &'a Who,
    /// What: a name of the Cedar schema.
    pub action: &'a str,
    /// Of which server.
    pub server: &'a str,
    /// About what.
    pub on: On<'a>,
    /// `legacy`, `modern` or `undecided`.
    pub era: &'a str,
    /// The labels of what the session has had answered.
    pub seen: &'a BTreeSet<String>,
    /// Seconds since 1970.
    pub time: u64,
    /// With what.
    pub arguments: Option<Raw<'a>>,
}

/// The question cannot be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsaid {
    #[error("there are more than {MOST_ARGUMENTS} arguments")]
    Many,
    #[error("it cannot be said in Cedar")]
    Cedar,
}

impl Facts<'_> {
    /// Hour, minute and weekday (Monday is 1), in UTC.
    pub(super) fn clock(&self) -> (u64, u64, u64) {
        (self.time / 3600 % 24, self.time / 60 % 60, (self.time / 86_400 + 3) % 7 + 1)
    }

    /// The question in Cedar. Arguments are only said when a policy asks for them.
    pub(super) fn question(&self, with_arguments: bool) -> Result<(Request, Entities), Unsaid> {
        let mut entities = HashMap::new();
        let user = add(&mut entities, "User", &self.who.user, [], None)?;
        let client = add(&mut entities, "Client", &self.who.client, [user], None)?;
        let session = add(&mut entities, "Session", &self.who.session, [client], None)?;
        let server = add(&mut entities, "Server", self.server, [], None)?;
        let resource = self.resource(&self.on, server, &mut entities)?;
        let tags = match self.arguments.filter(|_| with_arguments) {
            Some(arguments) => tags(arguments)?,
            None => Vec::new(),
        };
        let arguments = uid("Arguments", "")?;
        let entity = Entity::new_with_tags(arguments.clone(), [], [], tags).map_err(|_| Unsaid::Cedar)?;
        entities.insert(arguments.clone(), entity);

        let (hour, minute, weekday) = self.clock();
        let long = |value: u64| RestrictedExpression::new_long(i64::try_from(value).unwrap_or(0));
        let time = [("hour", hour), ("minute", minute), ("weekday", weekday)];
        let time = time.map(|(name, value)| (name.to_owned(), long(value)));
        let context = [
            ("era".to_owned(), RestrictedExpression::new_string(self.era.to_owned())),
            ("seen".to_owned(), strings(self.seen)),
            ("time".to_owned(), RestrictedExpression::new_record(time).map_err(|_| Unsaid::Cedar)?),
            ("arguments".to_owned(), RestrictedExpression::new_entity_uid(arguments)),
        ];
        let context = Context::from_pairs(context).map_err(|_| Unsaid::Cedar)?;
        let action = uid("Action", self.action)?;
        // The groups of the schema, which is not at hand: what a client asks, and what a server wants.
        let group = super::group(self.action).map(|group| uid("Action", group)).transpose()?;
        let of_group = Entity::new(action.clone(), HashMap::new(), group.into_iter().collect());
        entities.insert(action.clone(), of_group.map_err(|_| Unsaid::Cedar)?);
        let entities = Entities::from_entities(entities.into_values(), None).map_err(|_| Unsaid::Cedar)?;
        let request = Request::new(session, action, resource, context, None).map_err(|_| Unsaid::Cedar)?;
        Ok((request, entities))
    }

    fn resource(
        &self,
        on: &On<'_>,
        server: EntityUid,
        entities: &mut HashMap<EntityUid, Entity>,
    ) -> Result<EntityUid, Unsaid> {
        let string = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let id = |name: &str| format!("{}/{name}", self.server);
        let named = |name: &str| Some(vec![("name", string(name))]);
        match on {
            On::Server => Ok(server),
            On::Tool { name, labels, pinned } => {
                let pinned = RestrictedExpression::new_bool(*pinned);
                let attributes =
                    vec![("name", string(name)), ("labels", strings(labels)), ("pinned", pinned)];
                add(entities, "Tool", &id(name), [server], Some(attributes))
            }
            On::Prompt(name) => add(entities, "Prompt", &id(name), [server], named(name)),
            On::Resource(uri) => {
                let attributes = vec![("uri", string(uri)), ("scheme", string(&scheme(uri)))];
                add(entities, "Resource", &id(uri), [server], Some(attributes))
            }
            On::Path(path, of) => {
                let mut above = self.resource(of, server, entities)?;
                for part in directories(path) {
                    above = add(entities, "Path", part, [above], Some(vec![("path", string(part))]))?;
                }
                Ok(above)
            }
            On::Host(host, of) => {
                let mut above = self.resource(of, server, entities)?;
                for part in domains(host) {
                    above = add(entities, "Host", part, [above], Some(vec![("host", string(part))]))?;
                }
                Ok(above)
            }
        }
    }
}

/// The directories that a path is in, outermost first, and itself.
pub(super) fn directories(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at.max(1)).chain([path.len()]);
    ends.map(|end| path.get(..end).unwrap_or(path))
}

/// The domains that a host is in, outermost first, and itself. An address is in none.
pub(super) fn domains(host: &str) -> impl Iterator<Item = &str> {
    let is_name = host.bytes().any(|byte| byte.is_ascii_alphabetic()) && !host.contains(':');
    let dots = host.rmatch_indices('.').map(|(at, _)| at + 1).filter(move |_| is_name);
    dots.chain([0]).map(|start| host.get(start..).unwrap_or(host))
}

pub(super) fn scheme(uri: &str) -> String {
    uri.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase()
}

/// To read a name takes Cedar's whole parser.
static TYPES: LazyLock<HashMap<&str, EntityTypeName>> = LazyLock::new(|| {
    let names = [
        "Action",
        "Arguments",
        "Client",
        "Host",
        "Path",
        "Prompt",
        "Resource",
        "Server",
        "Session",
        "Tool",
        "User",
    ];
    names.into_iter().filter_map(|name| Some((name, EntityTypeName::from_str(name).ok()?))).collect()
});

fn uid(kind: &str, id: &str) -> Result<EntityUid, Unsaid> {
    let kind = TYPES.get(kind).ok_or(Unsaid::Cedar)?;
    Ok(EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id)))
}

fn add<const N: usize>(
    entities: &mut HashMap<EntityUid, Entity>,
    kind: &str,
    id: &str,
    parents: [EntityUid; N],
    attributes: Option<Vec<(&str, RestrictedExpression)>>,
) -> Result<EntityUid, Unsaid> {
    let uid = uid(kind, id)?;
    let attributes: HashMap<_, _> =
        attributes.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect();
    let parents = parents.into_iter().filter(|parent| *parent != uid).collect::<HashSet<_>>();
    let entity = Entity::new(uid.clone(), attributes, parents).map_err(|_| Unsaid::Cedar)?;
    entities.entry(uid.clone()).or_insert(entity);
    Ok(uid)
}

fn strings(values: &BTreeSet<String>) -> RestrictedExpression {
    RestrictedExpression::new_set(values.iter().map(|value| RestrictedExpression::new_string(value.clone())))
}

/// Every leaf by its pointer. Two leaves never have the same one: `/` and `~` in names are escaped.
fn tags(arguments: Raw<'_>) -> Result<Vec<(String, RestrictedExpression)>, Unsaid> {
    let mut tags = Vec::new();
    leaves(arguments, String::new(), &mut |pointer, value| {
        let text = value.text().unwrap_or_else(|| value.json().into());
        tags.push((pointer.to_owned(), RestrictedExpression::new_string(text.into_owned())));
        tags.len() <= MOST_ARGUMENTS
    });
    if tags.len() > MOST_ARGUMENTS { Err(Unsaid::Many) } else { Ok(tags) }
}

/// Shows every string, number, word and empty container with its pointer, until `see` has enough.
pub(super) fn leaves(value: Raw<'_>, pointer: String, see: &mut dyn FnMut(&str, Raw<'_>) -> bool) -> bool {
    let inside = |name: &str| if pointer.is_empty() { name.to_owned() } else { format!("{pointer}/{name}") };
    let mut is_leaf = true;
    for (name, member) in value.members() {
        is_leaf = false;
        let name = name.said().replace('~', "~0").replace('/', "~1");
        if !leaves(member, inside(&name), see) {
            return false;
        }
    }
    for (nth, element) in value.elements().enumerate() {
        is_leaf = false;
        if !leaves(element, inside(&nth.to_string()), see) {
            return false;
        }
    }
    let is_nothing = pointer.is_empty() && matches!(value.kind(), Kind::Object | Kind::Array);
    !is_leaf || is_nothing || see(&pointer, value)
}
