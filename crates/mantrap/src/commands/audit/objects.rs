//! Objects of a git repository, read by git in an empty repository of our own that borrows them.
//!
//! The only process that an audit ever starts, and only for `--diff`: plumbing that reads objects, with an environment
//! of our own and no configuration but ours.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, anyhow, bail};

/// What git lists of a tree, in bytes (512 MiB).
const MAX_LIST: u64 = 512 * 1024 * 1024;

const MISSING: &str = "an object of the repository is missing; fetch the whole history and try again";

/// A reader of objects.
#[derive(Debug)]
pub(super) struct Objects {
    git: PathBuf,
    folder: PathBuf,
    batch: Option<Batch>,
}

/// A file of a tree.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) bytes: u64,
    /// Its path from the top, with `/` between the parts.
    pub(super) path: String,
}

/// A `git cat-file` that answers one question after the other.
#[derive(Debug)]
struct Batch {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    /// Makes an empty repository in `folder` that borrows the objects of `common`.
    pub(super) fn borrow(git: &Path, folder: &Path, common: &Path) -> anyhow::Result<Self> {
        let objects = common.join("objects").canonicalize().context("cannot look at the objects of git")?;
        let objects =
            objects.to_str().filter(|path| !path.contains(['\n', '"'])).context("an unusual path")?;
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text))
        };
        // A repository of long ids says so in its configuration, of which this one word is believed.
        let config = super::read(&common.join("config"), 1 << 20).unwrap_or_default();
        let is_long = String::from_utf8_lossy(&config).to_lowercase().contains("objectformat = sha256");
        let format = if is_long { "\n[extensions]\n\tobjectFormat = sha256" } else { "" };
        let version = u8::from(is_long);
        std::fs::create_dir_all(folder.join("refs"))
            .and_then(|()| write("HEAD", "ref: refs/heads/none\n"))
            .and_then(|()| {
                write(
                    "config",
                    &format!("[core]\n\trepositoryformatversion = {version}\n\tbare = true{format}\n"),
                )
            })
            .and_then(|()| write("objects/info/alternates", &format!("{objects}\n")))
            .with_context(|| format!("cannot write below `{}`", folder.display()))?;
        // Where history was cut off, git has to know, or it looks for what is not there.
        if let Ok(shallow) = super::read(&common.join("shallow"), 1 << 24) {
            std::fs::write(folder.join("shallow"), shallow).context("cannot write")?;
        }
        Ok(Objects { git: git.to_path_buf(), folder: folder.to_path_buf(), batch: None })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "reads objects, asked for with --diff, with no configuration but ours"
    )]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.git);
        command
            .env_clear()
            .env("GIT_DIR", &self.folder)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    fn answer(&self, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
        let mut child = self.command().args(arguments).spawn().context("cannot start git")?;
        let mut text = Vec::new();
        let output = child.stdout.take().context("git has no output")?;
        let read = output.take(MAX_LIST + 1).read_to_end(&mut text);
        if read.is_err() || text.len() as u64 > MAX_LIST {
            let _ = child.kill();
        }
        let status = child.wait().context("cannot wait for git")?;
        if !status.success() {
            bail!("git does not answer `{}`", arguments.join(" "));
        }
        Ok(text)
    }

    /// The full id of a commit.
    pub(super) fn commit(&self, id: &str) -> anyhow::Result<String> {
        let asked = format!("{id}^{{commit}}");
        let text = self.answer(&["rev-parse", "--verify", "--quiet", "--end-of-options", &asked])?;
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }

    /// The last commit that both came from, if one is known.
    pub(super) fn common_ancestor(&self, one: &str, other: &str) -> Option<String> {
        let text = self.answer(&["merge-base", one, other]).ok()?;
        let text = String::from_utf8_lossy(&text);
        text.lines().next().map(str::to_owned)
    }

    /// The regular files of a commit's tree in and below `inside`. Links and submodules are not among them.
    pub(super) fn files(&self, commit: &str, inside: &Path) -> anyhow::Result<Vec<Entry>> {
        let inside = inside.to_str().context("the folder's name is no UTF-8")?.replace('\\', "/");
        let mut arguments = vec!["ls-tree", "-r", "-z", "-l", "--full-tree", commit];
        if !inside.is_empty() {
            arguments.extend(["--", &inside]);
        }
        let text = self.answer(&arguments)?;
        let entry = |line: &[u8]| {
            let line = std::str::from_utf8(line).ok()?;
            let (facts, path) = line.split_once('\t')?;
            let mut facts = facts.split_whitespace();
            let (mode, kind, id, bytes) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
            let is_file = kind == "blob" && mode.starts_with("100");
            // Of an object that is not there, git has no size to tell.
            let bytes = bytes.parse().map_err(|_| anyhow!(MISSING));
            let entry = |bytes| Entry { id: id.to_owned(), bytes, path: path.to_owned() };
            is_file.then(|| bytes.map(entry))
        };
        text.split(|byte| *byte == 0).filter_map(entry).collect()
    }

    /// What a file holds; `bytes` is its size as it was listed.
    pub(super) fn content(&mut self, id: &str, bytes: u64) -> anyhow::Result<Vec<u8>> {
        let batch = match &mut self.batch {
            Some(batch) => batch,
            None => {
                let mut child = self
                    .command()
                    .args(["cat-file", "--batch"])
                    .stdin(Stdio::piped())
                    .spawn()
                    .context("cannot start git")?;
                let questions = child.stdin.take().context("git has no input")?;
                let answers = BufReader::new(child.stdout.take().context("git has no output")?);
                self.batch.insert(Batch { child, questions, answers })
            }
        };
        writeln!(batch.questions, "{id}").and_then(|()| batch.questions.flush()).context("git hung up")?;
        let mut header = String::new();
        batch.answers.read_line(&mut header).context("git hung up")?;
        let told: Option<u64> = header.split_whitespace().nth(2).and_then(|size| size.parse().ok());
        if told != Some(bytes) {
            return Err(anyhow!(MISSING));
        }
        let mut content = vec![0; usize::try_from(bytes).context("a file is too large")?];
        batch.answers.read_exact(&mut content).context("git hung up")?;
        let mut end = [0];
        batch.answers.read_exact(&mut end).context("git hung up")?;
        Ok(content)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
