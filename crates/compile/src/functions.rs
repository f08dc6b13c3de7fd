//! Compiling all functions, on every core.

use crate::{Error, Options};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use waxwing_decode::{Body, Names};
use waxwing_layout::builtin::Leaf;
use waxwing_lower::{Code, Env, Job};

/// Calls of the progress callback in one compilation, about.
const PROGRESS_STEPS: u64 = 200;

/// Compiles all leaf routines.
pub(crate) fn leafs(options: &Options) -> Result<Vec<Code>, Error> {
    let make = |&leaf: &Leaf| {
        let metered = options.fuel.is_some();
        options.codegen.leaf(leaf, options.cpu, metered).map_err(|error| Error::leaf(leaf, error))
    };
    Leaf::ALL.iter().map(make).collect()
}

/// Compiles all functions; the answer is in their order.
///
/// If several are wrong, the error is that of the one with the lowest index, on any number of
/// threads.
pub(crate) fn functions(
    env: &Env<'_>,
    bodies: Vec<Body<'_>>,
    names: &Names<'_>,
    options: &Options,
) -> Result<Vec<Code>, Error> {
    let count = bodies.len();
    let work = Work::new(env, bodies, options);
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(count) {
            scope.spawn(|_| work.run());
        }
    });
    if let Some((index, error)) = work.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let name = names.function(index).map(str::to_owned);
        return Err(Error::function(index, name, error));
    }
    if options.cancelled() {
        return Err(Error::cancelled());
    }
    let mut codes = vec![Code::default(); count];
    for (index, code) in work.done.into_inner().unwrap_or_else(PoisonError::into_inner) {
        codes[(index - env.module.imported_funcs) as usize] = code;
    }
    Ok(codes)
}

/// What the threads share.
struct Work<'a, 'e> {
    env: &'e Env<'e>,
    options: &'e Options,
    bodies: Mutex<std::vec::IntoIter<Body<'a>>>,
    done: Mutex<Vec<(u32, Code)>>,
    /// The lowest function that is known to be wrong.
    first_failed: AtomicU32,
    failed: Mutex<Option<(u32, waxwing_lower::Error)>>,
    bytes_done: AtomicU64,
    bytes: u64,
}

impl<'a, 'e> Work<'a, 'e> {
    fn new(env: &'e Env<'e>, mut bodies: Vec<Body<'a>>, options: &'e Options) -> Work<'a, 'e> {
        // Largest first, so that no thread is left alone with a large one at the end.
        bodies.sort_by_key(|b| (std::cmp::Reverse(b.body.range().len()), b.index));
        let bytes = bodies.iter().map(|b| b.body.range().len() as u64).sum();
        Work {
            env,
            options,
            done: Mutex::new(Vec::with_capacity(bodies.len())),
            bodies: Mutex::new(bodies.into_iter()),
            first_failed: AtomicU32::new(u32::MAX),
            failed: Mutex::new(None),
            bytes_done: AtomicU64::new(0),
            bytes,
        }
    }

    /// What each thread does: take the next function until there is none.
    fn run(&self) {
        let mut done = Vec::new();
        while !self.options.cancelled() {
            let Some(body) = lock(&self.bodies).next() else { break };
            // Lower ones are still compiled, so that the error does not depend on the threads.
            if body.index > self.first_failed.load(Ordering::Relaxed) {
                continue;
            }
            let (index, size) = (body.index, body.body.range().len() as u64);
            match self.compile(body) {
                Ok(code) => done.push((index, code)),
                Err(error) => self.fail(index, error),
            }
            self.advance(size);
        }
        lock(&self.done).append(&mut done);
    }

    fn compile(&self, body: Body<'a>) -> Result<Code, waxwing_lower::Error> {
        let Body { index, body, validate } = body;
        let job = Job { env: self.env, index, body, validate };
        // A back end that panics is wrong, but the embedder's program need not end for it.
        catch_unwind(AssertUnwindSafe(|| self.options.codegen.function(job))).unwrap_or_else(
            |panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
                Err(waxwing_lower::Error::Backend(format!("the back end panicked: {text}")))
            },
        )
    }

    fn fail(&self, index: u32, error: waxwing_lower::Error) {
        let mut failed = lock(&self.failed);
        if failed.as_ref().is_none_or(|(first, _)| index < *first) {
            *failed = Some((index, error));
            self.first_failed.store(index, Ordering::Relaxed);
        }
    }

    fn advance(&self, size: u64) {
        let before = self.bytes_done.fetch_add(size, Ordering::Relaxed);
        let after = before + size;
        let step = (self.bytes / PROGRESS_STEPS).max(1);
        if let Some(progress) = &self.options.progress
            && (before / step != after / step || after == self.bytes)
        {
            progress(after, self.bytes);
        }
    }
}

/// No thread panics while it holds one of these locks; if one did, the data would still be whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
