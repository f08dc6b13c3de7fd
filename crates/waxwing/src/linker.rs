//! Giving modules what they import.

use crate::func::HostFunc;
use crate::store::StoreData;
use crate::{
    AsContextMut, Caller, Engine, Error, Extern, FuncType, ImportType, Instance, InstancePre,
    IntoFunc, MemoryType, Module, Result, SharedMemory, StoreMut, TableType, Val,
};
use std::collections::HashMap;
use waxwing_module::Import;
use waxwing_vm::types;

/// Definitions by name.
pub struct Linker<T> {
    engine: Engine,
    definitions: HashMap<String, HashMap<String, Definition<T>>>,
    shadowing: bool,
}

/// What a name stands for.
pub(crate) enum Definition<T> {
    /// Something of one store.
    Extern(Extern),
    /// A host function for any store.
    Host(HostFunc<T>),
    /// A memory for any store.
    Shared(SharedMemory),
}

impl<T> Clone for Definition<T> {
    fn clone(&self) -> Self {
        match self {
            Definition::Extern(e) => Definition::Extern(*e),
            Definition::Host(h) => Definition::Host(h.clone()),
            Definition::Shared(m) => Definition::Shared(m.clone()),
        }
    }
}

impl<T: 'static> Definition<T> {
    /// # Errors
    /// If a shared memory does not fit the store.
    pub fn to_extern(&self, store: &mut StoreData<T>) -> Result<Extern> {
        Ok(match self {
            Definition::Extern(e) => *e,
            Definition::Host(h) => Extern::Func(h.add_to(store)),
            Definition::Shared(m) => Extern::Memory(m.in_store(StoreMut(store))?),
        })
    }
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Linker {
            engine: self.engine.clone(),
            definitions: self.definitions.clone(),
            shadowing: self.shadowing,
        }
    }
}

impl<T: 'static> Linker<T> {
    /// A linker without definitions.
    pub fn new(engine: &Engine) -> Linker<T> {
        Linker { engine: engine.clone(), definitions: HashMap::new(), shadowing: false }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a name may be defined again; off at first.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.shadowing = allow;
        self
    }

    fn insert(&mut self, module: &str, name: &str, definition: Definition<T>) -> Result<&mut Self> {
        let names = self.definitions.entry(module.to_owned()).or_default();
        if names.insert(name.to_owned(), definition).is_some() && !self.shadowing {
            return Err(Error::msg(format!("\"{module}\" \"{name}\" is defined twice")));
        }
        Ok(self)
    }

    /// Defines a host function of Rust's types.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn func_wrap<P, R>(
        &mut self,
        module: &str,
        name: &str,
        f: impl IntoFunc<T, P, R>,
    ) -> Result<&mut Self> {
        self.insert(module, name, Definition::Host(f.into_func()))
    }

    /// Defines a host function of any type. It finds parameters of that type in the first slice,
    /// and leaves results of that type in the second.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        f: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        self.insert(module, name, Definition::Host(HostFunc::new(ty, f)))
    }

    /// Defines a host function.
    pub(crate) fn host(
        &mut self,
        module: &str,
        name: &str,
        func: HostFunc<T>,
    ) -> Result<&mut Self> {
        self.insert(module, name, Definition::Host(func))
    }

    /// Defines something of a store.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn define(
        &mut self,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        self.insert(module, name, Definition::Extern(item.into()))
    }

    /// Defines a shared memory, for any store.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn shared_memory(
        &mut self,
        module: &str,
        name: &str,
        memory: &SharedMemory,
    ) -> Result<&mut Self> {
        self.insert(module, name, Definition::Shared(memory.clone()))
    }

    /// Defines every export of an instance under a module's name.
    ///
    /// # Errors
    /// If a name is taken.
    pub fn instance(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &str,
        instance: Instance,
    ) -> Result<&mut Self> {
        for export in instance.exports(&mut store) {
            self.insert(module, &export.name, Definition::Extern(export.value))?;
        }
        Ok(self)
    }

    /// Whether there is a definition of this name.
    pub fn contains(&self, module: &str, name: &str) -> bool {
        self.definitions.get(module).is_some_and(|names| names.contains_key(name))
    }

    /// Finds and checks everything that a module imports.
    ///
    /// ```
    /// use waxwing::{Engine, Linker, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") (result i32) i32.const 7))"#)?;
    /// let linker = Linker::<()>::new(&engine);
    /// let prepared = linker.instantiate_pre(&mut Store::new(&engine, ()), &module)?;
    /// for _ in 0..3 {
    ///     let mut store = Store::new(&engine, ());
    ///     let instance = prepared.instantiate(&mut store)?;
    ///     let f = instance.get_typed_func::<(), i32>(&mut store, "f")?;
    ///     assert_eq!(f.call(&mut store, ())?, 7);
    /// }
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    /// `store` is where things of a store were
    /// defined from.
    ///
    /// # Errors
    /// If something is missing or of another type: all of it is named.
    pub fn instantiate_pre(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<InstancePre<T>> {
        let store = store.as_context_mut().0;
        let mut imports = Vec::with_capacity(module.facts().imports.len());
        let mut problems = Vec::new();
        for import in &module.facts().imports {
            let found =
                self.definitions.get(&import.module).and_then(|names| names.get(&import.name));
            let problem = match found {
                None => Some(self.missing(module, import)),
                Some(Definition::Extern(e)) => check(module, import, e, store).err(),
                Some(Definition::Host(h)) => check_func(module, import, h.vm.type_word()).err(),
                Some(Definition::Shared(m)) => {
                    check_memory(module, import, &m.ty(), m.size()).err()
                }
            };
            match (found, problem) {
                (Some(definition), None) => imports.push(definition.clone()),
                (_, problem) => problems.push(format!(
                    "  \"{}\" \"{}\": {}",
                    import.module,
                    import.name,
                    problem.unwrap_or_default()
                )),
            }
        }
        if !problems.is_empty() {
            let (n, s) = (problems.len(), if problems.len() == 1 { "" } else { "s" });
            return Err(Error::msg(format!(
                "{n} import{s} of the module cannot be satisfied:\n{}",
                problems.join("\n")
            )));
        }
        Ok(InstancePre::new(module.clone(), imports))
    }

    fn missing(&self, module: &Module, import: &Import) -> String {
        let want = describe(module, import);
        let hint = match import.module.as_str() {
            "wasi_snapshot_preview1" if self.definitions.contains_key("wasi_snapshot_preview1") => {
                "WASI preview 1 has no function of this name"
            }
            "wasi_snapshot_preview1" => "WASI preview 1 provides it; it was not linked",
            "wasi_unstable" => "this is WASI preview 0, which came before preview 1",
            "wasi" => "wasi-threads provides thread-spawn; it was not linked",
            "wasix_32v1" | "wasix_64v1" => "WASIX provides it, which is not supported",
            "gojs" | "go" => "Go's JavaScript host provides it; build with GOOS=wasip1 instead",
            "__wbindgen_placeholder__" | "wbg" => {
                "a JavaScript host provides it (wasm-bindgen); build for wasm32-wasip1 instead"
            }
            "env" => "an embedder or another module (--preload env=FILE) would provide it",
            _ => "another module (--preload NAME=FILE) would provide it",
        };
        format!("missing; wanted: {want}; {hint}")
    }

    /// Makes an instance and runs its start function.
    ///
    /// # Errors
    /// If imports are missing or of another type, a limit forbids it, the system has no room, or
    /// the start function fails.
    pub fn instantiate(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance> {
        let store = store.as_context_mut().0;
        self.instantiate_pre(StoreMut(store), module)?.instantiate(StoreMut(store))
    }
}

fn describe(module: &Module, import: &Import) -> String {
    match &import.ty {
        ImportType::Func(ty) => format!("func {}", module.facts().signature(*ty)),
        ImportType::Table(ty) => table_text(ty),
        ImportType::Memory(ty) => memory_text(ty),
        ImportType::Global(ty) => {
            format!("global {}{}", if ty.mutable { "mut " } else { "" }, ty.content)
        }
        ImportType::Tag(ty) => format!("tag {}", module.facts().signature(*ty)),
    }
}

fn table_text(ty: &TableType) -> String {
    let wide = if ty.table64 { "64-bit " } else { "" };
    format!("{wide}table of {} {}", limits(&ty.limits), ty.element)
}

fn memory_text(ty: &MemoryType) -> String {
    let wide = if ty.memory64 { "64-bit " } else { "" };
    let shared = if ty.shared { "shared " } else { "" };
    let pages = if ty.page_size_log2 == 16 { "pages" } else { "pages of one byte" };
    format!("{shared}{wide}memory of {} {pages}", limits(&ty.limits))
}

fn limits(limits: &crate::Limits) -> String {
    match limits.max {
        Some(max) => format!("{} to {max}", limits.min),
        None => format!("{} or more", limits.min),
    }
}

fn check_func(module: &Module, import: &Import, have: u32) -> std::result::Result<(), String> {
    let fits = match import.ty {
        ImportType::Func(ty) => types::is_subtype(have, module.code().type_word(ty)),
        _ => false,
    };
    let have = || types::func_type_of(have);
    let want = || describe(module, import);
    if fits {
        Ok(())
    } else {
        Err(format!("incompatible import type: wanted {}, found func {}", want(), have()))
    }
}

fn check_memory(
    module: &Module,
    import: &Import,
    have: &MemoryType,
    size: u64,
) -> std::result::Result<(), String> {
    let kind = |ty: &MemoryType| (ty.memory64, ty.shared, ty.page_size_log2);
    match &import.ty {
        ImportType::Memory(want)
            if kind(have) == kind(want) && have.limits.matches(size, &want.limits) =>
        {
            Ok(())
        }
        _ => Err(format!(
            "incompatible import type: wanted {}, found {}",
            describe(module, import),
            memory_text(have)
        )),
    }
}

/// Whether something of a store may stand for an import; if not, why.
pub(crate) fn check<T>(
    module: &Module,
    import: &Import,
    given: &Extern,
    store: &StoreData<T>,
) -> std::result::Result<(), String> {
    let store = || crate::StoreRef(store);
    let (fits, have) = match (given, &import.ty) {
        (Extern::Func(f), _) => {
            return check_func(module, import, f.read(store().0.id).type_id as u32);
        }
        (Extern::Table(t), ImportType::Table(want)) => {
            let ty = t.ty(store());
            let fits = (ty.element, ty.table64) == (want.element, want.table64)
                && ty.limits.matches(t.size(store()), &want.limits);
            (fits, table_text(&ty))
        }
        (Extern::Memory(m), ImportType::Memory(_)) => {
            return check_memory(module, import, &m.ty(store()), m.size(store()));
        }
        (Extern::Global(g), ImportType::Global(want)) => {
            let ty = g.ty(store());
            let name = if ty.mutable { "mut " } else { "" };
            let fits = ty.mutable == want.mutable
                && ty.content.matches(want.content, &types::is_subtype)
                && (!ty.mutable || want.content.matches(ty.content, &types::is_subtype));
            (fits, format!("global {name}{}", ty.content))
        }
        (Extern::Table(_), _) => (false, "a table".to_owned()),
        (Extern::Memory(_), _) => (false, "a memory".to_owned()),
        (Extern::Tag(t), ImportType::Tag(want)) => {
            let fits = t.type_word(store().0) == module.code().type_word(*want);
            (fits, format!("tag {}", t.ty(store())))
        }
        (Extern::Global(_), _) => (false, "a global".to_owned()),
        (Extern::Tag(_), _) => (false, "a tag".to_owned()),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("incompatible import type: wanted {}, found {have}", describe(module, import)))
    }
}
