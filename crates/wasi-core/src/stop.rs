//! How a call ends when it does not simply return: an errno, or the end of the guest.

use crate::Errno;
use std::fmt;

/// The guest asked to end, with this exit code (`proc_exit`).
///
/// It travels as an error through the engine, so that an embedder finds it by downcast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exit(pub u32);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the guest exited with code {}", self.0)
    }
}

impl std::error::Error for Exit {}

macro_rules! signals {
    ($($name:ident = $posix:literal $number:literal;)*) => {
        /// A POSIX signal a guest can raise for itself.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Signal { $(#[doc = $posix] $name,)* }

        impl Signal {
            /// Every signal, in the order of the table.
            pub const ALL: &'static [Signal] = &[$(Signal::$name,)*];

            /// The POSIX name, such as `SIGTERM`.
            pub const fn name(self) -> &'static str {
                match self { $(Signal::$name => $posix,)* }
            }

            /// The number x86-64 Linux gives it; a shell reports 128 + this.
            pub const fn host_number(self) -> u8 {
                match self { $(Signal::$name => $number,)* }
            }
        }
    };
}

signals! {
    Hup = "SIGHUP" 1;
    Int = "SIGINT" 2;
    Quit = "SIGQUIT" 3;
    Ill = "SIGILL" 4;
    Trap = "SIGTRAP" 5;
    Abrt = "SIGABRT" 6;
    Bus = "SIGBUS" 7;
    Fpe = "SIGFPE" 8;
    Kill = "SIGKILL" 9;
    Usr1 = "SIGUSR1" 10;
    Segv = "SIGSEGV" 11;
    Usr2 = "SIGUSR2" 12;
    Pipe = "SIGPIPE" 13;
    Alrm = "SIGALRM" 14;
    Term = "SIGTERM" 15;
    Chld = "SIGCHLD" 17;
    Cont = "SIGCONT" 18;
    Stop = "SIGSTOP" 19;
    Tstp = "SIGTSTP" 20;
    Ttin = "SIGTTIN" 21;
    Ttou = "SIGTTOU" 22;
    Urg = "SIGURG" 23;
    Xcpu = "SIGXCPU" 24;
    Xfsz = "SIGXFSZ" 25;
    Vtalrm = "SIGVTALRM" 26;
    Prof = "SIGPROF" 27;
    Winch = "SIGWINCH" 28;
    Poll = "SIGPOLL" 29;
    Pwr = "SIGPWR" 30;
    Sys = "SIGSYS" 31;
}

impl Signal {
    /// Whether the default action is to do nothing, so that raising it lets the guest go on.
    pub const fn ignored_by_default(self) -> bool {
        matches!(self, Signal::Chld | Signal::Cont | Signal::Urg | Signal::Winch)
    }
}

/// The guest raised a signal whose default action ends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Raised(pub Signal);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the guest raised {}", self.0.name())
    }
}

impl std::error::Error for Raised {}

/// A blocking call was ended by [`crate::Cancel::cancel`]; the guest must not run on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call was cancelled while it waited")
    }
}

impl std::error::Error for Cancelled {}

/// Why a guest may not run on after a host call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// It exited.
    Exit(Exit),
    /// It raised a deadly signal.
    Raised(Raised),
    /// Its blocking call was cancelled from outside.
    Cancelled(Cancelled),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Exit(exit) => exit.fmt(f),
            Stop::Raised(raised) => raised.fmt(f),
            Stop::Cancelled(cancelled) => cancelled.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

/// Why an operation failed: an errno for the guest, or the end of the guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fail {
    /// The guest is told this errno and runs on.
    Errno(Errno),
    /// The guest ends.
    Stop(Stop),
}

impl Fail {
    /// The failure of a cancelled call.
    pub const CANCELLED: Fail = Fail::Stop(Stop::Cancelled(Cancelled));
}

impl From<Errno> for Fail {
    fn from(errno: Errno) -> Fail {
        Fail::Errno(errno)
    }
}

impl From<rustix::io::Errno> for Fail {
    fn from(errno: rustix::io::Errno) -> Fail {
        Fail::Errno(errno.into())
    }
}

impl From<Stop> for Fail {
    fn from(stop: Stop) -> Fail {
        Fail::Stop(stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_small() {
        assert!(size_of::<Fail>() <= 8, "{}", size_of::<Fail>());
        assert_eq!(size_of::<Result<(), Fail>>(), size_of::<Fail>());
    }

    #[test]
    fn only_four_signals_are_ignored() {
        let ignored = Signal::ALL.iter().filter(|s| s.ignored_by_default()).count();
        assert_eq!(ignored, 4);
        assert!(!Signal::Kill.ignored_by_default());
    }
}
