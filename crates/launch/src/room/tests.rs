use std::fs;
use std::os::unix::fs::symlink;

use mantrap_jail::Link;

use super::*;

struct Scene {
    root: PathBuf,
}

impl Scene {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("mantrap-compose-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("home/.ssh")).unwrap();
        fs::create_dir_all(root.join("project/out")).unwrap();
        fs::write(root.join("project/main.py"), "").unwrap();
        Self { root: root.canonicalize().unwrap() }
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn compose(&self, grants: &[&str], command: &[&str]) -> Result<Composed, String> {
        let variables =
            [("PATH", "/usr/bin:/bin"), ("LANG", "de_DE.UTF-8"), ("SHOUT", "hey"), ("TOKEN", "s3cret")];
        let variables = variables.map(|(name, value)| (name.to_owned(), OsString::from(value))).into();
        let home = self.root.join("home");
        let outside = Outside {
            variables: &variables,
            directory: self.root.join("project"),
            territory: Territory::new(Some(home.clone()), vec![home.join(".config/mantrap")]),
            home: Some(home),
        };
        let grants =
            grants.iter().map(|text| Asked { grant: text.parse().unwrap(), base: self.root.join("project") });
        let command: Vec<OsString> = command.iter().map(OsString::from).collect();
        let wish = Wish {
            grants: grants.collect(),
            program: Program::Command(&command),
            directory: Some(self.root.join("project")),
            waived: Vec::new(),
            gate: Gate::Refusals,
            probation: false,
        };
        compose(&wish, &outside).map_err(|refusal| match refusal {
            Refusal::Usage(error) | Refusal::NotFound(error) | Refusal::NotExecutable(error) => {
                format!("{error}")
            }
        })
    }

    fn refused(&self, grants: &[&str], command: &[&str]) -> String {
        self.compose(grants, command).map(|composed| format!("{:?}", composed.profile.view)).unwrap_err()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn views(composed: &Composed, scene: &Scene) -> Vec<String> {
    let shown = |view: &View| {
        let path = view.path.strip_prefix(&scene.root).map_or(view.path.clone(), Path::to_path_buf);
        format!("{:?} {}", view.right, path.display())
    };
    composed.profile.view.iter().map(shown).collect()
}

#[test]
fn nothing_is_granted_that_was_not_asked_for() {
    let scene = Scene::new("nothing");
    let Composed { profile, warnings, .. } = scene.compose(&[], &["sh", "-c", "true"]).unwrap();
    assert_eq!((profile.view.as_slice(), profile.net.as_slice(), warnings.len()), (&[][..], &[][..], 0));
    assert_eq!(profile.arguments, ["sh", "-c", "true"]);
    assert!(profile.program.is_absolute() && !profile.program.is_symlink());
    assert_eq!(profile.directory, profile.home, "the project is not granted");
    let environment: Vec<String> = profile
        .environment
        .iter()
        .map(|(name, value)| format!("{}={}", name.display(), value.display()))
        .collect();
    let home = format!("HOME={}", scene.root.join("home").display());
    let expected = [home.as_str(), "TMPDIR=/tmp", "LANG=de_DE.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"];
    assert_eq!(environment, expected);
}

#[test]
fn paths_are_real_and_what_was_typed_still_works_inside() {
    let scene = Scene::new("links");
    symlink("project", scene.root.join("alias")).unwrap();
    let alias = scene.root.join("alias");
    let grant = format!("read {}", alias.join("out").display());
    let composed = scene.compose(&[&grant, "write ."], &["sh"]).unwrap();
    assert_eq!(views(&composed, &scene), ["Write project", "Read project/out"]);
    assert_eq!(composed.profile.links, [Link { at: alias, to: scene.root.join("project") }]);
    assert_eq!(composed.profile.directory, scene.root.join("project"));
}

#[test]
fn a_link_that_a_jailed_process_may_have_made_opens_nothing() {
    let scene = Scene::new("planted");
    symlink(scene.root.join("home/.ssh"), scene.root.join("project/data")).unwrap();
    symlink("out", scene.root.join("project/inner")).unwrap();
    let said = scene.refused(&["write .", "read data"], &["sh"]);
    assert!(said.contains("is a link in") && said.contains("by that name"), "{said}");
    let said = scene.refused(&["read data", "write ."], &["sh"]);
    assert!(said.contains("is a link in"), "the order says nothing: {said}");
    assert!(scene.compose(&["read data"], &["sh"]).is_ok(), "nobody can write there");
    assert!(scene.compose(&["write .", "read inner"], &["sh"]).is_ok(), "it opens nothing new");
    symlink(scene.script("tool", "#!/bin/sh\n"), scene.root.join("project/tool")).unwrap();
    assert!(scene.refused(&["write ."], &["./tool"]).contains("is a link in"));
}

#[test]
fn what_cannot_be_granted_says_what_to_do() {
    let scene = Scene::new("refused");
    let fifo = scene.root.join("project/new");
    for (grants, said) in [
        (vec!["read missing"], "`read missing`: it does not exist"),
        (vec!["write missing"], "create it first"),
        (vec!["read /"], "is everything"),
        (vec!["read /proc/self"], "shows processes"),
        (vec!["write ~"], "holds mantrap's own"),
        (vec!["socket main.py"], "is no Unix socket"),
        (vec!["read /dev/null"], "holds devices"),
        (vec!["write out", "exec out"], "what can be written cannot be executed"),
        (vec!["env MISSING"], "is not set here"),
        (vec!["secret MISSING as env"], "is not set here"),
        (vec!["secret T as env from missing"], "cannot be read"),
    ] {
        let refused = scene.refused(&grants, &["sh"]);
        assert!(refused.contains(said), "{grants:?}: {refused}");
    }
    assert!(scene.refused(&[], &["no-such-program"]).contains("in PATH"));
    assert!(scene.refused(&[], &["./main.py"]).contains("chmod +x"));
    let _listener = std::os::unix::net::UnixListener::bind(&fifo).unwrap();
    assert!(scene.refused(&["read new"], &["sh"]).contains("`socket PATH`"));
    assert!(scene.compose(&["socket new"], &["sh"]).is_ok());
}

#[test]
fn a_script_is_refused_clearly_when_its_interpreter_is_not_there() {
    let scene = Scene::new("scripts");
    let interpreter = scene.script("interpreter", "\x7fELF");
    scene.script("project/own", &format!("#!{}\n", interpreter.display()));
    let said = scene.refused(&[], &["./own"]);
    assert!(said.contains("add `--exec") && said.contains("interpreter"), "{said}");
    let grant = format!("exec {}", interpreter.display());
    let composed = scene.compose(&[&grant], &["./own"]).unwrap();
    assert_eq!(views(&composed, &scene), ["Exec interpreter", "Exec project/own"]);
    scene.script("project/gone", "#!/nonexistent/x\n");
    assert!(scene.refused(&[], &["./gone"]).contains("does not exist"));
    scene.script("project/shell", "#!/bin/sh\n");
    assert!(scene.compose(&[], &["./shell"]).is_ok());
    assert!(scene.refused(&["no-system"], &["./shell"]).contains("is not granted"));
    scene.script("project/found", "#!/usr/bin/env sh\n");
    assert!(scene.compose(&[], &["./found"]).is_ok());
    scene.script("project/lost", "#!/usr/bin/env no-such-thing\n");
    assert!(scene.refused(&[], &["./lost"]).contains("not there inside"));
}

#[test]
fn a_program_without_the_system_is_granted_alone() {
    let scene = Scene::new("alone");
    let composed = scene.compose(&["no-system"], &["sh"]).unwrap();
    let program = composed.profile.program.clone();
    assert_eq!(composed.profile.view, [View { path: program, right: Right::Exec }]);
}

#[test]
fn secrets_are_values_that_are_shown_nowhere() {
    let scene = Scene::new("secrets");
    fs::write(scene.root.join("home/key"), "from file\n").unwrap();
    let composed = scene
        .compose(&["secret TOKEN as env", "secret KEY as file from ~/key", "env SHOUT"], &["sh"])
        .unwrap();
    let values: Vec<_> = composed.profile.secrets.iter().map(|secret| secret.value.clone()).collect();
    assert_eq!(values, ["s3cret", "from file"]);
    assert!(!format!("{composed:?}").contains("s3cret"));
    assert_eq!(composed.warnings.len(), 1, "others can read the file: {:?}", composed.warnings);
    assert!(composed.profile.environment.contains(&("SHOUT".into(), "hey".into())));
    assert!(!composed.profile.environment.iter().any(|(name, _)| name == "TOKEN"));
}

#[test]
fn what_is_sensitive_is_granted_with_a_word_about_it() {
    let scene = Scene::new("sensitive");
    let composed = scene.compose(&["read ~/.ssh"], &["sh"]).unwrap();
    assert!(composed.warnings[0].contains("SSH keys"), "{:?}", composed.warnings);
    let composed = scene.compose(&["read ~"], &["sh"]).unwrap();
    assert!(composed.warnings[0].contains("which it opens too"), "{:?}", composed.warnings);
}

#[test]
fn what_one_grant_gives_another_need_not() {
    let scene = Scene::new("merge");
    let composed = scene.compose(&["read .", "read main.py", "read out", "write out"], &["sh"]).unwrap();
    assert_eq!(views(&composed, &scene), ["Read project", "Write project/out"]);
}
