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
