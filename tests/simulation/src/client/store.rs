//! The store of an instance: quorums of two of three replicas, requests that are sent again until they are answered.

use super::{CALL, REQUEST};
use crate::guards::Guard;
use crate::node::Seat;
use crate::store::{Replica, newest, newest_state};
use crate::world::{Peer, World};
use domain::entry::Entry;
use domain::{EntityId, Row};
use engine::store::{
    Answer, PartitionState, Read, Stamped, Store, StoreError, StoreEvent, Ticket, TimerScan, Write,
};
use engine::wal::Timer;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// How many replicas make a quorum.
const QUORUM: usize = 2;
const REPLICAS: usize = 3;

/// What the instance's store holds. Dies with the process.
#[derive(Default)]
pub(crate) struct StoreState {
    news: VecDeque<StoreEvent>,
}

impl StoreState {
    pub(crate) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }
}

/// A request to all replicas that waits for a quorum.
struct Quorum<T> {
    answers: BTreeMap<usize, T>,
    is_done: bool,
}

impl World {
    /// Asks all replicas, again and again, until a quorum has answered: then their answers, from `node`.
    fn quorum<T: 'static>(
        &mut self,
        node: usize,
        serve: Rc<dyn Fn(&mut Replica) -> T>,
        done: impl FnOnce(&mut Self, Vec<T>) + 'static,
    ) {
        let open = Rc::new(RefCell::new(Quorum { answers: BTreeMap::new(), is_done: false }));
        let done: Rc<RefCell<Option<Done<T>>>> = Rc::new(RefCell::new(Some(Box::new(done))));
        self.ask_replicas(node, serve, &open, done);
    }

    fn ask_replicas<T: 'static>(
        &mut self,
        node: usize,
        serve: Rc<dyn Fn(&mut Replica) -> T>,
        open: &Rc<RefCell<Quorum<T>>>,
        done: Rc<RefCell<Option<Done<T>>>>,
    ) {
        if open.borrow().is_done {
            return;
        }
        for replica in 0..REPLICAS {
            if open.borrow().answers.contains_key(&replica) {
                continue;
            }
            let (serve, open, done) = (Rc::clone(&serve), Rc::clone(open), Rc::clone(&done));
            self.ask(
                node,
                Peer::Replica(replica),
                move |world| serve(&mut world.replicas[replica]),
                move |world, answer| {
                    let mut found = open.borrow_mut();
                    found.answers.insert(replica, answer);
                    if found.is_done || found.answers.len() < QUORUM {
                        return;
                    }
                    found.is_done = true;
                    let answers = std::mem::take(&mut found.answers).into_values().collect();
                    drop(found);
                    if let Some(done) = done.borrow_mut().take() {
                        done(world, answers);
                    }
                },
            );
        }
        let open = Rc::clone(open);
        self.after_at(node, REQUEST, move |world| world.ask_replicas(node, serve, &open, done));
    }

    fn write(&mut self, node: usize, ticket: Ticket, write: Write) {
        let has_rule = !self.without.lacks(Guard::TimestampRule);
        let write = Rc::new(write);
        let hinted = Rc::clone(&write);
        let serve = move |replica: &mut Replica| replica.apply(&write, has_rule);
        self.quorum(node, Rc::new(serve), move |world, _| {
            world.nodes[node].store.news.push_back(StoreEvent::Written { ticket });
            world.hint(&hinted, has_rule);
        });
    }

    /// What a replica may have missed is brought to it later, perhaps much later.
    fn hint(&mut self, write: &Rc<Write>, has_rule: bool) {
        for replica in 0..REPLICAS {
            let delay = self.chance.between(100, 4_000);
            let write = Rc::clone(write);
            self.after(delay, move |world| world.replicas[replica].apply(&write, has_rule));
        }
    }

    fn read(&mut self, node: usize, ticket: Ticket, reads: Vec<Read>) {
        let answers: Rc<RefCell<Vec<Option<Answer>>>> = Rc::new(RefCell::new(vec![None; reads.len()]));
        for (place, read) in reads.into_iter().enumerate() {
            let answers = Rc::clone(&answers);
            self.read_one(node, read, move |world, answer| {
                let mut found = answers.borrow_mut();
                found[place] = Some(answer);
                if found.iter().all(Option::is_some) {
                    let answers = found.drain(..).flatten().collect();
                    world.nodes[node].store.news.push_back(StoreEvent::Loaded { ticket, answers });
                }
            });
        }
    }

    /// One read; lots of a head are asked for when the head is known.
    fn read_one(&mut self, node: usize, read: Read, done: impl FnOnce(&mut Self, Answer) + 'static) {
        let Read::Head(entity) = &read else {
            return self.quorum(node, asked(read), move |world, answers| done(world, merged(answers)));
        };
        let head = Read::Row(entity.clone(), domain::RowKey::Account);
        self.quorum(node, asked(head), move |world, answers| {
            let Answer::Row(Some(account)) = merged(answers) else {
                return done(world, Answer::Head { account: None, lots: Vec::new() });
            };
            world.quorum(node, asked(read), move |world, answers| {
                let Answer::Head { lots, .. } = merged(answers) else { return };
                let live_from = match &*account.row {
                    Row::Account(account) => account.live_from,
                    _ => i32::MIN,
                };
                let is_live =
                    |lot: &Stamped| matches!(&*lot.row, Row::Lot(lot) if lot.id.issued_month >= live_from);
                let lots = lots.into_iter().filter(is_live).collect();
                done(world, Answer::Head { account: Some(account), lots });
            });
        });
    }
}

type Done<T> = Box<dyn FnOnce(&mut World, Vec<T>)>;

fn asked(read: Read) -> Rc<dyn Fn(&mut Replica) -> Answer> {
    Rc::new(move |replica| replica.read(&read))
}

fn merged(answers: Vec<Answer>) -> Answer {
    answers.into_iter().reduce(newest).expect("a quorum's answers")
}

/// The store of the process that sits there.
pub(crate) struct StoreClient<'a>(pub(crate) Seat<'a>);

fn not_here<T>() -> Result<T, StoreError> {
    Err(StoreError::Fatal("not asked by an engine".to_owned()))
}

impl Store for StoreClient<'_> {
    fn partition_state(&mut self, partition: i32) -> Result<PartitionState, StoreError> {
        self.0.breathe();
        let node = self.0.node;
        let found: Rc<RefCell<Option<PartitionState>>> = Rc::default();
        let slot = Rc::clone(&found);
        let deadline = self.0.with(|world| {
            let serve = Rc::new(move |replica: &mut Replica| replica.state(partition));
            world.quorum(node, serve, move |_, states| {
                *slot.borrow_mut() = states.into_iter().reduce(newest_state)
            });
            world.now + CALL
        });
        loop {
            self.0.wait(deadline);
            if let Some(state) = found.borrow_mut().take() {
                return Ok(state);
            }
            if self.0.with(|world| world.now) >= deadline {
                return Err(StoreError::Retry("the partition's state: no quorum in time".to_owned()));
            }
        }
    }

    fn read(&mut self, ticket: Ticket, reads: Vec<Read>) {
        self.0.breathe();
        self.0.with(|world| world.read(self.0.node, ticket, reads));
    }

    fn write(&mut self, ticket: Ticket, write: Write) {
        self.0.breathe();
        self.0.with(|world| world.write(self.0.node, ticket, write));
    }

    fn scan_timers(&mut self, ticket: Ticket, scan: TimerScan) {
        self.0.breathe();
        let node = self.0.node;
        self.0.with(|world| {
            let limit = scan.limit;
            let serve = Rc::new(move |replica: &mut Replica| replica.timers(&scan));
            world.quorum(node, serve, move |world, pages| {
                let timers: BTreeSet<Timer> = pages.into_iter().flatten().collect();
                let timers = timers.into_iter().take(limit).collect();
                world.nodes[node].store.news.push_back(StoreEvent::Timers { ticket, timers });
            });
        });
    }

    fn poll(&mut self, events: &mut Vec<StoreEvent>) -> Result<(), StoreError> {
        self.0.with(|world| events.extend(world.nodes[self.0.node].store.news.drain(..)));
        Ok(())
    }

    fn release(&mut self, partition: i32) {
        self.0.with(|world| {
            let news = &mut world.nodes[self.0.node].store.news;
            news.retain(|event| event.ticket().partition != partition);
        });
    }

    fn entity(&mut self, _: &EntityId) -> Result<Vec<Stamped>, StoreError> {
        not_here()
    }

    fn statement(&mut self, _: &EntityId) -> Result<Vec<Entry>, StoreError> {
        not_here()
    }

    fn scan(&mut self, _: &mut dyn FnMut(EntityId, Vec<Stamped>)) -> Result<(), StoreError> {
        not_here()
    }
}
