
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'mantrap' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'mantrap'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'mantrap' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Find every MCP server that a machine, a repository or a product would start, and triage it')
            [CompletionResult]::new('jail', 'jail', [CompletionResultType]::ParameterValue, 'Run a command in a room of its own: only what is granted is there')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say which guarantees of the jail hold on this machine, and how to mend the others')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a server as it was approved: the command of every client')
            [CompletionResult]::new('guard', 'guard', [CompletionResultType]::ParameterValue, 'Run a host that starts servers itself, unchanged: nothing comes out of it but what was approved')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the servers of every lock, and whether they may be launched')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all of one server: what it executes, with which rights, and what to look at twice')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show everything that changed since a server was approved')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Put a server into your lock, to be approved: a package, a bundle, a program or script of this machine')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a server as it is now, after everything was shown')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Bring a server up to date in its lock, to be approved again, after the difference was shown')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take an approval back, also one by a signature or by the system')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a server from its lock')
            [CompletionResult]::new('lock', 'lock', [CompletionResultType]::ParameterValue, 'Look after the locks themselves')
            [CompletionResult]::new('catalogue', 'catalogue', [CompletionResultType]::ParameterValue, 'The servers that mantrap knows, and what each of them needs')
            [CompletionResult]::new('protect', 'protect', [CompletionResultType]::ParameterValue, 'Have this user''s clients start every server through mantrap')
            [CompletionResult]::new('unprotect', 'unprotect', [CompletionResultType]::ParameterValue, 'Give clients'' files back what they started before')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print the policy of a product that lets only approved servers start, and only through mantrap')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Check, test and explain the policies that judge every message')
            [CompletionResult]::new('approvals', 'approvals', [CompletionResultType]::ParameterValue, 'Answer what running servers ask of you')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'List, verify, clear out and carry away what is installed')
            [CompletionResult]::new('journal', 'journal', [CompletionResultType]::ParameterValue, 'Read, verify and prove what mantrap has recorded')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say why a rule speaks, how it judges, and what to do')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List the rules')
            [CompletionResult]::new('advisories', 'advisories', [CompletionResultType]::ParameterValue, 'List the advisories, or fetch newer ones')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;audit' {
            [CompletionResult]::new('--home', '--home', [CompletionResultType]::ParameterName, 'The home directory to look into, instead of this user''s')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'A mounted disk or unpacked container to look into; links are followed inside it')
            [CompletionResult]::new('--os', '--os', [CompletionResultType]::ParameterName, 'The system whose paths are looked at [default: this one]')
            [CompletionResult]::new('--advisories', '--advisories', [CompletionResultType]::ParameterName, 'Use the advisories of this directory instead of the compiled-in ones')
            [CompletionResult]::new('--cache', '--cache', [CompletionResultType]::ParameterName, 'Keep what is read of source code in this folder of yours, outside of PATH, and read only what changed the next time')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the report')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the report to this file, in one step and readable by you only')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write the report to this file, in one step and readable by you only')
            [CompletionResult]::new('--persona', '--persona', [CompletionResultType]::ParameterName, 'Who reads the report: each persona also sees what the ones before it see')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'Leave out what this earlier JSON report already holds')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Leave out what was there before the change on top of this branch, tag or commit: for pull requests')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The file of exceptions [default: PATH/mantrap.toml, or mantrap/mantrap.toml in your config directory]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all-users', '--all-users', [CompletionResultType]::ParameterName, 'Look into every account''s home that can be read')
            [CompletionResult]::new('--processes', '--processes', [CompletionResultType]::ParameterName, 'Also look at running processes, reading only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Also list every server and every place that was looked at')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Also list every server and every place that was looked at')
            [CompletionResult]::new('--no-ignores', '--no-ignores', [CompletionResultType]::ParameterName, 'Count no exceptions: neither mantrap.toml nor comments beside entries. For files that are not yours')
            [CompletionResult]::new('--no-exit-codes', '--no-exit-codes', [CompletionResultType]::ParameterName, 'Exit with 0 whatever is found')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;jail' {
            [CompletionResult]::new('--read', '--read', [CompletionResultType]::ParameterName, 'Let it read this file or folder')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Let it read, change, create and remove here; nothing in it can be executed')
            [CompletionResult]::new('--exec', '--exec', [CompletionResultType]::ParameterName, 'Let it read and execute here; the command itself is granted already')
            [CompletionResult]::new('--net', '--net', [CompletionResultType]::ParameterName, 'Let it connect by TCP: NAME:PORT, `*.NAME:PORT` for any one label, loopback:PORT; `in CIDR` behind it allows private addresses')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Let it connect to this Unix socket')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Set a variable, or pass one on by its name')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Hand over a secret that is shown nowhere: `NAME as env` or `NAME as file`, `from PATH` behind it; without a path the variable NAME holds it')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Memory of all its processes together, such as 512M or 2G (powers of 1024)')
            [CompletionResult]::new('--pids', '--pids', [CompletionResultType]::ParameterName, 'Processes and threads together [default: 512]')
            [CompletionResult]::new('--cpu', '--cpu', [CompletionResultType]::ParameterName, 'Processor time; 100% is one processor')
            [CompletionResult]::new('--time', '--time', [CompletionResultType]::ParameterName, 'How long it may run, such as 30s or 5m')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Also grant what this file holds; limits on the command line count instead of its own')
            [CompletionResult]::new('--probation', '--probation', [CompletionResultType]::ParameterName, 'Hold rights back for this long: no connection, no writing to granted files, no further program')
            [CompletionResult]::new('--waive', '--waive', [CompletionResultType]::ParameterName, 'Go without this guarantee if it is missing here; `mantrap doctor` names them')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Report what was tried and refused: JSON to a file, readable by you only, or text to standard error with -')
            [CompletionResult]::new('--profile-out', '--profile-out', [CompletionResultType]::ParameterName, 'Write the proposed profile to this file instead of standard output')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print what --explain and --report - say')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-system', '--no-system', [CompletionResultType]::ParameterName, 'Leave out the operating system''s own programs and libraries')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Say what would be there, and start nothing')
            [CompletionResult]::new('--learn', '--learn', [CompletionResultType]::ParameterName, 'Run with nothing real at stake and propose a profile')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;doctor' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;run' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;guard' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'What the host may start; without it guard.json of your configuration directory, or of /etc/mantrap')
            [CompletionResult]::new('--read', '--read', [CompletionResultType]::ParameterName, 'Let it read this file or folder')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Let it read, change, create and remove here; nothing in it can be executed')
            [CompletionResult]::new('--exec', '--exec', [CompletionResultType]::ParameterName, 'Let it read and execute here; the command itself is granted already')
            [CompletionResult]::new('--net', '--net', [CompletionResultType]::ParameterName, 'Let it connect by TCP: NAME:PORT, `*.NAME:PORT` for any one label, loopback:PORT; `in CIDR` behind it allows private addresses')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Let it connect to this Unix socket')
            [CompletionResult]::new('--env', '--env', [CompletionResultType]::ParameterName, 'Set a variable, or pass one on by its name')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Hand over a secret that is shown nowhere: `NAME as env` or `NAME as file`, `from PATH` behind it; without a path the variable NAME holds it')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Memory of all its processes together, such as 512M or 2G (powers of 1024)')
            [CompletionResult]::new('--pids', '--pids', [CompletionResultType]::ParameterName, 'Processes and threads together [default: 512]')
            [CompletionResult]::new('--cpu', '--cpu', [CompletionResultType]::ParameterName, 'Processor time; 100% is one processor')
            [CompletionResult]::new('--time', '--time', [CompletionResultType]::ParameterName, 'How long it may run, such as 30s or 5m')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'In a jail, let others connect to this port of the host: PORT for this machine alone, `0.0.0.0:PORT` or `[::]:PORT` for all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--observe', '--observe', [CompletionResultType]::ParameterName, 'Refuse nothing, and record what would be refused')
            [CompletionResult]::new('--waive-landlock', '--waive-landlock', [CompletionResultType]::ParameterName, 'Go without the kernel''s own list of programs, on a kernel without Landlock')
            [CompletionResult]::new('--no-system', '--no-system', [CompletionResultType]::ParameterName, 'Leave out the operating system''s own programs and libraries')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('learn', 'learn', [CompletionResultType]::ParameterValue, 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved')
            [CompletionResult]::new('profile', 'profile', [CompletionResultType]::ParameterValue, 'Look after guard profiles')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;guard;learn' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile; what is in it already stays')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;guard;profile' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all of a profile')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a profile as it is now, after all of it was shown')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed since a profile was approved')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;guard;profile;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;guard;profile;approve' {
            [CompletionResult]::new('--digest', '--digest', [CompletionResultType]::ParameterName, 'Approve without a terminal exactly what has this digest')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;guard;profile;diff' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;guard;profile;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all of a profile')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a profile as it is now, after all of it was shown')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed since a profile was approved')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;guard;profile;help;show' {
            break
        }
        'mantrap;guard;profile;help;approve' {
            break
        }
        'mantrap;guard;profile;help;diff' {
            break
        }
        'mantrap;guard;profile;help;help' {
            break
        }
        'mantrap;guard;help' {
            [CompletionResult]::new('learn', 'learn', [CompletionResultType]::ParameterValue, 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved')
            [CompletionResult]::new('profile', 'profile', [CompletionResultType]::ParameterValue, 'Look after guard profiles')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;guard;help;learn' {
            break
        }
        'mantrap;guard;help;profile' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all of a profile')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a profile as it is now, after all of it was shown')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed since a profile was approved')
            break
        }
        'mantrap;guard;help;profile;show' {
            break
        }
        'mantrap;guard;help;profile;approve' {
            break
        }
        'mantrap;guard;help;profile;diff' {
            break
        }
        'mantrap;guard;help;help' {
            break
        }
        'mantrap;list' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;show' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;diff' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;add' {
            [CompletionResult]::new('--runtime', '--runtime', [CompletionResultType]::ParameterName, 'By what it is run, instead of the first Node.js or Python in PATH: the program itself, not a launcher of it')
            [CompletionResult]::new('--program', '--program', [CompletionResultType]::ParameterName, 'Which of the package''s programs, where it has several')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'A file or folder whose contents are part of the server; any change of them needs a new approval')
            [CompletionResult]::new('--grant', '--grant', [CompletionResultType]::ParameterName, 'A right, in the words of `mantrap jail`: "read /home/me/notes", "net api.example.com:443"')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Choose a value that the catalogue leaves open: "directory=/home/me/notes"')
            [CompletionResult]::new('--directory', '--directory', [CompletionResultType]::ParameterName, 'The directory it starts in [default: its private, empty home]')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long it may take to its first answer, from 1s to 600s, where 60 seconds are not enough or too many')
            [CompletionResult]::new('--waive', '--waive', [CompletionResultType]::ParameterName, 'A guarantee of the jail that may be missing where it is launched (`mantrap doctor` lists them)')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print what was added')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-probe', '--no-probe', [CompletionResultType]::ParameterName, 'Do not start it once, without rights, to see its tools')
            [CompletionResult]::new('--allow-build', '--allow-build', [CompletionResultType]::ParameterName, 'Let code of the package run to install it, in a jail without a network: a source distribution of PyPI that has no wheel, install scripts of npm')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;approve' {
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Choose a value that the lock leaves open')
            [CompletionResult]::new('--digest', '--digest', [CompletionResultType]::ParameterName, 'Approve without a terminal: the digest of exactly what somebody looked at')
            [CompletionResult]::new('--sign', '--sign', [CompletionResultType]::ParameterName, 'Sign it too, with an SSH key: a private key, or the public half of one that the agent or a security key has')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Who signs, as allowed_signers names you: me@example.com')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;update' {
            [CompletionResult]::new('--program', '--program', [CompletionResultType]::ParameterName, 'Which of the package''s programs, where it has several')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the difference')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--allow-build', '--allow-build', [CompletionResultType]::ParameterName, 'Let code of the package run to install it, in a jail without a network')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Replace it without asking; it still has to be approved')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;revoke' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;remove' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;lock' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Measure every server of every lock, and fail when one may not be launched')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;lock;verify' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;lock;help' {
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Measure every server of every lock, and fail when one may not be launched')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;lock;help;verify' {
            break
        }
        'mantrap;lock;help;help' {
            break
        }
        'mantrap;catalogue' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the servers that mantrap knows')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what one of them needs')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;catalogue;list' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;catalogue;show' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;catalogue;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the servers that mantrap knows')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what one of them needs')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;catalogue;help;list' {
            break
        }
        'mantrap;catalogue;help;show' {
            break
        }
        'mantrap;catalogue;help;help' {
            break
        }
        'mantrap;protect' {
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'Only the files of this client; docs/clients.md lists the names')
            [CompletionResult]::new('--yes-to', '--yes-to', [CompletionResultType]::ParameterName, 'Agree without a terminal: the digest of an entry that somebody looked at')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be done; fetch nothing and write nothing')
            [CompletionResult]::new('--untried', '--untried', [CompletionResultType]::ParameterName, 'Start no server first: neither to pin the tools it lists nor to try it in its jail')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;unprotect' {
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'Only the files of this client')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be done; write nothing')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;export' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'The product that is to enforce it')
            [CompletionResult]::new('--program', '--program', [CompletionResultType]::ParameterName, 'Where mantrap is on the machines that get the policy [default: where this mantrap is]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;policy' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Run the examples of policy files, and show what each comes to')
            [CompletionResult]::new('pin', 'pin', [CompletionResultType]::ParameterValue, 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say what the policies decide about a question, by which rules, and how those read')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Put every question of the journal to changed policies, and show what would differ')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;policy;check' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;policy;test' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;policy;pin' {
            [CompletionResult]::new('--digest', '--digest', [CompletionResultType]::ParameterName, 'Pin without a terminal: the digest of exactly what somebody looked at')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;policy;explain' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;policy;simulate' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Files to be read as if they were this user''s only policies [default: the policies that count]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;policy;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Run the examples of policy files, and show what each comes to')
            [CompletionResult]::new('pin', 'pin', [CompletionResultType]::ParameterValue, 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say what the policies decide about a question, by which rules, and how those read')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Put every question of the journal to changed policies, and show what would differ')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;policy;help;check' {
            break
        }
        'mantrap;policy;help;test' {
            break
        }
        'mantrap;policy;help;pin' {
            break
        }
        'mantrap;policy;help;explain' {
            break
        }
        'mantrap;policy;help;simulate' {
            break
        }
        'mantrap;policy;help;help' {
            break
        }
        'mantrap;approvals' {
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'Show what waits and answer nothing')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Wait for questions until interrupted')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;store' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what is installed, and which servers need it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read every byte of what is installed')
            [CompletionResult]::new('gc', 'gc', [CompletionResultType]::ParameterValue, 'Remove what no lock names')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write what is installed into one file, for a machine without a network')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Install what another machine exported; everything is verified')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;store;list' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;store;verify' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;store;gc' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only say what would be removed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;store;export' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The file to write; - is standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The file to write; - is standard output')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;store;import' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print what was imported')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;store;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what is installed, and which servers need it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read every byte of what is installed')
            [CompletionResult]::new('gc', 'gc', [CompletionResultType]::ParameterValue, 'Remove what no lock names')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write what is installed into one file, for a machine without a network')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Install what another machine exported; everything is verified')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;store;help;list' {
            break
        }
        'mantrap;store;help;verify' {
            break
        }
        'mantrap;store;help;gc' {
            break
        }
        'mantrap;store;help;export' {
            break
        }
        'mantrap;store;help;import' {
            break
        }
        'mantrap;store;help;help' {
            break
        }
        'mantrap;journal' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the last records, or one of them in full')
            [CompletionResult]::new('follow', 'follow', [CompletionResultType]::ParameterValue, 'Show records as they are written')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check every record, or a proof of one')
            [CompletionResult]::new('prove', 'prove', [CompletionResultType]::ParameterValue, 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;journal;show' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'How many of the last records')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'Only records of this kind: intent, outcome, verdict, note')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print them; json is one object per line')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s directory [default: mantrap/journal in your state directory]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every record')
            [CompletionResult]::new('--raw', '--raw', [CompletionResultType]::ParameterName, 'The record''s bytes as they were written, which is what a proof is of')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;journal;follow' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Begin with this record, instead of the next one')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'End after so many records')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print them; json is one object per line')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s directory [default: mantrap/journal in your state directory]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;journal;verify' {
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'A checkpoint that was kept elsewhere, as `mantrap journal prove` printed it')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'The public key of the journal, or a file that holds it')
            [CompletionResult]::new('--proof', '--proof', [CompletionResultType]::ParameterName, 'Check only this proof of one record; no journal is needed')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'The record''s bytes, as `mantrap journal show INDEX --raw` printed them')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print what was found')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s directory [default: mantrap/journal in your state directory]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;journal;prove' {
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s directory [default: mantrap/journal in your state directory]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;journal;export' {
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal''s directory [default: mantrap/journal in your state directory]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;journal;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the last records, or one of them in full')
            [CompletionResult]::new('follow', 'follow', [CompletionResultType]::ParameterValue, 'Show records as they are written')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check every record, or a proof of one')
            [CompletionResult]::new('prove', 'prove', [CompletionResultType]::ParameterValue, 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;journal;help;show' {
            break
        }
        'mantrap;journal;help;follow' {
            break
        }
        'mantrap;journal;help;verify' {
            break
        }
        'mantrap;journal;help;prove' {
            break
        }
        'mantrap;journal;help;export' {
            break
        }
        'mantrap;journal;help;help' {
            break
        }
        'mantrap;explain' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;rules' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;advisories' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what the audit knows')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Fetch newer advisories from an OSV-compatible API into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;advisories;list' {
            [CompletionResult]::new('--advisories', '--advisories', [CompletionResultType]::ParameterName, 'A directory of advisories, instead of the compiled-in ones')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print them')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;advisories;update' {
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Where to keep them')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The API')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up on a request after this many seconds')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;advisories;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what the audit knows')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Fetch newer advisories from an OSV-compatible API into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;advisories;help;list' {
            break
        }
        'mantrap;advisories;help;update' {
            break
        }
        'mantrap;advisories;help;help' {
            break
        }
        'mantrap;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'mantrap;help' {
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Find every MCP server that a machine, a repository or a product would start, and triage it')
            [CompletionResult]::new('jail', 'jail', [CompletionResultType]::ParameterValue, 'Run a command in a room of its own: only what is granted is there')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say which guarantees of the jail hold on this machine, and how to mend the others')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a server as it was approved: the command of every client')
            [CompletionResult]::new('guard', 'guard', [CompletionResultType]::ParameterValue, 'Run a host that starts servers itself, unchanged: nothing comes out of it but what was approved')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the servers of every lock, and whether they may be launched')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all of one server: what it executes, with which rights, and what to look at twice')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show everything that changed since a server was approved')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Put a server into your lock, to be approved: a package, a bundle, a program or script of this machine')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a server as it is now, after everything was shown')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Bring a server up to date in its lock, to be approved again, after the difference was shown')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take an approval back, also one by a signature or by the system')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a server from its lock')
            [CompletionResult]::new('lock', 'lock', [CompletionResultType]::ParameterValue, 'Look after the locks themselves')
            [CompletionResult]::new('catalogue', 'catalogue', [CompletionResultType]::ParameterValue, 'The servers that mantrap knows, and what each of them needs')
            [CompletionResult]::new('protect', 'protect', [CompletionResultType]::ParameterValue, 'Have this user''s clients start every server through mantrap')
            [CompletionResult]::new('unprotect', 'unprotect', [CompletionResultType]::ParameterValue, 'Give clients'' files back what they started before')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print the policy of a product that lets only approved servers start, and only through mantrap')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Check, test and explain the policies that judge every message')
            [CompletionResult]::new('approvals', 'approvals', [CompletionResultType]::ParameterValue, 'Answer what running servers ask of you')
            [CompletionResult]::new('store', 'store', [CompletionResultType]::ParameterValue, 'List, verify, clear out and carry away what is installed')
            [CompletionResult]::new('journal', 'journal', [CompletionResultType]::ParameterValue, 'Read, verify and prove what mantrap has recorded')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say why a rule speaks, how it judges, and what to do')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'List the rules')
            [CompletionResult]::new('advisories', 'advisories', [CompletionResultType]::ParameterValue, 'List the advisories, or fetch newer ones')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'mantrap;help;audit' {
            break
        }
        'mantrap;help;jail' {
            break
        }
        'mantrap;help;doctor' {
            break
        }
        'mantrap;help;run' {
            break
        }
        'mantrap;help;guard' {
            [CompletionResult]::new('learn', 'learn', [CompletionResultType]::ParameterValue, 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved')
            [CompletionResult]::new('profile', 'profile', [CompletionResultType]::ParameterValue, 'Look after guard profiles')
            break
        }
        'mantrap;help;guard;learn' {
            break
        }
        'mantrap;help;guard;profile' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show all of a profile')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a profile as it is now, after all of it was shown')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed since a profile was approved')
            break
        }
        'mantrap;help;guard;profile;show' {
            break
        }
        'mantrap;help;guard;profile;approve' {
            break
        }
        'mantrap;help;guard;profile;diff' {
            break
        }
        'mantrap;help;list' {
            break
        }
        'mantrap;help;show' {
            break
        }
        'mantrap;help;diff' {
            break
        }
        'mantrap;help;add' {
            break
        }
        'mantrap;help;approve' {
            break
        }
        'mantrap;help;update' {
            break
        }
        'mantrap;help;revoke' {
            break
        }
        'mantrap;help;remove' {
            break
        }
        'mantrap;help;lock' {
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Measure every server of every lock, and fail when one may not be launched')
            break
        }
        'mantrap;help;lock;verify' {
            break
        }
        'mantrap;help;catalogue' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the servers that mantrap knows')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what one of them needs')
            break
        }
        'mantrap;help;catalogue;list' {
            break
        }
        'mantrap;help;catalogue;show' {
            break
        }
        'mantrap;help;protect' {
            break
        }
        'mantrap;help;unprotect' {
            break
        }
        'mantrap;help;export' {
            break
        }
        'mantrap;help;policy' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Run the examples of policy files, and show what each comes to')
            [CompletionResult]::new('pin', 'pin', [CompletionResultType]::ParameterValue, 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say what the policies decide about a question, by which rules, and how those read')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Put every question of the journal to changed policies, and show what would differ')
            break
        }
        'mantrap;help;policy;check' {
            break
        }
        'mantrap;help;policy;test' {
            break
        }
        'mantrap;help;policy;pin' {
            break
        }
        'mantrap;help;policy;explain' {
            break
        }
        'mantrap;help;policy;simulate' {
            break
        }
        'mantrap;help;approvals' {
            break
        }
        'mantrap;help;store' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what is installed, and which servers need it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read every byte of what is installed')
            [CompletionResult]::new('gc', 'gc', [CompletionResultType]::ParameterValue, 'Remove what no lock names')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write what is installed into one file, for a machine without a network')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Install what another machine exported; everything is verified')
            break
        }
        'mantrap;help;store;list' {
            break
        }
        'mantrap;help;store;verify' {
            break
        }
        'mantrap;help;store;gc' {
            break
        }
        'mantrap;help;store;export' {
            break
        }
        'mantrap;help;store;import' {
            break
        }
        'mantrap;help;journal' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the last records, or one of them in full')
            [CompletionResult]::new('follow', 'follow', [CompletionResultType]::ParameterValue, 'Show records as they are written')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check every record, or a proof of one')
            [CompletionResult]::new('prove', 'prove', [CompletionResultType]::ParameterValue, 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)')
            break
        }
        'mantrap;help;journal;show' {
            break
        }
        'mantrap;help;journal;follow' {
            break
        }
        'mantrap;help;journal;verify' {
            break
        }
        'mantrap;help;journal;prove' {
            break
        }
        'mantrap;help;journal;export' {
            break
        }
        'mantrap;help;explain' {
            break
        }
        'mantrap;help;rules' {
            break
        }
        'mantrap;help;advisories' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List what the audit knows')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Fetch newer advisories from an OSV-compatible API into a directory')
            break
        }
        'mantrap;help;advisories;list' {
            break
        }
        'mantrap;help;advisories;update' {
            break
        }
        'mantrap;help;completions' {
            break
        }
        'mantrap;help;man' {
            break
        }
        'mantrap;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
