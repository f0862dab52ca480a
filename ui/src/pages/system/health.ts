import type { Schemas } from '../../api/client';
import type { Tone } from '../../parts/Status';

type System = Schemas['SystemView'];

const GIB = 1_073_741_824;
const HOUR_MS = 3_600_000;

/** Whether the disk has room: little is left below a tenth or 2 GiB, hardly any below 256 MiB. */
export function diskTone({ disk }: Pick<System, 'disk'>): Tone {
  if (!disk) return 'idle';
  if (disk.free_bytes < GIB / 4) return 'bad';
  return disk.free_bytes < 2 * GIB || disk.free_bytes < disk.total_bytes / 10 ? 'wait' : 'good';
}

/** Whether deliveries are on time: some wait for receivers as a rule, and none for an hour. */
export function deliveriesTone({ oldest_pending_at }: Pick<System, 'oldest_pending_at'>, now: number): Tone {
  if (!oldest_pending_at) return 'good';
  return now - new Date(oldest_pending_at).getTime() > HOUR_MS ? 'wait' : 'good';
}

/** Whether messengers and receivers elsewhere can reach the server: only over HTTPS. */
export function addressTone({ public_url }: Pick<System, 'public_url'>): Tone {
  if (!public_url) return 'wait';
  return public_url.startsWith('https://') ? 'good' : 'bad';
}
