import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../../api/session';
import { useT } from '../../i18n';
import { CopyLine } from '../../parts/Copy';
import { Section } from '../../parts/Section';

/** How a developer without a public address sees the bot's events as they happen. */
export function LaptopHint({ botId }: { botId: string }) {
  const t = useT();
  const { data: session } = useQuery(sessionQuery);
  const server = (session?.public_url ?? location.origin).replace(/\/$/, '');
  return (
    <Section title={t('webhooks.laptop')} text={t('webhooks.laptop_text')}>
      <CopyLine value={`curl -N -H "Authorization: Bearer $TOKEN" "${server}/api/v1/events/live?bot_id=${botId}"`} />
    </Section>
  );
}
