//! Compiles the table into a filter: classic BPF, binary search over ranges of numbers that share an answer.
//!
//! Code is made from the leaves up. A fragment ends in a return on every way through it, so fragments are joined by
//! jumping over one of them, and no label is ever resolved. The plain `ALLOW` of a number reads no argument: the kernel
//! proves that when the filter is installed and then never runs it for that number.

use super::rule::{Case, Outcome, Row, Rule, Test};
use super::{Listener, NATIVE_END, UNLISTED, Unix, rows};
use crate::Gate;

/// `struct sock_filter` of `linux/filter.h`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) code: u16,
    pub(crate) jt: u8,
    pub(crate) jf: u8,
    pub(crate) k: u32,
}

/// The filter. With a listener, what is refused is asked there (and so reported) unless it is refused quietly; with
/// [`Gate::Acts`] so are the acts that are allowed.
pub(crate) fn program(gate: Gate, listener: Listener, unix: Unix) -> Vec<Instruction> {
    let gate = if listener == Listener::Asked { gate } else { Gate::Off };
    let mut program =
        vec![load(ARCHITECTURE), jump(JUMP_EQUAL, NATIVE, 1, 0), answer(RET_KILL_PROCESS), load(NUMBER)];
    program.extend([jump(JUMP_AT_LEAST, NATIVE_END, 0, 1), answer(RET_KILL_PROCESS)]);
    program.extend(search(&ranges(gate, unix)));
    program
}

/// What a filter of [`table`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The supervisor is asked.
    Ask,
    /// The call answers this errno.
    Errno(i32),
}

/// A filter that answers these numbers, and lets every other call of this architecture pass without being run for it.
/// Calls of another architecture, and of x32, end the process.
pub(crate) fn table(answers: &[(libc::c_long, Answer)]) -> Vec<Instruction> {
    let mut program =
        vec![load(ARCHITECTURE), jump(JUMP_EQUAL, NATIVE, 1, 0), answer(RET_KILL_PROCESS), load(NUMBER)];
    program.extend([jump(JUMP_AT_LEAST, NATIVE_END, 0, 1), answer(RET_KILL_PROCESS)]);
    for (number, said) in answers {
        let Ok(number) = u32::try_from(*number) else { continue };
        let said = match said {
            Answer::Ask => RET_USER_NOTIF,
            Answer::Errno(errno) => RET_ERRNO | errno.unsigned_abs(),
        };
        program.extend([jump(JUMP_EQUAL, number, 0, 1), answer(said)]);
    }
    program.push(answer(RET_ALLOW));
    program
}

/// Numbers from `first` up to the next range's are answered by `code`.
struct Range {
    first: u32,
    code: Vec<Instruction>,
}

fn ranges(gate: Gate, unix: Unix) -> Vec<Range> {
    let unlisted = [answer(returned(UNLISTED, false, gate))];
    let mut ranges = vec![Range { first: 0, code: unlisted.to_vec() }];
    let mut push = |first: u32, code: &[Instruction]| match ranges.last_mut() {
        Some(last) if last.code == code => {}
        Some(last) if last.first == first => last.code = code.to_vec(),
        _ => ranges.push(Range { first, code: code.to_vec() }),
    };
    let mut next = 0;
    for row in rows() {
        let Ok(number) = u32::try_from(row.number) else { continue };
        if number > next {
            push(next, &unlisted);
        }
        match row.rule_under(unix) {
            Rule::Always(outcome) => push(number, &[answer(returned(outcome, row.act, gate))]),
            Rule::Cases(cases, otherwise) => push(number, &compiled(row, cases, otherwise, gate)),
        }
        next = number.saturating_add(1);
    }
    push(next, &unlisted);
    ranges
}

/// Binary search for the range of the loaded number. `ranges` is not empty.
fn search(ranges: &[Range]) -> Vec<Instruction> {
    let mut backwards = Vec::with_capacity(1024);
    search_backwards(ranges, &mut backwards);
    backwards.reverse();
    backwards
}

/// Writes the last instruction first: how far a jump goes is known when what it jumps over is there.
fn search_backwards(ranges: &[Range], backwards: &mut Vec<Instruction>) {
    let (below, above) = ranges.split_at(ranges.len() / 2);
    match (below, above) {
        ([], [only]) => backwards.extend(only.code.iter().rev()),
        (_, [middle, ..]) => {
            search_backwards(above, backwards);
            let held = backwards.len();
            search_backwards(below, backwards);
            let over = backwards.len().saturating_sub(held);
            match u8::try_from(over) {
                Ok(over) => backwards.push(jump(JUMP_AT_LEAST, middle.first, over, 0)),
                // A conditional jump reaches 255 instructions, a plain one any number.
                Err(_) => {
                    let over = u32::try_from(over).unwrap_or(u32::MAX);
                    backwards.push(Instruction { code: JUMP, jt: 0, jf: 0, k: over });
                    backwards.push(jump(JUMP_AT_LEAST, middle.first, 0, 1));
                }
            }
        }
        (_, []) => backwards.push(answer(RET_KILL_PROCESS)),
    }
}

/// The cases one after the other: a case that does not hold is jumped over.
fn compiled(row: &Row, cases: &[Case], otherwise: Outcome, gate: Gate) -> Vec<Instruction> {
    let guarded = cases.iter().flat_map(|&Case(tests, outcome)| {
        let held = vec![answer(returned(outcome, row.act, gate))];
        tests.iter().rev().fold(held, |held, test| guarded(*test, held))
    });
    guarded.chain([answer(returned(otherwise, row.act, gate))]).collect()
}

/// `held`, jumped over where the test does not hold.
fn guarded(test: Test, held: Vec<Instruction>) -> Vec<Instruction> {
    let over = short(held.len());
    let mut code = match test {
        Test::Low(argument, mask, values) => {
            let mut code = vec![load(low_half(argument))];
            if mask != u32::MAX {
                code.push(Instruction { code: AND, jt: 0, jf: 0, k: mask });
            }
            for (place, &value) in values.iter().enumerate() {
                let left = values.len().saturating_sub(place).saturating_sub(1);
                code.push(jump(JUMP_EQUAL, value, short(left), if left == 0 { over } else { 0 }));
            }
            code
        }
        Test::AnyBit(argument, bits) => vec![load(low_half(argument)), jump(JUMP_ANY_BIT, bits, 0, over)],
        Test::Null(argument) => vec![
            load(high_half(argument)),
            jump(JUMP_EQUAL, 0, 0, over.saturating_add(2)),
            load(low_half(argument)),
            jump(JUMP_EQUAL, 0, 0, over),
        ],
        Test::AtMost(argument, most) => vec![
            load(high_half(argument)),
            jump(JUMP_EQUAL, 0, 0, over.saturating_add(2)),
            load(low_half(argument)),
            jump(JUMP_ABOVE, most, over, 0),
        ],
    };
    code.extend(held);
    code
}

/// A distance within one row. INVARIANT: every row is far shorter than this can hold; the test that runs the program
/// against the table would fail otherwise.
fn short(distance: usize) -> u8 {
    u8::try_from(distance).unwrap_or(u8::MAX)
}

fn returned(outcome: Outcome, act: bool, gate: Gate) -> u32 {
    match outcome {
        Outcome::Allow if act && gate == Gate::Acts => RET_USER_NOTIF,
        Outcome::Allow => RET_ALLOW,
        Outcome::Refuse(_) if gate != Gate::Off => RET_USER_NOTIF,
        // Without a listener the kernel answers such a call ENOSYS, as it does when the supervisor is gone.
        Outcome::Broker => RET_USER_NOTIF,
        Outcome::Refuse(errno) | Outcome::Quietly(errno) => RET_ERRNO | errno.unsigned_abs(),
    }
}

const fn answer(k: u32) -> Instruction {
    Instruction { code: RETURN, jt: 0, jf: 0, k }
}

const fn load(k: u32) -> Instruction {
    Instruction { code: LOAD, jt: 0, jf: 0, k }
}

const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Instruction {
    Instruction { code, jt, jf, k }
}

// Offsets into `struct seccomp_data`; both architectures are little-endian.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const fn low_half(argument: u8) -> u32 {
    16 + 8 * argument as u32
}
const fn high_half(argument: u8) -> u32 {
    low_half(argument) + 4
}

// `linux/bpf_common.h`: LD|W|ABS, ALU|AND|K, JMP|…|K, RET|K.
pub(super) const LOAD: u16 = 0x20;
pub(super) const AND: u16 = 0x54;
pub(super) const JUMP: u16 = 0x05;
pub(super) const JUMP_EQUAL: u16 = 0x15;
pub(super) const JUMP_ABOVE: u16 = 0x25;
pub(super) const JUMP_AT_LEAST: u16 = 0x35;
pub(super) const JUMP_ANY_BIT: u16 = 0x45;
pub(super) const RETURN: u16 = 0x06;

// `linux/seccomp.h`.
pub(super) const RET_KILL_PROCESS: u32 = 0x8000_0000;
pub(super) const RET_ERRNO: u32 = 0x0005_0000;
pub(super) const RET_USER_NOTIF: u32 = 0x7fc0_0000;
pub(super) const RET_ALLOW: u32 = 0x7fff_0000;

// `linux/audit.h`: 64 bits, little-endian, and the machine's ELF number.
#[cfg(target_arch = "x86_64")]
pub(super) const NATIVE: u32 = 0xc000_0000 | 62;
#[cfg(target_arch = "aarch64")]
pub(super) const NATIVE: u32 = 0xc000_0000 | 183;
