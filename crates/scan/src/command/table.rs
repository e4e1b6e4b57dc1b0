//! What options mean to each program: data, from the programs' own manuals and help texts. An option that takes
//! a value must be here even when no rule cares about it, or its value would be read as a script or package.

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

/// Node.js, tsx, ts-node, Electron.
pub(super) static NODE: Grammar = Grammar {
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

/// CPython, PyPy, the `py` launcher.
pub(super) static PYTHON: Grammar = getopt(&[
    option(&["-c"], Last, Code),
    option(&["-m"], Last, Module),
    option(&["-W"], Value, Plain),
    option(&["-X"], Value, Plain),
    option(&["--check-hash-based-pycs"], Value, Plain),
]);

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
pub(super) static NPX: Grammar = Grammar { abbreviates: true, ..getopt(NPM_OPTIONS) };

/// npm: options stand anywhere before `--`.
pub(super) static NPM: Grammar = Grammar { permutes: true, abbreviates: true, ..getopt(NPM_OPTIONS) };

/// pnpm and pnpx.
pub(super) static PNPM: Grammar = getopt(&[
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
pub(super) static YARN: Grammar = getopt(&[
    option(&["-p", "--package"], Value, Package),
    option(&["--registry"], Value, Registry),
    option(&["--cwd"], Value, Directory),
    option(&["--use-yarnrc"], Value, ConfigFile),
    option(&["-q", "--quiet"], Nothing, Plain),
]);

/// Bun and bunx.
pub(super) static BUN: Grammar = getopt(&[
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
pub(super) static BUNX: Grammar = getopt(&[
    option(&["-p", "--package"], Value, Package),
    option(&["--registry"], Value, Registry),
    option(&["-b", "--bun"], Nothing, Plain),
]);

/// Deno, before and after the subcommand.
pub(super) static DENO: Grammar = getopt(&[
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

/// uv, uvx: global options, `run` and `tool run` share most of them.
const UV_OPTIONS: &[Spec] = &[
    option(&["--from"], Value, Package),
    option(&["-w", "--with"], Value, Package),
    option(&["--with-editable"], Value, Package),
    option(&["--with-requirements"], Value, Requirements),
    option(&["--override", "--overrides"], Value, Requirements),
    option(&["-c", "--constraints"], Value, Requirements),
    option(&["-b", "--build-constraints"], Value, Requirements),
    option(&["--index"], Value, Registry),
    option(&["--default-index"], Value, Registry),
    option(&["-i", "--index-url"], Value, Registry),
    option(&["--extra-index-url"], Value, Registry),
    option(&["-f", "--find-links"], Value, Registry),
    option(&["-p", "--python"], Value, Interpreter),
    option(&["--env-file"], Value, EnvironmentFile),
    option(&["--config-file"], Value, ConfigFile),
    option(&["--project"], Value, Directory),
    option(&["--directory"], Value, Directory),
    option(&["--trusted-host", "--allow-insecure-host"], Value, Insecure),
    option(&["--cache-dir"], Value, Plain),
    option(&["--color"], Value, Plain),
    option(&["--extra"], Value, Plain),
    option(&["--no-extra"], Value, Plain),
    option(&["--group"], Value, Plain),
    option(&["--no-group"], Value, Plain),
    option(&["--only-group"], Value, Plain),
    option(&["--package"], Value, Plain),
    option(&["--python-preference"], Value, Plain),
    option(&["--python-platform"], Value, Plain),
    option(&["--resolution"], Value, Plain),
    option(&["--prerelease"], Value, Plain),
    option(&["--fork-strategy"], Value, Plain),
    option(&["--link-mode"], Value, Plain),
    option(&["--index-strategy"], Value, Plain),
    option(&["--keyring-provider"], Value, Plain),
    option(&["--exclude-newer"], Value, Plain),
    option(&["-P", "--upgrade-package"], Value, Plain),
    option(&["-C", "--config-setting"], Value, Plain),
    option(&["--refresh-package"], Value, Plain),
    option(&["--reinstall-package"], Value, Plain),
    option(&["--no-build-package"], Value, Plain),
    option(&["--no-binary-package"], Value, Plain),
    option(&["--no-build-isolation-package"], Value, Plain),
    option(&["--torch-backend"], Value, Plain),
];

/// uvx and `uv tool run`.
pub(super) static UVX: Grammar = getopt(UV_OPTIONS);

/// `uv run`.
pub(super) static UV_RUN: Grammar = Grammar {
    shared: UV_OPTIONS,
    ..getopt(&[
        option(&["-m", "--module"], Last, Module),
        option(&["-s", "--script"], Last, Script),
        option(&["--gui-script"], Last, Script),
    ])
};

/// pipx.
pub(super) static PIPX: Grammar = getopt(&[
    option(&["--spec"], Value, Package),
    option(&["--with"], Value, Package),
    option(&["-i", "--index-url"], Value, Registry),
    option(&["--pip-args"], Value, PassThrough),
    option(&["--python"], Value, Interpreter),
    option(&["--path"], Nothing, Plain),
]);

/// Docker and its like, before the subcommand.
pub(super) static DOCKER: Grammar = getopt(&[
    option(&["-H", "--host"], Value, Plain),
    option(&["-c", "--context"], Value, Plain),
    option(&["--config"], Value, ConfigFile),
    option(&["-l", "--log-level"], Value, Plain),
    option(&["--url"], Value, Plain),
    option(&["--connection"], Value, Plain),
    option(&["--namespace"], Value, Plain),
    option(&["--root"], Value, Plain),
    option(&["-f", "--file"], Value, ConfigFile),
    option(&["-p", "--project-name"], Value, Plain),
    option(&["--profile"], Value, Plain),
    option(&["--project-directory"], Value, Directory),
]);

/// `docker run`, `create` and `exec`: an unknown long option takes a value, the switches are listed.
pub(super) static DOCKER_RUN: Grammar = Grammar {
    unknown: Value,
    ..getopt(&[
        option(&["-d", "--detach"], Nothing, Plain),
        option(&["-i", "--interactive"], Nothing, Plain),
        option(&["-t", "--tty"], Nothing, Plain),
        option(&["-P", "--publish-all"], Nothing, Plain),
        option(&["-q", "--quiet"], Nothing, Plain),
        option(&["-T", "--no-TTY"], Nothing, Plain),
        option(&["--rm"], Nothing, Plain),
        option(&["--init"], Nothing, Plain),
        option(&["--read-only"], Nothing, Plain),
        option(&["--no-healthcheck"], Nothing, Plain),
        option(&["--oom-kill-disable"], Nothing, Plain),
        option(&["--sig-proxy"], Nothing, Plain),
        option(&["--disable-content-trust"], Nothing, Plain),
        option(&["--use-api-socket"], Nothing, Privilege),
        option(&["--help"], Nothing, Plain),
        option(&["--replace"], Nothing, Plain),
        option(&["--rmi"], Nothing, Plain),
        option(&["--no-hosts"], Nothing, Plain),
        option(&["--env-host"], Nothing, Plain),
        option(&["--http-proxy"], Nothing, Plain),
        option(&["--tls-verify"], Nothing, Plain),
        option(&["--no-deps"], Nothing, Plain),
        option(&["--build"], Nothing, Plain),
        option(&["--service-ports"], Nothing, Plain),
        option(&["--privileged"], Nothing, Privilege),
        option(&["--pid"], Value, Privilege),
        option(&["--net", "--network"], Value, Privilege),
        option(&["--ipc"], Value, Privilege),
        option(&["--uts"], Value, Privilege),
        option(&["--userns"], Value, Privilege),
        option(&["--cgroupns"], Value, Privilege),
        option(&["--device"], Value, Privilege),
        option(&["--device-cgroup-rule"], Value, Privilege),
        option(&["--cap-add"], Value, Privilege),
        option(&["--security-opt"], Value, Privilege),
        option(&["--runtime"], Value, Plain),
        option(&["-v", "--volume"], Value, Mount),
        option(&["--mount"], Value, Mount),
        option(&["--add-host"], Value, Privilege),
        option(&["--volumes-from"], Value, Mount),
        option(&["--entrypoint"], Value, Entrypoint),
        option(&["-e", "--env"], Value, ContainerEnvironment),
        option(&["--env-file"], Value, EnvironmentFile),
        option(&["-u", "--user"], Value, Plain),
        option(&["-w", "--workdir"], Value, Plain),
        option(&["-p", "--publish"], Value, Plain),
        option(&["-l", "--label"], Value, Plain),
        option(&["-h", "--hostname"], Value, Plain),
        option(&["-m", "--memory"], Value, Plain),
        option(&["-c", "--cpu-shares"], Value, Plain),
        option(&["-a", "--attach"], Value, Plain),
    ])
};

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
    option(&["-e", "--eval"], Value, Code),
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

/// What is known about a program that starts the program its arguments name.
#[derive(Debug)]
pub(super) struct WrapperSpec {
    /// Its names.
    pub names: &'static [&'static str],
    /// The words that stand before the inner command (`run`, `exec`); one of them must be there.
    pub verbs: &'static [&'static str],
    /// Options that take a value.
    pub options: Grammar,
    /// Operands of its own before the inner command.
    pub operands: usize,
}

const fn wraps(
    names: &'static [&'static str],
    verbs: &'static [&'static str],
    specs: &'static [Spec],
    operands: usize,
) -> WrapperSpec {
    WrapperSpec { names, verbs, options: getopt(specs), operands }
}

static WRAPPERS: &[WrapperSpec] = &[
    wraps(
        &[
            "nohup",
            "setsid",
            "time",
            "unbuffer",
            "winpty",
            "exec",
            "command",
            "builtin",
            "caffeinate",
            "dbus-run-session",
            "tini",
            "dumb-init",
            "catchsegv",
            "proxychains",
            "proxychains4",
            "torsocks",
            "rlwrap",
            "busybox",
            "toybox",
            "corepack",
            "call",
            "nocorrect",
            "noglob",
            "eatmydata",
            "fakeroot",
            "cross-env",
            "cross-env-shell",
        ],
        &[],
        &[],
        0,
    ),
    wraps(
        &["timeout", "gtimeout"],
        &[],
        &[option(&["-k", "--kill-after"], Value, Plain), option(&["-s", "--signal"], Value, Plain)],
        1,
    ),
    wraps(&["nice", "gnice"], &[], &[option(&["-n", "--adjustment"], Value, Plain)], 0),
    wraps(
        &["stdbuf", "gstdbuf"],
        &[],
        &[
            option(&["-i", "--input"], Value, Plain),
            option(&["-o", "--output"], Value, Plain),
            option(&["-e", "--error"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["ionice"],
        &[],
        &[option(&["-c", "--class"], Value, Plain), option(&["-n", "--classdata"], Value, Plain)],
        0,
    ),
    wraps(&["chrt", "taskset", "gosu", "su-exec", "chroot", "setarch", "nvm-exec"], &[], &[], 1),
    wraps(
        &["flock"],
        &[],
        &[
            option(&["-c", "--command"], Value, ShellCode),
            option(&["-w", "--timeout"], Value, Plain),
            option(&["-E", "--conflict-exit-code"], Value, Plain),
        ],
        1,
    ),
    wraps(&["watch", "entr"], &[], &[option(&["-n", "--interval"], Value, Plain)], 0),
    wraps(&["script"], &[], &[option(&["-c", "--command"], Value, ShellCode)], 1),
    wraps(
        &["su", "runuser"],
        &[],
        &[
            option(&["-c", "--command"], Value, ShellCode),
            option(&["-u", "--user"], Value, Plain),
            option(&["-s", "--shell"], Value, Plain),
            option(&["-g", "--group"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["sudo", "doas", "pkexec", "gsudo"],
        &[],
        &[
            option(&["-u", "--user"], Value, Plain),
            option(&["-g", "--group"], Value, Plain),
            option(&["-C", "--close-from"], Value, Plain),
            option(&["-D", "--chdir"], Value, Directory),
            option(&["-h", "--host"], Value, Plain),
            option(&["-p", "--prompt"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["xargs", "gxargs", "parallel"],
        &[],
        &[
            option(&["-I", "--replace"], Value, Plain),
            option(&["-n", "--max-args"], Value, Plain),
            option(&["-P", "--max-procs"], Value, Plain),
            option(&["-L"], Value, Plain),
            option(&["-d", "--delimiter"], Value, Plain),
            option(&["-s"], Value, Plain),
            option(&["-a", "--arg-file"], Value, Plain),
            option(&["-E"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["strace", "ltrace"],
        &[],
        &[
            option(&["-e"], Value, Plain),
            option(&["-o"], Value, Plain),
            option(&["-E"], Value, Plain),
            option(&["-u"], Value, Plain),
            option(&["-p"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["systemd-run", "unshare", "nsenter", "bwrap", "firejail"],
        &[],
        &[option(&["-p", "--property"], Value, Plain), option(&["--unit"], Value, Plain)],
        0,
    ),
    wraps(&["start"], &[], &[], 0),
    wraps(
        &["xvfb-run", "gdbserver", "valgrind", "faketime", "run0", "pnpm-exec", "trickle"],
        &[],
        &[
            option(&["-s", "--server-args"], Value, Plain),
            option(&["-n", "--server-num"], Value, Plain),
            option(&["-f", "--auth-file"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &[
            "ld-linux-x86-64.so.2",
            "ld-linux-aarch64.so.1",
            "ld-linux.so.2",
            "ld-linux-armhf.so.3",
            "ld-musl-x86_64.so.1",
            "ld-musl-aarch64.so.1",
            "ld.so",
        ],
        &[],
        &[
            option(&["--library-path"], Value, Preload),
            option(&["--preload"], Value, Preload),
            option(&["--argv0"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["poetry", "pdm", "rye", "hatch", "pixi", "pipenv", "bundle", "rbenv"],
        &["run", "exec"],
        &[
            option(&["-C", "--directory"], Value, Directory),
            option(&["-P", "--project"], Value, Directory),
            option(&["-p"], Value, Directory),
            option(&["--manifest-path"], Value, Directory),
            option(&["-e", "--environment"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["conda", "mamba", "micromamba"],
        &["run"],
        &[
            option(&["-n", "--name"], Value, Plain),
            option(&["-p", "--prefix"], Value, Directory),
            option(&["--cwd"], Value, Directory),
        ],
        0,
    ),
    wraps(
        &["mise", "rtx"],
        &["exec", "x", "run"],
        &[option(&["-C", "--cd"], Value, Directory), option(&["-c", "--command"], Value, ShellCode)],
        0,
    ),
    wraps(
        &["asdf", "fnm", "nvm", "volta", "n", "proto", "fvm"],
        &["exec", "run", "x"],
        &[option(&["--using"], Value, Plain), option(&["--node"], Value, Plain)],
        0,
    ),
    wraps(
        &["op", "doppler", "infisical", "teller", "dotenvx", "vault", "phase", "varlock"],
        &["run"],
        &[
            option(&["--env-file"], Value, EnvironmentFile),
            option(&["-f"], Value, EnvironmentFile),
            option(&["-p", "--project"], Value, Plain),
            option(&["-c", "--config"], Value, Plain),
            option(&["--account"], Value, Plain),
            option(&["--command"], Value, ShellCode),
            option(&["--env"], Value, Plain),
            option(&["--path"], Value, Plain),
        ],
        0,
    ),
    wraps(
        &["aws-vault", "chamber", "direnv", "envchain"],
        &["exec"],
        &[option(&["-d", "--duration"], Value, Plain)],
        1,
    ),
    wraps(
        &["dotenv", "dotenv-cli"],
        &[],
        &[option(&["-e"], Value, EnvironmentFile), option(&["-f", "--file"], Value, EnvironmentFile)],
        0,
    ),
    wraps(
        &["flatpak", "snap", "distrobox", "toolbox"],
        &["run", "enter"],
        &[option(&["--command"], Value, Plain)],
        1,
    ),
];

/// The wrapper called `name`.
pub(super) fn wrapper(name: &str) -> Option<&'static WrapperSpec> {
    WRAPPERS.iter().find(|wrapper| wrapper.names.contains(&name))
}
