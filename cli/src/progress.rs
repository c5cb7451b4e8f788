//! That something takes long: what is done of it, and an estimate of the rest where there is one.
//!
//! Nothing is shown in the first two seconds, nor where standard error is no terminal.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(2);

/// Steps of something that may take long. It is gone from the terminal when this is dropped.
pub struct Progress {
    bar: ProgressBar,
    /// Who waits for the patience to end; dropped, it ends.
    waiting: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// So many steps; of one step nothing can be estimated.
    pub fn of(what: &'static str, steps: u64) -> Progress {
        let length = (steps > 1).then_some(steps);
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        let style = match steps {
            1 => "{spinner} {msg} {elapsed}",
            _ => "{spinner} {msg} {wide_bar} {pos}/{len}, {elapsed} gone, {eta} left",
        };
        bar.set_style(ProgressStyle::with_template(style).expect("a template of ours"));
        bar.set_message(what);
        let (end, ended) = mpsc::channel::<()>();
        let shown = bar.clone();
        let wait = move || {
            if let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PATIENCE) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(100));
            }
        };
        // Without a thread nothing is shown; where nothing can be, there is none.
        let spawn = || std::thread::Builder::new().name("progress".to_string()).spawn(wait).ok();
        let waiting = if io::stderr().is_terminal() { spawn() } else { None };
        Progress { bar, waiting: waiting.map(|thread| (end, thread)) }
    }

    /// A step is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.waiting.take() {
            drop(end);
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}

/// Does something of which it is shown that it takes long.
pub fn shown<T>(what: &'static str, work: impl FnOnce() -> T) -> T {
    let _progress = Progress::of(what, 1);
    work()
}
