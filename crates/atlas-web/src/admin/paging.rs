//! Long lists in pages, for the staff area.
//!
//! Invariant: a page beyond the last one is empty and leads back; no number from an address overflows.

/// One page of a list whose length is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    page: u16,
    rows: u16,
    total: i64,
}

impl Paging {
    /// Page `page` (from 0) of a list with `rows` rows a page; its length is told later.
    pub(super) const fn new(page: u16, rows: u16) -> Self {
        Self { page, rows, total: 0 }
    }
    /// Tells the length of the list.
    pub(super) const fn of(self, total: i64) -> Self {
        Self { total, ..self }
    }
    /// The same, of a list that was read whole.
    pub(super) fn of_counted(self, total: usize) -> Self {
        self.of(i64::try_from(total).unwrap_or(i64::MAX))
    }
    /// The rows of this page.
    pub(super) fn rows_of<T>(&self, whole: Vec<T>) -> impl Iterator<Item = T> {
        let (page, rows) = (usize::from(self.page), usize::from(self.rows));
        whole.into_iter().skip(page * rows).take(rows)
    }
    /// The number of this page, from 0.
    pub(super) const fn page(&self) -> u16 {
        self.page
    }
    /// The length of the list.
    pub(super) const fn total(&self) -> i64 {
        self.total
    }
    /// Rows to be read.
    pub(super) fn limit(&self) -> i64 {
        i64::from(self.rows)
    }
    /// Rows to be left out before them.
    pub(super) fn offset(&self) -> i64 {
        i64::from(self.page) * i64::from(self.rows)
    }
    /// The page before.
    pub(super) const fn before(&self) -> Option<u16> {
        self.page.checked_sub(1)
    }
    /// The page after, if there is one.
    pub(super) fn after(&self) -> Option<u16> {
        (self.offset() + self.limit() < self.total)
            .then(|| self.page.checked_add(1))
            .flatten()
    }
    /// `Rows 51 to 100 of 214`.
    pub(super) fn words(&self) -> String {
        if self.total == 0 || self.offset() >= self.total {
            return format!("{} in all", self.total);
        }
        let last = (self.offset() + self.limit()).min(self.total);
        if self.page == 0 && last == self.total {
            return format!("{} in all", self.total);
        }
        format!("{} to {last} of {}", self.offset() + 1, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::Paging;

    #[test]
    fn a_page_knows_its_rows_and_its_neighbours() {
        let of = |page| Paging::new(page, 50).of(120);
        assert_eq!((of(0).before(), of(0).after()), (None, Some(1)));
        assert_eq!(of(1).words(), "51 to 100 of 120");
        assert_eq!((of(2).before(), of(2).after()), (Some(1), None));
        assert_eq!(of(2).words(), "101 to 120 of 120");
        assert_eq!(Paging::new(0, 50).of(50).after(), None);
        assert_eq!(Paging::new(0, 50).of(50).words(), "50 in all");
    }

    #[test]
    fn the_rows_of_a_page_are_cut_from_the_whole_list() {
        let page = |page| {
            Paging::new(page, 2)
                .of_counted(3)
                .rows_of(vec!['a', 'b', 'c'])
                .collect::<String>()
        };
        assert_eq!([page(0), page(1), page(2)], ["ab", "c", ""]);
    }

    #[test]
    fn a_page_beyond_the_end_leads_back() {
        let beyond = Paging::new(u16::MAX, 50).of(120);
        assert_eq!((beyond.before(), beyond.after()), (Some(u16::MAX - 1), None));
        assert_eq!(beyond.words(), "120 in all");
    }
}
