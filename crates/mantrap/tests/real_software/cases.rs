//! The servers, as data: how a configuration starts each, what it needs, and how to see that it works.

/// One server. In every text `{tools}` is where the servers are, `{work}` an empty directory of the test with a small
/// git repository `repo` in it, and `{port}` where a small web server listens on loopback.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The command line of its configuration.
    pub(crate) command: &'static [&'static str],
    /// The smallest grants with which it works, as `KIND WHAT`; without the last of them it must not. The program itself
    /// is granted by being named.
    pub(crate) grants: &'static [&'static str],
    /// A tool, and the JSON of its arguments.
    pub(crate) tool: &'static str,
    pub(crate) arguments: &'static str,
    /// What the call's text must hold when it works.
    pub(crate) says: &'static str,
    /// What the words must hold when the last grant is missing.
    pub(crate) lacks: &'static str,
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "server-everything, Node",
        command: &["node", "{tools}/node/node_modules/@modelcontextprotocol/server-everything/dist/index.js"],
        grants: &["read {tools}/node"],
        tool: "get-sum",
        arguments: r#"{"a": 40, "b": 2}"#,
        says: "42",
        lacks: "{tools}/node",
    },
    Case {
        name: "mcp-server-time, Python",
        command: &["{tools}/python/bin/mcp-server-time"],
        grants: &["exec {tools}/python"],
        tool: "convert_time",
        arguments: r#"{"source_timezone": "Etc/UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}"#,
        says: "T21:00:00+09:00",
        lacks: "{tools}/python",
    },
    Case {
        name: "mcp-server-fetch, Python",
        // The server has a guard of its own against loopback.
        command: &["{tools}/python/bin/mcp-server-fetch", "--allow-private-ips"],
        grants: &["exec {tools}/python", "net loopback:{port}"],
        tool: "fetch",
        arguments: r#"{"url": "http://127.0.0.1:{port}/page.txt"}"#,
        says: "a page from loopback",
        lacks: "127.0.0.1:{port}",
    },
    Case {
        name: "mcp-server-git, Python",
        command: &["{tools}/python/bin/mcp-server-git"],
        grants: &["exec {tools}/python", "read {work}/repo"],
        tool: "git_log",
        arguments: r#"{"repo_path": "{work}/repo"}"#,
        says: "a first commit",
        lacks: "{work}/repo",
    },
    Case {
        name: "the Go SDK",
        command: &["{tools}/go/server"],
        grants: &["read {work}/page.txt"],
        tool: "read",
        arguments: r#"{"path": "{work}/page.txt"}"#,
        says: "a page from loopback",
        lacks: "{work}/page.txt",
    },
    Case {
        name: "the Java SDK",
        command: &["java", "-cp", "{tools}/java/classes:{tools}/java/lib/*", "Server"],
        grants: &["read {tools}/java", "read {work}/page.txt"],
        tool: "read",
        arguments: r#"{"path": "{work}/page.txt"}"#,
        says: "a page from loopback",
        lacks: "{work}/page.txt",
    },
    Case {
        name: "the Rust SDK",
        command: &["{tools}/rust/server"],
        grants: &["read {work}/page.txt"],
        tool: "read",
        arguments: r#"{"path": "{work}/page.txt"}"#,
        says: "a page from loopback",
        lacks: "{work}/page.txt",
    },
];
