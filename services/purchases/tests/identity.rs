//! What members are kept under, on a real broker: services agree on it once, and one that has another key reads nothing.

#![allow(clippy::unwrap_used)]

mod broker;

use broker::Deployment;
use feed::Identity;
use feed::service::{Agreement, Service, ServiceError};
use std::sync::{Arc, Barrier};
use std::thread;
use telemetry::Stop;
use wire::registry::{Confluent, Registry};

const TOPICS: [(&str, u32); 4] =
    [("member-commands", 4), ("dead-letters", 1), ("purchases.shop-1", 2), ("outcomes.shop-1", 1)];
const KEYS: [&str; 2] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
/// Services that start at once.
const STARTS: usize = 9;

fn identities() -> [Identity; 3] {
    let [one, other] = KEYS.map(|key| Identity::keyed(key.as_bytes()).unwrap());
    [one, other, Identity::GIVEN]
}

/// Starts that many services at once, each with another of the identities; those that were agreed on.
fn start_at_once(deployment: &Deployment) -> Vec<String> {
    let config = deployment.config();
    let registry: Arc<dyn Registry> = Arc::new(Confluent::new(&config.registry));
    let (barrier, identities) = (Barrier::new(STARTS), identities());
    let join = |number: usize| {
        let agreement = Agreement::of(&config.kafka, &registry, &config.prefix).unwrap();
        let identity = &identities[number % identities.len()];
        barrier.wait();
        match agreement.join(identity, "purchases") {
            Ok(()) => Some(identity.fingerprint()),
            Err(ServiceError::Identity { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    };
    thread::scope(|scope| {
        let joining: Vec<_> = (0..STARTS).map(|number| scope.spawn(move || join(number))).collect();
        joining.into_iter().filter_map(|joined| joined.join().unwrap()).collect()
    })
}

#[test]
fn services_that_start_at_once_agree_on_one_key_for_ever() {
    let Some(deployment) = Deployment::new(&TOPICS) else { return };
    let agreed = start_at_once(&deployment);
    assert_eq!(agreed.len(), STARTS / identities().len(), "{agreed:?}");
    assert!(agreed.iter().all(|fingerprint| *fingerprint == agreed[0]), "{agreed:?}");
    assert_eq!(start_at_once(&deployment), agreed, "whoever starts later");
}

#[test]
fn a_service_with_another_key_or_none_ends_before_it_reads() {
    let Some(mut deployment) = Deployment::new(&TOPICS) else { return };
    deployment.variables.push(("LOTSTREAM_PSEUDONYM_KEY".into(), KEYS[0].into()));
    let config = deployment.config();
    let registry: Arc<dyn Registry> = Arc::new(Confluent::new(&config.registry));
    let agreement = Agreement::of(&config.kafka, &registry, &config.prefix).unwrap();
    let [ours, other, given] = identities();
    assert!(!agreement.check(&ours).unwrap(), "nothing is recorded yet, and a tool records nothing");
    assert!(!agreement.check(&other).unwrap());
    agreement.join(&config.identity, "returns").unwrap();
    assert!(agreement.check(&ours).unwrap());
    for found in [other, given] {
        let service = Service::new(
            purchases::FEED,
            purchases::Config { identity: found.clone(), ..deployment.config() },
        );
        let told = service.unwrap().work(&Stop::default()).unwrap_err().to_string();
        for named in [ours.fingerprint(), found.fingerprint(), "as returns recorded".to_owned()] {
            assert!(told.contains(&named), "{named} in {told}");
        }
    }
}
