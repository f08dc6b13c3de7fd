//! Globals (specification, section 4.4.5).

use crate::function::Lower;
use crate::{Emit, LoadOp, Region, StoreOp};
use waxwing_layout::abi::Ty;

impl<E: Emit> Lower<'_, E> {
    /// Where a global lies: a base and a distance.
    fn global_place(&mut self, global: u32) -> (E::Val, i32) {
        let vmctx = self.emit.vmctx();
        let at = self.env.layout.global(global);
        if global < self.env.module.imported_globals {
            (self.emit.load(LoadOp::Ptr, vmctx, None, at, Region::Constant), 0)
        } else {
            (vmctx, at)
        }
    }

    pub(crate) fn global_get(&mut self, global: u32) {
        let facts = self.env.module.globals[global as usize];
        let own = global >= self.env.module.imported_globals;
        let region = if own && !facts.mutable { Region::Constant } else { Region::Global };
        let ty = Ty::of(facts.content);
        let (base, disp) = self.global_place(global);
        let val = self.emit.load(LoadOp::of(ty), base, None, disp, region);
        self.push(val, ty);
    }

    pub(crate) fn global_set(&mut self, global: u32) {
        let val = self.pop_val();
        let ty = Ty::of(self.env.module.globals[global as usize].content);
        let (base, disp) = self.global_place(global);
        self.emit.store(StoreOp::of(ty), base, None, disp, val, Region::Global);
    }
}
