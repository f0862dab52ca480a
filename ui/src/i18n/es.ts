import type { Key } from './en';
import { state } from './es/state';
import { deeds } from './es/deeds';
import { confirm } from './es/confirm';
import { problem } from './es/problem';
import { shell } from './es/shell';
import { service } from './es/service';
import { event } from './es/event';
import { contact_status } from './es/contact_status';
import { form } from './es/form';
import { welcome } from './es/welcome';
import { bots } from './es/bots';
import { flows } from './es/flows';
import { triggers } from './es/triggers';
import { json } from './es/json';
import { deliveries } from './es/deliveries';
import { importing } from './es/import';
import { inspector } from './es/inspector';
import { account } from './es/account';
import { values } from './es/values';
import { settings } from './es/settings';
import { webhooks } from './es/webhooks';
import { messages } from './es/messages';
import { audience } from './es/audience';
import { chats } from './es/chats';
import { mistake } from './es/mistake';
import { notices } from './es/notices';
import { log } from './es/log';
import { notes } from './es/notes';
import { replies } from './es/replies';
import { segments } from './es/segments';
import { sessions } from './es/sessions';
import { system } from './es/system';

/** Every text of the app in Spanish. */
export const es: Record<Key, string> = {
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
