//! `lotstream serve`: a ledger in a data directory, long-running, fed from a watched folder and standard input; and
//! the commands that go with it.
//!
//! One loop, one thread: take the lines that wait, in the order of their delivery, up to a batch; decide and keep
//! them; wait for more. Everything that must survive is `embedded::durable`'s; this reads lines and the clock.

mod ask;
mod control;
mod folder;
mod line;
mod stdin;
mod tail;

use crate::cli::{BackupArgs, Clock, MemberArgs, RestoreArgs, RunArgs, ServeArgs, StateArgs};
use crate::failure::{Failure, other};
use crate::inspect::Shown;
use crate::quote::Question;
use crate::stdout;
use crate::versions::waiting::{self, Forecast};
use crate::versions::{self, Version};
use crate::{identity, instant, voice};
use ask::Ask;
use control::Control;
use domain::Timestamp;
use embedded::Value;
use embedded::durable::{Arrived, Durable, Settings};
use engine::config;
use engine::core::Ledger;
use engine::wake;
use folder::Folder;
use line::Reader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use stdin::Stdin;

/// Lines decided in one transaction, at the most.
const BATCH: usize = 500;
/// How often one who waits looks whether to end.
const LOOK: Duration = Duration::from_millis(50);
/// How often the folder is looked at, and timers are.
const PERIOD: Duration = Duration::from_millis(250);
/// How often a long catching-up says how far it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// Serves until it is told to end.
pub(crate) fn perform(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let stop = stop_on_signals()?;
    let mut serving = Serving::open(&args.data, &args.programme, args.clock, args.feeds.as_deref())?;
    if let Some(feed) = &args.stdin {
        serving.stdin = Some(Stdin::open(feed, serving.ledger.starts())?);
    }
    let control = Control::listen(&args.data, serving.ledger.store())?;
    eprintln!("lotstream: serving {}; what is said is in {}", args.data.display(), out(&args.data).display());
    let mut said = Instant::now();
    loop {
        let count = serving.step(false)?;
        if stop.load(Ordering::Relaxed) || (count == 0 && serving.has_ended()) {
            break;
        }
        if count == 0 {
            serving.tell_if_new();
            serving.wait(&stop);
        } else if said.elapsed() > PROGRESS {
            serving.tell();
            said = Instant::now();
        }
    }
    drop(control);
    serving.tell();
    serving.ledger.close().map_err(other)?;
    Ok(ExitCode::SUCCESS)
}

/// `run --data`: decides all there is, shows the totals and ends.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let data = args.data.as_deref().ok_or_else(|| other("expected --out or --data, found neither"))?;
    let at = args.at.as_deref().map(|at| instant::parse("--at", at)).transpose()?;
    let mut serving = Serving::open(data, &args.programme, Clock::Event, Some(&args.input))?;
    let mut said = Instant::now();
    while serving.step(true)? > 0 {
        if said.elapsed() > PROGRESS {
            serving.tell();
            said = Instant::now();
        }
    }
    serving.tell();
    let shown = ask::answer(&mut serving.ledger.store(), &Ask::State { at, json: args.json })?;
    let whole = serving.folder.as_ref().is_none_or(Folder::is_whole);
    serving.ledger.close().map_err(other)?;
    stdout::print(&shown.text)?;
    Ok(if shown.holds && whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `backup`.
pub(crate) fn back_up(args: &BackupArgs) -> Result<ExitCode, Failure> {
    let to = std::path::absolute(&args.to).map_err(Failure::file("write", &args.to))?;
    stdout::print(ask::ask(&args.data, &Ask::BackUp { to, json: args.json })?.text)?;
    Ok(ExitCode::SUCCESS)
}

/// `restore`.
pub(crate) fn restore(args: &RestoreArgs) -> Result<ExitCode, Failure> {
    let copied = embedded::durable::restore(&args.from, &args.data).map_err(other)?;
    stdout::print(ask::copied(copied, &args.data, args.json))?;
    Ok(ExitCode::SUCCESS)
}

/// `member --data`.
pub(crate) fn member(data: &Path, args: &MemberArgs) -> Result<Shown, Failure> {
    let at = args.at.as_deref().map(|at| instant::parse("--at", at)).transpose()?;
    let (id, programme) = (args.id.clone(), args.programme.clone());
    ask::ask(data, &Ask::Member { id, programme, at, json: args.json })
}

/// `quote --data`.
pub(crate) fn quote(data: &Path, question: Question) -> Result<Shown, Failure> {
    ask::ask(data, &Ask::Quote { question })
}

/// `programme list --data`.
pub(crate) fn list_programmes(data: &Path, json: bool) -> Result<Shown, Failure> {
    ask::ask(data, &Ask::Programmes { json })
}

/// `state hash --data`.
pub(crate) fn state(data: &Path, args: &StateArgs) -> Result<Shown, Failure> {
    let at = args.at.as_deref().map(|at| instant::parse("--at", at)).transpose()?;
    ask::ask(data, &Ask::State { at, json: args.json })
}

fn out(data: &Path) -> PathBuf {
    data.join("out")
}

/// Set by SIGTERM or SIGINT; a second one ends the process at once.
fn stop_on_signals() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| other(format!("expected to listen to signal {signal}: {error}")))?;
    }
    Ok(stop)
}

/// A ledger being served.
struct Serving {
    ledger: Durable,
    reader: Reader,
    clock: Clock,
    folder: Option<Folder>,
    stdin: Option<Stdin>,
    looked: Instant,
    lines: u64,
    told: u64,
}

impl Serving {
    fn open(
        data: &Path,
        programmes: &[PathBuf],
        clock: Clock,
        feeds: Option<&Path>,
    ) -> Result<Self, Failure> {
        let default = programmes.first().map(|first| Version::read(first)).transpose()?;
        let default = default.map(|first| first.tariff.programme.clone()).unwrap_or_default();
        let versions = versions::read_all(programmes)?;
        let now = (clock == Clock::Wall).then(instant::now);
        versions::check_all(&versions, ask::known(data)?, now)?;
        let settings = Settings {
            clock: match clock {
                Clock::Wall => config::Clock::Broker,
                Clock::Event => config::Clock::Event,
            },
            programmes: versions.iter().map(Version::published).collect(),
            core: Box::new(Ledger),
            compiler: Box::new(ask::compile),
            voice: voice::say,
        };
        let mut ledger = Durable::open(data, settings).map_err(other)?;
        if versions.iter().any(|version| version.tariff.correction.is_some()) {
            correct(&mut ledger, clock)?;
        }
        let folder = feeds.map(Folder::open).transpose()?;
        let reader = Reader::new(default.as_str(), identity::of_environment()?, clock);
        let looked = Instant::now();
        let mut serving =
            Self { ledger, reader, clock, folder, stdin: None, looked, lines: 0, told: u64::MAX };
        serving.look(false)?;
        Ok(serving)
    }

    /// Decides a batch of what waits; how many lines that were. `ending`: a last line need not have its end.
    fn step(&mut self, ending: bool) -> Result<usize, Failure> {
        let mut batch: Vec<Arrived> = Vec::with_capacity(BATCH);
        self.fill(&mut batch);
        if batch.is_empty() || self.looked.elapsed() >= PERIOD {
            self.look(ending && batch.is_empty())?;
            self.fill(&mut batch);
            if self.clock == Clock::Wall {
                self.ledger.pass_time(instant::now()).map_err(other)?;
            }
        }
        let count = batch.len();
        if count > 0 {
            self.ledger.submit(batch).map_err(other)?;
            self.lines += count as u64;
        }
        Ok(count)
    }

    fn fill(&mut self, batch: &mut Vec<Arrived>) {
        if let Some(folder) = &mut self.folder {
            while batch.len() < BATCH
                && let Some(arrived) = folder.next(&mut self.reader)
            {
                batch.push(arrived);
            }
        }
        if let Some(stdin) = &mut self.stdin {
            while batch.len() < BATCH
                && let Some(arrived) = stdin.next(&mut self.reader)
            {
                batch.push(arrived);
            }
        }
    }

    fn look(&mut self, ending: bool) -> Result<(), Failure> {
        self.looked = Instant::now();
        match &mut self.folder {
            Some(folder) => folder.look(ending, &self.ledger),
            None => Ok(()),
        }
    }

    /// Whether nothing more can come.
    fn has_ended(&self) -> bool {
        self.folder.is_none() && self.stdin.as_ref().is_none_or(Stdin::has_ended)
    }

    /// Waits for a line of standard input, the time to look again, or the end.
    fn wait(&mut self, stop: &AtomicBool) {
        let until = self.looked + PERIOD;
        while Instant::now() < until && !stop.load(Ordering::Relaxed) {
            match &mut self.stdin {
                Some(stdin) if !stdin.has_ended() => {
                    if stdin.wait(LOOK) {
                        return;
                    }
                }
                _ => std::thread::sleep(LOOK),
            }
        }
    }

    fn tell_if_new(&mut self) {
        if self.told != self.lines {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.told = self.lines;
        let counters = self.ledger.counters();
        eprintln!(
            "lotstream: {} lines read, {} commands decided, {} to dead-letters, {} transactions",
            self.lines,
            counters.commands,
            counters.dead_letters,
            self.ledger.transactions()
        );
    }
}

/// Lets what corrections change happen in every account, the idle ones too.
fn correct(ledger: &mut Durable, clock: Clock) -> Result<(), Failure> {
    let mut store = ledger.store().pinned();
    let tariffs = ask::tariffs(&mut store)?;
    let (mut ticks, mut forecast) = (Vec::new(), Forecast::default());
    waiting::each(&mut store, &tariffs, |entity, decision| {
        forecast.add(entity, decision);
        let tick = Arc::new(wake::corrected(entity.account.entity.clone(), 0));
        ticks.push(Arrived { value: Value::Command(tick), at: arrival(clock), place: None });
        Ok(())
    })?;
    while !ticks.is_empty() {
        let rest = ticks.split_off(ticks.len().min(BATCH));
        ledger.submit(std::mem::replace(&mut ticks, rest)).map_err(other)?;
    }
    if forecast.accounts() > 0 {
        eprintln!("lotstream: corrected: {forecast}");
    }
    Ok(())
}

/// *Now* for a line that is read now: nobody's by the event clock.
fn arrival(clock: Clock) -> Timestamp {
    match clock {
        Clock::Wall => instant::now(),
        Clock::Event => Timestamp::MIN,
    }
}
