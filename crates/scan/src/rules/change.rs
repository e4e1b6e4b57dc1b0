//! Exact edits that rules propose. An edit is made only where the text around it leaves no doubt.

use mantrap_clients::Span;

use super::Subject;
use crate::command::Word;
use crate::finding::Edit;

/// Takes one argument out of a comma-separated list (JSON, JSON5, TOML, YAML's flow style), with its comma.
pub(super) fn drop_argument(subject: &Subject<'_>, word: &Word) -> Option<Edit> {
    let text = &subject.config.source.text;
    // Only a whole argument: a part of one is no item of the list.
    let arg = subject.server.args.iter().find(|arg| arg.span == word.span && arg.value == word.value)?;
    let (start, end) = (arg.span.start as usize, arg.span.end as usize);
    let (before, after) = (text.get(..start)?, text.get(end..)?);
    let blanks = after.len() - after.trim_start().len();
    let next = after.trim_start().chars().next()?;
    let previous = before.trim_end().chars().next_back()?;
    let span = match (previous, next) {
        ('[' | ',', ',') => {
            let rest = after.get(blanks + 1..)?;
            let gap = rest.len() - rest.trim_start().len();
            Span::new(start, end + blanks + 1 + gap)
        }
        (',', ']') => Span::new(before.trim_end().len() - 1, end),
        ('[', ']') => Span::new(start, end),
        _ => return None,
    };
    Some(Edit { span, replacement: String::new(), title: format!("drop `{}`", word.value) })
}
