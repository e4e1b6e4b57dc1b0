use super::*;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A lock with one entry of these lines in front of its tables, and these tables.
fn lock(lines: &str, tables: &str) -> String {
    format!(
        "version = 1\n[server.x]\n{lines}\n[server.x.runtime]\npath = \"/usr/bin/x\"\ndigest = \"sha256:{HEX}\"\n{tables}"
    )
}

fn bin(lines: &str, tables: &str) -> String {
    lock(&format!("source = \"bin:/usr/bin/x\"\n{lines}"), tables)
}

fn problem(text: &str) -> String {
    match Lock::parse(text.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(lock) => panic!("it is a lock: {lock}"),
    }
}

#[test]
fn what_is_written_reads_as_itself_and_is_written_the_same() {
    let everything = format!(
        r#"version = 1
rules = {{ scopes = ["project", "user"], signature = "required" }}
[server."a.b"]
source = "npm:@acme/weather@1.4.2"
integrity = "sha512-{}=="
tree = "tree:{HEX}"
arguments = ["{{tree}}/index.js", "--root={{root}}", "{{{{\"a\": 1}}}}", "zero\u200bwidth\n", "\U0001F600"]
directory = "{{root}}"
deadline = "90s"
waivers = ["pids", "landlock"]
provenance = ["signature SHA256:x", "attestation https://example.com/w@r 0123"]
grants = ["write {{root}}", "read /a b", "env   A=b", "net *.example.com:443", "read \"/a\\x20\""]
runtime = {{ path = "{{tree}}/bin/node", digest = "sha256:{HEX}", version = "22.1.0" }}
files = {{ "/etc/x y" = "sha256:{HEX}", "/srv/lib" = "tree:{HEX}" }}
parameters.root = {{ type = "directory", value = "/home/u" }}
tools = {{ "get weather" = "sha256:{HEX}" }}
[[server."a.b".approvals]]
by = "a@example.com"
signature = """
-----BEGIN SSH SIGNATURE-----
AAAA
-----END SSH SIGNATURE-----
"""
[server.far]
source = "https://mcp.example.com/"
"#,
        "A".repeat(86)
    );
    let lock = Lock::parse(everything.as_bytes()).unwrap();
    let text = lock.to_string();
    assert_eq!(Lock::parse(text.as_bytes()).unwrap(), lock, "{text}");
    assert_eq!(Lock::parse(text.as_bytes()).unwrap().to_string(), text);
    assert!(!text.contains('\u{200b}') && text.contains("\\u200B"), "{text}");
}

#[test]
fn a_lock_of_another_version_is_said_to_be_one_whatever_else_it_holds() {
    for (text, said) in [
        ("", "nothing"),
        ("version = 2\n[new]\nfield = 1\n", "`2`"),
        ("version = \"1\"", "a string"),
        ("version = 1.0", "a float"),
    ] {
        assert!(problem(text).ends_with(&format!("it says {said}")), "{}", problem(text));
    }
}

#[test]
fn everything_that_means_nothing_is_refused_with_its_line() {
    let tree = format!("tree = \"tree:{HEX}\"");
    for (text, wanted) in [
        ("version = 1\nx = 1".to_owned(), "line 2, column 1: unknown field `x`"),
        ("version = 1\nversion = 1".into(), "line 2"),
        (bin("sources = []", ""), "unknown field `sources`"),
        (bin("command = \"x\"", ""), "line 4, column 1: unknown field `command`"),
        ("version = 1\n[server.x]\n".into(), "missing field `source`"),
        ("version = 1\n[server.X]\nsource = \"bin:/x\"".into(), "`X` cannot name a server"),
        ("version = 1\n[server.-x]\nsource = \"bin:/x\"".into(), "cannot name a server"),
        ("version = 1\n[server.x]\nsource = \"bin:/x\"".into(), "line 3: server.x.runtime: it is missing"),
        (lock("source = \"bin:/usr/bin/y\"", ""), "write the same path"),
        (lock("source = \"script:/srv/x.py\"", ""), "the script is missing"),
        (lock("source = \"npm:x@1.0.0\"", ""), "server.x.tree: it is missing"),
        (lock(&format!("source = \"npm:x@1.0.0\"\n{tree}"), ""), "server.x.integrity: it is missing"),
        (lock("source = \"npm:x@latest\"", ""), "names no exact version"),
        (lock("source = \"https://x.example/\"", ""), "a remote server has no field but"),
        (bin(&tree, ""), "only what is installed has one"),
        (bin("tree = \"tree:0\"", ""), "is no digest"),
        (bin(&format!("tree = \"sha256:{HEX}\""), ""), "it is the digest of a tree"),
        (bin("integrity = \"md5-AAAA\"", ""), "Subresource Integrity"),
        (bin("integrity = \"sha512-AAAA\"", ""), "Subresource Integrity"),
        (bin("arguments = [\"{\"]", ""), "line 4: server.x.arguments: `{` begins the name"),
        (bin("arguments = [\"{other}\"]", ""), "no parameter is called `other`"),
        (bin("arguments = [\"a\\u0000b\"]", ""), "zero byte"),
        (bin("arguments = \"a b\"", ""), "line 4"),
        (bin("arguments = [\"{tree}/x\"]", ""), "`{tree}` stands for it"),
        (bin("directory = \"docs\"", ""), "absolute path"),
        (bin("directory = \"/a/../b\"", ""), "absolute path"),
        (bin("grants = [\"read docs\"]", ""), "`docs` is relative"),
        (bin("grants = [\"everything\"]", ""), "`everything` is not a grant"),
        (bin("grants = [\"env LD_PRELOAD=/x.so\"]", ""), "can make a program load code"),
        (bin("grants = [\"env node_options\"]", ""), "can make a program load code"),
        (bin("grants = [\"secret NODE_OPTIONS as env\"]", ""), "can make a program load code"),
        (bin("grants = [\"env PATH=/x\"]", ""), "is set by the launcher"),
        (bin("grants = [\"pids 1\", \"pids  1\"]", ""), "stands there already"),
        (bin("grants = [\"read {x}\"]", ""), "no parameter is called `x`"),
        (bin("", &format!("[server.x.files]\n\"a/b\" = \"sha256:{HEX}\"")), "no absolute path"),
        (bin("", "[server.x.parameters]\na = { type = \"text\" }"), "its type is"),
        (bin("", "[server.x.parameters]\na = { type = \"port\" }"), "nothing uses `a`"),
        (bin("", "[server.x.parameters]\ntree = { type = \"port\" }"), "are taken"),
        (
            bin("arguments = [\"{a}\"]", "[server.x.parameters]\na = { type = \"port\", value = \"0\" }"),
            "1 to 65535",
        ),
        (
            bin("arguments = [\"{a}\"]", "[server.x.parameters]\na = { type = \"word\", of = [\"-x\"] }"),
            "`of` lists",
        ),
        (
            bin("arguments = [\"{a}\"]", "[server.x.parameters]\na = { type = \"port\", of = [\"1\"] }"),
            "only a word",
        ),
        (bin("", "[server.x.tools]\nt = \"tree:0\""), "is no digest"),
        (bin("", "[server.x.tools]\n\"a\\u202eb\" = \"sha256:0\""), "cannot be seen"),
        ("version = 1\nrules = { scopes = [\"system\"] }".into(), "they are `user` and `project`"),
        ("version = 1\nrules = { signature = \"optional\" }".into(), "it is `required`"),
    ] {
        let problem = problem(&text);
        assert!(
            problem.contains(wanted) && problem.starts_with("line "),
            "{text}\n{problem}\nwanted: {wanted}"
        );
    }
    assert_eq!(Lock::parse(b"version = 1\n\xff"), Err(LockError::Encoding { line: 2 }));
    assert_eq!(Lock::parse(&vec![b'\n'; 5 << 20]), Err(LockError::Large));
    assert!(Lock::parse(format!("version = 1\nx = {}", "[".repeat(100_000)).as_bytes()).is_err());
}

#[test]
fn a_value_of_a_parameter_never_becomes_another_grant() {
    let parse = |text| LockedGrant::parse(text, |_| Some("/x")).unwrap().0;
    let fill = |text, value: &'static str| parse(text).fill(|_| Some(value));
    let path = "/a\" b {c} as env";
    assert_eq!(fill("read {root}", path), Ok(mantrap_jail::Grant::Read(path.into())));
    assert_eq!(fill("read {root}/sub", "/x"), Ok(mantrap_jail::Grant::Read("/x/sub".into())));
    assert!(fill("read {root}", "relative").is_err());
    assert_eq!(parse("read /a{{b}}").fill(|_| None), Ok(mantrap_jail::Grant::Read("/a{b}".into())));
    assert_eq!(parse("read /a{{b}}").as_str(), "read /a{{b}}");
}

#[test]
fn who_vouched_for_an_entry_is_part_of_what_is_approved() {
    let digest = |said: &str| {
        let hash = "A".repeat(86);
        let text = lock(
            &format!(
                "source = \"npm:x@1.0.0\"\nintegrity = \"sha512-{hash}==\"\ntree = \"tree:{HEX}\"\n{said}"
            ),
            "",
        );
        let lock = Lock::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        let (name, entry) = lock.servers.iter().next().unwrap();
        crate::Document::of(name, entry, &crate::Values::new()).digest()
    };
    let all = ["", "provenance = [\"a\"]", "provenance = [\"b\"]", "provenance = [\"a\", \"b\"]"].map(digest);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    assert_eq!(digest("provenance = [\"b\", \"a\"]"), all[3], "their order says nothing");
    for bad in [
        "provenance = [\"a\", \"a\"]",
        "provenance = [\"\\u200b\"]",
        "provenance = [\"\"]",
        "provenance = \"a\"",
    ] {
        assert!(!problem(&bin(bad, "")).is_empty(), "{bad}");
    }
    assert!(problem(&bin("provenance = [\"a\"]", "")).contains("only what is installed has any"));
}
