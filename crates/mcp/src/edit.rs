//! A message without some of its parts, where a part may not pass and the rest may.
//!
//! Cuts and joins slices of the original and re-encodes nothing but the strings that it is given anew: what stays is byte
//! for byte what was judged.

use crate::json::{Raw, Text};
use crate::reply;

/// Something that can be cut out of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut<'a> {
    /// An element of an array: a tool that is withheld from a `tools/list`.
    Element(Raw<'a>),
    /// A member of an object, with its name: the `instructions` of a server.
    Member(Text<'a>, Raw<'a>),
}

/// A string that says something else from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retold<'a> {
    /// The string, as it stands in the line.
    pub text: Text<'a>,
    /// What it says instead, not yet escaped.
    pub says: String,
}

/// The line with these strings retold, and then without these parts; nothing when one of them is not what it says it is
/// in this line, or the name of a member: another name could be a name that is there already.
///
/// Parts that are given twice count once; of a string that is retold twice the first counts.
#[must_use]
pub fn edited(line: &str, parts: &[Cut<'_>], retold: &[Retold<'_>]) -> Option<String> {
    let mut cuts = parts.iter().map(|part| place(line, *part)).collect::<Option<Vec<_>>>()?;
    cuts.sort_unstable();
    cuts.dedup();
    if retold.is_empty() {
        return without(line, &cuts);
    }
    let mut strings = Vec::new();
    for Retold { text, says } in retold {
        let (start, end) = quoted(line, *text)?;
        if line.get(end..)?.trim_start_matches(BLANKS).starts_with(':') {
            return None;
        }
        let mut written = String::with_capacity(says.len() + 2);
        reply::push_string(says, &mut written);
        strings.push((start, end, written));
    }
    strings.sort_by_key(|(start, ..)| *start);
    strings.dedup_by_key(|(start, ..)| *start);
    let mut told = String::with_capacity(line.len());
    let mut from = 0;
    for (start, end, says) in &strings {
        told.push_str(line.get(from..*start)?);
        told.push_str(says);
        from = *end;
    }
    told.push_str(line.get(from..)?);
    // Where a place of the line is now. No cut begins or ends within a string.
    let now = |place: usize| {
        let before = strings.iter().take_while(|(_, end, _)| *end <= place);
        before.fold(place, |now, (start, end, says)| now + says.len() - (end - start))
    };
    for (start, end) in &mut cuts {
        (*start, *end) = (now(*start), now(*end));
    }
    without(&told, &cuts)
}

/// The line without what stands at these places, which are in order.
fn without(line: &str, cuts: &[(usize, usize)]) -> Option<String> {
    let mut kept = String::with_capacity(line.len());
    let mut from = 0;
    for &(start, end) in cuts {
        let before = line.get(from..start)?;
        let behind = line.get(end..)?.trim_start_matches(BLANKS);
        let opened = before.trim_end_matches(BLANKS);
        let so_far = if opened.is_empty() { kept.trim_end_matches(BLANKS) } else { opened };
        // The comma behind a part goes with it, or, if it is the last one, the comma before it.
        if so_far.ends_with(['[', '{', ',']) {
            if let Some(next) = behind.strip_prefix(',') {
                kept.push_str(before);
                from = line.len() - next.len();
                continue;
            }
            if behind.starts_with([']', '}']) {
                kept.push_str(before);
                let trimmed = kept.trim_end_matches(BLANKS).strip_suffix(',').map(str::len);
                if let Some(length) = trimmed {
                    kept.truncate(length);
                }
                from = end;
                continue;
            }
        }
        return None;
    }
    kept.push_str(line.get(from..)?);
    Some(kept)
}

const BLANKS: [char; 2] = [' ', '\t'];

/// From where to where a part is cut.
fn place(line: &str, part: Cut<'_>) -> Option<(usize, usize)> {
    match part {
        Cut::Element(element) => span(line, element.json()),
        Cut::Member(name, value) => {
            // From the quote before the name to the end of the value, and nothing but a colon between the two.
            let (start, behind) = quoted(line, name)?;
            let (value, end) = span(line, value.json())?;
            (line.get(behind..value)?.trim_matches(BLANKS) == ":").then_some((start, end))
        }
    }
}

/// Where a string stands in the line, its quotes included.
fn quoted(line: &str, text: Text<'_>) -> Option<(usize, usize)> {
    let (start, end) = span(line, text.spelled())?;
    let (before, behind) = (start.checked_sub(1)?, end + 1);
    (line.get(before..start) == Some("\"") && line.get(end..behind) == Some("\"")).then_some((before, behind))
}

/// Where `part` stands in `line`, if it is a piece of that very memory.
fn span(line: &str, part: &str) -> Option<(usize, usize)> {
    let start = (part.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    let end = start.checked_add(part.len()).filter(|end| *end <= line.len())?;
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batches, Envelope, Limits, Message, Scanner};

    /// Removes the elements of `list` at these places, and gives the list that is left.
    fn left(list: &str, places: &[usize]) -> Option<String> {
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":{list},"next":"c"}}}}"#);
        let message = Scanner::new(Limits::default()).read(&line, Batches::Refuse).unwrap();
        let Message::Single(Envelope::Result { result, .. }) = message else { panic!("a result") };
        let tools: Vec<_> = result.field("tools").unwrap().unwrap().elements().collect();
        let chosen: Vec<_> = places.iter().map(|place| tools[*place]).collect();
        let line = edited(&line, &chosen.iter().copied().map(Cut::Element).collect::<Vec<_>>(), &[])?;
        let message = Scanner::new(Limits::default()).read(&line, Batches::Refuse).unwrap();
        let Message::Single(Envelope::Result { result, .. }) = message else { panic!("a result") };
        assert_eq!(result.field("next").unwrap().unwrap().json(), "\"c\"");
        Some(result.field("tools").unwrap().unwrap().json().to_owned())
    }

    #[test]
    fn any_elements_can_be_cut_and_what_is_left_is_as_it_was() {
        let list = r#"[ {"a":1} , [2],{"c":"],"}	, "d" ]"#;
        let elements = [r#"{"a":1}"#, "[2]", r#"{"c":"],"}"#, r#""d""#];
        for chosen in 0_usize..16 {
            let places: Vec<usize> = (0..4).filter(|place| chosen >> place & 1 == 1).collect();
            let kept = left(list, &places).unwrap();
            let expected: Vec<&str> =
                (0..4).filter(|place| !places.contains(place)).map(|place| elements[place]).collect();
            let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
            let expected: serde_json::Value =
                serde_json::from_str(&format!("[{}]", expected.join(","))).unwrap();
            assert_eq!(kept, expected, "without {places:?}");
        }
        assert_eq!(left("[1,2,3]", &[1]).as_deref(), Some("[1,3]"));
        assert_eq!(left("[1]", &[0, 0]).as_deref(), Some("[]"));
    }

    #[test]
    fn what_is_no_element_of_this_line_is_not_cut() {
        let line = r#"{"jsonrpc":"2.0","id":1,"result":{"a":[1]}}"#.to_owned();
        let message = Scanner::new(Limits::default()).read(&line, Batches::Refuse).unwrap();
        let Message::Single(Envelope::Result { result, .. }) = message else { panic!("a result") };
        assert_eq!(edited(&line, &[Cut::Element(result)], &[]), None);
        let element = result.field("a").unwrap().unwrap().elements().next().unwrap();
        assert_eq!(edited(&line.clone(), &[Cut::Element(element)], &[]), None);
        let (name, value) = result.members().next().unwrap();
        assert_eq!(edited(&line, &[Cut::Member(name, element)], &[]), None);
        assert_eq!(edited(&line.clone(), &[Cut::Member(name, value)], &[]), None);
    }

    #[test]
    fn any_members_can_be_cut_and_what_is_left_is_as_it_was() {
        let object = r#"{ "a" : 1, "b":{"x":[1,2]} ,"c\"":"}" }"#;
        let members = [r#""a":1"#, r#""b":{"x":[1,2]}"#, r#""c\"":"}""#];
        for chosen in 0_usize..8 {
            let line = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{object}}}"#);
            let message = Scanner::new(Limits::default()).read(&line, Batches::Refuse).unwrap();
            let Message::Single(Envelope::Result { result, .. }) = message else { panic!("a result") };
            let all: Vec<_> = result.members().map(|(name, value)| Cut::Member(name, value)).collect();
            let cuts: Vec<_> = (0..3).filter(|nth| chosen >> nth & 1 == 1).map(|nth| all[nth]).collect();
            let kept: serde_json::Value = serde_json::from_str(&edited(&line, &cuts, &[]).unwrap()).unwrap();
            let left: Vec<_> = (0..3).filter(|nth| chosen >> nth & 1 == 0).map(|nth| members[nth]).collect();
            let left: serde_json::Value = serde_json::from_str(&format!("{{{}}}", left.join(","))).unwrap();
            assert_eq!(kept["result"], left);
        }
    }

    #[test]
    fn a_string_says_something_else_and_the_rest_is_as_it_was_cut_or_not() {
        let line =
            r#"{"jsonrpc":"2.0","id":1,"result":{"gone":{"x":"s\"1"}, "a" :"é\n1","b":["2" , 3e2],"c":"4"}}"#;
        let message = Scanner::new(Limits::default()).read(line, Batches::Refuse).unwrap();
        let Message::Single(Envelope::Result { result, .. }) = message else { panic!("a result") };
        let of = |name: &str| result.field(name).unwrap().unwrap();
        let retold =
            |text: Option<Text<'static>>, says: &str| Retold { text: text.unwrap(), says: says.into() };
        let inner = of("gone").field("x").unwrap().unwrap();
        let strings = [inner, of("a"), of("b").elements().next().unwrap(), of("c")];
        let says = ["in what goes", "\"quoted\"\u{1b}\n", "", "a longer text than it was"];
        let changes: Vec<_> =
            strings.iter().zip(says).map(|(raw, says)| retold(raw.string(), says)).collect();
        let cut: Vec<_> = result.members().take(1).map(|(name, value)| Cut::Member(name, value)).collect();
        let edited_line = edited(line, &cut, &changes).unwrap();
        assert_eq!(
            edited_line,
            r#"{"jsonrpc":"2.0","id":1,"result":{ "a" :"\"quoted\"\u001b\u000a","b":["" , 3e2],"c":"a longer text than it was"}}"#
        );
        assert_eq!(
            edited(line, &[], &changes[3..]).unwrap(),
            line.replace("\"4\"", "\"a longer text than it was\"")
        );
    }

    #[test]
    fn the_name_of_a_member_and_a_string_of_another_line_are_not_retold() {
        let line = r#"{"jsonrpc":"2.0","id":1,"result":{"a" : "b"}}"#.to_owned();
        let message = Scanner::new(Limits::default()).read(&line, Batches::Refuse).unwrap();
        let Message::Single(Envelope::Result { result, .. }) = message else { panic!("a result") };
        let (name, value) = result.members().next().unwrap();
        let retold = |text| [Retold { text, says: "x".into() }];
        assert_eq!(edited(&line, &[], &retold(name)), None);
        assert_eq!(edited(&line.clone(), &[], &retold(value.string().unwrap())), None);
        assert!(edited(&line, &[], &retold(value.string().unwrap())).is_some());
    }
}
