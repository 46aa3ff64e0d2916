use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::ThreadId;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::queue;
use crossterm::style::ResetColor;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};

/// One frame is one write: a frame of a large screen is some tens of kilobytes.
const WRITE_BUFFER: usize = 1 << 16;

static ACTIVE: AtomicBool = AtomicBool::new(false);
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Owns the screen. While it lives the terminal is in raw mode on the alternate screen; dropping it, and a panic of
/// the thread that made it, give the terminal back.
pub struct Session {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    mouse: bool,
}

impl Session {
    /// Takes the screen. Mouse reports stay off, so that selecting with the mouse stays the terminal's own.
    pub fn enter() -> io::Result<Self> {
        chain_panic_hook();
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current().id());
        take(false)?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(WRITE_BUFFER, io::stdout()));
        match Terminal::new(backend) {
            Ok(terminal) => Ok(Self { terminal, mouse: false }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws one frame as one synchronised update.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(view).map(|_| ());
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.terminal.backend_mut().flush()?;
        drawn
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Mouse reports on or off; on, most terminals still select with shift held.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        if on {
            queue!(out, EnableMouseCapture)?
        } else {
            queue!(out, DisableMouseCapture)?
        }
        self.mouse = on;
        out.flush()
    }

    /// Asks for the colour of the terminal's ground; [`super::Events::listen`] takes the answer, if any comes.
    pub fn ask_ground(&mut self) -> io::Result<()> {
        super::background::ask(self.terminal.backend_mut())
    }

    /// Puts `text` on the clipboard through the terminal.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        super::clipboard::copy(self.terminal.backend_mut(), text)
    }

    /// Gives the terminal back while `run` has it: an editor, a pager. [`super::Events`] must be paused before, or it
    /// reads the keys meant for that program.
    pub fn lend<T>(&mut self, run: impl FnOnce() -> T) -> io::Result<T> {
        self.terminal.backend_mut().flush()?;
        give_back();
        let result = run();
        self.retake()?;
        Ok(result)
    }

    /// Stops the process as the shell's ctrl-z does and takes the screen again when it goes on.
    #[cfg(unix)]
    pub fn stop(&mut self) -> io::Result<()> {
        use rustix::process::{Signal, getpid, kill_process};
        self.lend(|| kill_process(getpid(), Signal::STOP))?.map_err(io::Error::from)
    }

    #[cfg(not(unix))]
    pub fn stop(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes the screen again after something else had it, and draws all of it at the next frame.
    pub fn retake(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        // Not `clear`, which asks the terminal where its cursor is and waits for the answer among the keys.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.terminal.backend_mut().flush();
        give_back();
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    ACTIVE.store(true, Ordering::SeqCst);
    let mut out = io::stdout().lock();
    let taken = enter_modes(&mut out, mouse).and_then(|()| out.flush());
    if taken.is_err() {
        drop(out);
        give_back();
    }
    taken
}

/// Gives the terminal back; a second call does nothing. Errors have nowhere to go: the terminal may be gone.
pub fn give_back() {
    if ACTIVE.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout().lock();
        let _ = leave_modes(&mut out);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}

fn enter_modes(out: &mut impl Write, mouse: bool) -> io::Result<()> {
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, Hide)?;
    if mouse { queue!(out, EnableMouseCapture) } else { Ok(()) }
}

fn leave_modes(out: &mut impl Write) -> io::Result<()> {
    queue!(
        out,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show
    )
}

/// A panic of the session's thread ends the program: give the terminal back, then let the hook before this one print.
/// A panic elsewhere is caught by whoever runs that thread; printing it would smear the screen, so it goes to the log.
fn chain_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let owner = *OWNER.lock().unwrap_or_else(PoisonError::into_inner);
            if owner.is_some_and(|owner| owner != std::thread::current().id()) {
                tracing::error!("a background thread panicked: {info}");
            } else {
                give_back();
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_given_back() {
        let mut parser = vt100::Parser::new(5.try_into().unwrap(), 20.try_into().unwrap(), 0);
        parser.process(b"shell $ ");
        let (mut taken, mut given) = (Vec::new(), Vec::new());
        enter_modes(&mut taken, true).unwrap();
        leave_modes(&mut given).unwrap();
        parser.process(&taken);
        let screen = parser.screen();
        assert!(screen.alternate_screen() && screen.bracketed_paste() && screen.hide_cursor());
        assert_ne!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        parser.process(b"rubbish");
        parser.process(&given);
        let screen = parser.screen();
        assert!(!screen.alternate_screen() && !screen.bracketed_paste() && !screen.hide_cursor());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(screen.contents().trim(), "shell $");
    }
}
