//! Conditions in words: when a rule or an offer applies, clause by clause, and whom that is.

use super::Words;
use super::amount::{all_of, one_of, ordinal, whole};
use super::time::{span, unit};
use domain::award::WHOLE_MAX;
use domain::circumstances::{Circumstances, Ordinal, Values, Wanted};
use domain::declared::{Count, PARTNER};
use domain::tariff::Condition;
use domain::{Minor, Name};

impl Words<'_> {
    /// When something applies; empty where it always does. Clauses follow one another after commas.
    pub(crate) fn condition(&self, condition: &Condition) -> Vec<String> {
        let Condition {
            groups,
            groups_except,
            partners,
            tiers,
            basket_from,
            basket_below,
            circumstances,
            when,
        } = condition;
        let mut clauses = Vec::new();
        let mut named = |names: &[Name], before: &str, join: fn(&[String]) -> String| {
            if !names.is_empty() {
                clauses.push(format!("{before} {}", join(&self.names(names))));
            }
        };
        named(groups, "on", all_of);
        named(groups_except, "except on", one_of);
        named(partners, "at", one_of);
        named(tiers, "at level", one_of);
        clauses.extend(self.basket(*basket_from, *basket_below));
        clauses.extend(circumstances.iter().flat_map(|asked| self.circumstances(asked)));
        clauses.extend(when.iter().map(|when| self.own(when.source())));
        clauses
    }

    /// A condition of the programme's own, as it was written, on one line.
    fn own(&self, source: &str) -> String {
        let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.is_prose() { format!("where “{source}” holds") } else { format!("where {source}") }
    }

    fn basket(&self, from: Option<Minor>, below: Option<Minor>) -> Option<String> {
        match (from, below) {
            (Some(from), Some(below)) => Some(format!(
                "where the basket costs {} or more, and less than {}",
                self.money(from),
                self.money(below)
            )),
            (Some(from), None) => Some(format!("where the basket costs {} or more", self.money(from))),
            (None, Some(below)) => Some(format!("where the basket costs less than {}", self.money(below))),
            (None, None) => None,
        }
    }

    fn circumstances(&self, asked: &Circumstances) -> Vec<String> {
        let Circumstances {
            only,
            except,
            times,
            members,
            segments,
            segments_except,
            joined_within,
            joined_for,
            birthday,
            places,
            holds,
        } = asked;
        let you = self.is_prose();
        let mut clauses: Vec<String> = only.iter().map(|it| format!("where {}", self.wanted(it))).collect();
        clauses.extend(except.iter().map(|it| format!("unless {}", self.wanted(it))));
        clauses.extend(self.times(times));
        let mut say = |applies: bool, clause: &dyn Fn() -> String| {
            if applies {
                clauses.push(clause());
            }
        };
        say(*members, &|| if you { "once you are a member" } else { "for members" }.to_owned());
        say(!segments.is_empty(), &|| self.belonging("if", one_of(&self.quoted(segments))));
        say(!segments_except.is_empty(), &|| self.belonging("unless", one_of(&self.quoted(segments_except))));
        if let Some(within) = joined_within {
            say(true, &|| format!("in the first {} after joining", span(*within)));
        }
        if let Some(after) = joined_for {
            say(true, &|| format!("from {} after joining on", span(*after)));
        }
        if let Some(days) = birthday {
            say(true, &|| self.near_birthday(*days));
        }
        clauses.extend(places.iter().map(|(count, place)| self.place(count, *place)));
        let held: Vec<String> = holds.iter().map(|wallet| self.unit(wallet)).collect();
        if !held.is_empty() {
            let held = all_of(&held);
            let held = if you { format!("while you have {held}") } else { format!("while {held} are held") };
            clauses.push(held);
        }
        clauses
    }

    fn belonging(&self, word: &str, segments: String) -> String {
        match self.is_prose() {
            true => format!("{word} you belong to {segments}"),
            false => format!("{word} in {segments}"),
        }
    }

    /// Names in quotation marks, which prose explains under a heading of their own.
    pub(crate) fn quoted(&self, names: &[Name]) -> Vec<String> {
        let mark = |name: String| if self.is_prose() { format!("“{name}”") } else { name };
        self.names(names).into_iter().map(mark).collect()
    }

    fn near_birthday(&self, days: u32) -> String {
        let whose = if self.is_prose() { "your" } else { "the member's" };
        match days {
            0 => format!("on {whose} birthday"),
            _ => {
                format!("up to {} before or after {whose} birthday", span(domain::calendar::Span::Days(days)))
            }
        }
    }

    /// `payment is card or cash`, `term is below 8`.
    pub(crate) fn wanted(&self, wanted: &Wanted) -> String {
        let Wanted { attribute, values } = wanted;
        let values = match values {
            Values::OneOf(values) => one_of(&self.names(values)),
            Values::Between(0, below) => format!("below {}", whole(*below)),
            Values::Between(from, below) if *below > WHOLE_MAX => format!("{} or more", whole(*from)),
            Values::Between(from, below) => format!("from {} and below {}", whole(*from), whole(*below)),
        };
        format!("{} is {values}", self.name(attribute))
    }

    /// `as: pupil or student`, behind the name of what has these attributes.
    pub(crate) fn with(&self, wanted: &[Wanted]) -> String {
        let each = wanted.iter().map(|it| self.wanted(it).replacen(" is ", ": ", 1));
        all_of(&each.collect::<Vec<_>>())
    }

    /// Several attributes, all asked for.
    pub(crate) fn all_wanted(&self, wanted: &[Wanted]) -> String {
        all_of(&wanted.iter().map(|it| self.wanted(it)).collect::<Vec<_>>())
    }

    /// `for every 10th purchase of a month`.
    fn place(&self, count: &Name, place: Ordinal) -> String {
        let known = self.tariff.declared.counts.iter().find(|known| known.name == *count);
        let counted = known.map_or_else(|| self.name(count), |known| self.counted(known));
        let which = match place {
            Ordinal::Every(step) => format!("every {}", ordinal(step)),
            Ordinal::Range(from, to) if from == to => format!("the {}", ordinal(from)),
            Ordinal::Range(from, i32::MAX) => format!("the {} and every later", ordinal(from)),
            Ordinal::Range(from, to) => format!("the {} to {}", ordinal(from), ordinal(to)),
        };
        match self.is_prose() {
            true => format!("for {which} {counted}"),
            false => format!("for {which} {counted} ({count})"),
        }
    }

    /// What a count counts: `purchase of the day with auto yes, for each partner and shop by itself`.
    pub(crate) fn counted(&self, count: &Count) -> String {
        let Count { name: _, unit: of, by, only } = count;
        let mut text = "purchase".to_owned();
        if let Some(of) = of {
            text.push_str(&format!(" of a {}", unit(*of)));
        }
        if !only.is_empty() {
            text.push_str(&format!(" where {}", self.all_wanted(only)));
        }
        if !by.is_empty() {
            let by: Vec<String> = by
                .iter()
                .map(|by| if by.as_str() == PARTNER { PARTNER.to_owned() } else { self.name(by) })
                .collect();
            text.push_str(&format!(" with the same {}", all_of(&by)));
        }
        text
    }

    /// Whom something with this condition is for, for a comparison.
    pub(crate) fn whom(&self, condition: &Condition, always: &str) -> String {
        let clauses = self.condition(condition);
        if clauses.is_empty() { always.to_owned() } else { format!("{always} {}", clauses.join(", ")) }
    }
}

/// `main` with its clauses, where it applies; behind them, where it ends in a list.
pub(crate) fn sentence(main: &str, clauses: &[String]) -> String {
    match clauses {
        [] => main.to_owned(),
        _ if main.contains(':') => format!("{}, {}", clauses.join(", "), uncapital(main)),
        _ if flows(clauses) => format!("{main} {}", clauses.join(", ")),
        _ => format!("{main}, {}", clauses.join(", ")),
    }
}

/// Whether the first clause follows what it belongs to without a comma.
pub(crate) fn flows(clauses: &[String]) -> bool {
    let words = ["on ", "at ", "for ", "where ", "in ", "from ", "while ", "during "];
    clauses.first().is_some_and(|first| words.iter().any(|word| first.starts_with(word)))
}

/// `text` with a small first letter.
fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
