//! Which lock counts, who may write it, and what an approval is good for.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test panics to fail")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use mantrap_launch::digest::known::Known;
use mantrap_launch::lock::ScopeName;
use mantrap_launch::scope::{ScopeError, Untrusted, Whose, replace};
use mantrap_launch::{Denial, Lock, Plan, Refusal, Unresolved, Values, admit, diff, observe};
use mantrap_launch::{Document, NoStore};
use support::{Memory, Says, World, allow, approve, launch, located, mode, name};

const USER: &str = "home/.config/mantrap/mantrap.lock";

/// A lock whose server `notes` is a program at this path.
fn binary(path: &str) -> String {
    let digest = format!("sha256:{}", "0".repeat(64));
    format!(
        "version = 1\n[server.notes]\nsource = \"bin:{path}\"\nruntime = {{ path = \"{path}\", digest = \"{digest}\" }}\n"
    )
}

#[test]
fn the_system_comes_before_the_user_and_the_user_before_the_project() {
    let world = World::new();
    let places = world.places();
    let find = || places.find(&name("notes")).map(|found| (found.scope, found.entry.source.to_string()));
    world.folder("work/deep");
    assert!(matches!(find(), Err(ScopeError::Unknown(_))));
    world.put("work/mantrap.lock", binary("/project"));
    assert_eq!(find().unwrap(), (ScopeName::Project, "bin:/project".into()));
    let deep = mantrap_launch::scope::Places { project: Some(world.path("work/deep")), ..places.clone() };
    assert_eq!(deep.find(&name("notes")).unwrap().lock, world.path("work/mantrap.lock"));
    world.put(USER, binary("/user"));
    assert_eq!(find().unwrap(), (ScopeName::User, "bin:/user".into()));
    world.put("work/mantrap.lock", "not a lock");
    assert!(find().is_ok(), "a broken project breaks nothing but itself");
    world.put("etc/mantrap/mantrap.lock", binary("/system"));
    assert_eq!(find().unwrap(), (ScopeName::System, "bin:/system".into()));
    world.put("etc/mantrap/mantrap.lock", "not a lock");
    assert!(find().is_err(), "a broken system lock may have forbidden anything");
}

#[test]
fn the_system_can_forbid_the_others_and_a_project_can_make_no_rules() {
    let world = World::new();
    let places = world.places();
    world.folder("work");
    world.put(USER, binary("/user"));
    world.put("etc/mantrap/mantrap.lock", "version = 1\n[rules]\nscopes = [\"project\"]\n");
    assert!(matches!(places.find(&name("notes")), Err(ScopeError::Forbidden { scope: ScopeName::User, .. })));
    world.put("etc/mantrap/mantrap.lock", "version = 1\n[rules]\nscopes = []\n");
    fs::remove_file(world.path(USER)).unwrap();
    world.put("work/mantrap.lock", binary("/project"));
    assert!(matches!(
        places.find(&name("notes")),
        Err(ScopeError::Forbidden { scope: ScopeName::Project, .. })
    ));
    fs::remove_file(world.path("etc/mantrap/mantrap.lock")).unwrap();
    assert!(places.find(&name("notes")).is_ok());
    world.put("work/mantrap.lock", "version = 1\n[rules]\nsignature = \"required\"\n");
    assert!(matches!(places.find(&name("notes")), Err(ScopeError::Rules(_))));
}

#[test]
fn a_file_that_others_may_write_does_not_count_nor_one_behind_a_link() {
    let world = World::new();
    let places = world.places();
    let path = world.put(USER, binary("/user"));
    let found = || places.find(&name("notes"));
    let untrusted = |wanted: fn(&Untrusted) -> bool| match found() {
        Err(ScopeError::Untrusted(ScopeName::User, error)) => assert!(wanted(&error), "{error}"),
        other => panic!("{other:?}"),
    };
    assert!(found().is_ok());
    for bits in [0o664, 0o646] {
        mode(&path, bits);
        untrusted(|error| matches!(error, Untrusted::Writable { .. }));
        mode(&path, 0o644);
    }
    for folder in ["home/.config/mantrap", "home/.config", "home"] {
        mode(&world.path(folder), 0o775);
        untrusted(|error| matches!(error, Untrusted::Writable { .. }));
        mode(&world.path(folder), 0o755);
    }
    assert!(found().is_ok());
    let real = world.path("home/elsewhere");
    fs::rename(&path, &real).unwrap();
    symlink(&real, &path).unwrap();
    untrusted(|error| matches!(error, Untrusted::Link(_)));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    untrusted(|error| matches!(error, Untrusted::Kind { .. }));
    fs::remove_dir(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o644.into(), 0).unwrap();
    untrusted(|error| matches!(error, Untrusted::Kind { .. }));
    // Where the user's directory lies behind a link that is the user's own, the real one is looked at.
    fs::remove_file(&path).unwrap();
    fs::rename(&real, &path).unwrap();
    fs::rename(world.path("home"), world.path("house")).unwrap();
    symlink(world.path("house"), world.path("home")).unwrap();
    assert_eq!(found().unwrap().lock, world.path("house/.config/mantrap/mantrap.lock"));
    // Another account's file.
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(world.path("house/.config/mantrap/mantrap.lock"), Some(12345), None)
            .unwrap();
        untrusted(|error| matches!(error, Untrusted::Owner { owner: 12345, .. }));
    } else {
        let system = mantrap_launch::scope::Places {
            system: (world.path("house/.config/mantrap"), Whose::Root),
            ..places.clone()
        };
        assert!(matches!(
            system.find(&name("notes")),
            Err(ScopeError::Untrusted(ScopeName::System, Untrusted::Owner { .. }))
        ));
    }
}

#[test]
fn an_approval_is_good_for_one_lock_one_name_and_one_digest() {
    let world = World::new();
    let places = world.places();
    let lock = Lock::parse(world.server().as_bytes()).unwrap();
    let (user, values) = (world.path(USER), world.values());
    let entry = |path: &str, scope| located(&lock, &world.path(path), scope).unwrap();
    let run = |located| launch(&places, located, &values, &mut Known::default()).map(drop);
    assert!(run(entry(USER, ScopeName::User)).unwrap_err().contains("never approved"));
    approve(&places, &entry(USER, ScopeName::User), &values);
    assert_eq!(run(entry(USER, ScopeName::User)), Ok(()));
    assert!(run(entry("other/mantrap.lock", ScopeName::User)).unwrap_err().contains("never approved"));
    let mut renamed = entry(USER, ScopeName::User);
    renamed.name = name("other");
    assert!(run(renamed).unwrap_err().contains("never approved"));
    // Root's word covers a system's entry, but not a choice that it leaves open.
    assert!(
        run(entry("etc/mantrap/mantrap.lock", ScopeName::System)).unwrap_err().contains("never approved")
    );
    let mut closed = entry("etc/mantrap/mantrap.lock", ScopeName::System);
    closed.entry.parameters.get_mut("root").unwrap().value = values.get("root").cloned();
    assert_eq!(run(closed), Ok(()));

    places.trust().unwrap().revoke(&user, &name("notes"), None).unwrap();
    assert!(run(entry(USER, ScopeName::User)).unwrap_err().contains("never approved"));
    // A damaged or foreign list approves nothing.
    approve(&places, &entry(USER, ScopeName::User), &values);
    let kept = world.path("home/.config/mantrap/trust/approvals.json");
    let good = fs::read(&kept).unwrap();
    for bad in [&b"{}"[..], b"", b"{\"version\":2,\"approvals\":[],\"revoked\":[]}", &good[..good.len() - 3]]
    {
        replace(&kept, bad, 0o600).unwrap();
        assert!(run(entry(USER, ScopeName::User)).unwrap_err().contains("approve again"));
    }
    replace(&kept, &good, 0o666).unwrap();
    mode(&kept, 0o666);
    assert!(run(entry(USER, ScopeName::User)).unwrap_err().contains("others may write"));
}

#[test]
fn nothing_is_admitted_that_the_policy_denies_or_the_journal_cannot_keep() {
    let world = World::new();
    let places = world.places();
    let lock = Lock::parse(world.server().as_bytes()).unwrap();
    let values = world.values();
    let plan = || {
        let entry = located(&lock, &world.path(USER), ScopeName::User).unwrap();
        Plan::resolve(entry, &values, &NoStore, &mut Known::default()).unwrap()
    };
    let journal = Memory::default();
    let approvals = || places.approvals(0).unwrap();
    assert!(matches!(admit(plan(), &approvals(), &allow(), &journal), Err(Refusal::NotApproved(_))));
    approve(&places, &located(&lock, &world.path(USER), ScopeName::User).unwrap(), &values);
    let denial = Denial { rules: vec!["no-notes".into()], reason: "not here".into() };
    let denied = admit(plan(), &approvals(), &Says(Err(denial.clone())), &journal);
    assert!(matches!(denied, Err(Refusal::Denied(said)) if said == denial));
    assert!(journal.records.borrow().is_empty(), "what is refused is no intent");
    let full = Memory { is_full: true, ..Memory::default() };
    assert!(matches!(admit(plan(), &approvals(), &allow(), &full), Err(Refusal::NotRecorded(_))));

    let permit = admit(plan(), &approvals(), &allow(), &journal).unwrap();
    assert_eq!((permit.admission().intent, permit.admission().rules.len()), (0, 1));
    let record = journal.records.borrow()[0].clone();
    assert_eq!(record["digest"], permit.plan().document().digest().to_string());
    assert_eq!(record["approved"]["by"], "person");
    // The program is executed from the file that was measured, whatever is at its path by now.
    fs::rename(world.path("bin/runtime"), world.path("bin/old")).unwrap();
    world.put("bin/runtime", "another");
    let mut bytes = String::new();
    std::io::Seek::rewind(&mut permit.plan().program()).unwrap();
    std::io::Read::read_to_string(&mut permit.plan().program(), &mut bytes).unwrap();
    assert_eq!(bytes, "a runtime");
}

fn measured(world: &World) -> String {
    let path = world.path("bin/runtime");
    mantrap_launch::digest::measure::measure(&path, &mut Known::default()).unwrap().digest().to_string()
}

#[test]
fn a_plan_pins_every_file_and_lets_no_server_rewrite_itself() {
    let world = World::new();
    let text = world.server();
    let values = world.values();
    world.put("docs/settings.json", "{}");
    world.put("else.json", "{}");
    let resolve = |text: String| {
        let lock = Lock::parse(text.as_bytes()).unwrap();
        let entry = located(&lock, &world.path(USER), ScopeName::User).unwrap();
        Plan::resolve(entry, &values, &NoStore, &mut Known::default())
    };
    let with_argument = |argument: &str| resolve(text.replace("\"--port\"", &format!("\"{argument}\"")));
    let plan = resolve(text.clone()).unwrap();
    assert_eq!(plan.arguments()[0], world.path("bin/runtime"));
    assert_eq!(plan.arguments()[2].to_str().unwrap(), format!("--root={}", world.text("docs")));
    assert_eq!(plan.directory(), Some(&*world.path("docs")));
    for argument in [
        world.text("else.json"),
        format!("--x={}", world.text("else.json")),
        format!("-I{}", world.text("else.json")),
    ] {
        assert!(matches!(with_argument(&argument), Err(Unresolved::Uncovered(_))), "{argument}");
    }
    // Data that is granted may change, also when it is named by a relative path.
    assert!(with_argument("settings.json").is_ok() && with_argument("{root}/settings.json").is_ok());
    let outside = text.replace("directory = \"{root}\"", &format!("directory = \"{}\"", world.text("")));
    assert!(matches!(resolve(outside.replace("\"--port\"", "\"else.json\"")), Err(Unresolved::Uncovered(_))));

    let was = measured(&world);
    world.put("bin/runtime", "#!/bin/sh\n");
    mode(&world.path("bin/runtime"), 0o755);
    assert!(matches!(resolve(text.replace(&was, &measured(&world))), Err(Unresolved::Interpreted(_))));
    world.put("bin/runtime", "a runtime");
    mode(&world.path("bin/runtime"), 0o755);

    for place in ["", "srv", "srv/lib", "srv/lib/deep", "srv/server.py", "bin", "home/.config/mantrap"] {
        let text = text.replace("\"memory 512M\"", &format!("\"write {}\"", world.text(place)));
        world.folder("home/.config/mantrap");
        assert!(matches!(resolve(text), Err(Unresolved::Rewritable { .. })), "{place}");
    }
    symlink(world.path("srv"), world.path("docs/way")).unwrap();
    let text = text.replace("\"memory 512M\"", &format!("\"write {}\"", world.text("docs/way")));
    assert!(matches!(resolve(text), Err(Unresolved::Rewritable { .. })), "through a link");
}

#[test]
fn a_difference_shows_every_field_and_every_file_whole() {
    let world = World::new();
    let places = world.places();
    let text = world.server();
    let (lock, values) = (Lock::parse(text.as_bytes()).unwrap(), world.values());
    let before = located(&lock, &world.path(USER), ScopeName::User).unwrap();
    let approved = approve(&places, &before, &values);
    let trust = places.trust().unwrap();
    let tree = before.entry.files.values().find(|digest| trust.tree(digest).is_some()).copied().unwrap();
    assert_eq!(trust.document(&approved.digest()), Some(approved.clone()));

    let long = "x".repeat(5000);
    let changed = text
        .replace("\"--port\"", &format!("\"--p\u{202e}ort\", \"{long}\""))
        .replace("env MODE={mode}", "net evil.example:443");
    let changed = Lock::parse(changed.as_bytes()).unwrap();
    let now = located(&changed, &world.path(USER), ScopeName::User).unwrap();
    let changes = diff::documents(&approved, &Document::of(&now.name, &now.entry, &values));
    let all = format!("{changes:?}");
    assert!(all.contains(&long), "nothing is cut");
    let grants: Vec<_> = changes.iter().filter(|change| change.field == "grants").collect();
    assert_eq!(grants.len(), 2);
    assert_eq!(
        (grants[0].was.as_deref(), grants[1].is.as_deref()),
        (Some("env MODE={mode}"), Some("net evil.example:443"))
    );
    assert!(mantrap_launch::visible(changes[0].is.as_ref().unwrap()).contains("\\u{202e}"), "{changes:?}");

    world.put("srv/lib/a.py", "import os\n");
    world.put("srv/lib/new.py", "");
    let present = observe(&before, &values, &NoStore, &mut Known::default());
    let (field, manifest) = &present.trees[0];
    assert!(field.ends_with("srv/lib"));
    let files: Vec<_> =
        diff::trees(&trust.tree(&tree).unwrap(), manifest).into_iter().map(|change| change.field).collect();
    assert_eq!(files, ["a.py", "new.py"]);
    // What was kept and is not that any more is nothing.
    let kept = world.path(&format!("home/.config/mantrap/trust/documents/{}.json", approved.digest().hex()));
    let mut bytes = fs::read(&kept).unwrap();
    bytes[10] ^= 1;
    replace(&kept, &bytes, 0o600).unwrap();
    assert_eq!(trust.document(&approved.digest()), None);
}

#[test]
fn a_file_is_read_again_when_it_changed_and_only_then() {
    let world = World::new();
    let path = world.put("file", "one");
    let mut known = Known::default();
    let measure =
        |known: &mut Known| mantrap_launch::digest::measure::measure(&path, known).unwrap().digest();
    let one = measure(&mut known);
    assert_eq!(known.to_text().lines().count(), 1, "what changed just now could change again unseen");
    std::thread::sleep(std::time::Duration::from_millis(4200));
    measure(&mut known);
    let text = known.to_text();
    assert_eq!(text.lines().count(), 2);
    let mut known = Known::parse(text.as_bytes());
    assert_eq!(measure(&mut known), one);
    // Proof that it was not read: a wrong memory is believed.
    let mut lies = Known::parse(text.replace(&one.hex(), &"0".repeat(64)).as_bytes());
    assert_ne!(measure(&mut lies), one);
    // Same size, same time of modification: the time of change tells.
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    world.put("file", "two");
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_ne!(measure(&mut known), one);
    for bad in ["", "mantrap-known/2\n", text.get(..text.len() - 9).unwrap(), "mantrap-known/1\n1 2 3\n"] {
        assert_eq!(measure(&mut Known::parse(bad.as_bytes())), measure(&mut Known::default()), "{bad}");
    }
}

#[test]
fn a_remote_server_and_a_missing_tree_have_no_plan() {
    let world = World::new();
    let plan = |text: &str| {
        let lock = Lock::parse(text.as_bytes()).unwrap();
        let entry = located(&lock, &world.path(USER), ScopeName::User).unwrap();
        Plan::resolve(entry, &Values::new(), &NoStore, &mut Known::default()).map(drop)
    };
    assert!(matches!(
        plan("version = 1\n[server.notes]\nsource = \"https://x.example/\"\n"),
        Err(Unresolved::Remote(_))
    ));
    let hex = "0".repeat(64);
    let npm = format!(
        "version = 1\n[server.notes]\nsource = \"npm:x@1.0.0\"\nintegrity = \"sha256-{}=\"\ntree = \"tree:{hex}\"\n\
         runtime = {{ path = \"/usr/bin/env\", digest = \"sha256:{hex}\" }}\narguments = [\"{{tree}}/x.js\"]\n",
        "A".repeat(43)
    );
    assert!(matches!(plan(&npm), Err(Unresolved::NotInstalled(_))));
}
