//! Whether shell text does more than start one known program.

use super::{Command, Danger, Grade, effective};
use crate::command::{Program, program};

/// One program after harmless preparation, or more.
pub(super) fn grade(commands: &[Command], dangers: &[Danger]) -> Grade {
    let mut mains = commands.iter().filter(|command| !command.nested && !is_setup(command, commands));
    let (Some(main), None) = (mains.next(), mains.next()) else {
        return Grade::Composes;
    };
    if is_utility(main)
        || main.piped
        || main.starts_substituted
        || !main.inner.is_empty()
        || !dangers.is_empty()
    {
        return Grade::Composes;
    }
    Grade::Launches
}

/// Whether a command is a tool of the system that is no server and no launcher.
fn is_utility(command: &Command) -> bool {
    const UTILITIES: &[&str] = &[
        "cat",
        "rm",
        "cp",
        "mv",
        "touch",
        "echo",
        "printf",
        "tee",
        "chmod",
        "chown",
        "mkdir",
        "ln",
        "dd",
        "kill",
        "id",
        "whoami",
        "open",
        "xdg-open",
        "sleep",
        "crontab",
        "systemctl",
        "launchctl",
        "reg",
        "schtasks",
        "eval",
        "del",
        "copy",
        "type",
        "net",
        "bash",
        "sh",
        "cmd",
        "powershell",
        "pwsh",
        "zsh",
        "read",
        "trap",
        "wait",
    ];
    effective(command).first().is_none_or(|word| {
        let name = program::canonical_name(&word.value);
        UTILITIES.contains(&name.as_str()) || program::program(&word.value) == Program::Fetcher
    })
}

/// Changes of directory, variables and version managers: what people write in front of a launcher.
fn is_setup(command: &Command, commands: &[Command]) -> bool {
    const BUILTINS: &[&str] = &[
        "cd", "pushd", "export", "set", "unset", "umask", "ulimit", "true", ":", "chcp", "setlocal", "nvm",
        "fnm", "test", "[", "[[", "fi", "done", "}", "@echo", "hash", "rehash", "shopt", "setopt", "title",
    ];
    const ACTIVATES: &[&str] = &[
        "nvm.sh",
        "activate",
        ".bashrc",
        ".bash_profile",
        ".profile",
        ".zshrc",
        ".zprofile",
        "asdf.sh",
        "conda.sh",
        ".env",
        "activate.bat",
        "activate.ps1",
        "activate.fish",
        "env.sh",
        ".zshenv",
        "env",
    ];
    const MANAGERS: &[&str] = &[
        "fnm", "mise", "rbenv", "pyenv", "nodenv", "direnv", "conda", "brew", "asdf", "volta", "rtx", "jenv",
        "goenv",
    ];
    let words = effective(command);
    let Some(first) = words.first() else {
        // Assignments alone, without a substitution that runs something.
        return command.inner.is_empty();
    };
    let inner = commands.get(command.inner.clone()).unwrap_or_default();
    let inner_is_manager = inner.iter().all(|inner| {
        inner
            .words
            .first()
            .is_some_and(|word| MANAGERS.contains(&program::canonical_name(&word.value).as_str()))
    });
    match first.value.as_str() {
        "eval" => !inner.is_empty() && inner_is_manager,
        "source" | "." => words
            .get(1)
            .and_then(|file| file.value.rsplit(['/', '\\']).next())
            .is_some_and(|name| ACTIVATES.contains(&name)),
        other => {
            let name = other.to_ascii_lowercase();
            let is_activation = name.rsplit(['/', '\\']).next().is_some_and(|base| ACTIVATES.contains(&base));
            let is_manager_setup = MANAGERS.contains(&name.as_str())
                && words
                    .get(1)
                    .is_some_and(|verb| matches!(verb.value.as_str(), "use" | "activate" | "shell" | "env"));
            inner.is_empty() && (BUILTINS.contains(&name.as_str()) || is_activation || is_manager_setup)
        }
    }
}
