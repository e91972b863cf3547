//! A small HTTP front that runs the CGI program once per request, as a shared host's web server does: for `make run`,
//! and for a machine of one's own behind a TLS proxy. Not part of what is uploaded, and no general web server.

mod children;
mod files;
mod http;
mod script;
mod site;

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use children::Children;
use site::Site;

/// Requests answered at once; the rest waits in the kernel's queue, as on a small host.
const WORKERS: usize = 8;
/// How long the children may take to end when this program is told to.
const GRACE: Duration = Duration::from_secs(3);
/// sysexits.h: EX_CONFIG.
const EXIT_CONFIGURATION: u8 = 78;

/// Serves NEO over HTTP: runs the CGI program per request and ticks as cron would.
#[derive(Parser)]
#[command(name = "neo-serve", version)]
struct Options {
    /// The CGI program
    #[arg(long, default_value = "public_html/neo.cgi")]
    cgi: PathBuf,
    /// The folder of the files that are served as they are
    #[arg(long, default_value = "public_html")]
    public_html: PathBuf,
    /// The data folder, outside the public one (NEO_DATA of the program)
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8025")]
    listen: SocketAddr,
    /// Seconds from one tick to the next; 0 never ticks
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    tick_every: u64,
    /// Seconds that a page may take before the program is ended
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    time_out: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "neo-serve: {why}");
            ExitCode::from(EXIT_CONFIGURATION)
        }
    }
}

/// Starts the workers and the clock, then waits for the signal to end.
fn run(options: &Options) -> Result<(), String> {
    let listener =
        TcpListener::bind(options.listen).map_err(|error| format!("{}: {error}", options.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(|error| error.to_string())?;
    let time_out = Duration::from_secs(options.time_out);
    let site = Site::open(&options.cgi, &options.public_html, &options.data, address, time_out)?;
    let site = Arc::new(site);
    let children = Arc::new(Children::default());
    let busy = Arc::new(AtomicUsize::new(0));

    for _ in 0..WORKERS {
        let listener = listener.try_clone().map_err(|error| error.to_string())?;
        let (site, children, busy) = (Arc::clone(&site), Arc::clone(&children), Arc::clone(&busy));
        std::thread::spawn(move || work(&listener, &site, &children, &busy));
    }
    if options.tick_every > 0 {
        let every = Duration::from_secs(options.tick_every);
        let (site, children) = (Arc::clone(&site), Arc::clone(&children));
        std::thread::spawn(move || tick(every, &site, &children));
    }

    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "http://{address}/neo.cgi/").and_then(|()| stdout.flush());
    signals.forever().next();
    children.end_all(GRACE);
    let last_replies = Instant::now() + Duration::from_secs(1);
    while busy.load(Ordering::Acquire) > 0 && Instant::now() < last_replies {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn work(listener: &TcpListener, site: &Site, children: &Children, busy: &AtomicUsize) {
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                busy.fetch_add(1, Ordering::AcqRel);
                site.converse(stream, peer, children);
                busy.fetch_sub(1, Ordering::AcqRel);
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)), // out of file handles: others will free some
        }
    }
}

/// The clock of a host without cron: one tick after the other, never two at once.
fn tick(every: Duration, site: &Site, children: &Children) {
    loop {
        std::thread::sleep(every);
        if let Err(why) = script::tick(site, children) {
            let _ = writeln!(std::io::stderr(), "neo-serve: tick: {why}");
        }
    }
}
