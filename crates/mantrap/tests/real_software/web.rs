//! A web server on loopback that hands out one directory.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Ends with the test process; a thread that waits in `accept` holds nothing else.
pub(crate) struct Web {
    port: u16,
}

impl Web {
    pub(crate) fn start(root: PathBuf) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let _ = answer(&root, &connection);
            }
        });
        Self { port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn answer(root: &Path, mut connection: &TcpStream) -> std::io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = String::new();
    let mut lines = BufReader::new(connection);
    while lines.read_line(&mut request)? > 2 {}
    // GET /path?query HTTP/1.1
    let path = request
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .split('?')
        .next()
        .unwrap_or_default()
        .trim_start_matches('/');
    let found = if path.contains("..") { None } else { std::fs::read(root.join(path)).ok() };
    let status = if found.is_some() { "200 OK" } else { "404 Not Found" };
    let page = found.unwrap_or_default();
    let length = page.len();
    let kind = "Content-Type: text/plain\r\nConnection: close";
    write!(connection, "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n")?;
    connection.write_all(&page)
}
