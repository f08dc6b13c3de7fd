//! One seed: its module in every engine, and what they disagree about.

use crate::companion::companion;
use crate::facts::Facts;
use crate::generate::{damage, generate};
use crate::idioms;
use crate::options::Options;
use crate::ours::Ours;
use crate::script::Script;
#[cfg(feature = "peers")]
use crate::trace::Stop;
use crate::trace::{Event, Trace, Verdict, compare};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One in so many seeds is a damaged module, of which only the validity is compared.
const DAMAGED: u64 = 16;

/// One in so many modules of idioms is also run by a peer.
#[cfg(feature = "peers")]
const SHARE: u64 = 4;

/// The engines.
pub struct Engines {
    script: Script,
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
    /// Makes them: ours, and the peers unless they are not wanted.
    ///
    /// # Errors
    /// If one cannot run on this machine.
    pub fn new(options: &Options) -> Result<Engines, String> {
        Ok(Engines {
            script: if options.idioms { Script::Idioms } else { Script::Generated },
            ours: Ours::new()?,
            #[cfg(feature = "peers")]
            wasmtime: match options.alone {
                true => None,
                false => Some(crate::wasmtime_peer::Wasmtime::new()?),
            },
            #[cfg(feature = "peers")]
            wasmi: (!options.alone).then(crate::wasmi_peer::Wasmi::new),
        })
    }

    /// The module of a seed, and whether it is a damaged one.
    ///
    /// # Errors
    /// If the generator fails.
    pub fn module(seed: u64, options: &Options) -> Result<(Vec<u8>, bool), String> {
        if options.idioms {
            return Ok((idioms::module(seed), false));
        }
        let allowed = options.features;
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
    pub fn round(&self, seed: u64, options: &Options) -> Result<Outcome, String> {
        let (wasm, damaged) = Engines::module(seed, options)?;
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
        let Ok(facts) = Facts::of(wasm) else { return Outcome::default() };
        match self.script {
            Script::Generated => self.run_generated(seed, wasm, &facts),
            Script::Idioms => self.run_idioms(seed, wasm, &facts),
        }
    }

    /// What code says that is not optimised, and whether that which is says the same.
    fn run_idioms(&self, seed: u64, wasm: &[u8], facts: &Facts) -> Outcome {
        let (plain, optimised) = self.ours.for_idioms(seed);
        let run =
            |engine| account(|| self.ours.run(engine, wasm, None, facts, seed, Script::Idioms));
        let expected = run(plain);
        let name = self.ours.name(plain);
        let mut outcome = Outcome::counting(&expected);
        // A module that cannot be run says nothing, which must not go unnoticed.
        if let Some(Event::Refused(why)) = expected.first() {
            let they_say = "the module is valid".to_owned();
            outcome.difference = Some(Difference {
                ours: name.to_owned(),
                theirs: "the generator".to_owned(),
                we_say: why.clone(),
                they_say,
            });
        }
        for &engine in optimised {
            outcome.against(name, &expected, self.ours.name(engine), &run(engine));
        }
        #[cfg(feature = "peers")]
        if let (Some(peer), true) = (&self.wasmtime, seed.is_multiple_of(SHARE)) {
            let theirs = peer_account(|| peer.run(wasm, None, facts, seed, Script::Idioms));
            // What a peer does not count is not compared.
            let counted = without_costs(expected);
            outcome.against(name, &counted, peer.name(seed), &theirs);
        }
        outcome
    }

    fn run_generated(&self, seed: u64, wasm: &[u8], facts: &Facts) -> Outcome {
        let Ok(companion) = companion(wasm, facts) else { return Outcome::default() };
        let companion = companion.as_deref();
        let script = Script::Generated;
        let (main, other) = (self.ours.main(seed), self.ours.other(seed));
        let ours = account(|| self.ours.run(main, wasm, companion, facts, seed, script));
        let mut outcome = Outcome::counting(&ours);
        let name = self.ours.name(main);
        let mut against = |theirs_name: &str, theirs: &Trace| {
            outcome.against(name, &ours, theirs_name, theirs);
        };
        #[cfg(feature = "peers")]
        {
            if let Some(peer) = &self.wasmtime {
                let theirs = peer_account(|| peer.run(wasm, companion, facts, seed, script));
                against(peer.name(seed), &theirs);
            }
            if let Some(peer) = &self.wasmi {
                let theirs = peer_account(|| peer.run(wasm, companion, facts, seed));
                // What it does not know is no difference.
                if !matches!(theirs.as_slice(), [.., Event::Refused(_)]) {
                    against("wasmi", &theirs);
                }
            }
            if self.wasmtime.is_some() {
                return outcome;
            }
        }
        let theirs = account(|| self.ours.run(other, wasm, companion, facts, seed, script));
        against(self.ours.name(other), &theirs);
        outcome
    }
}

impl Outcome {
    /// Counts the calls of an account.
    fn counting(ours: &Trace) -> Outcome {
        let mut outcome = Outcome::default();
        for event in ours {
            if let Event::Called { end, .. } = event {
                outcome.calls += 1;
                outcome.returned += u64::from(end.is_ok());
            }
        }
        outcome
    }

    /// Compares two accounts; the first difference is kept.
    fn against(&mut self, name: &str, ours: &Trace, theirs_name: &str, theirs: &Trace) {
        self.compared += 1;
        match compare(ours, theirs) {
            Verdict::Same => {}
            Verdict::Undecided => self.undecided += 1,
            Verdict::Differ(we_say, they_say) => {
                self.difference.get_or_insert_with(|| Difference {
                    ours: name.to_owned(),
                    theirs: theirs_name.to_owned(),
                    we_say,
                    they_say,
                });
            }
        }
    }
}

/// An account without what calls have cost.
#[cfg(feature = "peers")]
fn without_costs(mut trace: Trace) -> Trace {
    for event in &mut trace {
        if let Event::Called { fuel, .. } = event {
            *fuel = 0;
        }
    }
    trace
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idioms::mistakes::{MISTAKES, mistaken};

    /// One mistake in one place of a module. Some places are never reached, or what they give is not
    /// used: so not all can be found.
    #[test]
    fn mistakes_of_an_optimiser_are_found() {
        const EACH: u32 = 40;
        let ours = Ours::new().unwrap();
        let mut all = 0;
        for mistake in MISTAKES {
            let (mut made, mut found) = (0, 0);
            for seed in 0.. {
                let Some(wrong) = mistaken(seed, mistake) else { continue };
                let right = idioms::module(seed);
                let facts = Facts::of(&right).unwrap();
                let play = |engine, wasm: &[u8]| {
                    ours.run(engine, wasm, None, &facts, seed, Script::Idioms)
                };
                made += 1;
                let verdict = compare(&play(2, &right), &play(0, &wrong));
                found += u32::from(matches!(verdict, Verdict::Differ(..)));
                if made == EACH {
                    break;
                }
            }
            println!("{found} of {made}: {}", mistake.name);
            assert!(found > 0, "nobody has found that {}", mistake.name);
            all += found;
        }
        let most = EACH * MISTAKES.len() as u32;
        assert!(3 * all >= most, "only {all} of {most} mistakes are found");
    }

    /// Code that is optimised says the same as code that is not, and costs the same if it is metered.
    #[test]
    fn idioms_agree() {
        let options = Options::parse(&["--idioms".to_owned(), "--no-peers".to_owned()]).unwrap();
        let engines = Engines::new(&options).unwrap();
        let (mut trapped, mut returned) = (0, 0);
        for seed in 0..100 {
            let outcome = engines.round(seed, &options).unwrap();
            assert_eq!(outcome.difference, None, "seed {seed}");
            assert_eq!(outcome.compared, 2, "seed {seed}");
            returned += outcome.returned;
            trapped += outcome.calls - outcome.returned;
        }
        assert!(
            trapped > 100 && returned > trapped,
            "{returned} calls returned, {trapped} trapped"
        );
    }

    /// A module that is refused is not passed over as one on which all agree.
    #[test]
    fn a_module_that_cannot_be_compiled_is_a_difference() {
        let options = Options::parse(&["--idioms".to_owned(), "--no-peers".to_owned()]).unwrap();
        let engines = Engines::new(&options).unwrap();
        // It imports what is not given, and so does not get as far as calls.
        let mut module = wasm_encoder::Module::new();
        let mut imports = wasm_encoder::ImportSection::new();
        let global = wasm_encoder::GlobalType {
            val_type: wasm_encoder::ValType::I32,
            mutable: false,
            shared: false,
        };
        imports.import("no", "such", wasm_encoder::EntityType::Global(global));
        module.section(&imports);
        let outcome = engines.run(0, &module.finish());
        assert!(outcome.difference.is_some());
    }
}
