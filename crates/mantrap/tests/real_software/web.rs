//! A web server on loopback with one page.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

const PAGE: &str = "a page from loopback";

/// Ends with the test process; a thread that waits in `accept` holds nothing else.
pub(crate) struct Web {
    port: u16,
}

impl Web {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let _ = answer(&connection);
            }
        });
        Self { port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn answer(mut connection: &TcpStream) -> std::io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = String::new();
    let mut lines = BufReader::new(connection);
    while lines.read_line(&mut request)? > 2 {}
    let (status, page) = if request.contains("/page.txt") { ("200 OK", PAGE) } else { ("404 Not Found", "") };
    let length = page.len();
    let kind = "Content-Type: text/plain\r\nConnection: close";
    write!(connection, "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{page}")
}
