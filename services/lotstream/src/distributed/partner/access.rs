//! What a partner may do, and the commands that let it: Kafka's ACL on a topic is the proof of who wrote a record.
//!
//! Sets nothing: the client library here cannot. Prints commands for Kafka's own `kafka-acls`, and says whether the
//! cluster enforces anything at all.

use serde::Serialize;
use wire::topic::TopicSpec;

/// One right.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Right {
    /// `topic` or `group`.
    resource: &'static str,
    /// `literal` or `prefixed`.
    pattern: &'static str,
    /// Its name, or how it begins.
    name: String,
    /// What may be done.
    operations: &'static [&'static str],
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
    /// The commands that give them.
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
                resource: "topic",
                pattern: "literal",
                name: format!("{prefix}{}", topic.name_for(partner)),
                operations: if is_written_by_partner(topic) {
                    &["Write", "Describe"]
                } else {
                    &["Read", "Describe"]
                },
            })
            .collect();
        rights.push(Right {
            resource: "group",
            pattern: "prefixed",
            name: groups.clone(),
            operations: &["Read"],
        });
        let commands = rights.iter().map(|right| right.command(&principal, brokers)).collect();
        Self { principal, groups, rights, commands }
    }
}

fn is_written_by_partner(topic: &TopicSpec) -> bool {
    topic.owner == "the partner"
}

impl Right {
    fn command(&self, principal: &str, brokers: &str) -> String {
        let operations: Vec<String> = self.operations.iter().map(|it| format!("--operation {it}")).collect();
        format!(
            "kafka-acls --bootstrap-server {brokers} --add --allow-principal {} {} --{} {} --resource-pattern-type {}",
            quoted(principal),
            operations.join(" "),
            self.resource,
            self.name,
            self.pattern
        )
    }
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
            .map(|right| format!("{} {} {}", right.operations.join("+"), right.resource, right.name))
            .collect();
        for expected in [
            "Write+Describe topic eu.purchases.shop",
            "Write+Describe topic eu.returns.shop",
            "Write+Describe topic eu.redemptions.shop",
            "Read+Describe topic eu.outcomes.shop",
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
}
