//! The smallest use of the jail: runs a program with the system's files, what is named by `-r` (read), `-w` (write) and
//! `-x` (execute), the peers named by `-n` (net), and nothing else.
//! `cargo run -p mantrap-jail --example jailed -- -r DIR -n NAME:PORT PROGRAM ARGUMENTS…`

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    {
        linux::main()
    }
    #[cfg(not(target_os = "linux"))]
    std::process::ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
mod linux {
    use std::error::Error as _;
    use std::os::fd::AsFd;
    use std::process::ExitCode;

    use mantrap_jail::{Exit, Jail, Profile, Right, View, enter_if_asked};

    pub(super) fn main() -> ExitCode {
        if let Some(code) = enter_if_asked() {
            return code;
        }
        let mut words = std::env::args_os().skip(1).peekable();
        let mut view = Vec::new();
        let mut net = Vec::new();
        while let Some(flag) = words.next_if(|word| ["-r", "-w", "-x", "-n"].iter().any(|flag| word == flag))
        {
            let Some(value) = words.next() else { return ExitCode::FAILURE };
            if flag == "-n" {
                let Some(Ok(grant)) = value.to_str().map(str::parse) else { return ExitCode::FAILURE };
                net.push(grant);
            } else {
                let right = if flag == "-r" {
                    Right::Read
                } else if flag == "-w" {
                    Right::Write
                } else {
                    Right::Exec
                };
                view.push(View { path: value.into(), right });
            }
        }
        let arguments: Vec<_> = words.collect();
        let Some(program) = arguments.first().cloned() else { return ExitCode::FAILURE };
        let mut profile = Profile::new(program, arguments, "/home/nobody");
        profile.environment =
            vec![("PATH".into(), "/usr/bin:/bin".into()), ("HOME".into(), "/home/nobody".into())];
        profile.view = view;
        profile.net = net;
        let standard = [std::io::stdin().as_fd(), std::io::stdout().as_fd(), std::io::stderr().as_fd()]
            .map(|descriptor| descriptor.try_clone_to_owned());
        let [Ok(input), Ok(output), Ok(error)] = standard else { return ExitCode::FAILURE };
        match Jail::start(&profile, [input, output, error]).and_then(Jail::wait) {
            Ok(report) => match report.exit {
                Exit::Code(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
                other => {
                    eprintln!("{other:?}");
                    ExitCode::FAILURE
                }
            },
            Err(error) => {
                eprintln!("error: {error}: {:?}", error.source());
                ExitCode::from(125)
            }
        }
    }
}
