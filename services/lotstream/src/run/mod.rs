//! `lotstream run`: files in, files out, by the event clock: nobody reads a wall clock, so the same input gives
//! the same output to the byte.

mod accounting;
mod balances;
mod output;
mod refusals;
mod summary;

use crate::books::{Books, Said};
use crate::cli::RunArgs;
use crate::failure::Failure;
use crate::identity;
use crate::instant;
use crate::progress;
use crate::stdout;
use crate::totals::Totals;
use crate::versions;
use accounting::Accounting;
use balances::Balances;
use domain::{Command, Timestamp};
use feed::Converter;
use feed::files::Lines;
use output::Output;
use refusals::Refusals;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use summary::Summary;

/// Commands handed to the engine at a time.
const BATCH: usize = 2_000;

/// Runs a programme over a directory of feeds.
pub(crate) fn perform(args: &RunArgs) -> Result<ExitCode, Failure> {
    let Some(out) = &args.out else { return crate::serve::run(args) };
    let started = Instant::now();
    let versions = versions::read_all(&args.programme)?;
    let until = args.at.as_deref().map(|at| instant::parse("--at", at)).transpose()?;
    let books = Books::open(&versions)?;
    let mut lines = Lines::open(&args.input).map_err(|error| Failure::Other(error.to_string()))?;
    let last = lines.last_delivery().unwrap_or(Timestamp::MIN);
    let at = instant::ending(until, last)?;
    let mut run = Run {
        books,
        output: Output::create(out)?,
        accounting: Accounting::default(),
        refusals: Refusals::default(),
    };
    run.feed(&mut lines)?;
    let summary = run.close(at, started)?;
    summary.write(out)?;
    if args.json {
        stdout::print(summary.json()?)?;
    } else {
        stdout::print(&summary)?;
    }
    Ok(if summary.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Run {
    books: Books,
    output: Output,
    accounting: Accounting,
    refusals: Refusals,
}

impl Run {
    fn feed(&mut self, lines: &mut Lines) -> Result<(), Failure> {
        let bar = progress::events(lines.total());
        let programme = self.books.programme().programme.as_str();
        let mut converter = Converter::keeping(programme, identity::of_environment()?);
        let mut batch: Vec<Arc<Command>> = Vec::with_capacity(BATCH);
        while let Some(line) = lines.next_line().map_err(|error| Failure::Other(error.to_string()))? {
            self.accounting.input(line.file.feed.name);
            match line.command(&mut converter) {
                Ok(command) => batch.push(Arc::new(command)),
                Err(bad) => {
                    self.accounting.dead_lettered(line.file.feed.name);
                    self.refusals.bad_input(&line, &bad);
                    self.output.bad_input(&line, &bad)?;
                }
            }
            if batch.len() == BATCH {
                bar.inc(batch.len() as u64);
                self.decide(std::mem::take(&mut batch))?;
            }
        }
        self.decide(batch)?;
        bar.finish_and_clear();
        Ok(())
    }

    fn decide(&mut self, batch: Vec<Arc<Command>>) -> Result<(), Failure> {
        let (output, accounting, refusals) = (&mut self.output, &mut self.accounting, &mut self.refusals);
        let mut failed = None;
        self.books.say(batch, &mut |said| {
            if let Said::Event(event) = said {
                accounting.heard(event);
            }
            refusals.heard(said);
            if let Err(error) = output.said(said) {
                failed.get_or_insert(error);
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// Lets everything due until `at` happen, what accounts tell each other first, then account by account; and adds up.
    fn close(mut self, at: Timestamp, started: Instant) -> Result<Summary, Failure> {
        let mut balances = Balances::create(self.output.directory())?;
        let mut totals = Totals::new(at);
        let mut ahead = self.books.ahead(at)?;
        for event in ahead.events() {
            self.output.said(&Said::Event(event))?;
        }
        for entity in self.books.entities() {
            let mut entity = ahead.take(&entity.account.entity).unwrap_or(entity);
            let decision = self.books.advance(&entity, at)?;
            for event in &decision.events {
                self.output.said(&Said::Event(event.clone()))?;
            }
            decision.rows.into_iter().for_each(|row| entity.put(row));
            totals.add(&entity);
            balances.write(&entity)?;
        }
        balances.finish()?;
        let files = self.output.finish()?;
        let read = (self.accounting, self.refusals);
        Ok(Summary::new(totals.finish(), read, files, started.elapsed()))
    }
}
