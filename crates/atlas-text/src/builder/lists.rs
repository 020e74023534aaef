//! Lists, and definitions with what they define.
//!
//! Invariant: every item knows the block that introduces it, if there is one; a definition is introduced by its term.

use atlas_domain::BlockKind;

use super::{Builder, List};

impl Builder {
    /// Starts a list; the block before it introduces its items if it does not end a sentence.
    pub fn list_open(&mut self) {
        self.flush();
        let stem = self.last_above().filter(|index| self.introduces(*index));
        self.lists.push(List {
            stem,
            ..List::default()
        });
    }
    /// The last block that is not an item of a deeper list: a list may stand beside the item that it belongs to.
    fn last_above(&self) -> Option<usize> {
        const LOOK_BACK: usize = 64;
        let depth = self.lists.len();
        let blocks = self.out.blocks.iter().enumerate().rev().take(LOOK_BACK);
        blocks
            .skip_while(|(_, block)| depth > 0 && block.kind == BlockKind::ListItem && usize::from(block.level) > depth)
            .map(|(index, _)| index)
            .next()
    }

    /// Ends a list.
    pub fn list_close(&mut self) {
        self.flush();
        self.end_implicit_list();
        self.lists.pop();
    }

    /// Starts an item; an item outside any list is an item of a list of its own.
    pub fn item_open(&mut self) {
        self.flush();
        if self.lists.is_empty() {
            let last = self.out.blocks.len().checked_sub(1);
            let stem = last.filter(|index| self.introduces(*index));
            self.lists.push(List {
                stem,
                implicit: true,
                ..List::default()
            });
        }
        if let Some(list) = self.lists.last_mut() {
            list.fresh_item = true;
        }
    }
    /// Ends an item.
    pub fn item_close(&mut self) {
        self.flush();
        if let Some(list) = self.lists.last_mut() {
            list.fresh_item = false;
        }
        self.end_implicit_list();
    }
    fn end_implicit_list(&mut self) {
        if self.lists.last().is_some_and(|list| list.implicit) {
            self.lists.pop();
        }
    }

    /// Starts a list of definitions.
    pub fn definitions_open(&mut self) {
        self.flush();
        self.lists.push(List::default());
    }
    /// Starts a term.
    pub fn term_open(&mut self) {
        self.flush();
        if let Some(list) = self.lists.last_mut() {
            (list.stem, list.fresh_item) = (None, false);
        }
    }
    /// Ends a term: what follows is introduced by it.
    pub fn term_close(&mut self) {
        let before = self.out.blocks.len();
        self.flush();
        let term = self.out.blocks.len().checked_sub(1).filter(|last| *last >= before);
        if let (Some(list), Some(_)) = (self.lists.last_mut(), term) {
            list.stem = term;
        }
    }
}
