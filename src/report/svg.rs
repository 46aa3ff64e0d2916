//! Horizontal bars as inline SVG; colours come from the page's style.

use super::document::Chart;
use super::html::escape;
use crate::core::escape::columns;

/// Pixels.
const WIDTH: f64 = 760.0;
const ROW: f64 = 26.0;
const THICK: f64 = 14.0;
/// About the width of a character.
const LETTER: f64 = 8.4;
const GAP: f64 = 10.0;
/// Columns of a label or a value before it is cut; its whole text is the bar's title.
const LONGEST: usize = 32;

pub fn chart(out: &mut String, chart: &Chart, id: &str) {
    let widest =
        |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| columns(&cut(text))).max().unwrap_or(0) as f64;
    let labels = widest(&mut chart.bars.iter().map(|bar| bar.label.as_str())) * LETTER;
    let values = widest(&mut chart.bars.iter().map(|bar| bar.shown.as_str())) * LETTER;
    let (left, right) = (labels + GAP, WIDTH - values - GAP);
    let height = ROW * chart.bars.len() as f64 + 4.0;
    let at = |value: f64| left + (value / chart.full).clamp(0.0, 1.0) * (right - left);
    out.push_str(&format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-labelledby=\"{id}\">\n<title id=\"{id}\">{}: {}</title>\n",
        escape(&chart.title),
        escape(&chart.bars.iter().map(|bar| format!("{} {}", bar.label, bar.shown)).collect::<Vec<_>>().join("; "))
    ));
    for (number, bar) in chart.bars.iter().enumerate() {
        let top = 2.0 + ROW * number as f64;
        let (edge, middle, foot) = (top + (ROW - THICK) / 2.0, top + ROW / 2.0, top + ROW / 2.0 + 4.5);
        out.push_str(&format!(
            "<g><title>{}: {}</title>\n\
             <text x=\"{labels:.1}\" y=\"{foot:.1}\" text-anchor=\"end\">{}</text>\n\
             <rect class=\"track\" x=\"{left:.1}\" y=\"{edge:.1}\" width=\"{:.1}\" height=\"{THICK}\"/>\n\
             <rect class=\"bar\" x=\"{left:.1}\" y=\"{edge:.1}\" width=\"{:.1}\" height=\"{THICK}\"/>\n",
            escape(&bar.label),
            escape(&bar.shown),
            escape(&cut(&bar.label)),
            right - left,
            at(bar.value) - left,
        ));
        if let Some((low, high)) = bar.interval {
            let (low, high) = (at(low), at(high));
            out.push_str(&format!(
                "<path class=\"whisker\" d=\"M{low:.1} {middle:.1}H{high:.1}M{low:.1} {:.1}v8M{high:.1} {:.1}v8\"/>\n",
                middle - 4.0,
                middle - 4.0
            ));
        }
        let shown = escape(&cut(&bar.shown));
        out.push_str(&format!("<text x=\"{:.1}\" y=\"{foot:.1}\">{shown}</text></g>\n", right + GAP));
    }
    out.push_str("</svg>\n");
}

fn cut(text: &str) -> String {
    if columns(text) <= LONGEST {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if columns(&out) + 2 > LONGEST {
            break;
        }
        out.push(c);
    }
    out + "…"
}
