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

/// Does something, and says on standard error that it is being done, for how long, and how much is there already: the
/// bytes in `staging` of the store at `root`.
pub(super) fn during<T>(environment: &Environment, what: &str, root: &Path, act: impl FnOnce() -> T) -> T {
    if !environment.stderr_is_terminal {
        return act();
    }
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let begun = Instant::now();
            let mut wait = PATIENCE;
            let mut bars = BAR.iter().cycle();
            let mut is_shown = false;
            while waiting.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = PAUSE;
                is_shown = true;
                let bar = bars.next().copied().unwrap_or_default();
                let line = format!(
                    "{bar} {}  {} MB  {} s",
                    mantrap_launch::visible(what),
                    bytes_below(&root.join("staging")) >> 20,
                    begun.elapsed().as_secs()
                );
                let fits: String = line.chars().take(environment.width.saturating_sub(1)).collect();
                // Nobody is told when the terminal is gone.
                let _ = write!(std::io::stderr(), "\r\u{1b}[K{fits}");
            }
            if is_shown {
                let _ = write!(std::io::stderr(), "\r\u{1b}[K");
            }
        });
        let result = act();
        drop(done);
        result
    })
}

/// About how much lies there. It changes while it is looked at.
fn bytes_below(directory: &Path) -> u64 {
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
    sum
}
