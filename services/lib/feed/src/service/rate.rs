//! How much of what a partner sends is bad input, and when that is too much: above a declared share of its last records
//! the partner is paused, as by an operator, for more of the same only fills `dead-letters` and waits to be replayed.
//!
//! Each instance counts what it reads itself.

use super::answer::Sending;
use crate::bad::Code;
use domain::Timestamp;
use engine::message::Frame;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use wire::contract::{Contract, ContractError};
use wire::error::WireError;
use wire::partner_state::PartnerState;
use wire::registry::Registry;

/// The largest record of `partner-states`.
const LIMIT: usize = 64 << 10;

/// How much bad input is too much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Percent of a partner's last records that may be bad; 0: any share may.
    pub percent: usize,
    /// How many last records count; a partner that sent fewer is let be.
    pub records: usize,
}

/// The last records of one partner: whether each was bad.
#[derive(Default, Debug)]
struct Last {
    records: VecDeque<bool>,
    bad: usize,
}

impl Last {
    /// Counts one more; how many are bad where that is too much.
    fn add(&mut self, bad: bool, limit: Limit) -> Option<usize> {
        self.records.push_back(bad);
        self.bad += usize::from(bad);
        if self.records.len() > limit.records {
            let gone = self.records.pop_front();
            self.bad -= usize::from(gone == Some(true));
        }
        let full = self.records.len() >= limit.records;
        (full && self.bad * 100 > limit.percent * limit.records).then_some(self.bad)
    }
}

/// Watches what partners send.
pub(super) struct Rates {
    limit: Limit,
    feed: &'static str,
    /// Where a pause is said, and in what words.
    says: Option<(String, Contract)>,
    partners: BTreeMap<String, Last>,
}

impl Rates {
    /// `states` is where pauses are said; none where nobody is paused.
    ///
    /// # Errors
    /// The schema of a pause is refused, or the registry does not answer.
    pub(super) fn new(
        feed: &'static str,
        limit: Limit,
        states: Option<String>,
        registry: &Arc<dyn Registry>,
    ) -> Result<Self, ContractError> {
        let says = match states.filter(|_| limit.percent > 0) {
            Some(topic) => Some((topic, Contract::new("partner_state", Arc::clone(registry), LIMIT)?)),
            None => None,
        };
        Ok(Self { limit, feed, says, partners: BTreeMap::new() })
    }

    /// Counts a record of `partner`; why it is to be paused, and the word that says so to all instances, where it was one
    /// too many.
    ///
    /// # Errors
    /// A pause that cannot be written.
    pub(super) fn count(
        &mut self,
        partner: &str,
        bad: Option<Code>,
        now: Timestamp,
    ) -> Result<Option<(String, Sending)>, WireError> {
        let Some((topic, contract)) = &self.says else { return Ok(None) };
        let last = match self.partners.get_mut(partner) {
            Some(last) => last,
            None => self.partners.entry(partner.to_owned()).or_default(),
        };
        let (Some(count), Some(code)) = (last.add(bad.is_some(), self.limit), bad) else { return Ok(None) };
        let reason = format!(
            "{count} of its last {} {} are dead letters, more than {} %, the last of them {}; `lotstream dlq list \
             --partner {partner}` shows them",
            self.limit.records,
            self.feed,
            self.limit.percent,
            code.as_str()
        );
        let state = PartnerState { partner: partner.into(), paused: true, at: now, reason: reason.clone() };
        let frame =
            Frame { key: partner.as_bytes().to_vec(), value: contract.encode(&state)?, headers: Vec::new() };
        let sending = Sending { topic: topic.clone(), partition: Some(0), frame };
        self.forget(partner);
        Ok(Some((reason, sending)))
    }

    /// Begins anew with a partner: it was paused, or is resumed.
    pub(super) fn forget(&mut self, partner: &str) {
        self.partners.remove(partner);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use wire::registry::Fixed;

    fn rates(percent: usize, records: usize) -> Rates {
        let registry: Arc<dyn Registry> = Arc::new(Fixed::default());
        Rates::new("purchases", Limit { percent, records }, Some("t.partner-states".into()), &registry)
            .unwrap()
    }

    /// After how many of these records of one partner (`x` is bad) it is paused.
    fn paused_at(rates: &mut Rates, records: &str) -> Option<usize> {
        let bad = |letter| (letter == 'x').then_some(Code::NoLines);
        records
            .chars()
            .position(|letter| rates.count("shop", bad(letter), Timestamp(5)).unwrap().is_some())
            .map(|at| at + 1)
    }

    #[test]
    fn more_than_the_share_of_the_last_records_is_too_much() {
        for (percent, records, sent, paused) in [
            (50, 4, "xxx", None),
            (50, 4, "xxx.", None),
            (50, 4, "xx.x", Some(4)),
            (50, 4, "xx..xx..xx..", None),
            (50, 4, "....xxx", Some(7)),
            (50, 4, "xx..........", None),
            (1, 10, ".........x", Some(10)),
            (99, 4, "xxxx", Some(4)),
            (0, 4, "xxxxxxxx", None),
        ] {
            assert_eq!(
                paused_at(&mut rates(percent, records), sent),
                paused,
                "{percent} % of {records}: {sent}"
            );
        }
    }

    #[test]
    fn a_good_record_pauses_nobody_though_too_many_before_it_were_bad() {
        // The share is too large with the first full window, whose last record is good.
        assert_eq!(paused_at(&mut rates(50, 4), "xxx.x"), Some(5));
    }

    #[test]
    fn a_partner_that_is_resumed_begins_anew_and_others_are_let_be() {
        let mut rates = rates(50, 4);
        assert_eq!(paused_at(&mut rates, "xxxx"), Some(4));
        assert_eq!(paused_at(&mut rates, "xxx"), None, "forgotten with the pause");
        rates.forget("shop");
        assert_eq!(paused_at(&mut rates, "xxx"), None);
        assert!(rates.count("other", Some(Code::NoLines), Timestamp(5)).unwrap().is_none());
    }

    #[test]
    fn a_pause_says_why_and_what_to_look_at() {
        let mut rates = rates(50, 2);
        let mut count = || rates.count("shop", Some(Code::UnknownSchema), Timestamp(5)).unwrap();
        assert!(count().is_none());
        let (reason, sending) = count().unwrap();
        for part in
            ["2 of its last 2 purchases", "50 %", "unknown_schema", "`lotstream dlq list --partner shop`"]
        {
            assert!(reason.contains(part), "{part} in {reason}");
        }
        assert_eq!((sending.topic.as_str(), sending.partition), ("t.partner-states", Some(0)));
        assert_eq!(sending.frame.key, b"shop");
        let contract = Contract::new("partner_state", Arc::new(Fixed::default()), LIMIT).unwrap();
        let state: PartnerState = contract.decode(&sending.frame.value, &mut Vec::new()).unwrap();
        assert_eq!(state, PartnerState { partner: "shop".into(), paused: true, at: Timestamp(5), reason });
    }
}
