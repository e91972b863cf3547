//! News that is no incident: a line on every install's dashboard.
//! Not what was told of an incident: store/incidents.

use neo::clock::Instant;
use neo::error::Result;
use neo::link::feed::{News, Words};

use super::Store;
use crate::values;

impl Store {
    /// Writes news; `false` if the id is taken.
    pub fn add_news(&mut self, news: &News) -> Result<bool> {
        let write = "insert into news (id, at, title_ja, title_en, text_ja, text_en, url) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (id) do nothing";
        let written = self.execute(
            write,
            &values![
                &news.id,
                news.at,
                &news.title.ja,
                &news.title.en,
                &news.text.ja,
                &news.text.en,
                news.url.clone()
            ],
        )?;
        Ok(written > 0)
    }

    pub fn remove_news(&mut self, id: &str) -> Result<bool> {
        Ok(self.execute("delete from news where id = $1", &values![id])? > 0)
    }

    /// News since a moment, newest first.
    pub fn news(&mut self, since: Instant, limit: i64) -> Result<Vec<News>> {
        let rows = self.query(
            "select id, at, title_ja, title_en, text_ja, text_en, url from news where at >= $1
             order by at desc, id desc limit $2",
            &values![since, limit],
        )?;
        rows.iter()
            .map(|row| {
                Ok(News {
                    id: row.text(0)?,
                    at: row.integer(1)?,
                    title: Words::new(row.text(2)?, row.text(3)?),
                    text: Words::new(row.text(4)?, row.text(5)?),
                    url: row.optional_text(6)?,
                })
            })
            .collect()
    }
}
