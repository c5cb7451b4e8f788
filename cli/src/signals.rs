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

/// From now on unfinished files go away with the process, and a file beyond the system's limit on its
/// size is an error of its writer, no end of the process.
#[cfg(unix)]
pub fn watch() -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::{flag, iterator::Signals, low_level};
    use std::sync::{Arc, Once};

    static ONCE: Once = Once::new();
    let mut done = Ok(());
    ONCE.call_once(|| {
        done = flag::register(SIGXFSZ, Arc::default()).and_then(|_| {
            let mut signals = Signals::new([SIGINT, SIGTERM])?;
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
        });
    });
    done
}

/// Nothing to watch for.
#[cfg(not(unix))]
pub fn watch() -> io::Result<()> {
    Ok(())
}
