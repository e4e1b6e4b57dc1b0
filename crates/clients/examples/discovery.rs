//! How long discovery takes: `discovery home DIR` or `discovery folder DIR`. Prints the first run and the best of twenty.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mantrap_clients::catalog;
use mantrap_clients::discover::{Found, Home, Os, Target, folder, machine};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(kind), Some(path)) = (arguments.next(), arguments.next().map(PathBuf::from)) else {
        println!("usage: timing (home|folder) DIR");
        return;
    };
    let start = Instant::now();
    let clients = catalog::clients().len();
    println!("catalogue: {clients} clients in {:?}", start.elapsed());
    let target = Target {
        os: Os::Linux,
        root: None,
        homes: vec![Home { path: path.clone(), account: None, current: true }],
        environment: BTreeMap::new(),
    };
    let discover = || match kind.as_str() {
        "folder" => folder(&path, Os::Linux, &|_, _| false),
        _ => machine(&target),
    };
    let timed = || {
        let start = Instant::now();
        let found = discover();
        (start.elapsed(), found)
    };
    let (first, found) = timed();
    let best = (0..20).map(|_| timed().0).min().unwrap_or(Duration::ZERO);
    println!("{}", summary(&found));
    println!("first run {first:?}, best of twenty {best:?}");
}

fn summary(found: &Found) -> String {
    let servers: usize = found.configs.iter().map(|config| config.servers.len()).sum();
    format!(
        "{} configs, {servers} servers, {} problems, {} places looked at",
        found.configs.len(),
        found.problems.len(),
        found.probed.len()
    )
}
