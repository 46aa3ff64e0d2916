/// The marks of the screen; each of one column, but the last three. [`Signs::ASCII`] holds the stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// Vulnerable, unrealistic.
    pub danger: &'static str,
    /// Secure, realistic.
    pub good: &'static str,
    /// Invalid, failed.
    pub invalid: &'static str,
    /// Unsure.
    pub unsure: &'static str,
    /// A test that fails on what the code is asked to do, that ran out of time, that a limit ended, that was not run.
    pub wrong: &'static str,
    pub timeout: &'static str,
    pub killed: &'static str,
    pub refused: &'static str,
    /// The scanner is silent and the test fails.
    pub flag: &'static str,
    /// A fix that the annotator skipped, a version to look at again.
    pub skip: &'static str,
    pub flagged: &'static str,
    /// Nothing to say, not needed.
    pub idle: &'static str,
    /// Selected row; finding in the gutter.
    pub bar: &'static str,
    pub open: &'static str,
    pub closed: &'static str,
    /// Between the parts of a path in the header.
    pub crumb: &'static str,
    pub horizontal: &'static str,
    pub vertical: &'static str,
    /// Where a horizontal rule meets a vertical one: from below, from above, from the right, from the left, both.
    pub tee_down: &'static str,
    pub tee_up: &'static str,
    pub tee_right: &'static str,
    pub tee_left: &'static str,
    pub cross: &'static str,
    /// What was cut off.
    pub ellipsis: &'static str,
    /// Folded lines.
    pub fold: &'static str,
    /// The same line as far as what is hidden goes.
    pub near: &'static str,
    /// No line on this side.
    pub void: &'static str,
    pub left: &'static str,
    pub right: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub play: &'static str,
    pub pause: &'static str,
    pub times: &'static str,
    /// A finding along a row of versions: there, gone, there again after it was gone.
    pub here: &'static str,
    pub gone: &'static str,
    pub back: &'static str,
    /// The part of a bar that is full.
    pub full: &'static str,
    /// Eighths of a bar's cell, from one to seven.
    pub eighths: &'static [&'static str],
    pub spinner: &'static [&'static str],
    pub ascii: bool,
}

impl Signs {
    pub const UNICODE: Self = Self {
        danger: "✗",
        good: "✓",
        invalid: "!",
        unsure: "?",
        wrong: "≠",
        timeout: "∞",
        killed: "†",
        refused: "–",
        flag: "◆",
        skip: "»",
        flagged: "⚑",
        idle: "·",
        bar: "▌",
        open: "▾",
        closed: "▸",
        crumb: "›",
        horizontal: "─",
        vertical: "│",
        tee_down: "┬",
        tee_up: "┴",
        tee_right: "├",
        tee_left: "┤",
        cross: "┼",
        ellipsis: "…",
        fold: "⋯",
        near: "≈",
        void: " ",
        left: "←",
        right: "→",
        up: "↑",
        down: "↓",
        play: "▶",
        pause: "‖",
        times: "×",
        here: "●",
        gone: "○",
        back: "↺",
        full: "█",
        eighths: &["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
        spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
        ascii: false,
    };

    pub const ASCII: Self = Self {
        danger: "x",
        good: "+",
        invalid: "!",
        unsure: "?",
        wrong: "#",
        timeout: "t",
        killed: "k",
        refused: "-",
        flag: "*",
        skip: ">",
        flagged: "F",
        idle: ".",
        bar: "|",
        open: "v",
        closed: ">",
        crumb: ">",
        horizontal: "-",
        vertical: "|",
        tee_down: "+",
        tee_up: "+",
        tee_right: "+",
        tee_left: "+",
        cross: "+",
        ellipsis: "~",
        fold: ":",
        near: "~",
        void: " ",
        left: "<",
        right: ">",
        up: "^",
        down: "v",
        play: ">",
        pause: "=",
        times: "x",
        here: "*",
        gone: "o",
        back: "@",
        full: "#",
        eighths: &["", "", "", "#", "#", "#", "#"],
        spinner: &["|", "/", "-", "\\"],
        ascii: true,
    };

    /// The stand-ins where the locale is not UTF-8 or the terminal is known to lack the signs.
    pub fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
        let utf8 = {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        let poor = matches!(set("TERM").as_deref(), Some("linux" | "dumb" | "vt100" | "vt220"));
        // macOS and containers often set no locale at all; a terminal with 256 colours draws UTF-8.
        let modern = locale.is_empty() && set("TERM").is_some_and(|term| term.contains("256color"));
        if !poor && (utf8 || modern) { Self::UNICODE } else { Self::ASCII }
    }
}
