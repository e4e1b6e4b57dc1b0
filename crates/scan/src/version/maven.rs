//! Maven's `ComparableVersion` (maven-artifact 3.x): a tree of numbers and qualifiers, compared item by item.

use std::cmp::Ordering;

use super::{compare_numbers, number};

/// Qualifiers that come before the release, the release itself, and the one behind it, in order.
const QUALIFIERS: &[&str] = &["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

enum Item {
    Number(String),
    Qualifier(String),
    List(Vec<Item>),
}

pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let grammar = |version: &str| {
        version.starts_with(|first: char| first.is_ascii_digit())
            && version.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !grammar(left) || !grammar(right) {
        return None;
    }
    Some(compare_lists(&parse(left), &parse(right)))
}

fn parse(version: &str) -> Vec<Item> {
    let version = version.to_ascii_lowercase();
    let mut stack: Vec<Vec<Item>> = vec![Vec::new()];
    let mut start = 0;
    let mut is_number = false;
    let push = |stack: &mut Vec<Vec<Item>>, item: Item| {
        if let Some(list) = stack.last_mut() {
            list.push(item);
        }
    };
    for (at, character) in version.char_indices() {
        let token = version.get(start..at).unwrap_or_default();
        match character {
            '.' | '-' => {
                push(&mut stack, item(token, is_number, false));
                start = at + 1;
                if character == '-' {
                    stack.push(Vec::new());
                }
            }
            digit if digit.is_ascii_digit() => {
                if !is_number && !token.is_empty() {
                    push(&mut stack, item(token, false, true));
                    start = at;
                    stack.push(Vec::new());
                }
                is_number = true;
            }
            _ => {
                if is_number && !token.is_empty() {
                    push(&mut stack, item(token, true, false));
                    start = at;
                    stack.push(Vec::new());
                }
                is_number = false;
            }
        }
    }
    let rest = version.get(start..).unwrap_or_default();
    if !rest.is_empty() {
        push(&mut stack, item(rest, is_number, false));
    }
    let mut inner: Option<Vec<Item>> = None;
    while let Some(mut list) = stack.pop() {
        list.extend(inner.take().map(Item::List));
        trim(&mut list);
        inner = Some(list);
    }
    inner.unwrap_or_default()
}

fn item(token: &str, is_number: bool, before_digit: bool) -> Item {
    if token.is_empty() {
        return Item::Number(String::new());
    }
    if is_number && let Some(number) = number(token) {
        return Item::Number(number.to_owned());
    }
    Item::Qualifier(
        match token {
            "a" if before_digit => "alpha",
            "b" if before_digit => "beta",
            "m" if before_digit => "milestone",
            "ga" | "final" | "release" => "",
            "cr" => "rc",
            other => other,
        }
        .to_owned(),
    )
}

/// Drops what means nothing at the end: zeros, the release qualifier, empty lists.
fn trim(list: &mut Vec<Item>) {
    let mut index = list.len();
    while index > 0 {
        index -= 1;
        let Some(item) = list.get(index) else { break };
        if compare_to_nothing(item) == Ordering::Equal && is_null(item) {
            list.remove(index);
        } else if !matches!(item, Item::List(_)) {
            break;
        }
    }
}

fn is_null(item: &Item) -> bool {
    match item {
        Item::Number(number) => number.is_empty(),
        Item::Qualifier(word) => word.is_empty(),
        Item::List(items) => items.is_empty(),
    }
}

/// Known qualifiers by rank, unknown ones behind them by name.
fn rank(word: &str) -> (usize, &str) {
    match QUALIFIERS.iter().position(|known| *known == word) {
        Some(rank) => (rank, ""),
        None => (QUALIFIERS.len(), word),
    }
}

fn compare_to_nothing(item: &Item) -> Ordering {
    match item {
        Item::Number(number) => compare_numbers(number, ""),
        Item::Qualifier(word) => rank(word).cmp(&rank("")),
        Item::List(items) => items
            .iter()
            .map(compare_to_nothing)
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal),
    }
}

fn compare_lists(left: &[Item], right: &[Item]) -> Ordering {
    for index in 0..left.len().max(right.len()) {
        let order = match (left.get(index), right.get(index)) {
            (Some(one), Some(other)) => compare_items(one, other),
            (Some(one), None) => compare_to_nothing(one),
            (None, Some(other)) => compare_to_nothing(other).reverse(),
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn compare_items(left: &Item, right: &Item) -> Ordering {
    match (left, right) {
        (Item::Number(one), Item::Number(other)) => compare_numbers(one, other),
        (Item::Qualifier(one), Item::Qualifier(other)) => rank(one).cmp(&rank(other)),
        (Item::List(one), Item::List(other)) => compare_lists(one, other),
        // A number is above a list, a list above a qualifier: 1.1 > 1-1 > 1-sp.
        (Item::Number(_), _) | (Item::List(_), Item::Qualifier(_)) => Ordering::Greater,
        (Item::Qualifier(_), _) | (Item::List(_), Item::Number(_)) => Ordering::Less,
    }
}
