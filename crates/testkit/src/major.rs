//! Servers of every major version, from where `./test` unpacked them.
//!
//! Why: what a built-in reaches, and what a catalog holds, differs between versions, and a
//! distribution installs one. They are programs and their files, without `psql`.
//! It installs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::setup::must;

/// The major versions that can be led to, and so are tested.
pub const MAJORS: [u32; 5] = [14, 15, 16, 17, 18];

/// The folder of that version's programs, or why there is none.
pub(crate) fn bin_of(major: u32) -> Result<PathBuf, String> {
    let bin = cache().join("postgres").join(major.to_string()).join("bin");
    if bin.join("postgres").exists() {
        return Ok(bin);
    }
    let why = format!(
        "no PostgreSQL {major} in {}: `./test` puts it there",
        bin.display()
    );
    let is_strict = std::env::var_os("PORTCULLIS_TEST_STRICT").is_some();
    assert!(!is_strict, "{why}");
    Err(why)
}

/// Where `./test` keeps what it installs.
fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    set("PORTCULLIS_CACHE").unwrap_or_else(|| {
        set("XDG_CACHE_HOME")
            .unwrap_or_else(|| set("HOME").unwrap_or_default().join(".cache"))
            .join("portcullis")
    })
}

/// The same programs where the server's account can reach them: a cache may lie in root's home.
///
/// Files are linked where the file system allows it, else copied.
pub(crate) fn reachable(bin: &Path, dir: &Path) -> PathBuf {
    let Some(root) = bin.parent() else {
        return bin.to_owned();
    };
    let copy = dir.join("programs");
    for how in ["-al", "-a"] {
        let mut command = Command::new("cp");
        command.arg(how).arg(root).arg(&copy);
        if must("run cp", command.output()).status.success() {
            return copy.join("bin");
        }
        let _ = std::fs::remove_dir_all(&copy);
    }
    panic!("cannot copy {}", root.display())
}
