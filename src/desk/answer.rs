//! What comes back over the counter: labels, undo, redo, the wish to see what is hidden.

use super::{Card, Context, Desk, DeskError, name_in_book};
use crate::core::event::{Event, LabelTurn, Revealed};
use crate::core::ids::StreamId;
use crate::core::label::{Label, LabelVerdict};
use crate::review::queue::Target;

/// What an annotator says of a card.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    pub verdict: Option<LabelVerdict>,
    pub skip: bool,
    pub flag: Option<bool>,
    pub reasons: Vec<String>,
    pub comment: Option<String>,
    /// Lines of the refined code that the comment is about, from 1.
    pub lines: Option<(u32, u32)>,
    pub seconds: f64,
}

/// A label is durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    pub token: String,
    /// The card has its verdict or was skipped: the next one is due.
    pub settled: bool,
}

impl Desk {
    /// Stores what was said of a card. Returns once it is durable.
    pub async fn label(&mut self, token: &str, said: Said) -> Result<Receipt, DeskError> {
        let Some(hand) = self.hands.get(token) else { return Err(DeskError::Token(token.to_owned())) };
        let target = hand.target.clone();
        let label = Label {
            verdict: said.verdict,
            skip: said.skip,
            flag: said.flag,
            reasons: said.reasons,
            comment: said.comment,
            lines: said.lines,
            seconds: said.seconds,
            guideline: self.guideline.as_ref().map(|(version, _)| *version),
            guideline_hash: self.guideline.as_ref().map(|(_, hash)| hash.clone()),
            blind: self.is_blind(),
            revealed: hand.revealed,
            probe: hand.probe,
            session: Some(self.sitting.id.clone()),
            ..Label::on(self.author(), target.step, &hand.code)
        };
        let (settled, probe) = (label.settles(), hand.probe);
        self.store_event(&target, Event::Labelled(label)).await?;
        if settled {
            if let Some(probe) = probe {
                self.drift.push((target, probe));
            }
            self.current.take_if(|current| current == token);
        }
        Ok(Receipt { token: token.to_owned(), settled })
    }

    async fn store_event(&mut self, target: &Target, event: Event) -> Result<(), DeskError> {
        let stored = self.store.append(&target.run, &target.item, vec![(target.stream, event)]).await;
        for entry in self.told(stored)? {
            self.take_in(target, &entry);
        }
        Ok(())
    }

    /// Takes the annotator's last label back and serves its card again; the card in hand comes after it. `None` where
    /// there is nothing to take back.
    pub async fn undo(&mut self) -> Result<Option<Card>, DeskError> {
        let marks: Vec<(Target, u32)> = self.book.next_undo().iter().rev().filter_map(of_book).collect();
        let Some((target, seq)) = marks.first().cloned() else { return Ok(None) };
        let probe = self.given.iter().find(|it| it.seq == seq && it.target == target).and_then(|it| it.probe);
        // Leased before its label goes, so that nobody else takes the version up in between.
        let kept = [self.kept(), vec![target.clone()]].concat();
        let leased = self.store.claim(&self.sitting, Vec::new(), kept).await;
        self.told(leased)?;
        // All labels of a bulk go with one undo.
        for (target, seq) in &marks {
            self.store_event(target, Event::LabelUndone(LabelTurn::of(self.author(), *seq))).await?;
            self.drift.retain(|(of, _)| of != target);
        }
        let card = self.card(target, probe).await?;
        if let Some(current) = self.current.replace(card.sheet().token.clone())
            && current != card.sheet().token
            && let Some(target) = self.hands.get(&current).map(|hand| (hand.target.clone(), hand.probe))
        {
            let aside = self.card(target.0, target.1).await?;
            self.ahead.push(aside);
        }
        Ok(Some(card))
    }

    /// Puts back what was taken back last; its receipt, or `None` where there is nothing to put back.
    pub async fn redo(&mut self) -> Result<Option<Receipt>, DeskError> {
        let marks: Vec<(Target, u32)> = self.book.next_redo().iter().rev().filter_map(of_book).collect();
        let Some((target, _)) = marks.first().cloned() else { return Ok(None) };
        for (target, seq) in &marks {
            self.store_event(target, Event::LabelRedone(LabelTurn::of(self.author(), *seq))).await?;
            self.reread(target, *seq).await?;
        }
        let token = self.hands.iter().find(|(_, hand)| hand.target == target).map(|(token, _)| token.clone());
        let token = token.unwrap_or_default();
        let settled = self.current.take_if(|current| *current == token).is_some();
        self.ahead.retain(|card| card.sheet().token != token);
        Ok(Some(Receipt { token, settled }))
    }

    /// A label that was put back stands in the books again.
    async fn reread(&mut self, target: &Target, seq: u32) -> Result<(), DeskError> {
        let record = self.store.record(&target.run, &target.item).await;
        let entry = self.told(record)?.entries.into_iter().find(|entry| entry.seq == seq);
        if let Some((entry, Event::Labelled(label))) = entry.as_ref().map(|entry| (entry, &entry.event)) {
            self.given.extend(super::gather::mine(&target.run, &target.item, entry.stream, entry.seq, entry.at, label));
            self.given.sort_by_key(|it| (it.given.at, it.seq));
        }
        Ok(())
    }

    /// Shows what a blind sitting hides of a card. Stored as an event; labels given on it afterwards say so.
    pub async fn reveal(&mut self, token: &str) -> Result<Context, DeskError> {
        let Some(hand) = self.hands.get(token) else { return Err(DeskError::Token(token.to_owned())) };
        let (target, code) = (hand.target.clone(), hand.code.clone());
        let revealed = Revealed { author: self.author().to_owned(), step: target.step, code, link: None };
        self.store_event(&target, Event::Revealed(revealed)).await?;
        if let Some(hand) = self.hands.get_mut(token) {
            hand.revealed = true;
        }
        self.context(&target).await?.ok_or(DeskError::Hidden)
    }
}

/// The version and the event number behind a mark of the book.
fn of_book(mark: &crate::review::book::Mark) -> Option<(Target, u32)> {
    let (run, item) = mark.item.split_once('\u{1f}')?;
    debug_assert_eq!(name_in_book(run, item), *mark.item);
    let (stream, step): (StreamId, _) = (mark.stream, mark.label.step);
    Some((Target { run: run.to_owned(), item: item.to_owned(), stream, step }, mark.seq))
}
