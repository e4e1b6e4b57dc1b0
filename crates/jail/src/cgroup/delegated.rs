//! Version 2: groups with caps may be made only beneath a group that has no process of its own.
//!
//! A delegated scope begins with its starter in it. Then the starter and its own children move to one leaf, once, and
//! everybody else's presence means that the group is not ours alone: nothing is moved and no cap is to be had.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{getpid, getppid};

use super::{Controller, DELEGATE, Lack, kernel_text};

/// What brings a controller to a group that is ours to divide.
const OFFER: &str = "have it delegated: `sudo systemctl edit user@.service` with `[Service]` and \
                     `Delegate=cpu cpuset io memory pids`, then log in again";

/// Where a supervisor and its helpers go. It stays as long as the delegated group does.
const LEAF: &str = "mantrap";

/// The group beneath which this process's groups belong: its own, or the one above where that was made to be divided.
/// So it was where this process stands in our leaf, and where systemd says so (systemd.resource-control(5), `Delegate=`
/// with `DelegateSubgroup=`). Other groups above may be writable too, and somebody else's to divide.
pub(super) fn parent(own: &Path) -> &Path {
    let in_leaf = own.file_name().is_some_and(|name| name == LEAF);
    own.parent().filter(|above| in_leaf || is_delegated(above)).unwrap_or(own)
}

fn is_delegated(group: &Path) -> bool {
    let mut mark = [0; 2];
    rustix::fs::getxattr(group, "user.delegate", &mut mark)
        .is_ok_and(|length| mark.get(..length) == Some(b"1"))
}

/// Makes `controllers` available to the groups made beneath the answered directory, and says which are not to be had.
pub(super) fn prepare(own: &Path, controllers: &[Controller]) -> (PathBuf, Vec<Lack>) {
    let parent = parent(own);
    let switch = parent.join("cgroup.subtree_control");
    let (offered, on) = (words(&parent.join("cgroup.controllers")), words(&switch));
    let may = rustix::fs::access(&switch, rustix::fs::Access::WRITE_OK).map_err(io::Error::from);
    let mut lacks = Vec::new();
    let mut wanted = Vec::new();
    for &controller in controllers {
        if !offered.iter().any(|word| word == controller.word()) {
            let name = controller.word();
            let why = format!("the control group `{}` has no `{name}` controller", parent.display());
            lacks.push(Lack { controller, why, remedy: if may.is_ok() { OFFER } else { DELEGATE } });
        } else if !on.iter().any(|word| word == controller.word()) {
            wanted.push(controller);
        }
    }
    if wanted.is_empty() {
        return (parent.to_owned(), lacks);
    }
    // Moving on behalf of nothing is not done: the right to switch the controllers on comes first.
    let ready = may.and_then(|()| if parent == own { vacate(own) } else { Ok(()) });
    for controller in wanted {
        let turned_on = match &ready {
            Ok(()) => {
                fs::write(&switch, format!("+{}", controller.word())).map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = turned_on {
            let why = format!("the control group `{}` cannot be divided: {error}", parent.display());
            lacks.push(Lack { controller, why, remedy: DELEGATE });
        }
    }
    (parent.to_owned(), lacks)
}

/// Moves the supervisor, its children and this process to the leaf, where they are the only ones in the group.
fn vacate(own: &Path) -> io::Result<()> {
    let others = || io::Error::other("processes that are not mantrap's are in it");
    let leaf = own.join(LEAF);
    // A child that was just being made is there in the next round.
    for _ in 0..8 {
        let present = words(&own.join("cgroup.procs"));
        if present.is_empty() {
            return Ok(());
        }
        // Before anything is moved: half a move would help nobody.
        if !present.iter().all(|pid| is_ours(pid)) {
            return Err(others());
        }
        match fs::create_dir(&leaf) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        for pid in present {
            match fs::write(leaf.join("cgroup.procs"), pid) {
                // It has ended meanwhile.
                Err(error) if error.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => {}
                other => other?,
            }
        }
    }
    Err(others())
}

/// This process, its supervisor, or another child of that; or one that has ended. Zero stands for a process that cannot
/// be seen from here.
fn is_ours(pid: &str) -> bool {
    if pid == "0" {
        return false;
    }
    let Some(supervisor) = getppid() else { return false };
    let supervisor = supervisor.as_raw_nonzero().to_string();
    pid == supervisor
        || pid == getpid().as_raw_nonzero().to_string()
        || super::sweep::stat(pid, 4).is_none_or(|parent| parent == supervisor)
}

/// The words of a file of the kernel's; none where it cannot be read.
fn words(path: &Path) -> Vec<String> {
    kernel_text(path).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}
