//! Which servers are agreed to, pinned and tried, and which stay as they are.

use super::{PENDING, Place, SECRET, digests, states};
use crate::support::Run;

#[test]
fn what_no_lock_can_pin_is_left_with_its_reason() {
    let place = Place::new(&[(
        ".cursor/mcp.json",
        r#"{"mcpServers": {
            "shell": {"command": "sh", "args": ["-c", "x"]},
            "image": {"command": "docker", "args": ["run", "x"]},
            "filled": {"command": "@/bin/server", "args": ["${workspaceFolder}"]},
            "tilde": {"command": "~/bin/server"},
            "relative": {"command": "./server"},
            "absent": {"command": "no-such-program-anywhere"},
            "option": {"command": "npx", "args": ["--registry", "http://x", "y"]},
            "git": {"command": "npx", "args": ["-y", "github:a/b"]},
            "url": {"command": "uvx", "args": ["--from", "git+https://x", "y"]},
            "module": {"command": "python3", "args": ["-m", "my_module"]},
            "inline": {"command": "python3", "args": ["-c", "pass"]},
            "loader": {"command": "@/bin/server", "env": {"LD_PRELOAD": "/tmp/x.so"}},
            "off": {"command": "@/bin/server", "disabled": true}
        }}"#,
    )]);
    let before = place.files();
    let (code, report) = place.json(&["protect"]);
    assert_eq!(code, PENDING);
    let left = report["left"].as_array().unwrap();
    assert_eq!((left.len(), report["servers"].as_array().unwrap().len()), (12, 1), "{report:#}");
    assert!(left.iter().all(|left| !left["why"].as_str().unwrap().is_empty()));
    assert_eq!(left.iter().filter(|left| left["protected"] == true).count(), 1, "one is switched off");
    assert!(report["servers"][0]["why"].as_str().unwrap().contains("LD_PRELOAD"), "{report:#}");
    assert_eq!(place.files(), before);
    assert!(!place.home().join(".config/mantrap/mantrap.lock").exists());
}

#[test]
fn a_person_at_a_terminal_sees_everything_and_is_asked_once_per_server() {
    const PTY: &str = "import os, pty, sys\nanswers = sys.argv[1].split(',')\ncommand = sys.argv[2:]\npid, fd = pty.fork()\nif pid == 0:\n    os.execv(command[0], command)\nseen, done = b'', 0\nwhile True:\n    try:\n        data = os.read(fd, 65536)\n    except OSError:\n        break\n    if not data:\n        break\n    seen += data\n    while seen.count(b'type its name: ') > done:\n        os.write(fd, (answers[done] if done < len(answers) else 'no').encode() + b'\\n')\n        done += 1\nsys.stdout.buffer.write(seen)\nsys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n";
    let place = Place::new(&[(
        ".cursor/mcp.json",
        r#"{"mcpServers": {"yes": {"command": "@/bin/server", "args": ["1"], "env": {"API_KEY": "$SECRET"}}, "no": {"command": "@/bin/server", "args": ["2"]}}}"#,
    )]);
    let run = |answers: &str, arguments: &[&str]| -> Run {
        let mut command = std::process::Command::new("python3");
        command.args(["-c", PTY, answers, env!("CARGO_BIN_EXE_mantrap")]).args(arguments);
        command
            .env_clear()
            .env("HOME", place.home())
            .env("PATH", "/usr/bin:/bin")
            .current_dir(place.0.path());
        command.output().unwrap().into()
    };
    let asked = run("yes,", &["protect", "--untried"]);
    assert_eq!(asked.code, PENDING, "{}", asked.out);
    for shown in ["executes", "sha256:", "API_KEY` is a secret", "starts mantrap instead", "you said no"] {
        assert!(asked.out.contains(shown), "{shown}: {}", asked.out);
    }
    assert!(!asked.out.contains(SECRET));
    let text = place.read(".cursor/mcp.json");
    assert!(text.contains("[\"run\", \"yes\"]") && text.contains("[\"2\"]"), "{text}");
    let list = place.json(&["list"]).1;
    assert_eq!(list["servers"].as_array().unwrap().len(), 1, "what was declined is in no lock");
    let again = run("no", &["protect", "--untried"]);
    assert_eq!(again.code, 0, "only the other one is asked about: {}", again.out);
    assert_eq!(again.out.matches("type its name").count(), 1);
}

#[test]
fn a_server_that_does_not_speak_in_its_jail_takes_no_servers_place() {
    const GOOD: &str = "#!/usr/bin/python3\nimport json, os, sys\nassert os.environ['API_KEY'] == 'hunter2hunter2' and os.environ['MODE'] == 'fast'\nfor line in sys.stdin:\n    ask = json.loads(line)\n    if 'id' in ask:\n        print(json.dumps({'jsonrpc': '2.0', 'id': ask['id'], 'result': {'protocolVersion': '2025-11-25', 'capabilities': {}, 'serverInfo': {'name': 'x', 'version': '1'}}}), flush=True)\n";
    const SILENT: &str = "#!/usr/bin/python3\nprint('hello, world', flush=True)\n";
    let place = Place::new(&[
        ("bin/good", GOOD),
        ("bin/silent", SILENT),
        (
            ".cursor/mcp.json",
            r#"{"mcpServers": {
                "good": {"command": "@/bin/good", "args": [], "env": {"API_KEY": "hunter2hunter2", "MODE": "fast"}},
                "silent": {"command": "@/bin/silent", "args": []}
            }}"#,
        ),
    ]);
    let digests = digests(&place.json(&["protect"]).1);
    let (code, done) = place.json(
        &[&["protect"][..], &digests.iter().flat_map(|digest| ["--yes-to", digest]).collect::<Vec<_>>()]
            .concat(),
    );
    assert_eq!(code, PENDING, "{done:#}");
    let expected = [("good", "protected"), ("silent", "silent")]
        .map(|(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(states(&done), expected.into(), "{done:#}");
    let text = place.read(".cursor/mcp.json");
    assert!(text.contains("\"run\", \"good\"") && text.contains("bin/silent"), "{text}");
    assert!(!text.contains("hunter2") && !done.to_string().contains("hunter2"));
}

#[test]
fn the_tools_that_a_server_lists_without_rights_are_pinned_before_anybody_agrees() {
    const LISTS: &str = "#!/usr/bin/python3\nimport json, os, sys\nfor line in sys.stdin:\n    ask = json.loads(line)\n    tools = [{'name': 'add', 'description': 'Adds', 'inputSchema': {'type': 'object'}}]\n    result = {'tools': tools} if ask['method'] == 'tools/list' else {'protocolVersion': '2025-11-25', 'capabilities': {'tools': {}}, 'serverInfo': {'name': 'x', 'version': '1'}}\n    if os.environ.get('API_KEY') == 'hunter2hunter2':\n        result = {}\n    if 'id' in ask:\n        print(json.dumps({'jsonrpc': '2.0', 'id': ask['id'], 'result': result}), flush=True)\n";
    let place = Place::new(&[
        ("bin/lists", LISTS),
        (
            ".cursor/mcp.json",
            r#"{"mcpServers": {"sums": {"command": "@/bin/lists", "args": [], "env": {"API_KEY": "hunter2hunter2"}}}}"#,
        ),
    ]);
    let (code, pending) = place.json(&["protect"]);
    assert_eq!(code, PENDING);
    let lock = place.read(".config/mantrap/mantrap.lock");
    assert!(lock.contains("[server.sums.tools]") && lock.contains("add = \"sha256:"), "{lock}");
    let shown = place.json(&["show", "sums"]).1;
    assert_eq!(shown["digest"].as_str(), Some(digests(&pending)[0].as_str()), "they are agreed to as well");
    assert!(place.run(&["show", "sums"]).out.contains("| Adds"), "and shown whole");
    let journal = place.run(&["journal", "show", "--all"]).out;
    assert!(journal.contains("probe") && !journal.contains("hunter2"), "{journal}");
    let untried = Place::new(&[
        ("bin/lists", LISTS),
        (".cursor/mcp.json", r#"{"mcpServers": {"sums": {"command": "@/bin/lists"}}}"#),
    ]);
    assert_eq!(untried.json(&["protect", "--untried"]).0, PENDING);
    assert!(!untried.read(".config/mantrap/mantrap.lock").contains("tools"), "nothing was started");
}
