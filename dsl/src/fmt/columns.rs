//! Cells that stand below each other.

/// The widths of the columns of some rows.
pub(super) struct Columns {
    widths: Vec<usize>,
}

impl Columns {
    /// Measures rows, each with whether something follows its cells. The last cell of a row that nothing follows may
    /// be as long as it likes.
    pub(super) fn new<'r>(rows: impl Iterator<Item = (&'r [String], bool)>) -> Self {
        let mut widths: Vec<usize> = Vec::new();
        for (cells, followed) in rows {
            widths.resize(widths.len().max(cells.len()), 0);
            let measured = if followed { cells.len() } else { cells.len().saturating_sub(1) };
            for (width, cell) in widths.iter_mut().zip(cells).take(measured) {
                *width = cell.chars().count().max(*width);
            }
        }
        Self { widths }
    }

    /// Writes a row's cells, and the gap behind them where something follows. The sign stands one blank behind what is
    /// left of it; flags stand off by two.
    pub(super) fn write(&self, cells: &[String], followed: bool, out: &mut String) {
        for (at, cell) in cells.iter().enumerate() {
            out.push_str(cell);
            let last = at + 1 == cells.len();
            if last && !followed {
                return;
            }
            let width = self.widths.get(at).copied().unwrap_or(0);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            out.push_str(if last && cells.len() > 1 { "  " } else { " " });
        }
    }
}
