//! A ledger instance: the driver that ships, in a coroutine of its own.
//!
//! Every call to its log or store may let the rest of the world go on first, so an instance can stop, die or be
//! overtaken between any two of them.

use crate::client::{LogClient, LogState, StoreClient, StoreState};
use crate::world::{Act, Peer, World};
use corosensei::{Coroutine, CoroutineResult, Yielder};
use domain::Timestamp;
use embedded::PassThrough;
use engine::core::Context;
use engine::driver::Driver;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// What the world knows of an instance.
#[derive(Default)]
pub(crate) struct Node {
    /// Grows with every start: what was sent for another life is not for this one.
    pub(crate) life: u64,
    pub(crate) is_up: bool,
    /// Until then the process stands still.
    pub(crate) paused_until: i64,
    /// How far its clock is off, in milliseconds.
    pub(crate) clock_off: i64,
    /// The wait it is in.
    pub(crate) ticket: u64,
    /// What came while it stood still.
    pub(crate) deferred: Vec<Act>,
    pub(crate) log: LogState,
    pub(crate) store: StoreState,
    /// As of its last step.
    pub(crate) is_settled: bool,
    /// Partitions that halted, and why.
    pub(crate) halted: Vec<(i32, String)>,
}

/// The running process of an instance.
pub(crate) struct Process {
    coroutine: Coroutine<(), i64, String>,
    wall: Arc<AtomicI64>,
}

/// Where a process sits in the world.
#[derive(Clone, Copy)]
pub(crate) struct Seat<'a> {
    world: &'a RefCell<World>,
    yielder: &'a Yielder<(), i64>,
    pub(crate) node: usize,
}

impl Process {
    /// Starts the process of `node`.
    pub(crate) fn start(world: &Rc<RefCell<World>>, node: usize, context: Arc<Context<PassThrough>>) -> Self {
        {
            let mut world = world.borrow_mut();
            let life = world.nodes[node].life + 1;
            let (clock_off, ticket) = (world.nodes[node].clock_off, world.nodes[node].ticket);
            world.nodes[node] = Node { life, clock_off, ticket, is_up: true, ..Node::default() };
            world.join_group(node);
            world.keep_alive(node, life);
        }
        let wall = Arc::new(AtomicI64::new(0));
        let (world, clock) = (Rc::clone(world), Arc::clone(&wall));
        let coroutine = Coroutine::new(move |yielder: &Yielder<(), i64>, ()| {
            let seat = Seat { world: &world, yielder, node };
            let now = move || Timestamp(clock.load(Ordering::Relaxed));
            let mut driver = Driver::new(LogClient(seat), StoreClient(seat), context, now);
            loop {
                if let Err(error) = driver.step(Duration::from_millis(50)) {
                    return error.to_string();
                }
                let halted = driver.halted().iter().map(|(at, why)| (*at, (*why).to_owned())).collect();
                let is_settled = driver.is_settled();
                seat.with(|world| {
                    (world.nodes[node].halted, world.nodes[node].is_settled) = (halted, is_settled);
                });
            }
        });
        Self { coroutine, wall }
    }

    /// Lets it go on: until when it waits then, or why it ended.
    pub(crate) fn go_on(&mut self, wall: i64) -> Result<i64, String> {
        self.wall.store(wall, Ordering::Relaxed);
        match self.coroutine.resume(()) {
            CoroutineResult::Yield(until) => Ok(until),
            CoroutineResult::Return(error) => Err(error),
        }
    }
}

impl Seat<'_> {
    /// Looks at the world, or changes it. Not across a wait.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.borrow_mut())
    }

    /// Waits until `until`, or for news.
    pub(crate) fn wait(&self, until: i64) {
        self.yielder.suspend(until);
    }

    /// Stands still for exactly `millis`, whatever news there is.
    pub(crate) fn stand(&self, millis: i64) {
        let until = self.with(|world| world.now + millis);
        while self.with(|world| world.now) < until {
            self.wait(until);
        }
    }

    /// A process takes time to do anything: sometimes others get a turn here.
    pub(crate) fn breathe(&self) {
        let pause = self.with(|world| world.chance.once_in(4).then(|| world.chance.between(0, 3)));
        if let Some(pause) = pause {
            self.wait_at_least_once(pause);
        }
    }

    fn wait_at_least_once(&self, millis: i64) {
        let until = self.with(|world| world.now + millis);
        self.wait(until);
        self.stand(until - self.with(|world| world.now));
    }

    /// Asks `peer` and waits for the answer, `patience` milliseconds at the longest.
    pub(crate) fn call<T: 'static>(
        &self,
        peer: Peer,
        patience: i64,
        serve: impl FnOnce(&mut World) -> T + 'static,
    ) -> Option<T> {
        let answer = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&answer);
        let deadline = self.with(|world| {
            world.ask(self.node, peer, serve, move |_, found| *slot.borrow_mut() = Some(found));
            world.now + patience
        });
        loop {
            self.wait(deadline);
            if let Some(found) = answer.borrow_mut().take() {
                return Some(found);
            }
            if self.with(|world| world.now) >= deadline {
                return None;
            }
        }
    }
}
