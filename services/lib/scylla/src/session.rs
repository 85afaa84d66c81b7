//! Opens the driver's session, set up so that a node that stops answering costs no more than its own requests.
//!
//! Every statement is idempotent (whole rows with their own timestamps), so the driver may send it twice: to
//! another node after [`Config::speculate_after`], and again after an error. A connection that does not answer
//! its keepalive is closed after [`KEEPALIVE_TIMEOUT`], and opened again with a backoff of 10 s at most, so a
//! node that comes back is used again within that time; one that was only paused, at once.

use crate::config::{Config, Consistency};
use crate::error::ScyllaError;
use crate::refusal::{Refusal, refusal, refused};
use crate::tls::{self, Complaint};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::frame::types::Consistency as Level;
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::retry::DefaultRetryPolicy;
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The threads the driver runs on; nobody else's.
pub(crate) fn runtime(config: &Config) -> Result<Runtime, ScyllaError> {
    Builder::new_multi_thread()
        .worker_threads(config.threads.max(1))
        .thread_name("scylla")
        .enable_all()
        .build()
        .map_err(ScyllaError::Runtime)
}

/// How long a server may be odd before that is its answer: one that stops in the middle of a greeting is gone by then.
const ODD: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_secs(1);

/// A session with the store at `config.nodes`.
pub(crate) async fn open(config: &Config) -> Result<Session, ScyllaError> {
    let began = Instant::now();
    loop {
        let complaint = Complaint::default();
        let source = match builder(config, &complaint)?.build().await {
            Ok(session) => return Ok(session),
            Err(source) => source,
        };
        match refusal(&source, &complaint, config) {
            Refusal::Wrong(reason) => return Err(refused(config, reason)),
            Refusal::Odd(reason) if began.elapsed() > ODD => return Err(refused(config, reason)),
            Refusal::Odd(_) => tokio::time::sleep(AGAIN).await,
            Refusal::Away => {
                let nodes =
                    if config.nodes.is_empty() { "(none given)".into() } else { config.nodes.join(", ") };
                return Err(ScyllaError::Connect { nodes, source: Box::new(source) });
            }
        }
    }
}

fn builder(config: &Config, complaint: &Complaint) -> Result<SessionBuilder, ScyllaError> {
    let mut builder = SessionBuilder::new()
        .known_nodes(&config.nodes)
        .default_execution_profile_handle(profile(config).into_handle())
        .keepalive_interval(KEEPALIVE_INTERVAL)
        .keepalive_timeout(KEEPALIVE_TIMEOUT);
    if let Some(login) = &config.login {
        builder = builder.user(&login.user, &login.password);
    }
    if let Some(tls) = &config.tls {
        builder = builder.tls_context(Some(tls::context(tls, complaint)?));
    }
    Ok(builder)
}

fn profile(config: &Config) -> ExecutionProfile {
    let mut balancing = DefaultPolicy::builder().token_aware(true);
    if !config.datacenter.is_empty() {
        balancing = balancing.prefer_datacenter(config.datacenter.clone());
    }
    let speculation =
        SimpleSpeculativeExecutionPolicy { max_retry_count: 1, retry_interval: config.speculate_after };
    ExecutionProfile::builder()
        .consistency(level(config.consistency))
        .request_timeout(Some(config.request_timeout))
        .load_balancing_policy(balancing.build())
        .retry_policy(Arc::new(DefaultRetryPolicy::new()))
        .speculative_execution_policy(Some(Arc::new(speculation)))
        .build()
}

const fn level(consistency: Consistency) -> Level {
    match consistency {
        Consistency::Quorum => Level::Quorum,
        Consistency::LocalQuorum => Level::LocalQuorum,
        Consistency::One => Level::One,
    }
}
