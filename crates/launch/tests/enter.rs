//! What was admitted is what runs: the very file that was measured, or nothing.
#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test panics to fail, and looks at its own environment"
)]

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod support;

/// Its `main` is also the jail's first process, which no test harness is.
#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    if let Some(code) = mantrap_jail::enter_if_asked() {
        return code;
    }
    linux::what_was_measured_runs();
    linux::a_program_that_was_replaced_does_not_run();
    linux::a_program_that_was_moved_away_does_not_run();
    linux::nothing_of_a_permit_is_left_out();
    println!("4 passed");
    std::process::ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::fs::{self, File};
    use std::io::Read;

    use mantrap_jail::Exit;
    use mantrap_launch::digest::known::Known;
    use mantrap_launch::digest::measure::measure;
    use mantrap_launch::lock::ScopeName;
    use mantrap_launch::room::{Outside, Territory};
    use mantrap_launch::{Lock, NotEntered, Permit, Values, enter};

    use crate::support::{World, approve, launch, located, mode};

    /// A permit for a copy of the system's shell that prints a word, and a file and a directory that are pinned too.
    fn permit(world: &World) -> Permit {
        fs::copy("/bin/sh", world.put("bin/program", "")).unwrap();
        mode(&world.path("bin/program"), 0o755);
        world.put("srv/note", "pinned");
        world.put("lib/deep/note", "beneath");
        let digest = |below| measure(&world.path(below), &mut Known::default()).unwrap().digest();
        let root = world.text("");
        let lock = world.put(
            "home/.config/mantrap/mantrap.lock",
            format!(
                r#"version = 1
[server.notes]
source = "bin:{root}/bin/program"
arguments = ["-c", "echo $0; cat {root}/srv/note {root}/lib/deep/note; echo x > {root}/lib/new || echo refused; ls -A $HOME; pwd", "word"]
grants = ["env PLACE=here"]
[server.notes.runtime]
path = "{root}/bin/program"
digest = "{}"
[server.notes.files]
"{root}/srv/note" = "{}"
"{root}/lib" = "{}"
"#,
                digest("bin/program"),
                digest("srv/note"),
                digest("lib"),
            ),
        );
        let parsed = Lock::parse(&fs::read(&lock).unwrap()).unwrap();
        let located = located(&parsed, &lock, ScopeName::User).unwrap();
        approve(&world.places(), &located, &Values::new());
        launch(&world.places(), located, &Values::new(), &mut Known::default()).unwrap()
    }

    /// What it prints, or why it does not run.
    fn run(world: &World, permit: Permit) -> Result<(String, Exit), NotEntered> {
        let variables: BTreeMap<String, OsString> = BTreeMap::new();
        let home = world.path("home");
        let outside = Outside {
            variables: &variables,
            directory: "/".into(),
            territory: Territory::new(Some(home.clone()), vec![home.join(".config/mantrap")]),
            home: Some(home),
        };
        let (mut output, output_in) = std::io::pipe().unwrap();
        let errors = output_in.try_clone().unwrap();
        let standard = [File::open("/dev/null").unwrap().into(), output_in.into(), errors.into()];
        let entered = enter(permit, &outside, standard)?;
        let mut printed = String::new();
        output.read_to_string(&mut printed).unwrap();
        Ok((printed, entered.jail.wait().unwrap().exit))
    }

    pub(super) fn what_was_measured_runs() {
        let world = World::new();
        let permit = permit(&world);
        let (printed, exit) = run(&world, permit).unwrap();
        assert_eq!(exit, Exit::Code(0), "{printed}");
        assert!(printed.starts_with("word\npinnedbeneath"), "{printed}");
        assert!(printed.contains("refused") && !world.path("lib/new").exists(), "{printed}");
        assert!(printed.ends_with(&format!("{}\n", world.text("home"))), "{printed}");
    }

    pub(super) fn a_program_that_was_replaced_does_not_run() {
        let world = World::new();
        let permit = permit(&world);
        // The same bytes, the same mode, the same name: another file.
        fs::copy("/bin/sh", world.path("bin/other")).unwrap();
        fs::rename(world.path("bin/other"), world.path("bin/program")).unwrap();
        let error = run(&world, permit).unwrap_err();
        let NotEntered::Jail(error) = error else { panic!("{error:?}") };
        assert!(error.chain().contains("cannot execute"), "{}", error.chain());
        assert!(error.remedy().unwrap().contains("replaced after it had been measured"));
    }

    pub(super) fn a_program_that_was_moved_away_does_not_run() {
        let world = World::new();
        let permit = permit(&world);
        fs::rename(world.path("bin/program"), world.path("bin/aside")).unwrap();
        std::os::unix::fs::symlink("/bin/sh", world.path("bin/program")).unwrap();
        assert!(run(&world, permit).is_err());
    }

    pub(super) fn nothing_of_a_permit_is_left_out() {
        let world = World::new();
        let permit = permit(&world);
        fs::rename(world.path("lib"), world.path("aside")).unwrap();
        assert!(run(&world, permit).is_err(), "a directory that was measured is gone");
    }
}
