//! What is handed over the counter.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Desk, DeskError, Hand};
use crate::core::fold::{ItemState, Version};
use crate::core::item::Item;
use crate::core::label::{Label, Probe};
use crate::core::settings::RunInfo;
use crate::core::text::Text;
use crate::review::queue::Target;
use crate::review::{Context as HintContext, Hint, hints};
use crate::store::Sides;

/// All that a blind annotator is handed.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Stands for the version in this sitting, and tells nothing of it.
    pub token: String,
    pub prompt: Text,
    /// The code that the refinement started from.
    pub before: Text,
    pub after: Text,
}

/// What an open sitting shows beside the sheet, and what revealing shows in a blind one.
#[derive(Debug, Clone)]
pub struct Context {
    pub target: Target,
    pub info: Arc<RunInfo>,
    pub item: Item,
    pub before: Option<Version>,
    pub after: Version,
    pub hints: Vec<Hint>,
    /// The labels that stand, of everybody else.
    pub others: Vec<Label>,
}

/// A card is one of two things, and a blind one has no place for what must not be seen.
#[derive(Debug, Clone)]
pub enum Card {
    Blind(Sheet),
    Open(Sheet, Box<Context>),
}

impl Card {
    pub fn sheet(&self) -> &Sheet {
        match self {
            Self::Blind(sheet) | Self::Open(sheet, _) => sheet,
        }
    }
}

/// Letters that are not taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

impl Desk {
    fn token(&self, target: &Target, probe: Option<Probe>) -> String {
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update(format!("{target:?} {probe:?}").as_bytes());
        hash.finalize().iter().take(8).map(|byte| ALPHABET[usize::from(byte % 32)] as char).collect()
    }

    pub(super) async fn card_if_any(
        &mut self,
        target: Target,
        probe: Option<Probe>,
    ) -> Result<Option<Card>, DeskError> {
        let token = self.token(&target, probe);
        let (sides, context) = match self.is_blind() {
            true => {
                let sides = self.store.sides(&target).await;
                (self.told(sides)?, None)
            }
            false => match self.context(&target).await? {
                Some(context) => {
                    let before = context.before.as_ref().and_then(|version| version.code.clone()).unwrap_or_default();
                    let after = context.after.code.clone().unwrap_or_default();
                    (Some(Sides { prompt: context.item.prompt.clone(), before, after }), Some(context))
                }
                None => (None, None),
            },
        };
        let Some(Sides { prompt, before, after }) = sides else { return Ok(None) };
        let revealed = self.hands.get(&token).is_some_and(|hand| hand.revealed);
        self.hands.insert(token.clone(), Hand { target, probe, code: after.hash(), revealed });
        let sheet = Sheet { token, prompt, before, after };
        Ok(Some(match context {
            Some(context) => Card::Open(sheet, Box::new(context)),
            None => Card::Blind(sheet),
        }))
    }

    pub(super) async fn card(&mut self, target: Target, probe: Option<Probe>) -> Result<Card, DeskError> {
        match self.card_if_any(target, probe).await? {
            Some(card) => Ok(card),
            None => Err(DeskError::Hidden),
        }
    }

    /// Everything about a version; `None` where it has no code.
    pub(super) async fn context(&self, target: &Target) -> Result<Option<Context>, DeskError> {
        let record = self.store.record(&target.run, &target.item).await;
        let record = self.told(record)?;
        let Some(info) = self.infos.get(&target.run) else { return Ok(None) };
        let state = ItemState::of(&record.entries);
        let version = state.stream(target.stream).and_then(|stream| stream.version(target.step));
        let Some(after) = version.filter(|version| version.code.is_some()).cloned() else { return Ok(None) };
        let before = state.generated(target.stream).cloned();
        let hints = hints(before.as_ref(), &after, &HintContext::of(&state, target.stream, target.step));
        let counted = state.counted(target.stream, target.step);
        let others =
            counted.latest.iter().filter(|(by, _)| **by != self.author()).map(|(_, (_, label))| (*label).clone());
        let others = others.collect();
        Ok(Some(Context {
            target: target.clone(),
            info: info.clone(),
            item: record.item,
            before,
            after,
            hints,
            others,
        }))
    }
}
