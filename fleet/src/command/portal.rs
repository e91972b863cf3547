//! `neo-fleet portal`: what a web server needs to serve the portal, and what is still missing.
//! Not the portal: the same program, started by a web server as `fleet.cgi`, is that.

use clap::Args;
use neo::error::Result;
use serde_json::json;

use super::Answer;
use crate::app::Fleet;
use crate::portal;

#[derive(Args)]
pub(super) struct Portal {
    /// The portal's own address, e.g. `https://portal.example.jp/fleet.cgi`
    #[arg(long)]
    url: Option<String>,
    /// Where the published folder can be read, e.g. `https://get.example.jp/neo`
    #[arg(long)]
    publish_url: Option<String>,
}

impl Portal {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let act = fleet.act();
        for (name, url) in [("portal_url", &self.url), ("publish_url", &self.publish_url)] {
            if let Some(url) = url {
                let url = url.trim_end_matches('/');
                fleet.store.transaction(|store| {
                    store.set_meta(name, url)?;
                    store.audit_act(&act, "portal set up", name)
                })?;
            }
        }
        let data = std::path::absolute(fleet.data.path()).unwrap_or_else(|_| fleet.data.path().to_path_buf());
        let program = std::env::current_exe().unwrap_or_default();
        let has_key = portal::key_file(&fleet.data).exists();
        let users = fleet.store.users()?.len();
        let lines = vec![
            "# Apache: the program is its own CGI; the folder is told by the server's configuration."
                .to_string(),
            format!("ScriptAlias /fleet.cgi {}", program.display()),
            format!("SetEnv NEO_FLEET_DATA {}", data.display()),
            "# PostgreSQL: SetEnv NEO_FLEET_DATABASE postgres://…".to_string(),
            format!(
                "# users: {users}{}",
                if has_key { "" } else { " (neo-fleet user add makes the first one)" }
            ),
        ];
        let url = fleet.store.meta("portal_url")?;
        let json = json!({ "data": data, "program": program, "users": users, "ready": has_key, "url": url });
        Ok(Answer::new(json, lines))
    }
}
