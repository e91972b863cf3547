//! The contents of mails.
//! Not who gets them: broadcasts.rs, sequences.rs, deliveries.rs.

use rusqlite::{OptionalExtension, Row};

use crate::clock::Instant;
use crate::domain::id::{ListId, MessageId};
use crate::domain::message::{Content, Kind, Message};
use crate::error::{Error, Result};
use crate::store::{Reader, Writer};
use crate::texts::errors;

fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        kind: Kind::parse(row.get_ref(1)?.as_str()?).unwrap_or(Kind::Broadcast),
        list: row.get(2)?,
        content: Content { subject: row.get(3)?, text: row.get(4)?, html: row.get(5)? },
    })
}

impl Reader {
    pub fn message(&self, id: MessageId) -> Result<Message> {
        let found = self
            .connection
            .prepare_cached("select id, kind, list_id, subject, text, html from messages where id = ?1")?
            .query_row([id], read);
        found
            .optional()?
            .ok_or_else(|| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", id.to_string()))
    }

    /// The subject and the list, without the content: a page of messages must not read megabytes.
    pub fn message_subject(&self, id: MessageId) -> Result<(String, ListId)> {
        let found = self
            .connection
            .prepare_cached("select subject, list_id from messages where id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)));
        found
            .optional()?
            .ok_or_else(|| Error::not_found(errors::MESSAGE_NOT_FOUND).with("name", id.to_string()))
    }

    /// The list's confirmation request, if it has been written already.
    pub fn confirmation_message(&self, list: ListId) -> Result<Option<MessageId>> {
        let found = self.connection.query_row(
            "select id from messages where list_id = ?1 and kind = 'confirmation' order by id desc limit 1",
            [list],
            |row| row.get(0),
        );
        Ok(found.optional()?)
    }
}

impl Writer {
    pub fn add_message(
        &self,
        kind: Kind,
        list: ListId,
        content: &Content,
        now: Instant,
    ) -> Result<MessageId> {
        self.connection.execute(
            "insert into messages (kind, list_id, subject, text, html, created_at) values (?1, ?2, ?3, ?4, ?5, ?6)",
            (kind.word(), list, &content.subject, &content.text, &content.html, now),
        )?;
        Ok(MessageId(self.connection.last_insert_rowid()))
    }

    /// Changes a content. The caller has checked that no delivery of it exists.
    pub fn change_message(&self, id: MessageId, content: &Content) -> Result<()> {
        self.connection.execute(
            "update messages set subject = ?2, text = ?3, html = ?4 where id = ?1",
            (id, &content.subject, &content.text, &content.html),
        )?;
        Ok(())
    }

    /// Gives a message to another list. The caller has checked that no delivery of it exists.
    pub fn move_message(&self, id: MessageId, list: ListId) -> Result<()> {
        self.connection.execute("update messages set list_id = ?2 where id = ?1", (id, list))?;
        Ok(())
    }
}
