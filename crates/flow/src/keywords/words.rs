//! Words that unsubscribe, by language, beside `/stop` and `/unsubscribe`.
//!
//! Only whole messages count, and only words that say nothing else by themselves: Spanish `baja` unsubscribes, Spanish `no` does not.

/// Language (ISO 639-1) and its words, as people write them.
pub const UNSUBSCRIBE_WORDS: &[(&str, &[&str])] = &[
    ("en", &["stop", "unsubscribe", "stop all", "opt out", "optout"]),
    (
        "es",
        &[
            "baja",
            "darse de baja",
            "darme de baja",
            "cancelar suscripción",
            "desuscribir",
            "desuscribirme",
            "no recibir más",
        ],
    ),
    ("pt", &["parar", "sair da lista", "descadastrar", "cancelar inscrição", "cancelar subscrição", "desinscrever"]),
    (
        "fr",
        &["désabonner", "me désabonner", "se désabonner", "désinscrire", "désinscription", "désabonnement", "arrêter"],
    ),
    ("de", &["abmelden", "abbestellen", "stopp", "austragen"]),
    ("it", &["disiscriviti", "disiscrivimi", "cancella iscrizione", "annulla iscrizione", "disiscrizione"]),
    ("ru", &["стоп", "отписаться", "отписка", "отпиши меня", "отпишите меня"]),
    ("uk", &["стоп", "відписатися", "відписатись", "відписка", "відпишіть мене"]),
    ("pl", &["wypisz", "wypisz mnie", "rezygnuję z subskrypcji", "anuluj subskrypcję"]),
    ("tr", &["abonelikten çık", "aboneliği iptal et", "aboneliği sonlandır", "listeden çık", "durdur"]),
];
