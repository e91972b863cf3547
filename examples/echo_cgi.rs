//! A CGI program that says what it was asked: the gateway's tests run it as a web server would.
//! Not part of NEO, and not an example of a page.
#![allow(clippy::panic, reason = "it breaks on purpose")]

use neo::error::Fault;
use neo::web::gateway;
use neo::web::message::{Method, Reply, Request};
use serde_json::json;

fn main() {
    let after = std::env::var_os("ECHO_AFTER");
    gateway::serve(body_cap, answer, on_fault, || {
        if let Some(file) = std::env::var_os("ECHO_HEAD") {
            let _ = std::fs::write(file, "head");
        }
    });
    if let Some(file) = after {
        gateway::close_reply();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let _ = std::fs::write(file, "after");
    }
}

fn body_cap(method: Method, path: &str) -> usize {
    match (method, path) {
        (Method::Post, "/upload") => 8 * 1024 * 1024,
        (Method::Post, _) => 64 * 1024,
        _ => 0,
    }
}

fn on_fault(fault: Fault) -> Reply {
    match fault.doing.as_str() {
        "answering /panic-twice" => panic!("again"),
        _ => Reply::text(500, format!("incident: {}: {}", fault.doing, fault.cause)),
    }
}

fn answer(request: Request) -> Reply {
    let ok = || Reply::text(200, "ok".to_string());
    match request.path.as_str() {
        "/panic" | "/panic/a-secret-token" | "/panic-twice" => panic!("the handler broke"),
        "/redirect" => Reply::redirect("https://example.jp/neo.cgi/next".to_string()),
        "/redirect/relative" => Reply::redirect("/neo.cgi/next".to_string()),
        "/header/japanese" => ok().with_header("x-name", "花子"),
        "/header/break" => ok().with_header("x-name", "a\r\nset-cookie: b=c"),
        "/header/long" => ok().with_header("x-name", "a".repeat(9_000)),
        "/header/cookie" => ok().with_cookie("a=1").with_header("Set-Cookie", "b=2"),
        "/header/coding" => ok().with_header("Transfer-Encoding", "chunked"),
        "/header/replaced" => ok().with_header("x-name", "a").with_header("X-Name", "b"),
        "/cookie" => ok().with_cookie("__Host-neo=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "/large" => Reply::bytes(200, "application/octet-stream", vec![b'x'; 3 * 1024 * 1024]),
        path => match path.strip_prefix("/status/").and_then(|status| status.parse().ok()) {
            Some(status) => Reply::html(status, "<p>page</p>".to_string()),
            None => echo(&request),
        },
    }
}

fn echo(request: &Request) -> Reply {
    let environment: Vec<String> =
        std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    let said = json!({
        "method": format!("{:?}", request.method),
        "path": request.path,
        "script_name": request.script_name,
        "query": request.query,
        "content_type": request.content_type,
        "body_length": request.body.len(),
        "body": String::from_utf8_lossy(&request.body).chars().take(1000).collect::<String>(),
        "cookies": request.cookies,
        "remote_addr": request.remote_addr,
        "user_agent": request.user_agent,
        "accept_language": request.accept_language,
        "origin": request.origin,
        "fetch_site": request.fetch_site,
        "referer": request.referer,
        "host": request.host,
        "https": request.https,
        "neo_headers": request.neo_headers,
        "environment": environment,
        "arguments": std::env::args().skip(1).collect::<Vec<_>>(),
    });
    Reply::json(200, said.to_string())
}
