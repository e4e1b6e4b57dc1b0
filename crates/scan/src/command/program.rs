//! Which program a word names, however it is spelled.

/// A program family. Programs of one family read their arguments alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Program {
    /// `sh`, `bash`, `zsh`, `dash`, `ksh`, `ash`, `fish`, `csh`, …
    Shell,
    /// `cmd.exe`.
    Cmd,
    /// `powershell.exe`, `pwsh`.
    PowerShell,
    /// `node`, `nodejs`, `tsx`, `ts-node`, `electron`.
    Node,
    /// `npx`.
    Npx,
    /// `npm`.
    Npm,
    /// `pnpm`.
    Pnpm,
    /// `pnpx`.
    Pnpx,
    /// `yarn`.
    Yarn,
    /// `bun`.
    Bun,
    /// `bunx`.
    Bunx,
    /// `deno`.
    Deno,
    /// `python`, `python3.12`, `pythonw`, `pypy`, `py`, `ipython`.
    Python,
    /// `uv`.
    Uv,
    /// `uvx`.
    Uvx,
    /// `pipx`.
    Pipx,
    /// `docker`, `podman`, `nerdctl`, `finch`.
    Docker,
    /// `java`.
    Java,
    /// `perl`.
    Perl,
    /// `ruby`.
    Ruby,
    /// `php`.
    Php,
    /// `lua`, `luajit`.
    Lua,
    /// `osascript`.
    Osascript,
    /// `Rscript`, `julia`, `elixir`, `groovy`, `scala`: interpreters whose inline flag is `-e`.
    EvalInterpreter,
    /// `git`.
    Git,
    /// `env`.
    Env,
    /// `find`.
    Find,
    /// `awk`, `gawk`, `mawk`.
    Awk,
    /// `sed`.
    Sed,
    /// `make`, `gmake`, `just`, `task`.
    Make,
    /// `tar`.
    Tar,
    /// `ssh`.
    Ssh,
    /// Editors, debuggers and database shells that execute commands from their arguments.
    Scriptable,
    /// `curl`, `wget` and their like: programs that fetch.
    Fetcher,
    /// `go`.
    Go,
    /// `cargo`.
    Cargo,
    /// `dotnet`.
    Dotnet,
    /// `dnx`.
    Dnx,
    /// `nix`, `nix-shell`.
    Nix,
    /// `wsl.exe`.
    Wsl,
    /// `mshta`, `rundll32`, `regsvr32`, `wscript`, `cscript`: Windows programs that run what they are handed.
    WindowsHost,
    /// A program that starts the program its arguments name (`timeout`, `sudo`, `poetry run`); the name says
    /// which.
    Wrapper(String),
    /// Anything else, by its canonical name.
    Other(String),
}

impl Program {
    /// Whether it reads a script or inline code in a language of its own.
    pub fn is_interpreter(&self) -> bool {
        matches!(
            self,
            Program::Node
                | Program::Bun
                | Program::Deno
                | Program::Python
                | Program::Java
                | Program::Perl
                | Program::Ruby
                | Program::Php
                | Program::Lua
                | Program::Osascript
                | Program::EvalInterpreter
        )
    }

    /// Whether it reads shell text.
    pub fn is_shell(&self) -> bool {
        matches!(self, Program::Shell | Program::Cmd | Program::PowerShell)
    }

    /// Whether it fetches a package from a registry and starts it.
    pub fn is_package_launcher(&self) -> bool {
        matches!(
            self,
            Program::Npx
                | Program::Npm
                | Program::Pnpm
                | Program::Pnpx
                | Program::Yarn
                | Program::Bun
                | Program::Bunx
                | Program::Deno
                | Program::Uv
                | Program::Uvx
                | Program::Pipx
                | Program::Dnx
        )
    }
}

/// The family of the program that `word` names: the last component of a path with either separator, without a
/// Windows extension, a version suffix or upper case.
pub(super) fn program(word: &str) -> Program {
    let name = canonical_name(word);
    family(&name).unwrap_or(Program::Other(name))
}

/// `C:\nodejs\NPX.CMD` → `npx`, `/usr/bin/python3.11` → `python`, `./run.sh` → `run.sh`.
pub fn canonical_name(word: &str) -> String {
    let word = word.trim().trim_matches(['"', '\'']);
    if let Some(name) = variable(word) {
        return known_variable(name).map_or_else(|| word.to_ascii_lowercase(), str::to_owned);
    }
    let last = word.rsplit(['/', '\\']).next().unwrap_or(word);
    // Windows drops dots and blanks at the end of a name.
    let mut name = last.trim_end_matches(['.', ' ']).to_ascii_lowercase();
    for extension in [".exe", ".cmd", ".bat", ".ps1", ".com"] {
        if let Some(stem) = name.strip_suffix(extension)
            && !stem.is_empty()
        {
            name.truncate(stem.len());
            break;
        }
    }
    if family(&name).is_none() {
        // python3.11, pypy3.10, lua5.4, ruby3.2, php8.3, perl5.36, bash-5.2, node22: the version is no other
        // program. `python3.11-dbg`, `python3.13t` neither.
        let stem =
            name.trim_end_matches("-dbg").trim_end_matches("-config").trim_end_matches('t').trim_end_matches(
                |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '-' | '_'),
            );
        if family(stem).is_some() {
            name.truncate(stem.len());
        }
    }
    name
}

/// The variable that a word consists of, without its default: `$SHELL`, `${SHELL:-sh}`, `${env:X}`, `$env:X`, `%X%`.
pub(super) fn variable(word: &str) -> Option<&str> {
    let inner = match word.strip_prefix('$') {
        Some(rest) => match rest.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}')?,
            None => rest,
        },
        None => word.strip_prefix('%')?.strip_suffix('%')?,
    };
    let inner = inner.strip_prefix("env:").or_else(|| inner.strip_prefix("ENV:")).unwrap_or(inner);
    let name = inner.split([':', '-', '=', '?', '+', '#']).next().unwrap_or_default();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_one = inner.len() == name.len() || word.starts_with("${");
    // `${input:x}` and `${user_config.x}` are the client's own questions to the user.
    (is_name
        && is_one
        && name != "input"
        && name != "workspaceFolder"
        && name != "command"
        && name != "config")
        .then_some(name)
}

/// The program that a well-known variable holds: shells and build tools set these themselves.
fn known_variable(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let stem = ["_bin", "_path", "_exe", "_executable", "_binary", "_cmd", "_command", "3"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .unwrap_or(&lower);
    Some(match stem {
        "shell" | "bash" | "sh" | "zsh" | "config_shell" | "starship_shell" => "sh",
        "comspec" => "cmd",
        "pwsh" | "powershell" => "pwsh",
        "python" | "python_sys" | "pythonexecutable" | "_python" => "python",
        "node" | "nodejs" | "npm_node_execpath" => "node",
        "npm" | "npm_execpath" => "npm",
        "npx" => "npx",
        "uv" => "uv",
        "uvx" => "uvx",
        "bun" => "bun",
        "deno" => "deno",
        "perl" => "perl",
        "ruby" => "ruby",
        "java" => "java",
        _ => return None,
    })
}

fn family(name: &str) -> Option<Program> {
    Some(match name {
        "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh" | "mksh" | "ksh93" | "rbash" | "fish" | "csh"
        | "tcsh" | "nu" | "xonsh" | "elvish" | "git-bash" => Program::Shell,
        "cmd" => Program::Cmd,
        "powershell" | "pwsh" | "powershell_ise" | "pwsh-preview" => Program::PowerShell,
        "node" | "nodejs" | "zx" | "tsx" | "ts-node" | "ts-node-esm" | "electron" | "iojs" => Program::Node,
        "npx" => Program::Npx,
        "npm" => Program::Npm,
        "pnpm" => Program::Pnpm,
        "pnpx" | "pnx" => Program::Pnpx,
        "yarn" | "yarnpkg" => Program::Yarn,
        "bun" => Program::Bun,
        "bunx" => Program::Bunx,
        "deno" => Program::Deno,
        "python" | "pythonw" | "pypy" | "py" | "pyw" | "ipython" | "jython" | "micropython" | "graalpy" => {
            Program::Python
        }
        "uv" => Program::Uv,
        "uvx" | "uvw" => Program::Uvx,
        "pipx" => Program::Pipx,
        "docker" | "podman" | "nerdctl" | "finch" | "docker-compose" => Program::Docker,
        "java" | "javaw" => Program::Java,
        "perl" => Program::Perl,
        "ruby" | "jruby" | "irb" => Program::Ruby,
        "php" | "php-cgi" => Program::Php,
        "lua" | "luajit" => Program::Lua,
        "osascript" => Program::Osascript,
        "rscript" | "julia" | "elixir" | "groovy" | "scala" | "guile" | "escript" | "raku" => {
            Program::EvalInterpreter
        }
        "git" => Program::Git,
        "env" => Program::Env,
        "find" | "gfind" | "fd" | "fdfind" => Program::Find,
        "awk" | "gawk" | "mawk" | "nawk" => Program::Awk,
        "sed" | "gsed" => Program::Sed,
        "make" | "gmake" | "just" | "task" | "nmake" => Program::Make,
        "tar" | "gtar" | "bsdtar" => Program::Tar,
        "ssh" | "scp" | "sftp" | "rsync" | "plink" => Program::Ssh,
        "gdb" | "lldb" | "vim" | "vi" | "nvim" | "ex" | "emacs" | "ed" | "sqlite3" | "psql" | "mysql"
        | "tclsh" | "expect" | "dc" | "m4" | "gnuplot" | "octave" | "sqlcmd" => Program::Scriptable,
        "curl" | "wget" | "aria2c" | "fetch" | "certutil" | "bitsadmin" | "nc" | "ncat" | "netcat"
        | "socat" | "telnet" => Program::Fetcher,
        "go" => Program::Go,
        "cargo" => Program::Cargo,
        "dotnet" => Program::Dotnet,
        "dnx" => Program::Dnx,
        "nix" | "nix-shell" => Program::Nix,
        "wsl" | "wslhost" => Program::Wsl,
        "mshta" | "rundll32" | "regsvr32" | "wscript" | "cscript" | "msiexec" | "installutil"
        | "forfiles" | "pcalua" | "msbuild" | "regasm" | "regsvcs" | "odbcconf" | "cmstp" | "hh" => {
            Program::WindowsHost
        }
        wrapper if super::table::wrapper(wrapper).is_some() => Program::Wrapper(wrapper.to_owned()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_in_every_spelling() {
        for (word, expected) in [
            ("npx", Program::Npx),
            ("NPX.EXE", Program::Npx),
            (r"C:\Program Files\nodejs\npx.cmd", Program::Npx),
            ("/opt/homebrew/bin/npx", Program::Npx),
            ("npx. ", Program::Npx),
            ("nodejs", Program::Node),
            ("node22", Program::Node),
            ("/usr/bin/python3.11", Program::Python),
            ("pythonw.exe", Program::Python),
            ("pypy3", Program::Python),
            ("py", Program::Python),
            ("PowerShell.exe", Program::PowerShell),
            ("pwsh", Program::PowerShell),
            ("CMD.exe", Program::Cmd),
            ("bash", Program::Shell),
            ("lua5.4", Program::Lua),
            ("sqlite3", Program::Scriptable),
            ("timeout", Program::Wrapper("timeout".into())),
            ("./server", Program::Other("server".into())),
            ("git-mcp", Program::Other("git-mcp".into())),
            ("/srv/run.sh", Program::Other("run.sh".into())),
            (".exe", Program::Other(".exe".into())),
            ("", Program::Other(String::new())),
        ] {
            assert_eq!(program(word), expected, "{word}");
        }
    }
}
