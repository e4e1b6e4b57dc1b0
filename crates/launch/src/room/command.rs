//! The program that somebody typed: found as they would find it, and what it needs to run inside.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use mantrap_jail::{Right, View};

use super::place::{self, Place};
use super::program::{self, NoProgram};
use super::{Outside, Refusal, Room, Unfit};

pub(super) fn command<'a>(
    words: &'a [OsString],
    outside: &Outside<'_>,
) -> Result<(&'a OsStr, PathBuf), Refusal> {
    let name = words.first().ok_or_else(|| unfit!("no command is given; write it behind `--`"))?;
    let search = outside.variables.get("PATH").map(OsString::as_os_str);
    let shown = name.display();
    match program::find(name, &outside.directory, search) {
        Ok(found) => Ok((name, found)),
        Err(NoProgram::Missing) => Err(Refusal::NotFound(match name.as_encoded_bytes().contains(&b'/') {
            true => unfit!("there is no program `{shown}`"),
            false => unfit!("no program `{shown}` in PATH; name it by its path"),
        })),
        Err(NoProgram::NotExecutable(path)) => Err(Refusal::NotExecutable(unfit!(
            "`{}` cannot be executed; name its interpreter before it, or make it executable with `chmod +x`",
            path.display()
        ))),
    }
}

impl Room<'_> {
    pub(super) fn program(&mut self, name: &OsStr, found: &Path) -> Result<(), Refusal> {
        let shown = found.display();
        if let Some(shim) = program::shim(found).filter(|shim| !self.executes(&shim.root)) {
            return Err(Refusal::NotExecutable(unwrapped(name, &shim)));
        }
        let Place { path, links } = place::resolve(found, Path::new("/"), None)
            .map_err(|error| unfit!("cannot look at `{shown}`: {error}"))?;
        self.crossed.extend(links.into_iter().map(|crossed| (path.clone(), crossed)));
        if !self.executes(&path) {
            if let Some(why) = self.outside.territory.refusal(&path, Right::Exec) {
                return Err(unfit!("the program `{}` {why}", path.display()).into());
            }
            self.profile.view.push(View { path: path.clone(), right: Right::Exec });
        }
        if let Some(interpreter) = program::interpreter(&path) {
            self.interpreter(name, &interpreter)?;
        }
        self.profile.program = path;
        Ok(())
    }

    /// A script needs more than itself, and the kernel's answer (`ENOENT`) does not say what.
    fn interpreter(&mut self, name: &OsStr, interpreter: &program::Interpreter) -> Result<(), Refusal> {
        let shown = interpreter.path.display();
        let script = name.display();
        let place = place::resolve(&interpreter.path, Path::new("/"), None);
        let Ok(Place { path, links }) = place else {
            return Err(Refusal::NotExecutable(unfit!(
                "`{script}` is a script, and its interpreter `{shown}` does not exist"
            )));
        };
        if !self.executes(&path) {
            return Err(unfit!(
                "`{script}` is a script, and its interpreter `{shown}` is not granted; add `--exec {}`",
                path.display()
            )
            .into());
        }
        self.crossed.extend(links.into_iter().map(|crossed| (path.clone(), crossed)));
        let Some(wanted) = &interpreter.looked_up else { return Ok(()) };
        let inside = self.search_path();
        match program::find(wanted, Path::new("/"), Some(&inside)) {
            Ok(found) if found.canonicalize().is_ok_and(|found| self.executes(&found)) => Ok(()),
            _ => {
                let wanted = wanted.display();
                let outside = self.outside.variables.get("PATH").map(OsString::as_os_str);
                let found = program::find(OsStr::new(&wanted.to_string()), Path::new("/"), outside).ok();
                let folder = found.as_deref().and_then(Path::parent).and_then(Path::parent);
                let remedy = folder.map_or("it is not in PATH either".to_owned(), |folder| {
                    format!("add `--exec {}`", folder.display())
                });
                Err(unfit!("`{script}` is a script for `{wanted}`, which is not there inside; {remedy}")
                    .into())
            }
        }
    }
}

/// What to name in place of a shim.
fn unwrapped(name: &OsStr, shim: &program::Shim) -> Unfit {
    let (name, manager, root) = (name.display(), &shim.manager, shim.root.display());
    let lead = format!("`{name}` is a shim of {manager}, which chooses the real program when it runs");
    let Some((first, others)) = shim.real.split_first() else {
        return unfit!("{lead}, and none is installed in `{root}`; install one, or name another program");
    };
    let tree = first.parent().and_then(Path::parent).unwrap_or(first).display();
    let others = match others.len() {
        0 => String::new(),
        count => format!("; {count} other versions are beside it"),
    };
    unfit!("{lead}; name that one: `--exec {tree} -- {}`{others}", first.display())
}
