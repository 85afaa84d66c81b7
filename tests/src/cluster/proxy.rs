//! Toxiproxy before brokers and nodes of the store: what is slow, cut, or lets nothing through.

use super::{NODES, door};
use crate::local::free_ports;
use crate::places::scratch;
use crate::service::Service;
use crate::wait::until;
use std::process::Command;
use std::time::Duration;

const START: Duration = Duration::from_secs(20);

/// The proxy.
pub struct Proxy {
    api: String,
    _process: Service,
}

impl Proxy {
    /// Starts it (`LOTSTREAM_TOXIPROXY`) with a door for each server of these kinds, on the port the server has.
    pub(super) fn start(kinds: &[(&str, &str)]) -> Self {
        let program =
            std::env::var("LOTSTREAM_TOXIPROXY").expect("LOTSTREAM_TOXIPROXY, as tests/faults sets it");
        let port = free_ports(1).remove(0);
        let mut command = Command::new(program);
        command.args(["-host", "127.0.0.1", "-port", &port]);
        let log = scratch().join(format!("toxiproxy-{}.log", std::process::id()));
        let process = Service::start("toxiproxy".to_owned(), command, log);
        let proxy = Self { api: format!("http://127.0.0.1:{port}"), _process: process };
        until("toxiproxy to answer", START, || ureq::get(format!("{}/version", proxy.api)).call().ok());
        for (kind, port) in kinds {
            for node in 1..=NODES {
                proxy.post(
                    "/proxies",
                    &format!(
                        r#"{{"name":"{kind}-{node}","listen":"{}:{port}","upstream":"127.0.0.{node}:{port}","enabled":true}}"#,
                        door(node)
                    ),
                );
            }
        }
        proxy
    }

    /// Every answer of a server comes so much later, give or take a third.
    pub fn slow(&self, kind: &str, node: usize, by: Duration) {
        let (latency, jitter) = (by.as_millis(), by.as_millis() / 3);
        self.toxic(kind, node, "latency", &format!(r#"{{"latency":{latency},"jitter":{jitter}}}"#), 1.0);
    }

    /// Connections to a server are reset, each after so long; a share of them.
    pub fn reset(&self, kind: &str, node: usize, after: Duration, share: f32) {
        self.toxic(kind, node, "reset_peer", &format!(r#"{{"timeout":{}}}"#, after.as_millis()), share);
    }

    /// Takes everything back that was done to connections.
    pub fn heal(&self) {
        self.post("/reset", "");
    }

    fn toxic(&self, kind: &str, node: usize, toxic: &str, attributes: &str, share: f32) {
        let body = format!(
            r#"{{"type":"{toxic}","stream":"downstream","toxicity":{share},"attributes":{attributes}}}"#
        );
        self.post(&format!("/proxies/{kind}-{node}/toxics"), &body);
    }

    fn post(&self, path: &str, body: &str) {
        let answer = ureq::post(format!("{}{path}", self.api)).send(body);
        assert!(answer.is_ok(), "toxiproxy {path} {body}: {answer:?}");
    }
}
