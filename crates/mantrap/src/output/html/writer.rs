//! Builds HTML so that no text can become markup: markup is `&'static str`, everything else is escaped.

use std::fmt::Display;

/// A page under construction.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    /// Markup of ours. The lifetime is the proof: nothing that was read from a file is `'static`.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// Text, also inside a double-quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                _ => self.out.push(character),
            }
        }
        self
    }

    /// Anything that displays itself, escaped.
    pub(super) fn show(&mut self, value: impl Display) -> &mut Self {
        self.text(&value.to_string())
    }

    /// Text whose names stand in backticks, which become code.
    pub(super) fn message(&mut self, message: &str) -> &mut Self {
        let parts: Vec<&str> = message.split('`').collect();
        if parts.len().is_multiple_of(2) {
            return self.text(message);
        }
        for (nth, part) in parts.iter().enumerate() {
            if nth % 2 == 1 {
                self.raw("<code>").text(part).raw("</code>");
            } else {
                self.text(part);
            }
        }
        self
    }

    /// A table cell of text.
    pub(super) fn cell(&mut self, text: &str) -> &mut Self {
        self.raw("<td>").text(text).raw("</td>")
    }

    /// A severity badge.
    pub(super) fn badge(&mut self, class: &'static str) -> &mut Self {
        self.raw("<span class=\"badge ").raw(class).raw("\">").raw(class).raw("</span>")
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn text_cannot_become_markup() {
        let mut html = Html::default();
        html.raw("<p title=\"").text("\" onload=x").raw("\">").message("`<script>` & 'co'");
        assert_eq!(
            html.finish(),
            "<p title=\"&quot; onload=x\"><code>&lt;script&gt;</code> &amp; &#39;co&#39;"
        );
    }
}
