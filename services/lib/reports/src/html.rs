//! Pages that need nothing else: no script, no font, no picture from elsewhere. A statement as one.

use crate::calendar::local;
use crate::statement::{Line, Standing, Statement};
use chrono_tz::Tz;
use std::fmt::Write;

const STYLE: &str = "
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.45 }
  body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.4rem; margin-bottom: .2rem }
  p { margin: .2rem 0 1.2rem; opacity: .75 }
  table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem }
  th, td { padding: .4rem .6rem; text-align: left; border-bottom: 1px solid #8884; vertical-align: top }
  th { font-weight: 600; border-bottom: 2px solid #8888 }
  .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
  .t { white-space: nowrap }
  h2 { font-size: 1.1rem; margin: 2rem 0 .4rem } dl { font-size: .85rem; opacity: .8 } dt { font-weight: 600 }
  svg { display: block; width: 100%; height: auto } svg text { font-size: 12px; fill: currentColor }
  .bar { fill: #3b7dd8 } .bar.minus { fill: #c62828 } .axis { stroke: #8888 }
  .up { color: #18794e } .down { color: #c62828 } .tier td { font-style: italic }
  @media (prefers-color-scheme: dark) { .up { color: #5bd39b } .down { color: #ff8a80 } }
  @media print { body { margin: 0; max-width: none } }
";

/// The page of `statement`, instants as the clocks of `zone` show them.
pub fn page(statement: &Statement, zone: Tz) -> String {
    let about = format!(
        "{}, {}, {} to {}",
        statement.entity.programme(),
        zone.name(),
        local(zone, statement.from),
        local(zone, statement.until),
    );
    let mut body = ends(statement);
    body.push_str(&lines(statement, zone));
    if let Some(remark) = statement.remark(zone) {
        let _ = writeln!(body, "<p>{}</p>", escaped(&remark));
    }
    framed(&format!("Statement of {}", statement.entity.local()), &about, &body)
}

/// A page of this title, with what it is about below; `body` is markup.
pub(crate) fn framed(title: &str, about: &str, body: &str) -> String {
    let (title, about) = (escaped(title), escaped(about));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p>{about}</p>\n{body}</body>\n</html>\n"
    )
}

fn ends(statement: &Statement) -> String {
    let mut table = String::from(
        "<table class=\"ends\">\n<thead><tr><th>Wallet</th><th></th><th class=\"n\">Total</th><th class=\"n\">\
         Available</th><th class=\"n\">Reserved</th><th class=\"n\">Owed</th></tr></thead>\n<tbody>\n",
    );
    for wallet in &statement.wallets {
        let name = escaped(wallet.wallet.as_str());
        for (end, standing) in [("opening", wallet.opening), ("closing", wallet.closing)] {
            let _ = writeln!(table, "<tr><td>{name}</td><td>{end}</td>{}</tr>", figures(Some(standing)));
        }
    }
    table + "</tbody>\n</table>\n"
}

fn lines(statement: &Statement, zone: Tz) -> String {
    let mut table = String::from(
        "<table class=\"lines\">\n<thead><tr><th>When</th><th>What happened</th><th class=\"n\">Change</th>\
         <th class=\"n\">Total</th><th class=\"n\">Available</th><th class=\"n\">Reserved</th>\
         <th class=\"n\">Owed</th></tr></thead>\n<tbody>\n",
    );
    statement.lines.iter().for_each(|told| table.push_str(&line(told, zone)));
    table + "</tbody>\n</table>\n"
}

fn line(line: &Line, zone: Tz) -> String {
    let class = if line.kind.is_none() { " class=\"tier\"" } else { "" };
    let (sign, direction) = match line.change {
        0 => (String::new(), ""),
        change if change > 0 => (format!("+{change}"), " up"),
        change => (format!("\u{2212}{}", change.unsigned_abs()), " down"),
    };
    format!(
        "<tr{class}><td class=\"t\">{}</td><td>{}</td><td class=\"n{direction}\">{sign}</td>{}</tr>\n",
        local(zone, line.at),
        escaped(&line.what),
        figures(line.after)
    )
}

fn figures(standing: Option<Standing>) -> String {
    let Some(Standing { total, available, held, debt }) = standing else {
        return "<td></td>".repeat(4);
    };
    [total, available, held, debt].map(|points| format!("<td class=\"n\">{points}</td>")).concat()
}

/// Text as markup shows it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_partners_wrote_is_text_and_never_markup() {
        assert_eq!(super::escaped("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
    }
}
