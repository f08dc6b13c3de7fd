//! The threads of a script (threads proposal, "Shared Memory Test Scripts").
//!
//! `(thread $T (shared (module $M)) directive*)` runs directives on a thread of its own, in a store of its
//! own. Of the instance `$M` the thread can register the shared memories. `(wait $T)` waits for its end.

use crate::script::{Outcome, Run, is_assertion, place};
use crate::{Failure, Options, Summary};
use std::collections::HashMap;
use std::thread::{Scope, ScopedJoinHandle};
use wast::{WastDirective, WastThread};
use waxwing::Engine;

/// What runs directives, on the main thread of a script or on another one.
#[derive(Clone, Copy)]
pub(crate) struct Thread<'s, 'e> {
    pub(crate) scope: &'s Scope<'s, 'e>,
    pub(crate) engine: &'e Engine,
    pub(crate) options: Options,
    pub(crate) name: &'e str,
    pub(crate) text: &'e str,
}

/// What came of directives.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) summary: Summary,
    pub(crate) failures: Vec<Failure>,
}

impl Done {
    fn add(&mut self, other: Done) {
        self.summary.directives += other.summary.directives;
        self.summary.assertions += other.summary.assertions;
        self.failures.extend(other.failures);
    }
}

type Running<'s> = HashMap<String, ScopedJoinHandle<'s, Done>>;

impl<'s, 'e: 's> Thread<'s, 'e> {
    /// Runs directives, and waits for the threads that they start.
    pub(crate) fn directives(self, mut run: Run, directives: Vec<WastDirective<'e>>) -> Done {
        let mut done = Done::default();
        let mut running = Running::new();
        for directive in directives {
            let span = directive.span();
            done.summary.directives += 1;
            done.summary.assertions += usize::from(is_assertion(&directive));
            let outcome = match directive {
                WastDirective::Thread(thread) => self.start(&mut run, thread, &mut running),
                WastDirective::Wait { thread, .. } => match running.remove(thread.name()) {
                    Some(thread) => join(thread).map(|ended| done.add(ended)),
                    None => Err("there is no such thread".to_owned()),
                },
                other => run.directive(other),
            };
            if let Err(what) = outcome {
                done.failures.push(Failure::new(self.name, place(self.text, span), what));
            }
        }
        for (_, thread) in running {
            match join(thread) {
                Ok(ended) => done.add(ended),
                Err(what) => done.failures.push(Failure::new(self.name, (0, 0), what)),
            }
        }
        done
    }

    fn start(self, run: &mut Run, thread: WastThread<'e>, running: &mut Running<'s>) -> Outcome {
        let shared = thread.shared_module.map(|id| run.share(id)).transpose()?;
        let (engine, options) = (self.engine, self.options);
        let start = move || match Run::new(engine, options) {
            Ok(mut run) => {
                shared.into_iter().for_each(|shared| run.lend(shared));
                self.directives(run, thread.directives)
            }
            Err(e) => {
                let failure = Failure::new(self.name, (0, 0), format!("no host: {e}"));
                Done { failures: vec![failure], ..Done::default() }
            }
        };
        let started = self.scope.spawn(start);
        match running.insert(thread.name.name().to_owned(), started) {
            None => Ok(()),
            Some(_) => Err("a thread of this name is running".to_owned()),
        }
    }
}

fn join(thread: ScopedJoinHandle<'_, Done>) -> Outcome<Done> {
    thread.join().map_err(|_| "the thread panicked".to_owned())
}
