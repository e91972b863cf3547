use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use neo::guard::{self, Flow, Limits, drill};

fn main() -> ExitCode {
    if let Some((kind, folder)) = drill::asked() {
        return drill::runaway(kind, &folder);
    }
    guard::arm(Flow::Command, Limits::for_flow(Flow::Command));
    let words: Vec<String> = std::env::args_os().skip(1).filter_map(|word| word.into_string().ok()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let kind = match words.as_slice() {
        ["drill", kind, ..] => drill::DrillKind::parse(kind),
        _ => None,
    };
    let Some(kind) = kind else { return ExitCode::from(64) };
    let folder = std::env::var_os("NEO_DATA").unwrap_or_else(|| ".".into());
    match drill::run(kind, Path::new(&folder)) {
        Ok(report) => {
            let line = serde_json::to_string(&report).unwrap_or_default();
            let _ = writeln!(std::io::stdout(), "{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let said = error.refusal().map(|refusal| refusal.say(neo::texts::Language::En));
            let _ = writeln!(std::io::stderr(), "{}", said.unwrap_or_else(|| format!("{error:?}")));
            ExitCode::from(error.exit_code())
        }
    }
}
