//! Defined types as numbers, the same in the whole process.
//!
//! Recursive groups are canonical: two types have the same *word* exactly if they are the same type
//! (specification, section 3.1.3), so that a signature check is one comparison. A word carries the kind
//! and the number; the display of each number lies in a table that compiled code reads
//! (`docs/references.md`). Types live as long as the process.

use crate::gc;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};
use waxwing_layout::gc as layout;
use waxwing_layout::object::{self, Fields};
use waxwing_module::{CompositeType, FuncType, Module, Names, StorageType, SubType, TypeKind};
use waxwing_sys::Reservation;

/// Types that a process can have.
const CAPACITY: u32 = 1 << 22;
/// How many of them only the host may use, so that no module can take the last one from it.
const FOR_HOST: u32 = 1 << 16;
/// Names within a group: above all words, whose kinds are below 15.
const LOCAL: u32 = 0xf000_0000;
/// Bytes of the table that are made accessible at a time.
const STEP: usize = 1 << 20;

struct Registry {
    /// The first number of each group, by the group with its names made canonical.
    groups: HashMap<Arc<[SubType]>, u32>,
    /// By number; named by words.
    types: Vec<Arc<SubType>>,
    /// By number: the same again, for functions.
    funcs: Vec<Option<Arc<FuncType>>>,
    displays: Reservation,
    committed: usize,
}

static REGISTRY: LazyLock<RwLock<Registry>> = LazyLock::new(|| {
    let bytes = (CAPACITY as usize) << object::DISPLAY_SHIFT;
    let displays = Reservation::new(bytes).expect("1 GiB of addresses for the table of types");
    // Number 0 is no type.
    let nothing = SubType::from(FuncType::default());
    RwLock::new(Registry {
        groups: HashMap::new(),
        types: vec![Arc::new(nothing)],
        funcs: vec![None],
        displays,
        committed: 0,
    })
});

fn read() -> std::sync::RwLockReadGuard<'static, Registry> {
    REGISTRY.read().unwrap_or_else(|e| e.into_inner())
}

/// The process has as many types as it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyTypes;

impl std::fmt::Display for TooManyTypes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let most = CAPACITY - FOR_HOST;
        write!(f, "the process has {most} different types already, and cannot have more")
    }
}

impl std::error::Error for TooManyTypes {}

fn word(kind: TypeKind, number: u32) -> u32 {
    let kind = match kind {
        TypeKind::Func => layout::KIND_FUNCTION,
        TypeKind::Struct => layout::KIND_STRUCTURE,
        TypeKind::Array => layout::KIND_ARRAY,
    };
    kind << layout::KIND_SHIFT | number
}

/// The word of every type of a module, whose facts name types by index.
///
/// # Errors
/// If the process has too many types.
pub fn words_of(module: &Module) -> Result<Vec<u32>, TooManyTypes> {
    let mut words = Vec::with_capacity(module.types.len());
    let mut recursive = module.recursive.iter().peekable();
    while words.len() < module.types.len() {
        let start = words.len();
        let count = match recursive.next_if(|&&(first, _)| first as usize == start) {
            Some(&(_, count)) => count as usize,
            None => 1,
        };
        let mut group = module.types[start..(start + count).min(module.types.len())].to_vec();
        for ty in &mut group {
            ty.rename(&mut |index| match words.get(index as usize) {
                Some(&word) => word,
                None => LOCAL + (index - start as u32),
            });
        }
        let first = intern(group.into(), CAPACITY - FOR_HOST)?;
        let kinds = module.types[start..].iter().take(count).map(|ty| ty.composite.kind());
        words.extend(kinds.zip(first..).map(|(kind, number)| word(kind, number)));
    }
    Ok(words)
}

/// The word of every type of a group that was checked, in which numbers below its length name its own
/// types, and all else are words.
pub(crate) fn words_of_group(group: &[SubType]) -> Result<Vec<u32>, TooManyTypes> {
    let count = group.len() as u32;
    let mut canonical = group.to_vec();
    for ty in &mut canonical {
        ty.rename(&mut |name| if name < count { LOCAL + name } else { name });
    }
    let first = intern(canonical.into(), CAPACITY - FOR_HOST)?;
    let kinds = group.iter().map(|ty| ty.composite.kind());
    Ok(kinds.zip(first..).map(|(kind, number)| word(kind, number)).collect())
}

/// The word of a function type of the host's, whose defined types are named by their words.
///
/// # Panics
/// If the process has four million types.
pub fn id_of(ty: &FuncType) -> u32 {
    let group = Arc::from([SubType::from(ty.clone())]);
    let number = intern(group, CAPACITY).unwrap_or_else(|e| panic!("{e}"));
    word(TypeKind::Func, number)
}

/// The first number of a group that is canonical but for the names in it.
fn intern(group: Arc<[SubType]>, capacity: u32) -> Result<u32, TooManyTypes> {
    if let Some(&first) = read().groups.get(&group) {
        return Ok(first);
    }
    let mut registry = REGISTRY.write().unwrap_or_else(|e| e.into_inner());
    if let Some(&first) = registry.groups.get(&group) {
        return Ok(first);
    }
    let first = registry.types.len() as u32;
    if first as usize + group.len() > capacity as usize {
        return Err(TooManyTypes);
    }
    for (ty, number) in group.iter().zip(first..) {
        let mut ty = ty.clone();
        ty.rename(&mut |name| match name.checked_sub(LOCAL) {
            Some(local) => word(group[local as usize].composite.kind(), first + local),
            None => name,
        });
        registry.add(ty, number)?;
    }
    registry.groups.insert(group, first);
    Ok(first)
}

impl Registry {
    fn add(&mut self, ty: SubType, number: u32) -> Result<(), TooManyTypes> {
        let size = 1usize << object::DISPLAY_SHIFT;
        let at = number as usize * size;
        if at + size > self.committed {
            self.displays.commit(self.committed, STEP).map_err(|_| TooManyTypes)?;
            self.committed += STEP;
        }
        let depth = ty.supertype.map_or(0, |above| self.depth(above) + 1);
        let table: *mut u32 = self.displays.base().cast();
        let words = size / 4;
        // SAFETY: both displays lie in the committed part of the table, and nobody reads that of a
        // number which is not given out yet; the depth is below the number of words in a display
        // by validation, and checked.
        unsafe {
            let own = table.add(number as usize * words);
            if let Some(above) = ty.supertype {
                let above = table.add((above & object::NUMBER) as usize * words);
                own.copy_from_nonoverlapping(above, words);
            }
            if depth <= object::MAX_DEPTH {
                own.add(depth as usize).write(word(ty.composite.kind(), number));
            }
        }
        // Those of a group that did not fit make room for the next one.
        self.types.truncate(number as usize);
        self.funcs.truncate(number as usize);
        self.funcs.push(match &ty.composite {
            CompositeType::Func(ty) => Some(Arc::new(ty.clone())),
            _ => None,
        });
        self.types.push(Arc::new(ty));
        Ok(())
    }

    fn get(&self, word: u32) -> &Arc<SubType> {
        &self.types[(word & object::NUMBER) as usize]
    }

    fn depth(&self, word: u32) -> u32 {
        let above = |&w: &u32| self.get(w).supertype;
        std::iter::successors(Some(word), above).count() as u32 - 1
    }
}

/// The type with this word, its types named by their words.
///
/// # Panics
/// If the word was never given.
pub fn type_of(word: u32) -> Arc<SubType> {
    read().get(word).clone()
}

/// The type with this word; nothing if it was never given.
pub(crate) fn find(name: u32) -> Option<Arc<SubType>> {
    let number = name & object::NUMBER;
    let ty = read().types.get(number as usize)?.clone();
    (number != 0 && word(ty.composite.kind(), number) == name).then_some(ty)
}

/// The function type with this word.
///
/// # Panics
/// If the word was never given, or is not of a function type.
pub fn func_type_of(word: u32) -> Arc<FuncType> {
    match &read().funcs[(word & object::NUMBER) as usize] {
        Some(ty) => ty.clone(),
        None => panic!("type word {word:#x} is not of a function type"),
    }
}

/// Does something with the function type of this word, which is looked up without waiting for other threads
/// if this one has done so before.
///
/// # Panics
/// As for [`func_type_of`].
pub fn with_func_type<R>(word: u32, act: impl FnOnce(&FuncType) -> R) -> R {
    /// Types that a thread remembers; a word has one place.
    const SEEN: usize = 64;
    type Seen = [Option<(u32, Arc<FuncType>)>; SEEN];
    thread_local! {
        static TYPES: RefCell<Seen> = const { RefCell::new([const { None }; SEEN]) };
    }
    let mut act = Some(act);
    let seen = TYPES.try_with(|types| {
        // Whoever comes here from within `act` asks the others.
        let mut types = types.try_borrow_mut().ok()?;
        let place = &mut types[word as usize % SEEN];
        if place.as_ref().is_none_or(|(of, _)| *of != word) {
            *place = Some((word, func_type_of(word)));
        }
        let (_, ty) = place.as_ref()?;
        Some(act.take()?(ty))
    });
    match (seen, act) {
        (Ok(Some(done)), _) => done,
        (_, Some(act)) => act(&func_type_of(word)),
        (_, None) => unreachable!("what was done has a result"),
    }
}

/// Whether a type is the other one, or declared below it.
pub fn is_subtype(word: u32, wanted: u32) -> bool {
    if word == wanted {
        return true;
    }
    let registry = read();
    let above = |&w: &u32| registry.get(w).supertype;
    std::iter::successors(Some(word), above).any(|w| w == wanted)
}

/// What the collector must know of a type; nothing if the word was never given. An exception has
/// the number of the function type whose parameters are its payload.
pub fn shape_of(word: u32) -> Option<&'static gc::Shape> {
    static SHAPES: LazyLock<RwLock<HashMap<u32, &'static gc::Shape>>> =
        LazyLock::new(RwLock::default);
    if let Some(&shape) = SHAPES.read().unwrap_or_else(|e| e.into_inner()).get(&word) {
        return Some(shape);
    }
    let ty = read().types.get((word & object::NUMBER) as usize)?.clone();
    let shape = match (&ty.composite, word >> layout::KIND_SHIFT) {
        (CompositeType::Struct(fields), layout::KIND_STRUCTURE) => {
            let storages = fields.iter().map(|f| f.storage);
            structure(gc::Kind::Structure, &Fields::of_struct(fields), storages)
        }
        (CompositeType::Func(ty), layout::KIND_EXCEPTION) => {
            let storages = ty.params.iter().map(|&ty| StorageType::Val(ty));
            structure(gc::Kind::Exception, &Fields::of_exception(&ty.params), storages)
        }
        (CompositeType::Array(element), layout::KIND_ARRAY) => {
            let shift = object::storage_size(element.storage).ilog2() as u8;
            gc::Shape::array(shift, object::is_traced(element.storage))
        }
        _ => return None,
    };
    let mut shapes = SHAPES.write().unwrap_or_else(|e| e.into_inner());
    // As types, shapes live as long as the process.
    Some(shapes.entry(word).or_insert_with(|| Box::leak(Box::new(shape))))
}

fn structure(
    kind: gc::Kind,
    fields: &Fields,
    storages: impl Iterator<Item = StorageType>,
) -> gc::Shape {
    let traced = fields.offsets.iter().zip(storages).filter(|(_, s)| object::is_traced(*s));
    let offsets: Vec<u32> = traced.map(|(&at, _)| at).collect();
    gc::Shape::structure(kind, fields.size, &offsets)
}

/// Address of the displays.
pub(crate) fn displays() -> *const u8 {
    read().displays.base()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_module::{FieldType, HeapType, RefType, StorageType, ValType};

    #[test]
    fn ids_are_stable() {
        let a = FuncType { params: vec![ValType::I32], results: vec![] };
        let b = FuncType { params: vec![], results: vec![ValType::I32] };
        assert_ne!(id_of(&a), 0);
        assert_eq!(id_of(&a), id_of(&a.clone()));
        assert_ne!(id_of(&a), id_of(&b));
        assert_eq!(*func_type_of(id_of(&b)), b);
    }

    /// A structure that refers to another type, below `supertype`.
    fn node(to: u32, supertype: Option<u32>) -> SubType {
        let heap = HeapType::Defined(TypeKind::Struct, to);
        let storage = StorageType::Val(ValType::Ref(RefType { nullable: true, heap }));
        let field = FieldType { storage, mutable: true };
        SubType { is_final: false, supertype, composite: CompositeType::Struct(vec![field]) }
    }

    #[test]
    fn recursive_groups_are_the_same_wherever_they_stand() {
        let one = Module {
            types: vec![node(1, None), node(0, None), node(1, Some(0))],
            recursive: vec![(0, 2)],
            ..Module::default()
        };
        let mut other = one.clone();
        other.types.insert(0, SubType::from(FuncType::default()));
        for ty in &mut other.types {
            ty.rename(&mut |index| index + 1);
        }
        other.recursive = vec![(1, 2)];
        let (one, other) = (words_of(&one).unwrap(), words_of(&other).unwrap());
        assert_eq!(one, other[1..]);
        assert_ne!(one[0], one[1]);
        assert!(is_subtype(one[2], one[0]) && !is_subtype(one[0], one[2]));
        // A group of its own that looks like one of two is another type.
        let alone = Module { types: vec![node(0, None)], ..Module::default() };
        let alone = words_of(&alone).unwrap();
        assert!(!one.contains(&alone[0]));
    }

    #[test]
    fn displays_hold_every_ancestor() {
        let module = Module {
            types: (0..5u32).map(|i| node(i, i.checked_sub(1))).collect(),
            ..Module::default()
        };
        let words = words_of(&module).unwrap();
        let number = (words[4] & object::NUMBER) as usize;
        // SAFETY: the display of a number that was given out does not change.
        let display = unsafe {
            let at = displays().add(number << object::DISPLAY_SHIFT).cast::<u32>();
            std::slice::from_raw_parts(at, 64)
        };
        assert_eq!(display[..5], words);
        assert!(display[5..].iter().all(|&w| w == 0));
    }
}
