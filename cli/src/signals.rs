//! Files that are half written when the user or the system stops the command.
//!
//! Where there are no signals nothing is done: a stop then leaves the files behind.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The unfinished files of this process. Who holds the lock is not stopped meanwhile.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The unfinished files, to add to; the process is not stopped before the guard is dropped.
pub fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on a file beyond the system's limit on its size is an error of who writes it, standard
/// output too, and no end of the process.
#[cfg(unix)]
pub fn outlive_limits() -> io::Result<()> {
    use signal_hook::{consts::SIGXFSZ, flag};
    use std::sync::{Arc, atomic::AtomicBool};
    flag::register(SIGXFSZ, Arc::<AtomicBool>::default()).map(|_| ())
}

/// From now on unfinished files go away with the process. A signal that the process was started to
/// ignore stays ignored.
#[cfg(unix)]
pub fn watch() -> io::Result<()> {
    static ONCE: std::sync::Once = std::sync::Once::new();
    let mut done = Ok(());
    ONCE.call_once(|| done = start());
    done
}

#[cfg(unix)]
fn start() -> io::Result<()> {
    use crate::system::is_ignored;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::{iterator::Signals, low_level};

    let ends = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter(|&signal| !is_ignored(signal));
    let mut signals = Signals::new(ends)?;
    std::thread::Builder::new().name("signals".to_string()).spawn(move || {
        for signal in signals.forever() {
            let files = unfinished();
            for file in files.iter() {
                // It may have its own name by now.
                let _ = std::fs::remove_file(file);
            }
            let _ = low_level::emulate_default_handler(signal);
        }
    })?;
    Ok(())
}

/// No limit ends the process.
#[cfg(not(unix))]
pub fn outlive_limits() -> io::Result<()> {
    Ok(())
}

/// Nothing to watch for.
#[cfg(not(unix))]
pub fn watch() -> io::Result<()> {
    Ok(())
}
