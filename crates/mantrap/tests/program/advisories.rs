//! `mantrap advisories update` against a real HTTP server on loopback, well-behaved and not.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::support::{Run, Tree, mantrap};
use serde_json::{Value, json};

/// Answers a request: method, path, body in; the whole response, head included, out.
type Answer = dyn Fn(&str, &str, &str) -> Vec<u8> + Send + Sync;

struct Server {
    url: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(answer: impl Fn(&str, &str, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                serve(stream.unwrap(), &answer);
            }
        });
        Server { url, stop, thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: TcpStream, answer: &Answer) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let (method, path) =
        (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap_or(0) == 0 || header == "\r\n" {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let response = answer(&method, &path, &String::from_utf8_lossy(&body));
    let _ = reader.get_mut().write_all(&response);
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn record() -> Value {
    json!({
        "schema_version": "1.7.0",
        "id": "GHSA-aaaa-bbbb-cccc",
        "modified": "2026-11-01T00:00:00Z",
        "published": "2026-11-01T00:00:00Z",
        "summary": "a made-up flaw",
        "affected": [{
            "package": { "ecosystem": "PyPI", "name": "litellm" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "99.0.0" }] }],
        }],
        "references": [{ "type": "WEB", "url": "https://example.com/a" }],
    })
}

/// One result per query; the first has one record.
fn batch(body: &str) -> String {
    let queries = serde_json::from_str::<Value>(body).unwrap()["queries"].as_array().unwrap().len();
    let results: Vec<Value> = (0..queries)
        .map(|nth| if nth == 0 { json!({ "vulns": [{ "id": "GHSA-aaaa-bbbb-cccc" }] }) } else { json!({}) })
        .collect();
    json!({ "results": results }).to_string()
}

fn update(url: &str, into: &Path) -> Run {
    mantrap()
        .args(["advisories", "update", "--timeout", "2", "--url", url, "--into"])
        .arg(into)
        .output()
        .unwrap()
        .into()
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn an_update_is_complete_and_can_be_used() {
    let server = Server::start(|method, path, body| match (method, path) {
        ("POST", "/v1/querybatch") => ok(&batch(body)),
        ("GET", "/v1/vulns/GHSA-aaaa-bbbb-cccc") => ok(&record().to_string()),
        _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
    });
    let tree = Tree::new();
    let into = tree.join("advisories");
    let run = update(&server.url, &into);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("fetched 1 records"), "{}", run.out);
    assert!(contents(&into).contains_key("GHSA-aaaa-bbbb-cccc.json"));
    let list: Run =
        mantrap().args(["advisories", "list", "--advisories"]).arg(&into).output().unwrap().into();
    assert!(list.out.contains("a made-up flaw"), "{}", list.out);
}

#[test]
fn whatever_goes_wrong_the_old_set_stays() {
    let tree = Tree::new();
    let into = tree.join("advisories");
    let good =
        Server::start(
            |_, path, body| {
                if path == "/v1/querybatch" { ok(&batch(body)) } else { ok(&record().to_string()) }
            },
        );
    assert_eq!(update(&good.url, &into).code, 0);
    let before = contents(&into);

    let whole = record().to_string();
    let half = whole.get(..whole.len() / 2).unwrap().to_owned();
    let promised = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{half}", whole.len()).into_bytes();
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{half}", whole.len())
        .into_bytes();
    let other = whole.replace("GHSA-aaaa-bbbb-cccc", "GHSA-xxxx-xxxx-xxxx");
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n\"".to_vec();
    endless.resize(17 * 1024 * 1024, b'a');
    let bad: Vec<(&str, Vec<u8>)> = vec![
        ("truncated JSON", ok(&half)),
        ("truncated body", promised),
        ("truncated chunk", chunked),
        ("not JSON", ok("<html>captive portal</html>")),
        ("empty", ok("")),
        ("another record", ok(&other)),
        ("no id", ok("{}")),
        ("too large", endless),
        ("an error", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".to_vec()),
        (
            "a redirect",
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_vec(),
        ),
        ("not HTTP", b"SSH-2.0-x\r\n".to_vec()),
        ("nothing", Vec::new()),
    ];
    for (what, response) in bad {
        let first = response.clone();
        let at_first = Server::start(move |_, _, _| first.clone());
        let later = Server::start(
            move |_, path, body| {
                if path == "/v1/querybatch" { ok(&batch(body)) } else { response.clone() }
            },
        );
        for server in [at_first, later] {
            let run = update(&server.url, &into);
            assert_eq!(run.code, 1, "{what}: {}{}", run.out, run.err);
            assert!(run.err.contains("old advisories are untouched"), "{what}: {}", run.err);
            assert_eq!(contents(&into), before, "{what}");
        }
    }
    assert_eq!(fs::read_dir(tree.path()).unwrap().count(), 1, "something is left beside the set");
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tree = Tree::new();
    let began = std::time::Instant::now();
    let run = update(&format!("http://{}", listener.local_addr().unwrap()), &tree.join("advisories"));
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(began.elapsed().as_secs() < 10);
    assert!(!tree.join("advisories").exists());
}
