//! How much memory this program has taken, and what happens to memory that is free again.

/// Keeps memory that is free again for the next tensor. As glibc is set, it gives large blocks back to the system at once,
/// which then clears each page again: a seventh of the time of an image in tiles. Other systems' allocators are left as they
/// are.
pub(crate) fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt only sets parameters, and no other thread runs yet. It returns 0 for a parameter that it does not
    // know, and nothing has changed then.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
    }
}

/// Peak memory of the program so far, in bytes; `None` where the system does not report it (only Linux
/// does, as `VmHWM`).
pub(crate) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
