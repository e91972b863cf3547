//! One signed call of one site, from its URL to what came of it; whatever the other side does, within one total time.
//! Not when it is made (run) and not what follows (store/calls).

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use neo::clock::Instant;
use neo::link::key::SigningKey;
use neo::link::tick_call::sign_call;
use ring::rand::{SecureRandom, SystemRandom};
use url::Url;

use super::answer::{self, Answer, word};
use super::dial::{Dialer, Failed, Line};
use super::outcome::Outcome;
use super::time::Time;

/// The most bytes of the head of an answer, and of its lines.
const HEAD_CAP: usize = 32 * 1024;
const MOST_HEADERS: usize = 100;

/// A call that a poller has taken.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) site: String,
    pub(crate) url: String,
    /// The lease that it is made under: a server's address, or a place-holder while nobody has looked.
    pub(crate) server: String,
    pub(crate) body: Bytes,
}

/// What every call has in common.
pub(crate) struct Caller {
    pub(crate) dialer: Dialer,
    /// Read anew now and then: the ceremony may put another in its place.
    pub(crate) key: RwLock<SigningKey>,
    pub(crate) user_agent: String,
    pub(crate) deadline: Duration,
    pub(crate) time: Time,
}

/// How it ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The site is on another server than the one that was leased: nothing was sent.
    Moved(IpAddr),
    Called(Box<Called>),
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<u16>,
    /// In a few words, for staff.
    pub(crate) detail: String,
    pub(crate) retry_after: Option<i64>,
    pub(crate) answer: Option<Answer>,
    /// By the poller's clock.
    pub(crate) began_at_ms: i64,
    pub(crate) ended_at_ms: i64,
    /// By any clock: a rehearsal's may run faster.
    pub(crate) elapsed_ms: i64,
}

/// What was heard, before it is judged.
struct Heard {
    status: u16,
    retry_after: Option<i64>,
    bytes: Vec<u8>,
}

impl Caller {
    pub(crate) async fn call(self: Arc<Caller>, task: &Task) -> End {
        let (began_at_ms, started) = (self.time.millis(), std::time::Instant::now());
        let heard = match tokio::time::timeout(self.deadline, self.hear(task)).await {
            Ok(Ok(Ok(heard))) => Ok(heard),
            Ok(Ok(Err(moved))) => return End::Moved(moved),
            Ok(Err(failed)) => Err(failed),
            Err(_) => Err((Outcome::TimedOut, format!("after {} s", self.deadline.as_secs()))),
        };
        let ended_at_ms = self.time.millis();
        let elapsed_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let (status, retry_after) =
            heard.as_ref().map_or((None, None), |heard| (Some(heard.status), heard.retry_after));
        let (outcome, detail, answer) = match heard.and_then(|heard| judge(&task.site, &heard)) {
            Ok(answer) => (Outcome::Answered, answer.detail(), Some(answer)),
            Err((outcome, detail)) => (outcome, detail, None),
        };
        End::Called(Box::new(Called {
            outcome,
            status,
            detail,
            retry_after,
            answer,
            began_at_ms,
            ended_at_ms,
            elapsed_ms,
        }))
    }

    /// Finds the server; if it is the leased one, calls. The inner error is the other server's address.
    async fn hear(&self, task: &Task) -> Result<Result<Heard, IpAddr>, Failed> {
        let url = parse(&task.url)?;
        let known: Option<IpAddr> = task.server.parse().ok();
        let address = self.dialer.find(&url, known).await?;
        if Some(address.ip()) != known {
            return Ok(Err(address.ip()));
        }
        let request = self.request(&url, task)?;
        let line = self.dialer.open(&url, address).await?;
        self.talk(line, request).await.map(Ok)
    }

    fn request(&self, url: &Url, task: &Task) -> Result<Request<Full<Bytes>>, Failed> {
        let odd = |cause: &dyn std::fmt::Display| (Outcome::BadAddress, word(&cause.to_string()));
        let mut nonce = [0_u8; 20];
        SystemRandom::new().fill(&mut nonce).map_err(|cause| odd(&cause))?;
        let nonce = BASE32_NOPAD.encode(&nonce).to_ascii_lowercase();
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        let path =
            url.query().map_or_else(|| url.path().to_string(), |query| format!("{}?{query}", url.path()));
        let mut request = Request::post(path)
            .header(HOST, host)
            .header(USER_AGENT, &self.user_agent)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_LENGTH, task.body.len())
            .header(CONNECTION, "close");
        let signed = {
            let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
            sign_call(&task.site, self.time.now(), &nonce, &task.body, &key)
        };
        for (name, value) in signed {
            request = request.header(name, value);
        }
        request.body(Full::new(task.body.clone())).map_err(|cause| odd(&cause))
    }

    async fn talk(&self, line: Line, request: Request<Full<Bytes>>) -> Result<Heard, Failed> {
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD_CAP)
            .max_headers(MOST_HEADERS)
            .handshake(TokioIo::new(line))
            .await
            .map_err(|cause| broken(&cause))?;
        let listen = async {
            let response = sender.send_request(request).await.map_err(|cause| broken(&cause))?;
            self.read(response).await
        };
        let mut listen = std::pin::pin!(listen);
        tokio::select! {
            heard = &mut listen => heard,
            // The line is at its end; what it brought may still have to be read.
            _ = connection => listen.await,
        }
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Heard, Failed> {
        let status = response.status().as_u16();
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|value| answer::retry_after(value, self.time.now()));
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|cause| broken(&cause))?;
            bytes.extend_from_slice(frame.data_ref().map_or(&[][..], AsRef::as_ref));
            if bytes.len() > answer::CAP && status == 200 {
                return Err((Outcome::TooLarge, format!("more than {} KiB", answer::CAP / 1024)));
            } else if bytes.len() > answer::CAP {
                break; // a refusal is one however long its page is
            }
        }
        Ok(Heard { status, retry_after, bytes })
    }
}

fn judge(site: &str, heard: &Heard) -> Result<Answer, Failed> {
    let Some(outcome) = Outcome::of_status(heard.status) else { return answer::read(site, &heard.bytes) };
    match answer::declined(&heard.bytes) {
        Some(words) if outcome != Outcome::Unavailable => Err((Outcome::Declined, words)),
        _ => Err((outcome, format!("status {}", heard.status))),
    }
}

/// A site's URL: http or https, without a user or a password.
fn parse(text: &str) -> Result<Url, Failed> {
    let url = Url::parse(text).map_err(|cause| (Outcome::BadAddress, cause.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.username().is_empty() && url.password().is_none() => Ok(url),
        _ => Err((Outcome::BadAddress, format!("{} with a user, or not of the web", url.scheme()))),
    }
}

/// What hyper says about a line that broke.
fn broken(cause: &hyper::Error) -> Failed {
    let source = std::error::Error::source(cause).map(|source| format!(": {source}")).unwrap_or_default();
    let detail = word(&format!("{cause}{source}"));
    // hyper tells a large head apart for servers only; to clients it says it in words.
    if cause.is_parse() && detail.contains("too large") {
        (Outcome::TooLarge, detail)
    } else if cause.is_parse() {
        (Outcome::Garbage, detail)
    } else {
        (Outcome::Broken, detail)
    }
}

/// A moment in whole seconds, of one in thousandths.
pub(crate) fn seconds(millis: i64) -> Instant {
    millis.div_euclid(1000)
}
