//! What products are told to allow.

use serde_json::Value;

use super::{FILES, PENDING, Place};

#[test]
fn a_policy_lists_exactly_the_servers_of_the_lock() {
    let place = Place::new(&FILES);
    assert_eq!(place.run(&["export", "--for", "claude-code"]).code, 2, "there is nothing to allow");
    assert_eq!(place.protect(&["--client", "cursor"]).0, 0);
    assert_eq!(place.protect(&["--client", "codex"]).0, 0);
    let export = |product: &str, more: &[&str]| -> String {
        let run =
            place.run(&[&["export", "--for", product, "--program", "/opt/mantrap.d/mantrap"], more].concat());
        assert_eq!(run.code, 0, "{product}: {}", run.err);
        assert!(run.err.contains("note: "), "{product}");
        run.out
    };
    let json = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let program = "/opt/mantrap.d/mantrap";
    let both = serde_json::json!([
        { "serverCommand": [program, "run", "cur"] },
        { "serverCommand": [program, "run", "dex"] },
    ]);
    for product in ["claude-code", "copilot"] {
        let policy = json(&export(product, &[]));
        assert_eq!(
            (&policy["allowedMcpServers"], &policy["allowManagedMcpServersOnly"]),
            (&both, &true.into())
        );
    }
    let vscode = json(&export("vscode", &[]));
    assert_eq!(json(vscode["ChatAllowedMcpServers"].as_str().unwrap()), both);
    let windsurf = json(&export("windsurf", &["cur"]));
    assert_eq!(windsurf.as_array().unwrap().len(), 1);
    let config = json(windsurf[0]["Server Config (JSON)"].as_str().unwrap());
    assert_eq!(config, serde_json::json!({ "command": "/opt/mantrap\\.d/mantrap", "args": ["run", "cur"] }));
    let gemini = json(&export("gemini", &[]));
    assert_eq!(gemini["mcp"]["allowed"], serde_json::json!(["cur", "dex"]));
    assert_eq!(gemini["mcpServers"]["dex"]["args"], serde_json::json!(["run", "dex"]));
    let codex = export("codex", &["dex"]);
    let expected = "[mcp_servers.dex.identity.command]\nexecutable = \"/opt/mantrap.d/mantrap\"\nargs = [{ match = \"exact\", value = \"run\" }, { match = \"exact\", value = \"dex\" }]\n";
    assert_eq!(codex, expected);
    assert_eq!(place.run(&["export", "--for", "codex", "nobody"]).code, PENDING);
    assert_eq!(place.run(&["export", "--for", "codex", "--program", "mantrap"]).code, 2);
    assert_eq!(place.run(&["export", "--for", "netscape"]).code, 2);
}
