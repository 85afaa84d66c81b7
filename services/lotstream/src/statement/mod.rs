//! `lotstream statement`: a member's account in plain words, over a file of entries or over the store (S07, S29).

mod known;
mod print;

use crate::cli::reports::{Format, StatementArgs};
use crate::entries;
use crate::failure::Failure;
use crate::identity;
use crate::instant;
use crate::stdout;
use chrono_tz::Tz;
use domain::entry::Entry;
use domain::tariff::Tariffs;
use domain::{EntityId, Timestamp};
use reports::words::Known;
use reports::{Prices, Statement, html};
use std::process::ExitCode;

/// What a statement is made of, wherever it comes from.
pub(crate) struct Material {
    /// Whose.
    pub(crate) entity: EntityId,
    /// All entries, in order.
    pub(crate) entries: Vec<Entry>,
    /// What gives events their names.
    pub(crate) known: Known,
    /// Whose clocks are read.
    pub(crate) zone: Tz,
    /// As of when; the last entry where there is none.
    pub(crate) at: Option<Timestamp>,
}

/// Writes a statement.
pub(crate) fn perform(args: &StatementArgs) -> Result<ExitCode, Failure> {
    let material = gather(args)?;
    let zone = material.zone;
    let bounds = bounds(args, &material)?;
    let statement = Statement::of(material.entity, &material.entries, &material.known, bounds);
    stdout::print(match args.format {
        Format::Table => print::table(&statement, zone),
        Format::Csv => print::csv(&statement).trim_end().to_owned(),
        Format::Html => html::page(&statement, zone).trim_end().to_owned(),
        Format::Json => {
            serde_json::to_string_pretty(&statement).map_err(|error| Failure::Other(error.to_string()))?
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn gather(args: &StatementArgs) -> Result<Material, Failure> {
    #[cfg(feature = "distributed")]
    if args.entries.is_empty() && crate::source::names_deployment(&args.settings) {
        return crate::distributed::statement(args);
    }
    match args.entries.is_empty() {
        true => Err(crate::source::no_entries()),
        false => from_files(args),
    }
}

/// From and until: the options, and where they are silent all there is.
fn bounds(args: &StatementArgs, material: &Material) -> Result<(Timestamp, Timestamp), Failure> {
    let day = |option, text: &Option<String>| {
        text.as_deref().map(|text| instant::parse_day(option, text, material.zone)).transpose()
    };
    let (from, until) = (day("--from", &args.from)?, day("--until", &args.until)?);
    let taken_effect = || material.entries.iter().map(|entry| entry.at);
    let at = material.at.or_else(|| taken_effect().max()).unwrap_or(Timestamp::MIN);
    let until = until.unwrap_or(Timestamp::NEVER).min(at.plus_millis(1));
    let from = from.or_else(|| taken_effect().min()).unwrap_or(Timestamp::MIN);
    if until < from {
        return Err(Failure::Other(format!(
            "expected an end at or after the beginning, {from}, found {until}"
        )));
    }
    Ok((from, until))
}

/// The id as the entries have it.
fn theirs(id: &str, programme: &str) -> Result<String, Failure> {
    let identity = identity::of_environment()?;
    match (identity.is_keyed() && !id.contains(':'), programme) {
        (false, _) => Ok(id.to_owned()),
        (true, "") => Err(Failure::Other(
            "expected a programme, of which a pseudonym is made; name it with --programme".to_owned(),
        )),
        (true, programme) => Ok(identity.member(programme, id).local().to_owned()),
    }
}

fn from_files(args: &StatementArgs) -> Result<Material, Failure> {
    let (programme, tariffs) = entries::programmes(&args.programme)?;
    let at = args.at.as_deref().map(|at| instant::parse("--at", at)).transpose()?;
    let id = theirs(&args.id, programme.as_str())?;
    let member = format!(":member:{id}");
    let is_theirs = |entity: &EntityId| {
        entity.as_str() == id
            || entity.as_str().ends_with(&member) && (programme.is_empty() || entity.programme() == programme)
    };
    let mut found: Vec<Entry> = Vec::new();
    let mut others = None;
    entries::each(
        &args.entries,
        |line| line.contains(&id),
        |entry| {
            if is_theirs(&entry.entity) {
                let first = found.first().map(|first| &first.entity);
                others = others.take().or_else(|| first.filter(|it| **it != entry.entity).cloned());
                found.push(entry);
            }
            Ok(())
        },
    )?;
    let Some(entity) = found.first().map(|entry| entry.entity.clone()) else {
        return Err(Failure::Other(format!(
            "{} is not in these entries; nothing ever happened to it",
            args.id
        )));
    };
    if others.is_some() {
        let known = "expected entries of one programme; name the account whole, as `programme:member:id`";
        return Err(Failure::Other(known.to_owned()));
    }
    let mut known = known::beside(&args.entries, &entity)?;
    let zone = words(&tariffs, &entity, &mut known);
    Ok(Material { entity, entries: found, known, zone, at })
}

/// The time zone, and what points are called, where the programme is known.
pub(crate) fn words(tariffs: &Tariffs, entity: &EntityId, known: &mut Known) -> Tz {
    match Prices::of(entity.programme(), tariffs) {
        Ok(prices) => {
            known.units.clone_from(prices.units());
            prices.zone()
        }
        Err(_) => Tz::UTC,
    }
}
