//! One seed: its module in every engine, and what they disagree about.

use crate::companion::companion;
use crate::facts::Facts;
use crate::generate::{damage, generate};
use crate::ours::Ours;
use crate::proposals::Set;
#[cfg(feature = "peers")]
use crate::trace::Stop;
use crate::trace::{Event, Trace, Verdict, compare};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One in so many seeds is a damaged module, of which only the validity is compared.
const DAMAGED: u64 = 16;

/// The engines.
pub struct Engines {
    ours: Ours,
    #[cfg(feature = "peers")]
    wasmtime: Option<crate::wasmtime_peer::Wasmtime>,
    #[cfg(feature = "peers")]
    wasmi: Option<crate::wasmi_peer::Wasmi>,
}

/// What came of a seed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Comparisons that were made.
    pub compared: u64,
    /// Of these, undecided ones.
    pub undecided: u64,
    /// Calls made in this engine.
    pub calls: u64,
    /// Of these, calls that returned.
    pub returned: u64,
    /// The first difference.
    pub difference: Option<Difference>,
}

/// Two engines that do not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Our engine.
    pub ours: String,
    /// The other one.
    pub theirs: String,
    /// What ours says.
    pub we_say: String,
    /// What the other says.
    pub they_say: String,
}

impl Engines {
    /// Makes them: ours, and unless `alone`, the peers.
    ///
    /// # Errors
    /// If one cannot run on this machine.
    pub fn new(alone: bool) -> Result<Engines, String> {
        let _ = alone;
        Ok(Engines {
            ours: Ours::new()?,
            #[cfg(feature = "peers")]
            wasmtime: match alone {
                true => None,
                false => Some(crate::wasmtime_peer::Wasmtime::new()?),
            },
            #[cfg(feature = "peers")]
            wasmi: (!alone).then(crate::wasmi_peer::Wasmi::new),
        })
    }

    /// The module of a seed, and whether it is a damaged one.
    ///
    /// # Errors
    /// If the generator fails.
    pub fn module(seed: u64, allowed: Set) -> Result<(Vec<u8>, bool), String> {
        let mut wasm = generate(seed, allowed, true)?;
        let facts = Facts::of(&wasm)?;
        if companion(&wasm, &facts).is_err() {
            // It imports what no module can give.
            wasm = generate(seed, allowed, false)?;
        }
        let damaged = seed % DAMAGED == DAMAGED - 1;
        if damaged {
            damage(seed, &mut wasm);
        }
        Ok((wasm, damaged))
    }

    /// Plays a seed.
    ///
    /// # Errors
    /// If the generator fails.
    pub fn round(&self, seed: u64, allowed: Set) -> Result<Outcome, String> {
        let (wasm, damaged) = Engines::module(seed, allowed)?;
        Ok(match damaged {
            true => self.validity(&wasm),
            false => self.run(seed, &wasm),
        })
    }

    /// Compares whether a module is valid.
    pub fn validity(&self, wasm: &[u8]) -> Outcome {
        #[allow(unused_mut)]
        let mut outcome = Outcome { compared: 1, ..Outcome::default() };
        let ours = caught(|| self.ours.validate(wasm)).unwrap_or_else(|panic| {
            let (ours, theirs) = ("ours".to_owned(), "nobody".to_owned());
            let they_say = "no panic".to_owned();
            outcome.difference = Some(Difference { ours, theirs, we_say: panic, they_say });
            Ok(())
        });
        #[cfg(feature = "peers")]
        if let (Some(wasmtime), None) = (&self.wasmtime, &outcome.difference) {
            let theirs = caught(|| wasmtime.validate(wasm));
            let say = |r: &Result<(), String>| match r {
                Ok(()) => "valid".to_owned(),
                Err(why) => format!("not valid: {why}"),
            };
            match theirs {
                // What is off here, because it is not there yet, says nothing.
                _ if say(&ours).contains("which is not enabled") => {}
                // The peer cannot validate the older encoding of exceptions.
                Ok(Err(why)) if why.contains("legacy_exceptions") => {}
                Ok(theirs) if theirs.is_ok() != ours.is_ok() => {
                    outcome.difference = Some(Difference {
                        ours: "ours".to_owned(),
                        theirs: "wasmtime".to_owned(),
                        we_say: say(&ours),
                        they_say: say(&theirs),
                    });
                }
                _ => {}
            }
        }
        let _ = ours;
        outcome
    }

    /// Runs a module in every engine and compares the accounts.
    pub fn run(&self, seed: u64, wasm: &[u8]) -> Outcome {
        let mut outcome = Outcome::default();
        let Ok(facts) = Facts::of(wasm) else { return outcome };
        let Ok(companion) = companion(wasm, &facts) else { return outcome };
        let companion = companion.as_deref();
        let (main, other) = (self.ours.main(seed), self.ours.other(seed));
        let ours = account(|| self.ours.run(main, wasm, companion, &facts, seed));
        for event in &ours {
            if let Event::Called { end, .. } = event {
                outcome.calls += 1;
                outcome.returned += u64::from(end.is_ok());
            }
        }
        let name = self.ours.name(main);
        let mut against = |theirs_name: &str, theirs: &Trace| {
            outcome.compared += 1;
            match compare(&ours, theirs) {
                Verdict::Same => {}
                Verdict::Undecided => outcome.undecided += 1,
                Verdict::Differ(we_say, they_say) => {
                    outcome.difference.get_or_insert_with(|| Difference {
                        ours: name.to_owned(),
                        theirs: theirs_name.to_owned(),
                        we_say,
                        they_say,
                    });
                }
            }
        };
        #[cfg(feature = "peers")]
        {
            if let Some(peer) = &self.wasmtime {
                let theirs = peer_account(|| peer.run(wasm, companion, &facts, seed));
                against(peer.name(seed), &theirs);
            }
            if let Some(peer) = &self.wasmi {
                let theirs = peer_account(|| peer.run(wasm, companion, &facts, seed));
                // What it does not know is no difference.
                if !matches!(theirs.as_slice(), [.., Event::Refused(_)]) {
                    against("wasmi", &theirs);
                }
            }
            if self.wasmtime.is_some() {
                return outcome;
            }
        }
        let theirs = account(|| self.ours.run(other, wasm, companion, &facts, seed));
        against(self.ours.name(other), &theirs);
        outcome
    }
}

/// An account of ours; a panic is one too, and unlike every other.
fn account(run: impl FnOnce() -> Trace) -> Trace {
    caught(run).unwrap_or_else(|panic| vec![Event::Refused(panic.clone()), Event::Skipped(panic)])
}

/// An account of a peer's. A panic is the peer's own fault, and decides nothing.
#[cfg(feature = "peers")]
fn peer_account(run: impl FnOnce() -> Trace) -> Trace {
    caught(run).unwrap_or_else(|panic| vec![Event::Instantiated(Err(Stop::Exhausted(panic)))])
}

/// What a function returns, or the text of its panic.
fn caught<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("panic: {}", text.unwrap_or("without a text"))
    })
}
