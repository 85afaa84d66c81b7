//! The socket `control` in a data directory: whoever wants to look at a ledger that is served asks its process.
//!
//! One line of JSON each way. Every question is answered from a snapshot beside the ledger's thread, which waits for
//! nobody; nothing can be changed this way.

use super::ask::{Ask, answer};
use crate::failure::{Failure, other};
use crate::inspect::Shown;
use embedded::durable::DurableStore;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

/// An answer.
#[derive(Serialize, Deserialize)]
enum Answer {
    Shown { text: String, holds: bool },
    Failed(String),
}

/// The socket, gone when dropped.
pub(super) struct Control(PathBuf);

fn socket(data: &Path) -> PathBuf {
    data.join("control")
}

/// The longest path of a socket that every system takes, in bytes.
const LONGEST: usize = 100;

/// Performs `with` on a path of the socket that is short enough for one: that of a long one goes by the directory, held
/// open.
fn at_socket<T>(data: &Path, with: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = socket(data);
    if path.as_os_str().len() <= LONGEST {
        return with(&path);
    }
    let folder = fs::File::open(data)?;
    with(&PathBuf::from(format!("/proc/self/fd/{}/control", folder.as_raw_fd())))
}

impl Control {
    /// Answers questions about `store` from now on.
    pub(super) fn listen(data: &Path, store: DurableStore) -> Result<Self, Failure> {
        let path = socket(data);
        // The data directory is locked: whoever made this one is gone.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::file("remove", &path)(error));
            }
            _ => {}
        }
        let listener =
            at_socket(data, |path| UnixListener::bind(path)).map_err(Failure::file("listen at", &path))?;
        let spawned = thread::Builder::new().name("control".into()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut store = store.clone();
                // One who does not speak holds up nobody.
                thread::spawn(move || serve(&stream, &mut store));
            }
        });
        spawned.map_err(|error| other(format!("expected a thread for {}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn serve(stream: &UnixStream, store: &mut DurableStore) {
    let mut line = String::new();
    if BufReader::new(stream).read_line(&mut line).is_err() {
        return;
    }
    let shown = serde_json::from_str::<Ask>(&line).map_err(other).and_then(|ask| answer(store, &ask));
    let answer = match shown {
        Ok(Shown { text, holds }) => Answer::Shown { text, holds },
        Err(failure) => Answer::Failed(failure.to_string()),
    };
    if let Ok(text) = serde_json::to_string(&answer) {
        // One who went away is not answered.
        let _ = writeln!(&*stream, "{text}");
    }
}

/// Asks the process that serves `data`.
pub(super) fn ask(data: &Path, ask: &Ask) -> Result<Shown, Failure> {
    let path = socket(data);
    let asked = || -> io::Result<String> {
        let stream = at_socket(data, |path| UnixStream::connect(path))?;
        writeln!(&stream, "{}", serde_json::to_string(ask)?)?;
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        Ok(line)
    };
    let line = asked().map_err(|error| {
        other(format!(
            "{}: in use, and whoever uses it does not answer at {}: {error}; try again, or stop it first",
            data.display(),
            path.display()
        ))
    })?;
    match serde_json::from_str(&line) {
        Ok(Answer::Shown { text, holds }) => Ok(Shown { text, holds }),
        Ok(Answer::Failed(text)) => Err(Failure::Other(text)),
        Err(error) => Err(other(format!("{}: expected an answer, found {line:?}: {error}", path.display()))),
    }
}
