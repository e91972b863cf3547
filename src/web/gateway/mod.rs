//! The only place that knows CGI and the crate `cgi`: one request in from the environment, one complete reply out.
//! Not the choice of the page: that is `web::handle`.
//!
//! The crate trusts what the web server hands on, and what it cannot read it answers by a panic: odd bytes in a header,
//! a new protocol version, a body that ends early. So it is called with an environment that holds nothing of the
//! client's (`scrub`), the request is read from a copy of the real one (`request`), and what still panics is caught.

mod drain;
mod request;
mod respond;
mod scrub;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use self::request::Early;
use self::scrub::Variables;
use super::message::{Method, Reply, Request};
use crate::error::Fault;

/// Answers the one CGI request of this process.
///
/// * `body_cap` gives the most bytes that a body may have, by method and path.
/// * `handle` answers the request.
/// * `on_fault` logs a panic of `handle`, or a reply that cannot be sent, and gives the page with the incident number.
/// * `on_head` runs just before the first byte of the reply is written.
pub fn serve(
    body_cap: impl Fn(Method, &str) -> usize,
    handle: impl FnOnce(Request) -> Reply,
    on_fault: impl FnOnce(Fault) -> Reply,
    on_head: impl FnOnce(),
) {
    let variables = Variables::take();
    let language = request::language(&variables);
    let listener = PanicListener::install();
    let mut on_head = Some(on_head);
    let mut write = |length: usize, method: Method, answer: &mut dyn FnMut(Vec<u8>) -> cgi::Response| {
        call_crate(length, method, |incoming| {
            let response = answer(incoming.into_body());
            if let Some(on_head) = on_head.take() {
                on_head();
            }
            response
        })
    };

    let (early, method) = match request::read(&variables, body_cap) {
        Ok((request, length)) => {
            let method = request.method;
            let mut work = Some((request, handle, on_fault));
            write(length, method, &mut |body| match work.take() {
                Some((request, handle, on_fault)) => {
                    listener.during(|| answer(Request { body, ..request }, handle, on_fault, &listener))
                }
                None => respond::last_resort(language, method),
            });
            if work.is_none() {
                return;
            }
            (Early::Broken, method) // the body ended before its announced length
        }
        Err(refused) => {
            drain::body(request::announced(&variables));
            refused
        }
    };
    write(0, method, &mut |_| respond::early(&early, language, method));
}

/// Ends the reply: the web server sees its end and hands it on, while this process does a little more work.
///
/// All three streams are closed, for Apache waits for each: mod_cgid gives one socket as input and output, mod_cgi
/// reads errors to their end. Then both send SIGTERM at once and SIGKILL three seconds later, unless suEXEC forbids
/// it: what is done after this must be short, stand a SIGTERM, and be safe to lose.
pub fn close_reply() {
    let _ = std::io::stdout().flush(); // the client may be gone, which is no failure
    if let Ok(nowhere) = std::fs::File::options().read(true).write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdin(&nowhere);
        let _ = rustix::stdio::dup2_stderr(&nowhere);
        let _ = rustix::stdio::dup2_stdout(&nowhere);
    }
}

/// Lets the crate read the body and write the reply. Its panics end here: each means that the client or the web
/// server has gone, either before the body was complete or while the reply was written.
fn call_crate(length: usize, method: Method, answer: impl FnOnce(cgi::Request) -> cgi::Response) {
    scrub::announce(length, method);
    let _ = catch_unwind(AssertUnwindSafe(|| cgi::handle(answer)));
    let _ = std::io::stdout().flush();
}

fn answer(
    request: Request,
    handle: impl FnOnce(Request) -> Reply,
    on_fault: impl FnOnce(Fault) -> Reply,
    listener: &PanicListener,
) -> cgi::Response {
    let method = request.method;
    let language = request::spoken(&request.accept_language);
    // What follows the first segment may be a token, and this goes into a log.
    let doing = format!("answering /{}", request.path.split('/').nth(1).unwrap_or_default());
    let fault = match catch_unwind(AssertUnwindSafe(|| handle(request))) {
        Ok(reply) => match respond::response(reply, method) {
            Ok(response) => return response,
            Err(cause) => Fault { doing: format!("sending the reply, {doing}"), cause },
        },
        Err(_) => Fault { doing, cause: listener.last() },
    };
    catch_unwind(AssertUnwindSafe(|| on_fault(fault)))
        .ok()
        .and_then(|reply| respond::response(reply, method).ok())
        .unwrap_or_else(|| respond::last_resort(language, method))
}

/// Keeps the words of a panic for the log, and keeps the crate's own panics from the hook that stood before.
struct PanicListener {
    ours: Arc<AtomicBool>,
    last: Arc<Mutex<String>>,
}

impl PanicListener {
    fn install() -> PanicListener {
        let listener = PanicListener { ours: Arc::default(), last: Arc::default() };
        let (ours, last) = (Arc::clone(&listener.ours), Arc::clone(&listener.last));
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if ours.load(Ordering::Relaxed) {
                if let Ok(mut last) = last.lock() {
                    *last = panic.to_string();
                }
                earlier(panic);
            }
        }));
        listener
    }

    fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.ours.store(true, Ordering::Relaxed);
        let result = work();
        self.ours.store(false, Ordering::Relaxed);
        result
    }

    /// The last panic: where and what.
    fn last(&self) -> String {
        self.last.lock().map(|last| last.clone()).unwrap_or_default()
    }
}

impl Drop for PanicListener {
    /// What comes after the reply is our own code again.
    fn drop(&mut self) {
        self.ours.store(true, Ordering::Relaxed);
    }
}
