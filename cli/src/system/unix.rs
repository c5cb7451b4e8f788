//! Unix: owners, modes and links of files; file descriptors and signals as they were handed down.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Access, AtFlags, CWD, OFlags, accessat, fcntl_getfl};
use tempfile::Builder;

/// What a file is told apart by: its device and inode.
pub type Node = (u64, u64);

/// The node of a file.
pub fn node(_: &Path, metadata: &Metadata) -> io::Result<Node> {
    Ok((metadata.dev(), metadata.ino()))
}

/// Why something cannot be written into, whatever it is. Nothing is opened: a pipe would be waited
/// for, and a device may act on it.
pub fn check_writable(path: &Path) -> io::Result<()> {
    Ok(accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS)?)
}

/// Whether it is a socket, which no file operation can write to.
pub fn is_socket(metadata: &Metadata) -> bool {
    metadata.file_type().is_socket()
}

/// Lets new temporary files be like any other new file, less what the user's mask takes away, or
/// like `old`.
pub fn set_mode(builder: &mut Builder, old: Option<&Metadata>) {
    let mode = old.map_or(0o666, |old| old.mode() & 0o777);
    builder.permissions(Permissions::from_mode(mode));
}

/// Whether another file can take the name of this one without anything else being lost: other
/// names, a mount, or attributes such as access control lists.
pub fn is_replaceable(path: &Path, metadata: &Metadata) -> bool {
    metadata.nlink() == 1 && !is_special(path)
}

/// Whether a file system is mounted on this very file, as containers do, or it has attributes that
/// belong to the user or to the file system. Those of security modules are given by the system's
/// policy, to a new file as to the old one.
#[cfg(target_os = "linux")]
fn is_special(path: &Path) -> bool {
    use rustix::fs::{StatxAttributes, StatxFlags, listxattr, statx};

    let facts = statx(CWD, path, AtFlags::empty(), StatxFlags::empty());
    let mounted = facts.is_ok_and(|facts| facts.stx_attributes.contains(StatxAttributes::MOUNT_ROOT));
    let mut names = [0; 1024];
    let attributes = match listxattr(path, &mut names) {
        Ok(length) => {
            let mut names = names[..length].split(|&byte| byte == 0);
            names.any(|name| !name.is_empty() && !name.starts_with(b"security."))
        }
        Err(error) => error == rustix::io::Errno::RANGE,
    };
    mounted || attributes
}

/// Elsewhere nothing is known of mounts, and attributes are too common to tell anything.
#[cfg(not(target_os = "linux"))]
fn is_special(_: &Path) -> bool {
    false
}

/// Gives a new file the owner, the group and the mode of an old one, or says why that may not be.
pub fn take_after(file: &File, old: &Metadata) -> io::Result<()> {
    let new = file.metadata()?;
    let other = |new, old| (new != old).then_some(old);
    let (owner, group) = (other(new.uid(), old.uid()), other(new.gid(), old.gid()));
    if owner.is_some() || group.is_some() {
        fchown(file, owner, group)?;
    }
    // Last, for a change of the owner takes bits of the mode away.
    file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))
}

/// Which of standard input and standard output were closed when the process began.
static CLOSED: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];

ctor::declarative::ctor! {
    /// Before the runtime of Rust opens /dev/null in the place of what is closed.
    #[ctor(unsafe)]
    fn look_at_descriptors() {
        for (closed, descriptor) in CLOSED.iter().zip([libc::STDIN_FILENO, libc::STDOUT_FILENO]) {
            // SAFETY: this asks for flags and changes nothing; a closed descriptor is an error.
            let flags = unsafe { libc::fcntl(descriptor, libc::F_GETFD) };
            closed.store(flags == -1, Ordering::Relaxed);
        }
    }
}

/// An error where standard input cannot be read. The standard library takes such a descriptor for
/// an empty file.
pub fn check_stdin() -> io::Result<()> {
    check(&CLOSED[0], io::stdin(), OFlags::WRONLY, "it is open for writing only")
}

/// An error where what is printed would be lost. The standard library takes such a descriptor for a
/// file that swallows everything.
pub fn check_stdout() -> io::Result<()> {
    check(&CLOSED[1], io::stdout(), OFlags::RDONLY, "it is open for reading only")
}

fn check(closed: &AtomicBool, stream: impl AsFd, unfit: OFlags, why: &str) -> io::Result<()> {
    if closed.load(Ordering::Relaxed) {
        return Err(io::Error::other("it is closed"));
    }
    match fcntl_getfl(stream)? & OFlags::RWMODE {
        mode if mode == unfit => Err(io::Error::other(why)),
        _ => Ok(()),
    }
}

/// Whether the process was told to ignore a signal by who started it, as `nohup` does.
pub fn is_ignored(signal: libc::c_int) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: with no new action this only writes the present one to where there is room for it.
    let status = unsafe { libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it is written where the call succeeded.
    status == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}
