import { notifications } from '@mantine/notifications';
import type { T } from '../../i18n';
import type { Webhook } from './webhookForm';

/** What the server found worth saying when a webhook was saved. It says so only then, so it stays until it is closed. */
export function tellWarnings({ id, warnings }: Pick<Webhook, 'id' | 'warnings'>, t: T) {
  for (const { code } of warnings ?? []) {
    notifications.show({
      id: `${id} ${code}`,
      message: t(`webhooks.warning_${code}`),
      color: 'yellow',
      autoClose: false,
      closeButtonProps: { 'aria-label': t('do.close') },
    });
  }
}
