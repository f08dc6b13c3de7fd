//! The geometric means as a picture: a group of bars for each suite, a bar for each contestant, time ÷
//! native. Text stays text, and colours follow the reader's light or dark ground.

use std::fmt::Write;

use crate::bench::speed::figure::{Figures, NATIVE, OURS, time};
use crate::bench::speed::suite::SUITES;

/// One bar: the contestant and its mean.
struct Bar {
    who: String,
    mean: f64,
}

/// Pixels.
const WIDTH: f64 = 760.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 60.0;
const BAR: f64 = 15.0;
const BETWEEN: f64 = 12.0;
const TITLE: f64 = 18.0;
const TOP: f64 = 52.0;

/// The picture; none when nothing was measured beside a native build.
pub fn svg(figures: &Figures, variant: &str) -> Option<String> {
    let groups: Vec<(String, Vec<Bar>)> = figures
        .suites()
        .iter()
        .map(|suite| (title(suite), bars(figures, suite, variant)))
        .filter(|(_, bars)| !bars.is_empty())
        .collect();
    let means = || groups.iter().flat_map(|(_, bars)| bars.iter().map(|bar| bar.mean));
    let most = means().max_by(f64::total_cmp)?.max(1.0);
    let scale = (WIDTH - LEFT - RIGHT) / most;
    let mut body = String::new();
    let mut y = TOP;
    for (title, bars) in &groups {
        text(&mut body, 10.0, y + 12.0, "suite", "start", title);
        y += TITLE;
        for bar in bars {
            draw(&mut body, bar, y, scale);
            y += BAR;
        }
        y += BETWEEN;
    }
    let height = y + 4.0;
    let one = LEFT + scale;
    let _ = writeln!(
        body,
        "<line class=\"one\" x1=\"{one:.1}\" y1=\"{:.1}\" x2=\"{one:.1}\" y2=\"{:.1}\"/>",
        TOP - 6.0,
        y - BETWEEN + 2.0
    );
    text(&mut body, one, TOP - 10.0, "who", "middle", "native -O3 = 1");
    Some(format!("{}{body}</svg>\n", head(height, variant)))
}

/// The beginning of the file: its size, its description, its colours.
fn head(height: f64, variant: &str) -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\">\n\
         <title>Run time beside native code, geometric means by suite, {}</title>\n",
        escaped(variant)
    );
    text.push_str(
        "<style>\n\
         text { fill: #24292f; font-size: 12px }\n\
         .suite { font-weight: 600 }\n\
         .who, .mean { font-size: 11px }\n\
         .head { font-size: 14px; font-weight: 600 }\n\
         .bar { fill: #9aa5b1 }\n\
         .ours { fill: #c0392b }\n\
         .one { stroke: #24292f; stroke-dasharray: 3 3 }\n\
         @media (prefers-color-scheme: dark) {\n\
         text { fill: #e6edf3 }\n\
         .bar { fill: #5f6b7a }\n\
         .ours { fill: #e8685a }\n\
         .one { stroke: #e6edf3 }\n\
         }\n\
         </style>\n",
    );
    let title =
        format!("Run time / native -O3 of the same compiler ({variant}; shorter is faster)");
    self::text(&mut text, 10.0, 20.0, "head", "start", &title);
    text
}

/// What a suite is called in the picture.
fn title(suite: &str) -> String {
    let known = SUITES.iter().find(|known| known.name == suite);
    known.map_or(suite, |known| known.title).to_owned()
}

/// The bars of a suite, ours first.
fn bars(figures: &Figures, suite: &str, variant: &str) -> Vec<Bar> {
    let mut all = Vec::new();
    for who in figures.contestants().into_iter().filter(|who| !who.starts_with(NATIVE)) {
        if let Some((mean, _)) = figures.mean((suite, variant), (who, NATIVE), time) {
            all.push(Bar { who: who.to_owned(), mean });
        }
    }
    all.sort_by_key(|bar| bar.who != OURS);
    all
}

/// Draws one bar with its name and its figure.
fn draw(into: &mut String, bar: &Bar, y: f64, scale: f64) {
    let class = if bar.who == OURS { "bar ours" } else { "bar" };
    let width = bar.mean * scale;
    let _ = writeln!(
        into,
        "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>",
        BAR - 3.0
    );
    let mean = format!("{:.2}", bar.mean);
    text(into, LEFT + width + 4.0, y + 10.0, "mean", "start", &mean);
    text(into, LEFT - 4.0, y + 10.0, "who", "end", &bar.who);
}

/// Writes one piece of text.
fn text(into: &mut String, x: f64, y: f64, class: &str, anchor: &str, said: &str) {
    let said = escaped(said);
    let _ = writeln!(
        into,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{said}</text>"
    );
}

/// Text as XML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::speed::figure::tests::{figure, some};

    /// The elements of a picture, each closed: their names with how often they occur.
    fn elements(svg: &str) -> Vec<(String, usize)> {
        let (mut open, mut counted): (Vec<String>, Vec<(String, usize)>) = Default::default();
        let mut rest = svg;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            let end = rest.find('>').expect("a tag ends");
            let tag = &rest[..end];
            assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "{tag}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name));
                continue;
            }
            let name = tag.split([' ', '/']).next().unwrap_or_default().to_owned();
            match counted.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => counted.push((name.clone(), 1)),
            }
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
        counted
    }

    #[test]
    fn nothing_measured_is_no_picture() {
        assert_eq!(svg(&Figures::default(), "scalar"), None);
        assert_eq!(svg(&some(), "simd"), None);
        let alone = Figures(vec![figure("a", OURS, 1.0)]);
        assert_eq!(svg(&alone, "scalar"), None);
    }

    #[test]
    fn a_picture_is_well_formed_and_has_a_bar_for_each() {
        let text = svg(&some(), "scalar").unwrap();
        let elements = elements(&text);
        assert!(elements.contains(&("rect".to_owned(), 2)), "{elements:?}");
        assert!(text.contains("prefers-color-scheme: dark"));
        // 20/10 and 80/10 of native: a mean of 4.
        assert!(text.contains(">4.00</text>"), "{text}");
    }

    #[test]
    fn names_cannot_break_it() {
        let mut figures = some();
        for figure in &mut figures.0 {
            if figure.contestant == "wasmtime" {
                figure.contestant = "<b & \"c\">".to_owned();
            }
        }
        let text = svg(&figures, "scalar").unwrap();
        elements(&text);
        assert!(text.contains("&lt;b &amp; &quot;c&quot;&gt;"));
    }
}
