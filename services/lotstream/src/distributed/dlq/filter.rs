//! Which dead letters are meant.

use super::letter::{Letter, Place};
use crate::cli::dlq::FilterArgs;
use crate::failure::Failure;
use crate::instant;
use domain::Timestamp;
use std::collections::BTreeSet;

/// A topic, or all of a feed, by its full name.
#[derive(Debug)]
enum Topic {
    One(String),
    Feed(String),
}

/// What a letter has to be; what is not said is of no matter.
#[derive(Default, Debug)]
pub(super) struct Filter {
    /// One of these, where any are named.
    pub(super) places: BTreeSet<Place>,
    partner: Option<String>,
    reason: Option<String>,
    topic: Option<Topic>,
    id: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Filter {
    /// As the command line says it, of topics that begin with `prefix`.
    pub(super) fn of(args: &FilterArgs, prefix: &str) -> Result<Self, Failure> {
        let instant = |option: &str, text: &Option<String>| {
            text.as_deref().map(|text| instant::parse(option, text)).transpose()
        };
        let topic = args.topic.as_deref().map(|topic| {
            let topic = topic.strip_prefix(prefix).unwrap_or(topic);
            match feed::Feed::named(topic) {
                Some(feed) => Topic::Feed(format!("{prefix}{}.", feed.name)),
                None => Topic::One(format!("{prefix}{topic}")),
            }
        });
        Ok(Self {
            places: BTreeSet::new(),
            partner: args.partner.clone(),
            reason: args.reason.clone(),
            topic,
            id: args.id.clone(),
            since: instant("--since", &args.since)?,
            until: instant("--until", &args.until)?,
        })
    }

    /// Whether nothing was said: then everything is meant, which who writes wants said.
    pub(super) fn is_empty(&self) -> bool {
        let Self { places, partner, reason, topic, id, since, until } = self;
        let texts = [partner, reason, id];
        let instants = [since, until];
        places.is_empty()
            && topic.is_none()
            && texts.iter().all(|text| text.is_none())
            && instants.iter().all(|instant| instant.is_none())
    }

    /// Whether `letter` is meant.
    pub(super) fn takes(&self, letter: &Letter) -> bool {
        let record = &letter.record;
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let of_topic = |wanted: &Topic| match wanted {
            Topic::One(topic) => record.topic == *topic,
            Topic::Feed(start) => record.topic.starts_with(start.as_str()),
        };
        (self.places.is_empty() || self.places.contains(&letter.place))
            && is(&self.partner, &record.partner)
            && is(&self.reason, &record.reason)
            && is(&self.id, &record.id)
            && self.topic.as_ref().is_none_or(of_topic)
            && self.since.is_none_or(|since| letter.at.is_some_and(|at| at >= since))
            && self.until.is_none_or(|until| letter.at.is_some_and(|at| at < until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distributed::dlq::letter::tests::letter;

    fn filter(set: impl Fn(&mut FilterArgs)) -> Filter {
        let mut args = FilterArgs::default();
        set(&mut args);
        Filter::of(&args, "t.").unwrap()
    }

    #[test]
    fn a_letter_is_meant_where_all_that_was_said_is_so() {
        type Set = fn(&mut FilterArgs);
        // The letter: of `shop`, `t.purchases.shop`, `unknown_schema`, `s-1`, at 2 seconds past 1970.
        let table: &[(&str, Set, bool)] = &[
            ("nothing said", |_| {}, true),
            ("partner", |it| it.partner = Some("shop".into()), true),
            ("another partner", |it| it.partner = Some("sho".into()), false),
            ("reason", |it| it.reason = Some("unknown_schema".into()), true),
            ("another reason", |it| it.reason = Some("undecodable".into()), false),
            ("id", |it| it.id = Some("s-1".into()), true),
            ("another id", |it| it.id = Some("s-10".into()), false),
            ("topic", |it| it.topic = Some("purchases.shop".into()), true),
            ("topic in full", |it| it.topic = Some("t.purchases.shop".into()), true),
            ("a feed", |it| it.topic = Some("purchases".into()), true),
            ("half a feed", |it| it.topic = Some("purch".into()), false),
            ("half a partner", |it| it.topic = Some("purchases.sho".into()), false),
            ("another feed", |it| it.topic = Some("returns".into()), false),
            ("since then", |it| it.since = Some("1970-01-01T00:00:02Z".into()), true),
            ("since later", |it| it.since = Some("1970-01-01T00:00:02.001Z".into()), false),
            ("until then", |it| it.until = Some("1970-01-01T00:00:02Z".into()), false),
            ("until later", |it| it.until = Some("1970-01-01T00:00:02.001Z".into()), true),
            (
                "all but one",
                |it| {
                    it.partner = Some("shop".into());
                    it.reason = Some("poison".into());
                },
                false,
            ),
        ];
        for (what, set, meant) in table {
            let filter = filter(set);
            assert_eq!(filter.takes(&letter("2:17")), *meant, "{what}");
            assert_eq!(filter.is_empty(), *what == "nothing said", "{what}");
        }
    }

    #[test]
    fn named_places_are_meant_and_no_others() {
        let mut filter = filter(|_| {});
        filter.places = ["2:17".parse().unwrap(), "0:3".parse().unwrap()].into();
        let meant = ["2:17", "0:3", "2:3", "0:17"].map(|place| filter.takes(&letter(place)));
        assert_eq!(meant, [true, true, false, false]);
        assert!(!filter.is_empty());
    }

    #[test]
    fn an_instant_that_is_none_is_refused_by_its_option() {
        let args = FilterArgs { until: Some("yesterday".into()), ..FilterArgs::default() };
        let told = Filter::of(&args, "").unwrap_err().to_string();
        assert!(told.starts_with("--until yesterday: expected an instant"), "{told}");
    }
}
