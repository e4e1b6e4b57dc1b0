//! Names that look alike: another case, or other letters of the same looks (Unicode TR 39, confusables).

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

// Letters that look like others, in order, and where in all their looks each one's ends.
include!(concat!(env!("OUT_DIR"), "/looks.rs"));

/// The tools of other servers, by how their names look.
#[derive(Clone, Debug, Default)]
pub struct Shadows(BTreeMap<String, (String, String)>);

impl Shadows {
    /// The tool that this name looks like without being spelled so, and its server. The same name in two servers is
    /// no shadow: clients tell those apart by the server.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<(&str, &str)> {
        let (other, server) = self.0.get(&looks(name))?;
        (other != name).then_some((other, server))
    }
}

impl Shadows {
    /// Adds a tool of a server. The first of its looks stays.
    pub fn insert(&mut self, server: &str, tool: &str) {
        self.0.entry(looks(tool)).or_insert_with(|| (tool.to_owned(), server.to_owned()));
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Shadows {
    /// Of pairs of a server and one of its tools.
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(tools: I) -> Self {
        let mut all = Self::default();
        tools.into_iter().for_each(|(server, tool)| all.insert(server, tool));
        all
    }
}

/// Folded before and after: a capital may look like a small letter of another script.
fn looks(name: &str) -> String {
    // The skeletons of ASCII differ too (`m` is `rn`), but plain names that differ in letters are two names to people.
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let visible = name.to_lowercase().chars().filter(|letter| !is_invisible(*letter)).collect::<String>();
    let plain = |letter: char| {
        if letter.is_ascii() { letter.to_string() } else { skeleton(letter) }
    };
    visible.chars().map(plain).collect::<String>().to_lowercase()
}

/// The skeleton of a letter (Unicode TR 39).
fn skeleton(letter: char) -> String {
    let look = |part: char| {
        let place = LETTERS.binary_search(&part).ok()?;
        let start = place.checked_sub(1).and_then(|before| ENDS.get(before)).copied().unwrap_or_default();
        LOOKS.get(usize::from(start)..usize::from(*ENDS.get(place)?)).map(str::to_owned)
    };
    let parts = std::iter::once(letter).nfd().map(|part| look(part).unwrap_or_else(|| part.to_string()));
    parts.collect::<String>().nfd().collect()
}

/// Letters that most fonts show nothing for.
const fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_the_skeleton_that_the_library_says() {
        use unicode_security::confusable_detection::skeleton as says;
        for letter in '\0'..=char::MAX {
            assert_eq!(skeleton(letter), says(&letter.to_string()).collect::<String>(), "{letter:?}");
        }
    }

    #[test]
    fn names_look_alike_across_scripts_and_with_what_cannot_be_seen() {
        for name in ["Reаd_file", "read\u{200b}_file", "ｒead_file", "READ_FILE", "read_file\u{e0041}"] {
            assert_eq!(looks(name), looks("read_file"), "{name}");
        }
        assert_ne!(looks("read_files"), looks("read_file"));
        assert_ne!(looks("modem"), looks("rnodern"));
    }
}
