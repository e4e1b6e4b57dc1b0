//! Python and its package managers.

use super::super::Means::*;
use super::super::option::Takes::{Last, Nothing, Value};
use super::super::option::{Grammar, Spec};
use super::{getopt, option};

/// CPython, PyPy, the `py` launcher.
pub(in crate::command) static PYTHON: Grammar = getopt(&[
    option(&["-c"], Last, Code),
    option(&["-m"], Last, Module),
    option(&["-W"], Value, Plain),
    option(&["-X"], Value, Plain),
    option(&["--check-hash-based-pycs"], Value, Plain),
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
pub(in crate::command) static UVX: Grammar = getopt(UV_OPTIONS);

/// `uv run`.
pub(in crate::command) static UV_RUN: Grammar = Grammar {
    shared: UV_OPTIONS,
    ..getopt(&[
        option(&["-m", "--module"], Last, Module),
        option(&["-s", "--script"], Last, Script),
        option(&["--gui-script"], Last, Script),
    ])
};

/// pipx.
pub(in crate::command) static PIPX: Grammar = getopt(&[
    option(&["--spec"], Value, Package),
    option(&["--with"], Value, Package),
    option(&["-i", "--index-url"], Value, Registry),
    option(&["--pip-args"], Value, PassThrough),
    option(&["--python"], Value, Interpreter),
    option(&["--path"], Nothing, Plain),
]);
