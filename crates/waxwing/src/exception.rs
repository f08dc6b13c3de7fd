//! Exceptions as the host sees them: made, thrown, caught and read.
//!
//! A host function throws by failing with an exception: `Err(exception.into())`. A call whose
//! exception nothing caught fails with an error that holds it ([`Error::exception`]); a host function
//! that passes the error on throws it again, into the guest that called it.

use crate::func::check_values;
use crate::refs::Rooted;
use crate::store::StoreData;
use crate::{AsContext, AsContextMut, Error, ExnRef, Result, Tag, Val};
use std::fmt::Write as _;
use waxwing_vm::{RawVal, StoreInner};

impl ExnRef {
    /// Makes an exception with a tag and a value for each parameter of the tag's type.
    ///
    /// ```
    /// use waxwing::{Caller, Engine, ExnRef, FuncType, Linker, Module, Store, Tag, Val, ValType};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module
    ///     (import "host" "tag" (tag $tag (param i32)))
    ///     (import "host" "fail" (func $fail))
    ///     (func (export "run") (result i32)
    ///         (block $caught (result i32)
    ///             (try_table (catch $tag $caught) (call $fail))
    ///             (i32.const 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let ty = FuncType { params: vec![ValType::I32], results: vec![] };
    /// let tag = Tag::new(&mut store, &ty)?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define("host", "tag", tag)?;
    /// linker.func_wrap("host", "fail", move |mut caller: Caller<'_, ()>| -> waxwing::Result<()> {
    ///     Err(ExnRef::new(&mut caller, &tag, &[Val::I32(7)])?.into())
    /// })?;
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    /// assert_eq!(run.call(&mut store, ())?, 7);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the values are not of the tag's type, or the store's heap is full.
    ///
    /// # Panics
    /// If the tag is another store's.
    pub fn new(mut store: impl AsContextMut, tag: &Tag, payload: &[Val]) -> Result<ExnRef> {
        make(store.as_context_mut().0, tag, payload)
    }

    /// Its tag.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn tag(&self, store: impl AsContext) -> Tag {
        let store = store.as_context().0;
        match store.vm.tag_of(self.to_raw(store)) {
            Some(tag) => Tag::from_raw(tag, store.id),
            None => unreachable!("an exception of this store has one of its tags"),
        }
    }

    /// What it carries: a value for each parameter of its tag's type.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn payload(&self, mut store: impl AsContextMut) -> Vec<Val> {
        let store = store.as_context_mut().0;
        let types = self.tag(crate::StoreRef(store)).ty(crate::StoreRef(store));
        let values = store.vm.payload(self.to_raw(store));
        let values = types.params.iter().zip(values);
        values.map(|(&ty, value)| Val::from_raw(ty, value.0, store)).collect()
    }

    /// For people: what an error of an exception that nobody caught says.
    pub(crate) fn describe<T>(&self, store: &mut StoreData<T>) -> String {
        let payload = self.payload(crate::StoreMut(store));
        if payload.is_empty() {
            return "uncaught exception without payload".to_owned();
        }
        let mut text = "uncaught exception with payload (".to_owned();
        for (i, value) in payload.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = match value {
                Val::I32(v) => write!(text, "{comma}i32 {v}"),
                Val::I64(v) => write!(text, "{comma}i64 {v}"),
                Val::F32(v) => write!(text, "{comma}f32 {}", f32::from_bits(*v)),
                Val::F64(v) => write!(text, "{comma}f64 {}", f64::from_bits(*v)),
                Val::V128(v) => write!(text, "{comma}v128 {:#034x}", v.0),
                other => write!(text, "{comma}{}", other.describe(store)),
            };
        }
        text.push(')');
        text
    }
}

fn make<T>(store: &mut StoreData<T>, tag: &Tag, payload: &[Val]) -> Result<ExnRef> {
    let ty = tag.ty(crate::StoreRef(store));
    check_values("payload value", &ty.params, payload, store)?;
    let values = payload.iter().map(|v| Ok(RawVal(v.to_raw(store)?)));
    let values = values.collect::<Result<Vec<_>>>();
    let (tag, owner) = (tag.raw(store.id), store.owner());
    // SAFETY: `owner` is where this store is, and `vm` its engine part; nothing else is borrowed from
    // it. What the host holds without handles is among the temporaries.
    let made = values.and_then(|values| unsafe {
        let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
        let made = StoreInner::new_exception(vm, owner, tag).map_err(Error::from)?;
        (*vm).set_payload(made, &values);
        Ok(made)
    });
    store.vm.let_go();
    let made = Rooted::new(made?, store).map(ExnRef);
    made.ok_or_else(|| Error::msg("the store's heap has no room for an exception"))
}
