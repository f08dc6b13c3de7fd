//! The process that hands out seeds to workers and gathers what they say.

use crate::options::Options;
use crate::worker::Report;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A worker that says nothing for this time hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A seed on which engines differ, or which killed its process.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed.
    pub seed: u64,
    /// What happened.
    pub what: String,
}

/// The sums of all seeds.
#[derive(Debug, Default)]
pub struct Sums {
    seeds: AtomicU64,
    compared: AtomicU64,
    undecided: AtomicU64,
    calls: AtomicU64,
    returned: AtomicU64,
}

impl Sums {
    fn add(&self, report: &Report) {
        let add = |to: &AtomicU64, n| to.fetch_add(n, Ordering::Relaxed);
        add(&self.seeds, 1);
        add(&self.compared, report.outcome.compared);
        add(&self.undecided, report.outcome.undecided);
        add(&self.calls, report.outcome.calls);
        add(&self.returned, report.outcome.returned);
    }

    fn text(&self) -> String {
        let get = |from: &AtomicU64| from.load(Ordering::Relaxed);
        format!(
            "{} modules, {} comparisons ({} undecided), {} calls ({} returned, {} trapped)",
            get(&self.seeds),
            get(&self.compared),
            get(&self.undecided),
            get(&self.calls),
            get(&self.returned),
            get(&self.calls).saturating_sub(get(&self.returned))
        )
    }
}

/// What the crew shares.
struct Crew<'a> {
    options: &'a Options,
    next: AtomicU64,
    failed: AtomicBool,
    started: Instant,
    sums: Sums,
    findings: Mutex<Vec<Finding>>,
}

/// Plays all the seeds; returns what was found, by seed.
///
/// # Errors
/// If workers cannot be started or do not work at all.
pub fn run(options: &Options) -> Result<Vec<Finding>, String> {
    let crew = Crew {
        options,
        next: AtomicU64::new(0),
        failed: AtomicBool::new(false),
        started: Instant::now(),
        sums: Sums::default(),
        findings: Mutex::new(Vec::new()),
    };
    std::thread::scope(|scope| {
        let members: Vec<_> = (0..options.jobs).map(|_| scope.spawn(|| crew.member())).collect();
        for member in members {
            member.join().map_err(|_| "a thread of the crew panicked".to_owned())??;
        }
        Ok::<(), String>(())
    })?;
    let mut findings = crew.findings.into_inner().unwrap_or_else(|e| e.into_inner());
    findings.sort_by_key(|finding| finding.seed);
    println!("{} in {} s", crew.sums.text(), crew.started.elapsed().as_secs());
    Ok(findings)
}

impl Crew<'_> {
    /// The next seed; none when it is enough.
    fn seed(&self) -> Option<u64> {
        let late = self.options.time.is_some_and(|time| self.started.elapsed() >= time);
        if late || self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number > 0 && number.is_multiple_of(10_000) {
            let seconds = self.started.elapsed().as_secs();
            println!("{number} seeds after {seconds} s: {}", self.sums.text());
        }
        (number < self.options.count).then(|| self.options.seed.wrapping_add(number))
    }

    /// Keeps one worker busy; a new one takes the place of one that died.
    fn member(&self) -> Result<(), String> {
        let mut pending = self.seed();
        while pending.is_some() {
            let mut worker = Worker::start(self.options)?;
            let mut done = 0;
            while let Some(seed) = pending {
                match worker.play(seed) {
                    Ok(report) => {
                        self.take(report);
                        done += 1;
                        pending = self.seed();
                    }
                    Err(what) => {
                        let what = format!("{what}{}", worker.end());
                        if done == 0 && what.contains("exit status: 2") {
                            self.failed.store(true, Ordering::Relaxed);
                            return Err(what);
                        }
                        self.found(seed, what);
                        pending = self.seed();
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn take(&self, report: Report) {
        self.sums.add(&report);
        if let Some(text) = report.text {
            self.found(report.seed, text);
        }
    }

    fn found(&self, seed: u64, what: String) {
        println!("seed {seed}: {what}");
        let mut findings = self.findings.lock().unwrap_or_else(|e| e.into_inner());
        findings.push(Finding { seed, what });
    }
}

/// A worker's process.
struct Worker {
    child: Child,
    to: ChildStdin,
    from: mpsc::Receiver<String>,
}

impl Worker {
    fn start(options: &Options) -> Result<Worker, String> {
        let mut command = this_program("worker")?;
        command.args(options.same_view());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("cannot start a worker: {e}"))?;
        let (Some(to), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a worker has no pipes".to_owned());
        };
        let (sender, from) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Worker { child, to, from })
    }

    /// Has a seed played.
    fn play(&mut self, seed: u64) -> Result<Report, String> {
        let sent = writeln!(self.to, "{seed}").and_then(|()| self.to.flush());
        if let Err(e) = sent {
            return Err(format!("the process died before it began ({e})"));
        }
        match self.from.recv_timeout(PATIENCE) {
            Ok(line) => Report::read(&line).ok_or_else(|| format!("the process says `{line}`")),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(format!("the process hangs for {} s", PATIENCE.as_secs()))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err("the process died".to_owned()),
        }
    }

    /// Ends the process and says how it ended.
    fn end(mut self) -> String {
        // Nothing more will come, so it may have ended already: then this does nothing.
        if self.child.try_wait().ok().flatten().is_none() {
            std::thread::sleep(Duration::from_millis(50));
            let _ = self.child.kill();
        }
        match self.child.wait_with_output() {
            Ok(output) => {
                let stderr = String::from_utf8_lossy(&output.stderr);
                format!(" ({}) {}", output.status, stderr.trim().replace('\n', " "))
            }
            Err(e) => format!(" ({e})"),
        }
    }
}

/// A command that runs this program in another role.
///
/// # Errors
/// If the system does not say where the program is.
pub fn this_program(role: &str) -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|e| format!("where is this program? {e}"))?;
    let mut command = Command::new(program);
    // Every worker has a processor: its engines compile on that one.
    command.arg(role).env("RAYON_NUM_THREADS", "1");
    Ok(command)
}
