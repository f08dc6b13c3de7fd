//! Loads and stores.
//!
//! Each [`Region`] is a region of Cranelift's alias analysis; each of the first few globals of the
//! instance's own is one by itself, so that writing one does not forget what another holds.

use crate::emitter::{Emitter, Val};
use cranelift_codegen::ir::{
    AliasRegion, AliasRegionData, Endianness, Function, InstBuilder, MemFlagsData, Opcode,
    TrapCode, Type, Value, types,
};
use std::borrow::Cow;
use std::collections::HashMap;
use waxwing_lower::{LoadOp, Region, StoreOp};
use waxwing_module::Trap;

/// The code under which Cranelift carries one of our traps.
pub(crate) fn trap_code(trap: Trap) -> TrapCode {
    TrapCode::unwrap_user(trap as u8)
}

/// The function's alias regions.
pub(crate) struct Regions {
    heap: AliasRegion,
    field: AliasRegion,
    table: AliasRegion,
    frame: AliasRegion,
    object: AliasRegion,
    header: AliasRegion,
    function: AliasRegion,
    bump: AliasRegion,
    link: AliasRegion,
    /// Globals that have no region of their own.
    globals: AliasRegion,
    /// Own globals by their distance from the instance pointer.
    own_globals: HashMap<i32, AliasRegion>,
}

/// How many globals have a region of their own. The analysis keeps state for each in every block.
const OWN_GLOBALS: usize = 16;

impl Regions {
    pub(crate) fn new(func: &mut Function) -> Regions {
        let mut region = |user_id, name| {
            let description = Cow::Borrowed(name);
            func.dfg.alias_regions.insert(AliasRegionData { user_id, description })
        };
        Regions {
            heap: region(0, "heap"),
            field: region(1, "field"),
            table: region(2, "table"),
            frame: region(3, "frame"),
            globals: region(4, "globals"),
            object: region(5, "object"),
            header: region(6, "header"),
            function: region(7, "function"),
            bump: region(8, "bump"),
            link: region(9, "link"),
            own_globals: HashMap::new(),
        }
    }

    /// The region of the own global at `disp`: always the same one for the same global.
    fn own_global(&mut self, func: &mut Function, disp: i32) -> AliasRegion {
        if let Some(&known) = self.own_globals.get(&disp) {
            return known;
        }
        if self.own_globals.len() == OWN_GLOBALS {
            return self.globals;
        }
        let user_id = 10 + self.own_globals.len() as u32;
        let description = Cow::Borrowed("own global");
        let made = func.dfg.alias_regions.insert(AliasRegionData { user_id, description });
        self.own_globals.insert(disp, made);
        made
    }
}

impl Emitter<'_> {
    fn address(&mut self, base: Val, index: Option<Val>) -> Value {
        let base = self.whole(base);
        match index {
            Some(index) => {
                let index = self.whole(index);
                self.b.ins().iadd(base, index)
            }
            None => base,
        }
    }

    /// The flags of an access. `address` and `disp` tell globals apart.
    pub(crate) fn access(&mut self, region: Region, address: Value, disp: i32) -> MemFlagsData {
        let flags = MemFlagsData::new().with_endianness(Endianness::Little);
        let alias = match region {
            Region::Heap(_) => self.regions.heap,
            Region::Constant => return flags.with_notrap().with_readonly().with_can_move(),
            Region::Link => self.regions.link,
            Region::Global if Some(address) == self.vmctx => {
                self.regions.own_global(self.b.func, disp)
            }
            Region::Global => self.regions.globals,
            Region::Field => self.regions.field,
            Region::Table => self.regions.table,
            Region::Frame => self.regions.frame,
            Region::Object(_) => self.regions.object,
            Region::Header(_) => self.regions.header,
            Region::Function(_) => self.regions.function,
            Region::Bump => self.regions.bump,
        };
        let flags = flags.with_alias_region(Some(alias));
        match region.trap() {
            Some(trap) => flags.with_trap_code(Some(trap_code(trap))),
            None => flags.with_notrap(),
        }
    }

    pub(crate) fn memory_load(
        &mut self,
        op: LoadOp,
        base: Val,
        index: Option<Val>,
        disp: i32,
        region: Region,
    ) -> Val {
        let address = self.address(base, index);
        let flags = self.access(region, address, disp);
        Val::plain(match shape(op) {
            Shape::Load(opcode, ty) => {
                let flags = self.b.func.dfg.mem_flags.insert_unchecked(flags);
                let (inst, dfg) = self.b.ins().Load(opcode, ty, flags, disp.into(), address);
                dfg.first_result(inst)
            }
            Shape::Splat(ty) => {
                let lane = self.b.ins().load(ty.lane_type(), flags, address, disp);
                self.b.ins().splat(ty, lane)
            }
            Shape::Zero(ty) => {
                let lane = self.b.ins().load(ty.lane_type(), flags, address, disp);
                self.b.ins().scalar_to_vector(ty, lane)
            }
        })
    }

    pub(crate) fn memory_store(
        &mut self,
        op: StoreOp,
        base: Val,
        index: Option<Val>,
        disp: i32,
        value: Val,
        region: Region,
    ) {
        let address = self.address(base, index);
        let flags = self.access(region, address, disp);
        let value = self.whole(value);
        let ins = self.b.ins();
        match op {
            StoreOp::I32Store8 | StoreOp::I64Store8 => ins.istore8(flags, value, address, disp),
            StoreOp::I32Store16 | StoreOp::I64Store16 => ins.istore16(flags, value, address, disp),
            StoreOp::I64Store32 => ins.istore32(flags, value, address, disp),
            StoreOp::I32
            | StoreOp::I64
            | StoreOp::F32
            | StoreOp::F64
            | StoreOp::V128
            | StoreOp::Ptr => ins.store(flags, value, address, disp),
        };
    }
}

enum Shape {
    /// An instruction, and the type it is controlled by.
    Load(Opcode, Type),
    /// A lane is read and copied to all.
    Splat(Type),
    /// A lane is read, the others are zero.
    Zero(Type),
}

fn shape(op: LoadOp) -> Shape {
    use Opcode as O;
    use types::*;
    let (opcode, ty) = match op {
        LoadOp::I32 => (O::Load, I32),
        LoadOp::I64 | LoadOp::Ptr => (O::Load, I64),
        LoadOp::F32 => (O::Load, F32),
        LoadOp::F64 => (O::Load, F64),
        LoadOp::V128 => (O::Load, I8X16),
        LoadOp::I32Load8S => (O::Sload8, I32),
        LoadOp::I32Load8U => (O::Uload8, I32),
        LoadOp::I32Load16S => (O::Sload16, I32),
        LoadOp::I32Load16U => (O::Uload16, I32),
        LoadOp::I64Load8S => (O::Sload8, I64),
        LoadOp::I64Load8U => (O::Uload8, I64),
        LoadOp::I64Load16S => (O::Sload16, I64),
        LoadOp::I64Load16U => (O::Uload16, I64),
        LoadOp::I64Load32S => (O::Sload32, I64),
        LoadOp::I64Load32U => (O::Uload32, I64),
        LoadOp::V128Load8x8S => (O::Sload8x8, I64),
        LoadOp::V128Load8x8U => (O::Uload8x8, I64),
        LoadOp::V128Load16x4S => (O::Sload16x4, I64),
        LoadOp::V128Load16x4U => (O::Uload16x4, I64),
        LoadOp::V128Load32x2S => (O::Sload32x2, I64),
        LoadOp::V128Load32x2U => (O::Uload32x2, I64),
        LoadOp::V128Load8Splat => return Shape::Splat(I8X16),
        LoadOp::V128Load16Splat => return Shape::Splat(I16X8),
        LoadOp::V128Load32Splat => return Shape::Splat(I32X4),
        LoadOp::V128Load64Splat => return Shape::Splat(I64X2),
        LoadOp::V128Load32Zero => return Shape::Zero(I32X4),
        LoadOp::V128Load64Zero => return Shape::Zero(I64X2),
    };
    Shape::Load(opcode, ty)
}
