//! Running other programs: with their output kept, with their time taken, with their peak memory.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::Result;

/// A command as a person would type it, for messages.
pub fn show(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

/// Runs a command that must succeed; its output is shown only when it fails.
///
/// # Errors
/// When it cannot be started or ends with another code than 0.
pub fn must(command: &mut Command) -> Result<Output> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("cannot start `{}`: {e}", show(command)))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!(
        "`{}` failed ({}):\n{}{}",
        show(command),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// What a command printed on stdout, trimmed; the command must succeed.
///
/// # Errors
/// As [`must`].
pub fn must_say(command: &mut Command) -> Result<String> {
    Ok(String::from_utf8_lossy(&must(command)?.stdout).trim().to_owned())
}

/// Whether a program answers when called so.
pub fn answers(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a child is fed.
pub enum Input {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// Nothing, but the pipe stays open until the child has ended.
    Open,
}

/// Runs a command to its end with an input, its output kept.
///
/// # Errors
/// When it cannot be started or waited for.
pub fn run(command: &mut Command, input: Input) -> Result<Output> {
    let mut child = start(command)?;
    let mut stdin = child.stdin.take();
    let held = match input {
        Input::Open => stdin,
        Input::Bytes(bytes) => {
            // A thread of its own, so that a child that writes before it reads cannot lock us up.
            // A child that ends without reading is no failure of ours.
            thread::spawn(move || stdin.take().map(|mut pipe| pipe.write_all(&bytes)));
            None
        }
    };
    let output = child.wait_with_output().map_err(|e| format!("cannot wait for a child: {e}"));
    drop(held);
    output
}

/// Starts a command with all its pipes ours.
fn start(command: &mut Command) -> Result<Child> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot start `{}`: {e}", show(command)))
}

/// A local address that was free a moment ago.
///
/// # Errors
/// When none can be had.
pub fn free_address() -> Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|e| format!("cannot find a free port: {e}"))
}

/// Runs a server, speaks to it once per text, and expects every text back.
///
/// # Errors
/// When the server cannot be started, never listens, or answers otherwise.
pub fn run_server(command: &mut Command, at: SocketAddr, say: &[String]) -> Result<Output> {
    let mut child = start(command)?;
    drop(child.stdin.take());
    for text in say {
        if let Err(fail) = connect(&mut child, at).and_then(|stream| echoes(stream, text)) {
            // The child may be waiting for a client that will never come.
            let _ = child.kill();
            let output = child.wait_with_output().map_err(|e| e.to_string())?;
            return Err(format!("{fail}\n{}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    child.wait_with_output().map_err(|e| format!("cannot wait for the server: {e}"))
}

/// Connects as soon as the server listens; gives up only when it has ended.
fn connect(child: &mut Child, at: SocketAddr) -> Result<TcpStream> {
    loop {
        match TcpStream::connect(at) {
            Ok(stream) => return Ok(stream),
            Err(e) => {
                if let Ok(Some(status)) = child.try_wait() {
                    return Err(format!("the server ended ({status}) before it listened: {e}"));
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// Sends a text, ends the sending half, and compares what comes back.
fn echoes(mut stream: TcpStream, text: &str) -> Result<()> {
    let fail = |e: std::io::Error| format!("while speaking to the server: {e}");
    let mut sender = stream.try_clone().map_err(fail)?;
    let bytes = text.as_bytes().to_vec();
    let sending = thread::spawn(move || {
        sender.write_all(&bytes)?;
        sender.shutdown(std::net::Shutdown::Write)
    });
    let mut back = String::new();
    stream.read_to_string(&mut back).map_err(fail)?;
    sending.join().map_err(|_| "the sending thread panicked".to_owned())?.map_err(fail)?;
    if back == text {
        return Ok(());
    }
    Err(format!("the server sent {} bytes back for {}", back.len(), text.len()))
}

/// Wall time of one silent run that must succeed.
///
/// # Errors
/// When the command cannot be started or fails.
pub fn time(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().map_err(|e| format!("cannot start `{}`: {e}", show(command)))?;
    let took = started.elapsed();
    if status.success() {
        return Ok(took);
    }
    Err(format!("`{}` failed ({status})", show(command)))
}

/// Peak resident memory of a command, in bytes.
///
/// The kernel counts the memory of the process that a child was made from towards the child, up
/// to its exec. A fresh copy of this program, which has touched almost nothing, is therefore put
/// between.
///
/// # Errors
/// When the command cannot be started or fails.
pub fn peak_memory(command: &Command) -> Result<u64> {
    // By this name the program is found even when a build has replaced its file.
    let mut between = Command::new("/proc/self/exe");
    between.arg(crate::MEASURE).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => between.env(name, value),
            None => between.env_remove(name),
        };
    }
    let said = must_say(&mut between)?;
    said.parse().map_err(|_| format!("no number of bytes: `{said}`"))
}

/// The process between: runs its arguments as a command and prints the peak in bytes.
pub fn measure_main(args: &[String]) -> ExitCode {
    let Some((program, rest)) = args.split_first() else {
        eprintln!("error: no command to measure");
        return ExitCode::from(2);
    };
    let mut command = Command::new(Path::new(program));
    command.args(rest).stdin(Stdio::null()).stdout(Stdio::null());
    match command.spawn().and_then(|child| child.wait4()) {
        Ok(used) if used.status.success() => {
            println!("{}", used.rusage.maxrss);
            ExitCode::SUCCESS
        }
        Ok(used) => {
            eprintln!("error: it ended with {}", used.status);
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("error: {program}: {e}");
            ExitCode::FAILURE
        }
    }
}
