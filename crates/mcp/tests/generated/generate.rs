//! Messages made from numbers: legal ones of every odd shape, and ones with something broken.

/// Numbers that only look random (SplitMix64): a failing test fails again.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "42",
    "0.1",
    "-0.0",
    "1e0",
    "1E+2",
    "2.5e-3",
    "1e-400",
    "9.99e307",
    "0e999",
    "123456789012345678901234567890",
    "9007199254740993",
    "18446744073709551616",
    "3.14159265358979323846264338327950288",
];

const PIECES: &[&str] = &[
    "a",
    "path",
    "value ",
    "\\n",
    "\\t",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b\\f\\r",
    "\\u0000",
    "\\u0041",
    "\\u00e9",
    "\\uD83D\\uDE00",
    "é",
    "雨",
    "🙂",
    "\u{202e}",
    "\u{7f}",
    "\u{2028}",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "'",
    "//",
    "a much longer piece of text, ",
];

const NAMES: &[&str] = &[
    "name",
    "Name",
    "NAME",
    "arguments",
    "_meta",
    "type",
    "text",
    "uri",
    "result",
    "method",
    "id",
    "",
    " ",
    "\\u006eame!",
    "a name of more than eight bytes",
    "a name of more than eight byte?",
    "jsonrpc",
    "x",
    "y",
    "z",
    "\\/",
];

/// A legal value, at most `depth` containers deep.
pub(crate) fn value(dice: &mut Dice, depth: usize, out: &mut String) {
    match dice.below(if depth == 0 { 5 } else { 9 }) {
        0 => out.push_str(dice.pick(&["null", "true", "false"])),
        1 => out.push_str(dice.pick(NUMBERS)),
        2..=4 => string(dice, out),
        5 | 6 => {
            out.push('[');
            for position in 0..dice.below(5) {
                comma(dice, position, out);
                value(dice, depth - 1, out);
            }
            blank(dice, out);
            out.push(']');
        }
        _ => object(dice, depth, out),
    }
}

/// An object whose members all differ.
pub(crate) fn object(dice: &mut Dice, depth: usize, out: &mut String) {
    out.push('{');
    // Different names by where they begin in the list and by a number.
    let (start, count) = (dice.below(NAMES.len()), dice.below(24).saturating_sub(12) + dice.below(4));
    for position in 0..count {
        comma(dice, position, out);
        let round = position / NAMES.len();
        let name = NAMES[(start + position) % NAMES.len()];
        out.push_str(&if round == 0 { format!("\"{name}\"") } else { format!("\"{name}{round}\"") });
        blank(dice, out);
        out.push(':');
        value(dice, depth - 1, out);
    }
    blank(dice, out);
    out.push('}');
}

fn string(dice: &mut Dice, out: &mut String) {
    out.push('"');
    for _ in 0..dice.below(6) {
        out.push_str(dice.pick(PIECES));
    }
    out.push('"');
}

fn comma(dice: &mut Dice, position: usize, out: &mut String) {
    if position > 0 {
        blank(dice, out);
        out.push(',');
    }
    blank(dice, out);
}

fn blank(dice: &mut Dice, out: &mut String) {
    if dice.below(8) == 0 {
        out.push_str(dice.pick(&[" ", "  ", "\t", " \t "]));
    }
}

/// A legal message: its members in any order, with unknown ones between them.
pub(crate) fn message(dice: &mut Dice) -> String {
    let id = dice.pick(&["1", "-7", "9223372036854775807", "\"a\"", "\"\"", "\"\\u0031\"", "\"0b7e\\n\""]);
    let method = dice.pick(&[
        "ping",
        "tools/call",
        "tools\\/list",
        "\\u0070ing",
        "x/unknown",
        "notifications/message",
    ]);
    let mut body = String::new();
    object(dice, 4, &mut body);
    let mut members = vec!["\"jsonrpc\":\"2.0\"".to_owned()];
    match dice.below(6) {
        0 => members.extend([format!("\"id\":{id}"), format!("\"method\":\"{method}\"")]),
        1 => members.extend([format!("\"method\":\"{method}\""), format!("\"params\":{body}")]),
        2 => members.extend([format!("\"id\":{id}"), format!("\"result\": {body}")]),
        3 => members.extend([
            format!("\"id\" :{id}"),
            format!("\"error\":{{\"code\":-1,\"message\":\"\",\"data\":{body}}}"),
        ]),
        _ => members.extend([
            format!("\"id\":{id}"),
            format!("\"method\":\"{method}\""),
            format!("\"p\\u0061rams\":{body}"),
        ]),
    }
    if dice.below(3) == 0 {
        let mut extra = String::new();
        value(dice, 2, &mut extra);
        members.push(format!("\"extra\":{extra}"));
    }
    let first = dice.below(members.len());
    members.rotate_left(first);
    let mut out = String::new();
    blank(dice, &mut out);
    out.push('{');
    for (position, member) in members.iter().enumerate() {
        comma(dice, position, &mut out);
        out.push_str(member);
    }
    blank(dice, &mut out);
    out.push('}');
    blank(dice, &mut out);
    out
}

/// A message with one to three places changed, so that it is often no message any more.
pub(crate) fn broken(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = message(dice).into_bytes();
    for _ in 0..=dice.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        match dice.below(5) {
            0 => {
                bytes.remove(at);
            }
            1 => bytes.insert(at, b"\"\\{}[],:0-+.eE \t\r\0x\x1f\xff"[dice.below(21)]),
            2 => bytes[at] = b"\"\\{}[],:0-+.eE \t\r\0x\x1f\x80"[dice.below(21)],
            3 => {
                let end = (at + dice.below(20)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(end..end, copy);
            }
            _ => bytes.truncate(at + 1),
        }
    }
    bytes
}
