use std::collections::BTreeMap;
use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::colour::{self, ColourDepth};
use super::role::Role;
use super::signs::Signs;

const BUILT_IN: [(&str, &str); 4] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("ansi16", include_str!("../../../themes/ansi16.toml")),
];

/// How every role looks on this terminal.
#[derive(Debug, Clone)]
pub struct Theme {
    pub name: String,
    pub signs: Signs,
    styles: [Style; Role::ALL.len()],
}

#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("theme {name}: no such theme; the themes are {}, or give the path of a TOML file", Theme::names().join(", "))]
    Unknown { name: String },
    #[error("theme {path}: cannot be read: {source}")]
    Read { path: String, source: std::io::Error },
    #[error("theme {name}: {message}")]
    Parse { name: String, message: String },
    #[error("theme {name} line {line}: {what}")]
    Value { name: String, line: usize, what: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The theme that holds what this file does not set.
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    roles: BTreeMap<Role, Look>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    fg: Option<Spanned<Paint>>,
    bg: Option<Spanned<Paint>>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
    #[serde(default)]
    dim: bool,
}

/// One colour, or one for true colour and one for 256.
#[derive(Deserialize)]
#[serde(untagged)]
enum Paint {
    One(Shade),
    Two([Shade; 2]),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shade {
    Index(u8),
    Name(String),
}

impl Theme {
    /// The built-in themes' names.
    pub fn names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|(name, _)| *name).collect()
    }

    /// A built-in theme by name or any theme by path, fitted to what the terminal shows. With sixteen colours the
    /// built-in themes give way to `ansi16`, whose grounds are made for it; `high-contrast` stays.
    pub fn resolve(name_or_path: &str, depth: ColourDepth) -> Result<Self, ThemeError> {
        let built_in = |name: &str| BUILT_IN.iter().find(|(known, _)| *known == name);
        let wanted = match (name_or_path, depth) {
            ("dark" | "light", ColourDepth::Ansi16) => "ansi16",
            (other, _) => other,
        };
        let mut theme = if let Some((name, text)) = built_in(wanted) {
            Self::parse(name, text, depth)?
        } else if Path::new(wanted).extension().is_some() || wanted.contains(['/', '\\']) {
            let text = std::fs::read_to_string(wanted)
                .map_err(|source| ThemeError::Read { path: wanted.to_owned(), source })?;
            Self::parse(wanted, &text, depth)?
        } else {
            return Err(ThemeError::Unknown { name: wanted.to_owned() });
        };
        theme.name = name_or_path.to_owned();
        Ok(theme)
    }

    /// A theme without any colour, which cannot fail: for tests and as a last resort.
    pub fn plain() -> Self {
        Self { name: "plain".into(), signs: Signs::UNICODE, styles: Role::ALL.map(mono) }
    }

    pub fn with_signs(mut self, signs: Signs) -> Self {
        self.signs = signs;
        self
    }

    /// How `role` looks; only what it sets, to be patched over what lies below. [`Role::Text`] alone sets the ground.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    fn parse(name: &str, text: &str, depth: ColourDepth) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|error| ThemeError::Parse {
            name: name.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let mut looks: BTreeMap<Role, Style> = BTreeMap::new();
        if let Some(base) = &file.inherits {
            let Some((base, text)) = BUILT_IN.iter().find(|(known, _)| known == base) else {
                return Err(ThemeError::Unknown { name: base.clone() });
            };
            let theme = Self::parse(base, text, depth)?;
            looks.extend(Role::ALL.map(|role| (role, theme.style(role))));
        }
        let reader = Reader { name, text, palette: &file.palette, depth };
        reader.check_palette()?;
        for (role, look) in &file.roles {
            looks.insert(*role, reader.style(look)?);
        }
        let styles = Role::ALL.map(|role| match depth {
            ColourDepth::Mono => mono(role),
            _ => chain(&looks, role),
        });
        Ok(Self { name: name.to_owned(), signs: Signs::UNICODE, styles })
    }
}

fn chain(looks: &BTreeMap<Role, Style>, role: Role) -> Style {
    let mut at = role;
    loop {
        if let Some(style) = looks.get(&at) {
            return *style;
        }
        match at.parent() {
            // The ground belongs to the screen: a role that sets nothing lets what is below it through.
            None | Some(Role::Text) => return Style::new(),
            Some(parent) => at = parent,
        }
    }
}

/// What carries a role's meaning where there is no colour.
fn mono(role: Role) -> Style {
    let modifier = match role {
        Role::Title | Role::Danger | Role::FindingRule | Role::Keyword => Modifier::BOLD,
        Role::TitleFocused => Modifier::BOLD.union(Modifier::UNDERLINED),
        Role::Accent | Role::Match | Role::AddedWord | Role::RemovedWord => Modifier::UNDERLINED,
        Role::Selection | Role::Hidden => Modifier::REVERSED,
        Role::SelectionIdle => Modifier::BOLD,
        _ => Modifier::empty(),
    };
    Style::new().add_modifier(modifier)
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    palette: &'a BTreeMap<String, Spanned<String>>,
    depth: ColourDepth,
}

impl Reader<'_> {
    fn error(&self, at: usize, what: String) -> ThemeError {
        let line = 1 + self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count();
        ThemeError::Value { name: self.name.to_owned(), line, what }
    }

    fn check_palette(&self) -> Result<(), ThemeError> {
        for (key, value) in self.palette {
            if colour::parse(value.get_ref()).is_none() {
                let what = format!("palette.{key}: `{}` is no colour; write #rrggbb", value.get_ref());
                return Err(self.error(value.span().start, what));
            }
        }
        Ok(())
    }

    fn shade(&self, shade: &Shade, at: usize) -> Result<Color, ThemeError> {
        match shade {
            Shade::Index(index) => Ok(Color::Indexed(*index)),
            Shade::Name(name) => {
                let known = self.palette.get(name).map_or(name.as_str(), |value| value.get_ref());
                colour::parse(known).ok_or_else(|| {
                    let what = format!(
                        "`{name}` is no colour; write #rrggbb, 0 to 255, a name of the palette, `default`, or one of \
                         the sixteen such as `red` or `bright-red`"
                    );
                    self.error(at, what)
                })
            }
        }
    }

    fn paint(&self, paint: Option<&Spanned<Paint>>) -> Result<Option<Color>, ThemeError> {
        let Some(paint) = paint else { return Ok(None) };
        let at = paint.span().start;
        let colour = match paint.get_ref() {
            Paint::One(shade) => self.shade(shade, at)?,
            Paint::Two([full, fewer]) => {
                let (full, fewer) = (self.shade(full, at)?, self.shade(fewer, at)?);
                if self.depth == ColourDepth::True { full } else { fewer }
            }
        };
        Ok(colour::degrade(colour, self.depth))
    }

    fn style(&self, look: &Look) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        style.fg = self.paint(look.fg.as_ref())?;
        style.bg = self.paint(look.bg.as_ref())?;
        for (on, modifier) in [
            (look.bold, Modifier::BOLD),
            (look.italic, Modifier::ITALIC),
            (look.underline, Modifier::UNDERLINED),
            (look.reverse, Modifier::REVERSED),
            (look.dim, Modifier::DIM),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        Ok(style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_theme_loads_at_every_depth() {
        for name in Theme::names() {
            for depth in [ColourDepth::Mono, ColourDepth::Ansi16, ColourDepth::Indexed, ColourDepth::True] {
                let theme = Theme::resolve(name, depth).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(theme.name, name);
            }
        }
    }

    #[test]
    fn roles_keep_their_index() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, index, "{role:?}");
        }
    }

    #[test]
    fn meanings_stay_apart_without_colour() {
        let theme = Theme::resolve("dark", ColourDepth::Mono).unwrap();
        for role in Role::ALL {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None), "{role:?}");
        }
        assert_ne!(theme.style(Role::Selection), theme.style(Role::Text));
        assert_ne!(theme.style(Role::AddedWord), theme.style(Role::Added));
    }

    #[test]
    fn a_role_left_out_takes_its_parents_look() {
        let theme =
            Theme::parse("t", "[roles]\nmuted = { fg = 8 }\ntext = { bg = \"#000000\" }", ColourDepth::True).unwrap();
        assert_eq!(theme.style(Role::Number), Style::new().fg(Color::Indexed(8)));
        assert_eq!(theme.style(Role::Keyword), Style::new());
        let theme =
            Theme::parse("t", "inherits = \"dark\"\n[roles]\ndanger = { fg = \"red\" }", ColourDepth::True).unwrap();
        assert_eq!(theme.style(Role::Danger), Style::new().fg(Color::Red));
        assert_eq!(theme.style(Role::Good), Theme::resolve("dark", ColourDepth::True).unwrap().style(Role::Good));
    }

    #[test]
    fn errors_name_the_line() {
        for (text, parts) in [
            ("[roles]\ntext = { fg = 1 }\ndangr = { fg = 2 }\n", ["line 3", "dangr"]),
            ("[roles]\ntext = { fgg = 1 }\n", ["line 2", "fgg"]),
            ("[roles]\ntext = { fg = \"pinkish\" }\n", ["line 2", "pinkish"]),
            ("[palette]\n\nink = \"#12\"\n", ["line 3", "palette.ink"]),
            ("[rules]\n", ["line 1", "rules"]),
        ] {
            let message = Theme::parse("mine.toml", text, ColourDepth::True).unwrap_err().to_string();
            assert!(message.starts_with("theme mine.toml"), "{message}");
            for part in parts {
                assert!(message.contains(part), "{part} in {message}");
            }
        }
        let message = Theme::resolve("drak", ColourDepth::True).unwrap_err().to_string();
        assert!(message.contains("dark, light, high-contrast, ansi16"), "{message}");
        assert!(
            Theme::resolve("/nowhere/x.toml", ColourDepth::True).unwrap_err().to_string().contains("/nowhere/x.toml")
        );
    }
}
