use std::ffi::OsStr;

use super::*;

fn grant(text: &str) -> Grant {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn said(text: &str) -> String {
    text.parse::<Grant>().expect_err(text).to_string()
}

#[test]
fn what_is_written_is_read_as_the_same_grant() {
    for text in [
        "read /usr/share/doc",
        "read ~/project",
        "read relative/with a blank inside",
        "write /data#1",
        "exec /opt/tool/bin",
        "socket /run/user/1000/bus",
        "memory 512M",
        "memory 1536K",
        "memory 1048577",
        "pids 64",
        "cpu 150%",
        "time 30s",
        "time 1500ms",
        "time 5m",
        "env HOME",
        "env GREETING=hello world",
        "env EMPTY=",
        "env URL=https://example.org/?a=b",
        "secret TOKEN as env",
        "secret TOKEN as file",
        "secret TOKEN as env from ~/my token",
        "no-system",
    ] {
        let grant = grant(text);
        assert_eq!(grant.to_string(), text);
        assert_eq!(grant.to_string().parse::<Grant>().unwrap(), grant);
    }
}

#[test]
fn spellings_settle_on_one() {
    for (text, written) in [
        ("  read \t /x  ", "read /x"),
        ("memory 2048MiB", "memory 2G"),
        ("memory 1073741824", "memory 1G"),
        ("time 120s", "time 2m"),
        ("time 24h", "time 1d"),
        ("read \"/plain\"", "read /plain"),
        ("secret  T  as  file  from  \"/k\"", "secret T as file from /k"),
        ("env A=\"b\"", "env A=b"),
    ] {
        assert_eq!(grant(text).to_string(), written);
    }
}

#[cfg(unix)]
#[test]
fn no_file_name_can_write_a_second_grant() {
    use std::os::unix::ffi::OsStrExt;
    for name in [
        &b"/a\nwrite /"[..],
        b"/a\r",
        b"/a\x0bwrite /",
        "/a\u{85}write /".as_bytes(),
        "/a\u{2028}write /".as_bytes(),
        "/\u{202e}b".as_bytes(),
        b"/ends in blank ",
        b" /begins so",
        b"\"/quoted\"",
        b"/back\\slash\\n",
        b"/\xff\xfe",
        b"/\x1b[2J",
    ] {
        let grant = Grant::Read(OsStr::from_bytes(name).into());
        let written = grant.to_string();
        assert_eq!(written.parse::<Grant>().as_ref(), Ok(&grant), "{written}");
        assert_eq!(Grants::parse_file(written.as_bytes()), Ok(Grants(vec![grant])), "{written}");
        assert!(!written.contains(['\n', '\r', '\u{1b}', '\u{2028}', '\u{202e}']), "{written:?}");
    }
}

#[test]
fn what_is_no_grant_says_what_would_be_one() {
    for (text, part) in [
        ("", "`` is not a grant"),
        ("allow /x", "`allow` is not a grant; they are read, write"),
        ("Read /x", "`Read` is not a grant"),
        ("read", "write `read PATH`"),
        ("read \"/x", "does not end"),
        ("read \"/x\" y", "stands behind"),
        ("read \"\\q\"", "escape"),
        ("read \"\\x4\"", "escape"),
        ("read \"\\x00\"", "zero byte"),
        ("read \"\"", "cannot be empty"),
        ("memory", "write `memory 512M`"),
        ("memory 512", "the least is 1M"),
        ("memory 512MB", "ambiguous"),
        ("memory 512k", "ambiguous"),
        ("memory -1M", "no size"),
        ("memory 99999999999999999999M", "no size"),
        ("memory 18446744073709551615T", "more bytes than can be counted"),
        ("memory 1.5G", "the units are"),
        ("memory iB", "no size"),
        ("memory 1iB", "the units are"),
        ("pids 0", "no number of processes"),
        ("pids +5", "no number of processes"),
        ("pids 4294967297", "no number of processes"),
        ("cpu 50", "write 50% or 200%"),
        ("cpu 0%", "out of range"),
        ("time 30", "its unit is"),
        ("time 0s", "out of range"),
        ("time 366d", "out of range"),
        ("env =x", "cannot name a variable"),
        ("env A B=x", "cannot name a variable"),
        ("secret TOKEN", "secret TOKEN as env"),
        ("secret TOKEN as", "say how"),
        ("secret TOKEN as ENV", "say how"),
        ("secret TOKEN as file from", "say how"),
        ("secret TOKEN as file in /x", "say how"),
        ("secret ../x as file", "cannot name a secret"),
        ("secret 1X as env", "cannot name a secret"),
        ("no-system please", "stands alone"),
    ] {
        let said = said(text);
        assert!(said.contains(part), "{text}: {said}");
    }
}

#[test]
fn hostile_lengths_are_refused_and_not_repeated() {
    let long = "x".repeat(1 << 20);
    for text in [
        long.clone(),
        format!("read /{long}"),
        format!("memory {long}"),
        format!("env {long}=1"),
        format!("env A={long}"),
        format!("secret {long} as env"),
        format!("pids {}", "9".repeat(1 << 20)),
    ] {
        assert!(said(&text).len() < 400);
    }
}

#[test]
fn a_profile_is_one_grant_per_line() {
    let text = "\u{feff}# for the weather server\r\n\n  read /data # not a comment\n\tmemory 1G\r\nno-system";
    let grants = Grants::parse_file(text.as_bytes()).unwrap();
    let expected = "read /data # not a comment\nmemory 1G\nno-system\n";
    assert_eq!(grants.to_string(), expected);
    assert_eq!(Grants::parse_file(expected.as_bytes()).unwrap(), grants);
    assert_eq!(Grants::parse_file(b""), Ok(Grants::default()));
}

#[test]
fn a_profile_names_the_line_that_is_wrong() {
    for (text, said) in [
        (&b"read /x\nraed /y"[..], "line 2: `raed` is not a grant"),
        (b"\n\nmemory lots", "line 3: `lots` is no size"),
        (b"read /x\nread /\xff", "line 2 is not UTF-8"),
        (b"read /x\x1b[2J", "line 1 holds a control character"),
        (b"read /x\rwrite /", "line 1 holds a control character"),
        (b"memory 1G\n#\nmemory 2G", "line 3: `memory` already stands in line 1"),
        (b"env A=1\nenv A", "line 2: `env A` already stands in line 1"),
    ] {
        let error = Grants::parse_file(text).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn a_profile_is_bounded() {
    assert_eq!(Grants::parse_file(&vec![b'\n'; (1 << 20) + 1]), Err(GrantsError::TooLong));
    assert_eq!(Grants::parse_file(&vec![b'\n'; 20_000]), Err(GrantsError::TooLong));
    let many: String = (0..2_000).map(|number| format!("read /{number}\n")).collect();
    assert_eq!(Grants::parse_file(many.as_bytes()), Err(GrantsError::TooLong));
}

#[test]
fn an_argument_is_taken_as_it_is() {
    let env = |text: &str| Grant::env(OsStr::new(text));
    let set = |value: &str| Ok(Grant::Env(Variable { name: "A".into(), value: Some(value.into()) }));
    assert_eq!(env("A=\"x\""), set("\"x\""));
    assert_eq!(env("A= b=c "), set(" b=c "));
    assert_eq!(env("A"), Ok(Grant::Env(Variable { name: "A".into(), value: None })));
    assert!(env("=A").is_err() && env("").is_err() && env("A\n=").is_err());
}
