//! Rows, their medians and ratios, as a table or as one JSON object a line.

use serde::Serialize;

/// One figure of a report. A ratio is ours ÷ peer: lower is better.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The unit of `ours` and `peer`.
    pub unit: &'static str,
    /// Our median, or the geometric mean of ratios for rows of unit `ratio`.
    pub ours: Option<f64>,
    /// The peer's median.
    pub peer: Option<f64>,
    /// The peer.
    pub peer_name: String,
    /// `ours` ÷ `peer`.
    pub ratio: Option<f64>,
    /// What the ratio should not exceed; for an absolute goal see `goal_absolute`.
    pub goal: Option<f64>,
    /// What `ours` should not exceed, in `unit`.
    pub goal_absolute: Option<f64>,
    /// Our least.
    pub ours_min: Option<f64>,
    /// The peer's least.
    pub peer_min: Option<f64>,
    /// How many runs each.
    pub runs: usize,
    /// How it was measured.
    pub note: String,
}

/// Samples of one contestant.
#[derive(Clone, Debug, Default)]
pub struct Samples(pub Vec<f64>);

impl Samples {
    /// The median; none without samples.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len() / 2;
        match sorted.len() {
            0 => None,
            n if n % 2 == 1 => Some(sorted[half]),
            _ => Some((sorted[half - 1] + sorted[half]) / 2.0),
        }
    }

    /// The least; none without samples.
    pub fn min(&self) -> Option<f64> {
        self.0.iter().copied().min_by(f64::total_cmp)
    }
}

/// The geometric mean; none without values.
pub fn geomean(values: &[f64]) -> Option<f64> {
    let logs: f64 = values.iter().map(|value| value.ln()).sum();
    (!values.is_empty()).then(|| (logs / values.len() as f64).exp())
}

impl Row {
    /// A row from the samples of both sides.
    pub fn of(name: &str, unit: &'static str, ours: &Samples, peer: &Samples) -> Self {
        let (ours_median, peer_median) = (ours.median(), peer.median());
        Self {
            name: name.to_owned(),
            unit,
            ours: ours_median,
            peer: peer_median,
            peer_name: String::new(),
            ratio: ours_median.zip(peer_median).map(|(ours, peer)| ours / peer),
            goal: None,
            goal_absolute: None,
            ours_min: ours.min(),
            peer_min: peer.min(),
            runs: ours.0.len().max(peer.0.len()),
            note: String::new(),
        }
    }

    /// A row that sums up ratios by their geometric mean.
    pub fn summary(name: &str, ratios: &[f64]) -> Self {
        let mean = geomean(ratios);
        let mut row = Self::of(name, "ratio", &Samples::default(), &Samples::default());
        row.ratio = mean;
        row.ours = mean;
        row.peer = mean.map(|_| 1.0);
        row.runs = ratios.len();
        row
    }

    /// Names the peer.
    pub fn against(mut self, peer: &str) -> Self {
        self.peer_name = peer.to_owned();
        self
    }

    /// Sets the goal of the ratio.
    pub fn goal(mut self, goal: f64) -> Self {
        self.goal = Some(goal);
        self
    }

    /// Says how it was measured.
    pub fn note(mut self, note: &str) -> Self {
        self.note = note.to_owned();
        self
    }

    /// Whether its goal is reached; none when it has none or nothing was measured.
    pub fn reached(&self) -> Option<bool> {
        if let Some(goal) = self.goal_absolute {
            return self.ours.map(|ours| ours <= goal);
        }
        self.ratio.zip(self.goal).map(|(ratio, goal)| ratio <= goal)
    }
}

/// Prints rows as they come.
pub struct Report {
    json: bool,
    rows: Vec<Row>,
}

impl Report {
    /// Starts a report and prints the head of the table.
    pub fn new(json: bool) -> Self {
        if !json {
            println!(
                "{:<34} {:>6} {:>12} {:>12} {:<9} {:>7} {:>8}",
                "name", "unit", "ours", "peer", "peer is", "ratio", "goal"
            );
        }
        Self { json, rows: Vec::new() }
    }

    /// Prints and keeps a row.
    pub fn add(&mut self, row: Row) {
        if self.json {
            match serde_json::to_string(&row) {
                Ok(line) => println!("{line}"),
                Err(e) => eprintln!("error: {e}"),
            }
        } else {
            let figure = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.3}"));
            let goal = match (row.goal_absolute, row.goal) {
                (Some(goal), _) => format!("<={goal:.1}"),
                (None, goal) => goal.map_or(String::new(), |goal| format!("{goal:.2}")),
            };
            let mark = match row.reached() {
                Some(true) => " ok",
                Some(false) => " MISSED",
                None => "",
            };
            println!(
                "{:<34} {:>6} {:>12} {:>12} {:<9} {:>7} {:>8}{mark}",
                row.name,
                row.unit,
                figure(row.ours),
                figure(row.peer),
                row.peer_name,
                figure(row.ratio),
                goal
            );
        }
        self.rows.push(row);
    }

    /// Prints how many goals are reached, and the notes.
    pub fn close(self) {
        if self.json {
            return;
        }
        let judged: Vec<bool> = self.rows.iter().filter_map(Row::reached).collect();
        let reached = judged.iter().filter(|&&reached| reached).count();
        println!(
            "\n{reached} of {} goals reached; ratio is ours / peer, lower is better",
            judged.len()
        );
        let mut notes: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !row.note.is_empty() && !notes.contains(&row.note.as_str()) {
                notes.push(&row.note);
            }
        }
        for note in notes {
            println!("- {note}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_means() {
        assert_eq!(Samples(vec![3.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(Samples(vec![4.0, 1.0, 2.0, 3.0]).median(), Some(2.5));
        assert_eq!(Samples::default().median(), None);
        assert_eq!(Samples(vec![3.0, 1.0]).min(), Some(1.0));
        assert!((geomean(&[0.5, 2.0]).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(geomean(&[]), None);
    }

    #[test]
    fn goals_are_judged_by_ratio_or_by_figure() {
        let (ours, peer) = (Samples(vec![6.0]), Samples(vec![12.0]));
        let row = Row::of("r", "ms", &ours, &peer);
        assert_eq!(row.ratio, Some(0.5));
        assert_eq!(row.reached(), None);
        assert_eq!(row.clone().goal(0.5).reached(), Some(true));
        assert_eq!(row.clone().goal(0.4).reached(), Some(false));
        let absolute = |goal| Row { goal_absolute: Some(goal), ..row.clone() }.reached();
        assert_eq!((absolute(8.0), absolute(5.0)), (Some(true), Some(false)));
        let nothing = Row::of("r", "ms", &Samples::default(), &peer).goal(1.0);
        assert_eq!((nothing.ratio, nothing.reached()), (None, None));
    }
}
