//! Node.js, Bun, Deno and their package managers.

use super::super::option::Grammar;
use super::super::package::{self, Ecosystem};
use super::super::script::Dialect;
use super::super::{Flag, Means, Reached, Step, Word, table};
use super::{At, Reader, flag, joined, task};

impl Reader {
    /// `node …/npm/bin/npx-cli.js ARGS` is npx.
    pub(super) fn node(&mut self, mut step: Step, at: At) {
        step.parse(&table::NODE);
        let operands = step.operands.clone();
        self.push(step);
        let Some((script, rest)) = operands.split_first() else {
            return;
        };
        let name = match script.value.rsplit(['/', '\\']).next().unwrap_or_default() {
            "npx-cli.js" => "npx",
            "npm-cli.js" => "npm",
            "pnpm.cjs" | "pnpm.js" => "pnpm",
            "yarn.js" | "yarn.cjs" => "yarn",
            _ => return,
        };
        let program = Word::new(name, script.span);
        let words: Vec<Word> = std::iter::once(program).chain(rest.iter().cloned()).collect();
        self.step(&words, Vec::new(), at.inside(Reached::Wrapped));
    }

    pub(super) fn npm(&mut self, mut step: Step, at: At) {
        step.parse(&table::NPM);
        let verb = step.operands.first().cloned().unwrap_or_default();
        match verb.value.as_str() {
            "exec" | "exe" | "x" => {
                step.operands.remove(0);
                self.package_runner(step, Ecosystem::Npm, at);
            }
            "init" | "create" | "innit" => {
                if let Some(name) = step.operands.get(1) {
                    self.launch.packages.push(package::npm(name));
                }
                self.push(step);
            }
            "" => self.push(step),
            // Everything else runs lifecycle scripts: run, start, test, explore, install, ci, rebuild, …
            _ => {
                step.options.push(task(&step, &verb));
                self.push(step);
            }
        }
    }

    /// pnpm and yarn: a verb, then options again.
    pub(super) fn manager(&mut self, mut step: Step, grammar: &Grammar, at: At) {
        step.parse(grammar);
        let Some(verb) = step.operands.first().cloned() else {
            return self.push(step);
        };
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "dlx" => {
                step.parse_more(grammar, &after);
                self.package_runner_with_shell_mode(step, at);
            }
            "exec" | "node" => {
                let is_node = verb.value == "node";
                step.parse_more(grammar, &after);
                let operands = step.operands.clone();
                let is_shell = step.flags(Means::ShellCode).next().is_some();
                if is_shell && let Some(text) = joined(&operands) {
                    return self.script(step, &text, Dialect::Posix, at);
                }
                self.push(step);
                let words: Vec<Word> = match is_node {
                    true => std::iter::once(verb).chain(after).collect(),
                    false => operands,
                };
                self.step(&words, Vec::new(), at.inside(Reached::Wrapped));
            }
            "create" => {
                if let Some(name) = after.first() {
                    self.launch.packages.push(package::npm(name));
                }
                self.push(step);
            }
            _ => {
                let name = match verb.value.as_str() {
                    "run" | "run-script" => after.first().unwrap_or(&verb),
                    _ => &verb,
                };
                let named = task(&step, name);
                step.options.push(named);
                self.push(step);
            }
        }
    }

    pub(super) fn bun(&mut self, mut step: Step, at: At) {
        step.parse(&table::BUN);
        let Some(verb) = step.operands.first().cloned() else {
            return self.push(step);
        };
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "x" => {
                step.parse_more(&table::BUNX, &after);
                self.package_runner(step, Ecosystem::Npm, at);
            }
            "exec" => match after.first() {
                Some(text) => {
                    step.options
                        .push(Flag { value: Some(text.clone()), ..flag("exec", Means::ShellCode, &verb) });
                    self.script(step, text, Dialect::Posix, at);
                }
                None => self.push(step),
            },
            "create" | "c" => {
                if let Some(name) = after.first() {
                    self.launch.packages.push(package::npm(name));
                }
                self.push(step);
            }
            "run" => {
                step.parse_more(&table::BUN, &after);
                self.bun_target(step);
            }
            "install" | "i" | "add" | "test" | "build" => {
                step.options.push(task(&step, &verb));
                self.push(step);
            }
            _ => self.bun_target(step),
        }
    }

    /// A file, or a script of package.json.
    pub(super) fn bun_target(&mut self, mut step: Step) {
        if let Some(target) = step.operands.first().cloned() {
            let looks_like_file = target.value.contains(['/', '\\', '.']) || target.value == "-";
            if !looks_like_file {
                step.options.push(task(&step, &target));
            }
        }
        self.push(step);
    }

    pub(super) fn deno(&mut self, mut step: Step) {
        step.parse(&table::DENO);
        let verb = step.operands.first().cloned().unwrap_or_default();
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "eval" => {
                step.parse_more(&table::DENO, &after);
                step.options
                    .push(Flag { value: step.operands.first().cloned(), ..flag("eval", Means::Code, &verb) });
            }
            "repl" => {
                if let Some(at) = after.iter().position(|word| word.value.starts_with("--eval")) {
                    step.options.push(Flag {
                        value: after.get(at + 1).cloned(),
                        ..flag("--eval", Means::Code, &verb)
                    });
                }
            }
            "task" => {
                step.parse_more(&table::DENO, &after);
                let name = step.operands.first().unwrap_or(&verb);
                step.options.push(task(&step, name));
            }
            "run" | "serve" | "x" | "test" | "bench" | "install" | "compile" => {
                step.parse_more(&table::DENO, &after);
                self.deno_target(&step, verb.value == "x");
            }
            _ => self.deno_target(&step, false),
        }
        self.push(step);
    }

    pub(super) fn deno_target(&mut self, step: &Step, is_x: bool) {
        let Some(target) = step.operands.first() else {
            return;
        };
        match package::module(target) {
            Some(package) => self.launch.packages.push(package),
            None if is_x => self.launch.packages.push(package::npm(target)),
            None => {}
        }
    }
}
