//! Which homes an account has. A host may start `mantrap run` with any environment, one that came out of data among them; so
//! what that says of homes counts only where a person of this account decided something. Anything else means the home that
//! the machine's own list of accounts names. `docs/decisions/home.md` says why.
//!
//! What is known is one line per home in the state of the account's own, with a mark that lies in the other one. Whoever makes a home of
//! the same path later has not got the mark.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use mantrap_launch::Digest;
use rustix::fs::{FlockOperation, OFlags, flock};

/// Bytes that are read of the list, and at which what is gone is left out of it.
const LARGEST: u64 = 1 << 20;
const MUCH: usize = 64 << 10;
/// Bytes of a mark.
const MARK: usize = 64;
/// Never through a link, and nothing is waited for.
const FLAGS: i32 = (OFlags::NOFOLLOW.bits() | OFlags::NONBLOCK.bits()).cast_signed();

/// The directories that decide, with `mantrap` in each but the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) home: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) data: PathBuf,
}

impl Home {
    /// That of an account whose environment says nothing else.
    pub(crate) fn beneath(home: &Path) -> Self {
        Self {
            home: home.into(),
            config: home.join(".config"),
            state: home.join(".local/state"),
            data: home.join(".local/share"),
        }
    }

    /// Whether somebody of the account whose own home is `own` decided something here.
    pub(crate) fn is_known_to(&self, own: &Self) -> bool {
        let known = || -> io::Result<bool> {
            let file = File::options().read(true).custom_flags(FLAGS).open(own.list())?;
            flock(&file, FlockOperation::LockShared)?;
            let mut text = String::new();
            file.take(LARGEST).read_to_string(&mut text)?;
            let line = self.line(&self.mark()?);
            Ok(text.lines().any(|known| known == line))
        };
        known().unwrap_or(false)
    }

    /// Makes it known that somebody of the account whose own home is `own` decides something here.
    pub(crate) fn become_known_to(&self, own: &Self) -> io::Result<()> {
        let mark = self.mark().or_else(|_| self.make_mark())?;
        let line = self.line(&mark);
        let list = own.list();
        if let Some(folder) = list.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut options = File::options();
        let mut file =
            options.read(true).append(true).create(true).mode(0o600).custom_flags(FLAGS).open(&list)?;
        flock(&file, FlockOperation::LockExclusive)?;
        let mut text = String::new();
        Read::by_ref(&mut file).take(LARGEST).read_to_string(&mut text)?;
        if text.lines().any(|known| known == line) {
            return Ok(());
        }
        if text.len() > MUCH {
            let is_there =
                |line: &&str| line.split_once(' ').is_some_and(|(_, path)| Path::new(path).exists());
            let kept: Vec<&str> = text.lines().filter(is_there).collect();
            file.set_len(0)?;
            file.rewind()?;
            file.write_all((kept.join("\n") + "\n").as_bytes())?;
        }
        file.write_all(format!("{line}\n").as_bytes())
    }

    fn list(&self) -> PathBuf {
        self.state.join("mantrap/homes")
    }

    fn mark_path(&self) -> PathBuf {
        self.config.join("mantrap/trust/home")
    }

    fn mark(&self) -> io::Result<String> {
        let mut mark = String::new();
        let file = File::options().read(true).custom_flags(FLAGS).open(self.mark_path())?;
        file.take(MARK as u64 + 1).read_to_string(&mut mark)?;
        let is_one = mark.len() == MARK && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then_some(mark).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn make_mark(&self) -> io::Result<String> {
        let mut random = [0; MARK / 2];
        File::open("/dev/urandom")?.read_exact(&mut random)?;
        let mark: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = self.mark_path();
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        // One that is none is not worth keeping; one that somebody made meanwhile is.
        if path.symlink_metadata().is_ok_and(|metadata| metadata.len() != MARK as u64) {
            fs::remove_file(&path)?;
        }
        match File::options().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => file.write_all(mark.as_bytes()).map(|()| mark),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.mark(),
            Err(error) => Err(error),
        }
    }

    /// Everything that decides, with the mark; the path behind it is for people.
    fn line(&self, mark: &str) -> String {
        let mut all = mark.as_bytes().to_vec();
        for path in [&self.home, &self.config, &self.state, &self.data] {
            all.push(0);
            all.extend(path.as_os_str().as_encoded_bytes());
        }
        let path: String = self.config.to_string_lossy().chars().filter(|sign| !sign.is_control()).collect();
        format!("{} {path}", Digest::of(&all).hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_known_by_its_paths_and_its_mark_and_by_nothing_else() {
        let folder = std::env::temp_dir().join(format!("mantrap-homes-{}", std::process::id()));
        let own = Home::beneath(&folder.join("own"));
        let other = Home::beneath(&folder.join("other"));
        assert!(!other.is_known_to(&own));
        other.become_known_to(&own).unwrap();
        other.become_known_to(&own).unwrap();
        assert!(other.is_known_to(&own) && !own.is_known_to(&own));
        assert_eq!(fs::read(own.list()).unwrap().iter().filter(|byte| **byte == b'\n').count(), 1);
        // With one place of it elsewhere.
        for change in [
            |home: &mut Home| home.state = "/nowhere".into(),
            |home: &mut Home| home.data = "/nowhere".into(),
            |home: &mut Home| home.home = "/nowhere".into(),
        ] {
            let mut mixed = other.clone();
            change(&mut mixed);
            assert!(!mixed.is_known_to(&own));
        }
        // A copy, its mark included, is at another path; one at the same path has another mark.
        let copy = Home::beneath(&folder.join("copy"));
        fs::create_dir_all(copy.mark_path().parent().unwrap()).unwrap();
        fs::copy(other.mark_path(), copy.mark_path()).unwrap();
        assert!(!copy.is_known_to(&own));
        fs::remove_dir_all(&other.home).unwrap();
        other.make_mark().unwrap();
        assert!(!other.is_known_to(&own));
        fs::remove_dir_all(&folder).unwrap();
    }
}
