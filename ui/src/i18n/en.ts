import { state } from './en/state';
import { deeds } from './en/deeds';
import { confirm } from './en/confirm';
import { problem } from './en/problem';
import { shell } from './en/shell';
import { service } from './en/service';
import { event } from './en/event';
import { contact_status } from './en/contact_status';
import { form } from './en/form';
import { welcome } from './en/welcome';
import { bots } from './en/bots';
import { flows } from './en/flows';
import { triggers } from './en/triggers';
import { json } from './en/json';
import { deliveries } from './en/deliveries';
import { importing } from './en/import';
import { inspector } from './en/inspector';
import { account } from './en/account';
import { values } from './en/values';
import { settings } from './en/settings';
import { webhooks } from './en/webhooks';
import { messages } from './en/messages';
import { audience } from './en/audience';
import { chats } from './en/chats';
import { mistake } from './en/mistake';
import { notices } from './en/notices';
import { log } from './en/log';
import { notes } from './en/notes';
import { replies } from './en/replies';
import { segments } from './en/segments';
import { sessions } from './en/sessions';
import { system } from './en/system';

/** Every text of the app in English. Its keys are the keys of all languages. */
export const en = {
  ...state,
  ...deeds,
  ...confirm,
  ...problem,
  ...shell,
  ...service,
  ...event,
  ...contact_status,
  ...form,
  ...welcome,
  ...bots,
  ...flows,
  ...triggers,
  ...json,
  ...deliveries,
  ...importing,
  ...inspector,
  ...account,
  ...values,
  ...settings,
  ...webhooks,
  ...messages,
  ...audience,
  ...chats,
  ...mistake,
  ...notices,
  ...log,
  ...notes,
  ...replies,
  ...segments,
  ...sessions,
  ...system,
};

export type Key = keyof typeof en;
