//! What options mean to each program: data, from the programs' own manuals and help texts. An option that takes
//! a value must be here even when no rule cares about it, or its value would be read as a script or package.

mod container;
mod javascript;
mod python;
mod wrapper;

pub(super) use container::{DOCKER, DOCKER_RUN};
pub(super) use javascript::{BUN, BUNX, DENO, NODE, NPM, NPX, PNPM, YARN};
pub(super) use python::{PIPX, PYTHON, UV_RUN, UVX};
pub(super) use wrapper::{WrapperSpec, wrapper};

use super::Means;
use super::Means::*;
use super::option::Takes::{Joined, Last, Nothing, Value};
use super::option::{Grammar, Spec, Style, Takes};

const fn option(names: &'static [&'static str], takes: Takes, means: Means) -> Spec {
    Spec { names, takes, means }
}

const fn getopt(specs: &'static [Spec]) -> Grammar {
    Grammar {
        specs,
        shared: &[],
        style: Style::Getopt,
        unknown: Nothing,
        permutes: false,
        abbreviates: false,
    }
}

/// POSIX shells and fish. The text of `-c` is the first operand, whatever else is clustered with it.
pub(super) static SHELL: Grammar = getopt(&[
    option(&["-c", "--command"], Nothing, ShellCode),
    option(&["-C", "--init-command"], Value, ShellCode),
    option(&["--rcfile"], Value, Preload),
    option(&["--init-file"], Value, Preload),
    option(&["-s"], Nothing, Plain),
    option(&["-o"], Value, Plain),
    option(&["-O"], Value, Plain),
]);

/// The Java launcher.
pub(super) static JAVA: Grammar = Grammar {
    style: Style::SingleDash,
    ..getopt(&[
        option(&["-jar"], Last, Script),
        option(&["-m", "-module"], Last, Module),
        option(&["-javaagent"], Joined, Preload),
        option(&["-agentpath"], Joined, Preload),
        option(&["-agentlib"], Joined, Preload),
        option(&["-Xbootclasspath/a"], Joined, Preload),
        option(&["-Xrunjdwp"], Joined, Debugger),
        option(&["-XX"], Joined, Plain),
        option(&["-cp", "-classpath"], Value, Plain),
        option(&["-class-path"], Value, Plain),
        option(&["-p", "-module-path"], Value, Plain),
        option(&["-add-opens"], Value, Plain),
        option(&["-add-exports"], Value, Plain),
        option(&["-add-modules"], Value, Plain),
        option(&["-add-reads"], Value, Plain),
        option(&["-source"], Value, Plain),
    ])
};

/// Perl.
pub(super) static PERL: Grammar = getopt(&[
    option(&["-e"], Value, Code),
    option(&["-E"], Value, Code),
    option(&["-M"], Value, Preload),
    option(&["-m"], Value, Preload),
    option(&["-I"], Value, Preload),
    option(&["-x"], Joined, Plain),
    option(&["-d"], Joined, Preload),
    option(&["-0"], Joined, Plain),
    option(&["-i"], Joined, Plain),
    option(&["-C"], Joined, Plain),
    option(&["-F"], Joined, Plain),
]);

/// Ruby.
pub(super) static RUBY: Grammar = getopt(&[
    option(&["-e"], Value, Code),
    option(&["-r"], Value, Preload),
    option(&["-I"], Value, Preload),
    option(&["-x"], Joined, Plain),
    option(&["-C"], Value, Directory),
    option(&["-E", "--encoding"], Value, Plain),
]);

/// PHP.
pub(super) static PHP: Grammar = getopt(&[
    option(&["-r", "--run"], Value, Code),
    option(&["-B", "--process-begin"], Value, Code),
    option(&["-R", "--process-code"], Value, Code),
    option(&["-E", "--process-end"], Value, Code),
    option(&["-d", "--define"], Value, PhpSetting),
    option(&["-c", "--php-ini"], Value, ConfigFile),
    option(&["-z", "--zend-extension"], Value, Preload),
    option(&["-f", "--file"], Last, Script),
    option(&["-F", "--process-file"], Last, Script),
    option(&["-S", "--server"], Value, Plain),
    option(&["-t", "--docroot"], Value, Plain),
]);

/// Lua.
pub(super) static LUA: Grammar = getopt(&[option(&["-e"], Value, Code), option(&["-l"], Value, Preload)]);

/// osascript, Rscript, julia and others with `-e CODE`.
pub(super) static EVAL: Grammar = getopt(&[
    option(&["-e", "-eval", "--eval"], Value, Code),
    option(&["-c"], Value, Code),
    option(&["-E", "--print"], Value, Code),
    option(&["-l"], Value, Plain),
    option(&["-L", "--load"], Value, Preload),
    option(&["-r", "--require"], Value, Preload),
]);

/// git, before its subcommand and after it.
pub(super) static GIT: Grammar = Grammar {
    permutes: true,
    ..getopt(&[
        option(&["-c", "--config"], Value, GitSetting),
        option(&["--config-env"], Value, GitSetting),
        option(&["--exec-path"], Joined, Preload),
        option(&["-u", "--upload-pack"], Value, Command),
        option(&["--receive-pack"], Value, Command),
        option(&["--exec"], Value, Command),
        option(&["-C"], Value, Directory),
        option(&["--git-dir"], Value, Directory),
        option(&["--work-tree"], Value, Directory),
        option(&["--template"], Value, Preload),
    ])
};

/// env(1).
pub(super) static ENV: Grammar = getopt(&[
    option(&["-S", "--split-string"], Value, Command),
    option(&["-u", "--unset"], Value, Plain),
    option(&["-C", "--chdir"], Value, Directory),
    option(&["-P"], Value, Plain),
    option(&["-a", "--argv0"], Value, Plain),
]);

/// awk: the program is the first operand unless `-f` names a file.
pub(super) static AWK: Grammar = getopt(&[
    option(&["-e", "--source"], Value, Code),
    option(&["-f", "--file"], Value, Script),
    option(&["-i", "--include"], Value, Preload),
    option(&["-l", "--load"], Value, Preload),
    option(&["-v", "--assign"], Value, Plain),
    option(&["-F", "--field-separator"], Value, Plain),
]);

/// sed.
pub(super) static SED: Grammar =
    getopt(&[option(&["-e", "--expression"], Value, Code), option(&["-f", "--file"], Value, Script)]);

/// make, just, task.
pub(super) static MAKE: Grammar = Grammar {
    permutes: true,
    ..getopt(&[
        option(&["-E", "--eval"], Value, Command),
        option(&["-f", "--file"], Value, Script),
        option(&["-C", "--directory"], Value, Directory),
        option(&["-d", "--working-directory"], Value, Directory),
        option(&["-j", "--jobs"], Joined, Plain),
    ])
};

/// tar.
pub(super) static TAR: Grammar = Grammar {
    permutes: true,
    abbreviates: true,
    ..getopt(&[
        option(&["-I", "--use-compress-program"], Value, Command),
        option(&["--checkpoint-action"], Value, Command),
        option(&["--to-command"], Value, Command),
        option(&["-F", "--info-script"], Value, Command),
        option(&["--new-volume-script"], Value, Command),
        option(&["--rsh-command"], Value, Command),
    ])
};

/// ssh, scp, rsync.
pub(super) static SSH: Grammar = getopt(&[
    option(&["-o"], Value, SshSetting),
    option(&["-F"], Value, ConfigFile),
    option(&["-e", "--rsh"], Value, Command),
    option(&["-i"], Value, Plain),
    option(&["-p"], Value, Plain),
    option(&["-l"], Value, Plain),
    option(&["-L"], Value, Plain),
    option(&["-R"], Value, Plain),
    option(&["-D"], Value, Plain),
    option(&["-J"], Value, Plain),
    option(&["-b"], Value, Plain),
    option(&["-c"], Value, Plain),
    option(&["-S"], Value, Plain),
    option(&["-W"], Value, Plain),
]);

/// `go run`, `cargo run`, `dotnet run`: options before the module.
pub(super) static BUILD: Grammar = getopt(&[
    option(&["-exec"], Value, Command),
    option(&["-toolexec"], Value, Command),
    option(&["-C"], Value, Directory),
    option(&["-modfile"], Value, ConfigFile),
    option(&["-overlay"], Value, ConfigFile),
    option(&["--manifest-path"], Value, Directory),
    option(&["--config"], Value, ConfigFile),
    option(&["--project"], Value, Directory),
    option(&["-p", "--package"], Value, Plain),
    option(&["--bin"], Value, Plain),
    option(&["--example"], Value, Plain),
    option(&["--features"], Value, Plain),
    option(&["--source", "--add-source"], Value, Registry),
    option(&["--version"], Value, Plain),
    option(&["--framework"], Value, Plain),
    option(&["-c", "--configuration"], Value, Plain),
]);
