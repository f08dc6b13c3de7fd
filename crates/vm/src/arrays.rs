//! Objects that compiled code asks the runtime for, and arrays filled from segments
//! (specification, section 4.4.5).

use crate::gc::Heap;
use crate::instance::Instance;
use crate::table::Entry;
use crate::{StoreContext, StoreInner};
use waxwing_layout::object::storage_size;
use waxwing_module::{CompositeType, Trap};

/// Makes an object of the type with this index.
pub(crate) fn new_object(
    ctx: &StoreContext,
    instance: &Instance,
    ty: u32,
    len: u64,
) -> Result<u32, Trap> {
    let len = u32::try_from(len).map_err(|_| Trap::HeapExhausted)?;
    let word = instance.code.type_word(ty);
    // SAFETY: a guest is running, so the store's pointer is valid; the built-in borrows nothing of
    // it but the instance, which the collector only reads.
    unsafe { StoreInner::new_object(ctx.store(), ctx.owner(), word, len) }
}

/// Where elements of an array come from.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// Bytes of a data segment.
    Data(u32),
    /// Items of an element segment.
    Elements(u32),
}

/// Binary logarithm of the size of an array type's elements.
fn shift(instance: &Instance, ty: u32) -> u32 {
    match &instance.code.module.types[ty as usize].composite {
        CompositeType::Array(element) => storage_size(element.storage).ilog2(),
        _ => 0,
    }
}

/// What a segment gives, by its bytes.
fn bytes(
    instance: &Instance,
    source: Source,
    from: u64,
    count: u64,
    shift: u32,
) -> Result<Vec<u8>, Trap> {
    match source {
        Source::Data(segment) => {
            let data = instance.data(segment);
            let end = count.checked_shl(shift).and_then(|bytes| from.checked_add(bytes));
            let range = end.filter(|&end| end <= data.len() as u64);
            let range = range.ok_or(Trap::MemoryOutOfBounds)?;
            Ok(data[from as usize..range as usize].to_vec())
        }
        Source::Elements(segment) => {
            let items = instance.element_items(segment, from, count);
            let items = items.ok_or(Trap::TableOutOfBounds)?;
            let bytes = items.into_iter().flat_map(|item| match item {
                Entry::Func(f) => (f as u64).to_le_bytes().to_vec(),
                Entry::Ref(reference) => reference.to_le_bytes().to_vec(),
            });
            Ok(bytes.collect())
        }
    }
}

fn heap<'a>(ctx: &StoreContext) -> Result<&'a mut Heap, Trap> {
    // SAFETY: a guest is running, so the store's pointer is valid; nobody else uses the heap while
    // the built-in runs.
    unsafe { (*ctx.store()).heap_mut() }.ok_or(Trap::HeapExhausted)
}

fn write(heap: &mut Heap, array: u32, at: u32, shift: u32, from: &[u8]) -> Result<(), Trap> {
    let count = (from.len() >> shift) as u32;
    let to = heap.elements(array, at, count, shift).ok_or(Trap::ArrayOutOfBounds)?;
    // SAFETY: the elements lie inside the array, and the bytes are no part of the heap.
    unsafe { to.copy_from_nonoverlapping(from.as_ptr(), from.len()) };
    Ok(())
}

/// `array.new_data` and `array.new_elem`.
pub(crate) fn array_new(
    ctx: &StoreContext,
    instance: &Instance,
    ty: u32,
    source: Source,
    [from, count]: [u64; 2],
) -> Result<u64, Trap> {
    let shift = shift(instance, ty);
    // Before the array is made: what is outside its segment must not cost memory.
    let bytes = bytes(instance, source, from, count, shift)?;
    // The items of an element segment are roots of the collector.
    let array = new_object(ctx, instance, ty, count)?;
    write(heap(ctx)?, array, 0, shift, &bytes)?;
    Ok(u64::from(array))
}

/// `array.init_data` and `array.init_elem`.
pub(crate) fn array_init(
    ctx: &StoreContext,
    instance: &Instance,
    ty: u32,
    source: Source,
    [array, at, from, count]: [u64; 4],
) -> Result<u64, Trap> {
    if array == 0 {
        return Err(Trap::NullArray);
    }
    let shift = shift(instance, ty);
    let heap = heap(ctx)?;
    let len = heap.array_len(array as u32).ok_or(Trap::ArrayOutOfBounds)?;
    if at + count > u64::from(len) {
        return Err(Trap::ArrayOutOfBounds);
    }
    let bytes = bytes(instance, source, from, count, shift)?;
    write(heap, array as u32, at as u32, shift, &bytes)?;
    Ok(0)
}
