//! A load with a known truth on a cluster while something goes wrong, and what the checker says of it in the end.

use crate::checker::check;
use crate::cluster::Cluster;
use crate::deployment::{Deployment, REBUILT};
use crate::feeds::Feeds;
use crate::fleet::Fleet;
use crate::progress::Progress;
use crate::service::Service;
use chrono::{SecondsFormat, Utc};
use std::time::{Duration, Instant};

/// How long everything may take to be answered once everything is mended.
const PATIENCE: Duration = Duration::from_secs(400);
/// How soon services must work again after that.
const RESUMED: Duration = Duration::from_secs(90);
/// The feed services; two of each, so that one may be lost.
const FEEDS: [&str; 4] = ["purchases", "returns", "redemptions", "partner-cards"];

/// A load under way.
pub struct Scene<'f> {
    /// What the load is on.
    pub deployment: Deployment,
    /// Its services.
    pub fleet: Fleet,
    /// What partners see.
    pub progress: Progress,
    name: &'static str,
    feeds: &'f Feeds,
    publisher: Service,
    began: Instant,
}

impl<'f> Scene<'f> {
    /// A deployment of three copies with two of each service, and `feeds` on their way. `setting` may change it.
    pub fn begin(
        name: &'static str,
        cluster: &Cluster,
        feeds: &'f Feeds,
        setting: impl FnOnce(Deployment) -> Deployment,
    ) -> Self {
        // Small transactions, so that there is work left when a fault begins; timeouts that a test can wait for.
        let deployment = Deployment::new(name, cluster.servers())
            .copies(crate::cluster::NODES)
            .with("batch", "20")
            .with("transaction_seconds", "10");
        let deployment = setting(deployment).create(feeds.partners());
        let both: Vec<&str> = FEEDS.iter().flat_map(|feed| [*feed, *feed]).collect();
        let fleet = deployment.start_some(&both, 2);
        let mut progress = Progress::of(&deployment);
        let publisher = deployment.start(&["publish", "--input", feeds.folder()]);
        progress.await_answers(feeds.lines / 10, PATIENCE);
        println!("{name}: {} of {} inputs answered, the fault begins", progress.answered(), feeds.lines);
        Self { deployment, fleet, progress, name, feeds, publisher, began: Instant::now() }
    }

    /// Lets it last; inputs answered meanwhile.
    pub fn last(&mut self, time: Duration) -> usize {
        let before = self.progress.answered();
        self.progress.watch(time);
        let after = self.progress.answered();
        println!("{}: {} inputs answered in {time:?} of it", self.name, after - before);
        after - before
    }

    /// Waits until work goes on, where some is left.
    pub fn resumes(&mut self) {
        let began = Instant::now();
        if self.progress.answered() + 300 < self.feeds.lines {
            self.progress.await_more(RESUMED);
        }
        println!("{}: working again after {:.1?}", self.name, began.elapsed());
    }

    /// Waits until everything is answered, drains, and has the checker look; then the tables are made anew from
    /// `member-commands` alone, and must have the same state. The fault began so many seconds before the last answer as are
    /// printed.
    ///
    /// # Panics
    /// Where the checker finds anything, the rebuilt state is another, or a service has ended by itself.
    pub fn end(mut self) {
        self.publisher.await_end(PATIENCE);
        self.progress.await_answers(self.feeds.lines, PATIENCE);
        let took = self.began.elapsed();
        self.fleet.feeds.iter_mut().chain(&mut self.fleet.ledgers).for_each(Service::assert_running);
        self.fleet.drain();
        let report = check(&self.deployment);
        report.tell_fault(self.name, took);
        report.assert_clean(self.feeds.lines);
        assert_rebuilt(&mut self.deployment);
    }
}

/// Makes the tables of a drained deployment anew, and compares the states (S05).
fn assert_rebuilt(deployment: &mut Deployment) {
    let at = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let live = deployment.state_hash(&at);
    assert!(!live.is_empty(), "expected a state hash");
    let rebuilt = deployment.keyspace(REBUILT[1]);
    deployment.run(&["rebuild", "--keyspace", &rebuilt]);
    deployment.move_to(&rebuilt);
    assert_eq!(
        deployment.state_hash(&at),
        live,
        "S05: the state as of {at} in {rebuilt}, expected as it was live"
    );
}
