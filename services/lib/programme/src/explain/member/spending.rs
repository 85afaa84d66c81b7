//! What a member may pay with, how long it lives, and what it becomes.

use super::super::Words;
use super::super::amount::{all_of, capital, counted, factor, rate};
use super::super::condition::sentence;
use super::super::time::span;
use domain::exchange::When;
use domain::factor::Factor;
use domain::limits::Limits;
use domain::offer::{Discount, Offer};
use domain::tariff::{Rounding, Terms, Transfers, Wallet};
use domain::{Minor, Name};

impl Words<'_> {
    /// What points are worth, and what they may pay.
    pub(super) fn paying(&self) -> Vec<String> {
        let wallets = &self.tariff.wallets;
        let mut all: Vec<String> = Vec::new();
        for wallet in
            wallets.iter().filter(|it| self.is_earned(&it.name) && (it.may_pay() || !self.is_gift(&it.name)))
        {
            all.extend(self.may_pay(wallet));
        }
        let mut paying: Vec<&Wallet> =
            wallets.iter().filter(|it| it.may_pay() && self.is_earned(&it.name)).collect();
        paying.sort_by_key(|wallet| wallet.place());
        if paying.len() > 1 {
            let names: Vec<String> = paying.iter().map(|wallet| self.unit(&wallet.name)).collect();
            all.push(format!("Unless you choose, you pay in this order: {}.", names.join(", ")));
        }
        let given = wallets.iter().filter(|wallet| wallet.transfers.is_some());
        let given: Vec<String> = given.map(|wallet| self.hands_on(wallet)).collect();
        if given.is_empty() && !all.is_empty() {
            all.push("What you have is yours alone: you cannot give it to other members.".to_owned());
        }
        all.extend(given);
        if !all.is_empty() {
            all.push("What you have is no money: it is never paid out.".to_owned());
        }
        all
    }

    /// How many points may be given to others.
    fn hands_on(&self, wallet: &Wallet) -> String {
        let unit = self.unit(&wallet.name);
        match wallet.transfers {
            Some(transfers @ Transfers { at_most: Some(_), .. }) => {
                format!("You may give other members {}.", self.given(&wallet.name, Some(&transfers)))
            }
            _ => format!("You may give {unit} to other members."),
        }
    }

    /// Whether anything is granted in a wallet.
    pub(super) fn is_earned(&self, wallet: &Name) -> bool {
        self.tariff.terms.iter().any(|terms| terms.wallet == *wallet && self.is_granted(terms))
    }

    /// Whether a wallet holds gifts: what is exchanged for, and what offers ask for.
    fn is_gift(&self, wallet: &Name) -> bool {
        let gives = |terms: &Name| self.wallet_of(terms) == wallet;
        let asks = |offer: &Offer| {
            let used = matches!(&offer.discount, Discount::Gift { wallet: used, .. } if used == wallet);
            used || offer.condition.circumstances.iter().any(|asked| asked.holds.contains(wallet))
        };
        self.tariff.exchanges.iter().flat_map(|it| &it.gives).any(|gift| gives(&gift.terms))
            || self.tariff.offers.all.iter().any(asks)
    }

    fn may_pay(&self, wallet: &Wallet) -> Vec<String> {
        let unit = self.unit(&wallet.name);
        if !wallet.may_pay() {
            return vec![format!("{} never pay for a purchase.", capital(&unit))];
        }
        let worth = format!("{} {}", factor(wallet.point_value), self.tariff.currency.code);
        let (share, limits) = (wallet.limits.share, self.limits(wallet, &unit));
        let most = match share == Factor::ONE && limits.is_empty() {
            true => ", up to all of it".to_owned(),
            false if share < Factor::ONE => format!(", up to {} of it", rate(share)),
            false => String::new(),
        };
        let mut all = vec![format!("{} pays {worth} of a purchase{most}.", counted("1", &unit))];
        all.extend(limits);
        all
    }

    fn limits(&self, wallet: &Wallet, unit: &str) -> Vec<String> {
        let Limits {
            share: _, // said with its worth
            of_groups,
            of_line,
            except_groups,
            promotional,
            at_least,
            at_most,
            step,
            exclusive_with,
        } = &wallet.limits;
        let points = |points: &domain::Points| self.points_in(&wallet.name, *points);
        let mut shares: Vec<String> = of_groups
            .iter()
            .map(|(group, share)| format!("{} of {}", rate(*share), self.name(group)))
            .collect();
        let all_pay = shares.is_empty() && *of_line == Factor::ONE;
        if !all_pay {
            let other = if shares.is_empty() { "each thing you buy" } else { "anything else" };
            let none = "nothing".to_owned();
            shares
                .push(format!("{} of {other}", if *of_line == Factor::ZERO { none } else { rate(*of_line) }));
        }
        let mut all = Vec::new();
        if !all_pay {
            all.push(format!("With {unit} you may pay up to {}.", all_of(&shares)));
        }
        if !except_groups.is_empty() {
            all.push(format!(
                "With {unit} you cannot pay for {}.",
                super::super::amount::one_of(&self.names(except_groups))
            ));
        }
        if !promotional {
            all.push(format!("With {unit} you cannot pay for what is offered at a promotional price."));
        }
        let bounds = [
            (!at_least.is_zero()).then(|| format!("at least {}", points(at_least))),
            at_most.as_ref().map(|most| format!("at most {}", points(most))),
            (step.get() > 1).then(|| format!("a multiple of {}", points(step))),
        ];
        let bounds: Vec<String> = bounds.into_iter().flatten().collect();
        if !bounds.is_empty() {
            all.push(format!("You spend {} at once.", all_of(&bounds)));
        }
        if !exclusive_with.is_empty() {
            let others: Vec<String> = exclusive_with.iter().map(|other| self.unit(other)).collect();
            all.push(format!(
                "What {unit} and {} may pay does not add up: the larger of the two is the most for both.",
                all_of(&others)
            ));
        }
        all
    }

    /// When points can be spent and when they expire.
    pub(super) fn living(&self) -> Vec<String> {
        let granted = self.tariff.terms.iter().filter(|terms| self.is_granted(terms));
        self.alike(granted, |terms| self.life(terms))
    }

    /// What is said of each of `terms`, once for all of which the same is.
    pub(super) fn alike<'t>(
        &self,
        terms: impl Iterator<Item = &'t Terms>,
        said: impl Fn(&Terms) -> String,
    ) -> Vec<String> {
        let mut all: Vec<(String, Vec<String>)> = Vec::new();
        for terms in terms {
            let (what, said) = (self.granted_under(terms), said(terms));
            match all.iter_mut().find(|(known, _)| *known == said) {
                Some((_, alike)) => alike.push(what),
                None => all.push((said, vec![what])),
            }
        }
        all.iter().map(|(said, alike)| format!("{} {said}", capital(&all_of(alike)))).collect()
    }

    /// Whether anything is granted under these terms.
    fn is_granted(&self, terms: &Terms) -> bool {
        let tariff = self.tariff;
        let rules = tariff.rules.iter().map(|rule| &rule.terms);
        let awards = tariff.activities.awards.iter().map(|award| &award.terms);
        let occasions = tariff.activities.occasions.iter().map(|occasion| &occasion.terms);
        let cards = tariff.card_grant.iter().map(|grant| &grant.terms);
        let levels = tariff.activities.levels.iter().map(|grant| &grant.terms);
        let gifts = tariff.exchanges.iter().flat_map(|it| &it.gives).map(|gift| &gift.terms);
        let given = rules.chain(awards).chain(occasions).chain(cards).chain(gifts);
        given.chain(levels).any(|name| *name == terms.name)
    }

    /// What is granted under some terms.
    fn granted_under(&self, terms: &Terms) -> String {
        let unit = self.unit(&terms.wallet);
        if terms.name == terms.wallet { unit } else { format!("{unit} of “{}”", self.name(&terms.name)) }
    }

    fn life(&self, terms: &Terms) -> String {
        let expiry = self.expiry(terms.expiry, terms.expiry_rounded_to);
        let expires = if expiry == "never" { "never expire".to_owned() } else { format!("expire {expiry}") };
        let mut text = format!("can be spent {}, and {expires}.", self.activation(&terms.activation));
        for (by, extended) in
            [("purchase", terms.extended_by_purchase), ("activity", terms.extended_by_activity)]
        {
            if let Some(life) = extended {
                text.push_str(&format!(
                    " Every {by} makes those you have expire {} after it, if that is later.",
                    span(life)
                ));
            }
        }
        text
    }

    /// What is exchanged for what.
    pub(super) fn gifts(&self) -> Vec<String> {
        let sentence = |exchange: &domain::exchange::Exchange| {
            let (price, gives) = (self.points_in(&exchange.from, exchange.price), self.gives(exchange));
            match exchange.when {
                When::Reached => format!("Whenever you have {price}, they become {gives}."),
                When::OnRequest if exchange.gives.len() > 1 => {
                    format!("For {price} you may order {gives}, as you choose.")
                }
                When::OnRequest => match self.said.sold_at.get(&exchange.name) {
                    Some(money) => {
                        format!("For {price}, at a price of {}, you may order {gives}.", self.money(*money))
                    }
                    None => format!("For {price} you may order {gives}."),
                },
            }
        };
        self.tariff.exchanges.iter().map(sentence).collect()
    }

    /// Offers of the till.
    pub(super) fn offered(&self) -> Vec<String> {
        let offers = &self.tariff.offers.all;
        let mut ordered: Vec<&Offer> = offers.iter().collect();
        ordered.sort_by_key(|offer| (offer.stacks, if offer.stacks { offer.priority } else { 0 }));
        let mut all: Vec<String> = ordered.iter().map(|offer| self.offer(offer)).collect();
        if self.said.forbids_discounts {
            let other = if all.is_empty() { "" } else { "other " };
            all.push(format!("There are no {other}discounts."));
        }
        if offers.iter().filter(|offer| !offer.stacks).count() > 1 {
            all.push(
                "Offers do not add up unless they say so: each thing you buy has the best of them."
                    .to_owned(),
            );
        }
        all
    }

    fn offer(&self, offer: &Offer) -> String {
        let discount = capital(&self.discount(offer));
        let mut parts = Vec::new();
        if !offer.items.is_empty() {
            parts.push(format!("on {}", all_of(&self.names(&offer.items))));
        }
        parts.extend(self.condition(&offer.condition));
        if (offer.rounding, offer.step) != (Rounding::HalfUp, Minor(1)) {
            parts.push(format!("rounded {}", self.rounded_off(offer)));
        }
        if offer.stacks {
            parts.push("beside other offers".to_owned());
        }
        format!("{}.", capital(&sentence(&discount, &parts)))
    }
}
