import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { Status, type Tone } from '../../parts/Status';

const TONES: Record<Schemas['ContactStatus'], Tone> = {
  active: 'good',
  unsubscribed: 'idle',
  blocked: 'bad',
  disabled: 'idle',
};
export const CONTACT_STATUSES = Object.keys(TONES) as Schemas['ContactStatus'][];

export const isContactStatus = (value: string | undefined): value is Schemas['ContactStatus'] =>
  value !== undefined && Object.hasOwn(TONES, value);

export function ContactStatus({ status }: { status: Schemas['ContactStatus'] | null | undefined }) {
  const t = useT();
  return status ? <Status tone={TONES[status]}>{t(`contact_status.${status}`)}</Status> : null;
}
