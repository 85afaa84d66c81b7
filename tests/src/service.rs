//! A process of the deployment: started with a log of its own, signalled by its id, killed when dropped.

use crate::wait::{until, within};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How long a start may take before the service serves its metrics.
const START: Duration = Duration::from_secs(60);
/// How long an answer over HTTP may take.
const ANSWER: Duration = Duration::from_secs(2);

/// A running process.
pub struct Service {
    /// What it is called in messages: `ledger-1`.
    pub name: String,
    child: Child,
    log: PathBuf,
}

impl Service {
    /// Starts `command` with both its outputs in the file `log`.
    pub(crate) fn start(name: String, mut command: Command, log: PathBuf) -> Self {
        let file = File::create(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        let again = file.try_clone().unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        command.stdin(Stdio::null()).stdout(file).stderr(again);
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name, child, log }
    }

    /// What it has logged.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// One of its metrics now, without the `lotstream_` in front and whatever its labels; `None` where it does not
    /// answer.
    pub fn figure(&self, name: &str) -> Option<u64> {
        let text = get(&self.address()?, "/metrics")?;
        let name = format!("lotstream_{name}");
        text.lines().find_map(|line| {
            let rest = line.strip_prefix(&name).filter(|rest| rest.starts_with([' ', '{']))?;
            rest.rsplit(' ').next()?.parse().ok()
        })
    }

    /// All of its metrics now, as they are served; `None` where it does not answer.
    pub fn metrics(&self) -> Option<String> {
        get(&self.address()?, "/metrics")
    }

    /// The most memory it ever held, in kilobytes.
    ///
    /// # Panics
    /// Where it runs no more.
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak.and_then(|peak| peak.trim().parse().ok())
            .unwrap_or_else(|| panic!("{path}: expected VmHWM, found\n{status}"))
    }

    /// Where it serves its metrics, by its log.
    fn address(&self) -> Option<String> {
        let said = self.said();
        let line = said.lines().find(|line| line.contains("metrics and health are served"))?;
        if let Ok(line) = serde_json::from_str::<serde_json::Value>(line) {
            return line["address"].as_str().map(str::to_owned);
        }
        Some(line.split("address=").nth(1)?.split_whitespace().next()?.to_owned())
    }

    /// Waits until it says that it is ready: all it needs is there.
    pub fn await_ready(&mut self) {
        let what = format!("{} to be ready", self.name);
        until(&what, START, || {
            self.assert_running();
            get(&self.address()?, "/ready").filter(|answer| answer.contains(" 200 "))
        });
    }

    /// Waits until its group has given it something to read, by its log: `assigned partitions=2`, or `partitions=[0, 2]`.
    pub fn await_partitions(&mut self) {
        let what = format!("{} to be given partitions", self.name);
        until(&what, START, || {
            let said = self.said();
            let last = said.lines().rev().find(|line| line.contains("assigned partitions="));
            last.filter(|line| !line.ends_with("partitions=0") && !line.ends_with("partitions=[]"))
                .map(|_| ())
        });
    }

    /// Fails where it has ended by itself.
    pub fn assert_running(&mut self) {
        if let Some(status) = self.ended() {
            panic!("expected {} to run, it ended with {status}:\n{}", self.name, self.said());
        }
    }

    /// How it ended, where it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Stops it in its tracks (SIGSTOP); [`Service::thaw`] lets it go on.
    pub fn freeze(&self) {
        signal("STOP", self.child.id());
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self) {
        signal("CONT", self.child.id());
    }

    /// Ends it without a warning (SIGKILL).
    pub fn kill(&mut self) {
        self.child.kill().unwrap_or_else(|error| panic!("killing {}: {error}", self.name));
        self.child.wait().unwrap_or_else(|error| panic!("waiting for {}: {error}", self.name));
    }

    /// Asks it to end (SIGTERM).
    pub fn ask_to_end(&self) {
        signal("TERM", self.child.id());
    }

    /// Waits for a good end.
    pub fn await_end(&mut self, patience: Duration) {
        let status = within(patience, || self.ended());
        assert!(
            status.is_some_and(|status| status.success()),
            "expected {} to end with 0 within {patience:?}, found {status:?}:\n{}",
            self.name,
            self.said()
        );
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that a test started.
pub(crate) fn signal(name: &str, pid: u32) {
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status();
    assert!(status.is_ok_and(|status| status.success()), "expected to send SIG{name} to process {pid}");
}

/// The whole answer to a GET, its status line included; `None` where there is none in time.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address.parse().ok()?, ANSWER).ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
