//! A supervisor that allows some programs exactly, counts what became of each wish, and prints it.

use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc::channel;

use mantrap_jail::guard::{Event, Guard, Host, Image, Launched, Layer};
use mantrap_jail::{Exit, Profile, Right, View};

/// A program, and arguments that are allowed, the name first.
pub(crate) type Allowed = (PathBuf, Vec<Vec<u8>>);

/// What became of all wishes.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) ran: usize,
    pub(crate) failed: usize,
    pub(crate) gone: usize,
    pub(crate) replaced: usize,
    pub(crate) unseen: usize,
    pub(crate) refused: usize,
}

/// Runs this program with these arguments as a guarded host that may start these.
pub(crate) fn supervise(arguments: &[&str], allowed: &[Allowed], listed: Vec<PathBuf>) -> (Exit, Counts) {
    let host = Host {
        program: own(),
        arguments: words(arguments),
        environment: std::env::vars_os().collect(),
        layer: Layer::Listed(listed),
    };
    answer(Guard::start(&host).unwrap(), arguments, allowed)
}

/// The same in a jail that may write to this directory, and start nothing but itself.
pub(crate) fn supervise_jailed(arguments: &[&str], writes: &Path, listed: Vec<PathBuf>) -> (Exit, Counts) {
    let view = |path: PathBuf, right| View { path, right };
    let mut profile = Profile::new(own(), words(arguments), "/home/guarded");
    profile.view = vec![view(own(), Right::Exec), view(writes.to_owned(), Right::Write)];
    let standard = [0, 1, 2].map(|_| std::io::stderr().as_fd().try_clone_to_owned().unwrap());
    answer(Guard::start_jailed(&profile, Layer::Listed(listed), standard).unwrap(), arguments, &[])
}

fn words(arguments: &[&str]) -> Vec<OsString> {
    [own().into()].into_iter().chain(arguments.iter().map(OsString::from)).collect()
}

fn answer(mut guard: Guard, arguments: &[&str], allowed: &[Allowed]) -> (Exit, Counts) {
    let first: Allowed =
        (own(), words(arguments).into_iter().map(|word| word.into_encoded_bytes()).collect());
    let (told, news) = channel();
    let mut counts = Counts::default();
    let nothing = rustix::event::eventfd(0, rustix::event::EventfdFlags::CLOEXEC).unwrap();
    let exit = loop {
        match guard.next(nothing.as_fd()).unwrap() {
            Event::Ended(exit) => break exit,
            Event::Other => {}
            Event::Asked(asked) => {
                let fits = |(_, arguments): &&Allowed| *arguments == asked.arguments && asked.whole;
                let of_these: Vec<&Allowed> = [&first].into_iter().chain(allowed).filter(fits).collect();
                let program = asked
                    .program()
                    .ok()
                    .filter(|program| of_these.iter().any(|(path, _)| *path == program.path));
                match program.and_then(|program| Image::of(&asked, &program, |_| Ok(())).ok()) {
                    Some(image) => {
                        let told = told.clone();
                        asked.launch(image, move |launched| drop(told.send(launched)));
                    }
                    None => {
                        counts.refused += 1;
                        asked.refuse(13);
                    }
                }
            }
        }
    };
    drop(told);
    for launched in news {
        match launched {
            Launched::Runs => counts.ran += 1,
            Launched::Failed => counts.failed += 1,
            Launched::Gone => counts.gone += 1,
            Launched::Replaced => counts.replaced += 1,
            Launched::NotSeen(error) => {
                eprintln!("not seen: {error}");
                counts.unseen += 1;
            }
        }
    }
    (exit, counts)
}

pub(crate) fn own() -> PathBuf {
    std::env::current_exe().unwrap().canonicalize().unwrap()
}

/// Runs this program in one of its roles, and ends it if it takes too long.
pub(crate) fn role(words: &[&str]) -> Output {
    Command::new("/usr/bin/timeout").args(["-s", "KILL", "300"]).arg(own()).args(words).output().unwrap()
}

/// The file itself, without links.
pub(crate) fn real(path: &str) -> PathBuf {
    Path::new(path).canonicalize().unwrap()
}

/// A directory of this test's own.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("mantrap-guard-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir(&path).unwrap();
    path.canonicalize().unwrap()
}

/// The loader, which the kernel opens with every dynamically linked program.
pub(crate) fn loader() -> PathBuf {
    let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
    loaders.iter().find_map(|path| Path::new(path).canonicalize().ok()).unwrap()
}
