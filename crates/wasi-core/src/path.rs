//! The resolution of a path beneath a directory, written once for all who cannot leave it to the
//! kernel.
//!
//! A [`Resolver`] keeps the stack of directories it came through. `..` pops the stack and is
//! refused at its bottom, so it never asks the file system for a parent; a symbolic link is
//! expanded by hand into the components still to do. What the resolver holds open cannot be
//! exchanged beneath it by a rename, and it never hands a path of more than one component on.
//!
//! ```text
//! root ── a ── b          stack: what we are in
//!               └ "c" "..", "d/"   todo: what is left, last component first out at the end
//! ```
//!
//! The last component is the caller's to act on, without following links; when it turns out to be
//! a link that must be followed, the caller hands its target to [`Resolver::expand`] and asks for
//! the last component again. So there is no window between a check and the act.

use crate::Errno;
use crate::fs::{MAX_LINKS, MAX_NAME, Result, check_path};

/// What lies at a name in the middle of a path.
pub enum Step<D> {
    /// A directory, now open.
    Dir(D),
    /// A symbolic link with this target.
    Link(Vec<u8>),
}

/// A file system as the resolver sees it.
pub trait Walk {
    /// An open directory.
    type Dir;

    /// Enters `name` in `dir`, never following a link.
    ///
    /// # Errors
    /// [`Errno::NotDir`] when it is neither directory nor link; [`Errno::NoEnt`] and whatever
    /// else the file system says.
    fn enter(&self, dir: &Self::Dir, name: &[u8]) -> Result<Step<Self::Dir>>;
}

/// The last component of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Last {
    /// A name in the directory reached.
    Name(Vec<u8>),
    /// The directory reached itself: the path ended in `.`
    Dot,
    /// The directory reached itself: the path ended in `..`
    DotDot,
}

/// A path being resolved.
pub struct Resolver<'w, W: Walk> {
    walk: &'w W,
    root: &'w W::Dir,
    stack: Vec<W::Dir>,
    todo: Vec<Vec<u8>>,
    links: usize,
    slash: bool,
}

impl<'w, W: Walk> Resolver<'w, W> {
    /// Begins with `path` at `root`.
    ///
    /// # Errors
    /// As [`check_path`], and [`Errno::NameTooLong`] for a component.
    pub fn new(walk: &'w W, root: &'w W::Dir, path: &str) -> Result<Resolver<'w, W>> {
        check_path(path)?;
        let mut resolver =
            Resolver { walk, root, stack: Vec::new(), todo: Vec::new(), links: 0, slash: false };
        resolver.push(path.as_bytes())?;
        Ok(resolver)
    }

    fn push(&mut self, path: &[u8]) -> Result<()> {
        if self.todo.is_empty() && path.ends_with(b"/") {
            self.slash = true;
        }
        for part in path.rsplit(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            if part.len() > MAX_NAME {
                return Err(Errno::NameTooLong);
            }
            self.todo.push(part.to_vec());
        }
        Ok(())
    }

    /// The directory reached so far.
    pub fn dir(&self) -> &W::Dir {
        self.stack.last().unwrap_or(self.root)
    }

    /// The directory reached, for keeping; `None` when it is the root.
    pub fn into_dir(mut self) -> Option<W::Dir> {
        self.stack.pop()
    }

    /// Whether the path ended in a slash, so that only a directory will do.
    pub fn slash(&self) -> bool {
        self.slash
    }

    /// Goes as far as the last component.
    ///
    /// # Errors
    /// [`Errno::Perm`] for a step out of the root; [`Errno::Loop`]; those of [`Walk::enter`].
    pub fn last(&mut self) -> Result<Last> {
        let mut dotted = Last::Dot;
        while let Some(part) = self.todo.pop() {
            match part.as_slice() {
                b"." => dotted = Last::Dot,
                b".." => {
                    self.stack.pop().ok_or(Errno::Perm)?;
                    dotted = Last::DotDot;
                }
                _ if self.todo.is_empty() => return Ok(Last::Name(part)),
                name => match self.walk.enter(self.dir(), name)? {
                    Step::Dir(dir) => self.stack.push(dir),
                    Step::Link(target) => self.expand(&target)?,
                },
            }
        }
        Ok(dotted)
    }

    /// Puts the target of a link, found at the component just given out, before what is left.
    ///
    /// # Errors
    /// [`Errno::Loop`] for too many links; [`Errno::Perm`] for an absolute target;
    /// [`Errno::NoEnt`] for an empty one.
    pub fn expand(&mut self, target: &[u8]) -> Result<()> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(Errno::Loop);
        }
        match target.first() {
            None => Err(Errno::NoEnt),
            Some(b'/') => Err(Errno::Perm),
            Some(_) => self.push(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `d` names a directory anywhere, `l` a link to `d/d`, `up` a link to `..`, `x` a file.
    struct Toy;

    impl Walk for Toy {
        type Dir = usize;
        fn enter(&self, dir: &usize, name: &[u8]) -> Result<Step<usize>> {
            match name {
                b"d" => Ok(Step::Dir(dir + 1)),
                b"l" => Ok(Step::Link(b"d/d".to_vec())),
                b"up" => Ok(Step::Link(b"..".to_vec())),
                b"abs" => Ok(Step::Link(b"/etc".to_vec())),
                b"self" => Ok(Step::Link(b"self".to_vec())),
                b"x" => Err(Errno::NotDir),
                _ => Err(Errno::NoEnt),
            }
        }
    }

    fn resolve(path: &str) -> Result<(usize, Last, bool)> {
        let mut resolver = Resolver::new(&Toy, &0, path)?;
        let last = resolver.last()?;
        Ok((*resolver.dir(), last, resolver.slash()))
    }

    #[test]
    fn nothing_leads_out() {
        for path in ["..", "d/../..", "up/x", "d/up/../q", "/", "/d", "abs/q", "l/../../../q"] {
            assert_eq!(resolve(path), Err(Errno::Perm), "{path}");
        }
    }

    #[test]
    fn malformed_paths_are_told_apart() {
        assert_eq!(resolve(""), Err(Errno::NoEnt));
        assert_eq!(resolve("d\0"), Err(Errno::Inval));
        assert_eq!(resolve(&"n".repeat(256)), Err(Errno::NameTooLong));
        assert_eq!(resolve(&"d/".repeat(3000)), Err(Errno::NameTooLong));
        assert_eq!(resolve("self/q"), Err(Errno::Loop));
        assert_eq!(resolve("x/q"), Err(Errno::NotDir));
        assert_eq!(resolve("x/."), Err(Errno::NotDir));
        assert_eq!(resolve("q/q"), Err(Errno::NoEnt));
    }

    #[test]
    fn last_components() {
        let name = |n: &str| Last::Name(n.as_bytes().to_vec());
        assert_eq!(resolve("d/d/n"), Ok((2, name("n"), false)));
        assert_eq!(resolve("d//d/./n//"), Ok((2, name("n"), true)));
        assert_eq!(resolve("l/n"), Ok((2, name("n"), false)));
        assert_eq!(resolve("l"), Ok((0, name("l"), false)));
        assert_eq!(resolve("d/."), Ok((1, Last::Dot, false)));
        assert_eq!(resolve("d/d/.."), Ok((1, Last::DotDot, false)));
        assert_eq!(resolve("d/d/up/n"), Ok((1, name("n"), false)));
        assert_eq!(resolve("."), Ok((0, Last::Dot, false)));
    }
}
