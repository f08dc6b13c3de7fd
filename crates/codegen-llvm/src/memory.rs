//! Reads and writes. Why some are volatile stands in the crate's documentation.

use crate::emitter::{Built, Emitter, Val};
use inkwell::types::{BasicTypeEnum, IntType};
use inkwell::values::{BasicValueEnum, InstructionValue, PointerValue};
use waxwing_layout::abi::Ty;
use waxwing_lower::{LoadOp, Region, StoreOp};

impl<'ctx> Emitter<'ctx> {
    fn address(
        &mut self,
        base: Val<'ctx>,
        index: Option<Val<'ctx>>,
        disp: i32,
    ) -> PointerValue<'ctx> {
        let mut address = self.pointer(base);
        let i64_type = self.context.i64_type();
        let index = index.map(|index| self.int(index));
        let disp = (disp != 0).then(|| i64_type.const_int(i64::from(disp) as u64, false));
        for distance in [index, disp].into_iter().flatten() {
            let byte = self.context.i8_type();
            // SAFETY: the element type is sized and there is one index, which is an integer, as
            // the instruction demands. It is not an `inbounds` one: any address may result.
            let built = unsafe { self.b.build_gep(byte, address, &[distance], "") };
            address = self.done(built).unwrap_or(address);
        }
        address
    }

    fn narrow(&self, bytes: u32) -> IntType<'ctx> {
        match bytes {
            1 => self.context.i8_type(),
            2 => self.context.i16_type(),
            4 => self.context.i32_type(),
            _ => self.context.i64_type(),
        }
    }

    /// What is said about an access beside its address.
    fn describe(&self, access: InstructionValue<'ctx>, region: Region, is_store: bool) {
        let keep = region.trap().is_some() || is_store && region != Region::Frame;
        // These fail only for other instructions than loads and stores.
        let _ = access.set_volatile(keep);
        let _ = access.set_alignment(1);
        if matches!(region, Region::Constant | Region::Link) && !is_store {
            let kind = self.context.get_kind_id("invariant.load");
            let _ = access.set_metadata(self.context.metadata_node(&[]), kind);
        }
    }

    fn plain_load(
        &mut self,
        ty: BasicTypeEnum<'ctx>,
        address: PointerValue<'ctx>,
        region: Region,
    ) -> Built<'ctx> {
        if let Some(trap) = region.trap() {
            self.locate(Some(trap));
        }
        let loaded = self.b.build_load(ty, address, "")?;
        self.locate(None);
        if let Some(access) = instruction(loaded) {
            self.describe(access, region, false);
        }
        Ok(loaded)
    }

    pub(crate) fn emit_load(
        &mut self,
        op: LoadOp,
        base: Val<'ctx>,
        index: Option<Val<'ctx>>,
        disp: i32,
        region: Region,
    ) -> Val<'ctx> {
        let address = self.address(base, index, disp);
        let (ty, narrow) = (op.ty(), self.narrow(op.bytes()));
        let signed = match op {
            LoadOp::V128 | LoadOp::I32 | LoadOp::I64 | LoadOp::F32 | LoadOp::F64 | LoadOp::Ptr => {
                let built = self.plain_load(self.ty(ty), address, region);
                return self.built(ty, built);
            }
            LoadOp::I32Load8S
            | LoadOp::I32Load16S
            | LoadOp::I64Load8S
            | LoadOp::I64Load16S
            | LoadOp::I64Load32S => true,
            LoadOp::I32Load8U
            | LoadOp::I32Load16U
            | LoadOp::I64Load8U
            | LoadOp::I64Load16U
            | LoadOp::I64Load32U => false,
            _ => return self.no(format!("load of {op:?}"), ty),
        };
        let loaded = self.plain_load(narrow.into(), address, region);
        let loaded = Val(self.built(ty, loaded).0);
        let loaded = self.int(loaded);
        let to = self.narrow(ty.size());
        let built = match signed {
            true => self.b.build_int_s_extend(loaded, to, ""),
            false => self.b.build_int_z_extend(loaded, to, ""),
        };
        self.built(ty, built.map(Into::into))
    }

    pub(crate) fn emit_store(
        &mut self,
        op: StoreOp,
        base: Val<'ctx>,
        index: Option<Val<'ctx>>,
        disp: i32,
        value: Val<'ctx>,
        region: Region,
    ) {
        let address = self.address(base, index, disp);
        let narrow = self.narrow(op.bytes());
        let value = match op {
            StoreOp::I32Store8
            | StoreOp::I32Store16
            | StoreOp::I64Store8
            | StoreOp::I64Store16
            | StoreOp::I64Store32 => {
                let value = self.int(value);
                let built = self.b.build_int_truncate(value, narrow, "");
                self.built(Ty::I64, built.map(Into::into)).0
            }
            _ => value.0,
        };
        if let Some(trap) = region.trap() {
            self.locate(Some(trap));
        }
        let built = self.b.build_store(address, value);
        if let Some(access) = self.done(built) {
            self.describe(access, region, true);
        }
        self.locate(None);
    }
}

fn instruction(value: BasicValueEnum<'_>) -> Option<InstructionValue<'_>> {
    match value {
        BasicValueEnum::IntValue(v) => v.as_instruction(),
        BasicValueEnum::PointerValue(v) => v.as_instruction(),
        BasicValueEnum::FloatValue(v) => v.as_instruction(),
        BasicValueEnum::VectorValue(v) => v.as_instruction(),
        _ => None,
    }
}
