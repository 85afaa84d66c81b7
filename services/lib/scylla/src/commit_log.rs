//! Whether nodes have on disk what they acknowledge.
//!
//! The watermark of a flush goes by what was acknowledged: nobody writes that again. A node that syncs its commit log
//! behind its answers (`commitlog_sync: periodic`, the default of Cassandra and ScyllaDB) forgets the last of them when it
//! is killed, and where the others missed the same write meanwhile, nobody has it.

use crate::store::ScyllaStore;
use scylla::client::session::Session;

/// The setting of Cassandra, and of ScyllaDB, of whichever node is asked.
const QUESTIONS: [&str; 2] = [
    "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'",
    "SELECT value FROM system.config WHERE name = 'commitlog_sync'",
];

impl ScyllaStore {
    /// How a node syncs its commit log: `periodic`, `batch` or `group`; `None` where it does not say, or not to us.
    pub fn commit_log_sync(&self) -> Option<String> {
        self.wait(async |shared| Ok(answer(&shared.session).await)).unwrap_or_default()
    }
}

async fn answer(session: &Session) -> Option<String> {
    for question in QUESTIONS {
        if let Some(answer) = ask(session, question).await {
            return Some(answer);
        }
    }
    None
}

async fn ask(session: &Session, question: &str) -> Option<String> {
    let rows = session.query_unpaged(question, ()).await.ok()?.into_rows_result().ok()?;
    let (value,): (Option<String>,) = rows.single_row().ok()?;
    // ScyllaDB shows it as JSON.
    value.map(|value| value.trim_matches('"').to_owned())
}
