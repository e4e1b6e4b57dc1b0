//! `mantrap approve --sign`: a signature beside the approval, so that others, and other machines, know whose word it is.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow, bail};
use mantrap_launch::Located;
use mantrap_launch::approval::{NAMESPACE, Signature};
use mantrap_launch::lock::Signed;

use super::change::change;
use super::{Desk, signed};
use crate::Failure;
use crate::cli::Approve;
use crate::environment::Environment;

/// Where OpenSSH's own program is, so that no `PATH` chooses who sees a passphrase.
const KEYGENS: [&str; 3] =
    ["/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen", "/opt/homebrew/bin/ssh-keygen"];

/// Has `ssh-keygen` sign the entry, as its lock has it, and writes the signature into the lock. Answers what a person
/// should be told.
pub(super) fn sign(
    desk: &Desk,
    located: &Located,
    options: &Approve,
    environment: &Environment,
) -> Result<Option<String>, Failure> {
    let (Some(key), Some(by)) = (&options.sign, &options.signer) else { return Ok(None) };
    let document = signed(located);
    let armour = armour(key, &document.bytes()).map_err(Failure::Usage)?;
    let signature = Signature::parse(&armour).context("ssh-keygen signed in a way that is not accepted")?;
    signature.verify(&document.bytes()).context("ssh-keygen signed something else")?;
    let known = desk.approvals.signers.accepts(by, signature.key(), desk.approvals.now);
    change(desk, located, "sign", environment, |lock| {
        if let Some(entry) = lock.servers.get_mut(&located.name) {
            entry.approvals.retain(|signed| signed.by != *by);
            entry.approvals.push(Signed { by: by.clone(), signature: armour });
        }
    })?;
    let fingerprint = signature.key().fingerprint();
    Ok(Some(match known {
        Ok(()) => format!("signed by {by} ({fingerprint})"),
        Err(why) => format!("signed by {by} ({fingerprint}), who is not believed here yet: {why}"),
    }))
}

/// The armoured signature. The key may be in an agent or a security key: then its public half is named, and `ssh-keygen`
/// asks for the touch or the passphrase itself.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's own OpenSSH asks for a passphrase at the terminal, the agent and the security key, none of which a jail has"
)]
fn armour(key: &Path, message: &[u8]) -> anyhow::Result<String> {
    let keygen = KEYGENS.iter().find(|path| Path::new(path).is_file());
    let keygen = keygen.ok_or_else(|| anyhow!("ssh-keygen was not found; install OpenSSH"))?;
    let mut child = Command::new(keygen)
        .args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{keygen}` cannot be started"))?;
    let written = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(message));
    let output = child.wait_with_output()?;
    if written.is_err() || !output.status.success() {
        bail!("ssh-keygen did not sign with `{}`; its own words are above", key.display());
    }
    Ok(String::from_utf8(output.stdout)?)
}
