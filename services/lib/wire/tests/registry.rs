//! Against the real schema registry: it takes every subject, keeps the level it is told, refuses what would
//! break a reader and accepts what would not.

use std::sync::Arc;
use wire::registry::{Cached, Compatibility, Confluent, Registry, RegistryError};
use wire::{AvroCodec, Contract, schema, topic};

/// The registry the tests run against; `None` where they are told to do without servers.
fn registry() -> Option<Arc<dyn Registry>> {
    match std::env::var("LOTSTREAM_REGISTRY") {
        Ok(url) => {
            assert!(
                url.ends_with("/apis/ccompat/v7"),
                "LOTSTREAM_REGISTRY: expected …/apis/ccompat/v7, found {url}"
            );
            Some(Arc::new(Cached::new(Confluent::new(&url))))
        }
        Err(_) if std::env::var("LOTSTREAM_NO_SERVERS").is_ok_and(|value| value == "1") => None,
        Err(_) => panic!(
            "expected the schema registry's address in LOTSTREAM_REGISTRY, found none; start the servers with \
             `deploy/local/servers up` and `eval \"$(deploy/local/servers env)\"`, or set LOTSTREAM_NO_SERVERS=1 \
             to leave out what needs them"
        ),
    }
}

#[test]
fn every_subject_is_taken_and_read_back() {
    let Some(registry) = registry() else { return };
    let first = topic::register(&*registry).unwrap();
    assert_eq!(topic::register(&*registry).unwrap(), first, "registered twice, other numbers");
    for (topic, (subject, id)) in topic::all().iter().zip(first) {
        let kept = registry.schema(id).unwrap().unwrap();
        let same = schema::parse(&kept).unwrap() == schema::parsed(&topic.value).unwrap();
        assert!(same, "{subject}: expected the schema back, found {kept}");
        assert!(registry.versions(&subject).unwrap().iter().any(|(known, _)| *known == id), "{subject}");
    }
    AvroCodec::new(&registry).unwrap();
}

#[test]
fn an_incompatible_version_is_refused_and_a_compatible_one_accepted() {
    let Some(registry) = registry() else { return };
    let ours = schema::whole("purchase").unwrap();
    // A subject of its own for each run: a registry forgets nothing.
    let run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let subject = format!("lotstream.test.purchase-{run}");
    registry.register(&subject, &ours).unwrap();
    registry.set_compatibility(&subject, Compatibility::FullTransitive).unwrap();

    let without_default = ours.replacen(
        r#"{"doc":"ISO 4217"#,
        r#"{"name":"till","type":"string","doc":"Till."},{"doc":"ISO 4217"#,
        1,
    );
    assert_ne!(without_default, ours);
    assert!(!registry.is_compatible(&subject, &without_default).unwrap());
    let refused = registry.register(&subject, &without_default).unwrap_err();
    assert!(matches!(refused, RegistryError::Refused { .. }), "{refused}");

    let with_default = without_default.replacen(
        r#""type":"string","doc":"Till."#,
        r#""type":["null","string"],"default":null,"doc":"Till."#,
        1,
    );
    assert!(registry.is_compatible(&subject, &with_default).unwrap());
    let newer = registry.register(&subject, &with_default).unwrap();

    // Transitive: taking the field away again suits the last version, and must suit the first one too.
    assert!(registry.is_compatible(&subject, &ours).unwrap());
    assert_eq!(registry.versions(&subject).unwrap().last().map(|(id, _)| *id), Some(newer));
}

#[test]
fn a_new_word_of_an_enum_is_a_compatible_change() {
    let Some(registry) = registry() else { return };
    let ours = schema::whole("entry").unwrap();
    let run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let subject = format!("lotstream.test.entry-{run}");
    registry.register(&subject, &ours).unwrap();
    registry.set_compatibility(&subject, Compatibility::FullTransitive).unwrap();
    let longer = ours.replacen(r#""debt_lifted""#, r#""debt_lifted","gift""#, 1);
    assert!(registry.is_compatible(&subject, &longer).unwrap());
}

#[test]
fn an_unknown_number_and_an_unknown_subject_are_none() {
    let Some(registry) = registry() else { return };
    assert_eq!(registry.schema(2_000_000_000).unwrap(), None);
    assert_eq!(registry.versions("lotstream.test.none").unwrap(), Vec::new());
}

#[test]
fn a_registry_that_is_not_there_may_be_asked_again() {
    let nobody: Arc<dyn Registry> = Arc::new(Confluent::new("http://127.0.0.1:9/apis/ccompat/v7"));
    let refused =
        Contract::new("entry", nobody, 1000).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("http://127.0.0.1:9") && refused.contains("trying again"), "{refused}");
}
