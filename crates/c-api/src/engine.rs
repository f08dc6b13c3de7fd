//! Configurations and engines.

use crate::boundary::{Out, export, need, put};
use std::ffi::{CStr, c_char};
use std::sync::Arc;
use waxwing::{
    Cache, Config, Engine, Error, Features, FuelCosts, MemoryPlan, OptLevel, PoolConfig,
    PublicKeys, Result, Tier,
};

/// How an engine is set up.
pub struct wasm_config_t {
    config: Config,
    features: Features,
    cache: Option<Cache>,
    trust: bool,
    keys: PublicKeys,
    fuel: Option<FuelCosts>,
}

/// `waxwing_pool_t`: 0 for a default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_pool_t {
    slots: usize,
    memory: usize,
    table: usize,
    keep_resident: usize,
    random_placement: bool,
}

impl From<waxwing_pool_t> for PoolConfig {
    fn from(pool: waxwing_pool_t) -> PoolConfig {
        let default = PoolConfig::default();
        let or = |given: usize, default: usize| if given == 0 { default } else { given };
        PoolConfig {
            slots: or(pool.slots, default.slots),
            memory: or(pool.memory, default.memory),
            table: if pool.table == 0 { default.table } else { pool.table as u64 },
            keep_resident: or(pool.keep_resident, default.keep_resident),
            random_placement: pool.random_placement,
        }
    }
}

/// An engine, and what this interface knows beside it.
pub struct EngineShared {
    /// The engine.
    pub engine: Engine,
    /// Where compiled code is kept.
    pub cache: Option<Cache>,
    /// Whether artifacts from elsewhere are taken.
    pub trust: bool,
    /// Whose signatures vouch for artifacts.
    pub keys: PublicKeys,
}

/// An engine.
pub struct wasm_engine_t(pub Arc<EngineShared>);

fn engine(config: wasm_config_t) -> Result<Option<Box<wasm_engine_t>>> {
    let wasm_config_t { mut config, features, cache, trust, keys, fuel } = config;
    config.features(features).fuel(fuel);
    let engine = Engine::new(&config)?;
    Ok(Some(Box::new(wasm_engine_t(Arc::new(EngineShared { engine, cache, trust, keys })))))
}

impl Default for wasm_config_t {
    fn default() -> Self {
        let (config, features) = (Config::new(), Features::default());
        let keys = PublicKeys::new();
        wasm_config_t { config, features, cache: None, trust: false, keys, fuel: None }
    }
}

/// A C string that has to be UTF-8.
///
/// # Errors
/// If it is null or not UTF-8.
///
/// # Safety
/// It is null or ends with a NUL, and lives for `'a`.
pub unsafe fn text<'a>(from: *const c_char, what: &str) -> Result<&'a str> {
    // SAFETY: passed on to the caller.
    let bytes = unsafe { bytes(from, what) }?;
    std::str::from_utf8(bytes).map_err(|e| Error::msg(format!("{what} is not UTF-8: {e}")))
}

/// The bytes of a C string.
///
/// # Errors
/// If it is null.
///
/// # Safety
/// It is null or ends with a NUL, and lives for `'a`.
pub unsafe fn bytes<'a>(from: *const c_char, what: &str) -> Result<&'a [u8]> {
    if from.is_null() {
        return Err(crate::boundary::missing(what));
    }
    // SAFETY: passed on to the caller.
    Ok(unsafe { CStr::from_ptr(from) }.to_bytes())
}

/// The version, for C.
#[repr(transparent)]
pub struct Version(*const c_char);

impl Default for Version {
    fn default() -> Self {
        Version(concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast())
    }
}

export! {
    guard fn waxwing_version() -> Version {
        Version::default()
    }
    guard fn wasm_config_new() -> Option<Box<wasm_config_t>> {
        Some(Box::default())
    }
    guard fn wasm_config_delete(config: Option<Box<wasm_config_t>>) {
        drop(config);
    }
    attempt fn wasm_engine_new() -> Option<Box<wasm_engine_t>> {
        engine(wasm_config_t::default())
    }
    attempt fn wasm_engine_new_with_config(
        config: Option<Box<wasm_config_t>>,
    ) -> Option<Box<wasm_engine_t>> {
        engine(*need(config, "the configuration of an engine")?)
    }
    guard fn wasm_engine_delete(engine: Option<Box<wasm_engine_t>>) {
        drop(engine);
    }
    attempt fn waxwing_config_tier_set(config: Option<&mut wasm_config_t>, tier: u8) -> bool {
        let tier = match tier {
            0 => Tier::Fast,
            1 => Tier::Instant,
            other => return Err(Error::msg(format!("there is no tier {other}"))),
        };
        need(config, "a configuration")?.config.tier(tier);
        Ok(true)
    }
    attempt fn waxwing_config_optimise_set(config: Option<&mut wasm_config_t>, on: bool) -> bool {
        let level = if on { OptLevel::default() } else { OptLevel::None };
        need(config, "a configuration")?.config.opt_level(level);
        Ok(true)
    }
    attempt fn waxwing_config_memory_plan_set(config: Option<&mut wasm_config_t>, plan: u8) -> bool {
        let plan = match plan {
            0 => MemoryPlan::Reserved,
            1 => MemoryPlan::Checked,
            other => return Err(Error::msg(format!("there is no memory plan {other}"))),
        };
        need(config, "a configuration")?.config.memory_plan(plan);
        Ok(true)
    }
    attempt fn waxwing_config_stack_size_set(config: Option<&mut wasm_config_t>, size: usize) -> bool {
        if !(64 << 10..=1 << 30).contains(&size) {
            return Err(Error::msg(format!(
                "a stack of {size} bytes is not possible; give 64 KiB to 1 GiB"
            )));
        }
        need(config, "a configuration")?.config.stack_size(size);
        Ok(true)
    }
    attempt fn waxwing_config_debug_info_set(config: Option<&mut wasm_config_t>, keep: bool) -> bool {
        need(config, "a configuration")?.config.debug_info(keep);
        Ok(true)
    }
    attempt fn waxwing_config_gc_stress_set(config: Option<&mut wasm_config_t>, stress: bool) -> bool {
        need(config, "a configuration")?.config.gc_stress(stress);
        Ok(true)
    }
    attempt fn waxwing_config_pool_set(
        config: Option<&mut wasm_config_t>,
        pool: Option<&waxwing_pool_t>,
    ) -> bool {
        let pool = pool.map_or_else(PoolConfig::default, |&pool| pool.into());
        need(config, "a configuration")?.config.pool(pool);
        Ok(true)
    }
    attempt fn waxwing_engine_pool_stats(
        engine: Option<&wasm_engine_t>,
        in_use: Out<'_, usize>,
        kept: Out<'_, usize>,
    ) -> bool {
        let stats = need(engine, "an engine")?.0.engine.pool_stats();
        let stats = stats.ok_or_else(|| Error::msg("the engine has no pool"))?;
        put(in_use, stats.in_use);
        put(kept, stats.kept);
        Ok(true)
    }
    attempt fn waxwing_config_fuel_set(config: Option<&mut wasm_config_t>, on: bool) -> bool {
        need(config, "a configuration")?.fuel = on.then(FuelCosts::new);
        Ok(true)
    }
    attempt fn waxwing_config_fuel_cost_set(
        config: Option<&mut wasm_config_t>,
        name: *const c_char,
        cost: u32,
    ) -> bool {
        // SAFETY: the header asks for a C string.
        let name = unsafe { text(name, "the name of an operator") }?;
        let costs = need(config, "a configuration")?.fuel.get_or_insert_with(FuelCosts::new);
        if name == "others" {
            costs.others(cost);
        } else {
            costs.set(name, cost);
        }
        Ok(true)
    }
    attempt fn waxwing_config_feature_set(
        config: Option<&mut wasm_config_t>,
        name: *const c_char,
        on: bool,
    ) -> bool {
        let config = need(config, "a configuration")?;
        // SAFETY: the header asks for a C string.
        let name = unsafe { text(name, "the name of a feature") }?;
        if name == "all" {
            config.features = if on { Features::ALL } else { Features::WASM2 };
        } else if !config.features.set(name, on) {
            let names = Features::NAMES.join(", ");
            return Err(Error::msg(format!("there is no feature \"{name}\"; the names are {names}")));
        }
        Ok(true)
    }
    attempt fn waxwing_config_cache_set(
        config: Option<&mut wasm_config_t>,
        directory: *const c_char,
    ) -> bool {
        let config = need(config, "a configuration")?;
        let cache = if directory.is_null() {
            let default = Cache::default_dir();
            Cache::open(default.ok_or_else(|| {
                Error::msg("there is no default cache directory: HOME is not set")
            })?)?
        } else {
            // SAFETY: the header asks for a C string.
            Cache::open(unsafe { text(directory, "the cache directory") }?)?
        };
        config.cache = Some(cache);
        Ok(true)
    }
    attempt fn waxwing_config_trust_artifacts_set(
        config: Option<&mut wasm_config_t>,
        trust: bool,
    ) -> bool {
        need(config, "a configuration")?.trust = trust;
        Ok(true)
    }
    attempt fn waxwing_config_trusted_key_add(
        config: Option<&mut wasm_config_t>,
        key: *const c_char,
    ) -> bool {
        let config = need(config, "a configuration")?;
        // SAFETY: the header asks for a C string.
        config.keys.add(unsafe { text(key, "a public key") }?)?;
        Ok(true)
    }
}
