//! A world of its own for each test: a broker, tables, instances that come and go, a clock that only the
//! test moves. And the judgement: what is in tables and topics equals the fold of the input.

use crate::tally::{Fold, PANICS_ENCODED, TOO_LARGE, Tally};
use domain::award::Activities;
use domain::calendar::Span;
use domain::command::{Body, Command};
use domain::correction::Correction;
use domain::entity::{Entity, Missing};
use domain::failed::Behind;
use domain::money::Currency;
use domain::offer::Offers;
use domain::tariff::{Adjustments, Notices, Spending, Tariff, Tariffs};
use domain::{EntityId, Event, EventKey, Row, RowKey, Timestamp};
use embedded::{Broker, MemoryLog, MemoryStore, PassThrough, Tables, Value};
use engine::codec::{Codec, CodecError, DeadLetter, Guarded, Instruction};
use engine::config::Config;
use engine::core::{Context, Core, Effects};
use engine::driver::Driver;
use engine::message::{Outgoing, Topic};
use engine::store::Store;
use engine::wal::{ProgrammeVersion, WalRecord};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static PASS_THROUGH: LazyLock<PassThrough> = LazyLock::new(|| PassThrough::new().unwrap());

/// The memory codec, but for one amount that no log takes, and what it panics on.
pub(crate) struct Narrow;

impl Codec for Narrow {
    type Message = Value;

    fn decode(&self, message: &Value) -> Result<Instruction, CodecError> {
        assert_ne!(*message, Value::Garbage("explosive".into()), "boom");
        PASS_THROUGH.decode(message)
    }

    fn encode_command(&self, command: &Arc<Command>) -> Result<Value, CodecError> {
        PASS_THROUGH.encode_command(command)
    }

    fn encode_event(&self, event: Event) -> Result<Outgoing<Value>, CodecError> {
        PASS_THROUGH.encode_event(event)
    }

    fn encode_wal(&self, record: &WalRecord) -> Result<Value, CodecError> {
        let leaves_lot_of = |amount: i64| match record {
            WalRecord::Rows(image) => {
                image.rows.iter().any(|row| matches!(&**row, Row::Lot(lot) if lot.issued.get() == amount))
            }
            _ => false,
        };
        assert!(!leaves_lot_of(PANICS_ENCODED), "boom");
        if leaves_lot_of(TOO_LARGE) {
            return Err(CodecError::TooLarge { what: "rows", found: 2, limit: 1 });
        }
        PASS_THROUGH.encode_wal(record)
    }

    fn decode_wal(&self, message: &Value) -> Result<WalRecord, CodecError> {
        PASS_THROUGH.decode_wal(message)
    }

    fn encode_dead_letter(&self, letter: &DeadLetter<'_, Value>) -> Result<Value, CodecError> {
        PASS_THROUGH.encode_dead_letter(letter)
    }
}

pub(crate) type Instance = Driver<MemoryLog, MemoryStore, Narrow>;

/// An instance that took everything over and waits.
pub(crate) fn running(world: &World) -> Instance {
    let mut instance = world.join();
    world.settle(&mut [&mut instance]);
    instance
}

/// It comes round so many times.
pub(crate) fn step(instance: &mut Instance, times: usize) {
    (0..times).for_each(|_| instance.step(Duration::ZERO).unwrap());
}

/// It dies: nothing is said to anyone, what it asked of the store is lost.
pub(crate) fn crash(world: &World, mut instance: Instance) {
    world.broker.expel(instance.log().member());
}

pub(crate) struct World {
    pub(crate) broker: Broker,
    pub(crate) tables: Tables,
    pub(crate) config: Config,
    pub(crate) wall: Arc<AtomicI64>,
    /// How far the wall clock jumps, in milliseconds, each time an instance looks at it.
    pub(crate) drift: i64,
    /// While set, every decision fails.
    pub(crate) failing: Arc<AtomicBool>,
}

/// The tally, that fails when it is told to.
struct Faulty(Arc<AtomicBool>);

impl Core for Faulty {
    fn needs(&self, command: &Command) -> Vec<RowKey> {
        assert!(!self.0.load(Ordering::Relaxed), "as a test asked");
        Tally.needs(command)
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        tariffs: &Tariffs,
    ) -> Result<Effects, Missing> {
        assert!(!self.0.load(Ordering::Relaxed), "as a test asked");
        Tally.decide(entity, command, now, tariffs)
    }
}

impl World {
    pub(crate) fn new(partitions: i32) -> Self {
        let config = Config { batch: 3, ticks: 2, ..Config::default() };
        Self {
            broker: Broker::new(partitions),
            tables: Tables::default(),
            config,
            wall: Arc::default(),
            drift: 0,
            failing: Arc::default(),
        }
    }

    /// What all instances share.
    pub(crate) fn context(&self) -> Arc<Context<Narrow>> {
        let compiler = |version: &ProgrammeVersion| -> Result<Arc<Tariff>, String> {
            assert_ne!(&*version.text, "explosive", "boom");
            if &*version.text == "broken" {
                Err("this text is broken".to_owned())
            } else {
                Ok(tariff(version))
            }
        };
        Arc::new(Context {
            config: self.config.clone(),
            codec: Guarded::new(Narrow),
            core: Box::new(Faulty(Arc::clone(&self.failing))),
            compiler: Box::new(compiler),
            partitions: self.broker.partitions(),
        })
    }

    /// A new instance in the group.
    pub(crate) fn join(&self) -> Instance {
        let wall = Arc::clone(&self.wall);
        let drift = self.drift;
        let wall = move || Timestamp(wall.fetch_add(drift, Ordering::Relaxed));
        Driver::new(self.broker.join(), self.tables.open(), self.context(), wall)
    }

    /// Lets the broker's and everyone's clock go on.
    pub(crate) fn pass(&self, millis: i64) {
        let now = self.wall.fetch_add(millis, Ordering::Relaxed) + millis;
        self.broker.set_time(Timestamp(now));
    }

    /// Steps everyone until all input is decided, committed and flushed.
    pub(crate) fn settle(&self, instances: &mut [&mut Instance]) {
        for _ in 0..2_000 {
            for instance in instances.iter_mut() {
                instance.step(Duration::ZERO).unwrap();
            }
            let running: usize = instances.iter().map(|instance| instance.running().len()).sum();
            if running as i32 == self.broker.partitions()
                && self.broker.is_consumed()
                && instances.iter().all(|instance| instance.is_settled())
            {
                return;
            }
            self.pass(100);
        }
        let state: Vec<_> = instances.iter().map(|it| (it.running(), it.halted(), it.counters())).collect();
        panic!("still not settled: {state:#?}");
    }

    /// Tables and topics against the fold of the input.
    pub(crate) fn judge(&self) {
        let fold = Fold::of(&self.broker);
        self.judge_tables(&fold);
        judge_events(&fold, &self.broker.events());
        self.judge_follow_ups(&fold);
    }

    /// Once time enough has passed: nobody was forgotten who was due.
    pub(crate) fn judge_timers(&self) {
        let mut store = self.tables.open();
        store
            .scan(&mut |entity, rows| {
                for stamped in rows {
                    if let Row::Account(account) = &*stamped.row {
                        assert!(account.parked || !account.next_due.is_finite(), "{entity} was not woken");
                    }
                }
            })
            .unwrap();
    }

    fn judge_tables(&self, fold: &Fold) {
        let mut store = self.tables.open();
        let mut found = BTreeMap::new();
        store.scan(&mut |entity, rows| drop(found.insert(entity, rows))).unwrap();
        for (id, entity) in &fold.entities {
            let rows = found.remove(id).unwrap_or_default();
            let of = |wanted: fn(&Row) -> bool| rows.iter().filter(|row| wanted(&row.row)).count();
            let head = rows.iter().find_map(|stamped| match &*stamped.row {
                Row::Account(account) => Some(account),
                _ => None,
            });
            if entity.account.sequence > 0 || entity.account.parked {
                assert_eq!(head, Some(&entity.account), "head row of {id}");
            }
            assert_eq!(of(|row| matches!(row, Row::Lot(_))), entity.lots.rows().len(), "lots of {id}");
            assert_eq!(of(|row| matches!(row, Row::Seen(_))), entity.seen.rows().len(), "seen of {id}");
        }
        assert!(found.is_empty(), "rows of entities nobody touched: {found:?}");
    }

    /// Every return that was decided sent its follow-up, once or more.
    fn judge_follow_ups(&self, fold: &Fold) {
        let inputs: Vec<EventKey> = (0..self.broker.partitions())
            .flat_map(|partition| self.broker.input(partition))
            .filter_map(|(_, value)| if let Value::Command(command) = value { Some(command) } else { None })
            .map(|command| command.key)
            .collect();
        let returns = (0..self.broker.partitions()).flat_map(|partition| self.broker.input(partition));
        for (_, value) in returns {
            if let Value::Command(command) = value
                && matches!(command.body, Body::Return(_))
                && fold.entities[&command.entity].seen.rows().contains_key(&command.key)
            {
                assert!(
                    inputs.contains(&command.key.derived("follow-up", 0)),
                    "follow-up of {}",
                    command.key
                );
            }
        }
    }

    pub(crate) fn events(&self, topic: &Topic) -> Vec<Value> {
        let events = self.broker.events().into_iter().filter(|event| event.topic == *topic);
        events.map(|event| event.message).collect()
    }
}

/// Exactly the events of the fold, those of each entity in its order.
fn judge_events(fold: &Fold, published: &[Outgoing<Value>]) {
    let mut expected: BTreeMap<EntityId, Vec<&Event>> = BTreeMap::new();
    for event in &fold.events {
        expected.entry(entity_of(event)).or_default().push(event);
    }
    let mut found: BTreeMap<EntityId, Vec<&Event>> = BTreeMap::new();
    for outgoing in published {
        if let Value::Event(event) = &outgoing.message {
            found.entry(entity_of(event)).or_default().push(event);
        }
    }
    assert_eq!(found, expected);
}

fn entity_of(event: &Event) -> EntityId {
    match event {
        Event::Entry(entry) => entry.entity.clone(),
        Event::Outcome(record) => record.entity.clone(),
        other => panic!("the tally never says {other:?}"),
    }
}

/// `corrects 1` in a text: the version corrects that one, for good.
fn correction(text: &str) -> Option<Correction> {
    let replaces = text.strip_prefix("corrects ")?.parse().expect("a version");
    let (actor, reason) = ("op-7".into(), "a slip".into());
    Some(Correction { replaces, until: Timestamp::NEVER, actor, reason })
}

/// The version `number` of the programme of all accounts here, as it comes in the log.
pub(crate) fn version(number: i32, text: &str) -> Value {
    Value::Programme(ProgrammeVersion { programme: "p".into(), version: number, text: text.into() })
}

/// The text of a version under which accounts go on without what failed; under any other they wait.
pub(crate) const GOES_ON: &str = "go on";

/// A version without a single rule.
pub(crate) fn tariff(version: &ProgrammeVersion) -> Arc<Tariff> {
    Arc::new(Tariff {
        programme: version.programme.clone(),
        version: version.version,
        from: Timestamp(0),
        prior_notice: None,
        correction: correction(&version.text),
        zone: "UTC".parse().unwrap(),
        currency: Currency { code: "EUR".into(), exponent: 2 },
        lateness: Span::Days(30),
        return_window: Span::Days(30),
        return_waits: Span::Days(30),
        behind_failed: if &*version.text == GOES_ON { Behind::GoesOn } else { Behind::Waits },
        points_earn: false,
        wallets: Vec::new(),
        terms: Vec::new(),
        coefficients: BTreeMap::new(),
        partners: BTreeMap::new(),
        rules: Vec::new(),
        tiers: None,
        spending: Spending { hold: Span::Days(1), uncovered_becomes_debt: true, grace: None },
        notices: Notices::default(),
        adjustments: Adjustments::default(),
        activities: Activities::default(),
        declared: domain::declared::Declared::default(),
        card_grant: None,
        offers: Offers::default(),
        exchanges: Vec::new(),
    })
}
