//! What is known of libraries: where a process is started, where values come from, what passes them on.
//!
//! All of it is data in `knowledge/`, compiled in. A new SDK is one entry there and one pair of programs that prove it.

use std::sync::LazyLock;

use serde::Deserialize;

/// A call that does something with a value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// The names it is called by: the last part of the callee.
    pub call: Vec<String>,
    /// What one of them is imported from; any of these, or something in it. Empty: from anywhere.
    #[serde(default)]
    pub from: Vec<String>,
    /// What stands before it, also further up a chain, where the name alone says too little: `ServerParameters` for
    /// `ServerParameters.builder(c).args(a)`.
    #[serde(default)]
    pub on: Vec<String>,
    /// Words of which the file must hold one.
    #[serde(default)]
    pub with: Vec<String>,
    /// What the arguments hold as they are written, without blanks: `shell=True`. Any of these; empty: anything.
    #[serde(default)]
    pub written: Vec<String>,
    /// What happens there.
    #[serde(default)]
    pub act: Act,
    /// Whose call it is, for people.
    pub product: String,
    /// Where the program stands: `command` the argument of that name, `0` the first, `0.command` a member of it, `*`
    /// any element, `this` what the method is called on.
    #[serde(default)]
    pub command: Vec<String>,
    /// Where its arguments stand.
    #[serde(default)]
    pub args: Vec<String>,
    /// Where its environment stands.
    #[serde(default)]
    pub env: Vec<String>,
    /// Where its working directory stands.
    #[serde(default)]
    pub cwd: Vec<String>,
}

/// What a sink does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Starts an MCP server.
    #[default]
    Launch,
    /// Starts any program, without a shell.
    Execute,
    /// Runs a shell command line, or code.
    Shell,
    /// Opens or changes a file.
    Path,
    /// Sends a query to a database.
    Query,
    /// Renders a template that the value is.
    Template,
    /// Fetches a URL.
    Url,
}

impl Act {
    /// Whether an MCP server is started, and anybody may be who decides it. What else a server does with a value matters
    /// where the value is an argument of one of its tools.
    pub fn is_launch(self) -> bool {
        self == Act::Launch
    }
}

/// Who chooses a value, and from how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The same user: environment variables, the command line, a file of the operator.
    Operator,
    /// Whoever can write a file of the project, or an imported bundle.
    File,
    /// A registry or marketplace.
    Registry,
    /// What was stored earlier, and read back.
    Stored,
    /// A message of a queue, another process, or a window.
    Message,
    /// A saved flow of any account.
    Account,
    /// A model, or the result of a tool.
    Model,
    /// A network request.
    Network,
}

/// Functions whose parameters come from outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handler {
    /// Who chooses them.
    pub origin: Origin,
    /// Last names of decorators or annotations that make a function one: `get` for `@app.get("/")`.
    #[serde(default)]
    pub decorator: Vec<String>,
    /// Last names of calls that are given the function: `post` for `app.post("/", handler)`.
    #[serde(default)]
    pub registered: Vec<String>,
    /// Names of methods that are one where their class extends one of `base`.
    #[serde(default)]
    pub method: Vec<String>,
    /// Names of classes.
    #[serde(default)]
    pub base: Vec<String>,
    /// Decorators of a parameter that make only that parameter come from outside: `Body`, `RequestBody`.
    #[serde(default)]
    pub param: Vec<String>,
    /// Names in the declared type of a parameter, next to others, that make only that parameter come from outside: `Json`
    /// for `Json<T>`.
    #[serde(default)]
    pub types: Vec<String>,
    /// Words of which the file must hold one.
    #[serde(default)]
    pub with: Vec<String>,
    /// Declared types of parameters that the framework gives, not the caller. `*Service` is any that ends so.
    #[serde(default)]
    pub given: Vec<String>,
    /// Whether it is a tool, prompt or resource of an MCP server.
    #[serde(default)]
    pub is_tool: bool,
    /// What it is, for people: `a parameter of a web route`.
    pub what: String,
}

/// Library calls whose result says nothing any more to one kind of sink.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cleaner {
    /// The kinds of sinks.
    pub act: Vec<Act>,
    /// Last names of the calls: `quote` for `shlex.quote(x)`.
    pub call: Vec<String>,
}

/// Expressions whose value comes from outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Who chooses it.
    pub origin: Origin,
    /// How it is written: `flask.request.json`, and all below it. A leading `*.` stands for anything; `f()` is
    /// only the call.
    pub read: Vec<String>,
    /// Words of which the file must hold one.
    #[serde(default)]
    pub with: Vec<String>,
    /// What it is, for people.
    pub what: String,
}

/// The way out that a framework itself offers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Words of which the file where the value comes in holds one. Empty: any file of the language.
    #[serde(default)]
    pub with: Vec<String>,
    /// Whose it is, for people.
    pub product: String,
    /// What to do, one imperative sentence.
    pub say: String,
}

/// A call by which a server or host gives up a defence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Which defence.
    pub defence: Defence,
    /// Whose call it is, for people.
    pub product: String,
    /// The names it is called by.
    pub call: Vec<String>,
    /// What one of them is imported from, as for a [`Sink`].
    #[serde(default)]
    pub from: Vec<String>,
    /// What stands before it.
    #[serde(default)]
    pub on: Vec<String>,
    /// Words of which the file must hold one.
    #[serde(default)]
    pub with: Vec<String>,
    /// Words of which the file holds none: the defence is put elsewhere.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What the call holds as it is written, without blanks. Any of these; empty: anything.
    #[serde(default)]
    pub written: Vec<String>,
    /// What the call holds none of: the defence is off unless it is asked for.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// What to do, one imperative sentence.
    pub remedy: String,
}

/// A defence that a setting gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Defence {
    /// `Origin` and `Host` of a request are compared with what the server is called.
    OriginCheck,
    /// A server that is started is given only the variables that it needs.
    Environment,
    /// A line that does not end is cut off.
    LineCap,
}

/// How library functions that are not read pass values on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passes {
    /// Nothing of their arguments is in their result.
    #[serde(default)]
    pub nothing: Vec<String>,
    /// Their arguments choose the result, and are not in it.
    #[serde(default)]
    pub chosen: Vec<String>,
    /// Verbs with which such names begin: `find_by_id`.
    #[serde(default)]
    pub chosen_verbs: Vec<String>,
    /// Methods of builders: what they are given is the member of their name, and the rest is what they are called on.
    #[serde(default)]
    pub builders: Vec<String>,
    /// Names of types that hold no text: numbers, truth values, enumerations.
    #[serde(default)]
    pub harmless_types: Vec<String>,
}

/// One file of `knowledge/`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// The families of languages it is about.
    #[serde(default)]
    languages: Vec<crate::lower::Language>,
    #[serde(default)]
    sink: Vec<Sink>,
    #[serde(default)]
    handler: Vec<Handler>,
    #[serde(default)]
    read: Vec<Read>,
    #[serde(default)]
    cleaner: Vec<Cleaner>,
    #[serde(default)]
    remedy: Vec<Remedy>,
    #[serde(default)]
    setting: Vec<Setting>,
    #[serde(default)]
    passes: Passes,
}

/// What is known for one family of languages.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Sinks.
    pub sinks: Vec<Sink>,
    /// Handlers.
    pub handlers: Vec<Handler>,
    /// Reads.
    pub reads: Vec<Read>,
    /// Cleaners.
    pub cleaners: Vec<Cleaner>,
    /// Remedies, those of frameworks before that of the language.
    pub remedies: Vec<Remedy>,
    /// Settings.
    pub settings: Vec<Setting>,
    /// Passes.
    pub passes: Passes,
}

const PAGES: &[(&str, &str)] = &[
    ("passes.toml", include_str!("../knowledge/passes.toml")),
    ("python.toml", include_str!("../knowledge/python.toml")),
    ("javascript.toml", include_str!("../knowledge/javascript.toml")),
    ("java.toml", include_str!("../knowledge/java.toml")),
    ("kotlin.toml", include_str!("../knowledge/kotlin.toml")),
    ("go.toml", include_str!("../knowledge/go.toml")),
    ("rust.toml", include_str!("../knowledge/rust.toml")),
    ("csharp.toml", include_str!("../knowledge/csharp.toml")),
    ("ruby.toml", include_str!("../knowledge/ruby.toml")),
    ("php.toml", include_str!("../knowledge/php.toml")),
    ("tools/all.toml", include_str!("../knowledge/tools/all.toml")),
    ("tools/python.toml", include_str!("../knowledge/tools/python.toml")),
    ("tools/javascript.toml", include_str!("../knowledge/tools/javascript.toml")),
    ("tools/java.toml", include_str!("../knowledge/tools/java.toml")),
    ("tools/go.toml", include_str!("../knowledge/tools/go.toml")),
    ("tools/rust.toml", include_str!("../knowledge/tools/rust.toml")),
    ("tools/csharp.toml", include_str!("../knowledge/tools/csharp.toml")),
    ("tools/ruby.toml", include_str!("../knowledge/tools/ruby.toml")),
    ("tools/php.toml", include_str!("../knowledge/tools/php.toml")),
];

static PARSED: LazyLock<Vec<(&str, Result<Page, String>)>> = LazyLock::new(|| {
    let parse = |text: &str| toml::from_str(text).map_err(|error| error.to_string());
    PAGES.iter().map(|(name, text)| (*name, parse(text))).collect()
});

impl Knowledge {
    /// What is known for the languages of `family`.
    pub fn of(family: crate::lower::Language) -> &'static Knowledge {
        use std::collections::BTreeMap;
        static ALL: LazyLock<BTreeMap<crate::lower::Language, Knowledge>> = LazyLock::new(|| {
            let mut all: BTreeMap<_, Knowledge> = BTreeMap::new();
            for language in crate::lower::Language::FAMILIES {
                let known = all.entry(*language).or_default();
                let is_about = |page: &&Page| page.languages.is_empty() || page.languages.contains(language);
                for page in PARSED.iter().filter_map(|(_, page)| page.as_ref().ok()).filter(is_about) {
                    known.sinks.extend(page.sink.iter().cloned());
                    known.handlers.extend(page.handler.iter().cloned());
                    known.reads.extend(page.read.iter().cloned());
                    known.cleaners.extend(page.cleaner.iter().cloned());
                    known.remedies.extend(page.remedy.iter().cloned());
                    known.settings.extend(page.setting.iter().cloned());
                    known.passes.nothing.extend(page.passes.nothing.iter().cloned());
                    known.passes.chosen.extend(page.passes.chosen.iter().cloned());
                    known.passes.builders.extend(page.passes.builders.iter().cloned());
                    known.passes.chosen_verbs.extend(page.passes.chosen_verbs.iter().cloned());
                    known.passes.harmless_types.extend(page.passes.harmless_types.iter().cloned());
                }
            }
            for known in all.values_mut() {
                known.remedies.sort_by_key(|remedy| remedy.with.is_empty());
            }
            all
        });
        static NONE: LazyLock<Knowledge> = LazyLock::new(Knowledge::default);
        ALL.get(&family.family()).unwrap_or(&NONE)
    }
}

impl Handler {
    /// Whether the framework gives parameters of this type.
    pub fn gives(&self, types: &[crate::ir::Name]) -> bool {
        self.given.iter().any(|given| match given.strip_prefix('*') {
            Some(end) => types.first().is_some_and(|name| name.ends_with(end)),
            None => types.iter().any(|name| **name == **given),
        })
    }

    /// Whether a parameter of this declared type is one that comes from outside by its type.
    pub fn is_typed(&self, types: &[crate::ir::Name]) -> bool {
        let outer = types.iter().take(types.len().saturating_sub(1)).take(2);
        outer.into_iter().any(|name| self.types.iter().any(|known| **known == **name))
    }
}

impl Passes {
    /// Whether arguments of a library function called `name` only choose its result.
    pub fn chooses(&self, name: &str) -> bool {
        let is_verb = |verb: &String| {
            name.strip_prefix(verb.as_str()).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(|next: char| next == '_' || next.is_ascii_uppercase())
            })
        };
        self.chosen.iter().any(|known| known == name) || self.chosen_verbs.iter().any(is_verb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_read() {
        for (name, page) in PARSED.iter() {
            assert!(page.is_ok(), "{name}: {page:?}");
        }
    }

    #[test]
    fn every_language_has_a_way_out() {
        for language in crate::lower::Language::FAMILIES {
            let remedies = &Knowledge::of(*language).remedies;
            assert!(remedies.last().is_some_and(|last| last.with.is_empty()), "{language:?}");
            for remedy in remedies {
                let starts_small = remedy.say.starts_with(|first: char| first.is_ascii_lowercase());
                assert!(starts_small && !remedy.say.ends_with('.'), "{}", remedy.say);
            }
        }
    }

    #[test]
    fn a_verb_is_a_whole_word() {
        let passes = Passes { chosen_verbs: vec!["find".into()], ..Passes::default() };
        assert!(passes.chooses("findById") && passes.chooses("find_one") && passes.chooses("find"));
        assert!(!passes.chooses("finder"));
    }
}
