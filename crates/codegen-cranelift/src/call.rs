//! Calls: Cranelift's `tail` convention, direct ones by a relocation.

use crate::emitter::{Emitter, Val};
use crate::unit::{FUNC, LEAF, call_signature, on_stack};
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, Inst, InstBuilder, SigRef, Signature,
    UserExternalName, Value, types,
};
use cranelift_codegen::isa::CallConv;
use waxwing_layout::abi::Sig;
use waxwing_lower::Callee;

impl Emitter<'_> {
    /// Calls code of this artifact.
    pub(crate) fn call_direct(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        let target = self.callee(callee, sig);
        let args = self.arguments(sig, args);
        let guard = match callee {
            Callee::Func(_) => self.guard(sig),
            Callee::Leaf(_) => None,
        };
        if let Some(guard) = guard {
            self.b.ins().try_call(target, &args, guard.table);
            return self.go_on(guard);
        }
        let inst = self.b.ins().call(target, &args);
        self.call_result(inst)
    }

    /// Calls code at an address.
    pub(crate) fn call_address(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        let Some(guard) = self.guard(sig) else { return self.call_plain(code, sig, args) };
        let code = self.whole(code);
        let args = self.arguments(sig, args);
        self.b.ins().try_call_indirect(code, &args, guard.table);
        self.go_on(guard)
    }

    /// Calls code at an address, without a handler.
    pub(crate) fn call_plain(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        let code = self.whole(code);
        let args = self.arguments(sig, args);
        let sig = self.sig(sig);
        let inst = self.b.ins().call_indirect(sig, code, &args);
        self.call_result(inst)
    }

    /// Calls code at an address that keeps every register.
    pub(crate) fn call_kept(&mut self, code: Val, arg: Val) {
        let sig = *self.keeping.get_or_insert_with(|| {
            let mut sig = Signature::new(CallConv::PreserveAll);
            sig.params.push(AbiParam::new(types::I64));
            self.b.import_signature(sig)
        });
        let (code, arg) = (self.whole(code), self.whole(arg));
        self.b.ins().call_indirect(sig, code, &[arg]);
    }

    /// Goes on as code of this artifact.
    pub(crate) fn tail_direct(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) {
        let target = self.callee(callee, sig);
        let args = self.arguments(sig, args);
        self.b.ins().return_call(target, &args);
    }

    /// Goes on as code at an address.
    pub(crate) fn tail_address(&mut self, code: Val, sig: &Sig, args: Vec<Val>) {
        let code = self.whole(code);
        let args = self.arguments(sig, args);
        let sig = self.sig(sig);
        self.b.ins().return_call_indirect(sig, code, &args);
    }

    /// Arguments as they travel.
    fn arguments(&mut self, sig: &Sig, args: Vec<Val>) -> Vec<Value> {
        let mut args = self.canonicals(args);
        for (arg, is_filled) in args.iter_mut().zip(on_stack(sig)) {
            if is_filled {
                *arg = self.b.ins().uextend(types::I64, *arg);
            }
        }
        args
    }

    fn call_result(&mut self, inst: Inst) -> Option<Val> {
        self.b.inst_results(inst).first().map(|&v| Val::plain(v))
    }

    fn callee(&mut self, callee: Callee, sig: &Sig) -> FuncRef {
        if let Some(&known) = self.callees.get(&callee) {
            return known;
        }
        let (namespace, index) = match callee {
            Callee::Func(index) => (FUNC, index),
            Callee::Leaf(leaf) => (LEAF, leaf as u32),
        };
        let name =
            self.b.func.declare_imported_user_function(UserExternalName { namespace, index });
        let signature = self.sig(sig);
        let made = self.b.import_function(ExtFuncData {
            name: ExternalName::User(name),
            signature,
            colocated: true,
            patchable: false,
        });
        self.callees.insert(callee, made);
        made
    }

    pub(crate) fn sig(&mut self, sig: &Sig) -> SigRef {
        if let Some(&known) = self.sigs.get(sig) {
            return known;
        }
        let made = self.b.import_signature(call_signature(sig));
        self.sigs.insert(sig.clone(), made);
        made
    }
}
