//! `mantrap catalogue`: the servers that mantrap knows, and what each of them needs.

use anyhow::anyhow;
use mantrap_launch::catalogue::{self, Choice, Recipe};
use mantrap_launch::lock::Type;
use serde_json::{Value, json};

use super::rules::paint;
use crate::cli::{Catalogue, ListFormat, When};
use crate::environment::Environment;
use crate::output::json_bytes;
use crate::output::text::Paint;
use crate::{Failure, destination};

/// Lists the catalogue, or shows a server of it.
pub(crate) fn run(command: &Catalogue, color: When, environment: &Environment) -> Result<u8, Failure> {
    let bytes = match command {
        Catalogue::List { format: ListFormat::Json } => {
            let servers: Vec<Value> = catalogue::recipes().map(|recipe| as_json(&recipe)).collect();
            json_bytes(&json!({ "schema": "mantrap-catalogue/1", "servers": servers }))
        }
        Catalogue::List { format: ListFormat::Text } => list(paint(color, environment)).into_bytes(),
        Catalogue::Show { name, format } => {
            let recipe = catalogue::recipe(name).ok_or_else(|| {
                Failure::Usage(anyhow!(
                    "the catalogue has no `{name}`; `mantrap catalogue list` shows what it has"
                ))
            })?;
            match format {
                ListFormat::Json => json_bytes(&as_json(&recipe)),
                ListFormat::Text => show(&recipe, paint(color, environment)).into_bytes(),
            }
        }
    };
    destination::print(&bytes)?;
    Ok(0)
}

fn as_json(recipe: &Recipe) -> Value {
    let choice = |(name, choice): (&String, &Choice)| {
        let words = match &choice.of {
            Type::Word(words) => json!(words),
            _ => Value::Null,
        };
        let choice = json!({
            "type": choice.of.word(), "of": words, "about": choice.about, "usual": choice.usual,
        });
        (name.clone(), choice)
    };
    json!({
        "name": recipe.id,
        "about": recipe.about,
        "source": recipe.package.to_string(),
        "reviewed": recipe.reviewed,
        "program": recipe.program,
        "arguments": recipe.arguments.iter().map(|argument| argument.as_str()).collect::<Vec<_>>(),
        "grants": recipe.grants.iter().map(|grant| grant.as_str()).collect::<Vec<_>>(),
        "directory": recipe.directory.as_ref().map(|directory| directory.as_str()),
        "parameters": recipe.parameters.iter().map(choice).collect::<serde_json::Map<_, _>>(),
        "notes": recipe.notes,
    })
}

fn list(paint: Paint) -> String {
    let recipes: Vec<Recipe> = catalogue::recipes().collect();
    let width = recipes.iter().map(|recipe| recipe.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for recipe in &recipes {
        let name = paint.bold(&format!("{:<width$}", recipe.id));
        out.push_str(&format!("{name}  {}\n", recipe.about));
    }
    out
}

fn show(recipe: &Recipe, paint: Paint) -> String {
    let mut out = format!("{}  {}\n", paint.bold(recipe.id), recipe.about);
    let mut row = |lead: &str, lines: Vec<String>| {
        for (nth, line) in lines.iter().enumerate() {
            let lead = if nth == 0 { lead } else { "" };
            out.push_str(&format!("  {}  {line}\n", paint.dim(&format!("{lead:<10}"))));
        }
    };
    row("source", vec![format!("{}, tried with {}", recipe.package, recipe.reviewed)]);
    row("program", recipe.program.iter().cloned().collect());
    row("arguments", recipe.arguments.iter().map(|argument| argument.as_str().to_owned()).collect());
    row("starts in", recipe.directory.iter().map(|directory| directory.as_str().to_owned()).collect());
    let choice = |(name, choice): (&String, &Choice)| {
        let of = match &choice.of {
            Type::Word(words) => format!("one of {}", words.join(", ")),
            of => of.word().to_owned(),
        };
        let usual = choice.usual.as_ref().map(|usual| format!(" [usually {usual}]")).unwrap_or_default();
        format!("{name}  {}  ({of}){usual}", choice.about)
    };
    row("choose", recipe.parameters.iter().map(choice).collect());
    match recipe.grants.is_empty() {
        true => row("may", vec!["nothing but run: no file of yours, no network".into()]),
        false => row("may", recipe.grants.iter().map(|grant| grant.as_str().to_owned()).collect()),
    }
    row("note", recipe.notes.clone());
    let set: String = recipe.parameters.keys().map(|name| format!(" --set {name}=…")).collect();
    row("add it", vec![format!("mantrap add {}{set}", recipe.id)]);
    out
}
