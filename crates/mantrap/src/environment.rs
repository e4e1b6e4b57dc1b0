//! The environment, read once. Nothing else in mantrap asks for a variable, the clock or the terminal.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use mantrap_clients::discover::Os;

#[cfg(target_os = "linux")]
use crate::homes::Home;

/// Columns of a report where nothing says how wide the terminal is.
const DEFAULT_WIDTH: usize = 100;

/// What the process was given.
#[derive(Debug)]
pub(crate) struct Environment {
    variables: BTreeMap<String, OsString>,
    /// Columns of the terminal.
    pub(crate) width: usize,
    /// Whether standard input is a terminal.
    pub(crate) stdin_is_terminal: bool,
    /// Whether standard output is a terminal.
    pub(crate) stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub(crate) stderr_is_terminal: bool,
    /// Today in UTC, `YYYY-MM-DD`.
    pub(crate) today: String,
    /// Seconds since 1970.
    pub(crate) now: u64,
}

impl Environment {
    /// Reads everything.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub(crate) fn read() -> Self {
        let variables: BTreeMap<String, OsString> =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        let now = now();
        let columns = variables
            .get("COLUMNS")
            .and_then(|columns| columns.to_str()?.trim().parse().ok())
            .or_else(|| Some(usize::from(terminal_size::terminal_size()?.0.0)));
        Environment {
            width: columns.unwrap_or(DEFAULT_WIDTH).clamp(40, 200),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            today: date(now),
            now,
            variables,
        }
    }

    fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(name).filter(|value| !value.is_empty())
    }

    /// The variables as they were given, empty or not.
    #[cfg(target_os = "linux")]
    pub(crate) const fn variables(&self) -> &BTreeMap<String, OsString> {
        &self.variables
    }

    /// Whether colour is wanted where nothing was said on the command line (no-color.org, bixense.com/clicolors).
    pub(crate) fn wants_color(&self) -> bool {
        let forced = self.variable("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        self.may_color() && (forced || self.stdout_is_terminal)
    }

    /// Whether nothing speaks against colour on a terminal.
    pub(crate) fn may_color(&self) -> bool {
        let dumb = self.variable("TERM").is_some_and(|term| term == "dumb");
        self.variable("NO_COLOR").is_none() && !dumb
    }

    /// The time now, RFC 3339 in UTC.
    #[cfg(unix)]
    pub(crate) fn time(&self) -> String {
        let of_day = self.now % 86_400;
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        format!("{}T{hour:02}:{minute:02}:{second:02}Z", date(self.now))
    }

    /// This user's home directory: `HOME` or `USERPROFILE`, else what the account database says.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        let named = self.variable(name).map(PathBuf::from);
        named.filter(|home| home.is_absolute()).or_else(home_of_this_account)
    }

    /// The homes that this environment names; nothing where the account has none.
    #[cfg(target_os = "linux")]
    fn homes(&self) -> Option<Home> {
        let home = self.home()?;
        let named = |variable: &str, usual: PathBuf| {
            self.variable(variable).map(PathBuf::from).filter(|base| base.is_absolute()).unwrap_or(usual)
        };
        let usual = Home::beneath(&home);
        Some(Home {
            config: named("XDG_CONFIG_HOME", usual.config),
            state: named("XDG_STATE_HOME", usual.state),
            data: named("XDG_DATA_HOME", usual.data),
            home,
        })
    }

    /// As a launch may believe it: homes that somebody of this account decided something in, or else the account's own.
    #[cfg(target_os = "linux")]
    pub(crate) fn of_a_launch(mut self) -> Self {
        let Some(own) = home_of_this_account().filter(|home| home.is_dir()) else { return self };
        let own = Home::beneath(&own);
        if self.homes().is_some_and(|said| said == own || said.is_known_to(&own)) {
            return self;
        }
        for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
            self.variables.remove(variable);
        }
        self.variables.insert("HOME".into(), own.home.into());
        self
    }

    /// Makes known that somebody decides something in the homes that this environment names.
    #[cfg(target_os = "linux")]
    pub(crate) fn make_homes_known(&self) -> std::io::Result<()> {
        let own = home_of_this_account().filter(|home| home.is_dir()).map(|home| Home::beneath(&home));
        match (self.homes(), own) {
            (Some(said), Some(own)) if said != own => said.become_known_to(&own),
            _ => Ok(()),
        }
    }

    /// The user's own file of exceptions, whether it exists or not.
    pub(crate) fn user_config(&self) -> Option<PathBuf> {
        let base = match self.variable("XDG_CONFIG_HOME").map(PathBuf::from) {
            Some(base) if base.is_absolute() => base,
            _ => self.home()?.join(".config"),
        };
        Some(base.join("mantrap").join("mantrap.toml"))
    }

    /// The day so many seconds ago in UTC, `YYYY-MM-DD`.
    #[cfg(target_os = "linux")]
    pub(crate) fn date_before(&self, seconds: u64) -> String {
        date(self.now.saturating_sub(seconds))
    }

    /// Where this user's journal is, whether it exists or not.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        Some(self.state()?.join("journal"))
    }

    /// Where mantrap remembers things of this user's, whether it exists or not.
    pub(crate) fn state(&self) -> Option<PathBuf> {
        let base = match self.variable("XDG_STATE_HOME").map(PathBuf::from) {
            Some(base) if base.is_absolute() => base,
            _ => self.home()?.join(".local/state"),
        };
        Some(base.join("mantrap"))
    }

    /// Where questions to a person wait, beside the journal.
    #[cfg(unix)]
    pub(crate) fn questions(&self) -> Option<PathBuf> {
        Some(self.journal()?.with_file_name("questions"))
    }

    /// What a person allowed for good, beside what was approved.
    #[cfg(unix)]
    pub(crate) fn consents(&self) -> Option<PathBuf> {
        Some(self.user_config()?.parent()?.join("trust").join("consents.json"))
    }

    /// Where it is kept what was changed in clients' files, beside the journal.
    #[cfg(target_os = "linux")]
    pub(crate) fn protected(&self) -> Option<PathBuf> {
        Some(self.journal()?.with_file_name("protect"))
    }

    /// Where secrets are kept that stood in clients' files, beside the store.
    #[cfg(target_os = "linux")]
    pub(crate) fn secrets(&self) -> Option<PathBuf> {
        Some(self.store()?.with_file_name("secrets"))
    }

    /// Where programs are looked for.
    #[cfg(target_os = "linux")]
    pub(crate) fn search(&self) -> OsString {
        self.variable("PATH").cloned().unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
    }

    /// Where this user's package store is, whether it exists or not: absolute, and without links as far as it exists.
    pub(crate) fn store(&self) -> Option<PathBuf> {
        let base = match self.variable("XDG_DATA_HOME").map(PathBuf::from) {
            Some(base) if base.is_absolute() => base,
            _ => self.home()?.join(".local/share"),
        };
        Some(base.canonicalize().unwrap_or(base).join("mantrap").join("store"))
    }

    /// Everything that installers read of the environment; what of it counts is theirs to say.
    #[cfg(target_os = "linux")]
    pub(crate) fn surroundings(&self) -> mantrap_launch::install::Surroundings {
        mantrap_launch::install::Surroundings { variables: self.variables.clone(), home: self.home() }
    }

    /// Where mantrap keeps what decides: its configuration, locks, journal and store, this user's and the machine's,
    /// whether they exist or not; and its program.
    #[cfg(target_os = "linux")]
    pub(crate) fn own_places(&self) -> Vec<PathBuf> {
        let beneath = |variable: &str, place: &str| {
            let named = self.variable(variable).map(PathBuf::from).filter(|base| base.is_absolute());
            let base = named.or_else(|| Some(self.home()?.join(place)))?;
            Some(base.canonicalize().unwrap_or(base).join("mantrap"))
        };
        let user = [
            beneath("XDG_CONFIG_HOME", ".config"),
            beneath("XDG_STATE_HOME", ".local/state"),
            beneath("XDG_DATA_HOME", ".local/share"),
        ];
        let machine = ["/etc/mantrap", "/var/lib/mantrap"].map(PathBuf::from);
        user.into_iter().flatten().chain(machine).chain(std::env::current_exe().ok()).collect()
    }

    /// The variables as relocations of client configs (`CLAUDE_CONFIG_DIR`, `XDG_CONFIG_HOME`, `APPDATA`, …). The
    /// catalogue decides which ones count.
    pub(crate) fn relocations(&self) -> BTreeMap<String, String> {
        let text = |(name, value): (&String, &OsString)| Some((name.clone(), value.to_str()?.to_owned()));
        self.variables.iter().filter_map(text).collect()
    }
}

/// Seconds since 1970, by the clock of this moment.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The system that mantrap runs on.
pub(crate) fn this_system() -> Os {
    if cfg!(windows) {
        Os::Windows
    } else if cfg!(target_os = "macos") {
        Os::Macos
    } else {
        Os::Linux
    }
}

/// `pw_dir` of the account that owns this process, from `/etc/passwd` (passwd(5)): services run without `HOME`.
#[cfg(unix)]
fn home_of_this_account() -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let account = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let origin = mantrap_clients::Origin::file("/etc/passwd");
    let path = Path::new("/etc/passwd");
    let bytes = mantrap_clients::source::read_regular_file(path, &origin, 1024 * 1024).ok()?;
    let accounts = String::from_utf8_lossy(&bytes);
    let home = accounts.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (*fields.get(2)? == account).then(|| PathBuf::from(fields.get(5).copied().unwrap_or_default()))
    });
    home.filter(|home| home.is_absolute())
}

#[cfg(not(unix))]
fn home_of_this_account() -> Option<PathBuf> {
    None
}

fn date(seconds: u64) -> String {
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The proleptic Gregorian date of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date
/// algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_778), (2026, 11, 21));
    }
}
