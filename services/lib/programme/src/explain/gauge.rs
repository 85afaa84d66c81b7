//! How good something is for members, so that two versions of it can be compared: the more the better.

use crate::phrase;
use domain::calendar::Span;
use std::cmp::Ordering;

/// One or several figures that are the better the larger they are, each of something.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Gauge {
    figures: Vec<(String, i128)>,
    /// Whether what they are of says whom they concern.
    by_whom: bool,
}

/// Whether a change is for the better, as far as that can be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// For nobody worse, for somebody better.
    Better,
    /// For nobody better, for somebody worse.
    Worse,
    /// For some better, for others worse.
    Mixed,
    /// That depends on more than the figures.
    Open,
}

impl Gauge {
    /// Figures by what they are of.
    pub(crate) const fn of(figures: Vec<(String, i128)>) -> Self {
        Self { figures, by_whom: false }
    }

    /// Figures by whom they concern.
    pub(crate) const fn by_whom(figures: Vec<(String, i128)>) -> Self {
        Self { figures, by_whom: true }
    }

    /// The same, where less of it is better.
    pub(crate) fn turned(mut self) -> Self {
        self.figures.iter_mut().for_each(|(_, value)| *value = -*value);
        self
    }

    /// The larger the better, for all alike.
    pub(crate) fn more(value: impl Into<i128>) -> Self {
        Self::of(vec![(String::new(), value.into())])
    }

    /// The smaller the better.
    pub(crate) fn less(value: impl Into<i128>) -> Self {
        Self::more(-value.into())
    }

    /// The more of it the better; none at all is best of all.
    pub(crate) fn most_or_none(value: Option<impl Into<i128>>) -> Self {
        Self::more(value.map_or(i128::MAX, Into::into))
    }

    /// The longer the better; none counts as nothing.
    pub(crate) fn longer(span: Option<Span>) -> Self {
        let length = |span| match span {
            Span::Years(years) => phrase::length(Span::Months(years * 12)),
            other => phrase::length(other),
        };
        Self::more(span.map_or(0, length))
    }

    /// The same, of something that figures of other things do not compare with.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.figures.iter_mut().for_each(|(of, _)| what.clone_into(of));
        self
    }

    /// Whom it concerns that this became `new`; nobody in particular where figures are for all alike.
    pub(crate) fn concerned<'g>(&'g self, new: &'g Self) -> Vec<&'g str> {
        let differs = |(whom, value): &&(String, i128), other: &Self| {
            !other.figures.iter().any(|(its, figure)| its == whom && figure == value)
        };
        let now = new.figures.iter().filter(|figure| new.by_whom && differs(figure, self));
        let gone = |(whom, _): &&(String, i128)| !new.figures.iter().any(|(its, _)| its == whom);
        let before = self.figures.iter().filter(|figure| self.by_whom && gone(figure));
        now.chain(before).map(|(whom, _)| whom.as_str()).collect()
    }

    /// What it means that this became `new`.
    pub(crate) fn verdict(&self, new: &Self) -> Verdict {
        let alike = self.figures.len() == new.figures.len()
            && self.figures.iter().zip(&new.figures).all(|(a, b)| a.0 == b.0);
        if !alike || self.figures.is_empty() {
            return Verdict::Open;
        }
        let orders: Vec<Ordering> =
            self.figures.iter().zip(&new.figures).map(|(old, new)| new.1.cmp(&old.1)).collect();
        match (orders.contains(&Ordering::Greater), orders.contains(&Ordering::Less)) {
            (true, false) => Verdict::Better,
            (false, true) => Verdict::Worse,
            (true, true) => Verdict::Mixed,
            (false, false) => Verdict::Open,
        }
    }
}

impl Verdict {
    /// Of two changes of one thing together.
    pub(crate) fn with(self, other: Option<Self>) -> Self {
        match other {
            None => self,
            Some(other) if other == self => self,
            Some(Self::Open) => Self::Open,
            Some(_) if self == Self::Open => Self::Open,
            Some(_) => Self::Mixed,
        }
    }

    /// In words, which say nothing where it is open.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Better => "better for members",
            Self::Worse => "worse for members",
            Self::Mixed => "better for some or in some ways, worse for or in others",
            Self::Open => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures by whom they concern.
    fn of(figures: &[(&str, i128)]) -> Gauge {
        Gauge::by_whom(figures.iter().map(|(whom, figure)| ((*whom).to_owned(), *figure)).collect())
    }

    fn years(number: u32) -> Gauge {
        Gauge::longer(Some(Span::Years(number)))
    }

    fn months(number: u32) -> Gauge {
        Gauge::longer(Some(Span::Months(number)))
    }

    fn days(number: u32) -> Gauge {
        Gauge::longer(Some(Span::Days(number)))
    }

    #[test]
    fn a_change_is_better_worse_both_or_open() {
        let none = || Gauge::most_or_none(None::<i64>);
        for (what, old, new, verdict) in [
            ("more of it", Gauge::more(1), Gauge::more(2), Verdict::Better),
            ("as much of it", Gauge::more(2), Gauge::more(2), Verdict::Open),
            ("less of what should be little", Gauge::less(2), Gauge::less(1), Verdict::Better),
            ("no bound any more", Gauge::most_or_none(Some(i64::MAX)), none(), Verdict::Better),
            ("a higher bound", Gauge::most_or_none(Some(1)), Gauge::most_or_none(Some(2)), Verdict::Better),
            ("no time, then some", Gauge::longer(None), days(1), Verdict::Better),
            ("a month more than a year", years(1), months(13), Verdict::Better),
            ("a year in other words", months(12), years(1), Verdict::Open),
            ("two years in other words", months(24), years(2), Verdict::Open),
            ("less than two years", months(23), years(2), Verdict::Better),
            ("a shorter wait", days(2).turned(), days(1).turned(), Verdict::Better),
            ("no wait at all", days(1).turned(), Gauge::more(0), Verdict::Better),
            ("from other instants on", days(1), days(2).about("after activation"), Verdict::Open),
            (
                "later, and later",
                days(1).about("after activation"),
                days(2).about("after activation"),
                Verdict::Better,
            ),
            ("better for one", of(&[("a", 1), ("b", 1)]), of(&[("a", 1), ("b", 2)]), Verdict::Better),
            ("better for one of two", of(&[("a", 1), ("b", 2)]), of(&[("a", 2), ("b", 1)]), Verdict::Mixed),
            ("of somebody else", of(&[("a", 1)]), of(&[("b", 2)]), Verdict::Open),
            ("of one more", of(&[("a", 1)]), of(&[("a", 2), ("b", 2)]), Verdict::Open),
            ("no figures", Gauge::default(), Gauge::default(), Verdict::Open),
        ] {
            let back = match verdict {
                Verdict::Better => Verdict::Worse,
                same => same,
            };
            assert_eq!(old.verdict(&new), verdict, "{what}");
            assert_eq!(new.verdict(&old), back, "{what}, the other way round");
        }
    }

    #[test]
    fn a_change_concerns_whom_it_became_another_for() {
        let nobody: &[&str] = &[];
        for (what, old, new, whom) in [
            ("one of two", of(&[("a", 1), ("b", 1)]), of(&[("a", 1), ("b", 2)]), &["b"][..]),
            ("both", of(&[("a", 1), ("b", 2)]), of(&[("a", 2), ("b", 1)]), &["a", "b"]),
            ("one who is new", of(&[("a", 1)]), of(&[("a", 1), ("b", 1)]), &["b"]),
            ("one who is gone", of(&[("a", 1), ("b", 1)]), of(&[("a", 1)]), &["b"]),
            ("one for another", of(&[("a", 1)]), of(&[("b", 1)]), &["b", "a"]),
            ("nobody", of(&[("a", 1)]), of(&[("a", 1)]), nobody),
            ("all alike", Gauge::more(1), Gauge::more(2), nobody),
            ("all alike, then one by one", Gauge::more(1), of(&[("a", 2)]), &["a"]),
            ("one by one, then all alike", of(&[("a", 2)]), Gauge::more(1), &["a"]),
        ] {
            assert_eq!(old.concerned(&new), whom, "{what}");
        }
    }

    #[test]
    fn two_verdicts_on_one_thing_are_one() {
        use Verdict::{Better, Mixed, Open, Worse};
        for (one, other, both) in [
            (Better, Better, Better),
            (Worse, Worse, Worse),
            (Better, Worse, Mixed),
            (Better, Mixed, Mixed),
            (Worse, Mixed, Mixed),
            (Mixed, Mixed, Mixed),
            (Better, Open, Open),
            (Worse, Open, Open),
            (Mixed, Open, Open),
            (Open, Open, Open),
        ] {
            assert_eq!((one.with(Some(other)), other.with(Some(one))), (both, both), "{one:?} {other:?}");
            assert_eq!(one.with(None), one);
        }
    }
}
