//! The table of ways out of a guarded host in `docs/known-attacks.md`, written from the tests themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::acts;

/// Where the table begins and ends; the rest of the page is other tests'.
const HEAD: &str = "\n## Out of a guarded host\n";
const NEXT: &str = "\n## Out of the jail\n";

/// What each way is, by its name.
const SAID: &[(&str, &str)] = &[
    ("execve", "another program by `execve`"),
    ("posix_spawn", "by `posix_spawn`, which shares the host's memory until it executes"),
    ("shell", "a shell and its command line"),
    ("loader", "the dynamic loader with a program for its argument"),
    ("thread", "by a thread that is not the first"),
    ("execveat", "a descriptor by `execveat`"),
    ("memfd", "a program in memory alone"),
    ("memfd-path", "the same by its path in `/proc/self/fd`"),
    ("script", "a script that the host wrote, with a listed interpreter"),
    ("copy", "a copy of a program at a new path"),
    ("link", "a symbolic link to a program"),
    ("own-program", "the host's own program with other arguments"),
    ("daemon", "a daemon: forked twice, in a session of its own"),
    ("namespace", "from a user and mount namespace of its own"),
];

/// What other tests of this program try.
const OTHERS: &str = "\
| the path, the arguments or shared memory exchanged between the decision and the kernel's reading (CWE-367) | `what_is_executed_is_what_was_judged_whatever_changes_meanwhile` |
| supervisor, warden or host killed at any moment, so that the rest goes on without them | `nothing_of_a_guarded_tree_outlives_its_supervisor_its_warden_or_its_host` |
";

pub(crate) fn every_way_has_its_row() {
    let mut table = format!(
        "{HEAD}\n<!-- Written by `UPDATE=1 cargo test -p mantrap-jail --test guard`. -->\n\n\
         What a host beneath `mantrap guard` may try ([docs](guard.md)); each way also without a guard, where it must succeed, and\n\
         in a jail. All of them apply. What a configuration or a request can name is tried from hosts on six SDKs\n\
         (`crates/mantrap/tests/hosts/guarded.rs`).\n\n\
         | technique | the test |\n|---|---|\n"
    );
    let names = acts::WAYS.iter().map(|(name, _)| *name);
    assert!(names.eq(SAID.iter().map(|(name, _)| *name)), "each way has its sentence, in the same order");
    for (name, said) in SAID {
        writeln!(table, "| {said} | `no_way_to_another_program_leads_out_of_a_guarded_host` ({name}) |")
            .unwrap();
    }
    table.push_str(OTHERS);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/known-attacks.md");
    let page = fs::read_to_string(&file).unwrap();
    let (above, below) = page.split_once(NEXT).unwrap();
    let above = above.split(HEAD).next().unwrap();
    let whole = format!("{above}{table}{NEXT}{below}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, whole).unwrap();
    } else {
        assert!(page == whole, "docs/known-attacks.md is out of step: UPDATE=1");
    }
}
