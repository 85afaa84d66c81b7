//! A programme as a member reads it: what it brings, and nothing of how it works inside.

mod earning;
mod spending;
mod standing;

use super::Words;
use super::amount::{all_of, capital};
use super::prose::{Prose, Section};
use super::time::span;
use domain::event::NoticeKind;
use domain::tariff::Notices;

/// All of it, section by section.
pub(super) fn prose(words: &Words<'_>) -> Prose {
    let tariff = words.tariff;
    let sections = [
        ("How you earn", words.earning()),
        ("What else brings you something", words.granted()),
        ("What you may pay with, and what it is worth", words.paying()),
        ("When it can be spent, and when it expires", words.living()),
        ("Gifts and exchanges", words.gifts()),
        ("Offers", words.offered()),
        ("Levels", words.levels()),
        ("Memberships, and who is who", words.belonging_to()),
        ("Returns and orders", words.returning()),
        ("What you are told", words.told()),
    ];
    let sections = sections.into_iter().filter(|(_, sentences)| !sentences.is_empty());
    Prose {
        title: format!("{}, from {} on", capital(&words.name(&tariff.programme)), words.date(tariff.from)),
        sections: sections.map(|(heading, sentences)| Section { heading, sentences }).collect(),
    }
}

impl Words<'_> {
    /// Returns, orders, and what happens where points are missing.
    fn returning(&self) -> Vec<String> {
        let tariff = self.tariff;
        let pays = tariff.wallets.iter().any(|it| it.may_pay() && self.is_earned(&it.name));
        let then = match (!tariff.rules.is_empty(), pays) {
            (true, true) => {
                " What it brought you is taken back then, and points you paid with come back to you."
            }
            (true, false) => " What it brought you is taken back then.",
            (false, true) => " Points you paid with come back to you then.",
            (false, false) => "",
        };
        let mut all = vec![
            format!("You can return what you bought for {}.{then}", span(tariff.return_window)),
            format!("A purchase counts if it is told to us within {}.", span(tariff.lateness)),
        ];
        if tariff.wallets.iter().any(|wallet| self.is_earned(&wallet.name)) {
            let what = if pays { "points" } else { "what it takes" };
            all.push(format!("An order keeps {what} for you for up to {}.", span(tariff.spending.hold)));
        }
        if tariff.spending.uncovered_becomes_debt {
            all.push(
                "If more points are spent than you have, you owe them; the next ones you earn repay them."
                    .to_owned(),
            );
        }
        if let Some(grace) = tariff.spending.grace {
            all.push(format!(
                "Points that come back after they expired can be spent for {} more.",
                span(grace)
            ));
        }
        all
    }

    /// Notices.
    fn told(&self) -> Vec<String> {
        let promised = self.tariff.prior_notice.map(|notice| {
            format!(
                "These rules change only with notice: you can read new ones {} before they hold.",
                span(notice)
            )
        });
        let Notices { channels, before_expiry, before_tier_change } = &self.tariff.notices;
        let before = |leads: &[domain::calendar::Span]| {
            all_of(&leads.iter().map(|lead| span(*lead)).collect::<Vec<_>>())
        };
        let what = |kind: &NoticeKind| match kind {
            NoticeKind::Accrued => "when you are given points".to_owned(),
            NoticeKind::Activated => "when points can be spent".to_owned(),
            NoticeKind::Expiring => format!("{} before points expire", before(before_expiry)),
            NoticeKind::Expired => "when points have expired".to_owned(),
            NoticeKind::Spent => "when points were spent".to_owned(),
            NoticeKind::Returned => "when a return changed what you have".to_owned(),
            NoticeKind::InDebt => "when you owe points".to_owned(),
            NoticeKind::TierChanged => "when your level changed".to_owned(),
            NoticeKind::TierEnding => {
                format!("{} before you would lose your level", before(before_tier_change))
            }
            NoticeKind::Received => "when another member gave you points".to_owned(),
        };
        let sentence = |(kind, by): (&NoticeKind, &Vec<domain::Name>)| {
            format!("By {}: {}.", all_of(&self.names(by)), what(kind))
        };
        promised.into_iter().chain(channels.iter().map(sentence)).collect()
    }
}
