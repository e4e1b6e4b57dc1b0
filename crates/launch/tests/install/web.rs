//! A registry on loopback that says whatever a test wants it to.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is answered to one address.
#[derive(Clone)]
pub(crate) enum Page {
    Is(Vec<u8>),
    /// One, and from the second time on another.
    Changes(Vec<u8>, Vec<u8>),
    /// All of it is promised and half of it comes.
    Breaks(Vec<u8>),
    /// Promised, and never comes.
    Stalls,
}

#[derive(Default)]
struct Shelf {
    pages: HashMap<String, Page>,
    asked: HashMap<String, usize>,
    heard: String,
}

/// Ends with the test process; a thread that waits in `accept` holds nothing else.
pub(crate) struct Web {
    port: u16,
    shelf: Arc<Mutex<Shelf>>,
    connections: Arc<AtomicUsize>,
}

impl Web {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (pages, count) = (Arc::clone(&shelf), Arc::clone(&connections));
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::Relaxed);
                let pages = Arc::clone(&pages);
                std::thread::spawn(move || answer(&pages, &connection));
            }
        });
        Self { port, shelf, connections }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Every request, one behind the other.
    pub(crate) fn heard(&self) -> String {
        self.shelf.lock().unwrap().heard.clone()
    }

    pub(crate) fn put(&self, path: &str, page: Page) {
        self.shelf.lock().unwrap().pages.insert(path.to_owned(), page);
    }
}

fn answer(shelf: &Mutex<Shelf>, mut connection: &TcpStream) -> std::io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = String::new();
    let mut lines = BufReader::new(connection);
    while lines.read_line(&mut request)? > 2 {}
    let path = request.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let path = path.replace("%2f", "/").replace("%2F", "/");
    let (page, nth) = {
        let mut shelf = shelf.lock().unwrap();
        shelf.heard.push_str(&request);
        let nth = *shelf.asked.entry(path.clone()).and_modify(|nth| *nth += 1).or_insert(0);
        (shelf.pages.get(&path).cloned(), nth)
    };
    let (bytes, sent) = match page {
        None => {
            return connection
                .write_all(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
        }
        Some(Page::Is(bytes)) => (bytes.clone(), bytes.len()),
        Some(Page::Changes(first, later)) => {
            let bytes = if nth == 0 { first } else { later };
            (bytes.clone(), bytes.len())
        }
        Some(Page::Breaks(bytes)) => (bytes.clone(), bytes.len() / 2),
        Some(Page::Stalls) => {
            connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc")?;
            std::thread::sleep(Duration::from_secs(60));
            return Ok(());
        }
    };
    let kind = if path.ends_with('/') { "text/html" } else { "application/json" };
    let kind = if path.contains("/files/") { "application/octet-stream" } else { kind };
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    )?;
    connection.write_all(&bytes[..sent])
}
