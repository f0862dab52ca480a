//! `recado account` and `recado token`: straight on the data, because the first token can come from nowhere else.

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Subcommand;
use recado_model::{Account, AccountId, Entropy as _, Plan, TokenId, UnixMs};
use recado_store::{Catalog as _, Members as _, catalog::TokenRecord, sqlite::SqliteStore};
use serde_json::json;

use super::open;
use crate::{
    auth::{self, new_token},
    clock::{Clock as _, SystemClock, SystemEntropy},
    config::{Config, NewPlan},
};

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Make an account
    Create {
        /// Shown name
        #[arg(long)]
        name: String,
        /// paid, trial or free [default: the configuration's new_account_plan]
        #[arg(long)]
        plan: Option<String>,
        /// IANA name of its time zone
        #[arg(long, default_value = "UTC", value_name = "ZONE")]
        time_zone: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the accounts
    List,
    /// Give a member a new password and print it, once. Its browsers are signed out
    Password {
        /// The member's e-mail address
        email: String,
    },
    /// Set an account's plan. A running server takes it up at its next start
    Plan {
        /// The account's id
        account: AccountId,
        /// paid, trial or free
        plan: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make an API token and print it, once
    Create {
        /// The account's id [default: the only account]
        #[arg(long)]
        account: Option<AccountId>,
        /// What it is for
        #[arg(long, default_value = "command line")]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

fn plan_of(word: &str, config: &Config, now: UnixMs) -> anyhow::Result<Plan> {
    let plan = NewPlan::parse(word).with_context(|| format!("`{word}` is no plan: it is paid, trial or free"))?;
    Ok(plan.at(now, config.trial_days))
}

/// Makes an account.
pub(super) async fn create(store: &SqliteStore, name: &str, plan: Plan, time_zone: &str) -> anyhow::Result<AccountId> {
    let name = name.trim();
    anyhow::ensure!((1..=128).contains(&name.chars().count()), "a name has 1 to 128 characters");
    jiff::tz::TimeZone::get(time_zone).with_context(|| format!("`{time_zone}` is not the name of a time zone"))?;
    let now = SystemClock.now();
    let id = AccountId::new(now, &mut SystemEntropy);
    let account = Account { id, name: name.to_owned(), plan, time_zone: time_zone.to_owned(), created_at: now };
    store.create_account(account).await?;
    Ok(id)
}

/// Makes a token of an account and returns it; only its hash is kept.
pub(super) async fn token(store: &SqliteStore, account_id: AccountId, name: &str) -> anyhow::Result<String> {
    let now = SystemClock.now();
    let (token, hash) = new_token(&mut SystemEntropy);
    let id = TokenId::new(now, &mut SystemEntropy);
    store.create_token(TokenRecord { id, account_id, name: name.to_owned(), hash, created_at: now }).await?;
    Ok(token)
}

pub(super) async fn run(command: AccountCommand, config: Config) -> anyhow::Result<()> {
    let store = open::store(&config)?;
    match command {
        AccountCommand::Create { name, plan, time_zone, json } => {
            let now = SystemClock.now();
            let plan = plan.map_or_else(
                || Ok(config.new_account_plan.at(now, config.trial_days)),
                |word| plan_of(&word, &config, now),
            )?;
            let id = create(&store, &name, plan, &time_zone).await?;
            if json {
                println!("{}", json!({"account_id": id}));
            } else {
                println!("{id}");
                eprintln!("Next: recado token create --account {id}");
            }
        }
        AccountCommand::List => {
            for account in store.accounts().await? {
                let plan = match account.plan {
                    Plan::Free => "free",
                    Plan::Trial { .. } => "trial",
                    Plan::Paid => "paid",
                };
                println!("{}  {plan:<5}  {:<20}  {}", account.id, account.time_zone, account.name);
            }
        }
        AccountCommand::Password { email } => {
            println!("{}", new_password(&store, &email).await?);
            eprintln!("This is shown once. Sign in with it, and change it under Account.");
        }
        AccountCommand::Plan { account, plan } => {
            let mut found = find(&store, Some(account)).await?;
            found.plan = plan_of(&plan, &config, SystemClock.now())?;
            store.update_account(found).await?;
        }
    }
    Ok(())
}

/// Gives a member a password that nobody guesses.
async fn new_password(store: &SqliteStore, email: &str) -> anyhow::Result<String> {
    let email = email.trim().to_lowercase();
    let member = store.member_by_email(&email).await?;
    let member = member.with_context(|| format!("there is no member with the address {email}"))?;
    let mut bytes = [0; 15];
    SystemEntropy.fill(&mut bytes);
    let password = URL_SAFE_NO_PAD.encode(bytes);
    let hash = auth::password::hash(password.clone()).await.map_err(|_| anyhow::anyhow!("it could not be hashed"))?;
    store.change_password(member.id, member.password, hash, None).await?;
    Ok(password)
}

pub(super) async fn run_token(command: TokenCommand, config: Config) -> anyhow::Result<()> {
    let store = open::store(&config)?;
    let TokenCommand::Create { account, name, json } = command;
    let account = find(&store, account).await?;
    let token = token(&store, account.id, &name).await?;
    if json {
        println!("{}", json!({"account_id": account.id, "token": token}));
    } else {
        println!("{token}");
        eprintln!("This is shown once. It has full access to the account \"{}\".", account.name);
    }
    Ok(())
}

async fn find(store: &SqliteStore, id: Option<AccountId>) -> anyhow::Result<Account> {
    let mut accounts = store.accounts().await?;
    match id {
        Some(id) => {
            accounts.into_iter().find(|account| account.id == id).with_context(|| format!("there is no account {id}"))
        }
        None if accounts.len() == 1 => Ok(accounts.remove(0)),
        None if accounts.is_empty() => anyhow::bail!("there is no account yet: recado account create --name NAME"),
        None => anyhow::bail!("there are several accounts: name one with --account (recado account list shows them)"),
    }
}
