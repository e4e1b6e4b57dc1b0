//! One run of an installer in the jail: nothing of the user's is there but what it is given, its output is bounded, and
//! it ends.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use mantrap_jail::{Act, Exit, Gate, Jail, Profile, Report, Right, View};

use super::settings::Reach;
use super::{How, InstallError};
use crate::store::Limits;
use crate::visible;

/// Bytes of output that are kept; the rest is read and forgotten.
const KEPT: u64 = 4 << 20;
/// Characters of an installer's own words in an error.
const SAID: usize = 1500;
/// How often the size of what is installed is looked at.
const PAUSE: Duration = Duration::from_millis(200);
/// The private home inside, where nothing is.
const HOME: &str = "/home/user";

/// What is to be run.
pub(super) struct Errand<'a> {
    /// For errors.
    pub(super) tool: &'static str,
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<OsString>,
    pub(super) reach: &'a Reach,
    /// Read and executed.
    pub(super) installations: Vec<PathBuf>,
    /// Written, or built in; watched for its size.
    pub(super) staging: (&'a Path, Right),
    pub(super) how: &'a How,
    /// Whether the network is there at all.
    pub(super) online: bool,
    /// What else is there.
    pub(super) views: Vec<View>,
    pub(super) variables: Vec<(OsString, OsString)>,
}

impl Errand<'_> {
    /// Runs it to its end; answers what it printed.
    pub(super) fn run(self) -> Result<Vec<u8>, InstallError> {
        let profile = self.profile()?;
        let pipes =
            || -> std::io::Result<_> { Ok((std::io::pipe()?, std::io::pipe()?, File::open("/dev/null")?)) };
        let failed = |error| InstallError::io("the installer's output cannot be received", error);
        let ((output, output_in), (errors, errors_in), input) = pipes().map_err(failed)?;
        let standard: [OwnedFd; 3] = [input.into(), output_in.into(), errors_in.into()];
        let jail = Jail::start(&profile, standard).map_err(InstallError::Jail)?;
        let is_over = AtomicBool::new(false);
        let is_huge = AtomicBool::new(false);
        let (printed, said) = thread::scope(|scope| {
            let printed = scope.spawn(|| collect(output));
            let said = scope.spawn(|| collect(errors));
            scope.spawn(|| {
                while !is_over.load(Ordering::Acquire) {
                    if is_larger(self.staging.0, self.how.limits) {
                        is_huge.store(true, Ordering::Release);
                        jail.kill();
                    }
                    thread::sleep(PAUSE);
                }
            });
            // Both end when the last process of the jail does.
            let printed = printed.join().unwrap_or_default();
            let said = said.join().unwrap_or_default();
            is_over.store(true, Ordering::Release);
            (printed, said)
        });
        let report = jail.wait().map_err(InstallError::Jail)?;
        match report.exit {
            _ if is_huge.into_inner() => Err(InstallError::Huge(self.tool)),
            Exit::Code(0) => Ok(printed),
            Exit::TimedOut => Err(InstallError::Stalled(self.tool)),
            _ => Err(InstallError::Failed {
                tool: self.tool,
                said: account(self.reach, &said, &printed, &report),
            }),
        }
    }

    fn profile(&self) -> Result<Profile, InstallError> {
        let mut arguments: Vec<OsString> = vec![self.program.into()];
        arguments.extend(self.arguments.iter().cloned());
        let mut profile = Profile::new(self.program, arguments, HOME);
        let seen =
            |path: &Path| ["/usr", "/bin", "/lib", "/lib64"].iter().any(|place| path.starts_with(place));
        for path in self.installations.iter().filter(|path| !seen(path)) {
            profile.view.push(View { path: path.clone(), right: Right::Exec });
        }
        let (staging, right) = self.staging;
        profile.view.push(View { path: staging.into(), right });
        profile.directory = staging.into();
        profile.environment = vec![
            ("HOME".into(), HOME.into()),
            ("TMPDIR".into(), staging.join("scratch").into()),
            ("PATH".into(), "/usr/bin:/bin".into()),
            ("LANG".into(), "C.UTF-8".into()),
            // Two compilations give the same bytes.
            ("PYTHONHASHSEED".into(), "0".into()),
            ("SOURCE_DATE_EPOCH".into(), "315532800".into()),
        ];
        profile.limits.time = Some(self.how.patience);
        profile.gate = Gate::Refusals;
        profile.waived.clone_from(&self.how.waived);
        if self.online {
            profile.view.extend(self.reach.views.iter().cloned());
            profile.environment.extend(self.reach.environment.iter().cloned());
            profile.secrets.clone_from(&self.reach.secrets);
            profile.net.clone_from(&self.reach.net);
        }
        profile.view.extend(self.views.iter().cloned());
        profile.environment.retain(|(name, _)| !self.variables.iter().any(|(own, _)| own == name));
        profile.environment.extend(self.variables.iter().cloned());
        // One view per path, parents first.
        profile.view.sort_by(|one, other| one.path.cmp(&other.path));
        profile.view.dedup();
        Ok(profile)
    }
}

fn collect(mut pipe: std::io::PipeReader) -> Vec<u8> {
    let mut kept = Vec::new();
    let _ = pipe.by_ref().take(KEPT).read_to_end(&mut kept);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    kept
}

/// Whether more is there than a tree and what is needed to make it may take: twice a tree.
fn is_larger(root: &Path, limits: Limits) -> bool {
    let mut left = (limits.items.saturating_mul(2), limits.bytes.saturating_mul(2));
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        // It changes while it is looked at: what is gone does not count.
        for entry in fs::read_dir(directory).into_iter().flatten().map_while(Result::ok) {
            let Ok(metadata) = entry.metadata() else { continue };
            let room = left.0.checked_sub(1).zip(left.1.checked_sub(metadata.len()));
            let Some(room) = room else { return true };
            left = room;
            if metadata.is_dir() {
                open.push(entry.path());
            }
        }
    }
    false
}

/// The last words of an installer, and what it was refused, made harmless for a terminal.
fn account(reach: &Reach, said: &[u8], printed: &[u8], report: &Report) -> String {
    let said = if said.iter().all(u8::is_ascii_whitespace) { printed } else { said };
    let text = reach.censored(said);
    let text = text.trim();
    let from = text.char_indices().rev().nth(SAID).map_or(0, |(at, _)| at);
    let mut account = String::new();
    let lines = text.get(from..).unwrap_or_default().lines();
    let telling = lines.map(|line| line.trim().trim_start_matches("npm error").trim()).filter(|line| {
        // A log that is gone when this is read, and advice for another program.
        !line.is_empty()
            && !["A complete log", "network In", "network If"].iter().any(|vain| line.starts_with(vain))
    });
    for (nth, line) in telling.enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(account, "{}{}", if nth > 0 { "; " } else { "" }, visible(line));
    }
    if account.is_empty() {
        let _ = write!(account, "it ended with {:?}", report.exit);
    }
    let missing = report.attempts.iter().filter(|attempt| matches!(attempt.act, Act::Resolve | Act::Connect));
    for attempt in missing.take(3) {
        let _ = write!(
            account,
            " (it wanted `{}`, which is no configured registry)",
            visible(&attempt.target.to_string())
        );
    }
    account
}
