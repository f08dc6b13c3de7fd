//! Threads: names for them, room for signal handlers, barriers.

use std::cell::{Cell, OnceCell};
use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The kernel's number of a thread; never 0.
pub type Tid = i32;

thread_local! {
    static TID: Cell<Tid> = const { Cell::new(0) };
    /// Its number, and how many forks there had been when it got it.
    static NUMBER: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    /// The lowest address of this thread's stack, and how many bytes above it count as short; all that there
    /// are, as long as that is not known.
    static STACK: Cell<(usize, usize)> = const { Cell::new((0, usize::MAX)) };
    /// Its number, once it has what guests need ([`ready_thread`]); else 0.
    static READY: Cell<u64> = const { Cell::new(0) };
    /// Set once `SIGNAL_STACK` is; needs no check of its own life, so it is cheaper to read.
    static HAS_SIGNAL_STACK: Cell<bool> = const { Cell::new(false) };
    static SIGNAL_STACK: OnceCell<SignalStack> = const { OnceCell::new() };
}

/// The number of the current thread.
#[inline]
pub fn current_tid() -> Tid {
    let tid = TID.get();
    if tid == 0 { ask_tid() } else { tid }
}

#[cold]
fn ask_tid() -> Tid {
    // SAFETY: gettid has no arguments and cannot fail.
    TID.set(unsafe { libc::gettid() });
    TID.get()
}

/// The stack that handlers of this thread run on, if it had none that is large enough.
struct SignalStack {
    ours: Option<crate::Reservation>,
}

/// Room for a handler and the kernel's signal frame with every vector register.
const SIGNAL_STACK_LEN: usize = 64 * 1024;

/// Sees to it that signal handlers of this thread run on a stack of their own: guest code runs on
/// stacks that may be used up. To be called before a thread runs guest code; cheap when repeated.
///
/// # Errors
/// If the system is out of memory.
#[inline]
pub fn ensure_signal_stack() -> io::Result<()> {
    if HAS_SIGNAL_STACK.get() { Ok(()) } else { make_signal_stack() }
}

#[cold]
fn make_signal_stack() -> io::Result<()> {
    let install = |cell: &OnceCell<SignalStack>| {
        let stack = SignalStack::install()?;
        cell.get_or_init(|| stack);
        HAS_SIGNAL_STACK.set(true);
        Ok(())
    };
    // A thread that is ending has lost its stack for good.
    SIGNAL_STACK.try_with(install).unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
}

impl SignalStack {
    fn install() -> io::Result<SignalStack> {
        // SAFETY: an all-zero stack_t is a valid value.
        let mut old: libc::stack_t = unsafe { std::mem::zeroed() };
        // SAFETY: asks for the present stack, into memory of ours.
        if unsafe { libc::sigaltstack(std::ptr::null(), &mut old) } != 0 {
            return Err(io::Error::last_os_error());
        }
        if old.ss_flags & libc::SS_DISABLE == 0 && old.ss_size >= SIGNAL_STACK_LEN {
            return Ok(SignalStack { ours: None });
        }
        let ours = crate::Reservation::new(SIGNAL_STACK_LEN + crate::page_size())?;
        ours.commit(crate::page_size(), SIGNAL_STACK_LEN)?;
        let new = libc::stack_t {
            ss_sp: ours.base().wrapping_add(crate::page_size()).cast(),
            ss_flags: 0,
            ss_size: SIGNAL_STACK_LEN,
        };
        // SAFETY: the memory lives until the thread ends, when `drop` takes the stack away first.
        if unsafe { libc::sigaltstack(&new, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(SignalStack { ours: Some(ours) })
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        HAS_SIGNAL_STACK.set(false);
        READY.set(0);
        if self.ours.is_some() {
            // Not the stack that was there before: its owner may have freed it by now, since this
            // runs among the last things of the thread, and a late signal would land there.
            let none = libc::stack_t {
                ss_sp: std::ptr::null_mut(),
                ss_flags: libc::SS_DISABLE,
                ss_size: 0,
            };
            // SAFETY: no handler of ours is running on the stack; later ones use the thread's own.
            unsafe { libc::sigaltstack(&none, std::ptr::null_mut()) };
        }
    }
}

/// What host functions may count on when they are called.
const STACK_RESERVE: usize = 128 * 1024;

/// Whether little is left of the current thread's own stack: less than 128 KiB, or a quarter of a
/// small one. On a stack of someone else's making the answer is no.
#[inline]
pub fn stack_is_short() -> bool {
    let marker = MaybeUninit::<u8>::uninit();
    let here = (&raw const marker).addr();
    let (low, reserve) = STACK.get();
    here.wrapping_sub(low) < reserve && (reserve != usize::MAX || measure_stack(here))
}

/// Finds out where the stack lies; then as above.
#[cold]
fn measure_stack(here: usize) -> bool {
    // SAFETY: `pthread_getattr_np` fills an attribute object of ours, which is destroyed once it
    // was read.
    let (low, size) = unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return false;
        }
        let (mut low, mut size) = (std::ptr::null_mut(), 0);
        let known = libc::pthread_attr_getstack(&attributes, &mut low, &mut size) == 0;
        libc::pthread_attr_destroy(&mut attributes);
        if !known {
            return false;
        }
        (low.addr(), size)
    };
    let reserve = STACK_RESERVE.min(size / 4).max(1);
    STACK.set((low, reserve));
    here.wrapping_sub(low) < reserve
}

/// Goes up in the child of every fork, in which threads and what the kernel counts of them are new.
pub(crate) static FORKS: AtomicU64 = AtomicU64::new(0);

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    // Of the one thread that there is in a child.
    TID.set(0);
    READY.set(0);
}

/// From now on, forks are counted.
pub(crate) fn watch_forks() {
    static WATCH: std::sync::Once = std::sync::Once::new();
    // SAFETY: the handler does nothing but count, which is safe after a fork.
    WATCH.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(forked));
    });
}

/// A number of the current thread that no other one ever has, in this process or one forked from it;
/// never 0.
#[inline]
pub fn thread_number() -> u64 {
    let (number, forks) = NUMBER.get();
    if number != 0 && forks == FORKS.load(Ordering::Relaxed) { number } else { new_number() }
}

#[cold]
fn new_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    watch_forks();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    NUMBER.set((number, FORKS.load(Ordering::Relaxed)));
    number
}

/// How many page faults the current thread has had. While the number stays the same, no page has become
/// anyone's by what the thread did, calls of the system included.
pub fn page_faults() -> u64 {
    // SAFETY: an all-zero rusage is a valid value, which the system fills.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_THREAD, &mut usage);
        usage
    };
    (usage.ru_minflt as u64).wrapping_add(usage.ru_majflt as u64)
}

/// [`thread_number`], if the thread has a stack for handlers ([`ensure_signal_stack`]), and else 0. Without a
/// branch: who has seen that it is his thread's number has nothing else to ask.
#[inline(always)]
pub fn ready_thread() -> u64 {
    READY.get()
}

/// Has the current thread have what guests need, which [`ready_thread`] says from now on.
///
/// # Errors
/// If the system is out of memory.
pub fn make_thread_ready() -> io::Result<()> {
    ensure_signal_stack()?;
    READY.set(thread_number());
    Ok(())
}

thread_local! {
    /// Random bytes of the system's that are not yet used, and how many are left.
    static RANDOM: Cell<([u64; 16], usize)> = const { Cell::new(([0; 16], 0)) };
}

/// A number that nobody can foretell. Where the system has none to give, one of the clock's.
pub fn random_u64() -> u64 {
    let (mut words, mut left) = RANDOM.get();
    if left == 0 {
        let len = size_of_val(&words);
        // SAFETY: the system writes `len` bytes into words of ours.
        let got = unsafe { libc::getrandom(words.as_mut_ptr().cast(), len, 0) };
        if got != len as isize {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            return now.map_or(0, |d| d.as_nanos() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        left = words.len();
    }
    left -= 1;
    let word = std::mem::take(&mut words[left]);
    RANDOM.set((words, left));
    word
}

/// Sends the stop signal to a thread of this process. A thread that has ended is no error.
pub fn send_stop(tid: Tid) {
    // SAFETY: tgkill takes numbers only; our handler for the signal is harmless wherever it lands.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), tid, crate::signal::STOP) };
}

/// Has the system wake this thread at the time it asks for, not up to 50 microseconds later as it
/// may to save energy.
pub fn sleep_precisely() {
    // SAFETY: takes numbers only, and changes nothing but how exact this thread's timers are.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1u64, 0, 0, 0) };
}

/// After this, every other thread of the process sees what this one wrote before, and this one sees
/// what they wrote before their next instruction: a full fence on both sides, paid for here alone.
/// Returns false if the kernel cannot do it.
pub fn heavy_barrier() -> bool {
    const REGISTER: libc::c_int = 1 << 4;
    const EXPEDITED: libc::c_int = 1 << 3;
    static READY: OnceLock<bool> = OnceLock::new();
    // SAFETY: membarrier takes numbers only.
    let call =
        |command: libc::c_int| unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 };
    *READY.get_or_init(|| call(REGISTER)) && call(EXPEDITED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_stack_is_noticed_before_it_ends() {
        fn down(depth: usize) -> usize {
            if stack_is_short() {
                return depth;
            }
            let room = std::hint::black_box([depth; 128]);
            down(room[5] + 1).max(room[7])
        }
        for size in [64 << 10, 256 << 10, 2 << 20] {
            let thread = std::thread::Builder::new().stack_size(size);
            let depth = thread.spawn(|| down(0)).unwrap().join().unwrap();
            assert!(depth > 8 && depth < size / 1024, "{depth} of {size}");
        }
        assert!(!stack_is_short());
    }

    #[test]
    fn a_page_that_is_first_written_is_a_fault() {
        let r = crate::Reservation::new(1 << 20).unwrap();
        r.commit(0, 1 << 20).unwrap();
        let before = page_faults();
        for page in 0..256 {
            // SAFETY: the page is committed, and nobody else knows of it.
            unsafe { r.base().add(page * 4096).write_volatile(1) };
        }
        assert!(page_faults() >= before + 16, "large pages are 16 at the most");
    }

    #[test]
    fn signal_stack_is_large_and_given_back() {
        let size = || {
            // SAFETY: asks for the present stack, into memory of ours.
            unsafe {
                let mut now: libc::stack_t = std::mem::zeroed();
                assert_eq!(libc::sigaltstack(std::ptr::null(), &mut now), 0);
                if now.ss_flags & libc::SS_DISABLE != 0 { 0 } else { now.ss_size }
            }
        };
        std::thread::spawn(move || {
            ensure_signal_stack().unwrap();
            ensure_signal_stack().unwrap();
            assert!(size() >= SIGNAL_STACK_LEN);
        })
        .join()
        .unwrap();
        assert!(heavy_barrier());
        assert!(current_tid() > 0);
    }
}
