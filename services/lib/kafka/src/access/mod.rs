//! Rights: who may do what with which topics and groups, as Kafka's ACLs give them; given and listed.
//!
//! Takes no right away. An empty list proves nothing: librdkafka shows one, too, to a login that may not list rights
//! and where nothing is enforced. What was given is in the list a moment later, for one who may see it.

mod native;

use crate::admin::Admin;
use crate::error::Error;
use std::fmt;

/// Any machine, as Kafka writes it: the only one that rights are given for here.
pub const ANYWHERE: &str = "*";

/// One right of one principal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Right {
    /// Who: `User:shop`, `User:CN=shop`.
    pub principal: String,
    /// What kind of thing it is about.
    pub resource: Resource,
    /// How `name` is meant.
    pub pattern: Pattern,
    /// The thing's name, or how its name begins.
    pub name: String,
    /// What may be done.
    pub operation: Operation,
    /// Whether it may be done, or may not whoever else allows it.
    pub permission: Permission,
    /// From which machine; [`ANYWHERE`] from all.
    pub host: String,
}

impl Right {
    /// That `principal` may do `operation` from anywhere.
    pub fn to(
        principal: &str,
        operation: Operation,
        resource: Resource,
        pattern: Pattern,
        name: &str,
    ) -> Self {
        let (principal, name, host) = (principal.to_owned(), name.to_owned(), ANYWHERE.to_owned());
        Self { principal, resource, pattern, name, operation, permission: Permission::Allow, host }
    }
}

/// `Write on topic purchases.shop for User:shop`.
impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, resource, pattern, name, operation, permission, host } = self;
        let (no, all) = match (permission, pattern) {
            (Permission::Allow, Pattern::Prefixed) => ("", "…"),
            (Permission::Allow, _) => ("", ""),
            (_, Pattern::Prefixed) => ("no ", "…"),
            _ => ("no ", ""),
        };
        write!(f, "{no}{} on {} {name}{all} for {principal}", operation.as_str(), resource.as_str())?;
        if host == ANYWHERE { Ok(()) } else { write!(f, " from {host}") }
    }
}

/// What a right is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Resource {
    /// A topic.
    Topic,
    /// A consumer group.
    Group,
    /// The cluster.
    Cluster,
    /// A producer's transactional id.
    TransactionalId,
    /// Something this client has no word for.
    Unknown,
}

/// How the name of a right is meant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Pattern {
    /// The name itself; `*` is every name.
    Literal,
    /// How names begin.
    Prefixed,
    /// Something this client has no word for.
    Unknown,
}

/// What a right lets one do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "Kafka's own words")]
pub enum Operation {
    All,
    Read,
    Write,
    Create,
    Delete,
    Alter,
    Describe,
    ClusterAction,
    DescribeConfigs,
    AlterConfigs,
    IdempotentWrite,
    /// Something this client has no word for.
    Unknown,
}

/// Whether something may be done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Permission {
    /// It may.
    Allow,
    /// It may not, whoever else allows it.
    Deny,
    /// Something this client has no word for.
    Unknown,
}

impl Resource {
    /// As Kafka's own tool has it in its options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Group => "group",
            Self::Cluster => "cluster",
            Self::TransactionalId => "transactional-id",
            Self::Unknown => "unknown resource",
        }
    }
}

impl Pattern {
    /// As Kafka's own tool has it in its options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::Prefixed => "prefixed",
            Self::Unknown => "unknown pattern",
        }
    }
}

impl Operation {
    /// As Kafka's own tool has it in its options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Create => "Create",
            Self::Delete => "Delete",
            Self::Alter => "Alter",
            Self::Describe => "Describe",
            Self::ClusterAction => "ClusterAction",
            Self::DescribeConfigs => "DescribeConfigs",
            Self::AlterConfigs => "AlterConfigs",
            Self::IdempotentWrite => "IdempotentWrite",
            Self::Unknown => "unknown operation",
        }
    }
}

impl Admin {
    /// Gives `rights`; one that is there already stays as it is. What became of each, in order.
    ///
    /// # Errors
    /// A cluster that does not answer. Of one right: the broker's refusal, which [`is_disabled`] tells apart.
    pub fn give(&self, rights: &[Right]) -> Result<Vec<Result<(), Error>>, Error> {
        native::create(self.native(), rights)
    }

    /// The rights of `principal`, or of everybody, that this login is shown; none where it may not list rights, or
    /// where nothing is enforced.
    ///
    /// # Errors
    /// A cluster that does not answer.
    pub fn rights(&self, principal: Option<&str>) -> Result<Vec<Right>, Error> {
        let mut rights = native::list(self.native(), principal)?;
        rights.sort();
        Ok(rights)
    }
}

/// Whether a right was refused because the cluster has no authorizer: everybody may do everything.
pub fn is_disabled(error: &Error) -> bool {
    error.admin_code() == Some(rdkafka::types::RDKafkaErrorCode::SecurityDisabled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_told_in_words() {
        let write =
            Right::to("User:shop", Operation::Write, Resource::Topic, Pattern::Literal, "purchases.shop");
        assert_eq!(write.to_string(), "Write on topic purchases.shop for User:shop");
        let group = Right::to("User:shop", Operation::Read, Resource::Group, Pattern::Prefixed, "shop.");
        let denied = Right { permission: Permission::Deny, host: "10.0.0.1".to_owned(), ..group };
        assert_eq!(denied.to_string(), "no Read on group shop.… for User:shop from 10.0.0.1");
    }
}
