//! A small machine for tests: places code of several back ends in one mapping, builds an instance
//! by hand, calls into it by the external convention, and tells how the call ended.
//!
//! [`call`] checks on the way what every callee owes its caller: rbx, rbp, r12 to r15 and rsp
//! (stack arguments popped) are as they were.

#![allow(dead_code, missing_docs)]

use std::cell::UnsafeCell;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use waxwing_layout::instance::InstanceLayout;
use waxwing_lower::{Callee, Code};
use waxwing_module::Trap;

/// Pages that are given back when dropped.
struct Pages {
    at: *mut u8,
    len: usize,
}

impl Pages {
    fn new(len: usize, protection: i32) -> Pages {
        let len = len.next_multiple_of(4096);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: an anonymous mapping at an address of the kernel's choice overlaps nothing.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, -1, 0) };
        assert_ne!(at, libc::MAP_FAILED, "mmap");
        Pages { at: at.cast(), len }
    }

    fn protect(&self, from: usize, len: usize, protection: i32) {
        assert!(from + len <= self.len);
        // SAFETY: the range lies within this mapping, which nothing but this test uses.
        let result = unsafe { libc::mprotect(self.at.add(from).cast(), len, protection) };
        assert_eq!(result, 0, "mprotect");
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` and nothing refers to it any more.
        unsafe { libc::munmap(self.at.cast(), self.len) };
    }
}

/// Functions of one module, linked.
pub struct Text {
    pages: Pages,
    functions: Vec<(Callee, usize, Code)>,
}

impl Text {
    /// Places the functions and fills in the distances between them.
    pub fn link(functions: Vec<(Callee, Code)>) -> Text {
        let mut end = 0usize;
        let placed: Vec<(Callee, usize, Code)> = functions
            .into_iter()
            .map(|(callee, code)| {
                let at = end.next_multiple_of(code.align.max(1) as usize);
                end = at + code.bytes.len();
                (callee, at, code)
            })
            .collect();
        let mut image = vec![0xcc; end];
        for (_, at, code) in &placed {
            image[*at..at + code.bytes.len()].copy_from_slice(&code.bytes);
            for reloc in &code.relocs {
                let (_, target, _) =
                    placed.iter().find(|(c, ..)| *c == reloc.target).expect("callee is linked");
                let place = at + reloc.at as usize;
                let distance = *target as i64 + i64::from(reloc.addend) - place as i64;
                let distance = i32::try_from(distance).expect("code is near");
                image[place..place + 4].copy_from_slice(&distance.to_le_bytes());
            }
        }
        let pages = Pages::new(image.len(), libc::PROT_READ | libc::PROT_WRITE);
        // SAFETY: the mapping is writable, at least as long as the image, and nobody else's.
        unsafe { std::ptr::copy_nonoverlapping(image.as_ptr(), pages.at, image.len()) };
        pages.protect(0, pages.len, libc::PROT_READ | libc::PROT_EXEC);
        Text { pages, functions: placed }
    }

    /// The address of a function.
    pub fn address(&self, callee: Callee) -> usize {
        let (_, at, _) =
            self.functions.iter().find(|(c, ..)| *c == callee).expect("callee is linked");
        self.pages.at as usize + at
    }

    /// The function that an address lies in, and the offset there.
    pub fn lookup(&self, pc: usize) -> Option<(&Code, Callee, u32)> {
        let at = pc.checked_sub(self.pages.at as usize)?;
        let (callee, from, code) = self
            .functions
            .iter()
            .find(|(_, from, c)| (*from..from + c.bytes.len()).contains(&at))?;
        Some((code, *callee, (at - from) as u32))
    }
}

/// Instance data and one page of linear memory, with nothing behind it that can be touched.
pub struct Instance {
    pages: Pages,
    data: usize,
    table: Vec<[u64; 4]>,
}

/// Bytes of linear memory.
pub const MEMORY: usize = 65536;
/// Address space behind the memory: all that a 32-bit address with a 32-bit offset can reach.
const BEHIND: usize = (8 << 30) + (64 << 20);

impl Instance {
    pub fn new(layout: &InstanceLayout) -> Instance {
        let data = (layout.size() as usize).next_multiple_of(4096);
        let pages = Pages::new(data + MEMORY + BEHIND, libc::PROT_NONE);
        pages.protect(0, data + MEMORY, libc::PROT_READ | libc::PROT_WRITE);
        Instance { pages, data, table: Vec::new() }
    }

    /// The instance pointer.
    pub fn vmctx(&self) -> u64 {
        (self.pages.at as usize + self.data) as u64
    }

    /// Writes a field of the instance, or 8 bytes of memory.
    pub fn write(&mut self, at: i32, value: u64) {
        self.range(at, 8).copy_from_slice(&value.to_le_bytes());
    }

    pub fn write_u32(&mut self, at: i32, value: u32) {
        self.range(at, 4).copy_from_slice(&value.to_le_bytes());
    }

    /// Bytes of the instance (below 0) and of memory.
    pub fn range(&mut self, at: i32, len: usize) -> &mut [u8] {
        let from = (self.data as i64 + i64::from(at)) as usize;
        assert!(from + len <= self.data + MEMORY);
        // SAFETY: the range is mapped, readable and writable; no guest runs while `self` is
        // borrowed.
        unsafe { std::slice::from_raw_parts_mut(self.pages.at.add(from), len) }
    }

    /// Makes these the entries of a table whose definition is at `at`.
    pub fn set_table(&mut self, at: i32, entries: Vec<[u64; 4]>) {
        self.table = entries;
        let (base, len) = (self.table.as_ptr() as u64, self.table.len() as u64);
        self.write(at, base);
        self.write(at + 8, len);
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It returned this in rax.
    Returned(u64),
    /// It faulted there, called from there (return addresses, innermost first).
    Faulted { pc: usize, callers: Vec<usize> },
}

impl End {
    /// The trap that a fault means by the table of the code it is in.
    pub fn trap(&self, text: &Text) -> Option<Trap> {
        let End::Faulted { pc, .. } = self else { return None };
        let (code, _, at) = text.lookup(*pc)?;
        code.traps.iter().find(|&&(offset, _)| offset == at).map(|&(_, trap)| trap)
    }
}

/// What the entry code and the signal handler share. The offsets stand in the assembly.
#[repr(C)]
struct Shared {
    /// 0: rdi rsi rdx rcx r8 r9
    registers: [u64; 6],
    /// 48: stack arguments
    stack: [u64; 8],
    /// 112: how many, an even number
    stack_len: u64,
    /// 120
    code: u64,
    /// 128: rsp as it must be after the call
    rsp: u64,
    /// 136
    result: u64,
    /// 144: 0 returned, 1 faulted, 2 broke the convention
    state: u64,
    pc: usize,
    callers: [usize; 16],
    depth: usize,
}

struct Global(UnsafeCell<Shared>);
// SAFETY: whoever uses it holds `LOCK`; the handler runs on the thread that does.
unsafe impl Sync for Global {}

#[unsafe(no_mangle)]
static WAXWING_TEST_SHARED: Global = Global(UnsafeCell::new(Shared {
    registers: [0; 6],
    stack: [0; 8],
    stack_len: 0,
    code: 0,
    rsp: 0,
    result: 0,
    state: 0,
    pc: 0,
    callers: [0; 16],
    depth: 0,
}));
static LOCK: Mutex<()> = Mutex::new(());

std::arch::global_asm!(
    ".globl waxwing_test_enter",
    ".globl waxwing_test_faulted",
    "waxwing_test_enter:",
    "push rbp",
    "push rbx",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "sub rsp, 8",
    "lea r10, [rip + {shared}]",
    "mov [r10 + 128], rsp",
    "mov rcx, [r10 + 112]",
    "1: test rcx, rcx",
    "jz 2f",
    "push [r10 + 40 + rcx * 8]",
    "dec rcx",
    "jmp 1b",
    "2: mov rax, [r10 + 120]",
    "mov rdi, [r10]",
    "mov rsi, [r10 + 8]",
    "mov rdx, [r10 + 16]",
    "mov rcx, [r10 + 24]",
    "mov r8, [r10 + 32]",
    "mov r9, [r10 + 40]",
    // A frame pointer of zero ends the walk over the guest's frames.
    "xor ebp, ebp",
    "mov rbx, 0x1111",
    "mov r12, 0x2222",
    "mov r13, 0x3333",
    "mov r14, 0x4444",
    "mov r15, 0x5555",
    "call rax",
    "lea r10, [rip + {shared}]",
    "mov [r10 + 136], rax",
    "mov r11d, 2",
    "cmp rsp, [r10 + 128]",
    "jne 3f",
    "test rbp, rbp",
    "jne 3f",
    "cmp rbx, 0x1111",
    "jne 3f",
    "cmp r12, 0x2222",
    "jne 3f",
    "cmp r13, 0x3333",
    "jne 3f",
    "cmp r14, 0x4444",
    "jne 3f",
    "cmp r15, 0x5555",
    "jne 3f",
    "xor r11d, r11d",
    "jmp 3f",
    "waxwing_test_faulted:",
    "lea r10, [rip + {shared}]",
    "mov r11d, 1",
    "3: mov [r10 + 144], r11",
    "mov rsp, [r10 + 128]",
    "add rsp, 8",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbx",
    "pop rbp",
    "ret",
    shared = sym WAXWING_TEST_SHARED,
);

unsafe extern "sysv64" {
    fn waxwing_test_enter();
    fn waxwing_test_faulted();
}

/// Notes where the guest was, and makes the call end.
extern "C" fn handler(signal: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a ucontext. The thread holds LOCK, since it is in a guest; if it
    // is not, the default action follows.
    unsafe {
        let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        let shared = &mut *WAXWING_TEST_SHARED.0.get();
        if shared.state != 3 {
            libc::signal(signal, libc::SIG_DFL);
            return;
        }
        shared.state = 1;
        shared.pc = registers[libc::REG_RIP as usize] as usize;
        let mut frame = registers[libc::REG_RBP as usize] as *const usize;
        shared.depth = 0;
        while !frame.is_null() && shared.depth < shared.callers.len() {
            shared.callers[shared.depth] = *frame.add(1);
            shared.depth += 1;
            frame = *frame as *const usize;
        }
        registers[libc::REG_RSP as usize] = shared.rsp as i64;
        registers[libc::REG_RIP as usize] = waxwing_test_faulted as *const () as i64;
    }
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
            // SAFETY: the structure is filled in as sigaction demands; the handler is
            // async-signal-safe.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = handler as *const () as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
                libc::sigaction(signal, &action, std::ptr::null_mut());
            }
        }
    });
}

fn lock() -> MutexGuard<'static, ()> {
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls code with integer arguments, the instance pointer being the first.
///
/// # Panics
/// If the callee does not keep what the convention says.
pub fn call(text: &Text, callee: Callee, args: &[u64]) -> End {
    install();
    let _locked = lock();
    let stack = args.get(6..).unwrap_or_default();
    // SAFETY: LOCK is held, so nobody else uses the structure. The code is that of a function of
    // the linked module; it keeps the external convention, and faults come back by the handler.
    unsafe {
        let shared = WAXWING_TEST_SHARED.0.get();
        for i in 0..6 {
            (*shared).registers[i] = args.get(i).copied().unwrap_or(0xdead_beef);
        }
        (&mut (*shared).stack)[..stack.len()].copy_from_slice(stack);
        (*shared).stack_len = stack.len().next_multiple_of(2) as u64;
        (*shared).code = text.address(callee) as u64;
        (*shared).state = 3;
        waxwing_test_enter();
        match (*shared).state {
            0 => End::Returned((*shared).result),
            1 => {
                let callers = &(&(*shared).callers)[..(*shared).depth];
                End::Faulted { pc: (*shared).pc, callers: callers.to_vec() }
            }
            _ => panic!("{callee:?} does not keep a register that it must keep"),
        }
    }
}
