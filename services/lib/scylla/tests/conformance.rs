//! What the engine asks of every store, asked of the real server.

mod support;

use engine::conformance::store_conformance;
use lotstream_scylla::ScyllaStore;
use support::Own;

#[test]
fn the_store_is_a_store() {
    let Some(own) = Own::new() else { return };
    store_conformance(|| ScyllaStore::open(&own.config).unwrap());
}
