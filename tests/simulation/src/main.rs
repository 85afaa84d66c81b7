//! Runs seeds: many, one with its trace, or those that show why each safeguard is there.

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use simulation::{BACKED_UP, CASES, Crowd, Guard, Report, Trace, Tried, Without, run};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The ledger's engine over a simulated Kafka and CQL store in which everything goes wrong that can. A seed decides a run.
#[derive(Parser)]
#[command(
    after_help = "Examples:\n  simulation seeds --count 20000\n  simulation trace 4711\n  simulation necessity"
)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs many seeds and tells which fail, and what they were made of.
    #[command(
        after_help = "Examples:\n  simulation seeds --count 1000 --without timestamp-rule --first\n  simulation seeds --minutes 120"
    )]
    Seeds {
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// How many.
        #[arg(long, default_value_t = 100)]
        count: u64,
        /// As many as begin in so many minutes, instead.
        #[arg(long, conflicts_with = "count")]
        minutes: Option<u64>,
        /// Ends with the lowest seed that fails.
        #[arg(long)]
        first: bool,
        #[command(flatten)]
        how: How,
    },
    /// Runs one seed and tells what happened in it.
    #[command(
        after_help = "Examples:\n  simulation trace 4711 --without overlay\n  simulation trace 4711 --of sim:member:m3"
    )]
    Trace {
        /// Which.
        seed: u64,
        /// Lines told, the last ones.
        #[arg(long, default_value_t = 200)]
        lines: usize,
        /// Also tells every committed event with this in it, such as `sim:member:m3` or an id.
        #[arg(long)]
        of: Option<String>,
        #[command(flatten)]
        how: How,
    },
    /// Takes each safeguard away and looks for a run that fails; ends with 1 where no run misses one.
    #[command(after_help = "Example:\n  simulation necessity --count 10000")]
    Necessity {
        /// Seeds tried for each, at the most.
        #[arg(long, default_value_t = 10_000)]
        count: u64,
        /// Seeds tried without one alone of those that back each other up, where none should fail.
        #[arg(long, default_value_t = 1_000)]
        alone: u64,
        /// Threads; all cores where nothing is said.
        #[arg(long)]
        jobs: Option<usize>,
    },
}

#[derive(Args)]
struct How {
    /// Takes a safeguard away; may be given several times.
    #[arg(long = "without")]
    without: Vec<Guard>,
    /// Threads; all cores where nothing is said.
    #[arg(long)]
    jobs: Option<usize>,
}

/// Lines told of a run that failed among many.
const SHORT: usize = 30;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if !matches!(cli.command, Task::Trace { .. }) {
        // An instance that was overtaken may panic over what it half knows: it is told so, caught, and never commits.
        std::panic::set_hook(Box::new(|_| {}));
    }
    let is_fine = match cli.command {
        Task::Seeds { from, count, minutes, first, how } => {
            let first: Option<fn(&Report) -> bool> = if first { Some(Report::fails) } else { None };
            let (jobs, without) = (threads(how.jobs), Without(how.without));
            let ends = minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
            let to = if ends.is_some() { u64::MAX } else { from + count };
            seeds(&Crowd { seeds: from..to, without, first, jobs, ends })
        }
        Task::Trace { seed, lines, of, how } => trace(seed, lines, Trace::of(of), &Without(how.without)),
        Task::Necessity { count, alone, jobs } => {
            necessity(count, threads(jobs)) & backed_up(alone, threads(jobs))
        }
    };
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1)
}

/// How far it is: a bar at a terminal, a line a tenth elsewhere, so that the log of a build tells it, too.
struct Progress {
    bar: ProgressBar,
    done: AtomicU64,
}

impl Progress {
    fn new(total: Option<u64>, title: String) -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}").expect("a template");
        let bar =
            total.map_or_else(ProgressBar::no_length, ProgressBar::new).with_style(style).with_message(title);
        Self { bar, done: AtomicU64::new(0) }
    }

    fn step(&self) {
        self.bar.inc(1);
        let (done, total) = (self.done.fetch_add(1, Ordering::Relaxed) + 1, self.bar.length());
        if self.bar.is_hidden() && done.is_multiple_of(total.map_or(1_000, |total| (total / 10).max(100))) {
            let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
            eprintln!("{} {done}{of}, {:.0?}", self.bar.message(), self.bar.elapsed());
        }
    }

    /// A run that failed is told at once: who watches need not wait for the others.
    fn ran(&self, report: &Report) {
        self.step();
        if !report.violations.is_empty() {
            self.bar.suspend(|| eprintln!("seed {} failed", report.seed));
        }
    }
}

fn seeds(crowd: &Crowd) -> bool {
    let total = crowd.ends.is_none().then(|| crowd.seeds.end - crowd.seeds.start);
    let progress = Progress::new(total, "runs".to_owned());
    let outcome = crowd.run(|report| progress.ran(report));
    progress.bar.finish_and_clear();
    for report in &outcome.failed {
        println!("seed {}:", report.seed);
        report.violations.iter().for_each(|violation| println!("  {violation}"));
    }
    if let Some(report) = outcome.failed.first() {
        tell(report.seed, &crowd.without);
    }
    print!("{}", outcome.mix);
    println!("{} runs, {} with violations", outcome.runs, outcome.failed.len());
    outcome.failed.is_empty()
}

/// The end of what happened in a run that failed, and how all of it is told.
fn tell(seed: u64, without: &Without) {
    let lines = run(seed, without, Trace::kept()).trace;
    println!("the last of seed {seed}:");
    lines.iter().skip(lines.len().saturating_sub(SHORT)).for_each(|line| println!("  {line}"));
    let without: String = without.0.iter().map(|guard| format!(" --without {guard}")).collect();
    println!("again, and whole: cargo run --release -p simulation -- trace {seed} --lines 4000{without}");
}

fn trace(seed: u64, lines: usize, kept: Trace, without: &Without) -> bool {
    let report = run(seed, without, kept);
    let skipped = report.trace.len().saturating_sub(lines);
    report.trace.iter().skip(skipped).for_each(|line| println!("{line}"));
    print!("{}", report.mix);
    report.violations.iter().for_each(|violation| println!("{violation}"));
    report.violations.is_empty()
}

fn necessity(count: u64, jobs: usize) -> bool {
    let mut all = Vec::new();
    for case in CASES {
        let progress = Progress::new(Some(count), case.names());
        let tried = case.search(count, jobs, || progress.step());
        progress.bar.finish_and_clear();
        all.push(tried);
    }
    println!("| Taken away | What breaks | Seed | Its first violation |\n|---|---|---|---|");
    all.iter().for_each(|tried| println!("{}", row(tried, count)));
    all.iter().all(|tried| tried.found.is_some())
}

fn backed_up(count: u64, jobs: usize) -> bool {
    println!("\n| Taken away alone | Runs | With violations |\n|---|---|---|");
    let mut is_fine = true;
    for guard in BACKED_UP {
        let (seeds, without) = (1..count + 1, Without(vec![guard]));
        let crowd = Crowd { seeds, without, first: None, jobs, ends: None };
        let progress = Progress::new(Some(count), guard.to_string());
        let outcome = crowd.run(|_| progress.step());
        progress.bar.finish_and_clear();
        println!("| {guard} | {} | {} |", outcome.runs, outcome.failed.len());
        is_fine &= outcome.failed.is_empty();
    }
    is_fine
}

fn row(tried: &Tried, count: u64) -> String {
    let (names, breaks) = (tried.case.names(), tried.case.breaks);
    match &tried.found {
        Some((seed, violation)) => {
            let short: String = violation.chars().take(110).collect();
            format!("| {names} | {breaks} | {seed} | {short} |")
        }
        None => format!("| {names} | {breaks} | **none of {count}** | |"),
    }
}
