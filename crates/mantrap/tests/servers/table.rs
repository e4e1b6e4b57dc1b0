//! The page that this test keeps true: `docs/servers.md`. `UPDATE=1` rewrites it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) tools: usize,
    pub(crate) calls: Vec<String>,
    pub(crate) grants: Vec<String>,
}

pub(crate) fn agrees(rows: &[Row]) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/servers.md");
    let mut text = format!(
        "# Servers that are known to work\n\n\
         Made by the test `servers` of the crate `mantrap`: each of these was installed from its registry by `mantrap add`, listed its\n\
         tools and answered the calls, through `mantrap run` the same as started directly; and without any one of its rights it\n\
         answered differently.\n\n**{} servers**\n\n| name | source | tools | called | rights |\n|---|---|---|---|---|\n",
        rows.len()
    );
    for row in rows {
        let code = |list: &[String]| list.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
        let rights = if row.grants.is_empty() { "none".to_owned() } else { code(&row.grants) };
        writeln!(text, "| {} | `{}` | {} | {} | {rights} |", row.id, row.source, row.tools, code(&row.calls))
            .unwrap();
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(page, text).unwrap();
    } else {
        assert_eq!(
            fs::read_to_string(page).unwrap_or_default(),
            text,
            "docs/servers.md; UPDATE=1 rewrites it"
        );
    }
}
