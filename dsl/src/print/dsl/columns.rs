//! Lines whose cells stand below each other.

/// Rows of cells; a column is as wide as its widest cell.
pub(crate) struct Columns {
    rows: Vec<Vec<String>>,
    widths: Vec<usize>,
}

impl Columns {
    /// Measures the rows. Cells that nothing follows do not count: they may be as long as they like.
    pub(crate) fn new(rows: Vec<Vec<String>>) -> Self {
        let mut widths: Vec<usize> = Vec::new();
        for row in &rows {
            let followed = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
            for (at, cell) in row.iter().take(followed).enumerate() {
                if widths.len() <= at {
                    widths.resize(at + 1, 0);
                }
                if let Some(width) = widths.get_mut(at) {
                    *width = cell.chars().count().max(*width);
                }
            }
        }
        Self { rows, widths }
    }

    /// Writes the rows, one a line. `gaps` stand between the columns.
    pub(crate) fn write(&self, out: &mut String, indent: &str, gaps: &[&str]) {
        for row in &self.rows {
            out.push_str(indent);
            self.row(row, out, gaps);
            out.push('\n');
        }
    }

    /// Writes one row without its line end.
    pub(crate) fn row(&self, row: &[String], out: &mut String, gaps: &[&str]) {
        let last = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
        for (at, cell) in row.iter().take(last + 1).enumerate() {
            out.push_str(cell);
            if at < last {
                let width = self.widths.get(at).copied().unwrap_or(0);
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
                out.push_str(gaps.get(at).copied().unwrap_or(" "));
            }
        }
    }
}
