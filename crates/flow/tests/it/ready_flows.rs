//! The ready flows of the web app (`ui/src/templates`): each is valid, the same in both languages, and talks as it is meant to.

use std::{collections::BTreeMap, fs, path::Path};

use recado_flow::{Effect, FlowDocument, Mistake, Plan, Severity, ValidationContext, mistake::FlowMistake, validate};
use recado_model::{ChatState, EventInfo, FlowId, Service, UnixMs, ValueType, VersionId, entropy::Seeded};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::{
    conversation::{Chat, LIMITS},
    parts::{MINUTE, keyword},
};

const READY: [&str; 6] = ["welcome", "lead", "booking", "faq", "rating", "person"];
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ready {
    about: String,
    begins: String,
    variables: Vec<Variable>,
    document: FlowDocument,
}

#[derive(Deserialize)]
struct Variable {
    name: String,
    r#type: ValueType,
}

fn text_of(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/templates").join(format!("{name}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn ready(name: &str) -> Ready {
    serde_json::from_str(&text_of(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The plan, when only addresses are left to be filled in.
fn plan_of(name: &str, ready: &Ready, service: Service) -> Plan {
    let (mut rng, now) = (Seeded::new(1), UnixMs(1_700_000_000_000));
    let context = ValidationContext {
        service,
        limits: LIMITS,
        flows: Vec::new(),
        variables: ready.variables.iter().map(|one| (one.name.clone(), one.r#type)).collect(),
        bot_variables: Vec::new(),
        secrets: Vec::new(),
    };
    let found = validate(&ready.document, FlowId::new(now, &mut rng), VersionId::new(now, &mut rng), &context);
    for problem in &found.problems {
        let placeholder = problem.mistake == Mistake::Flow(FlowMistake::PlaceholderAddress {});
        assert!(placeholder && problem.severity == Severity::Warning, "{name}: {problem:?}");
    }
    found.plan.unwrap()
}

#[test]
fn each_is_valid_and_declares_the_variables_it_sets() {
    for name in READY.iter().flat_map(|name| [format!("{name}.en"), format!("{name}.es")]) {
        let ready = ready(&name);
        assert!((20..=200).contains(&ready.about.chars().count()) && !ready.begins.is_empty(), "{name}");
        for service in [Service::Livechat, Service::Telegram] {
            let plan = plan_of(&name, &ready, service);
            let set: BTreeMap<_, _> = plan.variables_declared().iter().cloned().collect();
            let declared: BTreeMap<_, _> = ready.variables.iter().map(|one| (one.name.clone(), one.r#type)).collect();
            assert_eq!(set, declared, "{name}");
            assert!(
                plan.webhook_urls().iter().all(|url| url.contains(".example/")),
                "{name}: nobody gets it by chance"
            );
        }
        let elements = serde_json::to_value(&ready.document.elements).unwrap();
        let untitled = |element: &&Json| element["title"].as_str().is_none_or(str::is_empty);
        assert_eq!(elements.as_array().unwrap().iter().find(untitled), None, "{name}: each element has a title");
    }
}

#[test]
fn both_languages_have_the_same_shape() {
    let shape = |ready: &Ready| {
        let elements = ready.document.elements.iter();
        let elements: Vec<_> = elements.map(|element| (element.id().clone(), element.outputs())).collect();
        (elements, ready.document.edges.clone(), ready.variables.iter().map(|one| one.r#type).collect::<Vec<_>>())
    };
    for name in READY {
        let (english, spanish) = (ready(&format!("{name}.en")), ready(&format!("{name}.es")));
        assert_eq!(shape(&english), shape(&spanish), "{name}");
        assert_ne!(english.document.name, spanish.document.name);
    }
}

/// A chat with a bot that has this flow, which `go` starts; the contact has said it.
fn begun(name: &str, at: UnixMs) -> Chat {
    let document: Json = serde_json::from_str::<Json>(&text_of(name)).unwrap()["document"].take();
    let word = |edge: &Json, key: &str| edge[key].as_str().unwrap().to_owned();
    let edges = document["edges"].as_array().unwrap().iter();
    let edges: Vec<_> = edges.map(|edge| (word(edge, "from"), word(edge, "output"), word(edge, "to"))).collect();
    let edges: Vec<_> = edges.iter().map(|(from, output, to)| (&**from, &**output, &**to)).collect();
    assert_eq!(document["start"], document["elements"][0]["id"], "the first element is where it begins");
    let mut chat = Chat::new();
    chat.now = at;
    chat.flow(keyword("go"), document["elements"].clone(), &edges);
    chat.says("go");
    chat
}

/// Tuesday, 14 November 2023, 23:13 in Madrid, where the account is.
const AT_NIGHT: UnixMs = UnixMs(1_700_000_000_000);

/// The title and fields of the webhook of the last turn.
#[track_caller]
fn webhook(chat: &Chat) -> (String, Vec<(String, String)>) {
    let sent = chat.effects.iter().find_map(|effect| {
        let Effect::FlowWebhook { event, url, .. } = effect else { return None };
        assert!(url.starts_with("https://your-"), "{url}");
        let EventInfo::Fields { fields } = &event.info else { panic!("{:?}", event.info) };
        Some((event.title.clone(), fields.clone()))
    });
    sent.expect("a webhook is sent")
}

fn fields(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[track_caller]
fn is_handed_over(chat: &Chat) {
    assert!(matches!(chat.contact.chat, ChatState::Open { .. }), "the chat is open");
    assert!(chat.effects.iter().any(|effect| matches!(effect, Effect::Notify { .. })), "the team is told");
}

#[test]
fn the_menu_answers_comes_back_and_hands_over() {
    let mut chat = begun("welcome.en", AT_NIGHT);
    chat.hears("Hello! I am the assistant of Best.").hears("What would you like to know?");
    chat.presses("Opening hours").hears("We are here Monday to Friday from 9:00 to 18:00, at 12 Harbour Street.");
    chat.presses("Back to the menu").hears("What would you like to know?").says("what we offer");
    chat.hears("We help small companies with their books: from the first invoice to the yearly accounts. The first talk costs nothing.");
    chat.presses("Talk to a person").hears("Of course. Write your question, and a colleague answers right here.");
    is_handed_over(&chat);
    chat.says("go").hears_nothing();
}

const EMAIL_AGAIN: &str = "That does not look like an e-mail address. Try again, as in ada@example.org.";
const PHONE: &str = "And your phone number, with the country code, as in +44 20 7946 0958?";
const THREE: &str = "Nice that you are interested! Three short questions, then we get in touch.";

#[test]
fn a_lead_is_checked_corrected_and_sent() {
    let mut chat = begun("lead.en", AT_NIGHT);
    chat.hears(THREE)
        .hears("What is your name?")
        .says("Ada")
        .hears("Thank you, Ada. Which e-mail address reaches you?");
    chat.says("ada at example").hears(EMAIL_AGAIN).says("ada@example.org").hears(PHONE);
    chat.says("12").hears("That is not a whole phone number. Begin with + and the country code.").says("+442079460958");
    chat.hears("Name: Ada\nE-mail: ada@example.org\nPhone: +44 20 7946 0958\n\nIs that right?");
    chat.presses("Start again").hears(THREE).hears("What is your name?");
    chat.says("Ada Lovelace")
        .hears("Thank you, Ada Lovelace. Which e-mail address reaches you?")
        .says("ada@example.org");
    chat.hears(PHONE).says("+442079460958");
    chat.hears("Name: Ada Lovelace\nE-mail: ada@example.org\nPhone: +44 20 7946 0958\n\nIs that right?");
    chat.presses("Yes, send it")
        .hears("Thank you, Ada Lovelace! We get in touch within one working day.")
        .hears_nothing();
    let whole = [("name", "Ada Lovelace"), ("email", "ada@example.org"), ("phone", "+442079460958")];
    assert_eq!(webhook(&chat), ("New lead".to_owned(), fields(&whole)));
    assert_eq!((chat.contact.tags.as_slice(), chat.runs.len()), (["lead".to_owned()].as_slice(), 0));
}

#[test]
fn a_lead_that_does_not_work_out_goes_to_a_person_and_one_without_an_answer_is_marked() {
    let mut chat = begun("lead.en", AT_NIGHT);
    chat.hears(THREE)
        .hears("What is your name?")
        .says("Ada")
        .hears("Thank you, Ada. Which e-mail address reaches you?");
    chat.says("x").hears(EMAIL_AGAIN).says("y").hears(EMAIL_AGAIN).says("z");
    chat.hears("That did not work out. Never mind: a colleague asks you here.");
    is_handed_over(&chat);
    let mut chat = begun("lead.en", AT_NIGHT);
    chat.hears(THREE).hears("What is your name?").later(DAY).hears_nothing();
    assert_eq!((chat.contact.tags.as_slice(), chat.runs.len()), (["lead unfinished".to_owned()].as_slice(), 0));
}

#[test]
fn a_lead_is_collected_in_spanish_too() {
    let mut chat = begun("lead.es", AT_NIGHT);
    chat.hears("¡Qué bien que te interese! Tres preguntas breves y nos ponemos en contacto.").hears("¿Cómo te llamas?");
    chat.says("Ana").hears("Gracias, Ana. ¿A qué correo te escribimos?").says("ana@example.org");
    chat.hears("¿Y tu teléfono, con el prefijo del país, como +34 612 34 56 78?").says("+34612345678");
    chat.hears("Nombre: Ana\nCorreo: ana@example.org\nTeléfono: +34 612 34 56 78\n\n¿Está bien?").says("sí, enviar");
    chat.hears("¡Gracias, Ana! Te contactamos en un día laborable.");
    assert_eq!(chat.contact.passed["Nuevo interesado"].count, 1);
}

const WHICH_DAY: &str = "For which day would you like to reserve? As DD/MM/YYYY, please.";

#[test]
fn a_place_is_reserved_and_people_are_reminded_the_day_before() {
    let mut chat = begun("booking.en", AT_NIGHT);
    chat.hears(WHICH_DAY).says("soon").hears("I could not read the day. Write it as in 24/12/2030.").says("13/11/2023");
    chat.hears("That day is over already. Let us try another one.").hears(WHICH_DAY).says("17/11/2023");
    chat.hears("At what time? As in 18:30.").says("20:00").hears("For how many people?").says("0");
    chat.hears("One person at least, please.")
        .hears("For how many people?")
        .says("2")
        .hears("In which name?")
        .says("Ada");
    chat.hears("17/11/2023 at 20:00, 2 people, in the name of Ada. Shall I reserve?").presses("Yes, reserve");
    chat.hears("Reserved! We look forward to seeing you, Ada.");
    let whole = [("date", "2023-11-17"), ("time", "20:00"), ("people", "2"), ("name", "Ada")];
    assert_eq!(webhook(&chat), ("Reservation".to_owned(), fields(&whole)));
    // To Thursday, 10:00 in Madrid.
    let reminded = UnixMs(1_700_125_200_000);
    chat.later(reminded.0 - chat.now.0 - MINUTE).hears_nothing().later(MINUTE);
    chat.hears("A reminder: we see you tomorrow at 20:00, Ada. If you can not come, just write here.");
    assert_eq!((chat.now, chat.runs.len()), (reminded, 0));
}

#[test]
fn who_comes_tomorrow_is_not_reminded_and_a_group_is_for_a_person() {
    let mut chat = begun("booking.en", AT_NIGHT);
    chat.hears(WHICH_DAY).says("15/11/2023").hears("At what time? As in 18:30.").says("20:00");
    chat.hears("For how many people?").says("1").hears("In which name?").says("Ada");
    chat.hears("15/11/2023 at 20:00, 1 person, in the name of Ada. Shall I reserve?").says("Yes, reserve");
    chat.hears("Reserved! We look forward to seeing you, Ada.").later(3 * DAY).hears_nothing();
    chat.says("go").hears(WHICH_DAY).says("24/12/2023").hears("At what time? As in 18:30.").says("20:00");
    chat.hears("For how many people?").says("9");
    chat.hears("For more than 8 people a colleague makes it fit. Write here what we should know.");
    is_handed_over(&chat);
}

#[test]
fn a_frequent_question_is_answered_and_another_goes_to_a_person() {
    let mut chat = begun("faq.en", AT_NIGHT);
    chat.hears("What is your question about?").presses("Payment");
    chat.hears("You can pay by card, by bank transfer or on delivery. The invoice comes by e-mail.");
    chat.hears("Was that what you wanted to know?").presses("Another question").hears("What is your question about?");
    chat.presses("Delivery").hears(
        "We send on the day of the order, and it arrives in two to three working days. From 50 € on it costs nothing.",
    );
    chat.hears("Was that what you wanted to know?").says("no");
    chat.hears("What would you like to know? Write it in one message.").says("Do you ship to Malta?");
    chat.hears("Thank you. A colleague answers here as soon as possible.");
    is_handed_over(&chat);
    assert_eq!(webhook(&chat), ("Question".to_owned(), fields(&[("question", "Do you ship to Malta?")])));
}

const ONE_TO_FIVE: &str = "How was it with us, from 1 (poor) to 5 (great)?";

#[test]
fn each_rating_is_thanked_in_its_own_way() {
    let mut chat = begun("rating.en", AT_NIGHT);
    chat.hears(ONE_TO_FIVE).presses("5").hears("Wonderful, thank you! It would help us a lot if you told others, too.");
    assert_eq!(webhook(&chat), ("Rating".to_owned(), fields(&[("rating", "5"), ("comment", "")])));
    chat.says("go").hears(ONE_TO_FIVE).says("3").hears("Thank you. What could we do better?").says("Longer hours");
    chat.hears("Thank you, that helps us to become better.").hears_nothing();
    assert_eq!(webhook(&chat).1, fields(&[("rating", "3"), ("comment", "Longer hours")]));
    chat.says("go")
        .hears(ONE_TO_FIVE)
        .presses("1")
        .hears("We are sorry to hear that. What went wrong? We read every word.");
    chat.later(HOUR).hears_nothing();
    assert_eq!(
        webhook(&chat).1,
        fields(&[("rating", "1"), ("comment", "")]),
        "who says no more is counted all the same"
    );
    is_handed_over(&chat);
    chat.says("go")
        .hears(ONE_TO_FIVE)
        .presses("2")
        .hears("We are sorry to hear that. What went wrong? We read every word.");
    chat.says("It was cold").hears("Thank you for telling us. A colleague looks into it and answers here.");
    assert_eq!(webhook(&chat).1, fields(&[("rating", "2"), ("comment", "It was cold")]));
}

#[test]
fn out_of_hours_a_message_is_taken() {
    let mut chat = begun("person.en", AT_NIGHT);
    chat.hears(
        "We are here Monday to Friday from 9:00 to 18:00. Leave us a message, and we answer as soon as we are back.",
    );
    chat.hears("What is it about?").says("My invoice");
    chat.hears("Which e-mail address may we answer to, in case you are gone by then?").says("ada@example.org");
    chat.hears("Thank you. Your message is with us; we answer on the next working day.");
    is_handed_over(&chat);
    let whole = [("message", "My invoice"), ("email", "ada@example.org")];
    assert_eq!(webhook(&chat), ("Message left".to_owned(), fields(&whole)));
    let told = "A message was left out of hours: My invoice".to_owned();
    assert!(chat.effects.contains(&Effect::Notify { member: None, text: told }));
}

#[test]
fn in_office_hours_a_person_is_called_at_once() {
    let wednesday_at_10 = AT_NIGHT + 11 * HOUR;
    let mut chat = begun("person.en", wednesday_at_10);
    chat.hears("A colleague joins in a moment. Write meanwhile what it is about.").hears_nothing();
    is_handed_over(&chat);
    let saturday_at_10 = wednesday_at_10 + 3 * DAY;
    let mut chat = begun("person.en", saturday_at_10);
    chat.hears(
        "We are here Monday to Friday from 9:00 to 18:00. Leave us a message, and we answer as soon as we are back.",
    );
}
