//! Signal handlers of others, installed before and after the engine's: each serves its own faults.

use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use waxwing::{Caller, Linker, Trap};
use waxwing_testkit::{Guest, each_plan, isolated};

/// A page that cannot be read, until the handler makes it so.
static PAGE: AtomicPtr<libc::c_void> = AtomicPtr::new(std::ptr::null_mut());
static SERVED: AtomicUsize = AtomicUsize::new(0);
static STOPS: AtomicUsize = AtomicUsize::new(0);
/// The `sa_sigaction` that was there before, or 0.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

/// Serves faults of the page, and hands on all others.
extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    let page = PAGE.load(Ordering::SeqCst);
    // SAFETY: the kernel passes a valid siginfo_t to handlers with SA_SIGINFO.
    let address = unsafe { (*info).si_addr() };
    if !page.is_null() && address == page {
        SERVED.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the page is a mapping of this test's.
        unsafe { libc::mprotect(page, 4096, libc::PROT_READ | libc::PROT_WRITE) };
        return;
    }
    let before = BEFORE.load(Ordering::SeqCst);
    assert!(before > 1, "a fault at {address:?} that belongs to nobody");
    // SAFETY: the address is that of a handler with SA_SIGINFO (`install`).
    let before: Handler = unsafe { std::mem::transmute(before) };
    before(signal, info, context);
}

extern "C" fn on_stop(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    STOPS.fetch_add(1, Ordering::SeqCst);
}

fn install(signal: libc::c_int, handler: Handler) {
    // SAFETY: an all-zero sigaction is a valid value; the handler has the signature that
    // SA_SIGINFO asks for.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut old: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(signal, &action, &mut old), 0);
        if signal == libc::SIGSEGV {
            assert!(old.sa_flags & libc::SA_SIGINFO != 0 || old.sa_sigaction <= 1);
            BEFORE.store(old.sa_sigaction, Ordering::SeqCst);
        }
    }
}

/// Touches a new page that cannot be read; the handler must see to it.
fn fault() {
    // SAFETY: an anonymous mapping touches nothing of anyone's.
    let page = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert_ne!(page, libc::MAP_FAILED);
    PAGE.store(page, Ordering::SeqCst);
    let served = SERVED.load(Ordering::SeqCst);
    // SAFETY: the handler makes the page accessible when it is touched.
    unsafe { page.cast::<u8>().write_volatile(1) };
    assert_eq!(SERVED.load(Ordering::SeqCst), served + 1);
    PAGE.store(std::ptr::null_mut(), Ordering::SeqCst);
}

const TEXT: &str = r#"(module
    (import "h" "fault" (func $fault))
    (memory 1)
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func $deep (export "deep") (call $deep))
    (func (export "host") (result i32) (call $fault) (i32.const 3))
    (func (export "forever") (loop (br 0))))"#;

/// Faults of guests, of the host, and of host functions inside guests, in turn, on some threads.
fn faults_of_all_kinds() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker.func_wrap("h", "fault", |_: Caller<'_, ()>| fault()).expect("a new name");
        let round = || {
            let mut guest = Guest::link(&linker, (), TEXT);
            for _ in 0..5 {
                assert_eq!(guest.trap("load", &[-1]), Trap::MemoryOutOfBounds);
                fault();
                assert_eq!(guest.trap("deep", &[]), Trap::StackOverflow);
                assert_eq!(guest.call("host", &[]), 3);
                assert_eq!(guest.trap("divide", &[0]), Trap::IntegerDivideByZero);
                assert_eq!(guest.call("load", &[0]), 0);
            }
            let switch = guest.store.kill_switch();
            std::thread::scope(|scope| {
                scope.spawn(move || switch.kill());
                assert_eq!(guest.trap("forever", &[]), Trap::Killed);
            });
        };
        round();
        std::thread::scope(|scope| {
            scope.spawn(round);
        });
    });
}

#[test]
fn a_handler_installed_before_is_served() {
    if !isolated("signals::a_handler_installed_before_is_served") {
        return;
    }
    install(libc::SIGSEGV, on_fault);
    install(libc::SIGURG, on_stop);
    faults_of_all_kinds();
    // The engine's stop signal is someone else's too.
    let before = STOPS.load(Ordering::SeqCst);
    // SAFETY: a signal to this thread, for which there is a handler.
    unsafe { libc::raise(libc::SIGURG) };
    assert_eq!(STOPS.load(Ordering::SeqCst), before + 1);
}

#[test]
fn a_handler_installed_after_is_served() {
    if !isolated("signals::a_handler_installed_after_is_served") {
        return;
    }
    drop(waxwing_testkit::engine(Default::default()));
    install(libc::SIGSEGV, on_fault);
    faults_of_all_kinds();
}

/// A fault that is nobody's ends the process as if the engine were not there.
#[test]
fn a_fault_of_the_host_is_not_swallowed() {
    const CHILD: &str = "WAXWING_TEST_FAULT";
    if std::env::var_os(CHILD).is_none() {
        let program = std::env::current_exe().expect("a test knows its own file");
        let output = std::process::Command::new(program)
            .args(["--exact", "signals::a_fault_of_the_host_is_not_swallowed", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .expect("a test can be started again");
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{output:?}");
        return;
    }
    let engine = waxwing_testkit::engine(Default::default());
    let mut linker: Linker<()> = Linker::new(&engine);
    linker
        .func_wrap("h", "fault", || {
            // SAFETY: it is not safe: the process is meant to end here.
            unsafe { std::ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
        })
        .expect("a new name");
    Guest::link(&linker, (), TEXT).call("host", &[]);
}
