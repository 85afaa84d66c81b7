//! A collector of traces on loopback: takes OTLP over HTTP as JSON and keeps the spans.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A span as it was posted; ids in hexadecimal.
#[derive(Clone, Debug)]
pub struct Span {
    /// What the service calls itself.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Its trace.
    pub trace: String,
    /// Itself.
    pub id: String,
    /// The span before it.
    pub parent: String,
    /// Nanoseconds since 1970.
    pub began: u64,
    /// Nanoseconds since 1970.
    pub ended: u64,
}

/// Listens until the process ends.
pub struct Collector {
    /// Where spans are to be posted.
    pub url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    /// Listens on a free port.
    ///
    /// # Panics
    /// Where it cannot.
    pub fn start() -> Self {
        let listener =
            TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("a free port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("its address: {error}"));
        let spans: Arc<Mutex<Vec<Span>>> = Arc::default();
        let kept = Arc::clone(&spans);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || while take(&stream, &kept).is_some() {});
            }
        });
        Self { url: format!("http://{address}/v1/traces"), spans }
    }

    /// The spans so far.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.spans).clone()
    }
}

fn lock(spans: &Mutex<Vec<Span>>) -> MutexGuard<'_, Vec<Span>> {
    spans.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One post; `None` where no more come.
fn take(mut stream: &TcpStream, kept: &Mutex<Vec<Span>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    lock(kept).extend(spans(&serde_json::from_slice(&body).ok()?));
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}").ok()
}

fn spans(post: &Value) -> Vec<Span> {
    let mut found = Vec::new();
    for resource in items(&post["resourceSpans"]) {
        let service =
            items(&resource["resource"]["attributes"]).iter().find(|told| told["key"] == "service.name");
        let service = service.map(|told| text(&told["value"]["stringValue"])).unwrap_or_default();
        for span in items(&resource["scopeSpans"]).iter().flat_map(|scope| items(&scope["spans"])) {
            found.push(Span {
                service: service.clone(),
                name: text(&span["name"]),
                trace: text(&span["traceId"]),
                id: text(&span["spanId"]),
                parent: text(&span["parentSpanId"]),
                began: text(&span["startTimeUnixNano"]).parse().unwrap_or(0),
                ended: text(&span["endTimeUnixNano"]).parse().unwrap_or(0),
            });
        }
    }
    found
}

fn items(of: &Value) -> &[Value] {
    of.as_array().map_or(&[], Vec::as_slice)
}

fn text(of: &Value) -> String {
    of.as_str().unwrap_or_default().to_owned()
}
