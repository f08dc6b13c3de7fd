//! Function types as numbers. Two functions have the same type exactly if their ids are equal, in
//! the whole process, so that a signature check is one comparison.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};
use waxwing_module::FuncType;

#[derive(Default)]
struct Registry {
    ids: HashMap<Arc<FuncType>, u32>,
    types: Vec<Arc<FuncType>>,
}

static REGISTRY: LazyLock<RwLock<Registry>> = LazyLock::new(RwLock::default);

fn read() -> std::sync::RwLockReadGuard<'static, Registry> {
    REGISTRY.read().unwrap_or_else(|e| e.into_inner())
}

/// The id of a type; never 0. Ids live as long as the process.
pub fn id_of(ty: &FuncType) -> u32 {
    if let Some(&id) = read().ids.get(ty) {
        return id;
    }
    let mut registry = REGISTRY.write().unwrap_or_else(|e| e.into_inner());
    if let Some(&id) = registry.ids.get(ty) {
        return id;
    }
    let ty = Arc::new(ty.clone());
    registry.types.push(ty.clone());
    let id = registry.types.len() as u32;
    registry.ids.insert(ty, id);
    id
}

/// The type with this id.
///
/// # Panics
/// If [`id_of`] never gave this id.
pub fn type_of(id: u32) -> Arc<FuncType> {
    read().types[id as usize - 1].clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_module::ValType;

    #[test]
    fn ids_are_stable() {
        let a = FuncType { params: vec![ValType::I32], results: vec![] };
        let b = FuncType { params: vec![], results: vec![ValType::I32] };
        assert_ne!(id_of(&a), 0);
        assert_eq!(id_of(&a), id_of(&a.clone()));
        assert_ne!(id_of(&a), id_of(&b));
        assert_eq!(*type_of(id_of(&b)), b);
    }
}
