//! A partner's entry in the published programme: where a programme names its partners, whom it does not name earns by
//! no partner's rate.

use super::super::deployment::Deployment;
use super::super::{other, state};
use crate::failure::Failure;
use domain::Name;
use domain::tariff::Tariffs;
use lotstream_scylla::ScyllaStore;
use serde::Serialize;

/// What the latest published version says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub(super) enum Entry {
    /// The programme names the partner.
    Named {
        /// In which version.
        version: i32,
        /// At which rate of its own, in percent.
        rate: String,
    },
    /// The programme names no partners: anybody may be one.
    Anybody {
        /// Which version.
        version: i32,
    },
    /// It names others.
    Missing {
        /// Which version.
        version: i32,
    },
    /// There is no published version to ask.
    Unpublished,
}

/// The versions the deployment knows.
pub(super) fn tariffs(deployment: &Deployment) -> Result<Tariffs, Failure> {
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    state::tariffs(deployment, &mut store)
}

/// The entry of `partner` in the latest version of `programme`.
pub(super) fn of(tariffs: &Tariffs, programme: &str, partner: &str) -> Entry {
    let Some(latest) = tariffs.latest(programme) else { return Entry::Unpublished };
    let version = latest.version;
    match latest.partners.get(&Name::from(partner)) {
        Some(rate) => Entry::Named { version, rate: percent(rate.millionths()) },
        None if latest.partners.is_empty() => Entry::Anybody { version },
        None => Entry::Missing { version },
    }
}

/// Millionths as a percentage: `3.7 %`.
fn percent(millionths: i64) -> String {
    let text = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COALITION: &str = include_str!("../../../../../deploy/programmes/coalition.toml");
    const SHOP: &str = include_str!("../../../../../deploy/programmes/veloprobeg.toml");

    #[test]
    fn a_partner_is_named_missing_or_anybody() {
        let mut tariffs = Tariffs::default();
        for (file, text) in [("coalition.toml", COALITION), ("veloprobeg.toml", SHOP)] {
            tariffs.add(programme::compile(file, text).unwrap());
        }
        let entry = |programme: &str, partner: &str| of(&tariffs, programme, partner);
        assert_eq!(entry("coalition", "bookshop"), Entry::Named { version: 1, rate: "7.5 %".to_owned() });
        assert_eq!(entry("coalition", "nobody"), Entry::Missing { version: 1 });
        assert_eq!(entry("veloprobeg", "nobody"), Entry::Anybody { version: 1 });
        assert_eq!(entry("other", "nobody"), Entry::Unpublished);
        assert_eq!(
            (percent(10_000), percent(140_000), percent(1)),
            ("1 %".into(), "14 %".into(), "0.0001 %".into())
        );
    }
}
