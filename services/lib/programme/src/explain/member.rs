//! A programme as a member reads it: what it brings, and nothing of how it works inside.

mod earning;
mod spending;
mod standing;

use super::Words;
use super::amount::{all_of, capital};
use super::prose::{Prose, Section};
use super::time::span;
use domain::Name;
use domain::event::NoticeKind;
use domain::tariff::{Notices, Wallet};

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
    /// What members pay with beside money, in its own word: `points` where wallets have several.
    pub(super) fn paid_with(&self) -> String {
        self.one_unit(|wallet| wallet.may_pay() && self.is_earned(&wallet.name))
    }

    /// What members are given, in its own word: `points` where wallets have several.
    fn brought_in(&self) -> String {
        self.one_unit(|wallet| self.is_earned(&wallet.name))
    }

    fn one_unit(&self, of: impl Fn(&Wallet) -> bool) -> String {
        let mut units: Vec<&Name> =
            self.tariff.wallets.iter().filter(|wallet| of(wallet)).map(|wallet| &wallet.unit).collect();
        units.dedup();
        match units[..] {
            [only] => only.to_string(),
            _ => "points".to_owned(),
        }
    }

    /// Returns, orders, and what happens where points are missing.
    fn returning(&self) -> Vec<String> {
        let tariff = self.tariff;
        let pays = tariff.wallets.iter().any(|it| it.may_pay() && self.is_earned(&it.name));
        let paid = self.paid_with();
        let then = match (!tariff.rules.is_empty(), pays) {
            (true, true) => {
                format!(" What it brought you is taken back then, and {paid} you paid with come back to you.")
            }
            (true, false) => " What it brought you is taken back then.".to_owned(),
            (false, true) => format!(" {} you paid with come back to you then.", capital(&paid)),
            (false, false) => String::new(),
        };
        let mut all = vec![
            format!("You can return what you bought for {}.{then}", span(tariff.return_window)),
            format!("A purchase counts if it is told to us within {}.", span(tariff.lateness)),
        ];
        if tariff.wallets.iter().any(|wallet| self.is_earned(&wallet.name)) {
            let what = if pays { paid.as_str() } else { "what it takes" };
            all.push(format!("An order keeps {what} for you for up to {}.", span(tariff.spending.hold)));
        }
        if tariff.spending.uncovered_becomes_debt {
            all.push(format!(
                "If more {paid} are spent than you have, you owe them; the next ones you earn repay them."
            ));
        }
        if let Some(grace) = tariff.spending.grace {
            all.push(format!(
                "{} that come back after they expired can be spent for {} more.",
                capital(&paid),
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
        let earned = self.brought_in();
        let what = |kind: &NoticeKind| match kind {
            NoticeKind::Accrued => format!("when you are given {earned}"),
            NoticeKind::Activated => format!("when {earned} can be spent"),
            NoticeKind::Expiring => format!("{} before {earned} expire", before(before_expiry)),
            NoticeKind::Expired => format!("when {earned} have expired"),
            NoticeKind::Spent => format!("when {earned} were spent"),
            NoticeKind::Returned => "when a return changed what you have".to_owned(),
            NoticeKind::InDebt => format!("when you owe {earned}"),
            NoticeKind::TierChanged => "when your level changed".to_owned(),
            NoticeKind::TierEnding => {
                format!("{} before you would lose your level", before(before_tier_change))
            }
            NoticeKind::Received => format!("when another member gave you {earned}"),
        };
        let sentence = |(kind, by): (&NoticeKind, &Vec<domain::Name>)| {
            format!("By {}: {}.", all_of(&self.names(by)), what(kind))
        };
        promised.into_iter().chain(channels.iter().map(sentence)).collect()
    }
}
