use super::program::{
    AND, JUMP, JUMP_ABOVE, JUMP_ANY_BIT, JUMP_AT_LEAST, JUMP_EQUAL, LOAD, NATIVE, RET_ALLOW, RET_ERRNO,
    RET_KILL_PROCESS, RET_USER_NOTIF, RETURN,
};
use super::rule::{Outcome, Rule, Test};
use super::{Instruction, Listener, Unix, Verdict, name, outcome, program, row, rows, verdict};
use crate::Gate;

/// Classic BPF as the kernel runs it, for the instructions that a seccomp filter may have.
fn run(program: &[Instruction], number: u32, architecture: u32, arguments: &[u64; 6]) -> u32 {
    let mut data = Vec::new();
    data.extend(number.to_le_bytes());
    data.extend(architecture.to_le_bytes());
    data.extend(0_u64.to_le_bytes());
    arguments.iter().for_each(|argument| data.extend(argument.to_le_bytes()));
    let (mut accumulator, mut place) = (0_u32, 0_usize);
    loop {
        let Instruction { code, jt, jf, k } = program[place];
        place += 1;
        let mut branch = |taken: bool| place += usize::from(if taken { jt } else { jf });
        match code {
            LOAD => accumulator = u32::from_le_bytes(data[k as usize..][..4].try_into().unwrap()),
            AND => accumulator &= k,
            JUMP => place += k as usize,
            JUMP_EQUAL => branch(accumulator == k),
            JUMP_ABOVE => branch(accumulator > k),
            JUMP_AT_LEAST => branch(accumulator >= k),
            JUMP_ANY_BIT => branch(accumulator & k != 0),
            RETURN => return k,
            other => panic!("instruction {other:#x}"),
        }
    }
}

/// Arguments on and beside every edge that the row's tests draw, with and without bits that an `int` does not have.
fn grid(rule: Rule) -> Vec<[u64; 6]> {
    let mut lists = vec![vec![0_u64, 1, u64::MAX]; 6];
    if let Rule::Cases(cases, _) = rule {
        for test in cases.iter().flat_map(|case| case.0) {
            let (argument, edges): (u8, Vec<u64>) = match *test {
                Test::Low(argument, mask, values) => (
                    argument,
                    values
                        .iter()
                        .flat_map(|&v| [u64::from(v), u64::from(v) ^ 1, u64::from(v | !mask)])
                        .collect(),
                ),
                Test::AnyBit(argument, bits) => (
                    argument,
                    (0..32)
                        .filter(|bit| bits >> bit & 1 == 1)
                        .map(|bit| 1 << bit)
                        .chain([u64::from(!bits)])
                        .collect(),
                ),
                Test::Null(argument) => (argument, vec![1 << 32, 1 << 63]),
                Test::AtMost(argument, most) => {
                    let most = u64::from(most);
                    (argument, vec![most - 1, most, most + 1, most | 1 << 32])
                }
            };
            lists[usize::from(argument)].extend(edges.iter().flat_map(|&edge| [edge, edge | 0xdead << 32]));
        }
    }
    let mut grid = vec![[0; 6]];
    for (argument, mut list) in lists.into_iter().enumerate() {
        list.sort_unstable();
        list.dedup();
        // Untested arguments must not matter: three values stand for all. No row tests more than three.
        grid = if list.len() <= 3 {
            let count = list.len();
            let rotated = grid.into_iter().enumerate();
            rotated
                .map(|(place, mut arguments)| {
                    arguments[argument] = list[place % count];
                    arguments
                })
                .collect()
        } else {
            grid.into_iter()
                .flat_map(|arguments| {
                    list.iter().map(move |&value| {
                        let mut arguments: [u64; 6] = arguments;
                        arguments[argument] = value;
                        arguments
                    })
                })
                .collect()
        };
    }
    grid
}

#[test]
fn the_program_says_what_the_table_says() {
    for unix in [Unix::Native, Unix::Brokered, Unix::Refused] {
        for gate in [Gate::Off, Gate::Refusals, Gate::Acts] {
            for listener in [Listener::Absent, Listener::Asked] {
                compare(gate, listener, unix);
            }
        }
    }
}

fn compare(gate: Gate, listener: Listener, unix: Unix) {
    let program = program(gate, listener, unix);
    let gate = if listener == Listener::Asked { gate } else { Gate::Off };
    for number in 0..600 {
        let rule =
            row(number).map_or(Rule::Always(Outcome::Refuse(libc::ENOSYS)), |row| row.rule_under(unix));
        for arguments in grid(rule) {
            let act = row(number).is_some_and(|row| row.act) && gate == Gate::Acts;
            let expected = match (verdict(unix, number, &arguments), outcome(unix, number, &arguments)) {
                (Verdict::Allow, Outcome::Allow) if act => RET_USER_NOTIF,
                (Verdict::Allow, Outcome::Allow) => RET_ALLOW,
                (Verdict::Broker, Outcome::Broker) => RET_USER_NOTIF,
                (Verdict::Errno(_), Outcome::Refuse(_)) if gate != Gate::Off => RET_USER_NOTIF,
                (Verdict::Errno(errno), Outcome::Refuse(_) | Outcome::Quietly(_)) => RET_ERRNO | errno as u32,
                other => panic!("{}: {other:?}", name(number)),
            };
            let answer = run(&program, number, NATIVE, &arguments);
            assert_eq!(answer, expected, "{} {arguments:x?} {gate:?} {listener:?} {unix:?}", name(number));
        }
    }
}

#[test]
fn unix_sockets_are_narrowed() {
    let [socket, pair, connect] = [libc::SYS_socket, libc::SYS_socketpair, libc::SYS_connect];
    let answer = |unix, call: libc::c_long, kind: u64| {
        verdict(unix, u32::try_from(call).unwrap(), &[1, kind, 0, 0, 0, 0])
    };
    let refused = |verdict: Verdict| matches!(verdict, Verdict::Errno(_));
    for kind in [1, 5, 1 | 0o4000, 5 | 0o2_000_000] {
        assert_eq!(answer(Unix::Native, socket, kind), Verdict::Allow);
        assert_eq!(answer(Unix::Brokered, socket, kind), Verdict::Allow);
        assert!(refused(answer(Unix::Refused, socket, kind)));
        for unix in [Unix::Native, Unix::Brokered, Unix::Refused] {
            assert_eq!(answer(unix, pair, kind), Verdict::Allow);
        }
    }
    for kind in [2, 2 | 0o4000, 2 | 1 << 32] {
        assert_eq!(answer(Unix::Native, socket, kind), Verdict::Allow);
        assert_eq!(answer(Unix::Native, pair, kind), Verdict::Allow);
        for unix in [Unix::Brokered, Unix::Refused] {
            assert!(refused(answer(unix, socket, kind)) && refused(answer(unix, pair, kind)));
        }
    }
    assert_eq!(answer(Unix::Brokered, connect, 0), Verdict::Broker);
    assert_eq!(answer(Unix::Refused, connect, 0), Verdict::Allow);
}

#[test]
fn other_architectures_and_x32_are_killed() {
    let program = program(Gate::Acts, Listener::Asked, Unix::Native);
    for number in [0, 59, 0x3fff_ffff] {
        assert_eq!(run(&program, number, 0x4000_0003, &[0; 6]), RET_KILL_PROCESS, "i386");
        assert_eq!(run(&program, number | 0x4000_0000, NATIVE, &[0; 6]), RET_KILL_PROCESS, "x32");
        assert_eq!(verdict(Unix::Native, number | 0x4000_0000, &[0; 6]), Verdict::Kill);
    }
    assert_eq!(run(&program, u32::MAX, NATIVE, &[0; 6]), RET_KILL_PROCESS);
}

#[test]
fn no_call_is_listed_twice() {
    for pair in rows().windows(2) {
        assert!(pair[0].number < pair[1].number, "{} {}", pair[0].symbol, pair[1].symbol);
    }
}

#[test]
fn every_line_has_a_reason() {
    assert!(rows().iter().all(|row| !row.why.is_empty()));
}

#[test]
fn the_program_is_short() {
    let lengths =
        [(Gate::Off, Listener::Absent), (Gate::Refusals, Listener::Asked), (Gate::Acts, Listener::Asked)]
            .map(|(g, l)| program(g, l, Unix::Brokered).len());
    assert!(lengths.iter().all(|&length| length < 1000), "{lengths:?}");
}

fn call(symbol: libc::c_long, arguments: [u64; 6]) -> Verdict {
    verdict(Unix::Native, u32::try_from(symbol).unwrap(), &arguments)
}

#[test]
fn namespaces_are_refused_and_threads_are_not() {
    let thread = 0x003d_0f00;
    assert_eq!(call(libc::SYS_clone, [thread, 0, 0, 0, 0, 0]), Verdict::Allow);
    for namespace in [libc::CLONE_NEWUSER, libc::CLONE_NEWNS, libc::CLONE_NEWNET, libc::CLONE_NEWCGROUP] {
        let flags = thread | namespace as u64;
        assert_eq!(call(libc::SYS_clone, [flags, 0, 0, 0, 0, 0]), Verdict::Errno(libc::EPERM));
    }
    assert_eq!(call(libc::SYS_clone3, [0; 6]), Verdict::Errno(libc::ENOSYS));
}

#[test]
fn a_request_is_not_hidden_by_bits_that_the_kernel_drops() {
    let hidden = libc::TIOCSTI | 1 << 40;
    assert_eq!(call(libc::SYS_ioctl, [0, hidden, 0, 0, 0, 0]), Verdict::Errno(libc::EPERM));
    assert_eq!(call(libc::SYS_ioctl, [0, libc::TCGETS, 0, 0, 0, 0]), Verdict::Allow);
}

#[test]
fn an_executable_file_in_memory_cannot_be_made() {
    let [noexec, exec] = [8, 16];
    assert_eq!(call(libc::SYS_memfd_create, [0, noexec, 0, 0, 0, 0]), Verdict::Allow);
    for flags in [0, exec, exec | noexec, 1, 3] {
        assert_eq!(call(libc::SYS_memfd_create, [0, flags, 0, 0, 0, 0]), Verdict::Errno(libc::ENOSYS));
    }
}

#[test]
fn an_event_loop_wakes_itself_and_fast_open_does_not_connect() {
    assert_eq!(call(libc::SYS_sendto, [5, 1, 1, 0, 0, 0]), Verdict::Allow);
    assert_eq!(call(libc::SYS_sendto, [5, 1, 1, 0x2000_0000, 1, 16]), Verdict::Errno(libc::EOPNOTSUPP));
    assert_eq!(call(libc::SYS_sendmsg, [5, 1, 0x2000_4000, 0, 0, 0]), Verdict::Errno(libc::EOPNOTSUPP));
}

#[test]
fn no_file_comes_to_run_as_its_owner() {
    let creating = u64::from((libc::O_CREAT | libc::O_WRONLY).unsigned_abs());
    assert_eq!(call(libc::SYS_openat, [0, 0, creating, 0o4755, 0, 0]), Verdict::Errno(libc::EPERM));
    assert_eq!(call(libc::SYS_openat, [0, 0, creating, 0o755, 0, 0]), Verdict::Allow);
    // Without O_CREAT the fourth register is whatever was left in it.
    assert_eq!(call(libc::SYS_openat, [0, 0, 0, 0o4755, 0, 0]), Verdict::Allow);
    assert_eq!(call(libc::SYS_fchmod, [3, 0o2755, 0, 0, 0, 0]), Verdict::Errno(libc::EPERM));
}
