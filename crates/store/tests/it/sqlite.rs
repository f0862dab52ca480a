//! SQLite held to the conformance suite.

use std::sync::Arc;

use recado_store::{
    Store,
    sqlite::{Options, SqliteStore},
};

use crate::conformance::{Harness, conformance};

/// A store in a folder of its own.
pub(crate) struct Sqlite {
    folder: tempfile::TempDir,
    store: Option<Arc<SqliteStore>>,
}

impl Sqlite {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("recado.db"), Options::default()).unwrap();
        Self { folder, store: Some(store) }
    }

    pub(crate) fn sqlite(&self) -> Arc<SqliteStore> {
        Arc::clone(self.store.as_ref().unwrap())
    }

    /// Nobody has the database open until [`Harness::reopen`].
    pub(crate) fn close(&mut self) {
        self.store = None;
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("recado.db")
    }
}

impl Harness for Sqlite {
    fn store(&self) -> Arc<dyn Store> {
        self.sqlite()
    }

    fn reopen(&mut self) {
        self.reopen_with_pending_max(Options::default().webhook_pending_max);
    }

    fn reopen_with_pending_max(&mut self, max: u64) {
        self.store = None;
        let options = Options { webhook_pending_max: max, ..Options::default() };
        self.store = Some(SqliteStore::open(self.path(), options).unwrap());
    }
}

conformance! {
    crate::sqlite::Sqlite::open();
    waiting:
        who_waits_is_listed_by_element_and_page_until_the_run_ends,
        a_page_looks_at_so_many_runs_and_goes_on_behind_them;
    team:
        what_is_kept_has_a_name_of_its_own_in_its_kind_and_bot,
        notes_are_of_their_contact_and_go_with_it;
    turns:
        a_contact_is_found_by_its_identity_and_loads_as_it_was_stored,
        a_turn_of_another_revision_is_a_conflict_and_leaves_nothing,
        a_key_that_was_seen_before_is_a_duplicate,
        turns_that_wait_together_are_kept_or_refused_on_their_own,
        timers_are_due_in_order_until_they_are_cleared_or_replaced,
        api_calls_wait_until_they_are_done,
        an_input_is_handled_by_one_turn,
        a_bot_variable_changes_only_if_it_is_what_the_turn_read,
        runs_are_listed_by_flow_and_end,
        what_a_flow_leaves_to_be_told_reaches_each_of_its_contacts_after_a_restart,
        a_refusal_after_writing_leaves_nothing_of_it_and_all_of_its_neighbours,
        an_offer_is_loaded_by_its_own_contact_only;
    outbox:
        queued_messages_leave_in_order_and_sends_are_remembered,
        a_cancelled_message_stays_cancelled_but_its_events_are_kept,
        answers_are_found_among_many_and_what_was_sent_before;
    history:
        what_a_contact_said_is_listed_from_both_ends_page_by_page,
        events_of_a_contact_stay_as_long_as_an_older_one_does,
        events_without_a_contact_are_found_by_its_id,
        what_is_sent_while_its_contact_is_erased_leaves_nothing_of_it,
        an_erasure_that_was_cut_short_is_finished_by_making_room;
    deliveries:
        one_contact_goes_one_at_a_time_and_others_side_by_side,
        a_webhook_that_is_off_holds_up_no_other_in_the_same_lanes,
        a_deleted_webhook_sends_nothing_more_and_what_it_had_pending_goes_in_steps,
        attempts_are_summed_up_by_the_hour_until_they_are_old,
        a_probe_counts_no_attempt_and_a_failure_frees_the_lane,
        an_ended_delivery_is_retried_outside_the_order,
        skipped_and_unordered_deliveries_hold_nobody_back,
        a_changed_url_holds_for_what_is_pending_and_a_deleted_webhook_cancels_it,
        a_delivery_of_an_erased_contact_is_not_retried,
        a_turn_that_races_with_a_deletion_leaves_no_delivery;
    kept:
        retention_takes_what_a_webhook_that_is_off_has_pending,
        what_is_on_its_way_stays_but_not_for_ever,
        the_oldest_event_that_a_webhook_has_not_had_is_known,
        a_flow_webhook_that_is_off_misses_its_own_events_only,
        the_log_warns_once_a_day_of_what_retention_will_take;
    moving:
        a_webhook_of_another_url_takes_what_is_pending_along_in_its_order,
        what_the_old_receiver_said_is_forgotten_and_what_it_says_later_changes_nothing,
        a_webhook_joins_the_lanes_of_its_new_url,
        a_failure_of_the_old_receiver_ends_and_delays_nothing_at_the_new_one,
        one_that_is_off_moves_and_holds_up_nobody,
        what_was_under_way_while_a_webhook_moved_leaves_each_lane_its_head;
    catching_up:
        a_paused_webhook_gets_what_it_missed_in_steps_that_survive_a_crash,
        a_webhook_that_goes_on_from_now_leaves_out_what_it_missed,
        a_webhook_past_its_limit_is_behind_and_loses_nothing,
        a_flow_webhook_that_is_off_gets_its_own_events_only,
        what_was_missed_has_the_encoding_the_webhook_wants_where_it_was_stored,
        an_erased_contact_is_not_sent_again,
        a_changed_setting_does_not_change_how_the_webhook_stands;
    catalog:
        a_deleted_bot_is_gone_at_once_and_its_rows_later,
        a_flow_is_drafted_published_and_deleted,
        versions_are_listed_by_page_without_their_documents,
        an_account_has_so_many_bots_and_a_bot_so_many_webhooks,
        a_system_trigger_stands_once_and_goes_with_its_flow,
        tokens_settings_and_answers_are_kept,
        links_are_kept_until_their_contact_is_erased,
        variables_are_declared_set_and_deleted,
        a_lost_connection_is_kept_until_the_credentials_change,
        a_webhook_changes_only_if_it_is_what_was_read,
        accounts_bots_and_flows_are_changed_and_unknown_ones_are_not_found;
    files:
        files_are_kept_and_their_bytes_summed,
        files_are_kept_up_to_the_room_of_contact_bot_and_account,
        a_file_of_who_is_gone_is_not_kept;
    members:
        the_first_owner_is_made_once_and_gets_the_first_account,
        a_session_ends_at_its_time_or_before;
    chats:
        chats_are_listed_by_what_happened_last,
        unread_messages_are_counted_up_to_a_limit,
        a_page_of_chats_looks_at_so_many_events_and_goes_on_behind_them,
        open_chats_are_listed_up_to_a_limit;
    names:
        a_variable_has_its_new_name_with_every_contact_at_once,
        a_tag_has_its_new_name_with_every_contact,
        documents_change_with_the_name_in_one_commit;
    records:
        contacts_are_listed_by_page_and_filter,
        a_filtered_page_looks_at_so_many_contacts_and_goes_on_behind_them,
        events_and_deliveries_are_listed_by_page_and_filter,
        a_page_of_the_log_looks_at_so_much_and_goes_on_behind_it,
        room_is_made_but_pending_deliveries_keep_their_event,
        a_clock_that_was_ahead_once_holds_up_nothing,
        notifications_are_listed_until_they_are_read_and_go_with_their_contact,
        an_erased_contact_leaves_ids_times_and_outcomes;
}
