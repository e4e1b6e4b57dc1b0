
use builtin;
use str;

set edit:completion:arg-completer[mantrap] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'mantrap'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'mantrap'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand audit 'Find every MCP server that a machine, a repository or a product would start, and triage it'
            cand jail 'Run a command in a room of its own: only what is granted is there'
            cand doctor 'Say which guarantees of the jail hold on this machine, and how to mend the others'
            cand run 'Run a server as it was approved: the command of every client'
            cand guard 'Run a host that starts servers itself, unchanged: nothing comes out of it but what was approved'
            cand list 'List the servers of every lock, and whether they may be launched'
            cand show 'Show all of one server: what it executes, with which rights, and what to look at twice'
            cand diff 'Show everything that changed since a server was approved'
            cand add 'Put a server into your lock, to be approved: a package, a bundle, a program or script of this machine'
            cand approve 'Approve a server as it is now, after everything was shown'
            cand update 'Bring a server up to date in its lock, to be approved again, after the difference was shown'
            cand revoke 'Take an approval back, also one by a signature or by the system'
            cand remove 'Remove a server from its lock'
            cand lock 'Look after the locks themselves'
            cand catalogue 'The servers that mantrap knows, and what each of them needs'
            cand protect 'Have this user''s clients start every server through mantrap'
            cand unprotect 'Give clients'' files back what they started before'
            cand export 'Print the policy of a product that lets only approved servers start, and only through mantrap'
            cand policy 'Check, test and explain the policies that judge every message'
            cand approvals 'Answer what running servers ask of you'
            cand store 'List, verify, clear out and carry away what is installed'
            cand journal 'Read, verify and prove what mantrap has recorded'
            cand explain 'Say why a rule speaks, how it judges, and what to do'
            cand rules 'List the rules'
            cand advisories 'List the advisories, or fetch newer ones'
            cand completions 'Print the completion script of a shell'
            cand man 'Write the manual pages into a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;audit'= {
            cand --home 'The home directory to look into, instead of this user''s'
            cand --root 'A mounted disk or unpacked container to look into; links are followed inside it'
            cand --os 'The system whose paths are looked at [default: this one]'
            cand --advisories 'Use the advisories of this directory instead of the compiled-in ones'
            cand --cache 'Keep what is read of source code in this folder of yours, outside of PATH, and read only what changed the next time'
            cand --format 'How to print the report'
            cand -o 'Write the report to this file, in one step and readable by you only'
            cand --output 'Write the report to this file, in one step and readable by you only'
            cand --persona 'Who reads the report: each persona also sees what the ones before it see'
            cand --baseline 'Leave out what this earlier JSON report already holds'
            cand --diff 'Leave out what was there before the change on top of this branch, tag or commit: for pull requests'
            cand --config 'The file of exceptions [default: PATH/mantrap.toml, or mantrap/mantrap.toml in your config directory]'
            cand --color 'When to use colour'
            cand --all-users 'Look into every account''s home that can be read'
            cand --processes 'Also look at running processes, reading only'
            cand -v 'Also list every server and every place that was looked at'
            cand --verbose 'Also list every server and every place that was looked at'
            cand --no-ignores 'Count no exceptions: neither mantrap.toml nor comments beside entries. For files that are not yours'
            cand --no-exit-codes 'Exit with 0 whatever is found'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;jail'= {
            cand --read 'Let it read this file or folder'
            cand --write 'Let it read, change, create and remove here; nothing in it can be executed'
            cand --exec 'Let it read and execute here; the command itself is granted already'
            cand --net 'Let it connect by TCP: NAME:PORT, `*.NAME:PORT` for any one label, loopback:PORT; `in CIDR` behind it allows private addresses'
            cand --socket 'Let it connect to this Unix socket'
            cand --env 'Set a variable, or pass one on by its name'
            cand --secret 'Hand over a secret that is shown nowhere: `NAME as env` or `NAME as file`, `from PATH` behind it; without a path the variable NAME holds it'
            cand --memory 'Memory of all its processes together, such as 512M or 2G (powers of 1024)'
            cand --pids 'Processes and threads together [default: 512]'
            cand --cpu 'Processor time; 100% is one processor'
            cand --time 'How long it may run, such as 30s or 5m'
            cand --profile 'Also grant what this file holds; limits on the command line count instead of its own'
            cand --probation 'Hold rights back for this long: no connection, no writing to granted files, no further program'
            cand --waive 'Go without this guarantee if it is missing here; `mantrap doctor` names them'
            cand --report 'Report what was tried and refused: JSON to a file, readable by you only, or text to standard error with -'
            cand --profile-out 'Write the proposed profile to this file instead of standard output'
            cand --format 'How to print what --explain and --report - say'
            cand --color 'When to use colour'
            cand --no-system 'Leave out the operating system''s own programs and libraries'
            cand --explain 'Say what would be there, and start nothing'
            cand --learn 'Run with nothing real at stake and propose a profile'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;doctor'= {
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;run'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;guard'= {
            cand --profile 'What the host may start; without it guard.json of your configuration directory, or of /etc/mantrap'
            cand --read 'Let it read this file or folder'
            cand --write 'Let it read, change, create and remove here; nothing in it can be executed'
            cand --exec 'Let it read and execute here; the command itself is granted already'
            cand --net 'Let it connect by TCP: NAME:PORT, `*.NAME:PORT` for any one label, loopback:PORT; `in CIDR` behind it allows private addresses'
            cand --socket 'Let it connect to this Unix socket'
            cand --env 'Set a variable, or pass one on by its name'
            cand --secret 'Hand over a secret that is shown nowhere: `NAME as env` or `NAME as file`, `from PATH` behind it; without a path the variable NAME holds it'
            cand --memory 'Memory of all its processes together, such as 512M or 2G (powers of 1024)'
            cand --pids 'Processes and threads together [default: 512]'
            cand --cpu 'Processor time; 100% is one processor'
            cand --time 'How long it may run, such as 30s or 5m'
            cand --listen 'In a jail, let others connect to this port of the host: PORT for this machine alone, `0.0.0.0:PORT` or `[::]:PORT` for all'
            cand --color 'When to use colour'
            cand --observe 'Refuse nothing, and record what would be refused'
            cand --waive-landlock 'Go without the kernel''s own list of programs, on a kernel without Landlock'
            cand --no-system 'Leave out the operating system''s own programs and libraries'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand learn 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved'
            cand profile 'Look after guard profiles'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;guard;learn'= {
            cand --profile 'The profile; what is in it already stays'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;guard;profile'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Show all of a profile'
            cand approve 'Approve a profile as it is now, after all of it was shown'
            cand diff 'Show what changed since a profile was approved'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;guard;profile;show'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;guard;profile;approve'= {
            cand --digest 'Approve without a terminal exactly what has this digest'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;guard;profile;diff'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;guard;profile;help'= {
            cand show 'Show all of a profile'
            cand approve 'Approve a profile as it is now, after all of it was shown'
            cand diff 'Show what changed since a profile was approved'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;guard;profile;help;show'= {
        }
        &'mantrap;guard;profile;help;approve'= {
        }
        &'mantrap;guard;profile;help;diff'= {
        }
        &'mantrap;guard;profile;help;help'= {
        }
        &'mantrap;guard;help'= {
            cand learn 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved'
            cand profile 'Look after guard profiles'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;guard;help;learn'= {
        }
        &'mantrap;guard;help;profile'= {
            cand show 'Show all of a profile'
            cand approve 'Approve a profile as it is now, after all of it was shown'
            cand diff 'Show what changed since a profile was approved'
        }
        &'mantrap;guard;help;profile;show'= {
        }
        &'mantrap;guard;help;profile;approve'= {
        }
        &'mantrap;guard;help;profile;diff'= {
        }
        &'mantrap;guard;help;help'= {
        }
        &'mantrap;list'= {
            cand --format 'How to print them'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;show'= {
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;diff'= {
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;add'= {
            cand --runtime 'By what it is run, instead of the first Node.js or Python in PATH: the program itself, not a launcher of it'
            cand --program 'Which of the package''s programs, where it has several'
            cand --file 'A file or folder whose contents are part of the server; any change of them needs a new approval'
            cand --grant 'A right, in the words of `mantrap jail`: "read /home/me/notes", "net api.example.com:443"'
            cand --set 'Choose a value that the catalogue leaves open: "directory=/home/me/notes"'
            cand --directory 'The directory it starts in [default: its private, empty home]'
            cand --deadline 'How long it may take to its first answer, from 1s to 600s, where 60 seconds are not enough or too many'
            cand --waive 'A guarantee of the jail that may be missing where it is launched (`mantrap doctor` lists them)'
            cand --format 'How to print what was added'
            cand --color 'When to use colour'
            cand --no-probe 'Do not start it once, without rights, to see its tools'
            cand --allow-build 'Let code of the package run to install it, in a jail without a network: a source distribution of PyPI that has no wheel, install scripts of npm'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;approve'= {
            cand --set 'Choose a value that the lock leaves open'
            cand --digest 'Approve without a terminal: the digest of exactly what somebody looked at'
            cand --sign 'Sign it too, with an SSH key: a private key, or the public half of one that the agent or a security key has'
            cand --as 'Who signs, as allowed_signers names you: me@example.com'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;update'= {
            cand --program 'Which of the package''s programs, where it has several'
            cand --format 'How to print the difference'
            cand --color 'When to use colour'
            cand --allow-build 'Let code of the package run to install it, in a jail without a network'
            cand --yes 'Replace it without asking; it still has to be approved'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;revoke'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;remove'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;lock'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand verify 'Measure every server of every lock, and fail when one may not be launched'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;lock;verify'= {
            cand --format 'How to print them'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;lock;help'= {
            cand verify 'Measure every server of every lock, and fail when one may not be launched'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;lock;help;verify'= {
        }
        &'mantrap;lock;help;help'= {
        }
        &'mantrap;catalogue'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List the servers that mantrap knows'
            cand show 'Show what one of them needs'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;catalogue;list'= {
            cand --format 'How to print them'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;catalogue;show'= {
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;catalogue;help'= {
            cand list 'List the servers that mantrap knows'
            cand show 'Show what one of them needs'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;catalogue;help;list'= {
        }
        &'mantrap;catalogue;help;show'= {
        }
        &'mantrap;catalogue;help;help'= {
        }
        &'mantrap;protect'= {
            cand --client 'Only the files of this client; docs/clients.md lists the names'
            cand --yes-to 'Agree without a terminal: the digest of an entry that somebody looked at'
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand --dry-run 'Say what would be done; fetch nothing and write nothing'
            cand --untried 'Start no server first: neither to pin the tools it lists nor to try it in its jail'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;unprotect'= {
            cand --client 'Only the files of this client'
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand --dry-run 'Say what would be done; write nothing'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;export'= {
            cand --for 'The product that is to enforce it'
            cand --program 'Where mantrap is on the machines that get the policy [default: where this mantrap is]'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;policy'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand check 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples'
            cand test 'Run the examples of policy files, and show what each comes to'
            cand pin 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions'
            cand explain 'Say what the policies decide about a question, by which rules, and how those read'
            cand simulate 'Put every question of the journal to changed policies, and show what would differ'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;policy;check'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;policy;test'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;policy;pin'= {
            cand --digest 'Pin without a terminal: the digest of exactly what somebody looked at'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;policy;explain'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;policy;simulate'= {
            cand --policy 'Files to be read as if they were this user''s only policies [default: the policies that count]'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;policy;help'= {
            cand check 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples'
            cand test 'Run the examples of policy files, and show what each comes to'
            cand pin 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions'
            cand explain 'Say what the policies decide about a question, by which rules, and how those read'
            cand simulate 'Put every question of the journal to changed policies, and show what would differ'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;policy;help;check'= {
        }
        &'mantrap;policy;help;test'= {
        }
        &'mantrap;policy;help;pin'= {
        }
        &'mantrap;policy;help;explain'= {
        }
        &'mantrap;policy;help;simulate'= {
        }
        &'mantrap;policy;help;help'= {
        }
        &'mantrap;approvals'= {
            cand --list 'Show what waits and answer nothing'
            cand --color 'When to use colour'
            cand --watch 'Wait for questions until interrupted'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;store'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List what is installed, and which servers need it'
            cand verify 'Read every byte of what is installed'
            cand gc 'Remove what no lock names'
            cand export 'Write what is installed into one file, for a machine without a network'
            cand import 'Install what another machine exported; everything is verified'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;store;list'= {
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;store;verify'= {
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;store;gc'= {
            cand --format 'How to print it'
            cand --color 'When to use colour'
            cand --dry-run 'Only say what would be removed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;store;export'= {
            cand -o 'The file to write; - is standard output'
            cand --output 'The file to write; - is standard output'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;store;import'= {
            cand --format 'How to print what was imported'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;store;help'= {
            cand list 'List what is installed, and which servers need it'
            cand verify 'Read every byte of what is installed'
            cand gc 'Remove what no lock names'
            cand export 'Write what is installed into one file, for a machine without a network'
            cand import 'Install what another machine exported; everything is verified'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;store;help;list'= {
        }
        &'mantrap;store;help;verify'= {
        }
        &'mantrap;store;help;gc'= {
        }
        &'mantrap;store;help;export'= {
        }
        &'mantrap;store;help;import'= {
        }
        &'mantrap;store;help;help'= {
        }
        &'mantrap;journal'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Show the last records, or one of them in full'
            cand follow 'Show records as they are written'
            cand verify 'Check every record, or a proof of one'
            cand prove 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it'
            cand export 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;journal;show'= {
            cand --last 'How many of the last records'
            cand --kind 'Only records of this kind: intent, outcome, verdict, note'
            cand --format 'How to print them; json is one object per line'
            cand --journal 'The journal''s directory [default: mantrap/journal in your state directory]'
            cand --color 'When to use colour'
            cand --all 'Every record'
            cand --raw 'The record''s bytes as they were written, which is what a proof is of'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;journal;follow'= {
            cand --from 'Begin with this record, instead of the next one'
            cand --count 'End after so many records'
            cand --format 'How to print them; json is one object per line'
            cand --journal 'The journal''s directory [default: mantrap/journal in your state directory]'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;journal;verify'= {
            cand --checkpoint 'A checkpoint that was kept elsewhere, as `mantrap journal prove` printed it'
            cand --key 'The public key of the journal, or a file that holds it'
            cand --proof 'Check only this proof of one record; no journal is needed'
            cand --record 'The record''s bytes, as `mantrap journal show INDEX --raw` printed them'
            cand --format 'How to print what was found'
            cand --journal 'The journal''s directory [default: mantrap/journal in your state directory]'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;journal;prove'= {
            cand --journal 'The journal''s directory [default: mantrap/journal in your state directory]'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;journal;export'= {
            cand --journal 'The journal''s directory [default: mantrap/journal in your state directory]'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;journal;help'= {
            cand show 'Show the last records, or one of them in full'
            cand follow 'Show records as they are written'
            cand verify 'Check every record, or a proof of one'
            cand prove 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it'
            cand export 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;journal;help;show'= {
        }
        &'mantrap;journal;help;follow'= {
        }
        &'mantrap;journal;help;verify'= {
        }
        &'mantrap;journal;help;prove'= {
        }
        &'mantrap;journal;help;export'= {
        }
        &'mantrap;journal;help;help'= {
        }
        &'mantrap;explain'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;rules'= {
            cand --format 'How to print them'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;advisories'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List what the audit knows'
            cand update 'Fetch newer advisories from an OSV-compatible API into a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;advisories;list'= {
            cand --advisories 'A directory of advisories, instead of the compiled-in ones'
            cand --format 'How to print them'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;advisories;update'= {
            cand --into 'Where to keep them'
            cand --url 'The API'
            cand --timeout 'Give up on a request after this many seconds'
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;advisories;help'= {
            cand list 'List what the audit knows'
            cand update 'Fetch newer advisories from an OSV-compatible API into a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;advisories;help;list'= {
        }
        &'mantrap;advisories;help;update'= {
        }
        &'mantrap;advisories;help;help'= {
        }
        &'mantrap;completions'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;man'= {
            cand --color 'When to use colour'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'mantrap;help'= {
            cand audit 'Find every MCP server that a machine, a repository or a product would start, and triage it'
            cand jail 'Run a command in a room of its own: only what is granted is there'
            cand doctor 'Say which guarantees of the jail hold on this machine, and how to mend the others'
            cand run 'Run a server as it was approved: the command of every client'
            cand guard 'Run a host that starts servers itself, unchanged: nothing comes out of it but what was approved'
            cand list 'List the servers of every lock, and whether they may be launched'
            cand show 'Show all of one server: what it executes, with which rights, and what to look at twice'
            cand diff 'Show everything that changed since a server was approved'
            cand add 'Put a server into your lock, to be approved: a package, a bundle, a program or script of this machine'
            cand approve 'Approve a server as it is now, after everything was shown'
            cand update 'Bring a server up to date in its lock, to be approved again, after the difference was shown'
            cand revoke 'Take an approval back, also one by a signature or by the system'
            cand remove 'Remove a server from its lock'
            cand lock 'Look after the locks themselves'
            cand catalogue 'The servers that mantrap knows, and what each of them needs'
            cand protect 'Have this user''s clients start every server through mantrap'
            cand unprotect 'Give clients'' files back what they started before'
            cand export 'Print the policy of a product that lets only approved servers start, and only through mantrap'
            cand policy 'Check, test and explain the policies that judge every message'
            cand approvals 'Answer what running servers ask of you'
            cand store 'List, verify, clear out and carry away what is installed'
            cand journal 'Read, verify and prove what mantrap has recorded'
            cand explain 'Say why a rule speaks, how it judges, and what to do'
            cand rules 'List the rules'
            cand advisories 'List the advisories, or fetch newer ones'
            cand completions 'Print the completion script of a shell'
            cand man 'Write the manual pages into a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'mantrap;help;audit'= {
        }
        &'mantrap;help;jail'= {
        }
        &'mantrap;help;doctor'= {
        }
        &'mantrap;help;run'= {
        }
        &'mantrap;help;guard'= {
            cand learn 'Run the host, refuse nothing, and write what it started as a profile, to be read and approved'
            cand profile 'Look after guard profiles'
        }
        &'mantrap;help;guard;learn'= {
        }
        &'mantrap;help;guard;profile'= {
            cand show 'Show all of a profile'
            cand approve 'Approve a profile as it is now, after all of it was shown'
            cand diff 'Show what changed since a profile was approved'
        }
        &'mantrap;help;guard;profile;show'= {
        }
        &'mantrap;help;guard;profile;approve'= {
        }
        &'mantrap;help;guard;profile;diff'= {
        }
        &'mantrap;help;list'= {
        }
        &'mantrap;help;show'= {
        }
        &'mantrap;help;diff'= {
        }
        &'mantrap;help;add'= {
        }
        &'mantrap;help;approve'= {
        }
        &'mantrap;help;update'= {
        }
        &'mantrap;help;revoke'= {
        }
        &'mantrap;help;remove'= {
        }
        &'mantrap;help;lock'= {
            cand verify 'Measure every server of every lock, and fail when one may not be launched'
        }
        &'mantrap;help;lock;verify'= {
        }
        &'mantrap;help;catalogue'= {
            cand list 'List the servers that mantrap knows'
            cand show 'Show what one of them needs'
        }
        &'mantrap;help;catalogue;list'= {
        }
        &'mantrap;help;catalogue;show'= {
        }
        &'mantrap;help;protect'= {
        }
        &'mantrap;help;unprotect'= {
        }
        &'mantrap;help;export'= {
        }
        &'mantrap;help;policy'= {
            cand check 'Check every policy that counts: who may change it, its syntax, what it speaks of, its examples'
            cand test 'Run the examples of policy files, and show what each comes to'
            cand pin 'Pin what a server showed of itself in its last session: its tools, prompts, templates and instructions'
            cand explain 'Say what the policies decide about a question, by which rules, and how those read'
            cand simulate 'Put every question of the journal to changed policies, and show what would differ'
        }
        &'mantrap;help;policy;check'= {
        }
        &'mantrap;help;policy;test'= {
        }
        &'mantrap;help;policy;pin'= {
        }
        &'mantrap;help;policy;explain'= {
        }
        &'mantrap;help;policy;simulate'= {
        }
        &'mantrap;help;approvals'= {
        }
        &'mantrap;help;store'= {
            cand list 'List what is installed, and which servers need it'
            cand verify 'Read every byte of what is installed'
            cand gc 'Remove what no lock names'
            cand export 'Write what is installed into one file, for a machine without a network'
            cand import 'Install what another machine exported; everything is verified'
        }
        &'mantrap;help;store;list'= {
        }
        &'mantrap;help;store;verify'= {
        }
        &'mantrap;help;store;gc'= {
        }
        &'mantrap;help;store;export'= {
        }
        &'mantrap;help;store;import'= {
        }
        &'mantrap;help;journal'= {
            cand show 'Show the last records, or one of them in full'
            cand follow 'Show records as they are written'
            cand verify 'Check every record, or a proof of one'
            cand prove 'Print a proof that a record is in the journal; without INDEX, the signed checkpoint of all of it'
            cand export 'Write a copy that others can serve and verify (c2sp.org/tlog-tiles)'
        }
        &'mantrap;help;journal;show'= {
        }
        &'mantrap;help;journal;follow'= {
        }
        &'mantrap;help;journal;verify'= {
        }
        &'mantrap;help;journal;prove'= {
        }
        &'mantrap;help;journal;export'= {
        }
        &'mantrap;help;explain'= {
        }
        &'mantrap;help;rules'= {
        }
        &'mantrap;help;advisories'= {
            cand list 'List what the audit knows'
            cand update 'Fetch newer advisories from an OSV-compatible API into a directory'
        }
        &'mantrap;help;advisories;list'= {
        }
        &'mantrap;help;advisories;update'= {
        }
        &'mantrap;help;completions'= {
        }
        &'mantrap;help;man'= {
        }
        &'mantrap;help;help'= {
        }
    ]
    $completions[$command]
}
