//! Python and its package managers.

use super::super::package::{self, Ecosystem, PackageRef};
use super::super::{Means, Reached, Step, Word, table};
use super::runner::comma_separated;
use super::{At, Reader};

impl Reader {
    pub(super) fn python(&mut self, mut step: Step, at: At) {
        step.parse(&table::PYTHON);
        let module = step.flags(Means::Module).next().and_then(|flag| flag.value.clone());
        let operands = step.operands.clone();
        self.push(step);
        let Some(module) = module else { return };
        if matches!(module.value.as_str(), "uv" | "pipx" | "poetry" | "pipenv" | "pdm") {
            let words: Vec<Word> = std::iter::once(module).chain(operands).collect();
            self.step(&words, Vec::new(), at.inside(Reached::Wrapped));
        }
    }

    pub(super) fn uv(&mut self, mut step: Step, at: At) {
        step.parse(&table::UVX);
        let verb = step.operands.first().cloned().unwrap_or_default();
        let mut after = step.operands.get(1..).unwrap_or_default().to_vec();
        match verb.value.as_str() {
            "tool" if after.first().is_some_and(|word| matches!(word.value.as_str(), "run" | "install")) => {
                after.remove(0);
                step.parse_more(&table::UVX, &after);
                self.package_runner(step, Ecosystem::Pypi, at);
            }
            "x" => {
                step.parse_more(&table::UVX, &after);
                self.package_runner(step, Ecosystem::Pypi, at);
            }
            "run" => {
                step.parse_more(&table::UV_RUN, &after);
                self.uv_run(step, at);
            }
            _ => self.push(step),
        }
    }

    pub(super) fn uv_run(&mut self, step: Step, at: At) {
        for flag in step.flags(Means::Package) {
            for word in flag.value.iter().flat_map(|value| comma_separated(value, true)) {
                self.launch.packages.push(PackageRef { is_extra: true, ..package::pypi(&word) });
            }
        }
        let has_module = step.options.iter().any(|flag| matches!(flag.means, Means::Module | Means::Script));
        let operands = step.operands.clone();
        self.push(step);
        let Some(target) = operands.first().filter(|_| !has_module) else {
            return;
        };
        let lower = target.value.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            self.launch.packages.push(package::pypi(target));
        } else if !lower.ends_with(".py") && !lower.ends_with(".pyz") && lower != "-" {
            self.step(&operands, Vec::new(), at.inside(Reached::Wrapped));
        }
    }

    pub(super) fn pipx(&mut self, mut step: Step, at: At) {
        step.parse(&table::PIPX);
        let verb = step.operands.first().cloned().unwrap_or_default();
        let after = step.operands.get(1..).unwrap_or_default().to_vec();
        if verb.value == "run" {
            step.parse_more(&table::PIPX, &after);
            return self.package_runner(step, Ecosystem::Pypi, at);
        }
        self.push(step);
    }
}
