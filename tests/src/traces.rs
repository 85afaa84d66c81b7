//! Where a person can be found: every record of every topic as bytes, aborted ones too; every row of every table;
//! every file of a folder. An id is looked for as it is, and as hexadecimal digits and base64 of its bytes.

use crate::deployment::Deployment;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Headers;
use rdkafka::{ClientConfig, Message};
use rdkafka::{Offset, TopicPartitionList};
use scylla::client::session_builder::SessionBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one answer of a server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is looked for.
#[derive(Debug)]
pub struct Person {
    needles: Vec<(String, Vec<u8>)>,
}

impl Person {
    /// A person with these ids. Choose them so that nothing else holds them by chance.
    pub fn known_as(ids: &[&str]) -> Self {
        Self { needles: ids.iter().flat_map(|id| forms(id)).collect() }
    }

    /// The forms of the ids that `bytes` hold, whatever their case.
    pub fn found_in(&self, bytes: &[u8]) -> BTreeSet<String> {
        let lower = bytes.to_ascii_lowercase();
        let held = |needle: &[u8], bytes: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
        let found = self.needles.iter().filter(|(_, needle)| held(needle, bytes) || held(needle, &lower));
        found.map(|(name, _)| name.clone()).collect()
    }
}

/// An id as it is, in lower case, in hexadecimal digits, and in base64 at each of its three places in a longer text.
fn forms(id: &str) -> Vec<(String, Vec<u8>)> {
    let hex: String = id.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms =
        vec![(id.to_owned(), id.to_lowercase().into_bytes()), (format!("hex of {id}"), hex.into())];
    for before in 0..3 {
        let text = base64(&[&vec![0; before], id.as_bytes()].concat());
        // What depends on the bytes before and behind is left out.
        let first = [0, 2, 3][before];
        let sure = (before + id.len()) / 3 * 4;
        forms.push((format!("base64 of {id}"), text[first..sure].to_owned()));
    }
    forms
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::new();
    for part in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..part.len()].copy_from_slice(part);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        text.extend((0..4).map(|place| DIGITS[(bits >> (18 - 6 * place) & 63) as usize]));
    }
    text
}

/// Topics of the deployment that hold the person, without the prefix, and how.
pub fn in_topics(deployment: &Deployment, person: &Person) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    let mut records = 0;
    for topic in deployment.topics() {
        each_record(deployment, &deployment.topic(&topic), |bytes| {
            records += 1;
            let forms = person.found_in(bytes);
            if !forms.is_empty() {
                found.entry(topic.clone()).or_insert_with(BTreeSet::new).extend(forms);
            }
        });
    }
    println!("{records} parts of records searched");
    found
}

/// Shows key, value and headers of every record, committed or not.
fn each_record(deployment: &Deployment, topic: &str, mut show: impl FnMut(&[u8])) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &deployment.connection.brokers)
        .set("group.id", "traces")
        .set("isolation.level", "read_uncommitted")
        .set("enable.auto.commit", "false")
        .create()
        .expect("a consumer");
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).expect("metadata");
    for partition in metadata.topics()[0].partitions() {
        let (first, end) = consumer.fetch_watermarks(topic, partition.id(), PATIENCE).expect("ends");
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(topic, partition.id(), Offset::Offset(first)).expect("a place");
        consumer.assign(&place).expect("a place");
        let began = Instant::now();
        let mut next = first;
        while next < end {
            assert!(began.elapsed() < PATIENCE, "{topic} {}: {next} of {end} read", partition.id());
            match consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    [message.key(), message.payload()].into_iter().flatten().for_each(&mut show);
                    for header in message.headers().into_iter().flat_map(|headers| headers.iter()) {
                        show(header.key.as_bytes());
                        show(header.value.unwrap_or_default());
                    }
                    next = message.offset() + 1;
                }
                // The last ones may be markers of transactions, which nobody is shown.
                _ => {
                    let at = consumer.position().expect("a position");
                    let at = at.elements().first().map(|place| place.offset());
                    if let Some(Offset::Offset(at)) = at {
                        next = next.max(at);
                    }
                }
            }
        }
    }
}

/// Tables of the deployment that hold the person, and how: every row as the server writes it in JSON, blobs in
/// hexadecimal digits.
pub fn in_tables(deployment: &Deployment, person: &Person) -> BTreeMap<String, BTreeSet<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (nodes, keyspace) = (&deployment.cql.nodes, &deployment.cql.keyspace);
    runtime.block_on(async {
        let session = SessionBuilder::new().known_nodes(nodes).build().await.expect("a session");
        let texts = async |query: String| -> Vec<String> {
            let result = session.query_unpaged(query.clone(), ()).await;
            let result = result.unwrap_or_else(|error| panic!("{query}: {error}"));
            let rows = result.into_rows_result().expect("rows");
            rows.rows::<(String,)>().expect("texts").map(|row| row.expect("a text").0).collect()
        };
        let tables =
            format!("SELECT table_name FROM system_schema.tables WHERE keyspace_name = '{keyspace}'");
        let (mut found, mut searched) = (BTreeMap::new(), 0);
        for table in texts(tables).await {
            let mut forms = BTreeSet::new();
            for row in texts(format!("SELECT JSON * FROM {keyspace}.{table}")).await {
                searched += 1;
                forms.extend(person.found_in(row.as_bytes()));
            }
            if !forms.is_empty() {
                found.insert(table, forms);
            }
        }
        assert!(searched > 0, "expected rows in {keyspace}, found none");
        println!("{searched} rows searched");
        found
    })
}

/// Files of a folder, and those in it, that hold the person, by their path in it, and how.
pub fn in_files(folder: &Path, person: &Person) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let forms = person.found_in(&fs::read(&path).unwrap_or_default());
            if !forms.is_empty() {
                found.insert(path.strip_prefix(folder).unwrap_or(&path).display().to_string(), forms);
            }
        }
    }
    found
}
