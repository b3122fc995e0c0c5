//! Any bytes from a client, in the seeded world of `wire-postgres`' tests.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/wire-postgres/tests/seeded/world.rs"]
#[allow(dead_code, reason = "each target uses its half of the world")]
mod world;

fuzz_target!(|data: &[u8]| {
    world::client_bytes(data);
});
