//! Preview 1 as imports of an engine's modules, from the same table as everything else.

use crate::functions::{MODULE, finish};
use crate::{Memory, Stop, WasiP1, for_each_function, memory};
use waxwing::{Caller, Error, Linker, SharedMemory, Store};

impl memory::Shared for SharedMemory {
    fn len(&self) -> usize {
        SharedMemory::len(self)
    }

    fn read(&self, at: usize, to: &mut [u8]) -> bool {
        SharedMemory::read(self, at, to).is_ok()
    }

    fn write(&self, at: usize, from: &[u8]) -> bool {
        SharedMemory::write(self, at, from).is_ok()
    }
}

/// The end of a guest as the engine's error; `downcast_ref` finds [`waxwing_wasi_core::Exit`],
/// [`waxwing_wasi_core::Raised`] or [`waxwing_wasi_core::Cancelled`] in it.
fn error(stop: Stop) -> Error {
    match stop {
        Stop::Exit(exit) => Error::host(exit),
        Stop::Raised(raised) => Error::host(raised),
        Stop::Cancelled(cancelled) => Error::host(cancelled),
    }
}

/// Calls one function with the caller's memory. A module that exports no memory has none: each
/// pointer it passes is a fault.
macro_rules! run {
    ($name:ident, $caller:ident, $wasi:ident, ($($arg:ident),*)) => {
        if let Some(shared) = $caller.memory().and_then(|memory| memory.shared(&$caller)) {
            let mut memory = Memory::Shared(&shared);
            finish(crate::$name($wasi($caller.data_mut()), &mut memory $(, $arg)*)).map_err(error)
        } else {
            finish(match $caller.memory_and_data() {
                Some((memory, data)) => {
                    crate::$name($wasi(data), &mut Memory::Bytes(memory) $(, $arg)*)
                }
                None => {
                    crate::$name($wasi($caller.data_mut()), &mut Memory::Bytes(&mut []) $(, $arg)*)
                }
            })
            .map_err(error)
        }
    };
}

/// Defines every function of preview 1 in `linker`, under [`MODULE`]. `wasi` finds the guest's
/// state in the data of a store.
///
/// # Errors
/// When one of the names is taken already.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    wasi: impl Fn(&mut T) -> &mut WasiP1 + Copy + Send + Sync + 'static,
) -> Result<(), Error> {
    macro_rules! define {
        ($($name:ident($($param:ident: $type:ty),*) -> $result:ident;)*) => {
            $(define!(@ $result $name($($param: $type),*));)*
        };
        (@ errno $name:ident($($param:ident: $type:ty),*)) => {
            linker.func_wrap(
                MODULE,
                stringify!($name),
                move |mut caller: Caller<'_, T> $(, $param: $type)*| -> Result<u32, Error> {
                    run!($name, caller, wasi, ($($param),*))
                },
            )?
        };
        (@ never $name:ident($($param:ident: $type:ty),*)) => {
            linker.func_wrap(
                MODULE,
                stringify!($name),
                move |mut caller: Caller<'_, T> $(, $param: $type)*| -> Result<(), Error> {
                    run!($name, caller, wasi, ($($param),*)).map(|_| ())
                },
            )?
        };
    }
    for_each_function!(define);
    Ok(())
}

/// Lets a store that is stopped, by its kill switch or its deadline, also end the call its guest
/// waits in. Without this, a guest that waits is stopped when it next runs.
pub fn end_waits_on_stop<T>(store: &mut Store<T>, wasi: impl FnOnce(&mut T) -> &mut WasiP1) {
    let cancel = wasi(store.data_mut()).cancel().clone();
    store.on_stop(move || cancel.cancel());
}
