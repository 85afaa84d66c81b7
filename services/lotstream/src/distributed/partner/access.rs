//! What a partner may do, and the commands that let it: Kafka's ACL on a topic is the proof of who wrote a record.
//!
//! Asks and sets nothing itself ([`super::grant`] does): the same partner and prefix give the same rights.

use crate::failure::{Failure, other};
use lotstream_kafka::access::{self, Operation, Pattern, Resource};
use serde::{Serialize, Serializer};
use wire::topic::TopicSpec;

/// What may be done with one topic, or with groups.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Right {
    /// `topic` or `group`.
    #[serde(serialize_with = "resource")]
    pub(super) resource: Resource,
    /// `literal` or `prefixed`.
    #[serde(serialize_with = "pattern")]
    pub(super) pattern: Pattern,
    /// Its name, or how it begins.
    pub(super) name: String,
    /// What may be done.
    #[serde(serialize_with = "operations")]
    pub(super) operations: &'static [Operation],
}

/// Who a partner is, and what it may do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Access {
    /// Who it logs in as.
    pub(super) principal: String,
    /// How the names of its consumer groups begin.
    pub(super) groups: String,
    /// Its rights, and no others.
    pub(super) rights: Vec<Right>,
    /// The commands that give them, where they are given by hand.
    pub(super) commands: Vec<String>,
}

impl Access {
    /// The access of `partner`: it writes its feeds, and reads its answers.
    pub(super) fn of(partner: &str, principal: Option<&str>, prefix: &str, brokers: &str) -> Self {
        let principal = principal.map_or_else(|| format!("User:{partner}"), str::to_owned);
        let groups = format!("{prefix}{partner}.");
        let mut rights: Vec<Right> = wire::topic::all()
            .iter()
            .filter(|topic| topic.is_per_partner())
            .map(|topic| Right {
                resource: Resource::Topic,
                pattern: Pattern::Literal,
                name: format!("{prefix}{}", topic.name_for(partner)),
                operations: if is_written_by_partner(topic) {
                    &[Operation::Write, Operation::Describe]
                } else {
                    &[Operation::Read, Operation::Describe]
                },
            })
            .collect();
        rights.push(Right {
            resource: Resource::Group,
            pattern: Pattern::Prefixed,
            name: groups.clone(),
            operations: &[Operation::Read],
        });
        let commands = rights.iter().map(|right| right.command(&principal, brokers)).collect();
        Self { principal, groups, rights, commands }
    }
}

/// Checks that a principal is one: who is given rights as `User:*` is everybody.
pub(super) fn check_principal(principal: &str) -> Result<(), Failure> {
    match principal.split_once(':') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() && name != "*" => Ok(()),
        _ => Err(other(format!(
            "--principal: expected one principal, such as `User:pharmacy` or `User:CN=pharmacy`, found `{principal}`"
        ))),
    }
}

fn is_written_by_partner(topic: &TopicSpec) -> bool {
    topic.owner == "the partner"
}

impl Right {
    /// One of Kafka's for each operation.
    pub(super) fn each<'r>(&'r self, principal: &'r str) -> impl Iterator<Item = access::Right> + 'r {
        let Self { resource, pattern, name, operations } = self;
        operations.iter().map(|operation| access::Right::to(principal, *operation, *resource, *pattern, name))
    }

    /// `Write Describe`.
    pub(super) fn words(&self) -> String {
        let words: Vec<&str> = self.operations.iter().map(|operation| operation.as_str()).collect();
        words.join(" ")
    }

    /// `topic`, or `groups beginning`.
    pub(super) const fn words_of(&self) -> &'static str {
        match (self.resource, self.pattern) {
            (Resource::Group, Pattern::Prefixed) => "groups beginning",
            (resource, _) => resource.as_str(),
        }
    }

    fn command(&self, principal: &str, brokers: &str) -> String {
        let operations: Vec<String> =
            self.operations.iter().map(|it| format!("--operation {}", it.as_str())).collect();
        format!(
            "kafka-acls --bootstrap-server {brokers} --add --allow-principal {} {} --{} {} --resource-pattern-type {}",
            quoted(principal),
            operations.join(" "),
            self.resource.as_str(),
            self.name,
            self.pattern.as_str()
        )
    }
}

fn resource<S: Serializer>(resource: &Resource, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(resource.as_str())
}

fn pattern<S: Serializer>(pattern: &Pattern, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(pattern.as_str())
}

fn operations<S: Serializer>(operations: &[Operation], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(operations.iter().map(|operation| operation.as_str()))
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:=,@/".contains(&byte);
    match word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_writes_its_feeds_and_reads_its_answers_and_nothing_else() {
        let access = Access::of("shop", None, "eu.", "kafka:9092");
        assert_eq!((access.principal.as_str(), access.groups.as_str()), ("User:shop", "eu.shop."));
        let may: Vec<String> = access
            .rights
            .iter()
            .map(|right| format!("{} {} {}", right.words(), right.resource.as_str(), right.name))
            .collect();
        for expected in [
            "Write Describe topic eu.purchases.shop",
            "Write Describe topic eu.returns.shop",
            "Write Describe topic eu.redemptions.shop",
            "Read Describe topic eu.outcomes.shop",
            "Read group eu.shop.",
        ] {
            assert!(may.iter().any(|right| right == expected), "{expected} in {may:#?}");
        }
        let writes =
            may.iter().filter(|right| right.starts_with("Write")).all(|right| right.ends_with(".shop"));
        assert!(writes, "{may:#?}");
        let first = "kafka-acls --bootstrap-server kafka:9092 --add --allow-principal User:shop --operation Write \
                     --operation Describe --topic eu.purchases.shop --resource-pattern-type literal";
        assert_eq!(access.commands[0], first);
    }

    #[test]
    fn a_principal_with_spaces_is_one_word() {
        let access = Access::of("shop", Some("User:CN=the shop's till"), "", "kafka:9092");
        assert!(
            access.commands[0].contains(r"--allow-principal 'User:CN=the shop'\''s till' "),
            "{access:#?}"
        );
    }

    #[test]
    fn a_principal_is_one_of_a_kind_and_never_everybody() {
        for good in ["User:shop", "User:CN=the shop,O=shops", "Group:tills"] {
            assert!(check_principal(good).is_ok(), "{good}");
        }
        for bad in ["shop", "User:", ":shop", "User:*", ""] {
            let told = check_principal(bad).unwrap_err().to_string();
            assert!(told.contains(&format!("found `{bad}`")), "{told}");
        }
    }
}
