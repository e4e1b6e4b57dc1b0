//! Path and arguments lie in memory that another thread rewrites without a pause, from before the supervisor looks until
//! after the kernel has looked again.
#![expect(unsafe_code, reason = "plays code that runs in the host")]

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr::null;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::supervise::{loader, own, real, role, scratch, supervise};

const GOOD_PATH: &[u8; 16] = b"/usr/bin/true\0\0\0";
const BAD_PATH: &[u8; 16] = b"/usr/bin/touch\0\0";
const GOOD_TEXT: &[u8; 16] = b"exit 0 # nothing";
const BAD_TEXT: &[u8; 16] = b": > canary-race ";

pub(crate) fn what_is_executed_was_judged() {
    let count = std::env::var("GUARD_RACES").ok().and_then(|count| count.parse().ok()).unwrap_or(4000_u32);
    for kind in ["path", "arguments", "shared"] {
        let (raw, held) = (scratch("raw"), scratch("held"));
        let raw_count = count.min(2000).to_string();
        let done = role(&["host-race", kind, raw.to_str().unwrap(), &raw_count]);
        assert!(done.status.success(), "{done:?}");
        assert!(fired(&raw), "the {kind} race is won without a guard");
        let done = role(&["supervise", kind, held.to_str().unwrap(), &count.to_string()]);
        println!("{kind}: {}", String::from_utf8_lossy(&done.stdout).trim());
        assert!(done.status.success(), "{done:?}");
        assert!(!fired(&held), "{kind}");
        for directory in [raw, held] {
            std::fs::remove_dir_all(directory).unwrap();
        }
    }
}

fn fired(directory: &Path) -> bool {
    std::fs::read_dir(directory).unwrap().next().is_some()
}

/// The supervisor of a race: allows the good path, or the good text, exactly.
pub(crate) fn supervised(kind: &str, directory: &Path, count: u32) {
    let good = if kind == "arguments" {
        (real("/bin/sh"), vec![b"sh".to_vec(), b"-c".to_vec(), GOOD_TEXT.to_vec()])
    } else {
        let canary = directory.join("canary");
        (real("/usr/bin/true"), vec![b"true".to_vec(), canary.as_os_str().as_bytes().to_vec()])
    };
    // The kernel's own list has both programs: only the arguments, and the supervisor, tell them apart.
    let listed = vec![own(), loader(), good.0.clone(), real("/usr/bin/touch")];
    let words = ["host-race", kind, directory.to_str().unwrap(), &count.to_string()].map(str::to_owned);
    let (exit, counts) = supervise(&words.each_ref().map(String::as_str), &[good], listed);
    println!("{count} attempts: {counts:?}");
    assert_eq!(exit, mantrap_jail::Exit::Code(0));
    assert!(counts.ran > 0 && counts.refused > 0 && counts.unseen == 0, "{counts:?}");
}

/// The host: as many attempts, each in a process of its own that shares the memory.
pub(crate) fn host(kind: &str, directory: &Path, count: u32) {
    static OVER: AtomicBool = AtomicBool::new(false);
    std::env::set_current_dir(directory).unwrap();
    let (good, bad) = if kind == "arguments" { (GOOD_TEXT, BAD_TEXT) } else { (GOOD_PATH, BAD_PATH) };
    let flags = if kind == "shared" { libc::MAP_SHARED } else { libc::MAP_PRIVATE };
    // SAFETY: a new mapping, which nothing else uses.
    let page = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ | libc::PROT_WRITE,
            flags | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    } as usize;
    let write = move |text: &[u8; 16]| {
        // SAFETY: both words are in the mapping. That others read them meanwhile is the point.
        unsafe { (page as *mut u128).write_volatile(u128::from_ne_bytes(*text)) }
    };
    write(good);
    let flipper = move || {
        let mut turn = 0_u32;
        while !OVER.load(Ordering::Relaxed) {
            write(if turn.is_multiple_of(2) { bad } else { good });
            turn = turn.wrapping_add(1);
            for _ in 0..(turn.wrapping_mul(2_654_435_761) >> 18) {
                std::hint::spin_loop();
            }
        }
    };
    // A thread for memory of one's own, another process for shared memory.
    // SAFETY: the child uses nothing but the mapping and a flag.
    let other = if kind == "shared" { unsafe { libc::fork() } } else { -1 };
    if other == 0 {
        // SAFETY: asks to be ended with the host.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        flipper();
    }
    let thread = (kind != "shared").then(|| std::thread::spawn(flipper));
    let canary = CString::new(directory.join("canary").as_os_str().as_bytes()).unwrap();
    let text = page as *const libc::c_char;
    let arguments = if kind == "arguments" {
        [c"sh".as_ptr(), c"-c".as_ptr(), text, null()]
    } else {
        [c"true".as_ptr(), canary.as_ptr(), null(), null()]
    };
    let path = if kind == "arguments" { c"/bin/sh".as_ptr() } else { text };
    let nothing = [null::<libc::c_char>()];
    let attempt = Attempt { path, arguments: arguments.as_ptr(), environment: nothing.as_ptr() };
    for _ in 0..count {
        spawn(&attempt);
    }
    OVER.store(true, Ordering::Relaxed);
    if let Some(thread) = thread {
        thread.join().unwrap();
    } else {
        // SAFETY: the child of above.
        unsafe { libc::kill(other, libc::SIGKILL) };
    }
}

struct Attempt {
    path: *const libc::c_char,
    arguments: *const *const libc::c_char,
    environment: *const *const libc::c_char,
}

/// One child in the same memory, as `vfork(2)` makes it, so that the flipping thread changes what the kernel reads.
fn spawn(attempt: &Attempt) {
    extern "C" fn child(attempt: *mut libc::c_void) -> i32 {
        // SAFETY: the parent waits in `clone` until this is over, and passes its own.
        let attempt = unsafe { &*attempt.cast::<Attempt>() };
        // SAFETY: both arrays end in a null pointer.
        unsafe { libc::execve(attempt.path, attempt.arguments, attempt.environment) };
        // SAFETY: ends this process.
        unsafe { libc::_exit(1) }
    }
    let mut stack = vec![0_u128; 4096];
    let top = stack.as_mut_ptr_range().end;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    let attempt: *const Attempt = attempt;
    // SAFETY: the child has a stack of its own, which outlives it: the parent is suspended until it has left.
    let pid = unsafe { libc::clone(child, top.cast(), flags, attempt.cast_mut().cast()) };
    assert!(pid > 0, "{}", std::io::Error::last_os_error());
    // SAFETY: a null pointer asks for no status.
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
}
