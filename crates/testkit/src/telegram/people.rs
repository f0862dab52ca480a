//! What people do: each is an update for the bot.

#![expect(clippy::unused_async, reason = "a test awaits what people do, as it awaits what comes of it")]

use serde_json::{Map, Value as Json, json};

use super::{FakeTelegram, Sent};

/// A press that a test made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// Its id, for [`FakeTelegram::wait_for_answer`].
    pub callback_id: String,
    /// The update that tells of it.
    pub update_id: i64,
}

impl FakeTelegram {
    /// A person writes a text. Gives the update's id.
    pub async fn says(&self, chat: i64, text: &str) -> i64 {
        let mut fields = json!({"text": text});
        if text.starts_with('/') {
            let length: usize = text.split_whitespace().next().unwrap_or_default().encode_utf16().count();
            fields["entities"] = json!([{"type": "bot_command", "offset": 0, "length": length}]);
        }
        self.sends(chat, fields).await
    }

    /// A person presses *Start*, or follows a deep link with a payload.
    pub async fn starts(&self, chat: i64, payload: Option<&str>) -> i64 {
        let text = payload.map_or_else(|| "/start".to_owned(), |payload| format!("/start {payload}"));
        self.says(chat, &text).await
    }

    /// A person sends a message with these fields (`photo`, `caption`, `location`, …): <https://core.telegram.org/bots/api#message>.
    pub async fn sends(&self, chat: i64, fields: Json) -> i64 {
        self.shared.change(|state| {
            let (id, date) = state.message_id();
            let mut message =
                json!({"message_id": id, "from": state.person(chat), "chat": state.chat(chat), "date": date});
            if let (Some(into), Json::Object(fields)) = (message.as_object_mut(), fields) {
                into.extend(fields);
            }
            state.update("message", message)
        })
    }

    /// A person shares the own phone number.
    pub async fn shares_phone(&self, chat: i64, phone: &str) -> i64 {
        self.sends(chat, json!({"contact": {"phone_number": phone, "first_name": "Ann", "user_id": chat}})).await
    }

    /// A person shares a location.
    pub async fn shares_location(&self, chat: i64, lat: f64, lon: f64) -> i64 {
        self.sends(chat, json!({"location": {"latitude": lat, "longitude": lon}})).await
    }

    /// A person presses the button with this label under a message.
    ///
    /// # Panics
    /// When the message has no such button, or its press does not come back to the bot.
    pub async fn presses(&self, message: &Sent, label: &str) -> Press {
        let button = message.button(label).unwrap_or_else(|| panic!("no button {label:?} in {:#?}", message.buttons));
        let data = button.callback_data.clone().unwrap_or_else(|| panic!("{label:?} is not a button to press"));
        self.shared.change(|state| {
            let callback_id = state.next_callback.to_string();
            state.next_callback += 1;
            state.callbacks.insert(callback_id.clone(), false);
            let query = json!({
                "id": callback_id, "from": state.person(message.chat), "message": message.message,
                "chat_instance": "-1790000000000", "data": data,
            });
            Press { update_id: state.update("callback_query", query), callback_id }
        })
    }

    /// A person confirms a checkout of an invoice; give its answer's id to [`FakeTelegram::wait_for_checkout`].
    ///
    /// # Panics
    /// When the message is no invoice.
    pub async fn checks_out(&self, invoice: &Sent) -> String {
        assert_eq!(invoice.method, "sendInvoice", "only an invoice can be paid");
        self.shared.change(|state| {
            let id = state.next_callback.to_string();
            state.next_callback += 1;
            state.checkouts.insert(id.clone(), None);
            let query = json!({
                "id": id, "from": state.person(invoice.chat), "currency": invoice.fields["currency"],
                "total_amount": invoice.fields["prices"][0]["amount"], "invoice_payload": invoice.fields["payload"],
            });
            state.update("pre_checkout_query", query);
            id
        })
    }

    /// Waits for the answer of a checkout: whether it may go on.
    ///
    /// # Panics
    /// When there is none.
    pub async fn wait_for_checkout(&self, id: &str) -> bool {
        let found = self.shared.wait(super::PATIENCE, |state| state.checkouts.get(id).copied().flatten()).await;
        found.unwrap_or_else(|| panic!("the checkout {id} was not answered"))
    }

    /// The payment of an invoice goes through.
    pub async fn pays(&self, invoice: &Sent) -> i64 {
        let payment = json!({
            "currency": invoice.fields["currency"], "total_amount": invoice.fields["prices"][0]["amount"],
            "invoice_payload": invoice.fields["payload"], "telegram_payment_charge_id": "tg-1",
            "provider_payment_charge_id": "provider-1",
        });
        self.sends(invoice.chat, json!({"successful_payment": payment})).await
    }

    /// A person blocks the bot: it is told, and every send to the chat is refused with 403.
    pub async fn blocks(&self, chat: i64) -> i64 {
        self.membership(chat, "member", "kicked")
    }

    /// A person lets the bot write again.
    pub async fn unblocks(&self, chat: i64) -> i64 {
        self.membership(chat, "kicked", "member")
    }

    /// A person blocks the bot, and it is not told: only a send finds out.
    pub fn blocks_silently(&self, chat: i64) {
        self.shared.change(|state| state.blocked.insert(chat));
    }

    fn membership(&self, chat: i64, before: &str, after: &str) -> i64 {
        self.shared.change(|state| {
            if after == "kicked" {
                state.blocked.insert(chat)
            } else {
                state.blocked.remove(&chat)
            };
            let (_, date) = state.message_id();
            let bot = state.bot();
            let member = |status: &str| match status {
                "kicked" => json!({"user": bot, "status": "kicked", "until_date": 0}),
                _ => json!({"user": bot, "status": status}),
            };
            let (old, new) = (member(before), member(after));
            let told = json!({
                "chat": state.chat(chat), "from": state.person(chat), "date": date,
                "old_chat_member": old, "new_chat_member": new,
            });
            state.update("my_chat_member", told)
        })
    }

    /// Any update of any kind, as Telegram would send it.
    pub async fn updates(&self, kind: &str, object: Json) -> i64 {
        self.shared.change(|state| state.update(kind, object))
    }

    /// Names a person before the first message.
    pub fn is_called(&self, chat: i64, user: Map<String, Json>) {
        self.shared.change(|state| {
            let mut person = state.person(chat);
            if let Some(fields) = person.as_object_mut() {
                fields.extend(user);
            }
            state.people.insert(chat, person);
        });
    }
}
