//! `deploy/access.toml`, given: what each role of it may do on Kafka and in the store, and nothing else.

use crate::deployment::Deployment;
use crate::own::OwnServers;
use crate::places::repository;
use lotstream_kafka::access::{Operation, Pattern, Resource, Right};
use lotstream_kafka::admin::Admin;
use toml_edit::{Document, Item};

/// A role of the file.
pub struct Role {
    kafka: Vec<String>,
    cql: Vec<String>,
}

impl Role {
    /// The role of this name.
    ///
    /// # Panics
    /// Where the file has none, or is not as its head says.
    pub fn named(name: &str) -> Self {
        let path = repository().join("deploy/access.toml");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document = Document::parse(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let role = &document.as_table()["role"][name];
        let lines = |key: &str| lines(&role[key]);
        Self { kafka: lines("kafka"), cql: lines("cql") }
    }

    /// Gives it to `login`, whose password is `password` in the store; `FEED` stands for `feed`.
    pub fn give(&self, own: &OwnServers, deployment: &Deployment, login: &str, feed: &str) {
        let rights: Vec<Right> = self
            .kafka
            .iter()
            .flat_map(|line| rights(&line.replace("FEED", feed), login, &deployment.prefix))
            .collect();
        let admin = Admin::new(&deployment.connection).unwrap_or_else(|error| panic!("{error}"));
        let given = admin.give(&rights).unwrap_or_else(|error| panic!("{error}"));
        for (right, given) in rights.iter().zip(given) {
            given.unwrap_or_else(|error| panic!("{right}: {error}"));
        }
        let keyspace = deployment.keyspace("");
        let mut statements = vec![format!(
            "CREATE ROLE IF NOT EXISTS \"{login}\" WITH PASSWORD = '{}' AND LOGIN = true",
            own.password(login)
        )];
        for grant in &self.cql {
            let (what, on) = grant.split_once(" on ").map_or_else(
                || (grant.as_str(), format!("KEYSPACE {keyspace}")),
                |(what, on)| (what, on.to_owned()),
            );
            statements.push(format!("GRANT {what} ON {on} TO \"{login}\""));
        }
        own.grant(&statements);
    }
}

fn lines(item: &Item) -> Vec<String> {
    let array = item.as_array().unwrap_or_else(|| panic!("expected a list of texts, found {item:?}"));
    array.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect()
}

/// The rights of one line.
fn rights(line: &str, login: &str, prefix: &str) -> Vec<Right> {
    let wrong = || -> ! { panic!("expected `OPERATIONS on RESOURCE NAME`, found `{line}`") };
    let Some((operations, what)) = line.split_once(" on ") else { wrong() };
    let Some((resource, name)) = what.split_once(' ') else { wrong() };
    let resource = match resource {
        "topic" => Resource::Topic,
        "group" => Resource::Group,
        "transactional-id" => Resource::TransactionalId,
        "cluster" => Resource::Cluster,
        _ => wrong(),
    };
    let pattern = if name.ends_with('…') { Pattern::Prefixed } else { Pattern::Literal };
    let is_everybodys = resource == Resource::Cluster || name.starts_with("lotstream-");
    let prefix = if is_everybodys { "" } else { prefix };
    let name = format!("{prefix}{}", name.trim_end_matches('…'));
    let each = operations.split(' ').map(|word| operation(word).unwrap_or_else(|| wrong()));
    each.map(|operation| Right::to(&format!("User:{login}"), operation, resource, pattern, &name)).collect()
}

fn operation(word: &str) -> Option<Operation> {
    use Operation as O;
    let all =
        [O::Read, O::Write, O::Create, O::Delete, O::Alter, O::Describe, O::DescribeConfigs, O::AlterConfigs];
    all.into_iter().find(|operation| operation.as_str() == word)
}
