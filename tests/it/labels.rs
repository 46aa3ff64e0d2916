//! Labels in the workbench: the guideline, the panel of reasons, skip and flag, many at once.

use fdsp::core::label::LabelVerdict;
use fdsp::review::guideline::Guideline;
use fdsp::tui::app::keys::Chord;
use fdsp::tui::app::reasons::{Panel, Said};
use fdsp::tui::style::{Signs, Theme};
use fdsp::tui::{svg, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

mod bulk;
mod guideline;
mod keys;
mod told;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn panel(verdict: Option<LabelVerdict>, keys: &str, guideline: &Guideline) -> Panel {
    let mut panel = Panel::new(verdict, Said::default(), 40);
    for key in keys.split_whitespace() {
        panel.key(Chord::parse(key).expect("a key"), guideline, Some((6, 9)));
    }
    panel
}

fn drawn(panel: &Panel, guideline: &Guideline, theme: &Theme, (width, height): (u16, u16)) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    view::reasons::draw(panel, guideline, theme, buffer.area, &mut buffer);
    let rows = view::reasons::height(panel, guideline, width).min(height);
    svg::to_text(&buffer).lines().skip((height - rows) as usize).map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_panel_at_both_sizes() {
    let guideline = Guideline::builtin();
    let unrealistic = Some(LabelVerdict::Unrealistic);
    let theme = Theme::plain();
    for size in SIZES {
        for (name, verdict, keys) in [
            ("panel", unrealistic, ""),
            ("panel-chosen", unrealistic, "f m l c n o t h i n g"),
            ("panel-fault", unrealistic, "p l l backspace 9 9 enter"),
            ("panel-comment", None, "n o ctrl-l"),
        ] {
            let panel = panel(verdict, keys, &guideline);
            insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), drawn(&panel, &guideline, &theme, size));
        }
    }
    let ascii = Theme::plain().with_signs(Signs::ASCII);
    let text = drawn(&panel(unrealistic, "f l", &guideline), &guideline, &ascii, SIZES[0]);
    assert!(text.is_ascii(), "{text}");
    // Of every size, and of none.
    for size in [(0, 0), (1, 1), (20, 4), (40, 6), (61, 15), (119, 3), (400, 60)] {
        drawn(&panel(unrealistic, "f", &guideline), &guideline, &theme, size);
    }
}

#[test]
fn a_hostile_guideline_acts_on_no_terminal() {
    let text = "version = 1\ntitle = \"\\u001b[2J\"\n[[reason]]\nid = 'a'\nkey = 'a'\nname = \"\\u001b]0;x\\u0007\\u202e\"\n\
                meaning = \"\\u001b[31m\"";
    let guideline = Guideline::parse("g", text).expect("it is whole");
    for size in SIZES {
        let said = drawn(&panel(Some(LabelVerdict::Unrealistic), "a", &guideline), &guideline, &Theme::plain(), size);
        let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!said.contains(acts), "{said:?}");
    }
}
