//! The fake Bot API server by itself, for clients in other languages: `fake-telegram [port]` prints its URL and token as one line of
//! JSON. A line on its standard input is a command of a test: `says <chat> <text>`, `presses <chat> <label>` (of the newest message
//! that has it), `blocks <chat>`, `unblocks <chat>`, `sent <chat>` (prints the texts as JSON). It ends with its input.

use recado_testkit::telegram::{FakeTelegram, TOKEN};
use serde_json::json;

// The tasks run on a worker, so the main thread may block on its input.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let fake = FakeTelegram::start_on(port, TOKEN).await?;
    println!("{}", json!({"url": fake.url(), "token": fake.token()}));
    for line in std::io::stdin().lines() {
        println!("{}", obey(&fake, &line?).await);
    }
    Ok(())
}

/// Does what a line says and gives the answer to print.
async fn obey(fake: &FakeTelegram, line: &str) -> serde_json::Value {
    let mut words = line.splitn(3, ' ');
    let (command, chat, rest) = (words.next().unwrap_or_default(), words.next(), words.next().unwrap_or_default());
    let Some(chat) = chat.and_then(|chat| chat.parse().ok()) else {
        return json!({"error": "a command is a word, a chat's number, and what the command wants"});
    };
    match command {
        "says" => json!({"update_id": fake.says(chat, rest).await}),
        "blocks" => json!({"update_id": fake.blocks(chat).await}),
        "unblocks" => json!({"update_id": fake.unblocks(chat).await}),
        "presses" => match fake.sent(chat).iter().rev().find(|sent| sent.button(rest).is_some()) {
            Some(message) => json!({"callback_id": fake.presses(message, rest).await.callback_id}),
            None => json!({"error": "no message has that button"}),
        },
        "sent" => fake.sent(chat).iter().map(|sent| sent.text.clone()).collect(),
        "calls" => fake.calls().iter().map(|call| json!({"method": call.method, "status": call.status})).collect(),
        _ => json!({"error": "no such command"}),
    }
}
