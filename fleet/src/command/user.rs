//! `neo-fleet user add|list|password|reset-factor|remove`: who may sign in to the portal.
//! Not the signing in: portal.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use neo::domain::address::Address;
use neo::domain::token::random_code;
use neo::error::{Error, Result};
use neo::host::{key_file, password};
use neo::texts::Language;
use serde_json::json;

use super::{Answer, read_file};
use crate::app::Fleet;
use crate::portal;
use crate::store::users::{Role, User};
use crate::texts::errors;

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Let somebody in.
    Add(Add),
    /// Who has access.
    List,
    /// Set somebody's password; all her sessions end.
    Password(Password),
    /// Take a lost second factor away; a new one is set up at the next sign-in.
    ResetFactor(Named),
    /// Take the access away.
    Remove(Named),
}

#[derive(Args)]
pub(super) struct Add {
    email: String,
    #[arg(long, value_enum)]
    role: RoleWord,
    /// Whose keys and sites she sees.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// A file whose first line is the password.
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
    #[arg(long, value_enum, default_value_t = LanguageWord::Ja)]
    language: LanguageWord,
}

#[derive(Args)]
pub(super) struct Password {
    email: String,
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
}

#[derive(Args)]
pub(super) struct Named {
    email: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleWord {
    Customer,
    Staff,
    Admin,
}

#[derive(Clone, Copy, ValueEnum)]
enum LanguageWord {
    Ja,
    En,
}

impl UserCommand {
    pub(super) fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        match self {
            UserCommand::Add(add) => add.run(fleet),
            UserCommand::List => list(fleet),
            UserCommand::Password(command) => {
                let user = find(fleet, &command.email)?;
                let hash = password::hash(fleet.data.path(), &first_line(&command.password_file)?)?;
                change(fleet, &user, "password set", |store| {
                    store.set_user_password(&user.id, &hash)?;
                    store.end_sessions(&user.id)
                })
            }
            UserCommand::ResetFactor(named) => {
                let user = find(fleet, &named.email)?;
                change(fleet, &user, "second factor taken away", |store| {
                    store.set_user_totp(&user.id, None)?;
                    store.end_sessions(&user.id)
                })
            }
            UserCommand::Remove(named) => {
                let user = find(fleet, &named.email)?;
                change(fleet, &user, "access taken away", |store| store.remove_user(&user.id))
            }
        }
    }
}

impl Add {
    fn run(self, fleet: &mut Fleet) -> Result<Answer> {
        let address = Address::parse(&self.email)?;
        let role = match self.role {
            RoleWord::Customer => Role::Customer,
            RoleWord::Staff => Role::Staff,
            RoleWord::Admin => Role::Admin,
        };
        if role == Role::Customer && self.customer.is_none() {
            return Err(Error::invalid(errors::CUSTOMER_NEEDED));
        }
        if let Some(customer) = &self.customer {
            fleet.store.customer(customer)?;
        }
        key_file::read_or_make(&portal::key_file(&fleet.data))?;
        let user = User {
            id: random_code(12)?,
            email: address.key(),
            role,
            customer: self.customer,
            password: password::hash(fleet.data.path(), &first_line(&self.password_file)?)?,
            totp: None,
            language: match self.language {
                LanguageWord::Ja => Language::Ja,
                LanguageWord::En => Language::En,
            },
        };
        let act = fleet.act();
        fleet.store.transaction(|store| {
            if !store.add_user(&user, act.now)? {
                return Err(Error::invalid(errors::USER_EXISTS).with("email", user.email.clone()));
            }
            store.audit_act(&act, "access given", &user.id)
        })?;
        Ok(Answer::line(json!({ "user": user.id, "email": user.email, "role": role.word() }), user.id))
    }
}

fn list(fleet: &mut Fleet) -> Result<Answer> {
    let users = fleet.store.users()?;
    let rows = users.iter().map(|user| {
        json!({
            "user": user.id, "email": user.email, "role": user.role.word(), "customer": user.customer,
            "second_factor": user.totp.is_some(),
        })
    });
    let lines = users.iter().map(|user| {
        let factor = if user.totp.is_some() { "2fa" } else { "-" };
        format!("{} {} {} {factor}", user.email, user.role.word(), user.customer.as_deref().unwrap_or("-"))
    });
    Ok(Answer::new(json!({ "users": rows.collect::<Vec<_>>() }), lines.collect()))
}

fn find(fleet: &mut Fleet, email: &str) -> Result<User> {
    let key = Address::parse(email)?.key();
    let user = fleet.store.user_by_email(&key)?;
    user.ok_or_else(|| Error::not_found(errors::USER_NOT_FOUND).with("email", key))
}

fn change(
    fleet: &mut Fleet,
    user: &User,
    what: &str,
    mut work: impl FnMut(&mut crate::store::Store) -> Result<()>,
) -> Result<Answer> {
    let act = fleet.act();
    fleet.store.transaction(|store| {
        work(store)?;
        store.audit_act(&act, what, &user.id)
    })?;
    Ok(Answer::line(json!({ "user": user.id, "email": user.email }), user.email.clone()))
}

/// A password from a file, so that it stands in no list of processes.
fn first_line(file: &Path) -> Result<String> {
    let text = read_file(file)?;
    Ok(text.lines().next().unwrap_or_default().to_string())
}
