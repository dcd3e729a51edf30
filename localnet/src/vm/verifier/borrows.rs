//! Which references came from which, and by what way.
//!
//! A reference that is made from another one becomes its child; the edge between them says which part of the parent's value
//! the child refers to. Whether an instruction may use a reference depends only on its children: a reference that is written
//! through must have none, one that is read must have no mutable ones. When a reference is dropped, its children become those
//! of its parents. Two children of one parent never refer to the same place unless both are only read: a new child takes over
//! those that were there before and whose places lie within its own.

use super::super::types::Mutability;
use super::error::Rule;
use super::meter::Meter;
use std::collections::BTreeMap;

/// A live reference, or the function's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(pub(super) usize);

/// One step into a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A local of the frame.
    Local(u8),
    /// A field, by its handle.
    Field(u16),
    /// A field of a variant: definition of the enum, variant, number of the field.
    VariantField(u16, u16, usize),
}

/// From a reference to one made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edge {
    parent: Node,
    child: Node,
    /// Steps from the parent's value to the child's.
    path: Vec<Step>,
    /// Whether the child refers to exactly the end of the path, rather than to something from there on.
    exact: bool,
}

impl Edge {
    /// Whether everything this edge allows for includes what `other` does.
    fn covers(&self, other: &Self) -> bool {
        let same = self.parent == other.parent && self.child == other.child;
        let exactly = self.exact == other.exact && self.path == other.path;
        same && (exactly || (!self.exact && other.path.starts_with(&self.path)))
    }
}

/// All live references.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Borrows {
    nodes: BTreeMap<Node, Mutability>,
    edges: Vec<Edge>,
}

impl Borrows {
    pub(super) fn add(&mut self, node: Node, mutability: Mutability) {
        self.nodes.insert(node, mutability);
    }

    pub(super) fn is_mutable(&self, node: Node) -> bool {
        self.nodes.get(&node) == Some(&Mutability::Mutable)
    }

    /// Whether anything was made from this node: from all of it, or from the part that begins with `step` (from any part if
    /// there is none).
    pub(super) fn is_borrowed(
        &self,
        node: Node,
        step: Option<Step>,
        meter: &mut Meter,
    ) -> Result<bool, Rule> {
        self.any_child(node, step, meter, |_| true)
    }

    /// The same for mutable references.
    pub(super) fn is_borrowed_mutably(
        &self,
        node: Node,
        step: Option<Step>,
        meter: &mut Meter,
    ) -> Result<bool, Rule> {
        self.any_child(node, step, meter, |child| self.is_mutable(child))
    }

    /// Whether anything was made from this node that may be all of it.
    pub(super) fn is_borrowed_whole(&self, node: Node, meter: &mut Meter) -> Result<bool, Rule> {
        meter.charge(self.edges.len())?;
        let mut whole = self.edges.iter().filter(|edge| edge.path.is_empty());
        Ok(whole.any(|edge| edge.parent == node))
    }

    fn any_child(
        &self,
        node: Node,
        step: Option<Step>,
        meter: &mut Meter,
        is: impl Fn(Node) -> bool,
    ) -> Result<bool, Rule> {
        meter.charge(self.edges.len())?;
        Ok(self.edges.iter().any(|edge| {
            edge.parent == node
                && is(edge.child)
                && match (edge.path.first(), step) {
                    (None, _) | (_, None) => true,
                    (Some(first), Some(step)) => *first == step,
                }
        }))
    }

    /// Notes that `child` refers to exactly the end of `path` in `parent`, taking over the parent's children within it.
    pub(super) fn borrow_exactly(
        &mut self,
        parent: Node,
        path: &[Step],
        child: Node,
        meter: &mut Meter,
    ) -> Result<(), Rule> {
        meter.charge(1 + self.edges.len())?;
        for edge in &mut self.edges {
            if edge.parent == parent
                && let Some(rest) = edge.path.strip_prefix(path)
            {
                edge.path = rest.to_vec();
                edge.parent = child;
            }
        }
        self.edges.push(Edge {
            parent,
            child,
            path: path.to_vec(),
            exact: true,
        });
        Ok(())
    }

    /// Notes that `child` refers to something in `parent`.
    pub(super) fn borrow_somewhere(
        &mut self,
        parent: Node,
        child: Node,
        meter: &mut Meter,
    ) -> Result<(), Rule> {
        meter.charge(1)?;
        self.edges.push(Edge {
            parent,
            child,
            path: Vec::new(),
            exact: false,
        });
        Ok(())
    }

    /// Forgets a reference; those made from it become children of what it was made from.
    pub(super) fn release(&mut self, node: Node, meter: &mut Meter) -> Result<(), Rule> {
        meter.charge(1 + self.edges.len())?;
        self.nodes.remove(&node);
        let (gone, kept) = std::mem::take(&mut self.edges)
            .into_iter()
            .partition::<Vec<_>, _>(|edge| edge.parent == node || edge.child == node);
        self.edges = kept;
        for above in gone.iter().filter(|edge| edge.child == node) {
            for below in gone.iter().filter(|edge| edge.parent == node) {
                if above.parent == below.child {
                    continue;
                }
                let mut path = above.path.clone();
                if above.exact {
                    path.extend(&below.path);
                }
                self.insert(
                    Edge {
                        parent: above.parent,
                        child: below.child,
                        path,
                        exact: above.exact && below.exact,
                    },
                    meter,
                )?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, edge: Edge, meter: &mut Meter) -> Result<(), Rule> {
        meter.charge(1 + self.edges.len() + edge.path.len())?;
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
        Ok(())
    }

    /// Gives nodes other numbers; one that is not in the map keeps its own.
    pub(super) fn rename(&mut self, names: &BTreeMap<Node, Node>) {
        let name = |node: Node| names.get(&node).copied().unwrap_or(node);
        self.nodes = std::mem::take(&mut self.nodes)
            .into_iter()
            .map(|(node, mutability)| (name(node), mutability))
            .collect();
        for edge in &mut self.edges {
            edge.parent = name(edge.parent);
            edge.child = name(edge.child);
        }
    }

    /// Allows for everything that `other` does as well; returns whether that is more than before.
    pub(super) fn join(&mut self, other: &Self, meter: &mut Meter) -> Result<bool, Rule> {
        let mut grown = false;
        for edge in &other.edges {
            meter.charge(1 + self.edges.len())?;
            if !self.edges.iter().any(|known| known.covers(edge)) {
                self.edges.push(edge.clone());
                grown = true;
            }
        }
        Ok(grown)
    }

    pub(super) fn size(&self) -> usize {
        self.nodes.len() + self.edges.len()
    }
}
