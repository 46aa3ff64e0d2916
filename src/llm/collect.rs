//! The text of an answer as it grows, with when its pieces came.

use std::time::Instant;

use super::wire::Delta;
use crate::core::event::Usage;

/// Most entries kept of one answer; at the limit every second one goes.
const MOST_CHUNKS: usize = 400;

pub(super) struct Collected {
    pub text: String,
    pub chunks: Vec<(u32, u32)>,
    pub finish: Option<String>,
    pub model: Option<String>,
    prompt_tokens: Option<u32>,
    completion_tokens: Option<u32>,
    sent: Instant,
    thinking: bool,
}

impl Collected {
    pub fn new(sent: Instant) -> Self {
        Self {
            text: String::new(),
            chunks: Vec::new(),
            finish: None,
            model: None,
            prompt_tokens: None,
            completion_tokens: None,
            sent,
            thinking: false,
        }
    }

    /// Takes a piece in and gives the text that it added.
    pub fn add(&mut self, delta: Delta) -> &str {
        let start = self.text.len();
        if !delta.reasoning.is_empty() {
            if !self.thinking {
                self.text.push_str("<think>");
                self.thinking = true;
            }
            self.text.push_str(&delta.reasoning);
        }
        if !delta.text.is_empty() {
            self.close_thinking();
            self.text.push_str(&delta.text);
        }
        self.finish = delta.finish.or(self.finish.take());
        self.model = delta.model.or(self.model.take());
        // Counts only grow; a later event may leave one out, or bring a zero for it.
        self.prompt_tokens = self.prompt_tokens.max(delta.prompt_tokens);
        self.completion_tokens = self.completion_tokens.max(delta.completion_tokens);
        if self.text.len() > start {
            self.mark();
        }
        &self.text[start..]
    }

    /// `None` until the server has counted the prompt.
    pub fn usage(&self) -> Option<Usage> {
        Some(Usage { prompt: self.prompt_tokens?, completion: self.completion_tokens.unwrap_or(0) })
    }

    /// After the last piece.
    pub fn close(&mut self) {
        let before = self.text.len();
        self.close_thinking();
        if self.text.len() > before {
            self.mark();
        }
    }

    /// Cuts the text to `limit` bytes, at a character's start.
    pub fn cut(&mut self, limit: usize) {
        self.text.truncate(self.text.floor_char_boundary(limit));
    }

    fn close_thinking(&mut self) {
        if std::mem::take(&mut self.thinking) {
            self.text.push_str("</think>\n");
        }
    }

    fn mark(&mut self) {
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let ms = u32::try_from(self.sent.elapsed().as_millis()).unwrap_or(u32::MAX);
        match self.chunks.last_mut() {
            Some(last) if last.1 == ms => last.0 = length,
            _ => self.chunks.push((length, ms)),
        }
        if self.chunks.len() >= MOST_CHUNKS {
            let last = self.chunks.len() - 1;
            let mut at = 0..;
            self.chunks.retain(|_| at.next().is_some_and(|at: usize| at.is_multiple_of(2) || at == last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(reasoning: &str, text: &str) -> Delta {
        Delta { reasoning: reasoning.to_owned(), text: text.to_owned(), ..Delta::default() }
    }

    #[test]
    fn reasoning_stands_before_the_answer_in_a_block() {
        let mut all = Collected::new(Instant::now());
        assert_eq!(all.add(piece("why ", "")), "<think>why ");
        assert_eq!(all.add(piece("not", "")), "not");
        assert_eq!(all.add(piece("", "code")), "</think>\ncode");
        all.close();
        assert_eq!(all.text, "<think>why not</think>\ncode");
    }

    #[test]
    fn reasoning_alone_is_closed() {
        let mut all = Collected::new(Instant::now());
        all.add(piece("why", ""));
        all.close();
        assert_eq!(all.text, "<think>why</think>\n");
        assert_eq!(all.chunks.last().map(|chunk| chunk.0 as usize), Some(all.text.len()));
    }

    #[test]
    fn usage_may_come_in_parts() {
        let mut all = Collected::new(Instant::now());
        assert_eq!(all.usage(), None);
        all.add(Delta { prompt_tokens: Some(15), completion_tokens: Some(1), ..Delta::default() });
        all.add(Delta { prompt_tokens: Some(0), completion_tokens: Some(9), ..Delta::default() });
        all.add(piece("", "x"));
        assert_eq!(all.usage(), Some(Usage { prompt: 15, completion: 9 }));
    }

    #[test]
    fn the_chunks_stay_few_and_end_at_the_end() {
        let mut all = Collected::new(Instant::now());
        for _ in 0..5000 {
            // Distinct times without waiting for them.
            all.sent -= std::time::Duration::from_millis(1);
            all.add(piece("", "ab"));
            assert!(all.chunks.len() < MOST_CHUNKS);
            assert_eq!(all.chunks.last().map(|chunk| chunk.0 as usize), Some(all.text.len()));
        }
        assert!(all.chunks.len() >= MOST_CHUNKS / 2);
        assert!(all.chunks.is_sorted());
    }
}
