//! Every way that this kernel knows to become another program, each from a process of its own.
#![expect(unsafe_code, reason = "plays code that runs in the host")]

use std::ffi::CString;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::supervise::{loader, own, role, scratch, supervise, supervise_jailed};

/// A way to `touch` the file; it need not come back.
pub(crate) type Way = fn(&Path);

pub(crate) const WAYS: &[(&str, Way)] = &[
    ("execve", |canary| execve("/usr/bin/touch", &["touch", text(canary)])),
    ("posix_spawn", |canary| drop(Command::new("touch").arg(canary).status())),
    ("shell", |canary| drop(Command::new("sh").args(["-c", &format!("touch {}", text(canary))]).status())),
    ("loader", |canary| execve(text(&loader()), &["ld.so", "/usr/bin/touch", text(canary)])),
    ("thread", |canary| {
        let canary = canary.to_owned();
        let _ = std::thread::spawn(move || execve("/usr/bin/touch", &["touch", text(&canary)])).join();
    }),
    ("execveat", |canary| {
        let file = fs::File::open("/usr/bin/touch").unwrap();
        execveat(file.as_raw_fd(), &["touch", text(canary)]);
    }),
    ("memfd", |canary| execveat(memory().as_raw_fd(), &["touch", text(canary)])),
    ("memfd-path", |canary| {
        let file = memory();
        execve(&format!("/proc/self/fd/{}", file.as_raw_fd()), &["touch", text(canary)]);
    }),
    ("script", |canary| {
        let script = canary.with_extension("script");
        let mut file = fs::File::create(&script).unwrap();
        writeln!(file, "#!/bin/sh\ntouch {}", text(canary)).unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o755)).unwrap();
        drop(file);
        execve(text(&script), &["script"]);
    }),
    ("copy", |canary| {
        let copy = canary.with_extension("copy");
        fs::copy("/usr/bin/touch", &copy).unwrap();
        execve(text(&copy), &["touch", text(canary)]);
    }),
    ("link", |canary| {
        let link = canary.with_extension("link");
        std::os::unix::fs::symlink("/usr/bin/touch", &link).unwrap();
        execve(text(&link), &["touch", text(canary)]);
    }),
    ("own-program", |canary| execve(text(&own()), &["own", "write", text(canary)])),
    ("daemon", |canary| {
        for _ in 0..2 {
            // SAFETY: the parent only waits.
            let child = unsafe { libc::fork() };
            if child != 0 {
                // SAFETY: a null pointer asks for no status.
                unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
                return;
            }
            // SAFETY: takes no pointer.
            unsafe { libc::setsid() };
        }
        execve("/usr/bin/touch", &["touch", text(canary)]);
    }),
    ("namespace", |canary| {
        // SAFETY: takes no pointer. Where it is refused the way is that of `execve`.
        unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) };
        execve("/usr/bin/touch", &["touch", text(canary)]);
    }),
];

pub(crate) fn no_way_leads_out() {
    let (raw, held, jailed) = (scratch("acts-raw"), scratch("acts-held"), scratch("acts-jailed"));
    let done = role(&["host-acts", text(&raw)]);
    assert!(done.status.success(), "{done:?}");
    for (kind, directory) in [("bare", &held), ("jailed", &jailed)] {
        let done = role(&["supervise-acts", kind, text(directory)]);
        println!("{kind} {}", String::from_utf8_lossy(&done.stdout).trim());
        assert!(done.status.success(), "{done:?}");
    }
    for (name, _) in WAYS {
        assert!(raw.join(name).exists(), "{name} works without a guard");
        assert!(!held.join(name).exists() && !jailed.join(name).exists(), "{name}");
    }
    assert_eq!(fs::read_to_string(held.join("calls")).unwrap(), "ptrace 1 ring 38 writev 1 foreign true");
    // The host came to its end there, too.
    assert!(jailed.join("calls").exists());
    // Whether this kernel has rings and calls of 32 bits is its own affair.
    let calls = fs::read_to_string(raw.join("calls")).unwrap();
    assert!(calls.starts_with("ptrace 0 ring ") && !calls.contains("writev 1 "), "{calls}");
    for directory in [raw, held, jailed] {
        fs::remove_dir_all(directory).unwrap();
    }
}

pub(crate) fn supervised(jailed: bool, directory: &Path) {
    // Even if the supervisor allowed everything the kernel would execute nothing but these; and `touch`, so that it is
    // the supervisor that is tried.
    let listed = vec![own(), loader(), "/usr/bin/touch".into(), crate::supervise::real("/bin/sh")];
    let words = ["host-acts", text(directory)];
    let (exit, counts) =
        if jailed { supervise_jailed(&words, directory, listed) } else { supervise(&words, &[], listed) };
    println!("{counts:?}");
    assert_eq!(exit, mantrap_jail::Exit::Code(0));
    assert!(
        counts.ran == 1 && counts.refused >= WAYS.len() && counts.unseen + counts.replaced == 0,
        "{counts:?}"
    );
}

pub(crate) fn host(directory: &Path) {
    std::env::set_current_dir("/").unwrap();
    for (name, way) in WAYS {
        let canary = directory.join(name);
        let status = in_a_child(|| way(&canary));
        assert_eq!(status & 0x7f, 0, "{name} {status:#x}");
    }
    let calls = format!(
        "ptrace {} ring {} writev {} foreign {}",
        errno(libc::SYS_ptrace, [u64::from(libc::PTRACE_TRACEME), 0, 0]),
        // A ring without parameters is EFAULT (14) where rings are known.
        errno(libc::SYS_io_uring_setup, [1, 0, 0]),
        errno(libc::SYS_process_vm_writev, [u64::from(std::process::id()), 0, 0]),
        foreign_call_kills(),
    );
    fs::write(directory.join("calls"), calls).unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The status of a child that does this.
fn in_a_child(act: impl FnOnce()) -> i32 {
    // SAFETY: this program has one thread here.
    let child = unsafe { libc::fork() };
    if child == 0 {
        act();
        // SAFETY: ends this process.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    status
}

fn execve(path: &str, arguments: &[&str]) {
    let path = CString::new(path).unwrap();
    with(arguments, |arguments| {
        // SAFETY: the array ends in a null pointer, and what it points to lives through the call.
        unsafe { libc::execve(path.as_ptr(), arguments, std::ptr::null()) };
    });
}

fn execveat(file: i32, arguments: &[&str]) {
    with(arguments, |arguments| {
        let nothing = std::ptr::null::<*const libc::c_char>();
        // SAFETY: as above.
        unsafe {
            libc::syscall(libc::SYS_execveat, file, c"".as_ptr(), arguments, nothing, libc::AT_EMPTY_PATH)
        };
    });
}

fn with(arguments: &[&str], act: impl FnOnce(*const *const libc::c_char)) {
    let texts: Vec<CString> = arguments.iter().map(|text| CString::new(*text).unwrap()).collect();
    let pointers: Vec<_> = texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
    act(pointers.as_ptr());
}

/// `touch`, in memory alone.
fn memory() -> fs::File {
    // SAFETY: the name is NUL-terminated.
    let descriptor = unsafe { libc::memfd_create(c"touch".as_ptr(), 0) };
    // SAFETY: the kernel has just made it.
    let mut file = unsafe { fs::File::from_raw_fd(descriptor) };
    let mut bytes = Vec::new();
    fs::File::open("/usr/bin/touch").unwrap().read_to_end(&mut bytes).unwrap();
    file.write_all(&bytes).unwrap();
    // It cannot be executed while somebody may write to it.
    let path =
        CString::new(Path::new(&format!("/proc/self/fd/{descriptor}")).as_os_str().as_bytes()).unwrap();
    // SAFETY: the path is NUL-terminated.
    let again = unsafe { libc::open(path.as_ptr(), libc::O_RDONLY) };
    // SAFETY: the kernel has just made it.
    unsafe { fs::File::from_raw_fd(again) }
}

/// What a call answers in a process of its own: 0 or its errno.
fn errno(number: libc::c_long, [first, second, third]: [u64; 3]) -> i32 {
    let status = in_a_child(|| {
        // SAFETY: no pointer among the arguments but null ones.
        let result = unsafe { libc::syscall(number, first, second, third, 0, 0, 0) };
        let errno =
            if result == -1 { std::io::Error::last_os_error().raw_os_error().unwrap_or(255) } else { 0 };
        // SAFETY: ends this process.
        unsafe { libc::_exit(errno) };
    });
    status >> 8 & 0xff
}

/// Whether a call by the numbers of 32 bits ends the process (it is `getpid`, which harms nobody).
fn foreign_call_kills() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        let status = in_a_child(|| {
            // SAFETY: number 20 of 32 bits takes no argument; `rax` alone is written.
            unsafe {
                std::arch::asm!("int 0x80", inout("rax") 20_i64 => _, out("r8") _, out("r9") _, out("r10") _, out("r11") _)
            };
        });
        status & 0x7f != 0
    }
    #[cfg(not(target_arch = "x86_64"))]
    true
}
