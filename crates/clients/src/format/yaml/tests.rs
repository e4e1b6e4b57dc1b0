use super::*;
use crate::source::Origin;

fn source(text: &str) -> Arc<Source> {
    Source::decode(Origin::file("x.yaml"), text.as_bytes().to_vec()).unwrap()
}

fn slices(text: &str, pointer: &str) -> Vec<String> {
    let source = source(text);
    let document = parse(&source).unwrap();
    let nodes = document.root.pointer(pointer);
    nodes.iter().map(|node| source.slice(node.span).to_owned()).collect()
}

fn texts(text: &str, pointer: &str) -> Vec<String> {
    let document = parse(&source(text)).unwrap();
    let nodes = document.root.pointer(pointer);
    nodes.iter().map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

#[test]
fn spans_count_bytes_also_behind_wide_characters() {
    let text = "ä: 'ö x'   # c\nb: plain text   # comment\nc: [a , \"é\\n\", ]\r\nd: {k: v}\n";
    assert_eq!(slices(text, "/ä"), ["'ö x'"]);
    assert_eq!(slices(text, "/b"), ["plain text"]);
    assert_eq!(slices(text, "/c/*"), ["a", "\"é\\n\""]);
    assert_eq!(slices(text, "/c"), ["[a , \"é\\n\", ]"]);
    assert_eq!(slices(text, "/d"), ["{k: v}"]);
}

#[test]
fn spans_stay_true_far_into_a_text_of_wide_characters() {
    let text = format!("# {}\nkey: 'välue'\n", "é😀".repeat(500));
    assert_eq!(slices(&text, "/key"), ["'välue'"]);
}

#[test]
fn block_scalars_and_blocks_end_with_their_last_child() {
    let text = "a:\n  - x: 1\n    y: 2\n\nb: |\n  one\n  two\n\nc: end\n";
    assert_eq!(slices(text, "/a"), ["- x: 1\n    y: 2"]);
    assert_eq!(texts(text, "/b"), ["one\ntwo\n"]);
    assert_eq!(slices(text, "/b"), ["one\n  two"]);
}

#[test]
fn anchors_and_tags_are_not_part_of_the_value() {
    let text = "a: &x !!str 1\nb: !<tag:example,2000:t> &y [1]\nc: &z # note\n  k: v\nd: *y\n";
    assert_eq!(slices(text, "/a"), ["1"]);
    assert_eq!(slices(text, "/b"), ["[1]"]);
    assert_eq!(slices(text, "/d"), ["[1]"]);
    assert_eq!(texts(text, "/c/k"), ["v"]);
    let document = parse(&source(text)).unwrap();
    assert_eq!(document.root.member("a").unwrap().value.value, Value::String("1".into()));
}

#[test]
fn merge_keys_are_resolved_and_the_own_member_wins() {
    let text = "base: &b {command: npx, env: {A: 1}}\nother: &o {command: uvx, cwd: /tmp}\nserver:\n  <<: [*b, *o]\n  env: {B: 2}\n";
    assert_eq!(texts(text, "/server/command"), ["npx"]);
    assert_eq!(texts(text, "/server/cwd"), ["/tmp"]);
    assert_eq!(texts(text, "/server/env/B"), ["2"]);
    assert!(texts(text, "/server/env/A").is_empty());
    assert!(parse(&source(text)).unwrap().irregularities.is_empty());
}

#[test]
fn duplicate_keys_are_kept_and_recorded() {
    let document = parse(&source("a: 1\nb: 2\n'a': 3\n")).unwrap();
    assert_eq!(document.root.members().len(), 3);
    assert_eq!(document.irregularities[0].kind, IrregularityKind::DuplicateKey);
    assert_eq!(document.irregularities[0].span.start, 10);
}

#[test]
fn a_billion_laughs_is_too_large() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..10 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    assert_eq!(parse(&source(&text)).unwrap_err().kind, ProblemKind::TooLarge);
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(1000));
    assert_eq!(parse(&source(&long)).unwrap_err().kind, ProblemKind::TooLarge);
}

#[test]
fn a_file_of_nothing_but_values_is_refused() {
    for text in [format!("[{}", "a,".repeat(MAX_FLOW_ITEMS + 1)), "-\n".repeat(MAX_NODES + 1)] {
        assert_eq!(parse(&source(&text)).unwrap_err().kind, ProblemKind::TooLarge);
    }
}

#[test]
fn aliases_cannot_deepen_the_tree_past_the_limit() {
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(parse(&source(&text)).unwrap_err().kind, ProblemKind::TooDeep);
}

#[test]
fn an_alias_inside_its_own_anchor_is_a_problem() {
    for text in ["a: &x [*x]\n", "a: &x\n  b: *x\n"] {
        assert_eq!(parse(&source(text)).unwrap_err().kind, ProblemKind::TooDeep);
    }
}

#[test]
fn deep_nesting_is_a_problem_and_not_a_crash() {
    for text in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
        format!("{}1{}", "[".repeat(300), "]".repeat(300)),
        (0..300).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ] {
        assert_eq!(parse(&source(&text)).unwrap_err().kind, ProblemKind::TooDeep);
    }
}

#[test]
fn only_the_first_document_is_read_and_the_second_is_named() {
    let source = source("a: 1\n---\nb: 2\n---\n[\n");
    let document = parse(&source).unwrap();
    assert_eq!(document.root.members().len(), 1);
    assert_eq!(document.problems.len(), 1);
    assert_eq!(document.problems[0].kind, ProblemKind::Cut);
    assert_eq!(source.slice(document.problems[0].place.as_ref().unwrap().1), "---");
}

#[test]
fn an_empty_file_is_an_empty_document() {
    for text in ["", "# only a comment\r\n", "---\n", "\n\n  \n"] {
        assert_eq!(parse(&source(text)).unwrap().root.value, Value::Null, "{text:?}");
    }
}

#[test]
fn a_nul_byte_does_not_hide_what_follows() {
    let problem = parse(&source("a: 1\n\0\nb: 2\n")).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Syntax);
    assert_eq!(problem.place.unwrap().1.start, 5);
}

#[test]
fn an_error_names_its_place_in_bytes() {
    let problem = parse(&source("ä: 'é'\nb: [x\nc: y\n")).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::Syntax);
    assert!(problem.place.unwrap().1.start >= 9);
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let value = |text: &str| parse(&source(text)).unwrap().root.value;
    for number in ["1", "-1.5e3", "0x1F", "0o17", ".5", ".inf", "+12", ".nan"] {
        assert_eq!(value(number), Value::Bare(number.into()));
    }
    for string in ["1.2.3", "yes", "0x", "+", "infinity", "e3", "'1'", "- 1"] {
        assert!(!matches!(value(string), Value::Bare(_)), "{string}");
    }
    assert_eq!(value("~"), Value::Null);
    assert_eq!(value("True"), Value::Bool(true));
}

#[test]
fn keys_that_are_not_strings_are_called_what_the_file_calls_them() {
    let document = parse(&source("? [x, y]\n: 1\ntrue: 2\n3: 4\n~: 5\n")).unwrap();
    let keys: Vec<_> = document.root.members().iter().map(|member| member.key.as_str()).collect();
    assert_eq!(keys, ["[x, y]", "true", "3", "~"]);
}
