//! Names and types of a condition, checked before anything runs.

use super::Scope;
use super::facts::{FACTS, Fact, Kind};
use super::node::{Arithmetic, Comparison, Node, Search};
use super::text::Text;
use crate::suggest::did_you_mean;
use cel::common::ast::{CallExpr, Expr, IdedExpr, ListExpr, LiteralValue, SelectExpr, SourceInfo, operators};
use domain::Name;
use domain::award::{AttributeSpec, AttributeType};
use rust_decimal::Decimal;
use std::ops::Range;

/// A part with its kind, and the names it can have where those are known.
struct Part {
    node: Node,
    kind: Kind,
    names: Option<(&'static str, Vec<Name>)>,
    at: Range<usize>,
}

/// What is under the roots that the author's own names are under.
const ATTRIBUTES: &str = "purchase";
const COUNTS: &str = "counts";

pub(super) struct Check<'c> {
    pub(super) text: &'c Text<'c>,
    pub(super) offsets: &'c SourceInfo,
    pub(super) scope: &'c Scope<'c>,
}

impl Check<'_> {
    /// The condition as a tree, where it is one.
    pub(super) fn condition(&self, read: &IdedExpr) -> Option<Node> {
        let part = self.part(read)?;
        match part.kind {
            Kind::Truth => Some(part.node),
            other => self.wrong(
                &part.at,
                &format!("expected a condition that is true or false, found {}", other.word()),
            ),
        }
    }

    fn wrong<T>(&self, at: &Range<usize>, message: &str) -> Option<T> {
        self.text.report(at, message, None);
        None
    }

    fn place(&self, expr: &IdedExpr) -> Range<usize> {
        let (start, stop) = self.offsets.offset_for(expr.id).unwrap_or_default();
        start as usize..stop as usize + 1
    }

    fn part(&self, expr: &IdedExpr) -> Option<Part> {
        let at = self.place(expr);
        match &expr.expr {
            Expr::Literal(literal) => self.literal(literal, at),
            Expr::Ident(name) => self.lone(name, &at),
            Expr::Select(select) => self.select(select, at),
            Expr::Call(call) => self.call(call, at),
            Expr::List(list) => self.list(list, at),
            Expr::Comprehension(_) => self.wrong(&at, "expected no loop (all, exists, map, filter)"),
            Expr::Map(_) | Expr::Struct(_) => self.wrong(&at, "expected no map and no structure"),
            Expr::Unspecified => self.wrong(&at, "expected a condition in CEL"),
        }
    }

    fn literal(&self, literal: &LiteralValue, at: Range<usize>) -> Option<Part> {
        let (node, kind) = match literal {
            LiteralValue::Boolean(truth) => (Node::Truth(*truth.inner()), Kind::Truth),
            LiteralValue::Int(number) => (Node::Whole(*number.inner()), Kind::Whole),
            LiteralValue::String(text) => (Node::Text(text.inner().to_owned()), Kind::Text),
            LiteralValue::Double(_) => {
                let hint = Some("money in the programme's currency is written money(\"12.50\")".to_owned());
                self.text.report(&at, "expected a whole number, found a fraction", hint);
                return None;
            }
            LiteralValue::UInt(_) | LiteralValue::Bytes(_) | LiteralValue::Null => {
                return self.wrong(&at, "expected a whole number, a text, true or false");
            }
        };
        Some(Part { node, kind, names: None, at })
    }

    fn lone<T>(&self, name: &str, at: &Range<usize>) -> Option<T> {
        let mut roots: Vec<&str> = FACTS.iter().map(|(root, ..)| *root).collect();
        roots.dedup();
        roots.extend([ATTRIBUTES, COUNTS]);
        if roots.contains(&name) {
            return self.wrong(at, &format!("expected a fact of `{name}`, such as `{name}.NAME`"));
        }
        self.text.report(at, &format!("unknown name `{name}`"), did_you_mean(name, roots.iter().copied()));
        None
    }

    fn select(&self, select: &SelectExpr, at: Range<usize>) -> Option<Part> {
        let Expr::Ident(root) = &select.operand.expr else {
            return self.wrong(&at, "expected a fact such as `basket.amount`");
        };
        let at = self.place(&select.operand).start..at.end.max(self.place(&select.operand).end);
        let at = at.start..at.end + if select.test { 0 } else { select.field.len() };
        let part = self.fact(root, &select.field, at)?;
        Some(if select.test {
            let node = Node::Has(Box::new(part.node));
            Part { node, kind: Kind::Truth, names: None, at: part.at }
        } else {
            part
        })
    }

    /// A fact by its two names.
    fn fact(&self, root: &str, name: &str, at: Range<usize>) -> Option<Part> {
        match root {
            ATTRIBUTES => return self.attribute(name, at),
            COUNTS => return self.count(name, at),
            _ => {}
        }
        let mut under = FACTS.iter().filter(|(first, ..)| *first == root).peekable();
        if under.peek().is_none() {
            return self.lone(root, &at);
        }
        let Some((.., fact, kind, _)) = under.clone().find(|(_, second, ..)| *second == name) else {
            let known = under.map(|(_, second, ..)| *second);
            let message = format!("unknown fact `{root}.{name}`");
            self.text.report(&at, &message, did_you_mean(name, known));
            return None;
        };
        Some(Part { node: Node::Fact(*fact), kind: *kind, names: self.names(*fact), at })
    }

    /// The names a fact can have, where the file knows them all.
    fn names(&self, fact: Fact) -> Option<(&'static str, Vec<Name>)> {
        let scope = self.scope;
        match fact {
            Fact::Group => Some(("group", scope.groups.to_vec())),
            Fact::Tier => Some(("tier", scope.tiers.to_vec())),
            Fact::Segments => Some(("segment", scope.known.segments())),
            Fact::Partner if !scope.partners.is_empty() => Some(("partner", scope.partners.to_vec())),
            _ => None,
        }
    }

    fn attribute(&self, name: &str, at: Range<usize>) -> Option<Part> {
        let specs = &self.scope.known.declared.purchase;
        let Some(AttributeSpec { name, takes, .. }) = specs.iter().find(|spec| spec.name.as_str() == name)
        else {
            let known = specs.iter().map(|spec| spec.name.as_str());
            let message = format!("unknown attribute `{name}` of purchases, see [purchases]");
            self.text.report(&at, &message, did_you_mean(name, known));
            return None;
        };
        let (kind, names) = match takes {
            AttributeType::Whole | AttributeType::Money => (Kind::Whole, None),
            AttributeType::Choice(words) => (Kind::Text, Some(("value", words.clone()))),
            AttributeType::Date | AttributeType::Text => (Kind::Text, None),
            AttributeType::Account => {
                return self.wrong(
                    &at,
                    &format!("expected no account: `{name}` names one, and conditions know no names"),
                );
            }
        };
        Some(Part { node: Node::Attribute(name.clone(), takes.clone()), kind, names, at })
    }

    fn count(&self, name: &str, at: Range<usize>) -> Option<Part> {
        let counts = self.scope.known.counts();
        let Some(count) = counts.iter().find(|count| count.as_str() == name) else {
            let hint = did_you_mean(name, counts.iter().map(Name::as_str));
            self.text.report(&at, &format!("unknown count `{name}`, see [counts]"), hint);
            return None;
        };
        Some(Part { node: Node::Place(count.clone()), kind: Kind::Whole, names: None, at })
    }

    fn list(&self, list: &ListExpr, at: Range<usize>) -> Option<Part> {
        let parts: Vec<Part> =
            list.elements.iter().map(|element| self.part(element)).collect::<Option<_>>()?;
        let texts: Option<Vec<Name>> = parts
            .iter()
            .map(
                |part| if let Node::Text(text) = &part.node { Some(Name::from(text.as_str())) } else { None },
            )
            .collect();
        let wholes: Option<Vec<i64>> = parts
            .iter()
            .map(|part| if let Node::Whole(number) = part.node { Some(number) } else { None })
            .collect();
        let (node, kind) = match (texts, wholes) {
            (Some(texts), _) => (Node::Texts(texts), Kind::Texts),
            (None, Some(wholes)) => (Node::Wholes(wholes), Kind::Wholes),
            (None, None) => {
                return self.wrong(&at, "expected a list of texts, or of whole numbers, as they are");
            }
        };
        Some(Part { node, kind, names: None, at })
    }

    fn call(&self, call: &CallExpr, at: Range<usize>) -> Option<Part> {
        let name = call.func_name.as_str();
        if name == operators::INDEX {
            return self.wrong(&at, "expected a name: purchase.payment, or purchase.`auto-payment`");
        }
        if name == "money" && call.target.is_none() {
            return self.money(call, at);
        }
        let known = ["size", "startsWith", "endsWith", "contains", "money", "has"];
        if !name.contains(['_', '!', '@', '-']) && !known.contains(&name) {
            let message = format!("unknown function `{name}`");
            self.text.report(&at, &message, did_you_mean(name, known.iter().copied()));
            return None;
        }
        // Every argument is looked at, so that every mistake is told at once.
        let parts: Vec<Option<Part>> =
            call.target.iter().map(AsRef::as_ref).chain(&call.args).map(|part| self.part(part)).collect();
        let parts: Vec<Part> = parts.into_iter().collect::<Option<_>>()?;
        self.applied(name, parts, at)
    }

    fn applied(&self, name: &str, parts: Vec<Part>, at: Range<usize>) -> Option<Part> {
        match <[Part; 1]>::try_from(parts) {
            Ok([one]) => self.of_one(name, one, at),
            Err(parts) => match <[Part; 2]>::try_from(parts) {
                Ok([left, right]) => self.of_two(name, left, right, at),
                Err(parts) => match <[Part; 3]>::try_from(parts) {
                    Ok(three) if name == operators::CONDITIONAL => self.choose(three, at),
                    _ => self.wrong(&at, &format!("unknown use of `{name}`")),
                },
            },
        }
    }

    fn expect(&self, part: &Part, kind: Kind) -> Option<()> {
        if part.kind == kind {
            return Some(());
        }
        self.wrong(&part.at, &format!("expected {}, found {}", kind.word(), part.kind.word()))
    }

    fn of_one(&self, name: &str, one: Part, at: Range<usize>) -> Option<Part> {
        let (node, kind) = match name {
            operators::LOGICAL_NOT => {
                self.expect(&one, Kind::Truth)?;
                (Node::Not(Box::new(one.node)), Kind::Truth)
            }
            operators::NEGATE => {
                self.expect(&one, Kind::Whole)?;
                let two = Box::new([Node::Whole(0), one.node]);
                (Node::Calculate(Arithmetic::Subtract, two), Kind::Whole)
            }
            "size" if !matches!(one.kind, Kind::Truth | Kind::Whole) => {
                (Node::Size(Box::new(one.node)), Kind::Whole)
            }
            "size" => return self.wrong(&one.at, "expected a text or a list"),
            _ => return self.wrong(&at, &format!("unknown use of `{name}`")),
        };
        Some(Part { node, kind, names: None, at })
    }

    fn of_two(&self, name: &str, left: Part, right: Part, at: Range<usize>) -> Option<Part> {
        let truth = |node| Some(Part { node, kind: Kind::Truth, names: None, at: at.clone() });
        if let Some(comparison) = comparison(name) {
            self.comparable(comparison, &left, &right, &at)?;
            return truth(Node::Compare(comparison, Box::new([left.node, right.node])));
        }
        if let Some(how) = arithmetic(name) {
            let (first, second) = (self.expect(&left, Kind::Whole), self.expect(&right, Kind::Whole));
            first.and(second)?;
            let node = Node::Calculate(how, Box::new([left.node, right.node]));
            return Some(Part { node, kind: Kind::Whole, names: None, at });
        }
        if let Some(search) = search(name) {
            let (first, second) = (self.expect(&left, Kind::Text), self.expect(&right, Kind::Text));
            first.and(second)?;
            return truth(Node::Search(search, Box::new([left.node, right.node])));
        }
        match name {
            operators::LOGICAL_AND | operators::LOGICAL_OR => {
                let (first, second) = (self.expect(&left, Kind::Truth), self.expect(&right, Kind::Truth));
                first.and(second)?;
                let two = Box::new([left.node, right.node]);
                truth(if name == operators::LOGICAL_AND { Node::And(two) } else { Node::Or(two) })
            }
            operators::IN => {
                self.among(&left, &right)?;
                truth(Node::Among(Box::new([left.node, right.node])))
            }
            _ => self.wrong(&at, &format!("unknown use of `{name}`")),
        }
    }

    fn choose(&self, [condition, first, second]: [Part; 3], at: Range<usize>) -> Option<Part> {
        self.expect(&condition, Kind::Truth)?;
        self.expect(&second, first.kind)?;
        let kind = first.kind;
        let node = Node::Choose(Box::new([condition.node, first.node, second.node]));
        Some(Part { node, kind, names: None, at })
    }

    fn comparable(&self, by: Comparison, left: &Part, right: &Part, at: &Range<usize>) -> Option<()> {
        if left.kind != right.kind {
            let message =
                format!("expected two of a kind, found {} and {}", left.kind.word(), right.kind.word());
            return self.wrong(at, &message);
        }
        let equality = matches!(by, Comparison::Equal | Comparison::Unequal);
        match left.kind {
            Kind::Whole | Kind::Text => {}
            Kind::Truth if equality => {}
            other => return self.wrong(at, &format!("expected numbers or texts, found {}", other.word())),
        }
        let (first, second) = (self.is_known(left, right), self.is_known(right, left));
        first.and(second)
    }

    fn among(&self, one: &Part, list: &Part) -> Option<()> {
        let wanted = match one.kind {
            Kind::Text => Kind::Texts,
            Kind::Whole => Kind::Wholes,
            other => {
                return self.wrong(&one.at, &format!("expected a text or a number, found {}", other.word()));
            }
        };
        self.expect(list, wanted)?;
        let (first, second) = (self.is_known(one, list), self.is_known(list, one));
        first.and(second)
    }

    /// Whether the names written in `written` are ones that `of` can have.
    fn is_known(&self, of: &Part, written: &Part) -> Option<()> {
        let Some((noun, known)) = &of.names else { return Some(()) };
        let names = match &written.node {
            Node::Text(text) => {
                std::slice::from_ref(text).iter().map(|text| Name::from(text.as_str())).collect()
            }
            Node::Texts(texts) => texts.clone(),
            _ => Vec::new(),
        };
        let empty_tier = |name: &Name| *noun == "tier" && name.as_str().is_empty();
        let Some(unknown) = names.iter().find(|name| !known.contains(name) && !empty_tier(name)) else {
            return Some(());
        };
        let hint = did_you_mean(unknown.as_str(), known.iter().map(Name::as_str));
        self.text.report(&written.at, &format!("unknown {noun} `{unknown}`"), hint);
        None
    }

    /// `money("12.50")`: an amount in minor units.
    fn money(&self, call: &CallExpr, at: Range<usize>) -> Option<Part> {
        let currency = &self.scope.measures.currency;
        let amount = match call.args.as_slice() {
            [IdedExpr { expr: Expr::Literal(LiteralValue::String(text)), .. }] => {
                text.inner().replace('_', "").parse::<Decimal>().ok().and_then(|it| currency.to_minor(it))
            }
            _ => None,
        };
        let Some(amount) = amount else {
            let message = format!(
                "expected an amount in {} to {} decimals such as money(\"1_500\")",
                currency.code, currency.exponent
            );
            return self.wrong(&at, &message);
        };
        Some(Part { node: Node::Whole(amount.0), kind: Kind::Whole, names: None, at })
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::Unequal,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::AtMost,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::AtLeast,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}

fn search(name: &str) -> Option<Search> {
    Some(match name {
        "startsWith" => Search::StartsWith,
        "endsWith" => Search::EndsWith,
        "contains" => Search::Contains,
        _ => return None,
    })
}
