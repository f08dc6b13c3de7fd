//! How far a long compilation is, for a person at a terminal.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use waxwing::Config;

/// Shorter ones are not worth a word.
const QUIET: Duration = Duration::from_secs(1);
/// The pause between two words, in milliseconds.
const PAUSE: u64 = 100;

static SHOWN: AtomicBool = AtomicBool::new(false);

/// Has compilations by an engine of this configuration show their progress, if stderr is a
/// terminal.
pub fn attach(config: &mut Config) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let start = Instant::now();
    let last = AtomicU64::new(0);
    config.progress(move |done, all| {
        let elapsed = start.elapsed();
        let now = elapsed.as_millis() as u64;
        let before = last.load(Ordering::Relaxed);
        let due = elapsed >= QUIET && now >= before + PAUSE;
        // Of several threads that come at once, one speaks.
        let speak =
            due && last.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if speak {
            SHOWN.store(true, Ordering::Relaxed);
            let percent = done * 100 / all.max(1);
            let _ = write!(std::io::stderr(), "\rcompiling: {percent:3} %");
        }
    });
}

/// Takes the last word away, once the compilation has ended.
pub fn clear() {
    if SHOWN.swap(false, Ordering::Relaxed) {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
