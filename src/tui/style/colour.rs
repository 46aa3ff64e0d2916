use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None: bold, underline and reverse carry what colour would.
    Mono,
    Ansi16,
    Indexed,
    True,
}

impl ColourDepth {
    /// The words for it, as flags and the settings file have them.
    pub const WORDS: [(&str, Self); 4] =
        [("truecolor", Self::True), ("256", Self::Indexed), ("16", Self::Ansi16), ("none", Self::Mono)];

    /// From `NO_COLOR`, `COLORTERM` and `TERM`.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let term = env("TERM").unwrap_or_default();
        if env("NO_COLOR").is_some_and(|value| !value.is_empty()) || term == "dumb" {
            return Self::Mono;
        }
        let truecolour = matches!(env("COLORTERM").as_deref(), Some("truecolor" | "24bit"));
        let known = ["kitty", "alacritty", "ghostty", "wezterm", "foot", "contour"];
        if truecolour || term.ends_with("-direct") || known.iter().any(|name| term.contains(name)) {
            Self::True
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Ansi16
        }
    }
}

const NAMES: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// A colour as a theme writes it: `#rrggbb` or one of the sixteen names or `default`.
pub(super) fn parse(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
        return Some(Color::from_u32(number));
    }
    NAMES.iter().find(|(name, _)| *name == text).map(|(_, colour)| *colour)
}

/// The nearest colour that `depth` can show; `None` where it can show none.
pub(super) fn degrade(colour: Color, depth: ColourDepth) -> Option<Color> {
    match (depth, colour) {
        (ColourDepth::Mono, _) => None,
        (ColourDepth::Indexed, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest(rgb_of(r, g, b), 16..=255))),
        (ColourDepth::Ansi16, Color::Rgb(r, g, b)) => Some(named(nearest(rgb_of(r, g, b), 0..=15))),
        (ColourDepth::Ansi16, Color::Indexed(index)) if index > 15 => Some(named(nearest(indexed(index), 0..=15))),
        (_, colour) => Some(colour),
    }
}

fn rgb_of(r: u8, g: u8, b: u8) -> [i32; 3] {
    [r.into(), g.into(), b.into()]
}

fn named(index: u8) -> Color {
    NAMES.get(usize::from(index) + 1).map_or(Color::Reset, |(_, colour)| *colour)
}

fn nearest(wanted: [i32; 3], among: std::ops::RangeInclusive<u8>) -> u8 {
    let distance = |index: &u8| {
        let [r, g, b] = indexed(*index);
        let (dr, dg, db) = (r - wanted[0], g - wanted[1], b - wanted[2]);
        // The eye's weights, roughly.
        3 * dr * dr + 6 * dg * dg + db * db
    };
    among.min_by_key(distance).unwrap_or(0)
}

/// xterm's value of one of the 256 colours.
fn indexed(index: u8) -> [i32; 3] {
    const BASE: [[i32; 3]; 16] = [
        [0, 0, 0],
        [205, 0, 0],
        [0, 205, 0],
        [205, 205, 0],
        [0, 0, 238],
        [205, 0, 205],
        [0, 205, 205],
        [229, 229, 229],
        [127, 127, 127],
        [255, 0, 0],
        [0, 255, 0],
        [255, 255, 0],
        [92, 92, 255],
        [255, 0, 255],
        [0, 255, 255],
        [255, 255, 255],
    ];
    match index {
        0..=15 => BASE[usize::from(index)],
        16..=231 => {
            let level = |n: i32| if n == 0 { 0 } else { 55 + 40 * n };
            let n = i32::from(index) - 16;
            [level(n / 36), level(n / 6 % 6), level(n % 6)]
        }
        232..=255 => [8 + 10 * (i32::from(index) - 232); 3],
    }
}

/// Red, green and blue of any colour, for pictures and contrast; `None` for the terminal's own default.
pub fn rgb(colour: Color) -> Option<[u8; 3]> {
    if let Color::Rgb(r, g, b) = colour {
        return Some([r, g, b]);
    }
    let index = match colour {
        Color::Indexed(index) => index,
        named => NAMES[1..].iter().position(|(_, other)| *other == named)? as u8,
    };
    Some(indexed(index).map(|value| value as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(pairs: &[(&str, &str)]) -> ColourDepth {
        ColourDepth::detect(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_says_how_many_colours() {
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), ColourDepth::True);
        assert_eq!(depth(&[("TERM", "xterm-kitty")]), ColourDepth::True);
        assert_eq!(depth(&[("TERM", "tmux-256color")]), ColourDepth::Indexed);
        assert_eq!(depth(&[("TERM", "linux")]), ColourDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), ColourDepth::Mono);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]), ColourDepth::Indexed);
    }

    #[test]
    fn colours_degrade_to_the_nearest() {
        assert_eq!(degrade(Color::Rgb(255, 0, 0), ColourDepth::Indexed), Some(Color::Indexed(196)));
        assert_eq!(degrade(Color::Rgb(250, 10, 10), ColourDepth::Ansi16), Some(Color::LightRed));
        assert_eq!(degrade(Color::Rgb(1, 1, 1), ColourDepth::Mono), None);
        assert_eq!(degrade(Color::Reset, ColourDepth::Ansi16), Some(Color::Reset));
        assert_eq!(parse("#10a0ff"), Some(Color::Rgb(0x10, 0xa0, 0xff)));
        assert_eq!(parse("#10a0f"), None);
        assert_eq!(parse("bright-white"), Some(Color::White));
        assert_eq!(rgb(Color::White), Some([255, 255, 255]));
    }
}
