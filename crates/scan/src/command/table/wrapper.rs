//! Programs that start the program their arguments name.

use super::super::Means::*;
use super::super::option::Takes::Value;
use super::super::option::{Grammar, Spec};
use super::{getopt, option};

/// What is known about a program that starts the program its arguments name.
#[derive(Debug)]
pub(in crate::command) struct WrapperSpec {
    /// Its names.
    pub names: &'static [&'static str],
    /// The words that stand before the inner command (`run`, `exec`); one of them must be there.
    pub verbs: &'static [&'static str],
    /// Options that take a value.
    pub options: Grammar,
    /// Operands of its own before the inner command.
    pub operands: usize,
    /// Its own options and operands are too many to list: the inner command begins behind `--`, or at the first
    /// word that names a program of a known family.
    pub seeks: bool,
}

const fn wraps(
    names: &'static [&'static str],
    verbs: &'static [&'static str],
    specs: &'static [Spec],
    operands: usize,
) -> WrapperSpec {
    WrapperSpec { names, verbs, options: getopt(specs), operands, seeks: false }
}

const fn seeks(names: &'static [&'static str], verbs: &'static [&'static str]) -> WrapperSpec {
    WrapperSpec { names, verbs, options: getopt(&[]), operands: 0, seeks: true }
}

static WRAPPERS: &[WrapperSpec] = &[
    wraps(
        &[
            "nohup",
            "setsid",
            "unbuffer",
            "winpty",
            "exec",
            "command",
            "builtin",
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
    wraps(&["gosu", "su-exec", "nvm-exec", "envchain"], &[], &[], 1),
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
    WrapperSpec {
        options: Grammar {
            permutes: true,
            ..getopt(&[
                option(&["-c", "--session-command", "--command"], Value, ShellCode),
                option(&["-u", "--user"], Value, Plain),
                option(&["-s", "--shell"], Value, Plain),
                option(&["-g", "--group"], Value, Plain),
                option(&["-G", "--supp-group"], Value, Plain),
                option(&["-w", "--whitelist-environment"], Value, Plain),
            ])
        },
        ..seeks(&["su", "runuser"], &[])
    },
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
    wraps(&["aws-vault", "chamber", "direnv"], &["exec"], &[option(&["-d", "--duration"], Value, Plain)], 1),
    wraps(
        &["dotenv", "dotenv-cli"],
        &[],
        &[option(&["-e"], Value, EnvironmentFile), option(&["-f", "--file"], Value, EnvironmentFile)],
        0,
    ),
    seeks(
        &[
            "systemd-run",
            "unshare",
            "nsenter",
            "bwrap",
            "firejail",
            "flatpak-spawn",
            "sandbox-exec",
            "arch",
            "launchctl",
            "chpst",
            "setuidgid",
            "s6-setuidgid",
            "s6-softlimit",
            "s6-env",
            "s6-applyuidgid",
            "s6-envdir",
            "s6-log",
            "s6-ipcclient",
            "execlineb",
            "softlimit",
            "envdir",
            "setlock",
            "setpriv",
            "capsh",
            "chrt",
            "taskset",
            "numactl",
            "chroot",
            "setarch",
            "linux32",
            "linux64",
            "time",
            "gtime",
            "caffeinate",
            "dbus-run-session",
            "dbus-launch",
            "conhost",
            "start",
            "runas",
            "psexec",
            "cgexec",
            "prlimit",
            "choom",
            "schedtool",
            "uclampset",
            "nsjail",
            "minijail0",
            "proot",
            "fakechroot",
            "unzipsfx",
            "ssh-agent",
            "start-stop-daemon",
            "daemonize",
            "xpra",
            "uxterm",
            "xterm",
            "gnome-terminal",
            "konsole",
            "wt",
            "alacritty",
            "kitty",
            "wezterm",
            "perf",
            "heaptrack",
            "rr",
            "lldb-server",
            "hyperfine",
            "pgrep-run",
            "mcp-proxy",
            "mcpo",
            "inspector",
            "mcp-inspector",
            "sops",
            "teleport",
            "tsh",
            "sg",
            "newgrp",
            "pm2",
            "forever",
            "onchange",
            "nodemon",
            "entr",
            "chokidar",
            "cmdkey",
            "shx",
            "pyenv",
            "nodenv",
            "goenv",
            "jenv",
        ],
        &[],
    ),
    seeks(
        &["kubectl", "oc", "lxc", "incus", "machinectl", "multipass", "limactl", "colima", "crictl", "ctr"],
        &["exec", "shell", "run", "debug", "ssh"],
    ),
    seeks(&["flatpak", "snap", "distrobox", "toolbox"], &["run", "enter"]),
    seeks(&["tmux", "screen"], &[]),
];

/// The wrapper called `name`.
pub(in crate::command) fn wrapper(name: &str) -> Option<&'static WrapperSpec> {
    WRAPPERS.iter().find(|wrapper| wrapper.names.contains(&name))
}
