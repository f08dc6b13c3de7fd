//! Runs every case of every guest in `tests/guests` through the command. The README there explains
//! the sidecar; its `beyond_peer` does not concern us.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use toml::{Table, Value};

const TRAPPED: i32 = 134;
const TIMED_OUT: i32 = 124;

fn guests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests").canonicalize().unwrap()
}

#[test]
fn guests_do_what_they_must() {
    let scratch = tempfile::tempdir().unwrap();
    let mut sidecars: Vec<PathBuf> = std::fs::read_dir(guests())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    sidecars.sort();
    assert!(!sidecars.is_empty(), "no sidecars in {}", guests().display());
    let mut wrong = String::new();
    for sidecar in sidecars {
        let table: Table = std::fs::read_to_string(&sidecar).unwrap().parse().unwrap();
        let cases = table["case"].as_array().unwrap();
        assert!(!cases.is_empty(), "{} has no cases", sidecar.display());
        for case in cases {
            let case = Case(case.as_table().unwrap());
            let problems = case.run(&sidecar, scratch.path());
            if !problems.is_empty() {
                let name = sidecar.file_stem().unwrap().display();
                writeln!(wrong, "{name} {}:\n{problems}", case.text("name")).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

struct Case<'a>(&'a Table);

impl Case<'_> {
    fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", |v| v.as_str().unwrap())
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        let items = self.0.get(key).map_or(&[][..], |v| v.as_array().unwrap());
        items.iter().map(|v| v.as_str().unwrap()).collect()
    }

    fn number(&self, key: &str, default: i64) -> usize {
        let number = self.0.get(key).map_or(default, |v| v.as_integer().unwrap());
        number.try_into().unwrap()
    }

    fn flag(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|v| v.as_bool().unwrap())
    }

    /// Runs it; says every difference from what is wanted.
    fn run(&self, sidecar: &Path, scratch: &Path) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
        command.arg("run").env("WAXWING_CACHE_DIR", scratch.join("cache"));
        if let Some(env) = self.0.get("env") {
            for (name, value) in env.as_table().unwrap() {
                command.arg("--env").arg(format!("{name}={}", value.as_str().unwrap()));
            }
        }
        if self.0.contains_key("dir") {
            let dir = scratch.join(sidecar.file_stem().unwrap());
            if !self.flag("keep_dir") {
                let _ = std::fs::remove_dir_all(&dir);
                std::fs::create_dir(&dir).unwrap();
            }
            for name in self.texts("files") {
                std::fs::copy(sidecar.with_file_name(name), dir.join(name)).unwrap();
            }
            command.arg("--dir").arg(format!("{}::{}", dir.display(), self.text("dir")));
        }
        if self.0.contains_key("timeout") {
            command.args(["--timeout", self.text("timeout")]);
        }
        let server = self.0.contains_key("say").then(free_address);
        if let Some(address) = &server {
            command.args(["--tcplisten", address]);
        }
        command.arg(sidecar.with_extension("wasm")).args(self.texts("args"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let (output, said) = match server {
            Some(address) => self.talk(child, &address),
            None => (self.feed(child), String::new()),
        };
        said + &self.verify(&output, sidecar)
    }

    fn feed(&self, mut child: Child) -> Output {
        let input = self.text("stdin").repeat(self.number("stdin_times", 1));
        let mut stdin = child.stdin.take().unwrap();
        // A thread, since the guest may write before it has read everything. It may also end
        // before that, so that a failed write is no failure of the guest's.
        let open = self.flag("stdin_open");
        let feeder = std::thread::spawn(move || {
            let _ = stdin.write_all(input.as_bytes());
            open.then_some(stdin)
        });
        let output = child.wait_with_output().unwrap();
        drop(feeder.join().unwrap());
        output
    }

    /// Says each text over a connection of its own, and wants it back.
    fn talk(&self, child: Child, address: &str) -> (Output, String) {
        let mut wrong = String::new();
        for text in self.texts("say") {
            let text = text.repeat(self.number("say_times", 1));
            let mut stream = connect(address);
            let mut sender = stream.try_clone().unwrap();
            let sent = text.clone();
            let sender = std::thread::spawn(move || {
                sender.write_all(sent.as_bytes()).unwrap();
                sender.shutdown(Shutdown::Write).unwrap();
            });
            let mut back = String::new();
            stream.read_to_string(&mut back).unwrap();
            sender.join().unwrap();
            if back != text {
                writeln!(wrong, "  of {} bytes said, {} came back", text.len(), back.len())
                    .unwrap();
            }
        }
        (child.wait_with_output().unwrap(), wrong)
    }

    fn verify(&self, output: &Output, sidecar: &Path) -> String {
        let mut wrong = String::new();
        let want = match (self.0.contains_key("timeout"), self.0.contains_key("trap")) {
            (true, _) => TIMED_OUT,
            (_, true) => TRAPPED,
            _ => self.number("exit", 0) as i32,
        };
        if output.status.code() != Some(want) {
            writeln!(wrong, "  ended with {}, wanted {want}", output.status).unwrap();
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let mut phrases = self.texts("stderr_has");
        phrases.extend(self.0.get("trap").and_then(Value::as_str));
        for phrase in phrases {
            if !stderr.contains(phrase) {
                writeln!(wrong, "  stderr has no `{phrase}`").unwrap();
            }
        }
        if stderr.contains("panicked") {
            writeln!(wrong, "  we panicked").unwrap();
        }
        let expected = match self.text("name") {
            "" => sidecar.with_extension("expected"),
            name => sidecar.with_extension(format!("{name}.expected")),
        };
        let expected = std::fs::read(expected).unwrap();
        if output.stdout != expected {
            let (have, want) = (&output.stdout, &expected);
            let at = have.iter().zip(want).take_while(|(a, b)| a == b).count();
            let (have_len, want_len) = (have.len(), want.len());
            writeln!(wrong, "  stdout differs at byte {at} ({have_len} of {want_len})").unwrap();
        }
        if !wrong.is_empty() {
            writeln!(wrong, "  stderr: {stderr}").unwrap();
        }
        wrong
    }
}

/// An address that nobody listens on at the moment.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Connects once the command listens.
fn connect(address: &str) -> TcpStream {
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    }
}
