//! Pause, go on, stop: one switch that every slot of a run looks at.

use std::sync::Arc;

use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Running,
    /// No new request is sent; those under way come to their end.
    Paused,
    /// Requests under way are cancelled; a resume asks them again.
    Stopped,
}

#[derive(Debug, Clone)]
pub struct Control(Arc<watch::Sender<Mode>>);

impl Default for Control {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Mode::Running)))
    }
}

impl Control {
    pub fn mode(&self) -> Mode {
        *self.0.borrow()
    }

    pub fn pause(&self) {
        self.set(Mode::Paused);
    }

    pub fn go_on(&self) {
        self.set(Mode::Running);
    }

    pub fn stop(&self) {
        self.set(Mode::Stopped);
    }

    /// A stopped run stays stopped.
    fn set(&self, mode: Mode) {
        self.0.send_if_modified(|now| {
            let changes = *now != Mode::Stopped && *now != mode;
            if changes {
                *now = mode;
            }
            changes
        });
    }

    /// Waits while paused; false once stopped.
    pub async fn may_go_on(&self) -> bool {
        let mut watcher = self.0.subscribe();
        match watcher.wait_for(|mode| *mode != Mode::Paused).await {
            Ok(mode) => *mode == Mode::Running,
            Err(_) => false,
        }
    }

    /// Returns when the run is stopped.
    pub async fn stopped(&self) {
        let mut watcher = self.0.subscribe();
        let _ = watcher.wait_for(|mode| *mode == Mode::Stopped).await;
    }
}
