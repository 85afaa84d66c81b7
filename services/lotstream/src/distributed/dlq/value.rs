//! What the value of a dead letter is to this build, today: a record that its feed takes, or refuses again; a command.

use super::super::deployment::Deployment;
use super::super::{other, state};
use super::fate::Found;
use super::letter::Letter;
use crate::failure::Failure;
use crate::instant;
use domain::outcome::{OutcomeKind, Reason};
use domain::tariff::Tariffs;
use domain::{Command, Entity, EntityId, Event, Name, Row, refusal};
use engine::codec::{Codec, CodecError, Instruction};
use engine::config::Clock;
use engine::message::Frame;
use engine::store::Store;
use feed::{Arrival, Converter, Feed, Origin};
use lotstream_scylla::ScyllaStore;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use wire::registry::{Cached, Confluent, Registry};
use wire::{AvroCodec, Contract};

/// The reason of a command that failed in the ledger.
const POISON: &str = "poison";

/// Looks at values. What it needs of servers it asks for when it needs it.
pub(super) struct Values<'d> {
    deployment: &'d Deployment,
    registry: Arc<dyn Registry>,
    contracts: BTreeMap<&'static str, Contract>,
    codec: Option<AvroCodec>,
    store: Option<ScyllaStore>,
    tariffs: Option<Tariffs>,
    converter: Converter,
}

impl<'d> Values<'d> {
    pub(super) fn of(deployment: &'d Deployment) -> Self {
        Self {
            registry: Arc::new(Cached::new(Confluent::new(deployment.registry()))),
            contracts: BTreeMap::new(),
            codec: None,
            store: None,
            tariffs: None,
            converter: Converter::keeping(deployment.programme(), deployment.identity().clone()),
            deployment,
        }
    }

    /// What it is.
    pub(super) fn look(&mut self, letter: &Letter) -> Result<Found, Failure> {
        if !letter.is_of_ledger() {
            return self.record(letter);
        }
        match self.instruction(letter)? {
            Err(error) => Ok(Found::Unreadable(error)),
            Ok(Instruction::Programme(_)) => Ok(Found::Programme),
            Ok(Instruction::Command(command)) => self.command(letter, &command),
        }
    }

    /// The value as JSON, where it is a record of its feed's schema, or a command.
    pub(super) fn json(&mut self, letter: &Letter) -> Result<Option<Value>, Failure> {
        if letter.is_of_ledger() {
            return match self.instruction(letter)? {
                Err(_) => Ok(None),
                Ok(Instruction::Command(command)) => serde_json::to_value(&*command).map(Some).map_err(other),
                Ok(Instruction::Programme(version)) => Ok(Some(json!({
                    "programme": version.programme, "version": version.version, "text": version.text,
                }))),
            };
        }
        let Some((feed, _)) = self.feed(letter) else { return Ok(None) };
        match feed.to_json(self.contract(feed)?, &letter.record.value) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_retryable() => Err(other(error)),
            Err(_) => Ok(None),
        }
    }

    /// The feed a letter is of, and its partner.
    fn feed(&self, letter: &Letter) -> Option<(&'static Feed, Name)> {
        let topic = letter.record.topic.strip_prefix(self.deployment.prefix())?;
        feed::FEEDS.into_iter().find_map(|feed| Some((feed, Name::from(feed.partner(topic)?))))
    }

    /// What its feed says of it, were it to come now.
    fn record(&mut self, letter: &Letter) -> Result<Found, Failure> {
        let Some((feed, partner)) = self.feed(letter) else {
            return Ok(Found::Unreadable("of no feed".into()));
        };
        self.contract(feed)?;
        let arrival = match self.deployment.feed.clock {
            Clock::Event => Arrival::AsTold,
            Clock::Broker => Arrival::Appended(instant::now()),
        };
        let (partition, offset) = (letter.record.partition, letter.record.offset);
        let origin = Origin { partner, partition, offset, arrival, trace: Name::default() };
        let (contract, value) = (&self.contracts[feed.name], &letter.record.value);
        let read = feed.from_avro(&mut self.converter, contract, value, &mut Vec::new(), &origin);
        Ok(match read.map_err(|unanswered| other(unanswered.0))? {
            Ok(_) => Found::Record,
            Err(bad) => Found::StillBad(bad.code.as_str().to_owned(), bad.text),
        })
    }

    fn contract(&mut self, feed: &'static Feed) -> Result<&Contract, Failure> {
        Ok(match self.contracts.entry(feed.name) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let contract = Contract::new(feed.schema, Arc::clone(&self.registry), feed::limits::RECORD);
                free.insert(contract.map_err(other)?)
            }
        })
    }

    /// The command of a letter of the ledger; or why it is none.
    fn instruction(&mut self, letter: &Letter) -> Result<Result<Instruction, String>, Failure> {
        let codec = match &self.codec {
            Some(codec) => codec,
            None => self.codec.insert(AvroCodec::new(&self.registry).map_err(other)?),
        };
        let key = letter.record.key.clone().unwrap_or_default();
        let frame = Frame { key, value: letter.record.value.clone(), headers: Vec::new() };
        match codec.decode(&frame) {
            Err(error @ CodecError::Unavailable { .. }) => Err(other(error)),
            read => Ok(read.map_err(|error| error.to_string())),
        }
    }

    /// What the ledger would say of it now. One that failed is not tried here.
    fn command(&mut self, letter: &Letter, command: &Command) -> Result<Found, Failure> {
        let (account, reason) = (command.entity.clone(), letter.record.reason.as_str());
        if reason == POISON {
            let parked = self.is_parked(&account)?;
            return Ok(Found::Command { account, parked });
        }
        let still = self.refusal(command)?.filter(|(word, _)| word == reason);
        Ok(match still {
            Some((word, text)) => Found::StillBad(word, text),
            None => Found::Command { account, parked: false },
        })
    }

    /// Why the programmes that are published now make it bad input: what an account of which nothing is known says to it.
    fn refusal(&mut self, command: &Command) -> Result<Option<(String, String)>, Failure> {
        let clock = self.deployment.feed.clock;
        let now = if clock == Clock::Event { command.delivered_at } else { instant::now() };
        let tariffs = self.tariffs()?;
        let account = Entity::new(command.entity.clone(), true);
        let Ok(decision) = domain::decide(&account, command, now, tariffs) else { return Ok(None) };
        let reason = decision.events.iter().find_map(|event| match event {
            Event::Outcome(answer) if answer.outcome.kind == OutcomeKind::DeadLettered => {
                Some(answer.outcome.reason)
            }
            _ => None,
        });
        let word = |reason: Reason| json!(reason).as_str().unwrap_or_default().to_owned();
        Ok(reason.map(|reason| (word(reason), refusal::words(command, reason, tariffs))))
    }

    fn is_parked(&mut self, account: &EntityId) -> Result<bool, Failure> {
        let rows = self.store()?.entity(account).map_err(other)?;
        let parked = |row: &Row| matches!(row, Row::Account(account) if account.parked);
        Ok(rows.iter().any(|stamped| parked(&stamped.row)))
    }

    fn store(&mut self) -> Result<&mut ScyllaStore, Failure> {
        Ok(match &mut self.store {
            Some(store) => store,
            free => free.insert(ScyllaStore::open(&self.deployment.cql).map_err(other)?),
        })
    }

    fn tariffs(&mut self) -> Result<&Tariffs, Failure> {
        if self.tariffs.is_none() {
            let deployment = self.deployment;
            self.tariffs = Some(state::tariffs(deployment, self.store()?)?);
        }
        self.tariffs.as_ref().ok_or_else(|| other("expected programmes, found none"))
    }
}
