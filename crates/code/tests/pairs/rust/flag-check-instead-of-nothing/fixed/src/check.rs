pub const ALLOWED_COMMANDS: &[&str] = &["npx", "node"];

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not allowed")]
pub struct Refused(pub String);

pub fn check(command: &str, args: &[String]) -> Result<(), Refused> {
    if !ALLOWED_COMMANDS.contains(&command) {
        return Err(Refused(command.to_owned()));
    }
    for arg in args {
        if matches!(arg.as_str(), "-c" | "-e" | "--eval") {
            return Err(Refused(arg.clone()));
        }
    }
    Ok(())
}
