//! Tests of values: what makes a variable matter.

pub(super) fn any(_: &str) -> bool {
    true
}

pub(super) fn is_not_empty(value: &str) -> bool {
    !value.trim().is_empty()
}

pub(super) fn is_off(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off" | "none")
}

pub(super) fn is_on(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

pub(super) fn is_not_off(value: &str) -> bool {
    !is_off(value) && is_not_empty(value)
}

/// `/dev/null` and `NUL` name nothing.
pub(super) fn is_not_null(value: &str) -> bool {
    is_not_empty(value) && !matches!(value, "/dev/null" | "NUL" | "nul" | "0")
}

pub(super) fn is_not_plain_ssh(value: &str) -> bool {
    is_not_empty(value) && !matches!(value, "ssh" | "/usr/bin/ssh")
}

/// A path or a command with arguments, not one of the bare words that people put there (`true`, `cat`, `vim`).
pub(super) fn is_file_or_command(value: &str) -> bool {
    let usual = matches!(
        value,
        "/bin/true"
            | "/usr/bin/true"
            | "/bin/echo"
            | "/usr/bin/less"
            | "code --wait"
            | "/bin/false"
            | "/bin/cat"
    );
    !usual && value.trim().contains(['/', '\\', ' ', '$', '`', ';', '|'])
}

pub(super) fn is_unusual_shell(value: &str) -> bool {
    let (folder, name) = value.rsplit_once('/').unwrap_or(("", value));
    let is_shell = crate::command::canonical_name(name);
    let usual_folder = matches!(folder, "" | "/bin" | "/usr/bin" | "/usr/local/bin" | "/opt/homebrew/bin");
    is_not_empty(value)
        && !(usual_folder
            && matches!(
                is_shell.as_str(),
                "sh" | "bash" | "zsh" | "fish" | "dash" | "ksh" | "false" | "nologin"
            ))
}

pub(super) fn is_unusual_comspec(value: &str) -> bool {
    let lower = value.to_ascii_lowercase().replace('/', "\\");
    let usual = ["%systemroot%", "${systemroot}", "${env:systemroot}", "c:\\windows", "c:\\winnt"]
        .iter()
        .any(|root| lower == format!("{root}\\system32\\cmd.exe"));
    is_not_empty(value) && !usual && !matches!(lower.as_str(), "%comspec%" | "${comspec}" | "cmd.exe")
}

pub(super) fn is_unusual_pathext(value: &str) -> bool {
    const USUAL: &[&str] = &[
        ".com", ".exe", ".bat", ".cmd", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".wsh", ".msc", ".py", ".pyw",
        ".ps1", ".cpl",
    ];
    value
        .to_ascii_lowercase()
        .split(';')
        .any(|extension| !extension.is_empty() && !USUAL.contains(&extension))
}

/// Options that load or execute, and not the likes of `--max-old-space-size`.
pub(super) fn node_options_load(value: &str) -> bool {
    const LOADS: &[&str] = &[
        "--require",
        "--import",
        "--loader",
        "--experimental-loader",
        "--eval",
        "--print",
        "--preload",
        "--env-file",
        "--openssl-config",
        "--experimental-config-file",
        "--snapshot-blob",
        "--icu-data-dir",
        "--run",
    ];
    options(value).any(|word| {
        let head = word.split('=').next().unwrap_or_default().replace('_', "-");
        LOADS.contains(&head.as_str())
            || (word.starts_with("-r") && !word.starts_with("--"))
            || matches!(word.as_str(), "-e" | "-p" | "-pe")
            || word.starts_with("data:")
    })
}

pub(super) fn node_options_debug(value: &str) -> bool {
    options(value).any(|word| word.starts_with("--inspect") || word.starts_with("--debug"))
}

pub(super) fn java_options_load(value: &str) -> bool {
    const LOADS: &[&str] = &[
        "-javaagent",
        "-agentpath",
        "-agentlib",
        "-Xbootclasspath",
        "-XX:OnError",
        "-XX:OnOutOfMemoryError",
        "-XX:Flags",
        "-XX:VMOptionsFile",
        "-Xrun",
        "@",
        "-cp",
        "-classpath",
        "--class-path",
        "--patch-module",
        "-Djava.system.class.loader",
        "-Djava.ext.dirs",
    ];
    options(value).any(|word| LOADS.iter().any(|prefix| word.starts_with(prefix)))
}

pub(super) fn java_options_debug(value: &str) -> bool {
    value.contains("jdwp")
}

pub(super) fn ruby_options_load(value: &str) -> bool {
    options(value).any(|word| ["-r", "-I", "-e", "-x"].iter().any(|prefix| word.starts_with(prefix)))
}

pub(super) fn go_flags_execute(value: &str) -> bool {
    options(value).any(|word| {
        ["-toolexec", "-exec", "-overlay", "-modfile"]
            .iter()
            .any(|prefix| word.trim_start_matches('-').starts_with(prefix.trim_start_matches('-')))
    })
}

pub(super) fn options(value: &str) -> impl Iterator<Item = String> {
    value
        .split(|letter: char| letter.is_whitespace() || letter == '"' || letter == '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

/// `action:message:category.module:…`: a dotted category is imported.
pub(super) fn names_a_module(value: &str) -> bool {
    value.split(',').any(|filter| filter.split(':').nth(2).is_some_and(|category| category.contains('.')))
}

pub(super) fn names_a_cargo_program(value: &str) -> bool {
    is_file_or_command(value) && !value.starts_with("-C")
}

pub(in crate::rules) fn names_a_git_program(key: &str) -> bool {
    const KEYS: &[&str] = &[
        "core.sshcommand",
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.askpass",
        "core.hookspath",
        "core.gitproxy",
        "core.alternaterefscommand",
        "sequence.editor",
        "credential.helper",
        "diff.external",
        "gpg.program",
        "gpg.ssh.program",
        "protocol.ext.allow",
        "uploadpack.packobjectshook",
        "include.path",
        "init.templatedir",
        "web.browser",
        "http.proxy",
    ];
    let key = key.to_ascii_lowercase();
    let is_command = [
        "alias.",
        "pager.",
        "filter.",
        "includeif.",
        "mergetool.",
        "difftool.",
        "browser.",
        "man.",
        "guitool.",
    ];
    let command_ending = [
        ".textconv",
        ".command",
        ".driver",
        ".helper",
        ".cmd",
        ".program",
        ".uploadpack",
        ".receivepack",
        ".vcs",
    ];
    KEYS.contains(&key.as_str())
        || is_command.iter().any(|prefix| key.starts_with(prefix))
        || command_ending.iter().any(|ending| key.ends_with(ending))
}

/// Where an application keeps its settings on every machine is no override.
pub(super) fn is_unusual_home(value: &str) -> bool {
    let lower = value.to_ascii_lowercase().replace('/', "\\");
    let lower = lower.trim_end_matches('\\');
    let parts: Vec<&str> = lower.split('\\').filter(|part| !part.is_empty()).collect();
    let is_windows =
        matches!(parts.as_slice(), [_, "users", _] | [_, "users", _, "appdata", "roaming" | "local"]);
    let is_variable = value.starts_with(['$', '%', '~']);
    is_not_empty(value) && !is_windows && !is_variable
}

/// The registries that are the default anyway.
pub(in crate::rules) fn is_other_registry(value: &str) -> bool {
    const DEFAULTS: &[&str] = &[
        "registry.npmjs.org",
        "registry.yarnpkg.com",
        "pypi.org",
        "npm.jsr.io",
        "api.nuget.org",
        "proxy.golang.org",
        "files.pythonhosted.org",
    ];
    let lower = value.trim().to_ascii_lowercase();
    if lower.is_empty() || matches!(lower.as_str(), "direct" | "off") {
        return false;
    }
    let Some(rest) = lower.strip_prefix("https://") else {
        return !lower.starts_with(['$', '%']);
    };
    let host = rest.split(['/', '?', '#', ':', ',']).next().unwrap_or_default();
    !DEFAULTS.contains(&host)
}

pub(super) fn is_remote_daemon(value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    ["tcp://", "http://", "https://", "ssh://"].iter().any(|scheme| lower.starts_with(scheme))
}

/// Deno Deploy tokens are credentials of servers, no setting of the runtime.
pub(super) fn is_not_deno_deploy(value: &str) -> bool {
    !value.starts_with("dd")
}
