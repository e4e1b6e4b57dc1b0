//! A container image becomes a server: from an archive to answers, without a container engine.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::archive::Part;
use crate::layers::Image;
use crate::world::World;

/// Speaks MCP, and says in its answer to a call what it sees.
const SERVER: &str = r#"#!/opt/bin/sh -u
see() {
    if [ -f "$1" ] && read -r first < "$1"; then printf '%s=%s;' "$1" "$first"; elif [ -e "$1" ]; then printf '%s;' "$1"; fi
}
seen() {
    printf '%s;%s;%s;%s;' "$0" "$PWD" "$PATH" "$SAYS"
    for place in /app/data /app/link /etc/release /etc/hostname /usr/bin/env /usr/bin/python3 /etc/ssl /hidden "$GRANTED/x" "$GRANTED_OUTSIDE"; do see "$place"; done
    (: > /app/new) 2>/dev/null && printf 'wrote to the image;'
    (: > "$HOME/new") 2>/dev/null && printf 'wrote to its home;'
    [ -x /opt/bin/sh ] && /opt/bin/sh -c 'printf "%s;" ran'
}
GRANTED_OUTSIDE=/nowhere
while read -r line; do
    case "$line" in
    *'"initialize"'*) printf '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"image","version":"1"}}}\n' ;;
    *'"tools/list"'*) printf '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"look","description":"Looks","inputSchema":{"type":"object"}}]}}\n' ;;
    *'"tools/call"'*) printf '{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"%s"}]}}\n' "$(seen)" ;;
    esac
done
"#;

/// A shell of this machine and the libraries that it needs: where, and from where.
fn shell() -> Vec<(String, String)> {
    let shell = fs::canonicalize("/bin/sh").unwrap();
    let listed = Command::new("ldd").arg(&shell).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let libraries = listed.split_whitespace().filter(|word| word.starts_with('/'));
    let libraries = libraries.map(|path| (path.trim_start_matches('/').to_owned(), path.to_owned()));
    libraries.chain([("opt/shell/dash".to_owned(), shell.to_str().unwrap().to_owned())]).collect()
}

fn write_image(world: &World, name: &str, server: &str) {
    let files: Vec<(String, Vec<u8>)> =
        shell().into_iter().map(|(at, from)| (at, fs::read(from).unwrap())).collect();
    let mut userland: Vec<Part<'_>> = files.iter().map(|(at, bytes)| Part::File(at, bytes)).collect();
    userland.extend([
        Part::Link("opt/bin/sh", "/opt/shell/dash"),
        Part::File("etc/release", b"of the image\n"),
        Part::File("etc/hostname", b"not this\n"),
        Part::File("hidden", b"hidden\n"),
    ]);
    let image = Image::new(json!({
        "Entrypoint": ["server"], "Cmd": null, "WorkingDir": "/app", "User": "app",
        "Env": ["PATH=/app:/opt/bin", "SAYS=hello", "HOME=/root"],
    }));
    let image = image.layer(&userland).layer(&[
        Part::File("app/server", server.as_bytes()),
        Part::File("app/data", b"bytes\n"),
        Part::Link("app/link", "/app/data"),
        Part::File(".wh.hidden", b""),
    ]);
    let path = world.path.join(name);
    fs::write(&path, image.archive(|_, _| {})).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
}

fn start(world: &World, name: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mantrap"))
        .args(["run", name])
        .env_clear()
        .env("HOME", world.home())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .current_dir(&world.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } })
}

/// What it answers to these requests.
fn converse(world: &World, name: &str) -> String {
    let mut child = start(world, name);
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {} });
    let call = json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": { "name": "look", "arguments": {} } });
    let mut input = child.stdin.take().unwrap();
    for message in [initialize(), initialized, list, call] {
        writeln!(input, "{message}").unwrap();
    }
    drop(input);
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn an_image_is_added_approved_and_run_among_its_own_files() {
    let world = World::new();
    write_image(&world, "image.tar", SERVER);
    let granted = world.path.join("granted");
    fs::create_dir(&granted).unwrap();
    fs::write(granted.join("x"), "granted\n").unwrap();
    let read = format!("read {}", granted.display());
    let variable = format!("env GRANTED={}", granted.display());
    let added = world.json(&["add", "boat", "oci:image.tar", "--grant", &read, "--grant", &variable]);
    let entry = &added["entry"];
    assert_eq!(entry["source"], format!("oci:{}", world.path.join("image.tar").display()));
    assert_eq!(entry["runtime"]["path"], "{tree}/root/opt/shell/dash");
    assert_eq!(entry["runtime"]["called"], "/opt/bin/sh");
    assert_eq!(entry["arguments"], json!(["-u", "/app/server"]));
    assert_eq!(entry["directory"], "/app");
    let notes = added["notes"].to_string();
    assert!(notes.contains("`SAYS=hello`") && notes.contains("asks to run as `app`"), "{notes}");
    assert_eq!(added["probe"]["tools"][0]["name"], "look", "{}", added["probe"]);
    assert_eq!(world.web.connections(), 0);

    let digest = added["digest"].as_str().unwrap();
    let approved = world.run(&["approve", "boat", "--digest", digest]);
    assert_eq!(approved.code, 0, "{}", approved.err);
    let said = converse(&world, "boat");
    let home = "wrote to its home;ran;";
    let wanted = format!(
        "/app/server;/app;/app:/opt/bin;hello;/app/data=bytes;/app/link=bytes;/etc/release=of the image;/etc/hostname=jail;{}/x=granted;{home}",
        granted.display()
    );
    assert!(said.contains(&wanted), "{said}\n{wanted}");

    // What runs is not collected, even when no lock names it any more.
    let mut child = start(&world, "boat");
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", initialize()).unwrap();
    let mut first = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("serverInfo"), "{first}");
    let lock = world.home().join(".config/mantrap/mantrap.lock");
    let kept = fs::read(&lock).unwrap();
    assert_eq!(world.run(&["remove", "boat"]).code, 0);
    assert!(world.run(&["store", "gc"]).out.contains("something runs from it"));
    drop(input);
    child.wait().unwrap();
    let dry = world.run(&["store", "gc", "--dry-run"]).out;
    assert!(dry.contains("would be removed"), "{dry}");
    fs::write(&lock, kept).unwrap();
    assert_eq!(world.run(&["approve", "boat", "--digest", digest]).code, 0);

    // Another image: the user's own arguments stay behind those that it brings, and it has to be approved.
    assert_eq!(world.run(&["add", "own", "oci:image.tar", "--no-probe", "--", "--mine"]).code, 0);
    assert_eq!(world.json(&["show", "own"])["entry"]["arguments"], json!(["-u", "/app/server", "--mine"]));
    write_image(&world, "image.tar", &SERVER.replace("#!/opt/bin/sh -u", "#!/opt/bin/sh"));
    let updated = world.run(&["update", "own", "--yes"]);
    assert_eq!(updated.code, 0, "{}", updated.err);
    assert_eq!(world.json(&["show", "own"])["entry"]["arguments"], json!(["/app/server", "--mine"]));

    // A byte of the image, and it does not run.
    let hex = entry["tree"].as_str().unwrap().strip_prefix("tree:").unwrap();
    let tree = world.home().join(format!(".local/share/mantrap/store/trees/{hex}/tree"));
    change(&tree.join("config.json"), "SAYS=hello", "SAYS=hallo");
    let refused = world.run(&["run", "boat"]);
    assert_eq!(refused.code, 121, "{}", refused.err);
}

fn change(path: &Path, from: &str, to: &str) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
}

#[test]
fn what_is_no_image_is_refused_and_leaves_nothing() {
    let world = World::new();
    write_image(&world, "image.tar", SERVER);
    let path = world.path.join("image.tar");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let refused = world.run(&["add", "boat", "oci:image.tar"]);
    assert!(refused.code == 1 && refused.err.contains("was not installed"), "{}", refused.err);
    assert!(world.run(&["list"]).out.contains("no lock has a server"), "{}", world.run(&["list"]).out);
}
