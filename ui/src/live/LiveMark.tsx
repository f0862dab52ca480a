import { useT } from '../i18n';
import { Status } from '../parts/Status';
import { useLiveConnected } from './LiveEvents';

/** Whether what is shown follows what happens. */
export function LiveMark() {
  const t = useT();
  const isLive = useLiveConnected();
  if (isLive === undefined) return null;
  return (
    <span role="status">
      <Status tone={isLive ? 'good' : 'wait'}>{t(isLive ? 'state.live' : 'state.reconnecting')}</Status>
    </span>
  );
}
