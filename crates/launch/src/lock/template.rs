//! Texts with places to fill: `{root}` is the value of the parameter `root`; `{{` and `}}` are braces.

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A brace that neither names anything nor stands twice.
    #[error(
        "`{{` begins the name of a parameter, as in `{{root}}`; write `{{{{` and `}}}}` for braces themselves"
    )]
    Brace,
    /// No file and no argument can hold it (execve(2)).
    #[error("a text cannot hold a zero byte")]
    Zero,
}

/// A text with places to fill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template(String);

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

impl Template {
    /// Reads one.
    ///
    /// # Errors
    /// [`BadTemplate`].
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        if text.contains('\0') {
            return Err(BadTemplate::Zero);
        }
        pieces(text).try_for_each(|piece| piece.map(drop).ok_or(BadTemplate::Brace))?;
        Ok(Self(text.to_owned()))
    }

    /// The template of exactly this text.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(text.replace('{', "{{").replace('}', "}}"))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of its places, as often as they occur.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        pieces(&self.0).filter_map(|piece| match piece {
            Some(Piece::Name(name)) => Some(name),
            _ => None,
        })
    }

    /// The text with every place filled; the name of the first one that `value` does not know as the error.
    ///
    /// # Errors
    /// That name.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Result<String, String> {
        let mut out = String::new();
        for piece in pieces(&self.0).flatten() {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Name(name) => out.push_str(value(name).ok_or_else(|| name.to_owned())?),
            }
        }
        Ok(out)
    }
}

/// Whether this can name a parameter: lower-case ASCII letters, digits and `-`, a letter first, at most 32.
pub(crate) fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 32 && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(fits)
}

/// The text in order; `None` at the first brace that means nothing, and then no more.
fn pieces(text: &str) -> impl Iterator<Item = Option<Piece<'_>>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, behind) = match piece(rest) {
            Some((piece, behind)) => (Some(piece), behind),
            None => (None, ""),
        };
        rest = behind;
        Some(piece)
    })
}

fn piece(rest: &str) -> Option<(Piece<'_>, &str)> {
    if let Some(brace) = ["{{", "}}"].iter().find(|brace| rest.starts_with(**brace)) {
        let (brace, behind) = rest.split_at(brace.len());
        return Some((Piece::Text(brace.get(..1)?), behind));
    }
    if let Some(named) = rest.strip_prefix('{') {
        let (name, behind) = named.split_once('}')?;
        return is_name(name).then_some((Piece::Name(name), behind));
    }
    let end = rest.find(['{', '}']).unwrap_or(rest.len());
    let (text, behind) = rest.split_at(end);
    (end > 0).then_some((Piece::Text(text), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_braces_stay_braces() {
        let template = Template::parse("--at={root}/x {{{port}}}").unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["root", "port"]);
        let value = |name: &str| Some(if name == "root" { "{port}" } else { "80" });
        assert_eq!(
            template.fill(value).unwrap(),
            "--at={port}/x {80}",
            "a value is never read as a template"
        );
        assert_eq!(template.fill(|_| None), Err("root".to_owned()));
        let text = "{\"a\": {}}";
        assert_eq!(Template::literal(text).fill(|_| None).unwrap(), text);
        assert!(Template::parse(Template::literal(text).as_str()).is_ok());
    }

    #[test]
    fn a_brace_that_means_nothing_is_refused() {
        for bad in ["{", "}", "a{b", "{}", "{A}", "{a b}", "{1}", "}}}", "{{}", "{a}}"] {
            assert_eq!(Template::parse(bad), Err(BadTemplate::Brace), "{bad}");
        }
        assert_eq!(Template::parse("\0"), Err(BadTemplate::Zero));
    }
}
