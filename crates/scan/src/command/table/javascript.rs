//! Node.js, Bun, Deno and their package managers.

use super::super::Means::*;
use super::super::option::Takes::{Joined, Nothing, Value};
use super::super::option::{Grammar, Spec, Style};
use super::{getopt, option};

/// Node.js, tsx, ts-node, Electron.
pub(in crate::command) static NODE: Grammar = Grammar {
    style: Style::Separate,
    ..getopt(&[
        option(&["-e", "--eval"], Value, Code),
        option(&["-p", "-pe", "--print"], Value, Code),
        option(&["-r", "--require"], Value, Preload),
        option(&["--import"], Value, Preload),
        option(&["--experimental-loader", "--loader"], Value, Preload),
        option(&["--snapshot-blob"], Value, Preload),
        option(&["--env-file-if-exists", "--env-file"], Value, EnvironmentFile),
        option(&["--experimental-config-file"], Value, ConfigFile),
        option(&["--openssl-config"], Value, ConfigFile),
        option(&["--inspect"], Joined, Debugger),
        option(&["--inspect-brk"], Joined, Debugger),
        option(&["--inspect-wait"], Joined, Debugger),
        option(&["--inspect-port", "--debug-port"], Value, Plain),
        option(&["--run"], Value, Task),
        option(&["-C", "--conditions"], Value, Plain),
        option(&["--input-type"], Value, Plain),
        option(&["--title"], Value, Plain),
        option(&["--watch-path"], Value, Plain),
        option(&["--tsconfig"], Value, ConfigFile),
        option(&["--project"], Value, ConfigFile),
        option(&["-c", "--check"], Nothing, Plain),
    ])
};

const NPM_OPTIONS: &[Spec] = &[
    option(&["-y", "--yes"], Nothing, Yes),
    option(&["-c", "--call"], Value, ShellCode),
    option(&["-p", "--package"], Value, Package),
    option(&["--shell"], Value, Command),
    option(&["--script-shell"], Value, Command),
    option(&["-n", "--node-arg"], Value, PassThrough),
    option(&["--node-options"], Value, PassThrough),
    option(&["--registry"], Value, Registry),
    option(&["--prefix"], Value, Directory),
    option(&["-C"], Value, Directory),
    option(&["--userconfig"], Value, ConfigFile),
    option(&["--globalconfig"], Value, ConfigFile),
    option(&["--no-strict-ssl"], Nothing, Insecure),
    option(&["--strict-ssl"], Joined, Plain),
    option(&["-w", "--workspace"], Value, Directory),
    option(&["--workspaces"], Nothing, Plain),
    option(&["--cache"], Value, Plain),
    option(&["--loglevel"], Value, Plain),
    option(&["--cafile"], Value, Plain),
    option(&["--proxy"], Value, Plain),
    option(&["--https-proxy"], Value, Plain),
    option(&["--tag"], Value, Plain),
    option(&["--before"], Value, Plain),
    option(&["--omit"], Value, Plain),
    option(&["--include"], Value, Plain),
    option(&["--scope"], Value, Plain),
    option(&["--no-install"], Nothing, Plain),
    option(&["-q", "--quiet"], Nothing, Plain),
    option(&["-s", "--silent"], Nothing, Plain),
];

/// npx: what follows the package belongs to the package.
pub(in crate::command) static NPX: Grammar = Grammar { abbreviates: true, ..getopt(NPM_OPTIONS) };

/// npm: options stand anywhere before `--`.
pub(in crate::command) static NPM: Grammar =
    Grammar { permutes: true, abbreviates: true, ..getopt(NPM_OPTIONS) };

/// pnpm and pnpx.
pub(in crate::command) static PNPM: Grammar = getopt(&[
    option(&["-c", "--shell-mode"], Nothing, ShellCode),
    option(&["--package"], Value, Package),
    option(&["--registry"], Value, Registry),
    option(&["-C", "--dir"], Value, Directory),
    option(&["--prefix"], Value, Directory),
    option(&["-F", "--filter"], Value, Plain),
    option(&["--script-shell"], Value, Command),
    option(&["--shell-emulator"], Nothing, Plain),
    option(&["--reporter"], Value, Plain),
    option(&["--loglevel"], Value, Plain),
    option(&["--store-dir"], Value, Plain),
    option(&["--allow-build"], Joined, Plain),
    option(&["--no-strict-ssl"], Nothing, Insecure),
]);

/// Yarn, classic and berry.
pub(in crate::command) static YARN: Grammar = getopt(&[
    option(&["-p", "--package"], Value, Package),
    option(&["--registry"], Value, Registry),
    option(&["--cwd"], Value, Directory),
    option(&["--use-yarnrc"], Value, ConfigFile),
    option(&["-q", "--quiet"], Nothing, Plain),
]);

/// Bun and bunx.
pub(in crate::command) static BUN: Grammar = getopt(&[
    option(&["-e", "--eval"], Value, Code),
    option(&["-p", "--print"], Value, Code),
    option(&["-r", "--require"], Value, Preload),
    option(&["--preload"], Value, Preload),
    option(&["--import"], Value, Preload),
    option(&["-c", "--config"], Value, ConfigFile),
    option(&["--env-file"], Value, EnvironmentFile),
    option(&["--cwd"], Value, Directory),
    option(&["--inspect"], Joined, Debugger),
    option(&["--inspect-brk"], Joined, Debugger),
    option(&["--inspect-wait"], Joined, Debugger),
    option(&["--package"], Value, Package),
    option(&["--registry"], Value, Registry),
    option(&["--tsconfig-override"], Value, ConfigFile),
    option(&["--conditions"], Value, Plain),
    option(&["-d", "--define"], Value, Plain),
    option(&["-l", "--loader"], Value, Plain),
    option(&["--shell"], Value, Plain),
    option(&["--port"], Value, Plain),
    option(&["-F", "--filter"], Value, Plain),
    option(&["-b", "--bun"], Nothing, Plain),
]);

/// bunx: `-p` names a package.
pub(in crate::command) static BUNX: Grammar = getopt(&[
    option(&["-p", "--package"], Value, Package),
    option(&["--registry"], Value, Registry),
    option(&["-b", "--bun"], Nothing, Plain),
]);

/// Deno, before and after the subcommand.
pub(in crate::command) static DENO: Grammar = getopt(&[
    option(&["-A", "--allow-all"], Nothing, AllPermissions),
    option(&["--preload"], Value, Preload),
    option(&["--import"], Value, Preload),
    option(&["--require"], Value, Preload),
    option(&["-c", "--config"], Value, ConfigFile),
    option(&["--import-map"], Value, ConfigFile),
    option(&["--env", "--env-file"], Joined, EnvironmentFile),
    option(&["--inspect"], Joined, Debugger),
    option(&["--inspect-brk"], Joined, Debugger),
    option(&["--inspect-wait"], Joined, Debugger),
    option(&["--unsafely-ignore-certificate-errors"], Joined, Insecure),
    option(&["--cert"], Value, Plain),
    option(&["--lock"], Joined, Plain),
    option(&["--location"], Value, Plain),
    option(&["--ext"], Value, Plain),
    option(&["--seed"], Value, Plain),
    option(&["--cwd"], Value, Directory),
    option(&["-L", "--log-level"], Value, Plain),
    option(&["-r", "--reload"], Joined, Plain),
    option(&["-R", "--allow-read"], Joined, Plain),
    option(&["-W", "--allow-write"], Joined, Plain),
    option(&["-N", "--allow-net"], Joined, Plain),
    option(&["-E", "--allow-env"], Joined, Plain),
    option(&["-S", "--allow-sys"], Joined, Plain),
]);
