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
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit explain rules advisories completions man help" -f -a "audit" -d 'Find every MCP server that a machine, a repository or a product would start, and triage it'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit explain rules advisories completions man help" -f -a "explain" -d 'Say why a rule speaks, how it judges, and what to do'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit explain rules advisories completions man help" -f -a "rules" -d 'List the rules'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit explain rules advisories completions man help" -f -a "advisories" -d 'List the advisories, or fetch newer ones'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit explain rules advisories completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit explain rules advisories completions man help" -f -a "man" -d 'Write the manual pages into a directory'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and not __fish_seen_subcommand_from audit explain rules advisories completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from advisories" -f -a "list" -d 'List what the audit knows'
complete -c mantrap -n "__fish_mantrap_using_subcommand help; and __fish_seen_subcommand_from advisories" -f -a "update" -d 'Fetch newer advisories from an OSV-compatible API into a directory'
