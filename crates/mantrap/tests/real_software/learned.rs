//! A profile that `--learn` proposed has to be enough for the same work, and short enough to be read.

use std::fs;

use crate::cases::Case;
use crate::scratch::Place;
use crate::{exercise, for_each_case, jail, must_say};

/// Lines of one screen, the first of which says what this is.
pub(crate) const SCREENFUL: usize = 24;

/// The case's command in a jail with these words before it, in the directory of the test.
fn run(case: &Case, words: Vec<String>, place: &Place) -> Result<String, String> {
    let words: Vec<String> =
        words.into_iter().chain(case.command.iter().map(|word| place.fill(word))).collect();
    let mut command = place.command(&words);
    command.current_dir(place.fill("{work}"));
    exercise(case, &mut command, place)
}

#[test]
fn a_learned_profile_is_enough_for_the_same_work() {
    for_each_case(|case, place| {
        let learned = place.fill("{work}/out/learned");
        // Where it may connect, and what it may write, a person has to say.
        let asked =
            case.grants.iter().filter(|grant| !grant.starts_with("read ") && !grant.starts_with("exec "));
        let mut words = jail(&asked.map(|grant| place.fill(grant)).collect::<Vec<_>>());
        words.splice(2..2, ["--learn", "--profile-out", &learned].map(str::to_owned));
        must_say(case, &run(case, words, place).map_err(|error| format!("while learning: {error}"))?)?;
        let profile = fs::read_to_string(&learned).map_err(|error| format!("no profile: {error}"))?;
        let lines = profile.lines().count();
        if lines > SCREENFUL {
            return Err(format!("{lines} lines: {profile}"));
        }
        let said = run(case, jail(&[format!("profile {learned}")]), place);
        must_say(case, &said.map_err(|error| format!("{error}\nwith\n{profile}"))?)
    });
}
