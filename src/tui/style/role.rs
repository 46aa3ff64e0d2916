use serde::{Deserialize, Serialize};

/// What a piece of the screen means. Themes set roles; one that a theme leaves out takes its parent's look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Ordinary text, and the ground of the whole screen.
    Text,
    /// Chrome: numbers of lines, units, hints.
    Muted,
    /// The thin lines between panes.
    Rule,
    /// A pane's title.
    Title,
    /// The focused pane's title.
    TitleFocused,
    /// Focus, links, keys in the footer.
    Accent,
    /// Vulnerable, unrealistic, failed.
    Danger,
    /// Secure, realistic.
    Good,
    /// Invalid, unsure, waiting.
    Warn,
    /// The selected row of the focused pane.
    Selection,
    /// The selected row of a pane without focus.
    SelectionIdle,
    /// Letters that a filter matched.
    Match,
    /// A character that could not be seen and is shown instead.
    Hidden,
    /// Numbers of lines.
    Number,
    /// The bar in the gutter where a finding is.
    FindingBar,
    /// The ground of a line that a finding is on.
    FindingLine,
    /// The rule at the right end of that line.
    FindingRule,
    /// Grounds and signs of a diff.
    Added,
    AddedWord,
    AddedSign,
    Removed,
    RemovedWord,
    RemovedSign,
    /// The ground of lines that moved.
    Moved,
    /// A row that stands for folded lines.
    Fold,
    /// The part of a split diff where the other side has a line and this one none.
    Void,
    /// Syntax.
    Syntax,
    Comment,
    Keyword,
    Function,
    Type,
    String,
    StringEscape,
    Literal,
    Constant,
    Decorator,
    Parameter,
    Operator,
    Punctuation,
    Invalid,
}

impl Role {
    pub const ALL: [Self; 40] = [
        Self::Text,
        Self::Muted,
        Self::Rule,
        Self::Title,
        Self::TitleFocused,
        Self::Accent,
        Self::Danger,
        Self::Good,
        Self::Warn,
        Self::Selection,
        Self::SelectionIdle,
        Self::Match,
        Self::Hidden,
        Self::Number,
        Self::FindingBar,
        Self::FindingLine,
        Self::FindingRule,
        Self::Added,
        Self::AddedWord,
        Self::AddedSign,
        Self::Removed,
        Self::RemovedWord,
        Self::RemovedSign,
        Self::Moved,
        Self::Fold,
        Self::Void,
        Self::Syntax,
        Self::Comment,
        Self::Keyword,
        Self::Function,
        Self::Type,
        Self::String,
        Self::StringEscape,
        Self::Literal,
        Self::Constant,
        Self::Decorator,
        Self::Parameter,
        Self::Operator,
        Self::Punctuation,
        Self::Invalid,
    ];

    /// The role whose look this one takes where the theme sets none; `None` ends the chain at plain text.
    pub fn parent(self) -> Option<Self> {
        Some(match self {
            Self::Text => return None,
            Self::Rule | Self::Number | Self::Fold | Self::Comment => Self::Muted,
            Self::TitleFocused | Self::Match => Self::Accent,
            Self::Hidden => Self::Warn,
            Self::FindingBar | Self::FindingRule | Self::RemovedSign | Self::Invalid => Self::Danger,
            Self::AddedSign => Self::Good,
            Self::SelectionIdle => Self::Selection,
            Self::AddedWord => Self::Added,
            Self::RemovedWord => Self::Removed,
            Self::StringEscape => Self::String,
            Self::Constant => Self::Literal,
            Self::Decorator => Self::Function,
            Self::Keyword
            | Self::Function
            | Self::Type
            | Self::String
            | Self::Literal
            | Self::Parameter
            | Self::Operator
            | Self::Punctuation => Self::Syntax,
            _ => Self::Text,
        })
    }
}
