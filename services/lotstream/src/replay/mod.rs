//! `lotstream replay`: a recorded history under the rules that were in force and under proposed ones, side by side.

mod brief;
mod history;

use crate::books::Books;
use crate::cli::replay::ReplayArgs;
use crate::cli::reports::Format;
use crate::failure::{Failure, other};
use crate::instant;
use crate::report::show;
use crate::versions::{self, Version};
use domain::tariff::{Tariff, Tariffs};
use domain::{Command, Event, Timestamp};
use history::History;
use reports::Prices;
use reports::whatif::{Side, compare};
use std::process::ExitCode;
use std::sync::Arc;

/// Commands decided at a time.
const BATCH: usize = 2_000;

/// Replays, and prints what the proposed version changes.
pub(crate) fn perform(args: &ReplayArgs) -> Result<ExitCode, Failure> {
    let history = History::open(&args.against)?;
    let old = match args.beside.is_empty() {
        true => history.versions()?,
        false => versions::read_all(&args.beside)?,
    };
    let new = vec![from_the_first(Version::read(&args.programme)?)];
    let mut sides = [Run::open(&old)?, Run::open(&new)?];
    if sides[0].programme() != sides[1].programme() {
        let [old, new] = sides.each_ref().map(Run::programme);
        return Err(other(format!(
            "{}: expected another version of programme `{old}`, found one of `{new}`",
            args.programme.display()
        )));
    }
    let until = args.at.as_deref().map(|at| instant::parse("--at", at)).transpose()?;
    let last = history.each_batch(sides[0].programme().as_str(), BATCH, |batch| {
        sides.iter_mut().try_for_each(|side| side.decide(&batch))
    })?;
    let at = instant::ending(until, last)?;
    for side in &mut sides {
        side.close(at)?;
    }
    let [old, new] = &sides;
    let sheets = compare(&old.told, &new.told, at, args.top).map_err(other)?;
    let about = format!("{}, until {at}", old.programme());
    let (sheets, left_out) = match args.format == Format::Table && !args.all {
        true => brief::of(sheets),
        false => (sheets, None),
    };
    let about = left_out.map_or(about.clone(), |left_out| format!("{about}; {left_out}"));
    show(args.format, "What if", &about, &sheets)?;
    Ok(ExitCode::SUCCESS)
}

/// The version as if it had been in force from the first event on.
fn from_the_first(version: Version) -> Version {
    let tariff = Tariff { from: Timestamp::MIN, correction: None, ..Tariff::clone(&version.tariff) };
    Version { tariff: Arc::new(tariff), ..version }
}

/// One run of the two.
struct Run {
    books: Books,
    told: Side,
}

impl Run {
    fn open(versions: &[Version]) -> Result<Self, Failure> {
        let books = Books::open(versions)?;
        let mut tariffs = Tariffs::default();
        versions.iter().for_each(|version| tariffs.add(Arc::clone(&version.tariff)));
        let prices = Prices::of(books.programme().programme.as_str(), &tariffs).map_err(other)?;
        Ok(Self { books, told: Side::new(prices, &tariffs) })
    }

    fn programme(&self) -> domain::Name {
        self.books.programme().programme.clone()
    }

    /// Decides `batch`, and folds what is said.
    fn decide(&mut self, batch: &[Arc<Command>]) -> Result<(), Failure> {
        let (told, mut failed) = (&mut self.told, None);
        self.books.decide(batch.to_vec(), &mut |event| {
            if let Err(error) = told.hear(event) {
                failed.get_or_insert(error);
            }
        })?;
        failed.map_or(Ok(()), |error| Err(other(error)))
    }

    /// Lets everything due until `at` happen.
    fn close(&mut self, at: Timestamp) -> Result<(), Failure> {
        let mut ahead = self.books.ahead(at)?;
        ahead.events().iter().try_for_each(|event| self.told.hear(event)).map_err(other)?;
        for entity in self.books.entities() {
            let entity = ahead.take(&entity.account.entity).unwrap_or(entity);
            let events: Vec<Event> = self.books.advance(&entity, at)?.events;
            events.iter().try_for_each(|event| self.told.hear(event)).map_err(other)?;
        }
        Ok(())
    }
}
