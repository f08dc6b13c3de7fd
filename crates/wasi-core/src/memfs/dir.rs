//! Open directories of a [`super::MemFs`].

use super::file::MemFile;
use super::tree::{Content, DOT_COOKIE, DOT_DOT_COOKIE, Directory, Id, Place};
use super::{Handle, Shared};
use crate::Errno;
use crate::fs::{Dir, DirEntry, FileType, OpenHow, Opened, Result, Stat, check_target};
use crate::path::Last;
use crate::time::SetTimes;
use std::any::Any;
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) struct MemDir {
    handle: Handle,
}

impl MemDir {
    pub fn new(handle: Handle) -> MemDir {
        MemDir { handle }
    }

    fn shared(&self) -> &Shared {
        &self.handle.shared
    }

    fn id(&self) -> Id {
        self.handle.id
    }

    /// The other end of a rename or link, when it is of the same file system.
    fn peer<'d>(&self, other: &'d dyn Dir) -> Result<&'d MemDir> {
        match other.as_any().downcast_ref::<MemDir>() {
            Some(peer) if Arc::ptr_eq(&peer.shared().0, &self.shared().0) => Ok(peer),
            _ => Err(Errno::Xdev),
        }
    }
}

/// The name at a place where something new is to be; it must be free.
fn free_name(place: &Place, dir_wanted: bool) -> Result<&[u8]> {
    match (&place.last, place.node) {
        (Last::Name(name), None) if dir_wanted || !place.slash => Ok(name),
        (Last::Name(_), None) => Err(Errno::NoEnt),
        _ => Err(Errno::Exist),
    }
}

impl Dir for MemDir {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn open(&self, path: &str, how: OpenHow) -> Result<Opened> {
        if how.create && how.directory {
            return Err(Errno::Inval);
        }
        let exclusive = how.create && how.exclusive;
        let tree = &mut *self.shared().lock();
        let place = tree.find(self.id(), path, how.follow && !exclusive)?;
        if how.create && place.slash {
            return Err(Errno::IsDir);
        }
        let id = match (place.node, &place.last) {
            (Some(_), _) if exclusive => return Err(Errno::Exist),
            (Some(id), _) => id,
            (None, Last::Name(name)) if how.create => {
                tree.create(place.dir, name, Content::File(Vec::new()))?
            }
            (None, _) => return Err(Errno::NoEnt),
        };
        let mut cut = 0;
        match &mut tree.node_mut(id)?.content {
            Content::Dir(_) => {
                if how.changes() {
                    return Err(Errno::IsDir);
                }
                let handle = Handle::within(self.shared(), tree, id);
                return Ok(Opened::Dir(Arc::new(MemDir { handle })));
            }
            _ if how.directory || place.slash => return Err(Errno::NotDir),
            Content::Link(_) => return Err(Errno::Loop),
            Content::File(bytes) => {
                if how.truncate {
                    cut = std::mem::take(bytes).len() as u64;
                }
            }
        }
        if how.truncate {
            tree.refund(cut);
            tree.node_mut(id)?.touch();
        }
        let handle = Handle::within(self.shared(), tree, id);
        Ok(Opened::File(Box::new(MemFile::new(handle, how.read, how.write))))
    }

    fn stat(&self) -> Result<Stat> {
        self.shared().lock().stat(self.id())
    }

    fn set_times(&self, times: SetTimes) -> Result<()> {
        self.shared().lock().set_times(self.id(), times)
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat> {
        let tree = self.shared().lock();
        let place = tree.find(self.id(), path, follow)?;
        let id = place.node.ok_or(Errno::NoEnt)?;
        if place.slash && !tree.is_dir(id) {
            return Err(Errno::NotDir);
        }
        tree.stat(id)
    }

    fn set_times_at(&self, path: &str, follow: bool, times: SetTimes) -> Result<()> {
        let mut tree = self.shared().lock();
        let place = tree.find(self.id(), path, follow)?;
        let id = place.node.ok_or(Errno::NoEnt)?;
        if place.slash && !tree.is_dir(id) {
            return Err(Errno::NotDir);
        }
        tree.set_times(id, times)
    }

    fn create_dir(&self, path: &str) -> Result<()> {
        let mut tree = self.shared().lock();
        let place = tree.find_name(self.id(), path)?;
        let name = free_name(&place, true)?;
        tree.create(place.dir, name, Content::Dir(Directory::new(place.dir)))?;
        Ok(())
    }

    fn remove_dir(&self, path: &str) -> Result<()> {
        let mut tree = self.shared().lock();
        let place = tree.find_name(self.id(), path)?;
        let name = match &place.last {
            Last::Name(name) => name,
            Last::Dot => return Err(Errno::Inval),
            Last::DotDot => return Err(Errno::NotEmpty),
        };
        if !tree.dir(place.node.ok_or(Errno::NoEnt)?)?.listing.is_empty() {
            return Err(Errno::NotEmpty);
        }
        tree.remove_dir(place.dir, name)
    }

    fn unlink(&self, path: &str) -> Result<()> {
        let mut tree = self.shared().lock();
        let place = tree.find_name(self.id(), path)?;
        let Last::Name(name) = &place.last else { return Err(Errno::IsDir) };
        if tree.is_dir(place.node.ok_or(Errno::NoEnt)?) {
            return Err(Errno::IsDir);
        }
        if place.slash {
            return Err(Errno::NotDir);
        }
        tree.unlink(place.dir, name)
    }

    fn rename(&self, from: &str, to_dir: &dyn Dir, to: &str) -> Result<()> {
        let peer = self.peer(to_dir)?;
        let mut tree = self.shared().lock();
        let from = tree.find_name(self.id(), from)?;
        let to = tree.find_name(peer.id(), to)?;
        tree.rename(&from, &to)
    }

    fn link(&self, from: &str, follow: bool, to_dir: &dyn Dir, to: &str) -> Result<()> {
        let peer = self.peer(to_dir)?;
        let mut tree = self.shared().lock();
        let from = tree.find(self.id(), from, follow)?;
        let to = tree.find_name(peer.id(), to)?;
        let id = from.node.ok_or(Errno::NoEnt)?;
        if from.slash && !tree.is_dir(id) {
            return Err(Errno::NotDir);
        }
        let name = free_name(&to, false)?;
        if tree.is_dir(id) {
            return Err(Errno::Perm);
        }
        tree.link(id, to.dir, name)
    }

    fn symlink(&self, target: &str, path: &str) -> Result<()> {
        check_target(target)?;
        let mut tree = self.shared().lock();
        let place = tree.find_name(self.id(), path)?;
        let name = free_name(&place, false)?;
        tree.create(place.dir, name, Content::Link(target.as_bytes().to_vec()))?;
        Ok(())
    }

    fn read_link(&self, path: &str) -> Result<Vec<u8>> {
        let tree = self.shared().lock();
        let place = tree.find(self.id(), path, false)?;
        let id = place.node.ok_or(Errno::NoEnt)?;
        match &tree.node(id)?.content {
            Content::Link(target) => Ok(target.clone()),
            Content::File(_) if place.slash => Err(Errno::NotDir),
            _ => Err(Errno::Inval),
        }
    }

    fn read_dir(
        &self,
        cookie: u64,
        each: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let tree = self.shared().lock();
        let dir = tree.dir(self.id())?;
        let dots = [(DOT_COOKIE, &b"."[..], self.id()), (DOT_DOT_COOKIE, &b".."[..], 0)];
        for (next, name, inode) in dots {
            let entry = DirEntry { next, inode, file_type: FileType::Directory, name };
            if next > cookie && each(entry).is_break() {
                return Ok(());
            }
        }
        for (next, (name, id)) in dir.listing.range(cookie.saturating_add(1)..) {
            let file_type = tree.node(*id)?.file_type();
            if each(DirEntry { next: *next, inode: *id, file_type, name }).is_break() {
                break;
            }
        }
        Ok(())
    }
}
