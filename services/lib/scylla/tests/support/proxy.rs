//! A TCP proxy that can stall: bytes wait, connections stay open, new ones are accepted by the kernel and
//! hear nothing. To a client that is a server under SIGSTOP.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

#[derive(Default)]
struct Gate {
    stalled: Mutex<bool>,
    changed: Condvar,
    bytes: AtomicU64,
}

impl Gate {
    fn pass(&self) {
        let mut stalled = self.stalled.lock().unwrap();
        while *stalled {
            stalled = self.changed.wait(stalled).unwrap();
        }
    }
}

pub struct Proxy {
    pub address: SocketAddr,
    gate: Arc<Gate>,
}

impl Proxy {
    /// In front of `server`, on a port of its own. Its threads end with the test's process.
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Arc::new(Gate::default());
        let (shared, server) = (Arc::clone(&gate), server.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                shared.pass();
                let Ok(upstream) = TcpStream::connect(&server) else { continue };
                let pairs = [(&client, &upstream), (&upstream, &client)];
                for (from, to) in pairs {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let gate = Arc::clone(&shared);
                    std::thread::spawn(move || forward(&gate, from, to));
                }
            }
        });
        Self { address, gate }
    }

    pub fn stall(&self) {
        *self.gate.stalled.lock().unwrap() = true;
    }

    pub fn resume(&self) {
        *self.gate.stalled.lock().unwrap() = false;
        self.gate.changed.notify_all();
    }

    /// Bytes that went through so far, either way.
    pub fn bytes(&self) -> u64 {
        self.gate.bytes.load(Ordering::Relaxed)
    }
}

fn forward(gate: &Gate, mut from: TcpStream, mut to: TcpStream) {
    let _ = from.set_nodelay(true);
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        gate.pass();
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
        gate.bytes.fetch_add(read as u64, Ordering::Relaxed);
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
