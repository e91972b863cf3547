//! One broadcast with all that its page shows, and the parts that its page has in every state.
//! Not what differs: before it has started (show) and after (watch).

use super::{badge, link_to, named};
use crate::app::App;
use crate::domain::audience::Audience;
use crate::domain::broadcast::Broadcast;
use crate::domain::condition::Condition;
use crate::domain::list::List;
use crate::domain::message::{Kind, Message};
use crate::error::Result;
use crate::store::Reader;
use crate::store::conditions::Count;
use crate::texts::{Text, admin};
use crate::web::access::Admin;
use crate::web::admin::writing;
use crate::web::call::Call;
use crate::web::view::{self, ButtonKind, Link, Markup, PostButton, html};

/// All that the page shows.
pub(super) struct Sheet<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) admin: &'a Admin,
    pub(super) app: &'a App,
    pub(super) store: &'a Reader,
    pub(super) broadcast: Broadcast,
    pub(super) message: Message,
    pub(super) list: List,
    pub(super) audience: Audience,
    /// Readers who fit right now.
    pub(super) readers: Count,
}

impl<'a> Sheet<'a> {
    /// Reads the broadcast that the path names.
    pub(super) fn read(
        call: &'a Call<'a>,
        admin: &'a Admin,
        app: &'a App,
        store: &'a Reader,
    ) -> Result<Sheet<'a>> {
        let broadcast = named(call, store)?;
        let message = store.message(broadcast.message)?;
        let list = store.list(message.list)?;
        let audience = store.audience(broadcast.message)?;
        // Who gets a broadcast that has started stands in the ledger.
        let readers = match broadcast.state.may_be_edited() {
            true => super::audience::count(app, store, list.id, &audience, false)?,
            false => Count::default(),
        };
        Ok(Sheet { call, admin, app, store, broadcast, message, list, audience, readers })
    }

    pub(super) fn say(&self, text: Text) -> &'static str {
        text.to(self.call.language)
    }

    pub(super) fn heading(&self, buttons: Markup) -> Markup {
        html! {
            (view::back_link(Link {
                label: self.say(admin::BROADCAST_TO_LIST),
                url: &self.call.link("/admin/broadcasts"),
            }))
            (view::page_heading(&self.message.content.subject, html! {
                (badge(self.broadcast.state, self.call.language))
                (buttons)
            }))
        }
    }

    pub(super) fn url(&self, action: &str) -> String {
        format!("{}/{action}", link_to(self.call, self.broadcast.message))
    }

    pub(super) fn post(
        &self,
        action: &str,
        label: Text,
        kind: ButtonKind,
        hidden: &[(&str, &str)],
    ) -> Markup {
        let action = self.url(action);
        view::post_button(&PostButton {
            action: &action,
            csrf: &self.admin.csrf,
            label: self.say(label),
            kind,
            hidden,
        })
    }

    /// Who has no value for what the mail says, while it can still be changed.
    pub(super) fn gaps(&self) -> Result<Markup> {
        let everybody = Condition::everybody();
        let content = &self.message.content;
        writing::gaps(self.call, self.app, self.store, &self.list, &everybody, Kind::Broadcast, content)
    }

    pub(super) fn preview(&self) -> Markup {
        writing::preview(
            self.call,
            self.app,
            &self.list,
            Kind::Broadcast,
            &self.message.content,
            &self.url("html"),
        )
    }
}
