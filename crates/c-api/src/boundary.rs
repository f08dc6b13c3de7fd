//! What every exported function does at the edge: panics end here, and what failed is remembered.
//!
//! The standard's functions say only *that* they failed, by null or false. Why is kept for the
//! thread, as `dlerror` does, and read with `waxwing_last_error`.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Remembers why something failed.
pub fn remember(why: &dyn Display) {
    let why = why.to_string();
    // A thread that is ending has nobody left to ask.
    let _ = LAST.try_with(|last| last.replace(Some(why)));
}

/// Takes what was remembered.
pub fn take_last() -> Option<String> {
    LAST.try_with(RefCell::take).ok().flatten()
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}

/// Runs the body of an exported function. A panic becomes what `fallback` makes of it: C has no
/// frames that it could go through.
pub fn guard_or<R>(fallback: impl FnOnce(&str) -> R, body: impl FnOnce() -> R) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(panic) => {
            let why = format!("internal error: {}", words(&*panic));
            // The payload's own destructor may panic as well; it is not worth a second net.
            std::mem::forget(panic);
            remember(&why);
            fallback(&why)
        }
    }
}

/// [`guard_or`] with a value that means failure.
pub fn guard<R: Default>(body: impl FnOnce() -> R) -> R {
    guard_or(|_| R::default(), body)
}

/// Runs a body that can fail: its error is remembered, and the value that means failure returned.
pub fn attempt<R: Default>(body: impl FnOnce() -> waxwing::Result<R>) -> R {
    guard(|| match body() {
        Ok(value) => value,
        Err(e) => {
            remember(&e);
            R::default()
        }
    })
}

/// What null was given for.
pub fn missing(what: &str) -> waxwing::Error {
    waxwing::Error::msg(format!("null was given for {what}"))
}

/// An argument that may not be null.
///
/// # Errors
/// If it is.
pub fn need<T>(argument: Option<T>, what: &str) -> waxwing::Result<T> {
    argument.ok_or_else(|| missing(what))
}

/// Defines exported functions: each has the name in C, and catches panics where it says how.
///
/// Arguments are `Option<&T>`, `Option<Box<T>>` (owned) and `Option<&mut MaybeUninit<T>>` (to be
/// written): the headers promise that a pointer is null or valid, which is just what these types
/// say, and Rust passes them as C passes pointers.
macro_rules! export {
    ($($how:ident fn $name:ident $(<$life:lifetime>)? ($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block)*) => {$(
        #[doc = concat!("`", stringify!($name), "` of the headers.")]
        ///
        /// # Safety
        /// The arguments are what the header asks for.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name $(<$life>)? ($($arg: $ty),*) $(-> $ret)? {
            $crate::boundary::$how(move || $body)
        }
    )*};
}
pub(crate) use export;

/// A result to be written.
pub type Out<'a, T> = Option<&'a mut std::mem::MaybeUninit<T>>;

/// Writes a result, if the caller wants it.
pub fn put<T>(out: Out<'_, T>, value: T) {
    if let Some(out) = out {
        out.write(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_says_so() {
        assert_eq!(take_last(), None);
        assert_eq!(guard::<u32>(|| panic!("of the {}", "first kind")), 0);
        assert_eq!(take_last().as_deref(), Some("internal error: of the first kind"));
        assert_eq!(guard_or(|why| why.to_owned(), || panic!("plain")), "internal error: plain");
        assert_eq!(take_last().as_deref(), Some("internal error: plain"));
        assert_eq!(guard_or(|_| 1, || std::panic::panic_any(5)), 1);
        assert_eq!(take_last().as_deref(), Some("internal error: no reason given"));
    }

    #[test]
    fn an_error_is_remembered_once_and_for_its_thread() {
        assert!(!attempt::<bool>(|| Err(missing("everything"))));
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(take_last(), None));
        });
        assert_eq!(take_last().as_deref(), Some("null was given for everything"));
        assert_eq!(take_last(), None);
        assert!(attempt(|| Ok(true)));
        assert_eq!(take_last(), None);
    }
}
