//! A host in a jail: the grants of the command line, and what a guard needs in there itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::anyhow;
use mantrap_jail::{Gate, Guarantee, Profile, Right, View};
use mantrap_launch::room::{self, Program, SYSTEM, Wish};

use super::super::jail::{outside, typed, unfit};
use crate::Failure;
use crate::cli::Guard as Options;
use crate::environment::Environment;

/// The host's jail, where one is asked for. `own` is this program: what stands in for a server executes it in there.
pub(super) fn profile(
    options: &Options,
    own: &Path,
    environment: &Environment,
) -> Result<Option<Profile>, Failure> {
    let outside = outside(environment)?;
    let grants = typed(&options.grants, &outside).map_err(Failure::Usage)?;
    let listen: Vec<SocketAddr> = options.listen.iter().map(|text| place(text)).collect::<Result<_, _>>()?;
    if grants.is_empty() && listen.is_empty() {
        return Ok(None);
    }
    if !options.grants.socket.is_empty() {
        return Err(Failure::Usage(anyhow!(
            "--socket cannot be held to one socket beside a guard: the kernel has one listener, and the guard needs it; \
             let the host connect by TCP, with --net loopback:PORT"
        )));
    }
    let wish = Wish {
        grants,
        program: Program::Command(&options.command),
        directory: Some(outside.directory.clone()),
        waived: if options.waive_landlock { vec![Guarantee::Landlock] } else { Vec::new() },
        gate: Gate::Off,
        probation: false,
    };
    let composed = room::compose(&wish, &outside).map_err(unfit)?;
    for warning in &composed.warnings {
        eprintln!("mantrap: warning: {}", mantrap_launch::visible(warning));
    }
    let mut profile = composed.profile;
    if let Some(port) = listen.iter().map(SocketAddr::port).find(|port| reaches(&profile, *port)) {
        return Err(Failure::Usage(anyhow!(
            "port {port} is granted by --net and named by --listen; inside it can be only one of the two: have the host listen \
             at another port"
        )));
    }
    profile.listen = listen;
    let is_there = |view: &View| view.right == Right::Exec && own.starts_with(&view.path);
    let is_systems = profile.system && SYSTEM.iter().any(|place| own.starts_with(place));
    if !is_systems && !profile.view.iter().any(is_there) {
        profile.view.push(View { path: own.to_owned(), right: Right::Exec });
    }
    Ok(Some(profile))
}

fn reaches(profile: &Profile, port: u16) -> bool {
    profile.net.iter().any(|grant| grant.port == port)
}

/// `PORT` of this machine's own loopback, or `ADDRESS:PORT`.
fn place(text: &str) -> Result<SocketAddr, Failure> {
    let own = text.parse().map(|port| SocketAddr::from((IpAddr::from(Ipv4Addr::LOCALHOST), port)));
    own.or_else(|_| text.parse()).ok().filter(|place| place.port() != 0).ok_or_else(|| {
        Failure::Usage(anyhow!("`{text}` is no place to listen at; write PORT, 0.0.0.0:PORT or [::]:PORT"))
    })
}
