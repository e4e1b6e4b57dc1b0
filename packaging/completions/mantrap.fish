# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mantrap_global_optspecs
    string join \n color= h/help V/version
end

function __fish_mantrap_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mantrap_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mantrap_using_subcommand
    set -l cmd (__fish_mantrap_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mantrap -n "__fish_mantrap_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_needs_command" -s V -l version -d 'Print version'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "audit" -d 'Find every MCP server that a machine, a repository or a product would start, and triage it'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "jail" -d 'Run a command in a room of its own: only what is granted is there'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "doctor" -d 'Say which guarantees of the jail hold on this machine, and how to mend the others'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "run" -d 'Run a server as it was approved: the command of every client'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "guard" -d 'Run a host that starts servers itself, unchanged: nothing comes out of it but what was approved'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "list" -d 'List the servers of every lock, and whether they may be launched'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "show" -d 'Show all of one server: what it executes, with which rights, and what to look at twice'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "diff" -d 'Show everything that changed since a server was approved'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "add" -d 'Put a server into your lock, to be approved: a package, a bundle, a program or script of this machine'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "approve" -d 'Approve a server as it is now, after everything was shown'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "update" -d 'Bring a server up to date in its lock, to be approved again, after the difference was shown'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "revoke" -d 'Take an approval back, also one by a signature or by the system'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "remove" -d 'Remove a server from its lock'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "lock" -d 'Look after the locks themselves'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "catalogue" -d 'The servers that mantrap knows, and what each of them needs'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "protect" -d 'Have this user\'s clients start every server through mantrap'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "unprotect" -d 'Give clients\' files back what they started before'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "export" -d 'Print the policy of a product that lets only approved servers start, and only through mantrap'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "policy" -d 'Check, test and explain the policies that judge every message'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "approvals" -d 'Answer what running servers ask of you'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "store" -d 'List, verify, clear out and carry away what is installed'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "journal" -d 'Read, verify and prove what mantrap has recorded'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "explain" -d 'Say why a rule speaks, how it judges, and what to do'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "rules" -d 'List the rules'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "advisories" -d 'List the advisories, or fetch newer ones'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "man" -d 'Write the manual pages into a directory'
complete -c mantrap -n "__fish_mantrap_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l home -d 'The home directory to look into, instead of this user\'s' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l root -d 'A mounted disk or unpacked container to look into; links are followed inside it' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l os -d 'The system whose paths are looked at [default: this one]' -r -f -a "linux\t'Linux'
macos\t'macOS'
windows\t'Windows'"
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l advisories -d 'Use the advisories of this directory instead of the compiled-in ones' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l cache -d 'Keep what is read of source code in this folder of yours, outside of PATH, and read only what changed the next time' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l format -d 'How to print the report' -r -f -a "text\t'For a terminal'
json\t'For programs: schema mantrap-audit/1'
sarif\t'SARIF 2.1.0, for code scanning'
html\t'One self-contained page'
md\t'Markdown, for pull requests and job summaries'
cyclonedx\t'CycloneDX 1.6 JSON, the inventory'"
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -s o -l output -d 'Write the report to this file, in one step and readable by you only' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l persona -d 'Who reads the report: each persona also sees what the ones before it see' -r -f -a "regular\t'Everybody: few findings, and worth acting on'
pedantic\t'Who wants a clean configuration'
auditor\t'Who is paid to look at everything'"
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l baseline -d 'Leave out what this earlier JSON report already holds' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l diff -d 'Leave out what was there before the change on top of this branch, tag or commit: for pull requests' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l config -d 'The file of exceptions [default: PATH/mantrap.toml, or mantrap/mantrap.toml in your config directory]' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l all-users -d 'Look into every account\'s home that can be read'
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l processes -d 'Also look at running processes, reading only'
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -s v -l verbose -d 'Also list every server and every place that was looked at'
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l no-ignores -d 'Count no exceptions: neither mantrap.toml nor comments beside entries. For files that are not yours'
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -l no-exit-codes -d 'Exit with 0 whatever is found'
complete -c mantrap -n "__fish_mantrap_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l read -d 'Let it read this file or folder' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l write -d 'Let it read, change, create and remove here; nothing in it can be executed' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l exec -d 'Let it read and execute here; the command itself is granted already' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l net -d 'Let it connect by TCP: NAME:PORT, `*.NAME:PORT` for any one label, loopback:PORT; `in CIDR` behind it allows private addresses' -r -f -a "(__fish_print_hostnames)"
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l socket -d 'Let it connect to this Unix socket' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l env -d 'Set a variable, or pass one on by its name' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l secret -d 'Hand over a secret that is shown nowhere: `NAME as env` or `NAME as file`, `from PATH` behind it; without a path the variable NAME holds it' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l memory -d 'Memory of all its processes together, such as 512M or 2G (powers of 1024)' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l pids -d 'Processes and threads together [default: 512]' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l cpu -d 'Processor time; 100% is one processor' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l time -d 'How long it may run, such as 30s or 5m' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l profile -d 'Also grant what this file holds; limits on the command line count instead of its own' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l probation -d 'Hold rights back for this long: no connection, no writing to granted files, no further program' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l waive -d 'Go without this guarantee if it is missing here; `mantrap doctor` names them' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l report -d 'Report what was tried and refused: JSON to a file, readable by you only, or text to standard error with -' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l profile-out -d 'Write the proposed profile to this file instead of standard output' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l format -d 'How to print what --explain and --report - say' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l no-system -d 'Leave out the operating system\'s own programs and libraries'
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l explain -d 'Say what would be there, and start nothing'
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -l learn -d 'Run with nothing real at stake and propose a profile'
complete -c mantrap -n "__fish_mantrap_using_subcommand jail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand doctor" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l profile -d 'What the host may start; without it guard.json of your configuration directory, or of /etc/mantrap' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l read -d 'Let it read this file or folder' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l write -d 'Let it read, change, create and remove here; nothing in it can be executed' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l exec -d 'Let it read and execute here; the command itself is granted already' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l net -d 'Let it connect by TCP: NAME:PORT, `*.NAME:PORT` for any one label, loopback:PORT; `in CIDR` behind it allows private addresses' -r -f -a "(__fish_print_hostnames)"
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l socket -d 'Let it connect to this Unix socket' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l env -d 'Set a variable, or pass one on by its name' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l secret -d 'Hand over a secret that is shown nowhere: `NAME as env` or `NAME as file`, `from PATH` behind it; without a path the variable NAME holds it' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l memory -d 'Memory of all its processes together, such as 512M or 2G (powers of 1024)' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l pids -d 'Processes and threads together [default: 512]' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l cpu -d 'Processor time; 100% is one processor' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l time -d 'How long it may run, such as 30s or 5m' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l listen -d 'In a jail, let others connect to this port of the host: PORT for this machine alone, `0.0.0.0:PORT` or `[::]:PORT` for all' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l observe -d 'Refuse nothing, and record what would be refused'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l waive-landlock -d 'Go without the kernel\'s own list of programs, on a kernel without Landlock'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -l no-system -d 'Leave out the operating system\'s own programs and libraries'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -a "learn" -d 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -a "profile" -d 'Look after guard profiles'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and not __fish_seen_subcommand_from learn profile help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from learn" -l profile -d 'The profile; what is in it already stays' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from learn" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from learn" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from profile" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from profile" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from profile" -f -a "show" -d 'Show all of a profile'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from profile" -f -a "approve" -d 'Approve a profile as it is now, after all of it was shown'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from profile" -f -a "diff" -d 'Show what changed since a profile was approved'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from profile" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "learn" -d 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "profile" -d 'Look after guard profiles'
complete -c mantrap -n "__fish_mantrap_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand list" -l format -d 'How to print them' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand show" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand diff" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l runtime -d 'By what it is run, instead of the first Node.js or Python in PATH: the program itself, not a launcher of it' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l program -d 'Which of the package\'s programs, where it has several' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l file -d 'A file or folder whose contents are part of the server; any change of them needs a new approval' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l grant -d 'A right, in the words of `mantrap jail`: "read /home/me/notes", "net api.example.com:443"' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l set -d 'Choose a value that the catalogue leaves open: "directory=/home/me/notes"' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l directory -d 'The directory it starts in [default: its private, empty home]' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l deadline -d 'How long it may take to its first answer, from 1s to 600s, where 60 seconds are not enough or too many' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l waive -d 'A guarantee of the jail that may be missing where it is launched (`mantrap doctor` lists them)' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l format -d 'How to print what was added' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l no-probe -d 'Do not start it once, without rights, to see its tools'
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -l allow-build -d 'Let code of the package run to install it, in a jail without a network: a source distribution of PyPI that has no wheel, install scripts of npm'
complete -c mantrap -n "__fish_mantrap_using_subcommand add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand approve" -l set -d 'Choose a value that the lock leaves open' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand approve" -l digest -d 'Approve without a terminal: the digest of exactly what somebody looked at' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand approve" -l sign -d 'Sign it too, with an SSH key: a private key, or the public half of one that the agent or a security key has' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand approve" -l as -d 'Who signs, as allowed_signers names you: me@example.com' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand approve" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand update" -l program -d 'Which of the package\'s programs, where it has several' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand update" -l format -d 'How to print the difference' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand update" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand update" -l allow-build -d 'Let code of the package run to install it, in a jail without a network'
complete -c mantrap -n "__fish_mantrap_using_subcommand update" -l yes -d 'Replace it without asking; it still has to be approved'
complete -c mantrap -n "__fish_mantrap_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand revoke" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand remove" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and not __fish_seen_subcommand_from verify help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and not __fish_seen_subcommand_from verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and not __fish_seen_subcommand_from verify help" -f -a "verify" -d 'Measure every server of every lock, and fail when one may not be launched'
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and not __fish_seen_subcommand_from verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and __fish_seen_subcommand_from verify" -l format -d 'How to print them' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Measure every server of every lock, and fail when one may not be launched'
complete -c mantrap -n "__fish_mantrap_using_subcommand lock; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and not __fish_seen_subcommand_from list show help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and not __fish_seen_subcommand_from list show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and not __fish_seen_subcommand_from list show help" -f -a "list" -d 'List the servers that mantrap knows'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and not __fish_seen_subcommand_from list show help" -f -a "show" -d 'Show what one of them needs'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and not __fish_seen_subcommand_from list show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l format -d 'How to print them' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from show" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the servers that mantrap knows'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what one of them needs'
complete -c mantrap -n "__fish_mantrap_using_subcommand catalogue; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand protect" -l client -d 'Only the files of this client; docs/clients.md lists the names' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand protect" -l yes-to -d 'Agree without a terminal: the digest of an entry that somebody looked at' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand protect" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand protect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand protect" -l dry-run -d 'Say what would be done; fetch nothing and write nothing'
complete -c mantrap -n "__fish_mantrap_using_subcommand protect" -l untried -d 'Start no server first: neither to pin the tools it lists nor to try it in its jail'
complete -c mantrap -n "__fish_mantrap_using_subcommand protect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand unprotect" -l client -d 'Only the files of this client' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand unprotect" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand unprotect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand unprotect" -l dry-run -d 'Say what would be done; write nothing'
complete -c mantrap -n "__fish_mantrap_using_subcommand unprotect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand export" -l for -d 'The product that is to enforce it' -r -f -a "claude-code\t'Claude Code: managed-settings.json'
copilot\t'GitHub Copilot CLI, in VS Code, JetBrains IDEs and the app: managed-settings.json'
windsurf\t'Windsurf and Devin Desktop, Teams and Enterprise: the administrator\'s allow-list'
codex\t'OpenAI Codex: requirements.toml'
gemini\t'Gemini CLI: the system\'s settings.json'
vscode\t'VS Code: its enterprise policies'"
complete -c mantrap -n "__fish_mantrap_using_subcommand export" -l program -d 'Where mantrap is on the machines that get the policy [default: where this mantrap is]' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand export" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -f -a "check" -d 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -f -a "test" -d 'Run the examples of policy files, and show what each comes to'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -f -a "pin" -d 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -f -a "explain" -d 'Say what the policies decide about a question, by which rules, and how those read'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -f -a "simulate" -d 'Put every question of the journal to changed policies, and show what would differ'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and not __fish_seen_subcommand_from check test pin explain simulate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from test" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from pin" -l digest -d 'Pin without a terminal: the digest of exactly what somebody looked at' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from pin" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from pin" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from simulate" -l policy -d 'Files to be read as if they were this user\'s only policies [default: the policies that count]' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from simulate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "test" -d 'Run the examples of policy files, and show what each comes to'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "pin" -d 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Say what the policies decide about a question, by which rules, and how those read'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "simulate" -d 'Put every question of the journal to changed policies, and show what would differ'
complete -c mantrap -n "__fish_mantrap_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand approvals" -l list -d 'Show what waits and answer nothing' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand approvals" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand approvals" -l watch -d 'Wait for questions until interrupted'
complete -c mantrap -n "__fish_mantrap_using_subcommand approvals" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -f -a "list" -d 'List what is installed, and which servers need it'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -f -a "verify" -d 'Read every byte of what is installed'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -f -a "gc" -d 'Remove what no lock names'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -f -a "export" -d 'Write what is installed into one file, for a machine without a network'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -f -a "import" -d 'Install what another machine exported; everything is verified'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and not __fish_seen_subcommand_from list verify gc export import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from list" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from verify" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from gc" -l format -d 'How to print it' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from gc" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from gc" -l dry-run -d 'Only say what would be removed'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from export" -s o -l output -d 'The file to write; - is standard output' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from import" -l format -d 'How to print what was imported' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what is installed, and which servers need it'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Read every byte of what is installed'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "gc" -d 'Remove what no lock names'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write what is installed into one file, for a machine without a network'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "import" -d 'Install what another machine exported; everything is verified'
complete -c mantrap -n "__fish_mantrap_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -f -a "show" -d 'Show the last records, or one of them in full'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -f -a "follow" -d 'Show records as they are written'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -f -a "verify" -d 'Check every record, or a proof of one'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -f -a "prove" -d 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -f -a "export" -d 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and not __fish_seen_subcommand_from show follow verify prove export help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -l last -d 'How many of the last records' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -l kind -d 'Only records of this kind: intent, outcome, verdict, note' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -l format -d 'How to print them; json is one object per line' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -l journal -d 'The journal\'s directory [default: mantrap/journal in your state directory]' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -l all -d 'Every record'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -l raw -d 'The record\'s bytes as they were written, which is what a proof is of'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from follow" -l from -d 'Begin with this record, instead of the next one' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from follow" -l count -d 'End after so many records' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from follow" -l format -d 'How to print them; json is one object per line' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from follow" -l journal -d 'The journal\'s directory [default: mantrap/journal in your state directory]' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from follow" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from follow" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -l checkpoint -d 'A checkpoint that was kept elsewhere, as `mantrap journal prove` printed it' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -l key -d 'The public key of the journal, or a file that holds it' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -l proof -d 'Check only this proof of one record; no journal is needed' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -l record -d 'The record\'s bytes, as `mantrap journal show INDEX --raw` printed them' -r -F
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -l format -d 'How to print what was found' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -l journal -d 'The journal\'s directory [default: mantrap/journal in your state directory]' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from prove" -l journal -d 'The journal\'s directory [default: mantrap/journal in your state directory]' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from prove" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from prove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from export" -l journal -d 'The journal\'s directory [default: mantrap/journal in your state directory]' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from export" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the last records, or one of them in full'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "follow" -d 'Show records as they are written'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check every record, or a proof of one'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "prove" -d 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)'
complete -c mantrap -n "__fish_mantrap_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand rules" -l format -d 'How to print them' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand rules" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and not __fish_seen_subcommand_from list update help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and not __fish_seen_subcommand_from list update help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and not __fish_seen_subcommand_from list update help" -f -a "list" -d 'List what the audit knows'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and not __fish_seen_subcommand_from list update help" -f -a "update" -d 'Fetch newer advisories from an OSV-compatible API into a directory'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and not __fish_seen_subcommand_from list update help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from list" -l advisories -d 'A directory of advisories, instead of the compiled-in ones' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from list" -l format -d 'How to print them' -r -f -a "text\t'For a terminal'
json\t'For programs'"
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from update" -l into -d 'Where to keep them' -r -f -a "(__fish_complete_directories)"
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from update" -l url -d 'The API' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from update" -l timeout -d 'Give up on a request after this many seconds' -r
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from update" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what the audit knows'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from help" -f -a "update" -d 'Fetch newer advisories from an OSV-compatible API into a directory'
complete -c mantrap -n "__fish_mantrap_using_subcommand advisories; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c mantrap -n "__fish_mantrap_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "audit" -d 'Find every MCP server that a machine, a repository or a product would start, and triage it'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "jail" -d 'Run a command in a room of its own: only what is granted is there'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "doctor" -d 'Say which guarantees of the jail hold on this machine, and how to mend the others'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "run" -d 'Run a server as it was approved: the command of every client'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "guard" -d 'Run a host that starts servers itself, unchanged: nothing comes out of it but what was approved'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "list" -d 'List the servers of every lock, and whether they may be launched'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "show" -d 'Show all of one server: what it executes, with which rights, and what to look at twice'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "diff" -d 'Show everything that changed since a server was approved'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "add" -d 'Put a server into your lock, to be approved: a package, a bundle, a program or script of this machine'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "approve" -d 'Approve a server as it is now, after everything was shown'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "update" -d 'Bring a server up to date in its lock, to be approved again, after the difference was shown'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "revoke" -d 'Take an approval back, also one by a signature or by the system'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "remove" -d 'Remove a server from its lock'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "lock" -d 'Look after the locks themselves'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "catalogue" -d 'The servers that mantrap knows, and what each of them needs'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "protect" -d 'Have this user\'s clients start every server through mantrap'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "unprotect" -d 'Give clients\' files back what they started before'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "export" -d 'Print the policy of a product that lets only approved servers start, and only through mantrap'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "policy" -d 'Check, test and explain the policies that judge every message'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "approvals" -d 'Answer what running servers ask of you'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "store" -d 'List, verify, clear out and carry away what is installed'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "journal" -d 'Read, verify and prove what mantrap has recorded'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "explain" -d 'Say why a rule speaks, how it judges, and what to do'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "rules" -d 'List the rules'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "advisories" -d 'List the advisories, or fetch newer ones'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "man" -d 'Write the manual pages into a directory'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit jail doctor run guard list show diff add approve update revoke remove lock catalogue protect unprotect export policy approvals store journal explain rules advisories completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "learn" -d 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "profile" -d 'Look after guard profiles'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from lock" -f -a "verify" -d 'Measure every server of every lock, and fail when one may not be launched'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from catalogue" -f -a "list" -d 'List the servers that mantrap knows'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from catalogue" -f -a "show" -d 'Show what one of them needs'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "check" -d 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "test" -d 'Run the examples of policy files, and show what each comes to'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "pin" -d 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "explain" -d 'Say what the policies decide about a question, by which rules, and how those read'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "simulate" -d 'Put every question of the journal to changed policies, and show what would differ'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "list" -d 'List what is installed, and which servers need it'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "verify" -d 'Read every byte of what is installed'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "gc" -d 'Remove what no lock names'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "export" -d 'Write what is installed into one file, for a machine without a network'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "import" -d 'Install what another machine exported; everything is verified'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "show" -d 'Show the last records, or one of them in full'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "follow" -d 'Show records as they are written'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "verify" -d 'Check every record, or a proof of one'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "prove" -d 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "export" -d 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from advisories" -f -a "list" -d 'List what the audit knows'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from advisories" -f -a "update" -d 'Fetch newer advisories from an OSV-compatible API into a directory'
