//! The nodes of a [`super::MemFs`] and the rules that keep them a tree.

use crate::Errno;
use crate::fs::{FileType, Result, Stat};
use crate::path::{Last, Resolver, Step, Walk};
use crate::time::{SetTime, SetTimes, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of a node; its inode number, too.
pub(super) type Id = u64;

/// The root directory.
pub(super) const ROOT: Id = 1;

/// What a node and its entry cost beside content and name.
const NODE_COST: u64 = 256;

/// The cookies of `.` and `..`; those of entries begin behind them.
pub(super) const DOT_COOKIE: u64 = 1;
pub(super) const DOT_DOT_COOKIE: u64 = 2;

pub(super) struct Directory {
    pub parent: Id,
    names: HashMap<Vec<u8>, (u64, Id)>,
    /// In order of creation, so that a cookie stays good whatever else comes and goes.
    pub listing: BTreeMap<u64, (Vec<u8>, Id)>,
    next_cookie: u64,
}

pub(super) enum Content {
    File(Vec<u8>),
    Dir(Directory),
    Link(Vec<u8>),
}

pub(super) struct Node {
    pub content: Content,
    pub links: u64,
    opens: u64,
    accessed: Timestamp,
    modified: Timestamp,
    changed: Timestamp,
}

pub(super) struct Tree {
    nodes: HashMap<Id, Node>,
    next_id: Id,
    device: u64,
    used: u64,
    limit: u64,
}

/// What a path stands for: the directory of its last component, that component, and the node.
pub(super) struct Place {
    pub dir: Id,
    pub last: Last,
    pub slash: bool,
    pub node: Option<Id>,
}

impl Walk for Tree {
    type Dir = Id;

    fn enter(&self, dir: &Id, name: &[u8]) -> Result<Step<Id>> {
        let id = self.lookup(*dir, name).ok_or(Errno::NoEnt)?;
        match &self.node(id)?.content {
            Content::Dir(_) => Ok(Step::Dir(id)),
            Content::Link(target) => Ok(Step::Link(target.clone())),
            Content::File(_) => Err(Errno::NotDir),
        }
    }
}

impl Tree {
    pub fn new(limit: u64) -> Tree {
        static DEVICE: AtomicU64 = AtomicU64::new(1);
        let mut tree = Tree {
            nodes: HashMap::new(),
            next_id: ROOT + 1,
            device: DEVICE.fetch_add(1, Ordering::Relaxed),
            used: 0,
            limit,
        };
        tree.nodes.insert(ROOT, Node::new(Content::Dir(Directory::new(ROOT)), 2));
        tree
    }

    pub fn node(&self, id: Id) -> Result<&Node> {
        self.nodes.get(&id).ok_or(Errno::Stale)
    }

    pub fn node_mut(&mut self, id: Id) -> Result<&mut Node> {
        self.nodes.get_mut(&id).ok_or(Errno::Stale)
    }

    pub fn dir(&self, id: Id) -> Result<&Directory> {
        match &self.node(id)?.content {
            Content::Dir(dir) => Ok(dir),
            _ => Err(Errno::NotDir),
        }
    }

    fn dir_mut(&mut self, id: Id) -> Result<&mut Directory> {
        match &mut self.node_mut(id)?.content {
            Content::Dir(dir) => Ok(dir),
            _ => Err(Errno::NotDir),
        }
    }

    pub fn is_dir(&self, id: Id) -> bool {
        self.dir(id).is_ok()
    }

    pub fn lookup(&self, dir: Id, name: &[u8]) -> Option<Id> {
        Some(self.dir(dir).ok()?.names.get(name)?.1)
    }

    pub fn open(&mut self, id: Id) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.opens += 1;
        }
    }

    pub fn close(&mut self, id: Id) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.opens = node.opens.saturating_sub(1);
        }
        self.collect(id);
    }

    /// Frees a node that has neither name nor handle.
    fn collect(&mut self, id: Id) {
        let Some(node) = self.nodes.get(&id) else { return };
        if node.links == 0 && node.opens == 0 {
            self.used = self.used.saturating_sub(node.size() + NODE_COST);
            self.nodes.remove(&id);
        }
    }

    /// Takes `bytes` of the quota.
    pub fn charge(&mut self, bytes: u64) -> Result<()> {
        let used = self.used.checked_add(bytes).filter(|used| *used <= self.limit);
        self.used = used.ok_or(Errno::NoSpc)?;
        Ok(())
    }

    pub fn refund(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// Finds what `path` stands for. A link in the last place is followed when `follow` says so
    /// or a slash comes after it.
    pub fn find(&self, root: Id, path: &str, follow: bool) -> Result<Place> {
        let mut resolver = Resolver::new(self, &root, path)?;
        loop {
            let last = resolver.last()?;
            let (dir, slash) = (*resolver.dir(), resolver.slash());
            let Last::Name(name) = &last else {
                return Ok(Place { dir, last, slash, node: Some(dir) });
            };
            let node = self.lookup(dir, name);
            if let Some(id) = node
                && (follow || slash)
                && let Content::Link(target) = &self.node(id)?.content
            {
                resolver.expand(target)?;
                continue;
            }
            return Ok(Place { dir, last, slash, node });
        }
    }

    /// Finds the name that `path` stands for, never looking through it.
    pub fn find_name(&self, root: Id, path: &str) -> Result<Place> {
        let mut resolver = Resolver::new(self, &root, path)?;
        let last = resolver.last()?;
        let (dir, slash) = (*resolver.dir(), resolver.slash());
        let node = match &last {
            Last::Name(name) => self.lookup(dir, name),
            _ => Some(dir),
        };
        Ok(Place { dir, last, slash, node })
    }

    /// Makes a node with a name. The name must be free.
    pub fn create(&mut self, dir: Id, name: &[u8], content: Content) -> Result<Id> {
        let is_dir = matches!(content, Content::Dir(_));
        let node = Node::new(content, if is_dir { 2 } else { 1 });
        self.alive(dir)?;
        let cost = node.size() + NODE_COST;
        self.charge(cost)?;
        let id = self.next_id;
        if let Err(errno) = self.enlist(dir, name, id) {
            self.refund(cost);
            return Err(errno);
        }
        self.next_id += 1;
        self.nodes.insert(id, node);
        if is_dir {
            self.node_mut(dir)?.links += 1;
        }
        Ok(id)
    }

    /// A directory that was removed while open takes no more names.
    fn alive(&self, dir: Id) -> Result<()> {
        if self.node(dir)?.links == 0 { Err(Errno::NoEnt) } else { Ok(()) }
    }

    /// Adds a name; changes no link count.
    fn enlist(&mut self, dir: Id, name: &[u8], id: Id) -> Result<()> {
        self.alive(dir)?;
        self.charge(name.len() as u64 * 2)?;
        let directory = self.dir_mut(dir)?;
        let cookie = directory.next_cookie;
        directory.next_cookie += 1;
        directory.names.insert(name.to_vec(), (cookie, id));
        directory.listing.insert(cookie, (name.to_vec(), id));
        self.node_mut(dir)?.touch();
        Ok(())
    }

    /// Removes a name; changes no link count.
    fn delist(&mut self, dir: Id, name: &[u8]) -> Result<Id> {
        let directory = self.dir_mut(dir)?;
        let (cookie, id) = directory.names.remove(name).ok_or(Errno::NoEnt)?;
        directory.listing.remove(&cookie);
        self.refund(name.len() as u64 * 2);
        self.node_mut(dir)?.touch();
        Ok(id)
    }

    /// Removes a name that is not a directory's.
    pub fn unlink(&mut self, dir: Id, name: &[u8]) -> Result<()> {
        let id = self.delist(dir, name)?;
        let node = self.node_mut(id)?;
        node.links = node.links.saturating_sub(1);
        node.changed = Timestamp::now();
        self.collect(id);
        Ok(())
    }

    /// Removes an empty directory's name.
    pub fn remove_dir(&mut self, dir: Id, name: &[u8]) -> Result<()> {
        let id = self.delist(dir, name)?;
        self.node_mut(id)?.links = 0;
        let parent = self.node_mut(dir)?;
        parent.links = parent.links.saturating_sub(1);
        self.collect(id);
        Ok(())
    }

    /// Gives a node one more name.
    pub fn link(&mut self, id: Id, dir: Id, name: &[u8]) -> Result<()> {
        self.enlist(dir, name, id)?;
        let node = self.node_mut(id)?;
        node.links += 1;
        node.changed = Timestamp::now();
        Ok(())
    }

    /// Whether `inner` is `outer` or lies beneath it.
    fn beneath(&self, mut inner: Id, outer: Id) -> bool {
        loop {
            if inner == outer {
                return true;
            }
            match self.dir(inner) {
                Ok(dir) if dir.parent != inner => inner = dir.parent,
                _ => return false,
            }
        }
    }

    /// Renames by the rules of POSIX and the errnos of Linux.
    pub fn rename(&mut self, from: &Place, to: &Place) -> Result<()> {
        let (Last::Name(old), Last::Name(new)) = (&from.last, &to.last) else {
            return Err(Errno::Busy);
        };
        let id = from.node.ok_or(Errno::NoEnt)?;
        let is_dir = self.is_dir(id);
        if !is_dir && (from.slash || to.slash) {
            return Err(Errno::NotDir);
        }
        if is_dir && self.beneath(to.dir, id) {
            return Err(Errno::Inval);
        }
        if let Some(victim) = to.node {
            if self.is_dir(victim) && self.beneath(from.dir, victim) {
                return Err(Errno::NotEmpty);
            }
            if victim == id {
                return Ok(());
            }
            self.check_replace(is_dir, victim)?;
        }
        self.alive(to.dir)?;
        if let Some(victim) = to.node {
            if self.is_dir(victim) {
                self.remove_dir(to.dir, new)?;
            } else {
                self.unlink(to.dir, new)?;
            }
        }
        // The new name comes first: should the quota refuse it, the old one is still there.
        self.enlist(to.dir, new, id)?;
        self.delist(from.dir, old)?;
        if is_dir {
            self.dir_mut(id)?.parent = to.dir;
            self.node_mut(from.dir)?.links -= 1;
            self.node_mut(to.dir)?.links += 1;
        }
        self.node_mut(id)?.changed = Timestamp::now();
        Ok(())
    }

    fn check_replace(&self, is_dir: bool, victim: Id) -> Result<()> {
        match (is_dir, self.dir(victim)) {
            (true, Err(_)) => Err(Errno::NotDir),
            (false, Ok(_)) => Err(Errno::IsDir),
            (true, Ok(dir)) if !dir.listing.is_empty() => Err(Errno::NotEmpty),
            _ => Ok(()),
        }
    }

    pub fn stat(&self, id: Id) -> Result<Stat> {
        let node = self.node(id)?;
        Ok(Stat {
            device: self.device,
            inode: id,
            file_type: node.file_type(),
            links: node.links,
            size: node.size(),
            accessed: node.accessed,
            modified: node.modified,
            changed: node.changed,
        })
    }

    pub fn set_times(&mut self, id: Id, times: SetTimes) -> Result<()> {
        let now = Timestamp::now();
        let node = self.node_mut(id)?;
        let set = |old: &mut Timestamp, new: SetTime| match new {
            SetTime::Keep => {}
            SetTime::Now => *old = now,
            SetTime::At(time) => *old = time,
        };
        set(&mut node.accessed, times.accessed);
        set(&mut node.modified, times.modified);
        node.changed = now;
        Ok(())
    }
}

impl Directory {
    pub fn new(parent: Id) -> Directory {
        Directory {
            parent,
            names: HashMap::new(),
            listing: BTreeMap::new(),
            next_cookie: DOT_DOT_COOKIE + 1,
        }
    }
}

impl Node {
    fn new(content: Content, links: u64) -> Node {
        let now = Timestamp::now();
        Node { content, links, opens: 0, accessed: now, modified: now, changed: now }
    }

    pub fn file_type(&self) -> FileType {
        match self.content {
            Content::File(_) => FileType::RegularFile,
            Content::Dir(_) => FileType::Directory,
            Content::Link(_) => FileType::SymbolicLink,
        }
    }

    /// The size of the content, which is also what it costs.
    fn size(&self) -> u64 {
        match &self.content {
            Content::File(bytes) | Content::Link(bytes) => bytes.len() as u64,
            Content::Dir(_) => 0,
        }
    }

    /// Notes a change of content.
    pub fn touch(&mut self) {
        let now = Timestamp::now();
        self.modified = now;
        self.changed = now;
    }
}
