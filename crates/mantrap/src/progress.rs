//! What is being done, on a terminal, when it takes longer than a second.

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::environment::Environment;

/// What is over before this is not worth a word.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(250);
const BAR: [&str; 6] = ["[=   ]", "[==  ]", "[ == ]", "[  ==]", "[   =]", "[    ]"];

/// Does something, and says on standard error that it is being done, how far it is, and for how long.
pub(crate) fn during<T>(
    environment: &Environment,
    what: &str,
    how_far: impl Fn() -> String + Send,
    act: impl FnOnce() -> T,
) -> T {
    if !environment.stderr_is_terminal {
        return act();
    }
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let begun = Instant::now();
            let mut wait = PATIENCE;
            let mut bars = BAR.iter().cycle();
            // Nobody is told when the terminal is gone.
            while waiting.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = PAUSE;
                let bar = bars.next().copied().unwrap_or_default();
                let line = format!("{bar} {what}  {}  {} s", how_far(), begun.elapsed().as_secs());
                let line = mantrap_scan::excerpt::visible_lines(&line);
                let fits: String = line.chars().take(environment.width.saturating_sub(1)).collect();
                let _ = write!(std::io::stderr(), "\r\u{1b}[K{fits}");
            }
            if wait == PAUSE {
                let _ = write!(std::io::stderr(), "\r\u{1b}[K");
            }
        });
        let result = act();
        // The line is gone before anything else is said.
        drop(done);
        result
    })
}

/// About how many megabytes lie there. It changes while it is looked at.
pub(crate) fn megabytes_below(directory: &Path) -> String {
    let mut open = vec![directory.to_path_buf()];
    let mut sum = 0_u64;
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().map_while(Result::ok) {
            let Ok(metadata) = entry.metadata() else { continue };
            match metadata.is_dir() {
                true => open.push(entry.path()),
                false => sum = sum.saturating_add(metadata.len()),
            }
        }
    }
    format!("{} MB", sum >> 20)
}
