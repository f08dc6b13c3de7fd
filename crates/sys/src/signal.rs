//! Signals: faults of guest code, and requests to stop it.
//!
//! One handler serves SIGSEGV, SIGBUS, SIGILL, SIGFPE and the stop signal. What the engine does not
//! claim goes to the handler that was there before, with its own conventions; if there was none,
//! the default action follows, as if we were not here.

use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The stop signal. Its default is to be ignored, so that a stray one harms nobody.
pub(crate) const STOP: libc::c_int = libc::SIGURG;

/// What happened to the interrupted code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An inaccessible address was touched.
    Segv {
        /// The address.
        address: usize,
    },
    /// The page behind an address could not be provided.
    Bus {
        /// The address.
        address: usize,
    },
    /// An invalid instruction.
    Illegal,
    /// An arithmetic fault.
    Arithmetic,
    /// Nothing; someone asks for attention.
    Stop,
}

/// The registers of the interrupted code.
#[derive(Debug)]
pub struct Context<'a>(pub(crate) &'a mut libc::ucontext_t);

impl Context<'_> {
    fn reg(&self, reg: libc::c_int) -> usize {
        self.0.uc_mcontext.gregs[reg as usize] as usize
    }

    /// Where it was.
    pub fn pc(&self) -> usize {
        self.reg(libc::REG_RIP)
    }

    /// Its stack pointer.
    pub fn sp(&self) -> usize {
        self.reg(libc::REG_RSP)
    }

    /// Its frame pointer.
    pub fn fp(&self) -> usize {
        self.reg(libc::REG_RBP)
    }

    /// r15, which in metered code is the fuel that is left.
    pub fn fuel(&self) -> usize {
        self.reg(libc::REG_R15)
    }

    /// Sets r15.
    pub fn set_fuel(&mut self, fuel: usize) {
        self.0.uc_mcontext.gregs[libc::REG_R15 as usize] = fuel as i64;
    }

    /// Makes it go on at `pc`, with `argument` in r10.
    pub fn redirect(&mut self, pc: usize, argument: usize) {
        self.0.uc_mcontext.gregs[libc::REG_RIP as usize] = pc as i64;
        self.0.uc_mcontext.gregs[libc::REG_R10 as usize] = argument as i64;
    }
}

/// Decides on a fault: true if it was the engine's and `Context` says how to go on. Runs inside a
/// signal handler, so it may do only what is safe there.
pub type Handler = fn(Fault, &mut Context<'_>) -> bool;

static HANDLER: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

struct Old([(libc::c_int, MaybeUninit<libc::sigaction>); 5]);
// SAFETY: written once before it is shared; plain data.
unsafe impl Send for Old {}
// SAFETY: as above; only read afterwards.
unsafe impl Sync for Old {}

static OLD: OnceLock<Old> = OnceLock::new();

/// Installs the handler for the whole process; later calls do nothing.
///
/// # Errors
/// If the system refuses.
pub fn install(handler: Handler) -> io::Result<()> {
    static RESULT: OnceLock<Result<(), i32>> = OnceLock::new();
    RESULT
        .get_or_init(|| install_once(handler).map_err(|e| e.raw_os_error().unwrap_or(libc::EINVAL)))
        .map_err(io::Error::from_raw_os_error)
}

fn install_once(handler: Handler) -> io::Result<()> {
    HANDLER.store(handler as *mut (), Ordering::Release);
    let mut old = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, STOP]
        .map(|signal| (signal, MaybeUninit::<libc::sigaction>::uninit()));
    // What was there is read first and shared before our handler can run.
    for (signal, slot) in &mut old {
        // SAFETY: reads the present action into memory of ours.
        if unsafe { libc::sigaction(*signal, std::ptr::null(), slot.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    let old = OLD.get_or_init(|| Old(old));
    for (signal, _) in &old.0 {
        // SAFETY: an all-zero sigaction is a valid value.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        if *signal != STOP {
            // A fault inside the handler is a bug and must reach its default action.
            action.sa_flags |= libc::SA_NODEFER;
        }
        // SAFETY: `on_signal` has the signature that SA_SIGINFO asks for and keeps to what is safe
        // in handlers.
        if unsafe { libc::sigaction(*signal, &action, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

unsafe extern "C" fn on_signal(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // Host code may look at errno right after the interrupted instruction.
    // SAFETY: the address of the thread's errno is always valid.
    let errno = unsafe { *libc::__errno_location() };
    let handler = HANDLER.load(Ordering::Acquire);
    // SAFETY: only `install_once` writes the pointer, from a `Handler`, before the signal is ours.
    let handler: Handler = unsafe { std::mem::transmute(handler) };
    // SAFETY: with SA_SIGINFO the kernel passes a siginfo_t that is valid during the handler.
    let address = || unsafe { (*info).si_addr() } as usize;
    let fault = match signal {
        libc::SIGSEGV => Fault::Segv { address: address() },
        libc::SIGBUS => Fault::Bus { address: address() },
        libc::SIGILL => Fault::Illegal,
        libc::SIGFPE => Fault::Arithmetic,
        _ => Fault::Stop,
    };
    // SAFETY: with SA_SIGINFO the third argument is the interrupted context, ours until we return.
    let mut registers = Context(unsafe { &mut *context.cast::<libc::ucontext_t>() });
    if !handler(fault, &mut registers) {
        // SAFETY: the arguments are the kernel's own.
        unsafe { pass_on(signal, info, context) };
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

/// Gives a signal to whoever had it before us.
unsafe fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some(old) = OLD.get().and_then(|old| old.0.iter().find(|(s, _)| *s == signal)) else {
        return;
    };
    // SAFETY: `install_once` filled every entry before sharing them.
    let old = unsafe { old.1.assume_init_ref() };
    match old.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN if signal == STOP => {}
        libc::SIG_DFL | libc::SIG_IGN => {
            // The faulting instruction runs again and meets the default action.
            // SAFETY: installs an action that the system itself had.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        handler if old.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: the former owner installed this address as a three-argument handler.
            let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: the former owner installed this address as a one-argument handler.
            let handler: extern "C" fn(libc::c_int) = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
}
