//! [`ScyllaStore`]: the engine's store over CQL. Synchronous outside; the driver runs on threads of its own.

use crate::config::Config;
use crate::error::ScyllaError;
use crate::scan::Stretch;
use crate::session;
use crate::shared::Shared;
use domain::EntityId;
use domain::entry::Entry;
use engine::store::{
    Answer, PartitionState, Read, Stamped, Store, StoreError, StoreEvent, Ticket, TimerScan, Write,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// What came of a request, and whether its owner was released meanwhile.
type Said = (Arc<AtomicBool>, Result<StoreEvent, StoreError>);

/// The store of one ledger instance. Never used from an async task: some calls block.
pub struct ScyllaStore {
    shared: Arc<Shared>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    /// Set when the partition is released: its requests stop asking.
    owners: BTreeMap<i32, Arc<AtomicBool>>,
    say: Sender<Said>,
    said: Receiver<Said>,
}

impl ScyllaStore {
    /// Connects, checks that every table is there, and prepares the statements.
    ///
    /// # Errors
    /// [`ScyllaError::Connect`], [`ScyllaError::Tables`] and what else may be wrong with the deployment.
    pub fn open(config: &Config) -> Result<Self, ScyllaError> {
        let runtime = session::runtime(config)?;
        let shared = Arc::new(runtime.block_on(Shared::open(config))?);
        let (say, said) = channel();
        Ok(Self { shared, runtime: Some(runtime), owners: BTreeMap::new(), say, said })
    }

    /// Whether there is an entity in it.
    ///
    /// # Errors
    /// As [`Store::scan`].
    pub fn holds_entities(&mut self) -> Result<bool, StoreError> {
        let (found, _): (Stretch, _) = self.wait(async |shared| shared.stretch(i64::MIN).await)?;
        Ok(!found.is_empty())
    }

    fn owner(&mut self, ticket: Ticket) -> Arc<AtomicBool> {
        Arc::clone(self.owners.entry(ticket.partition).or_default())
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(task);
        }
    }

    /// Waits for an answer, a few attempts at most.
    pub(crate) fn wait<T>(
        &self,
        attempt: impl AsyncFn(&Shared) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let runtime =
            self.runtime.as_ref().ok_or_else(|| StoreError::Fatal("the store was closed".into()))?;
        runtime.block_on(async {
            let mut asking = self.shared.trying();
            let mut answer = attempt(&self.shared).await;
            while asking.again(&answer).await {
                answer = attempt(&self.shared).await;
            }
            answer
        })
    }
}

impl Drop for ScyllaStore {
    /// What is in flight is given up, as by a crash.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Store for ScyllaStore {
    fn partition_state(&mut self, partition: i32) -> Result<PartitionState, StoreError> {
        self.wait(async |shared| shared.partition_state(partition).await)
    }

    fn read(&mut self, ticket: Ticket, reads: Vec<Read>) {
        let (shared, released, say) = (Arc::clone(&self.shared), self.owner(ticket), self.say.clone());
        self.spawn(async move {
            let said = load(&shared, &released, reads).await;
            tell(&say, released, said, |answers| StoreEvent::Loaded { ticket, answers });
        });
    }

    fn write(&mut self, ticket: Ticket, write: Write) {
        let (shared, released, say) = (Arc::clone(&self.shared), self.owner(ticket), self.say.clone());
        self.spawn(async move {
            let Ok(_permit) = shared.writes.acquire().await else { return };
            let said = shared.write(&released, &write).await;
            tell(&say, released, said, |()| StoreEvent::Written { ticket });
        });
    }

    fn scan_timers(&mut self, ticket: Ticket, scan: TimerScan) {
        let (shared, released, say) = (Arc::clone(&self.shared), self.owner(ticket), self.say.clone());
        self.spawn(async move {
            let Ok(_permit) = shared.reads.acquire().await else { return };
            let mut asking = shared.insisting(&released);
            let mut said = shared.timers(&scan).await;
            while asking.again(&said).await {
                said = shared.timers(&scan).await;
            }
            tell(&say, released, said, |timers| StoreEvent::Timers { ticket, timers });
        });
    }

    fn poll(&mut self, events: &mut Vec<StoreEvent>) -> Result<(), StoreError> {
        while let Ok((released, said)) = self.said.try_recv() {
            let event = said?;
            if !released.load(Ordering::Relaxed) {
                events.push(event);
            }
        }
        Ok(())
    }

    fn release(&mut self, partition: i32) {
        if let Some(owner) = self.owners.remove(&partition) {
            owner.store(true, Ordering::Relaxed);
        }
    }

    fn entity(&mut self, entity: &EntityId) -> Result<Vec<Stamped>, StoreError> {
        self.wait(async |shared| shared.entity(entity).await)
    }

    fn statement(&mut self, entity: &EntityId) -> Result<Vec<Entry>, StoreError> {
        self.wait(async |shared| shared.statement(entity).await)
    }

    fn scan(&mut self, visit: &mut dyn FnMut(EntityId, Vec<Stamped>)) -> Result<(), StoreError> {
        let mut after = Some(i64::MIN);
        while let Some(token) = after {
            let (stretch, until): (Stretch, _) = self.wait(async |shared| shared.stretch(token).await)?;
            for (entity, rows) in stretch {
                visit(entity, rows.into_values().collect());
            }
            after = until;
        }
        Ok(())
    }
}

/// All reads of one request at the same time, as far as the limit allows; answers in the order of the reads.
async fn load(
    shared: &Arc<Shared>,
    released: &Arc<AtomicBool>,
    reads: Vec<Read>,
) -> Result<Vec<Answer>, StoreError> {
    let mut tasks = JoinSet::new();
    let mut answers = vec![Answer::Row(None); reads.len()];
    for (place, read) in reads.into_iter().enumerate() {
        let (shared, released) = (Arc::clone(shared), Arc::clone(released));
        tasks.spawn(async move { (place, load_one(&shared, &released, &read).await) });
    }
    while let Some(joined) = tasks.join_next().await {
        let (place, answer) =
            joined.map_err(|error| StoreError::Fatal(format!("a read of the store panicked: {error}")))?;
        answers[place] = answer?;
    }
    Ok(answers)
}

async fn load_one(shared: &Shared, released: &AtomicBool, read: &Read) -> Result<Answer, StoreError> {
    let permit = shared.reads.acquire().await;
    let _permit = permit.map_err(|_| StoreError::Fatal("the store was closed".into()))?;
    let mut asking = shared.insisting(released);
    let mut answer = shared.answer(read).await;
    while asking.again(&answer).await {
        answer = shared.answer(read).await;
    }
    answer
}

/// Says what came of a request. One that ends with "again" was released: nobody waits for it.
fn tell<T>(
    say: &Sender<Said>,
    released: Arc<AtomicBool>,
    said: Result<T, StoreError>,
    event: impl FnOnce(T) -> StoreEvent,
) {
    if !matches!(said, Err(StoreError::Retry(_))) {
        // Nobody listens once the store is dropped.
        let _ = say.send((released, said.map(event)));
    }
}
