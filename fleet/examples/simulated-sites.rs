//! A hundred thousand sites in one small process, for benches/fleet: every loopback address answers on one port.
//! Not an install: it answers every call at once, says when to come again, and counts.
//!
//! simulated-sites SECONDS: each site asks to be called again so many seconds after its call. Prints its port, and at a
//! line on standard input how many calls have come.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a broken bench may stop here")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use neo::domain::calendar::rfc3339_utc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn main() {
    let wait: i64 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(86_400);
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
            println!("{}", listener.local_addr().unwrap().port());
            loop {
                let Ok((socket, _)) = listener.accept().await else { continue };
                let calls = Arc::clone(&counted);
                tokio::spawn(async move { answer(socket, wait, &calls).await });
            }
        });
    });
    for _ in std::io::stdin().lines() {
        println!("{}", calls.load(Ordering::Relaxed));
    }
}

async fn answer(mut socket: TcpStream, wait: i64, calls: &AtomicU64) -> Option<()> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if socket.read_buf(&mut head).await.ok()? == 0 || head.len() > 8192 {
            return None;
        }
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let header = |name: &str| Some(head.split(name).nth(1)?.lines().next()?.trim().to_string());
    let (site, at) = (header("x-neo-site:")?, header("x-neo-time:")?.parse::<i64>().ok()?);
    calls.fetch_add(1, Ordering::Relaxed);
    let body = format!(
        r#"{{"run":1,"source":"poller","sent":0,"deferred":0,"failed":0,"left":0,"next_due":"{}","stopped_by":null,"elapsed_ms":3,"peak_rss_kib":5000,"version":"0.9.0","site":"{site}","trips":0,"beats":{{"poller":{at}}},"key_valid_until":null,"feed_number":0,"wanted_clock":"poller","broadcasts_waiting":0}}"#,
        rfc3339_utc(at + wait)
    );
    let reply =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    socket.write_all(reply.as_bytes()).await.ok()
}
