//! docker, podman and their like.

use super::super::Means::*;
use super::super::option::Grammar;
use super::super::option::Takes::{Nothing, Value};
use super::{getopt, option};

/// Docker and its like, before the subcommand.
pub(in crate::command) static DOCKER: Grammar = getopt(&[
    option(&["-H", "--host"], Value, Plain),
    option(&["-c", "--context"], Value, Plain),
    option(&["--config"], Value, ConfigFile),
    option(&["-l", "--log-level"], Value, Plain),
    option(&["--url"], Value, Plain),
    option(&["--connection"], Value, Plain),
    option(&["--namespace"], Value, Plain),
    option(&["--root"], Value, Plain),
    option(&["-f", "--file"], Value, ConfigFile),
    option(&["-p", "--project-name"], Value, Plain),
    option(&["--profile"], Value, Plain),
    option(&["--project-directory"], Value, Directory),
]);

/// `docker run`, `create` and `exec`: an unknown long option takes a value, the switches are listed.
pub(in crate::command) static DOCKER_RUN: Grammar = Grammar {
    unknown: Value,
    ..getopt(&[
        option(&["-d", "--detach"], Nothing, Plain),
        option(&["-i", "--interactive"], Nothing, Plain),
        option(&["-t", "--tty"], Nothing, Plain),
        option(&["-P", "--publish-all"], Nothing, Plain),
        option(&["-q", "--quiet"], Nothing, Plain),
        option(&["-T", "--no-TTY"], Nothing, Plain),
        option(&["--rm"], Nothing, Plain),
        option(&["--init"], Nothing, Plain),
        option(&["--read-only"], Nothing, Plain),
        option(&["--no-healthcheck"], Nothing, Plain),
        option(&["--oom-kill-disable"], Nothing, Plain),
        option(&["--sig-proxy"], Nothing, Plain),
        option(&["--disable-content-trust"], Nothing, Plain),
        option(&["--use-api-socket"], Nothing, Privilege),
        option(&["--help"], Nothing, Plain),
        option(&["--replace"], Nothing, Plain),
        option(&["--rmi"], Nothing, Plain),
        option(&["--no-hosts"], Nothing, Plain),
        option(&["--env-host"], Nothing, Plain),
        option(&["--http-proxy"], Nothing, Plain),
        option(&["--tls-verify"], Nothing, Plain),
        option(&["--no-deps"], Nothing, Plain),
        option(&["--build"], Nothing, Plain),
        option(&["--service-ports"], Nothing, Plain),
        option(&["--privileged"], Nothing, Privilege),
        option(&["--pid"], Value, Privilege),
        option(&["--net", "--network"], Value, Privilege),
        option(&["--ipc"], Value, Privilege),
        option(&["--uts"], Value, Privilege),
        option(&["--userns"], Value, Privilege),
        option(&["--cgroupns"], Value, Privilege),
        option(&["--device"], Value, Privilege),
        option(&["--device-cgroup-rule"], Value, Privilege),
        option(&["--cap-add"], Value, Privilege),
        option(&["--security-opt"], Value, Privilege),
        option(&["--runtime"], Value, Plain),
        option(&["-v", "--volume"], Value, Mount),
        option(&["--mount"], Value, Mount),
        option(&["--add-host"], Value, Privilege),
        option(&["--volumes-from"], Value, Mount),
        option(&["--entrypoint"], Value, Entrypoint),
        option(&["-e", "--env"], Value, ContainerEnvironment),
        option(&["--env-file"], Value, EnvironmentFile),
        option(&["-u", "--user"], Value, Plain),
        option(&["-w", "--workdir"], Value, Plain),
        option(&["-p", "--publish"], Value, Plain),
        option(&["-l", "--label"], Value, Plain),
        option(&["-h", "--hostname"], Value, Plain),
        option(&["-m", "--memory"], Value, Plain),
        option(&["-c", "--cpu-shares"], Value, Plain),
        option(&["-a", "--attach"], Value, Plain),
    ])
};
