//! The table.

/// Figures in the order they were measured.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Row>);

#[derive(Debug)]
struct Row {
    number: &'static str,
    what: String,
    measured: String,
    target: &'static str,
    met: Option<bool>,
}

impl Report {
    /// A figure with a target.
    pub(super) fn figure(
        &mut self,
        number: &'static str,
        what: impl Into<String>,
        measured: impl Into<String>,
        target: &'static str,
        met: bool,
    ) {
        self.0.push(Row { number, what: what.into(), measured: measured.into(), target, met: Some(met) });
    }

    /// A figure that has none.
    pub(super) fn fact(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.0.push(Row { number: "", what: what.into(), measured: measured.into(), target: "", met: None });
    }

    /// Prints the table as Markdown.
    pub(super) fn print(&self, quick: bool) {
        println!("\n| | figure | measured | target | |\n|---|---|---|---|---|");
        for row in &self.0 {
            let met = match row.met {
                None => "",
                Some(_) if quick => "smoke",
                Some(true) => "met",
                Some(false) => "**missed**",
            };
            println!("| {} | {} | {} | {} | {met} |", row.number, row.what, row.measured, row.target);
        }
    }
}

/// The value below which `percent` of the sorted samples lie.
pub(super) fn percentile(samples: &mut [u64], percent: usize) -> u64 {
    samples.sort_unstable();
    let index = (samples.len() * percent).div_ceil(100).saturating_sub(1);
    samples.get(index).copied().unwrap_or_default()
}

/// Microseconds as milliseconds.
pub(super) fn ms(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_of_the_sorted_samples() {
        let mut samples: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(
            (percentile(&mut samples, 50), percentile(&mut samples, 99), percentile(&mut samples, 100)),
            (50, 99, 100)
        );
        assert_eq!(percentile(&mut [], 50), 0);
        assert_eq!(percentile(&mut [7], 99), 7);
    }
}
