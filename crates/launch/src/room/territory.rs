//! Places that are never granted, and places that are granted only with a word about them.

use std::path::{Path, PathBuf};

use mantrap_jail::Right;

/// Where the operating system's own programs and libraries are: there by default, unless `no-system` is said.
pub const SYSTEM: [&str; 8] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libexec"];

/// What nobody may write from a jail, because every program on the machine believes it.
const BELIEVED: [&str; 3] = ["/etc", "/boot", "/var/lib/dpkg"];

/// What is mantrap's own, and this user's.
#[derive(Debug)]
pub struct Territory {
    home: Option<PathBuf>,
    /// mantrap's directories and its program.
    own: Vec<PathBuf>,
}

/// Something that is granted only because it was asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// The grant is the sensitive place, or lies in it.
    Is,
    /// The sensitive place lies beneath the grant.
    Holds,
}

impl Territory {
    /// Of the user with this home, and mantrap's own places.
    #[must_use]
    pub fn new(home: Option<PathBuf>, own: Vec<PathBuf>) -> Self {
        Self { home, own }
    }

    /// Why `path` is never granted for `right`, as the rest of a sentence, with what to do instead.
    pub fn refusal(&self, path: &Path, right: Right) -> Option<String> {
        let writes = matches!(right, Right::Write | Right::Copy | Right::Build);
        if path == Path::new("/") {
            return Some("is everything: name the directories that are needed".into());
        }
        for (place, why) in [
            ("/proc", "shows processes; the jail has its own"),
            ("/sys", "is the kernel's; nothing of it is there"),
            ("/dev", "holds devices; the jail has null, zero, full and urandom"),
        ] {
            if path.starts_with(place) {
                return Some(format!("is never granted: {place} {why}"));
            }
        }
        if right != Right::Socket && (path == Path::new("/run") || path.starts_with("/run/user")) {
            return Some(
                "holds the sockets of this session: grant the one that is needed with `socket PATH`".into(),
            );
        }
        if writes && let Some(place) = SYSTEM.iter().chain(&BELIEVED).find(|place| path.starts_with(place)) {
            return Some(format!("lies in {place}, which every other program trusts: it is never writable"));
        }
        let own = self.own.iter().find(|own| path.starts_with(own) || (writes && own.starts_with(path)))?;
        Some(match path.starts_with(own) {
            true => format!("is mantrap's own (`{}`): what is confined must not reach it", own.display()),
            false => format!(
                "holds mantrap's own `{}`, which must not be written from inside: name the directory beneath that is needed",
                own.display()
            ),
        })
    }

    /// The sensitive places that granting `path` opens, and what each is.
    pub fn sensitive(&self, path: &Path) -> Vec<(PathBuf, &'static str, Nearness)> {
        let near = |(place, what): (PathBuf, &'static str)| {
            if path.starts_with(&place) {
                return Some((place, what, Nearness::Is));
            }
            (place.starts_with(path) && place.symlink_metadata().is_ok()).then_some((
                place,
                what,
                Nearness::Holds,
            ))
        };
        self.places().filter_map(near).collect()
    }

    /// The sensitive place that `path` is in, whether it exists or not.
    pub fn sensitive_at(&self, path: &Path) -> Option<&'static str> {
        self.places().find(|(place, _)| path.starts_with(place)).map(|(_, what)| what)
    }

    /// Whether something of mantrap's own lies beneath `path`.
    pub fn is_above_own(&self, path: &Path) -> bool {
        self.own.iter().any(|own| own.starts_with(path))
    }

    /// Every sensitive place.
    pub fn places(&self) -> impl Iterator<Item = (PathBuf, &'static str)> {
        let beneath = self.home.iter().flat_map(|home| IN_HOME.map(|(place, what)| (home.join(place), what)));
        beneath.chain(ANYWHERE.map(|(place, what)| (PathBuf::from(place), what)))
    }
}

const IN_HOME: [(&str, &str); 44] = [
    (".ssh", "SSH keys and hosts"),
    (".gnupg", "GnuPG keys"),
    (".aws", "AWS credentials"),
    (".azure", "Azure credentials"),
    (".config/gcloud", "Google Cloud credentials"),
    (".config/doctl", "DigitalOcean credentials"),
    (".oci", "Oracle Cloud credentials"),
    (".kube", "Kubernetes credentials"),
    (".docker", "container registry credentials"),
    (".config/containers", "container registry credentials"),
    (".terraform.d", "Terraform credentials"),
    (".vault-token", "a Vault token"),
    (".netrc", "passwords of network services"),
    (".git-credentials", "Git passwords"),
    (".config/git/credentials", "Git passwords"),
    (".config/gh", "GitHub credentials"),
    (".config/glab-cli", "GitLab credentials"),
    (".npmrc", "npm credentials"),
    (".yarnrc.yml", "npm credentials"),
    (".pypirc", "PyPI credentials"),
    (".cargo/credentials.toml", "crates.io credentials"),
    (".m2/settings.xml", "Maven credentials"),
    (".gradle/gradle.properties", "Gradle credentials"),
    (".pgpass", "database passwords"),
    (".my.cnf", "database passwords"),
    (".password-store", "a password store"),
    (".local/share/keyrings", "the desktop's passwords"),
    (".local/share/kwalletd", "the desktop's passwords"),
    (".mozilla", "a browser's sessions and passwords"),
    (".config/google-chrome", "a browser's sessions and passwords"),
    (".config/chromium", "a browser's sessions and passwords"),
    (".config/BraveSoftware", "a browser's sessions and passwords"),
    (".thunderbird", "mail"),
    (".bash_history", "what was typed"),
    (".zsh_history", "what was typed"),
    (".bashrc", "what each new shell executes"),
    (".bash_profile", "what each new shell executes"),
    (".profile", "what each new session executes"),
    (".zshrc", "what each new shell executes"),
    (".config/autostart", "what each new session executes"),
    (".config/systemd", "what each new session executes"),
    (".claude", "a client's configuration and credentials"),
    (".claude.json", "a client's configuration and credentials"),
    (".codex", "a client's configuration and credentials"),
];

const ANYWHERE: [(&str, &str); 14] = [
    ("/etc/shadow", "password hashes"),
    ("/etc/gshadow", "password hashes"),
    ("/etc/sudoers", "who may become root"),
    ("/etc/sudoers.d", "who may become root"),
    ("/etc/ssh", "this machine's SSH keys"),
    ("/etc/ssl/private", "this machine's TLS keys"),
    ("/run/docker.sock", "Docker: whoever reaches it is root on this machine"),
    ("/run/containerd", "containerd: whoever reaches it is root on this machine"),
    ("/run/podman", "Podman: whoever reaches it can start anything"),
    ("/run/dbus", "D-Bus: services outside act on its requests"),
    ("/run/user", "this session's sockets: programs outside act on their requests"),
    ("/tmp/.X11-unix", "X11: whoever reaches it sees and types everything"),
    ("/run/secrets", "secrets of this container"),
    ("/var/run/secrets", "secrets of this container"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn territory() -> Territory {
        Territory::new(
            Some("/home/u".into()),
            vec!["/home/u/.config/mantrap".into(), "/opt/m/bin/mantrap".into()],
        )
    }

    #[test]
    fn what_is_never_granted_says_why() {
        for (path, right, why) in [
            ("/", Right::Read, "is everything"),
            ("/proc", Right::Read, "shows processes"),
            ("/proc/1/root", Right::Read, "shows processes"),
            ("/sys/kernel", Right::Write, "the kernel's"),
            ("/dev/sda", Right::Read, "holds devices"),
            ("/run", Right::Read, "sockets of this session"),
            ("/run/user/1000", Right::Write, "sockets of this session"),
            ("/usr/local/bin", Right::Write, "every other program trusts"),
            ("/etc", Right::Copy, "every other program trusts"),
            ("/home/u/.config/mantrap", Right::Read, "is mantrap's own"),
            ("/home/u/.config/mantrap/x", Right::Exec, "is mantrap's own"),
            ("/home/u", Right::Write, "holds mantrap's own"),
            ("/opt/m", Right::Write, "holds mantrap's own"),
        ] {
            let refusal = territory().refusal(Path::new(path), right);
            assert!(refusal.as_deref().is_some_and(|said| said.contains(why)), "{path}: {refusal:?}");
        }
    }

    #[test]
    fn what_is_granted_is_not_refused() {
        for (path, right) in [
            ("/home/u", Right::Read),
            ("/home/u/project", Right::Write),
            ("/home/u/.ssh", Right::Read),
            ("/usr/share", Right::Read),
            ("/opt/m/bin", Right::Exec),
            ("/run/user/1000/bus", Right::Socket),
            ("/run/media/u/disk", Right::Write),
            ("/procession", Right::Write),
            ("/tmp/x", Right::Write),
        ] {
            assert_eq!(territory().refusal(Path::new(path), right), None, "{path}");
        }
    }

    #[test]
    fn what_is_sensitive_is_told() {
        let at = |path: &str| territory().sensitive_at(Path::new(path));
        assert_eq!(at("/home/u/.ssh/id_ed25519"), Some("SSH keys and hosts"));
        assert_eq!(at("/home/u/.sshd"), None);
        assert_eq!(at("/home/u/project"), None);
        let near = territory().sensitive(Path::new("/run/user/1000/bus"));
        assert_eq!(near.first().map(|(_, _, nearness)| *nearness), Some(Nearness::Is));
    }
}
