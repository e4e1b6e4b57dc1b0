//! What environment variables make programs do. One table decides which rule speaks about a variable, so that no
//! fact is reported twice. Names compare without case: Windows ignores it, and deny-lists that did not were
//! bypassed (CVE-2026-58057).

use super::Subject;
use crate::command::{Means, Place, Program, Word};

/// The rule that a variable belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `loader-environment`
    Loader,
    /// `path-override`
    Path,
    /// `foreign-registry`
    Registry,
    /// `environment-file`
    File,
    /// `disabled-tls`
    Tls,
    /// `debug-port`
    Debugger,
    /// `container-socket`
    Socket,
}

/// How much a variable can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// Worth knowing.
    Notes,
    /// Decides where code, settings or traffic come from.
    Steers,
    /// Its value, or a file it names, is executed.
    Executes,
}

/// A variable that an entry sets.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub name: Word,
    pub value: Word,
    pub place: Place,
}

/// A variable and what it does.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub setting: Setting,
    pub kind: Kind,
    pub grade: Grade,
    /// `executes code before every Node.js program`
    pub effect: &'static str,
}

/// Every variable of the entry that belongs to `kind`.
pub(super) fn judged<'s>(subject: &'s Subject<'_>, kind: Kind) -> impl Iterator<Item = &'s Judged> {
    let all = subject.settings.get_or_init(|| judge_all(subject));
    all.iter().filter(move |judged| judged.kind == kind)
}

/// Every variable of the entry that a rule speaks about.
fn judge_all(subject: &Subject<'_>) -> Vec<Judged> {
    settings(subject)
        .into_iter()
        .filter_map(|setting| {
            let (kind, grade, effect) = judge(&setting)?;
            Some(Judged { setting, kind, grade, effect })
        })
        .collect()
}

/// What the entry, its wrappers (`env NAME=value`) and its containers (`-e NAME=value`) set.
fn settings(subject: &Subject<'_>) -> Vec<Setting> {
    let own = subject.server.env.iter().map(|entry| Setting {
        name: Word::new(entry.name.value.clone(), entry.name.span),
        value: Word::new(entry.value.value.clone(), entry.value.span),
        place: Place::Host,
    });
    let mut found: Vec<Setting> = own.collect();
    for step in &subject.launch.steps {
        found.extend(step.environment.iter().map(|assignment| Setting {
            name: assignment.name.clone(),
            value: assignment.value.clone(),
            place: step.place,
        }));
        for flag in step.flags(Means::ContainerEnvironment) {
            let Some(value) = &flag.value else { continue };
            // `-e NAME` passes the variable on, with whatever value it has.
            let Some(at) = value.value.find('=') else { continue };
            found.push(Setting {
                name: value.part(0, at),
                value: value.part(at + 1, value.value.len()),
                place: Place::Container,
            });
        }
    }
    found
}

/// One line of the table: names, a test of the value, and what it means.
struct Line {
    names: &'static [&'static str],
    when: fn(&str) -> bool,
    kind: Kind,
    grade: Grade,
    effect: &'static str,
}

const fn line(
    names: &'static [&'static str],
    when: fn(&str) -> bool,
    kind: Kind,
    grade: Grade,
    effect: &'static str,
) -> Line {
    Line { names, when, kind, grade, effect }
}

/// In order: the first line that matches name and value decides. A trailing `*` matches any rest.
static TABLE: &[Line] = &[
    // The dynamic loader.
    line(
        &["LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"],
        any,
        Kind::Loader,
        Grade::Executes,
        "loads a library into every program that starts",
    ),
    line(
        &["LD_LIBRARY_PATH", "DYLD_*", "GCONV_PATH"],
        any,
        Kind::Loader,
        Grade::Steers,
        "decides which libraries programs load",
    ),
    line(
        &["LD_BIND_NOW", "LD_DEBUG", "LD_DEBUG_OUTPUT", "LD_PROFILE", "GLIBC_TUNABLES"],
        any,
        Kind::Loader,
        Grade::Notes,
        "changes how the dynamic loader works",
    ),
    // Shells.
    line(&["BASH_ENV"], any, Kind::Loader, Grade::Executes, "is executed by every bash script"),
    line(&["ENV"], is_file_or_command, Kind::Loader, Grade::Executes, "is executed by interactive shells"),
    line(&["BASH_FUNC_*"], any, Kind::Loader, Grade::Executes, "replaces a command in every bash script"),
    line(
        &["PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS4"],
        any,
        Kind::Loader,
        Grade::Executes,
        "is expanded and executed by shells",
    ),
    line(
        &["SHELLOPTS", "BASHOPTS"],
        any,
        Kind::Loader,
        Grade::Steers,
        "switches on shell options, tracing among them, which executes `PS4`",
    ),
    line(
        &["IFS", "CDPATH", "PSMODULEPATH"],
        any,
        Kind::Loader,
        Grade::Steers,
        "changes what shell scripts execute",
    ),
    line(
        &["ZDOTDIR"],
        any,
        Kind::Loader,
        Grade::Executes,
        "names the folder whose `.zshenv` every zsh executes",
    ),
    line(
        &["SHELL"],
        is_unusual_shell,
        Kind::Loader,
        Grade::Executes,
        "is started wherever a program wants a shell",
    ),
    line(&["COMSPEC"], is_unusual_comspec, Kind::Loader, Grade::Executes, "takes the place of cmd.exe"),
    line(
        &["PATHEXT"],
        is_unusual_pathext,
        Kind::Loader,
        Grade::Steers,
        "makes other file types executable by bare name",
    ),
    // Node and its package managers.
    line(
        &["NODE_OPTIONS", "NPM_CONFIG_NODE_OPTIONS"],
        node_options_load,
        Kind::Loader,
        Grade::Executes,
        "makes every Node.js program load code first",
    ),
    line(
        &["NODE_OPTIONS", "NPM_CONFIG_NODE_OPTIONS"],
        node_options_debug,
        Kind::Debugger,
        Grade::Steers,
        "opens a debugger in every Node.js program",
    ),
    line(
        &["NODE_TLS_REJECT_UNAUTHORIZED"],
        is_off,
        Kind::Tls,
        Grade::Steers,
        "switches certificate checks off in Node.js",
    ),
    line(
        &["NODE_EXTRA_CA_CERTS"],
        any,
        Kind::Tls,
        Grade::Notes,
        "adds certificate authorities that Node.js believes",
    ),
    line(
        &["NODE_REPL_EXTERNAL_MODULE"],
        any,
        Kind::Loader,
        Grade::Executes,
        "is loaded by the Node.js prompt",
    ),
    line(&["NODE_PATH"], any, Kind::Loader, Grade::Steers, "decides where Node.js finds modules"),
    line(
        &["NPM_CONFIG_CALL", "NPM_CONFIG_C"],
        any,
        Kind::Loader,
        Grade::Executes,
        "is the shell command that npx runs",
    ),
    line(
        &[
            "NPM_CONFIG_SCRIPT_SHELL",
            "NPM_CONFIG_SHELL",
            "NPM_CONFIG_GIT",
            "NPM_CONFIG_EDITOR",
            "NPM_CONFIG_VIEWER",
            "NPM_CONFIG_INIT_MODULE",
            "NPM_CONFIG_ONLOAD_SCRIPT",
        ],
        any,
        Kind::Loader,
        Grade::Executes,
        "names a program that npm starts",
    ),
    line(
        &["NPM_CONFIG_USERCONFIG", "NPM_CONFIG_GLOBALCONFIG"],
        any,
        Kind::Loader,
        Grade::Steers,
        "names a file of npm settings, which can name programs",
    ),
    line(
        &["NPM_CONFIG_PREFIX", "NPM_CONFIG_LOCAL_PREFIX", "NPM_CONFIG_PACKAGE"],
        any,
        Kind::Loader,
        Grade::Steers,
        "decides which packages npm starts",
    ),
    line(
        &["NPM_CONFIG_IGNORE_SCRIPTS"],
        is_off,
        Kind::Loader,
        Grade::Notes,
        "lets packages run scripts while they are installed",
    ),
    line(
        &["NPM_CONFIG_STRICT_SSL"],
        is_off,
        Kind::Tls,
        Grade::Steers,
        "switches npm's certificate checks off",
    ),
    line(
        &["NPM_CONFIG_CAFILE", "NPM_CONFIG_CA"],
        any,
        Kind::Tls,
        Grade::Notes,
        "adds certificate authorities that npm believes",
    ),
    line(
        &[
            "NPM_CONFIG_REGISTRY",
            "NPM_CONFIG_@*",
            "BUN_CONFIG_REGISTRY",
            "YARN_NPM_REGISTRY_SERVER",
            "YARN_REGISTRY",
            "PNPM_CONFIG_REGISTRY",
        ],
        is_other_registry,
        Kind::Registry,
        Grade::Steers,
        "names the registry that packages come from",
    ),
    line(
        &[
            "NPM_CONFIG_LOGLEVEL",
            "NPM_CONFIG_CACHE",
            "NPM_CONFIG_YES",
            "NPM_CONFIG_UPDATE_NOTIFIER",
            "NPM_CONFIG_FUND",
            "NPM_CONFIG_AUDIT",
            "NPM_CONFIG_PROGRESS",
            "NPM_CONFIG_COLOR",
            "NPM_CONFIG_PREFER_OFFLINE",
            "NPM_CONFIG_OFFLINE",
            "NPM_CONFIG_REGISTRY",
            "NPM_CONFIG_STRICT_SSL",
            "NPM_CONFIG_IGNORE_SCRIPTS",
            "NPM_CONFIG_NODE_OPTIONS",
        ],
        any,
        Kind::Loader,
        Grade::Notes,
        "",
    ),
    line(&["NPM_CONFIG_*"], any, Kind::Loader, Grade::Notes, "is a setting of npm"),
    line(
        &["BUN_OPTIONS"],
        node_options_load,
        Kind::Loader,
        Grade::Executes,
        "makes every Bun program load code first",
    ),
    line(
        &["BUN_OPTIONS"],
        node_options_debug,
        Kind::Debugger,
        Grade::Steers,
        "opens a debugger in every Bun program",
    ),
    line(
        &["BUN_CONFIG_REGISTRY", "YARN_NPM_REGISTRY_SERVER", "YARN_CACHE_FOLDER", "YARN_ENABLE_TELEMETRY"],
        any,
        Kind::Loader,
        Grade::Notes,
        "",
    ),
    line(
        &["YARN_YARN_PATH", "YARN_IGNORE_PATH", "YARN_PLUGINS", "YARN_RC_FILENAME"],
        any,
        Kind::Loader,
        Grade::Steers,
        "decides which code or settings yarn loads",
    ),
    line(
        &["BUN_CONFIG_*", "YARN_*", "PNPM_*"],
        any,
        Kind::Loader,
        Grade::Notes,
        "is a setting of the package manager",
    ),
    line(
        &["DENO_DIR", "DENO_INSTALL_ROOT"],
        any,
        Kind::Loader,
        Grade::Steers,
        "decides where Deno finds cached code",
    ),
    line(
        &["DENO_TLS_CA_STORE", "DENO_CERT"],
        any,
        Kind::Tls,
        Grade::Notes,
        "adds certificate authorities that Deno believes",
    ),
    line(&["DENO_*"], is_not_deno_deploy, Kind::Loader, Grade::Notes, "is a setting of Deno"),
    // Python and its package managers.
    line(
        &["PYTHONSTARTUP", "PYTHONUSERBASE"],
        any,
        Kind::Loader,
        Grade::Executes,
        "names code that Python loads when it starts",
    ),
    line(
        &["PYTHONHOME", "PYTHONPLATLIBDIR"],
        any,
        Kind::Loader,
        Grade::Steers,
        "names another standard library",
    ),
    line(
        &["PYTHONPATH"],
        any,
        Kind::Loader,
        Grade::Steers,
        "decides where Python finds modules, `sitecustomize` among them",
    ),
    line(
        &["PYTHONWARNINGS"],
        names_a_module,
        Kind::Loader,
        Grade::Executes,
        "makes Python import a module when it starts",
    ),
    line(
        &["PYTHONBREAKPOINT"],
        is_not_off,
        Kind::Loader,
        Grade::Executes,
        "names what Python calls at a breakpoint",
    ),
    line(
        &["BROWSER"],
        is_file_or_command,
        Kind::Loader,
        Grade::Executes,
        "is the command that programs open links with",
    ),
    line(
        &["PYTHONINSPECT", "PYTHONEXECUTABLE", "PYTHONPYCACHEPREFIX"],
        any,
        Kind::Loader,
        Grade::Steers,
        "changes which code Python runs",
    ),
    line(
        &["PYTHONHTTPSVERIFY"],
        is_off,
        Kind::Tls,
        Grade::Steers,
        "switches certificate checks off in Python",
    ),
    line(
        &["VIRTUAL_ENV", "CONDA_PREFIX"],
        any,
        Kind::Loader,
        Grade::Notes,
        "names the environment that Python takes packages from",
    ),
    line(
        &[
            "UV_INDEX",
            "UV_INDEX_URL",
            "UV_DEFAULT_INDEX",
            "UV_EXTRA_INDEX_URL",
            "UV_FIND_LINKS",
            "PIP_INDEX_URL",
            "PIP_EXTRA_INDEX_URL",
            "PIP_FIND_LINKS",
            "POETRY_REPOSITORIES_*",
        ],
        is_other_registry,
        Kind::Registry,
        Grade::Steers,
        "names the index that packages come from",
    ),
    line(
        &["UV_INSECURE_HOST", "PIP_TRUSTED_HOST"],
        any,
        Kind::Tls,
        Grade::Steers,
        "names hosts whose certificates are not checked",
    ),
    line(&["UV_ENV_FILE"], any, Kind::File, Grade::Steers, "names a file of environment variables"),
    line(
        &["UV_PYTHON"],
        is_file_or_command,
        Kind::Loader,
        Grade::Executes,
        "names the interpreter that uv starts",
    ),
    line(
        &["UV_CONFIG_FILE", "PIP_CONFIG_FILE"],
        is_not_null,
        Kind::Loader,
        Grade::Steers,
        "names a file of settings, the package index among them",
    ),
    line(
        &["UV_OVERRIDE", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "PIP_CONSTRAINT", "PIP_REQUIREMENT"],
        any,
        Kind::Loader,
        Grade::Steers,
        "names a file that decides which packages are installed",
    ),
    line(
        &[
            "UV_CACHE_DIR",
            "UV_NO_PROGRESS",
            "UV_LINK_MODE",
            "UV_HTTP_TIMEOUT",
            "UV_OFFLINE",
            "UV_COMPILE_BYTECODE",
            "UV_PYTHON",
            "UV_PYTHON_PREFERENCE",
            "UV_SYSTEM_PYTHON",
            "UV_NATIVE_TLS",
            "UV_NO_CACHE",
            "UV_FROZEN",
            "UV_LOCKED",
            "UV_INDEX*",
            "UV_DEFAULT_INDEX",
            "UV_EXTRA_INDEX_URL",
            "UV_NO_CONFIG",
            "UV_EXCLUDE_NEWER",
            "PIP_NO_CACHE_DIR",
            "PIP_DISABLE_PIP_VERSION_CHECK",
            "PIP_INDEX_URL",
            "PIP_CONFIG_FILE",
            "UV_CONFIG_FILE",
            "PIP_CACHE_DIR",
            "PIP_ROOT_USER_ACTION",
        ],
        any,
        Kind::Loader,
        Grade::Notes,
        "",
    ),
    line(&["UV_*", "PIP_*"], any, Kind::Loader, Grade::Notes, "is a setting of the package installer"),
    // Other runtimes.
    line(
        &["PERL5OPT", "PERL5DB"],
        any,
        Kind::Loader,
        Grade::Executes,
        "makes every Perl program load code first",
    ),
    line(
        &["RUBYOPT"],
        ruby_options_load,
        Kind::Loader,
        Grade::Executes,
        "makes every Ruby program load code first",
    ),
    line(
        &["PERL5LIB", "PERLLIB", "RUBYLIB", "CLASSPATH", "LUA_PATH*", "LUA_CPATH*", "GEM_PATH", "GEM_HOME"],
        any,
        Kind::Loader,
        Grade::Steers,
        "decides where the runtime finds modules",
    ),
    line(
        &["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"],
        java_options_debug,
        Kind::Debugger,
        Grade::Steers,
        "opens a debugger in every Java program",
    ),
    line(
        &["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"],
        java_options_load,
        Kind::Loader,
        Grade::Executes,
        "makes every Java program load code first",
    ),
    line(
        &["DOTNET_STARTUP_HOOKS", "CORECLR_PROFILER*", "COR_PROFILER*", "DOTNET_PROFILER*"],
        any,
        Kind::Loader,
        Grade::Executes,
        "loads code into every .NET program",
    ),
    line(
        &[
            "CORECLR_ENABLE_PROFILING",
            "COR_ENABLE_PROFILING",
            "DOTNET_ADDITIONAL_DEPS",
            "DOTNET_SHARED_STORE",
        ],
        any,
        Kind::Loader,
        Grade::Steers,
        "decides which code .NET programs load",
    ),
    line(&["LUA_INIT*"], any, Kind::Loader, Grade::Executes, "is executed by every Lua program"),
    line(
        &["PHPRC", "PHP_INI_SCAN_DIR"],
        any,
        Kind::Loader,
        Grade::Steers,
        "names PHP settings, which can load code",
    ),
    line(
        &["GOFLAGS"],
        go_flags_execute,
        Kind::Loader,
        Grade::Executes,
        "names a program that every build starts",
    ),
    line(
        &["GOPROXY"],
        is_other_registry,
        Kind::Registry,
        Grade::Steers,
        "names the proxy that modules come from",
    ),
    line(
        &["GONOSUMDB", "GONOSUMCHECK", "GOINSECURE"],
        any,
        Kind::Tls,
        Grade::Steers,
        "names modules that are fetched unchecked",
    ),
    line(&["GOSUMDB"], is_off, Kind::Tls, Grade::Steers, "switches the check of module contents off"),
    line(
        &["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTC", "RUSTDOC", "CARGO_BUILD_RUSTC*"],
        any,
        Kind::Loader,
        Grade::Executes,
        "names a program that every build starts",
    ),
    line(
        &["CARGO_TARGET_*"],
        names_a_cargo_program,
        Kind::Loader,
        Grade::Executes,
        "names a program that every build starts",
    ),
    line(&["CARGO_HOME"], any, Kind::Loader, Grade::Steers, "decides which settings Cargo reads"),
    line(
        &["OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES"],
        is_not_null,
        Kind::Loader,
        Grade::Steers,
        "makes OpenSSL load modules",
    ),
    // Programs that tools start.
    line(&["GIT_SSL_NO_VERIFY"], is_on, Kind::Tls, Grade::Steers, "switches git's certificate checks off"),
    line(
        &[
            "GIT_CONFIG_GLOBAL",
            "GIT_CONFIG_SYSTEM",
            "GIT_CONFIG_COUNT",
            "GIT_CONFIG_PARAMETERS",
            "GIT_TEMPLATE_DIR",
        ],
        is_not_null,
        Kind::Loader,
        Grade::Steers,
        "sets git configuration, which can name programs",
    ),
    line(
        &["GIT_CONFIG_KEY_*"],
        names_a_git_program,
        Kind::Loader,
        Grade::Executes,
        "sets a git key that names a program",
    ),
    line(
        &["GIT_SSH_COMMAND", "GIT_SSH", "GIT_EXTERNAL_DIFF", "GIT_EXEC_PATH", "GIT_PROXY_COMMAND"],
        is_not_plain_ssh,
        Kind::Loader,
        Grade::Executes,
        "is started by git",
    ),
    line(
        &[
            "GIT_ASKPASS",
            "GIT_EDITOR",
            "GIT_SEQUENCE_EDITOR",
            "GIT_PAGER",
            "SSH_ASKPASS",
            "EDITOR",
            "VISUAL",
            "PAGER",
            "MANPAGER",
            "LESSOPEN",
            "LESSCLOSE",
        ],
        is_file_or_command,
        Kind::Loader,
        Grade::Executes,
        "is a command that tools start",
    ),
    line(
        &["TAR_OPTIONS", "MAKEFLAGS", "GNUMAKEFLAGS", "RIPGREP_CONFIG_PATH"],
        any,
        Kind::Loader,
        Grade::Executes,
        "adds options that can name programs",
    ),
    // Where programs and settings are found.
    line(&["PATH"], any, Kind::Path, Grade::Steers, "decides which programs bare names mean"),
    line(
        &["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "HOMEPATH", "HOMEDRIVE"],
        is_unusual_home,
        Kind::Path,
        Grade::Steers,
        "decides which settings programs read, `.npmrc` among them",
    ),
    line(
        &["XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS"],
        any,
        Kind::Path,
        Grade::Notes,
        "decides which settings and data programs read",
    ),
    line(
        &["XDG_*", "TMPDIR", "TMP", "TEMP", "PWD"],
        any,
        Kind::Path,
        Grade::Notes,
        "moves a folder that programs trust",
    ),
    line(
        &["DOCKER_CONFIG", "KUBECONFIG", "SSH_AUTH_SOCK"],
        any,
        Kind::Path,
        Grade::Notes,
        "decides which credentials programs use",
    ),
    // Network.
    line(
        &["DOCKER_HOST"],
        is_remote_daemon,
        Kind::Socket,
        Grade::Steers,
        "hands containers and their secrets to another machine's daemon",
    ),
    line(
        &["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"],
        is_not_empty,
        Kind::Loader,
        Grade::Notes,
        "sends the server's traffic through a proxy",
    ),
    line(&["NO_PROXY"], any, Kind::Loader, Grade::Notes, "takes traffic past a proxy"),
    line(
        &["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"],
        any,
        Kind::Tls,
        Grade::Notes,
        "replaces the certificate authorities that programs believe",
    ),
];

fn judge(setting: &Setting) -> Option<(Kind, Grade, &'static str)> {
    let name = setting.name.value.trim().to_ascii_uppercase().replace('-', "_");
    let value = setting.value.value.as_str();
    let first = name.as_bytes().first();
    let matches = |pattern: &str| {
        pattern.as_bytes().first() == first
            && match pattern.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => name == pattern,
            }
    };
    let found =
        TABLE.iter().find(|line| line.names.iter().any(|pattern| matches(pattern)) && (line.when)(value));
    match found {
        Some(line) if line.effect.is_empty() => None,
        Some(line) => Some((line.kind, line.grade, line.effect)),
        None => insecure_by_name(&name, value),
    }
}

/// `JIRA_SSL_VERIFY=false`, `VERIFY_SSL=0`, `X_INSECURE=true`: the names that servers give their own switches.
fn insecure_by_name(name: &str, value: &str) -> Option<(Kind, Grade, &'static str)> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let off = ends(&[
        "SSL_VERIFY",
        "VERIFY_SSL",
        "TLS_VERIFY",
        "VERIFY_TLS",
        "VERIFY_CERTS",
        "VERIFY_CERT",
        "CERT_VERIFY",
        "SSL_VERIFICATION",
        "REJECT_UNAUTHORIZED",
        "VERIFY_CERTIFICATES",
    ]);
    let on = ends(&[
        "TLS_INSECURE",
        "SSL_INSECURE",
        "SKIP_TLS_VERIFY",
        "SSL_SKIP_VERIFY",
        "TLS_SKIP_VERIFY",
        "SKIP_SSL_VERIFY",
        "INSECURE_SKIP_VERIFY",
        "SSL_NO_VERIFY",
        "IGNORE_SSL_ERRORS",
        "ALLOW_INSECURE_TLS",
        "DISABLE_SSL_VERIFICATION",
        "IGNORE_CERTIFICATE_ERRORS",
    ]);
    ((off && is_off(value)) || (on && is_on(value))).then_some((
        Kind::Tls,
        Grade::Steers,
        "switches the server's certificate checks off",
    ))
}

fn any(_: &str) -> bool {
    true
}

fn is_not_empty(value: &str) -> bool {
    !value.trim().is_empty()
}

fn is_off(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off" | "none")
}

fn is_on(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

fn is_not_off(value: &str) -> bool {
    !is_off(value) && is_not_empty(value)
}

/// `/dev/null` and `NUL` name nothing.
fn is_not_null(value: &str) -> bool {
    is_not_empty(value) && !matches!(value, "/dev/null" | "NUL" | "nul" | "0")
}

fn is_not_plain_ssh(value: &str) -> bool {
    is_not_empty(value) && !matches!(value, "ssh" | "/usr/bin/ssh")
}

/// A path or a command with arguments, not one of the bare words that people put there (`true`, `cat`, `vim`).
fn is_file_or_command(value: &str) -> bool {
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

fn is_unusual_shell(value: &str) -> bool {
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

fn is_unusual_comspec(value: &str) -> bool {
    let lower = value.to_ascii_lowercase().replace('/', "\\");
    let usual = ["%systemroot%", "${systemroot}", "${env:systemroot}", "c:\\windows", "c:\\winnt"]
        .iter()
        .any(|root| lower == format!("{root}\\system32\\cmd.exe"));
    is_not_empty(value) && !usual && !matches!(lower.as_str(), "%comspec%" | "${comspec}" | "cmd.exe")
}

fn is_unusual_pathext(value: &str) -> bool {
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
fn node_options_load(value: &str) -> bool {
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

fn node_options_debug(value: &str) -> bool {
    options(value).any(|word| word.starts_with("--inspect") || word.starts_with("--debug"))
}

fn java_options_load(value: &str) -> bool {
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

fn java_options_debug(value: &str) -> bool {
    value.contains("jdwp")
}

fn ruby_options_load(value: &str) -> bool {
    options(value).any(|word| ["-r", "-I", "-e", "-x"].iter().any(|prefix| word.starts_with(prefix)))
}

fn go_flags_execute(value: &str) -> bool {
    options(value).any(|word| {
        ["-toolexec", "-exec", "-overlay", "-modfile"]
            .iter()
            .any(|prefix| word.trim_start_matches('-').starts_with(prefix.trim_start_matches('-')))
    })
}

fn options(value: &str) -> impl Iterator<Item = String> {
    value
        .split(|letter: char| letter.is_whitespace() || letter == '"' || letter == '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

/// `action:message:category.module:…`: a dotted category is imported.
fn names_a_module(value: &str) -> bool {
    value.split(',').any(|filter| filter.split(':').nth(2).is_some_and(|category| category.contains('.')))
}

fn names_a_cargo_program(value: &str) -> bool {
    is_file_or_command(value) && !value.starts_with("-C")
}

pub(super) fn names_a_git_program(key: &str) -> bool {
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
fn is_unusual_home(value: &str) -> bool {
    let lower = value.to_ascii_lowercase().replace('/', "\\");
    let lower = lower.trim_end_matches('\\');
    let parts: Vec<&str> = lower.split('\\').filter(|part| !part.is_empty()).collect();
    let is_windows =
        matches!(parts.as_slice(), [_, "users", _] | [_, "users", _, "appdata", "roaming" | "local"]);
    let is_variable = value.starts_with(['$', '%', '~']);
    is_not_empty(value) && !is_windows && !is_variable
}

/// The registries that are the default anyway.
pub(super) fn is_other_registry(value: &str) -> bool {
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

fn is_remote_daemon(value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    ["tcp://", "http://", "https://", "ssh://"].iter().any(|scheme| lower.starts_with(scheme))
}

/// Deno Deploy tokens are credentials of servers, no setting of the runtime.
fn is_not_deno_deploy(value: &str) -> bool {
    !value.starts_with("dd")
}

/// Folders that anybody can write to, by name: `/tmp` and its like on every system.
pub(super) fn is_shared_folder(path: &str) -> bool {
    let lower = path.to_ascii_lowercase().replace('\\', "/");
    const SHARED: &[&str] = &[
        "/tmp",
        "/var/tmp",
        "/private/tmp",
        "/private/var/tmp",
        "/dev/shm",
        "/run/shm",
        "c:/temp",
        "c:/tmp",
        "c:/windows/temp",
        "c:/users/public",
        "%temp%",
        "%tmp%",
        "%public%",
        "$tmpdir",
        "${tmpdir}",
        "/users/shared",
        "c:/programdata",
    ];
    SHARED
        .iter()
        .any(|folder| lower.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Whether any program of the launch could read `.npmrc`, packages or modules from its working directory.
pub(super) fn reads_working_directory(subject: &Subject<'_>) -> bool {
    subject.launch.steps.iter().any(|step| match step.program {
        Program::Npx
        | Program::Npm
        | Program::Pnpm
        | Program::Pnpx
        | Program::Yarn
        | Program::Bun
        | Program::Bunx
        | Program::Make => true,
        Program::Python => {
            step.flags(Means::Module).next().is_some()
                && !step.options.iter().any(|flag| matches!(flag.name.as_str(), "-P" | "-I"))
        }
        Program::Uv => true,
        _ => false,
    })
}
