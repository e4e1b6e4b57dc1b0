//! What depends on all grants together: one view per path, no planted link, the search path inside, and what a person is told.

use std::ffi::OsString;

use mantrap_jail::{Grant, Link, Right, View};

use super::place::Crossed;
use super::{Asked, Nearness, PATH_INSIDE, Room, Unfit, Wish};

impl Room<'_> {
    /// What depends on all grants together.
    pub(super) fn settle(&mut self, wish: &Wish<'_>) -> Result<(), Unfit> {
        self.refuse_planted_links()?;
        self.merge()?;
        self.tell_sensitive();
        let is_set = |grant: &Asked| matches!(&grant.grant, Grant::Env(variable) if variable.name == "PATH");
        if self.profile.image.is_none() && !wish.grants.iter().any(is_set) {
            let search = self.search_path();
            self.set("PATH", search);
        }
        if let Some(directory) = wish.directory.as_ref().filter(|directory| self.is_there(directory)) {
            self.profile.directory.clone_from(directory);
        } else if wish.directory.is_some() {
            self.notes.push(format!(
                "the current directory is not granted; it starts in {}",
                self.profile.home.display()
            ));
        }
        let crossed = std::mem::take(&mut self.crossed);
        for (_, Crossed { at, to }) in crossed {
            let link = Link { at, to };
            let etc = self.profile.system && link.at.starts_with("/etc");
            if !etc && !self.is_there(&link.at) && !self.profile.links.contains(&link) {
                self.profile.links.push(link);
            }
        }
        Ok(())
    }

    /// A link in a place that a jailed process can write may have been put there by one, to be granted what it names.
    fn refuse_planted_links(&self) -> Result<(), Unfit> {
        let writable = || self.profile.view.iter().filter(|view| view.right == Right::Write);
        for (path, Crossed { at, .. }) in &self.crossed {
            if let Some(view) =
                writable().find(|view| at.starts_with(&view.path) && !path.starts_with(&view.path))
            {
                refuse!(
                    "`{}` is a link in `{}`, which is granted for writing, so a jailed process may have made it; \
                     if what it leads to is meant, grant `{}` by that name",
                    at.display(),
                    view.path.display(),
                    path.display()
                );
            }
        }
        Ok(())
    }

    /// One view per path, parents first; what the one above already gives is left out.
    fn merge(&mut self) -> Result<(), Unfit> {
        let mut views = std::mem::take(&mut self.profile.view);
        views.sort_by(|one, other| (&one.path, one.right).cmp(&(&other.path, other.right)));
        views.dedup();
        let mut kept: Vec<View> = Vec::new();
        for view in views {
            match kept.last_mut().filter(|last| last.path == view.path) {
                None => {}
                Some(last) if last.right == Right::Read => {
                    last.right = view.right;
                    continue;
                }
                Some(last) => refuse!(
                    "`{}` is granted for {} and for {}: what can be written cannot be executed; grant a directory \
                     beneath it for one of them",
                    view.path.display(),
                    word(last.right),
                    word(view.right)
                ),
            }
            let above = kept.iter().rev().find(|above| view.path.starts_with(&above.path));
            if above.is_none_or(|above| above.right != view.right) {
                kept.push(view);
            }
        }
        self.profile.view = kept;
        Ok(())
    }

    fn tell_sensitive(&mut self) {
        for View { path, .. } in &self.profile.view {
            let near = self.outside.territory.sensitive(path);
            let shown = path.display();
            if let Some((_, what, _)) = near.iter().find(|(_, _, nearness)| *nearness == Nearness::Is) {
                self.warnings.push(format!("`{shown}` is granted by name: {what}"));
                continue;
            }
            let held: Vec<String> = near.iter().map(|(place, _, _)| place.display().to_string()).collect();
            if let Some((first, others)) = held.split_first() {
                let more =
                    if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                self.warnings.push(format!(
                    "`{shown}` holds `{first}`{more}, which it opens too: name what is needed beneath it instead"
                ));
            }
        }
    }

    /// `PATH` inside: directories of the caller's own that are granted for execution, then the system's.
    pub(super) fn search_path(&self) -> OsString {
        let own = self.outside.variables.get("PATH").cloned().unwrap_or_default();
        let granted = std::env::split_paths(&own).filter(|folder| {
            folder.is_absolute()
                && folder
                    .canonicalize()
                    .is_ok_and(|real| self.nearest(&real).is_some_and(|view| view.right == Right::Exec))
        });
        let system = std::env::split_paths(PATH_INSIDE);
        // A folder that is in a search path has no colon in its name.
        std::env::join_paths(granted.chain(system)).unwrap_or_else(|_| PATH_INSIDE.into())
    }
}

fn word(right: Right) -> &'static str {
    match right {
        Right::Read => "reading",
        Right::Exec => "execution",
        Right::Write => "writing",
        Right::Socket => "connecting",
        Right::Copy => "writing to a copy",
        Right::Build => "building",
    }
}
