//! References: to functions, globals, tables, memories, tags, instances, modules, traps and values of
//! the host's.
//!
//! They are one Rust type, so that the casts of the header are the same pointer; a cast down to another
//! kind is null. Copies are the same reference (`wasm_*_same`), and share what the host attached.

use crate::boundary::{export, need};
use crate::finalize::{Finalizer, HostInfo};
use crate::module::ModuleObject;
use crate::store::{Data, Key, StoreCell, wasm_store_t};
use crate::trap::TrapObject;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use waxwing::{
    AsContext, Error, Extern, ExternRef, Func, Global, Instance, Memory, Result, StoreMut, Table,
    Tag, Val,
};

/// A reference. It keeps its store alive.
#[derive(Clone)]
pub struct Ref {
    store: Arc<StoreCell>,
    kind: Kind,
    key: Key,
}

/// What is referred to.
#[derive(Clone)]
pub enum Kind {
    /// A function.
    Func(Func),
    /// A global.
    Global(Global),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A tag.
    Tag(Tag),
    /// An instance.
    Instance(Instance),
    /// A module.
    Module(Arc<ModuleObject>),
    /// A trap.
    Trap(Arc<TrapObject>),
    /// An object of the host's: the value in it is a [`ForeignObject`].
    Foreign(ExternRef),
    /// Something of a guest's: an object, an exception, an integer of 31 bits.
    Value(Val),
}

/// An object of the host's that guests can hold: nothing but what is attached to it.
#[derive(Default)]
pub struct ForeignObject(Attached);

/// Any other reference on its way through a guest that takes it for a value of the host's.
pub struct Held {
    kind: Kind,
    key: Key,
}

/// A place for what the host attaches to an object that is in no store.
#[derive(Default)]
pub struct Attached(Mutex<Option<HostInfo>>);

impl Attached {
    fn lock(&self) -> MutexGuard<'_, Option<HostInfo>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address of what an [`Arc`] shares.
fn address<T: ?Sized>(shared: *const T) -> usize {
    shared.cast::<()>() as usize
}

impl Ref {
    /// A reference to something of this store.
    pub fn new(store: &Arc<StoreCell>, context: &StoreMut<'_, Data>, kind: Kind) -> Ref {
        let key = match &kind {
            Kind::Func(f) => {
                let (a, b) = f.identity(context.as_context());
                (0, a, b)
            }
            Kind::Global(g) => (1, g.identity(), 0),
            Kind::Table(t) => (2, t.identity(), 0),
            Kind::Memory(m) => (3, m.identity(), 0),
            Kind::Tag(t) => (4, t.identity(), 0),
            Kind::Instance(i) => (5, i.identity(), 0),
            Kind::Module(m) => (6, address(Arc::as_ptr(m)), 0),
            Kind::Trap(t) => (7, address(Arc::as_ptr(t)), 0),
            Kind::Foreign(r) => (8, r.data().map_or(0, |data| address(data)), 0),
            Kind::Value(_) => (9, 0, 0),
        };
        Ref { store: store.clone(), kind, key }
    }

    /// A reference to an instance that [`Ref::new`] need not be asked about.
    pub fn instance(store: &Arc<StoreCell>, instance: Instance) -> Ref {
        let key = (5, instance.identity(), 0);
        Ref { store: store.clone(), kind: Kind::Instance(instance), key }
    }

    /// A reference to a trap.
    pub fn trap(store: &Arc<StoreCell>, trap: Arc<TrapObject>) -> Ref {
        let key = (7, address(Arc::as_ptr(&trap)), 0);
        Ref { store: store.clone(), kind: Kind::Trap(trap), key }
    }

    /// A reference to a module.
    pub fn module(store: &Arc<StoreCell>, module: Arc<ModuleObject>) -> Ref {
        let key = (6, address(Arc::as_ptr(&module)), 0);
        Ref { store: store.clone(), kind: Kind::Module(module), key }
    }

    /// An object of the host's.
    fn foreign(store: &Arc<StoreCell>) -> Ref {
        let object = ExternRef::new(ForeignObject::default());
        let key = (8, object.data().map_or(0, |data| address(data)), 0);
        Ref { store: store.clone(), kind: Kind::Foreign(object), key }
    }

    /// What a guest gave as a value from outside.
    pub fn from_extern(
        store: &Arc<StoreCell>,
        context: &StoreMut<'_, Data>,
        value: ExternRef,
    ) -> Ref {
        if let Some(data) = value.data() {
            if let Some(held) = data.downcast_ref::<Held>() {
                return Ref { store: store.clone(), kind: held.kind.clone(), key: held.key };
            }
            if data.is::<ForeignObject>() {
                return Ref::new(store, context, Kind::Foreign(value));
            }
        }
        Ref::new(store, context, Kind::Value(Val::ExternRef(Some(value))))
    }

    /// The value that a guest takes for one from outside.
    pub fn to_extern(&self) -> ExternRef {
        match &self.kind {
            Kind::Foreign(value) | Kind::Value(Val::ExternRef(Some(value))) => value.clone(),
            kind => ExternRef::new(Held { kind: kind.clone(), key: self.key }),
        }
    }

    /// The store.
    pub fn store(&self) -> &Arc<StoreCell> {
        &self.store
    }

    /// What is referred to.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// What is referred to, for use in this store.
    ///
    /// # Errors
    /// If it is another store's.
    pub fn kind_in(&self, store: &Arc<StoreCell>) -> Result<&Kind> {
        if Arc::ptr_eq(&self.store, store) {
            Ok(&self.kind)
        } else {
            Err(Error::msg("the reference belongs to another store"))
        }
    }

    /// As something to import.
    ///
    /// # Errors
    /// If it is another store's, or no such thing.
    pub fn external_in(&self, store: &Arc<StoreCell>) -> Result<Extern> {
        Ok(match self.kind_in(store)? {
            Kind::Func(f) => (*f).into(),
            Kind::Global(g) => (*g).into(),
            Kind::Table(t) => (*t).into(),
            Kind::Memory(m) => (*m).into(),
            Kind::Tag(t) => (*t).into(),
            _ => return Err(Error::msg("the reference is to nothing that can be imported")),
        })
    }

    /// A reference to something that an instance exports.
    pub fn from_external(
        store: &Arc<StoreCell>,
        context: &StoreMut<'_, Data>,
        external: Extern,
    ) -> Ref {
        let kind = match external {
            Extern::Func(f) => Kind::Func(f),
            Extern::Table(t) => Kind::Table(t),
            Extern::Memory(m) => Kind::Memory(m),
            Extern::Global(g) => Kind::Global(g),
            Extern::Tag(t) => Kind::Tag(t),
        };
        Ref::new(store, context, kind)
    }

    fn is_external(&self) -> bool {
        self.key.0 <= 4
    }

    /// Whether both refer to the same.
    fn same(&self, other: &Ref) -> bool {
        if !Arc::ptr_eq(&self.store, &other.store) {
            return false;
        }
        match (&self.kind, &other.kind) {
            (Kind::Value(Val::ExternRef(Some(a))), Kind::Value(Val::ExternRef(Some(b)))) => {
                a.ptr_eq(b)
            }
            (Kind::Value(Val::AnyRef(Some(a))), Kind::Value(Val::AnyRef(Some(b)))) => a.ref_eq(b),
            (Kind::Value(Val::ExnRef(Some(a))), Kind::Value(Val::ExnRef(Some(b)))) => a.ref_eq(b),
            (Kind::Value(_), _) | (_, Kind::Value(_)) => false,
            _ => self.key == other.key,
        }
    }

    /// Where what the host attached lies, if that is in an object.
    fn attached(&self) -> Option<&Attached> {
        match &self.kind {
            Kind::Module(module) => Some(&module.attached),
            Kind::Trap(trap) => Some(&trap.attached),
            Kind::Foreign(value) => {
                value.data().and_then(|data| data.downcast_ref::<ForeignObject>()).map(|f| &f.0)
            }
            _ => None,
        }
    }

    fn host_info(&self) -> *mut c_void {
        let null = std::ptr::null_mut();
        match self.attached() {
            Some(attached) => attached.lock().as_ref().map_or(null, HostInfo::pointer),
            None => self.store.infos().get(&self.key).map_or(null, HostInfo::pointer),
        }
    }

    /// Attaches; what was attached before is finalized.
    fn set_host_info(&self, info: HostInfo) -> Result<()> {
        // What is replaced is dropped behind the lock: its finalizer may come back here.
        let before = match (self.attached(), &self.kind) {
            (Some(attached), _) => attached.lock().replace(info),
            (None, Kind::Value(_)) => {
                return Err(Error::msg("nothing can be attached to an object of a guest's"));
            }
            (None, _) => self.store.infos().insert(self.key, info),
        };
        drop(before);
        Ok(())
    }
}

macro_rules! references {
    ($($copy:ident $delete:ident $same:ident $get:ident $set:ident $set_final:ident;)*) => {
        export! {$(
            guard fn $copy(from: Option<&Ref>) -> Option<Box<Ref>> {
                from.map(|reference| Box::new(reference.clone()))
            }
            guard fn $delete(reference: Option<Box<Ref>>) {
                drop(reference);
            }
            guard fn $same(a: Option<&Ref>, b: Option<&Ref>) -> bool {
                match (a, b) {
                    (Some(a), Some(b)) => a.same(b),
                    (None, None) => true,
                    _ => false,
                }
            }
            guard fn $get(reference: Option<&Ref>) -> Pointer {
                Pointer(reference.map_or(std::ptr::null_mut(), Ref::host_info))
            }
            attempt fn $set(reference: Option<&Ref>, pointer: *mut c_void) {
                attach(reference, HostInfo::new(pointer, None))
            }
            attempt fn $set_final(
                reference: Option<&Ref>,
                pointer: *mut c_void,
                finalizer: Option<Finalizer>,
            ) {
                attach(reference, HostInfo::new(pointer, finalizer))
            }
        )*}
    };
}

fn attach(reference: Option<&Ref>, info: HostInfo) -> Result<()> {
    need(reference, "what to attach to")?.set_host_info(info)
}

/// `void*`, null by default.
#[repr(transparent)]
pub struct Pointer(pub *mut c_void);

impl Default for Pointer {
    fn default() -> Self {
        Pointer(std::ptr::null_mut())
    }
}

references! {
    wasm_ref_copy wasm_ref_delete wasm_ref_same wasm_ref_get_host_info
        wasm_ref_set_host_info wasm_ref_set_host_info_with_finalizer;
    wasm_module_copy wasm_module_delete wasm_module_same wasm_module_get_host_info
        wasm_module_set_host_info wasm_module_set_host_info_with_finalizer;
    wasm_trap_copy wasm_trap_delete wasm_trap_same wasm_trap_get_host_info
        wasm_trap_set_host_info wasm_trap_set_host_info_with_finalizer;
    wasm_foreign_copy wasm_foreign_delete wasm_foreign_same wasm_foreign_get_host_info
        wasm_foreign_set_host_info wasm_foreign_set_host_info_with_finalizer;
    wasm_func_copy wasm_func_delete wasm_func_same wasm_func_get_host_info
        wasm_func_set_host_info wasm_func_set_host_info_with_finalizer;
    wasm_global_copy wasm_global_delete wasm_global_same wasm_global_get_host_info
        wasm_global_set_host_info wasm_global_set_host_info_with_finalizer;
    wasm_table_copy wasm_table_delete wasm_table_same wasm_table_get_host_info
        wasm_table_set_host_info wasm_table_set_host_info_with_finalizer;
    wasm_memory_copy wasm_memory_delete wasm_memory_same wasm_memory_get_host_info
        wasm_memory_set_host_info wasm_memory_set_host_info_with_finalizer;
    wasm_extern_copy wasm_extern_delete wasm_extern_same wasm_extern_get_host_info
        wasm_extern_set_host_info wasm_extern_set_host_info_with_finalizer;
    wasm_instance_copy wasm_instance_delete wasm_instance_same wasm_instance_get_host_info
        wasm_instance_set_host_info wasm_instance_set_host_info_with_finalizer;
}

macro_rules! casts {
    ($($test:expr, $up:ident $up_const:ident $down:ident $down_const:ident;)*) => {
        export! {$(
            guard fn $up<'a>(reference: Option<&'a mut Ref>) -> Option<&'a mut Ref> {
                reference
            }
            guard fn $up_const<'a>(reference: Option<&'a Ref>) -> Option<&'a Ref> {
                reference
            }
            guard fn $down<'a>(reference: Option<&'a mut Ref>) -> Option<&'a mut Ref> {
                reference.filter(|r| ($test)(&**r))
            }
            guard fn $down_const<'a>(reference: Option<&'a Ref>) -> Option<&'a Ref> {
                reference.filter(|r| ($test)(*r))
            }
        )*}
    };
}

casts! {
    |r: &Ref| matches!(r.kind, Kind::Module(_)),
        wasm_module_as_ref wasm_module_as_ref_const wasm_ref_as_module wasm_ref_as_module_const;
    |r: &Ref| matches!(r.kind, Kind::Trap(_)),
        wasm_trap_as_ref wasm_trap_as_ref_const wasm_ref_as_trap wasm_ref_as_trap_const;
    |r: &Ref| matches!(r.kind, Kind::Foreign(_)),
        wasm_foreign_as_ref wasm_foreign_as_ref_const wasm_ref_as_foreign wasm_ref_as_foreign_const;
    |r: &Ref| matches!(r.kind, Kind::Func(_)),
        wasm_func_as_ref wasm_func_as_ref_const wasm_ref_as_func wasm_ref_as_func_const;
    |r: &Ref| matches!(r.kind, Kind::Global(_)),
        wasm_global_as_ref wasm_global_as_ref_const wasm_ref_as_global wasm_ref_as_global_const;
    |r: &Ref| matches!(r.kind, Kind::Table(_)),
        wasm_table_as_ref wasm_table_as_ref_const wasm_ref_as_table wasm_ref_as_table_const;
    |r: &Ref| matches!(r.kind, Kind::Memory(_)),
        wasm_memory_as_ref wasm_memory_as_ref_const wasm_ref_as_memory wasm_ref_as_memory_const;
    |r: &Ref| r.is_external(),
        wasm_extern_as_ref wasm_extern_as_ref_const wasm_ref_as_extern wasm_ref_as_extern_const;
    |r: &Ref| matches!(r.kind, Kind::Instance(_)),
        wasm_instance_as_ref wasm_instance_as_ref_const
        wasm_ref_as_instance wasm_ref_as_instance_const;
    |r: &Ref| matches!(r.kind, Kind::Func(_)),
        wasm_func_as_extern wasm_func_as_extern_const wasm_extern_as_func wasm_extern_as_func_const;
    |r: &Ref| matches!(r.kind, Kind::Global(_)),
        wasm_global_as_extern wasm_global_as_extern_const
        wasm_extern_as_global wasm_extern_as_global_const;
    |r: &Ref| matches!(r.kind, Kind::Table(_)),
        wasm_table_as_extern wasm_table_as_extern_const
        wasm_extern_as_table wasm_extern_as_table_const;
    |r: &Ref| matches!(r.kind, Kind::Memory(_)),
        wasm_memory_as_extern wasm_memory_as_extern_const
        wasm_extern_as_memory wasm_extern_as_memory_const;
}

export! {
    attempt fn wasm_foreign_new(store: Option<&wasm_store_t>) -> Option<Box<Ref>> {
        let store = need(store, "the store of an object of the host's")?;
        Ok(Some(Box::new(Ref::foreign(&store.0))))
    }
    guard fn wasm_extern_kind(external: Option<&Ref>) -> u8 {
        // The kinds of keys are, for external things, those of the header.
        external.filter(|r| r.is_external()).map_or(0, |r| r.key.0)
    }
}
