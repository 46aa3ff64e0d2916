//! Replaying: play, seek, speed.

use super::App;
use super::message::Effect;
use super::replay::Replay;

impl App {
    pub(super) fn play(&mut self, effects: &mut Vec<Effect>) {
        let Some(item) = &mut self.item else { return };
        if item.replay.playing {
            item.replay.playing = false;
            item.refold();
        } else {
            item.replay.play();
            item.refold();
            item.follow();
            self.replayed_at = self.now;
            self.scroll = (0, 0);
        }
        self.schedule_replay(effects);
    }

    pub(super) fn pause_replay(&mut self, effects: &mut Vec<Effect>) {
        if let Some(item) = &mut self.item {
            item.replay.playing = false;
        }
        self.schedule_replay(effects);
    }

    pub(super) fn seek(&mut self, effects: &mut Vec<Effect>, to: impl FnOnce(&mut Replay)) {
        let Some(item) = &mut self.item else { return };
        let from = item.replay.pos();
        item.replay.playing = false;
        to(&mut item.replay);
        item.refold();
        if item.replay.pos() != from {
            item.follow();
            self.scroll = (0, 0);
        }
        self.schedule_replay(effects);
    }

    pub(super) fn change_speed(&mut self, effects: &mut Vec<Effect>, change: impl FnOnce(&mut Replay)) {
        if let Some(item) = &mut self.item {
            change(&mut item.replay);
            let speed = item.replay.speed();
            let told = format!("replay at {speed} {} the recorded speed", self.theme.signs.times);
            effects.push(self.tell(told, true));
        }
        self.schedule_replay(effects);
    }
}
