//! Instances and their exports.

use crate::linker::Definition;
use crate::store::{StoreData, StoreId};
use crate::{
    AsContext, AsContextMut, Error, Extern, ExternKind, Func, Global, Memory, Module, Result,
    Table, Tag, TypedFunc, WasmParams, WasmResults,
};
use std::sync::Arc;
use waxwing_vm::{HostImports, Import, Imports, Instance as VmInstance, InstantiateError};

/// A module come to life in a store.
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    store: StoreId,
    raw: *const VmInstance,
}

// SAFETY: a handle is used only together with its store, which it is checked against; the store
// says whether it may be shared and sent.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

/// An export of an instance.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub value: Extern,
}

impl Instance {
    pub(crate) fn new(raw: *const VmInstance, store: StoreId) -> Instance {
        Instance { store, raw }
    }

    /// Makes an instance with imports given one by one, in the module's order, and runs its start
    /// function.
    ///
    /// # Errors
    /// If the imports do not fit, a limit forbids it, the system has no room, or the start function
    /// fails.
    pub fn instantiate(
        mut store: impl AsContextMut,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance> {
        let store = store.as_context_mut().0;
        let want = &module.facts().imports;
        if want.len() != imports.len() {
            return Err(Error::msg(format!(
                "the module has {} imports, {} were given",
                want.len(),
                imports.len()
            )));
        }
        for (import, given) in want.iter().zip(imports) {
            crate::linker::check(module, import, given, store).map_err(|why| {
                Error::msg(format!("import \"{}\" \"{}\": {why}", import.module, import.name))
            })?;
        }
        let imports = raw_imports(store, imports);
        // SAFETY: every import was compared with what the module asks for.
        let (instance, start) = unsafe { instantiate(store, module, Imports::Items(&imports))? };
        run_start(store, instance, start)?;
        Ok(instance)
    }

    /// Makes it as new, in place, and runs its start function again: its memories, tables and globals
    /// are what they were when it was made, and only what was written is undone. What it imports stays
    /// as it is, and handles to its exports stay valid.
    ///
    /// ```
    /// use waxwing::{Engine, Instance, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (global $n (mut i32) (i32.const 0))
    ///     (func (export "next") (result i32)
    ///         (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::instantiate(&mut store, &module, &[])?;
    /// let next = instance.get_typed_func::<(), i32>(&mut store, "next")?;
    /// assert_eq!((next.call(&mut store, ())?, next.call(&mut store, ())?), (1, 2));
    /// instance.reset(&mut store)?;
    /// assert_eq!(next.call(&mut store, ())?, 1);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a guest of the store is running or suspended, the instance has a shared memory of its own, the system
    /// refuses, or the start function fails. After an error the instance is to be used no more.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn reset(&self, mut store: impl AsContextMut) -> Result<()> {
        let store = store.as_context_mut().0;
        self.store.check(store.id);
        store.at_rest("reset an instance")?;
        // SAFETY: the instance is of this store; no guest of it runs, and references into memories
        // borrow the store, which is borrowed here.
        let reset = unsafe { reset(store, self.raw) };
        reset.map_err(|e| failed("reset the instance", e))?;
        let start = self.start(store);
        run_start(store, *self, start)
    }

    /// The start function, if there is one.
    fn start<T>(&self, store: &StoreData<T>) -> Option<Func> {
        let instance = self.read(store);
        let start = instance.code.module.start?;
        Func::from_raw(instance.func_ref(start), self.store)
    }

    /// A number that tells it apart from all other instances of its store.
    pub fn identity(&self) -> usize {
        self.raw as usize
    }

    fn read<T>(&self, store: &StoreData<T>) -> &VmInstance {
        self.store.check(store.id);
        // SAFETY: it lives as long as its store, which the caller has borrowed.
        unsafe { &*self.raw }
    }

    /// The export of this name.
    pub fn get_export(&self, mut store: impl AsContextMut, name: &str) -> Option<Extern> {
        let store = store.as_context_mut().0;
        let instance = self.read(store);
        let export = instance.code.module.export(name)?;
        self.export_value(instance, export.kind, export.index)
    }

    fn export_value(&self, instance: &VmInstance, kind: ExternKind, index: u32) -> Option<Extern> {
        Some(match kind {
            ExternKind::Func => Extern::Func(Func::from_raw(instance.func_ref(index), self.store)?),
            ExternKind::Table => Extern::Table(Table::from_raw(instance.table(index), self.store)),
            ExternKind::Memory => {
                Extern::Memory(Memory::from_raw(instance.memory(index), self.store))
            }
            ExternKind::Global => {
                Extern::Global(Global::from_raw(instance.global(index), self.store))
            }
            ExternKind::Tag => Extern::Tag(Tag::from_raw(instance.tag(index), self.store)),
        })
    }

    /// All exports, in the module's order.
    pub fn exports(&self, store: impl AsContext) -> Vec<Export> {
        let store = store.as_context();
        let instance = self.read(store.0);
        instance
            .code
            .module
            .exports
            .iter()
            .filter_map(|e| {
                let value = self.export_value(instance, e.kind, e.index)?;
                Some(Export { name: e.name.clone(), value })
            })
            .collect()
    }

    /// The exported function of this name.
    pub fn get_func(&self, store: impl AsContextMut, name: &str) -> Option<Func> {
        if let Extern::Func(f) = self.get_export(store, name)? { Some(f) } else { None }
    }

    /// The exported function of this name, with Rust's types.
    ///
    /// # Errors
    /// If there is none, or its type is another one.
    pub fn get_typed_func<P: WasmParams, R: WasmResults>(
        &self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<P, R>> {
        let func = self
            .get_func(&mut store, name)
            .ok_or_else(|| Error::msg(format!("there is no exported function \"{name}\"")))?;
        func.typed(&store).map_err(|e| Error::msg(format!("\"{name}\": {e}")))
    }

    /// The exported memory of this name.
    pub fn get_memory(&self, store: impl AsContextMut, name: &str) -> Option<Memory> {
        if let Extern::Memory(m) = self.get_export(store, name)? { Some(m) } else { None }
    }

    /// The exported table of this name.
    pub fn get_table(&self, store: impl AsContextMut, name: &str) -> Option<Table> {
        if let Extern::Table(t) = self.get_export(store, name)? { Some(t) } else { None }
    }

    /// The exported global of this name.
    pub fn get_global(&self, store: impl AsContextMut, name: &str) -> Option<Global> {
        if let Extern::Global(g) = self.get_export(store, name)? { Some(g) } else { None }
    }

    /// The exported tag of this name.
    pub fn get_tag(&self, store: impl AsContextMut, name: &str) -> Option<Tag> {
        if let Extern::Tag(t) = self.get_export(store, name)? { Some(t) } else { None }
    }
}

fn raw_imports<T>(store: &StoreData<T>, imports: &[Extern]) -> Vec<Import> {
    let id = store.id;
    let raw = |import: &Extern| match import {
        Extern::Func(f) => Import::Func(f.raw(id)),
        Extern::Table(t) => Import::Table(t.raw(id)),
        Extern::Memory(m) => Import::Memory(m.raw(id)),
        Extern::Global(g) => Import::Global(g.raw(id)),
        Extern::Tag(t) => Import::Tag(t.raw(id)),
    };
    imports.iter().map(raw).collect()
}

fn failed(what: &str, error: InstantiateError) -> Error {
    match error {
        InstantiateError::Trap(trap) => Error::from(trap),
        other => Error::msg(format!("cannot {what}: {other}")),
    }
}

/// # Safety
/// As for [`waxwing_vm::reset`].
unsafe fn reset<T>(
    store: &mut StoreData<T>,
    instance: *const VmInstance,
) -> Result<(), InstantiateError> {
    let owner = store.owner();
    // SAFETY: `owner` is where this store is; the rest is the caller's promise.
    unsafe {
        let vm = &mut (*owner.cast::<StoreData<T>>()).vm;
        waxwing_vm::reset(vm, owner, instance.cast_mut())
    }
}

/// Runs the start function of an instance that was just made.
fn run_start<T>(store: &mut StoreData<T>, instance: Instance, start: Option<Func>) -> Result<()> {
    let Some(start) = start else { return Ok(()) };
    start.call(crate::StoreMut(store), &[], &mut []).inspect_err(|_| {
        // SAFETY: the instance is of this store, which is borrowed; nobody looks at it now.
        unsafe { (*instance.raw.cast_mut()).set_failed() };
    })
}

/// Makes an instance; its start function is still to be run.
///
/// # Safety
/// The imports are of this store and of the types that the module asks for.
pub(crate) unsafe fn instantiate<T>(
    store: &mut StoreData<T>,
    module: &Module,
    imports: Imports<'_>,
) -> Result<(Instance, Option<Func>)> {
    store.thawed("make an instance")?;
    if module.engine().memory_plan() != store.engine.memory_plan() {
        // Code that trusts a guard must not meet a memory that has none.
        return Err(Error::msg(format!(
            "the module is compiled for the memory plan \"{}\", the store's engine uses \"{}\"",
            module.engine().memory_plan().name(),
            store.engine.memory_plan().name()
        )));
    }
    if !module.engine().same(&store.engine) && module.engine().metering() != store.engine.metering()
    {
        // Metered code trusts that a register is kept, which other code does not do.
        return Err(Error::msg(
            "the module's engine and the store's meter code in different ways; use one engine, or \
             give both the same table of fuel costs",
        ));
    }
    // A pool learns when a module is dropped from its own engine.
    let keep = module.engine().same(&store.engine);
    let stack = store.engine.stack_size();
    let owner = store.owner();
    // SAFETY: the caller vouches for the imports; `owner` is where this store is.
    let raw = unsafe {
        let vm = &mut (*owner.cast::<StoreData<T>>()).vm;
        waxwing_vm::instantiate(vm, owner, module.code(), imports, stack, keep)
    };
    let raw = raw.map_err(|e| failed("instantiate the module", e))?;
    let instance = Instance::new(raw, store.id);
    let start = instance.start(store);
    Ok((instance, start))
}

/// A module whose imports are found and checked: instances are made of it without looking
/// anything up. Made by [`crate::Linker::instantiate_pre`]; can be used in many stores.
pub struct InstancePre<T> {
    module: Module,
    imports: Vec<Definition<T>>,
    /// What is found, if all of it is functions of the host's.
    hosts: Option<Arc<HostImports>>,
}

impl<T> Clone for InstancePre<T> {
    fn clone(&self) -> Self {
        InstancePre {
            module: self.module.clone(),
            imports: self.imports.clone(),
            hosts: self.hosts.clone(),
        }
    }
}

impl<T: 'static> InstancePre<T> {
    /// `imports` fit the module.
    pub(crate) fn new(module: Module, imports: Vec<Definition<T>>) -> InstancePre<T> {
        let host = |definition: &Definition<T>| match definition {
            Definition::Host(host) => Some(host.vm.clone()),
            _ => None,
        };
        let hosts: Option<Vec<_>> = imports.iter().map(host).collect();
        let hosts = hosts.map(|hosts| Arc::new(HostImports::new(&hosts)));
        InstancePre { module, imports, hosts }
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Whether it can make instances in every store: that is so if nothing that was found for the
    /// module belongs to one.
    pub fn fits_every_store(&self) -> bool {
        !self.imports.iter().any(|d| matches!(d, Definition::Extern(_)))
    }

    /// Makes an instance and runs its start function.
    ///
    /// # Errors
    /// If a limit forbids it, the system has no room, or the start function fails.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let store = store.as_context_mut().0;
        let (instance, start) = self.make(store)?;
        run_start(store, instance, start)?;
        Ok(instance)
    }

    /// Makes an instance; its start function is still to be run.
    pub(crate) fn make(&self, store: &mut StoreData<T>) -> Result<(Instance, Option<Func>)> {
        if let Some(hosts) = self.hosts.as_ref().filter(|_| store.vm.host_meter.is_none()) {
            // SAFETY: `instantiate_pre` has compared them with what the module asks for.
            return unsafe { instantiate(store, &self.module, Imports::Hosts(hosts)) };
        }
        let imports: Result<Vec<Extern>> =
            self.imports.iter().map(|d| d.to_extern(store)).collect();
        let imports = raw_imports(store, &imports?);
        // SAFETY: as above; `raw_imports` checks the store.
        unsafe { instantiate(store, &self.module, Imports::Items(&imports)) }
    }
}
