//! The program: a web page when a web server calls it, else a command.
//! Not the place of any rule.

use neo::web::gateway;
use neo::web::message::Reply;

fn main() {
    // A query without `=` comes as arguments too, so they count only when no web server calls.
    let by_web_server =
        ["GATEWAY_INTERFACE", "REQUEST_METHOD"].iter().any(|name| std::env::var_os(name).is_some());
    if by_web_server {
        let page = |_| Reply::text(200, "NEO".to_string());
        gateway::serve(|_, _| 64 * 1024, page, |_| Reply::text(500, String::new()), || ());
    }
}
