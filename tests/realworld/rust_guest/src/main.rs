//! A Rust program of ordinary habits: arguments, environment, files, a regular expression, JSON,
//! collections, a clock that never runs backwards, and an exit code of its own.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use regex::Regex;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Bird {
    name: String,
    wingspan_cm: u32,
    colours: Vec<String>,
}

/// Counts the words of a text, most frequent first, ties by the word.
fn count_words(text: &str) -> Vec<(String, usize)> {
    let word = Regex::new(r"(?i)\b[a-z]+\b").expect("a valid pattern");
    let mut counts: HashMap<String, usize> = HashMap::new();
    for found in word.find_iter(text) {
        *counts.entry(found.as_str().to_lowercase()).or_default() += 1;
    }
    let mut list: Vec<_> = counts.into_iter().collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}

/// Writes birds as JSON below the mounted directory, reads them again, and compares.
fn through_a_file(dir: &str) -> io::Result<()> {
    let birds = vec![
        Bird {
            name: "Bohemian waxwing".into(),
            wingspan_cm: 34,
            colours: vec!["grey".into(), "red".into(), "yellow".into()],
        },
        Bird { name: "Cedar waxwing".into(), wingspan_cm: 26, colours: vec!["brown".into()] },
    ];
    fs::create_dir_all(format!("{dir}/nest/deep"))?;
    let path = format!("{dir}/nest/deep/birds.json");
    fs::write(&path, serde_json::to_string_pretty(&birds)?)?;
    let back: Vec<Bird> = serde_json::from_str(&fs::read_to_string(&path)?)?;
    println!("same birds: {}", back == birds);
    println!("bytes: {}", fs::metadata(&path)?.len());
    let mut names: Vec<_> = fs::read_dir(format!("{dir}/nest"))?
        .map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()?;
    names.sort();
    println!("nest holds: {names:?}");
    match fs::read_to_string(format!("{dir}/absent")) {
        Ok(_) => println!("absent: there?"),
        Err(error) => println!("absent: {:?}", error.kind()),
    }
    fs::remove_dir_all(format!("{dir}/nest"))
}

fn main() -> io::Result<()> {
    let started = Instant::now();
    let args: Vec<String> = std::env::args().skip(1).collect();
    println!("args: {args:?}");
    println!("BIRD={:?}", std::env::var("BIRD"));
    let mut text = String::new();
    for line in io::stdin().lock().lines() {
        text.push_str(&line?);
        text.push('\n');
    }
    for (word, count) in count_words(&text).into_iter().take(5) {
        println!("{count} {word}");
    }
    let value: serde_json::Value =
        serde_json::from_str(r#"{"b":[1,2.5,null,"\u00e9"],"a":{"deep":true}}"#)?;
    let sorted: BTreeMap<String, serde_json::Value> = serde_json::from_value(value)?;
    println!("{}", serde_json::to_string(&sorted)?);
    if let Some(dir) = args.first() {
        through_a_file(dir)?;
    }
    let total: u64 = (1..=1_000_000u64).filter(|n| n % 3 == 0).map(|n| n * n % 1009).sum();
    println!("total: {total}");
    println!("time moved: {}", Instant::now() >= started);
    io::stdout().flush()?;
    std::process::exit(3)
}
