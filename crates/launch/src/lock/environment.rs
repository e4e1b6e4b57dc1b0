//! Variables that an entry cannot have: they make a program load or run something that no digest covers, or they are the
//! launcher's own to set. Names compare without case, because some readers do.

/// Begins of names.
const PREFIXES: &[&str] = &[
    "LD_",
    "DYLD_",
    "GCONV_",
    "GLIBC_",
    "BASH_FUNC_",
    "NPM_CONFIG_",
    "BUN_",
    "DENO_",
    "YARN_",
    "PNPM_",
    "PIP_",
    "UV_",
    "CORECLR_",
    "COR_",
    "GIT_",
    "LUA_INIT",
];

/// Whole names.
const NAMES: &[&str] = &[
    // shells
    "BASH_ENV",
    "ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "IFS",
    "CDPATH",
    "ZDOTDIR",
    "SHELL",
    "COMSPEC",
    "PATHEXT",
    "PSMODULEPATH",
    // interpreters
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "PYTHONWARNINGS",
    "PYTHONBREAKPOINT",
    "PYTHONINSPECT",
    "PYTHONEXECUTABLE",
    "PYTHONPYCACHEPREFIX",
    "VIRTUAL_ENV",
    "PERL5OPT",
    "PERL5LIB",
    "PERL5DB",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "CLASSPATH",
    "DOTNET_STARTUP_HOOKS",
    "DOTNET_ADDITIONAL_DEPS",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "GOFLAGS",
    "RUSTC_WRAPPER",
    // programs that other programs run
    "BROWSER",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "SSH_ASKPASS",
    "TAR_OPTIONS",
    "MAKEFLAGS",
    // the launcher's own
    "PATH",
    "HOME",
    "TMPDIR",
    "PWD",
    "TMP",
    "TEMP",
];

/// Why an entry cannot have the variable; `None` when it can.
pub(super) fn refusal(name: &str) -> Option<&'static str> {
    let upper = name.to_uppercase();
    if matches!(upper.as_str(), "PATH" | "HOME" | "TMPDIR" | "PWD" | "TMP" | "TEMP")
        || upper.starts_with("XDG_")
    {
        return Some("is set by the launcher");
    }
    let is_refused =
        PREFIXES.iter().any(|prefix| upper.starts_with(prefix)) || NAMES.contains(&upper.as_str());
    is_refused.then_some("can make a program load code that no digest covers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loader_variable_is_refused_in_any_case() {
        for name in [
            "LD_PRELOAD",
            "ld_preload",
            "NODE_OPTIONS",
            "npm_config_script_shell",
            "Bash_Env",
            "PATH",
            "git_ssh",
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
        for name in ["API_KEY", "PYTHONUNBUFFERED", "NODE_ENV", "LANG", "GITHUB_TOKEN", "ENVIRONMENT"] {
            assert!(refusal(name).is_none(), "{name}");
        }
    }
}
