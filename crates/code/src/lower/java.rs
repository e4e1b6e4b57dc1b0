//! Java. Not lowered yet: nothing in such a file is found.

use tree_sitter::Node;

use super::Lowering;

/// Lowers a file.
pub(super) fn lower(_lowering: &mut Lowering<'_>, _root: Node<'_>) {}
