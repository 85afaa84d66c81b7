//! A tiny HTTP server on a thread of its own: `/metrics`, `/live`, `/ready`.
//!
//! Never touches the service: it reads counters and [`Health`], and whatever happens to it the service goes on.

use crate::health::Health;
use prometheus::{Encoder, Registry, TextEncoder};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tiny_http::{Header, Method, Request, Response};
use tracing::{info, warn};

/// A server that cannot start.
#[derive(Debug, thiserror::Error)]
#[error("expected to listen on {address}: {reason}; choose a free address")]
pub struct HttpError {
    /// Where.
    address: String,
    /// Why not.
    reason: String,
}

/// Answers until it is dropped.
pub struct Server {
    inner: Arc<tiny_http::Server>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on `address`, such as `0.0.0.0:9100`; port 0 for any that is free.
    ///
    /// # Errors
    /// An address that is taken or is none.
    pub fn start(address: &str, metrics: Registry, health: Health) -> Result<Self, HttpError> {
        let failed = |reason: String| HttpError { address: address.to_owned(), reason };
        let places = address.to_socket_addrs().map_err(|error| failed(error.to_string()))?;
        let places: Vec<SocketAddr> = places.collect();
        let inner = tiny_http::Server::http(places.as_slice()).map_err(|error| failed(error.to_string()))?;
        let inner = Arc::new(inner);
        let found = inner.server_addr().to_ip();
        let found = found.ok_or_else(|| failed("not an address of the internet".into()))?;
        let server = Arc::clone(&inner);
        let answer = move || {
            for request in server.incoming_requests() {
                respond(request, &metrics, &health);
            }
        };
        let thread = thread::Builder::new().name("http".into()).spawn(answer);
        let thread = thread.map_err(|error| failed(error.to_string()))?;
        info!(address = %found, "metrics and health are served");
        Ok(Self { inner, address: found, thread: Some(thread) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.inner.unblock();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            warn!("the http thread ended by a panic");
        }
    }
}

fn respond(request: Request, metrics: &Registry, health: &Health) {
    let path = request.url().split('?').next().unwrap_or_default();
    let (status, body) = match (request.method(), path) {
        (Method::Get | Method::Head, "/metrics") => exposition(metrics),
        (Method::Get | Method::Head, "/live") => state(health.not_live()),
        (Method::Get | Method::Head, "/ready") => ready(health),
        (Method::Get | Method::Head, _) => {
            (404, format!("expected /metrics, /live or /ready, found {path}\n").into_bytes())
        }
        (method, _) => (405, format!("expected GET, found {method}\n").into_bytes()),
    };
    let mut response = Response::from_data(body).with_status_code(status);
    if let Ok(header) = Header::from_bytes("content-type", "text/plain; version=0.0.4; charset=utf-8") {
        response.add_header(header);
    }
    if let Err(error) = request.respond(response) {
        warn!(%error, "an answer over http was not taken");
    }
}

fn state(problem: Option<String>) -> (u16, Vec<u8>) {
    problem.map_or_else(|| (200, b"ok\n".to_vec()), |why| (503, format!("{why}\n").into_bytes()))
}

fn ready(health: &Health) -> (u16, Vec<u8>) {
    let (status, body) = state(health.not_ready());
    match health.undone() {
        Some(remark) if status == 200 => (status, format!("ok, but {remark}\n").into_bytes()),
        _ => (status, body),
    }
}

fn exposition(metrics: &Registry) -> (u16, Vec<u8>) {
    let mut text = Vec::new();
    match TextEncoder::new().encode(&metrics.gather(), &mut text) {
        Ok(()) => (200, text),
        Err(error) => (500, format!("{error}\n").into_bytes()),
    }
}
