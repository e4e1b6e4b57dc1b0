//! Who one is at which machine, as `.netrc` says (The GNU inetutils manual, "The .netrc file"). pip and uv read it themselves,
//! outside of a jail. What is said of no machine in particular (`default`) is given to nobody.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::InstallError;
use super::settings::{self, Surroundings};

/// User and password by machine.
#[derive(Default)]
pub(super) struct Netrc(BTreeMap<String, (String, String)>);

impl Netrc {
    /// The user's, if there is one.
    pub(super) fn read(surroundings: &Surroundings) -> Result<Self, InstallError> {
        let named = surroundings.text("NETRC").map(PathBuf::from);
        let path = named.or_else(|| Some(surroundings.home.as_ref()?.join(".netrc")));
        let text = path.map(|path| settings::read(&path)).transpose()?.flatten();
        Ok(text.map(|text| Self::parse(&text)).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let mut all = BTreeMap::new();
        let (mut machine, mut user) = (None, String::new());
        // A macro's body ends with an empty line.
        let mut is_macro = false;
        for line in text.lines() {
            is_macro &= !line.trim().is_empty();
            if is_macro || line.trim_start().starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            while let Some(word) = words.next() {
                let mut next =
                    || words.next().map(|word| word.trim_matches('"').to_owned()).unwrap_or_default();
                match word {
                    "machine" => (machine, user) = (Some(next().to_ascii_lowercase()), String::new()),
                    "default" => (machine, user) = (None, String::new()),
                    "login" | "user" => user = next(),
                    "account" => drop(next()),
                    "password" => {
                        let password = next();
                        if let Some(machine) = machine.clone() {
                            all.entry(machine).or_insert((user.clone(), password));
                        }
                    }
                    "macdef" => {
                        is_macro = true;
                        break;
                    }
                    _ => {}
                }
            }
        }
        Self(all)
    }

    /// `user:password`, written as an address has it (RFC 3986, 3.2.1), for a machine.
    pub(super) fn user(&self, machine: &str) -> Option<String> {
        let (user, password) = self.0.get(machine)?;
        Some(format!("{}:{}", escaped(user), escaped(password)))
    }
}

/// A part of `user:password` as an address has it.
pub(super) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_given_its_own_password_and_no_other_one() {
        let text = "# comment machine x\nmachine Pypi.Example.com login me password p@ss:w\n\
            macdef init\nmachine evil login x password y\n\nmachine two\n  login you\n  account z\n  password \"q\"\n\
            machine two login other password other\ndefault login any password all\n";
        let netrc = Netrc::parse(text);
        assert_eq!(netrc.user("pypi.example.com").unwrap(), "me:p%40ss%3Aw");
        assert_eq!(netrc.user("two").unwrap(), "you:q");
        for other in ["evil", "pypi.org", "x", ""] {
            assert_eq!(netrc.user(other), None, "{other}");
        }
        assert!(Netrc::parse("machine\npassword").0.len() < 2);
    }
}
