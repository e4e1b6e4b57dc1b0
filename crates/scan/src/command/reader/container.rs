//! Programs that start others elsewhere on the machine: containers and WSL.

use super::super::script::Dialect;
use super::super::{Means, Place, Reached, Step, Word, package, program, table};
use super::{At, Reader};

impl Reader {
    pub(super) fn docker(&mut self, mut step: Step, at: At) {
        step.parse(&table::DOCKER);
        let is_compose_verb = step.operands.first().is_some_and(|word| word.value == "compose");
        if is_compose_verb {
            // `docker compose -f FILE run …`: options of its own in front of its verb.
            let rest = step.operands.get(1..).unwrap_or_default().to_vec();
            step.parse_more(&table::DOCKER, &rest);
        }
        let mut after = step.operands.as_slice();
        let mut is_compose = is_compose_verb || program::canonical_name(&step.word.value) == "docker-compose";
        let verb = loop {
            let Some((word, rest)) = after.split_first() else {
                break None;
            };
            after = rest;
            match word.value.as_str() {
                "container" => {}
                "compose" => is_compose = true,
                value if value.starts_with('-') => {}
                _ => break Some(word.value.clone()),
            }
        };
        let after = after.to_vec();
        if !matches!(verb.as_deref(), Some("run" | "create" | "exec")) {
            return self.push(step);
        }
        step.parse_more(&table::DOCKER_RUN, &after);
        let operands = step.operands.clone();
        let entrypoint = step.flags(Means::Entrypoint).next().and_then(|flag| flag.value.clone());
        let is_exec = verb.as_deref() == Some("exec");
        self.push(step);
        let Some((target, rest)) = operands.split_first() else {
            return;
        };
        // A compose service and a running container are names, not images.
        if !is_compose && !is_exec {
            self.launch.packages.push(package::image(target));
        }
        let words: Vec<Word> = entrypoint.into_iter().chain(rest.iter().cloned()).collect();
        self.known(&words, at.in_place(Place::Container));
    }

    /// `wsl -d Ubuntu -e CMD`; without `-e` the words go to the default shell.
    pub(super) fn wsl(&mut self, mut step: Step, at: At) {
        let mut rest = step.args.as_slice();
        while let Some((word, after)) = rest.split_first() {
            match word.value.as_str() {
                "-d" | "--distribution" | "-u" | "--user" | "--cd" | "--shell-type" | "--distribution-id" => {
                    rest = after.get(1..).unwrap_or_default();
                }
                "-e" | "--exec" | "--" => {
                    rest = after;
                    break;
                }
                value if value.starts_with('-') => rest = after,
                _ => break,
            }
        }
        let words = rest.to_vec();
        step.operands.clone_from(&words);
        if let [text] = words.as_slice()
            && text.value.contains(char::is_whitespace)
        {
            return self.script(step, text, Dialect::Posix, at);
        }
        self.push(step);
        self.assigned(&words, at.inside(Reached::Wrapped));
    }
}
